"""Templates of documents: what an administrator may write, what is refused, and that a value never becomes notation."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mingjian.console.printing.blocks import Fields, Heading, Items, Note, Paragraph, Signature, Table, from_json, identity, texts, to_json
from mingjian.console.printing.kinds import KINDS, Kind, columns, known, shipped
from mingjian.console.printing.template import IncompleteError, TemplateError, Values, check, compose
from mingjian.errors import InputError
from mingjian.model.types import Lang

LANGS: tuple[Lang, ...] = ("zh", "en")
HOSTILE = (
    "# not a heading",
    "- not an item",
    "[[problems]]",
    "{operator}",
    "{0.__class__}",
    '#import "@preview/x:1.0.0"',
    "<script>alert(1)</script>",
    "$x$ *b* _i_ `c` \\ @ref",
    "=cmd|'/c calc'!A1",
    "a\n# b\n\n[[signature]]",
)


def values_for(kind: Kind, word: str = "") -> Values:
    """Every word and one row of every table that `kind` knows, all `word` or their own names."""
    knows = known(kind)
    return Values(
        {name: word or f"<{name}>" for name in knows.words},
        {name: [{column.name: word or f"<{column.name}>" for column in columns(name)}] for name in knows.tables},
    )


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_templates_have_no_fault_and_show_every_word_that_is_needed(kind: Kind, lang: Lang) -> None:
    assert check(kind, shipped(kind, lang)) == []
    document = compose(kind, lang, shipped(kind, lang), values_for(kind))
    shown = "\n".join(texts(document))
    for name in known(kind).needed & set(known(kind).words):
        assert f"<{name}>" in shown, name
    assert document.lang == lang


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_running_text_rests_on_a_word_that_may_be_empty(kind: Kind, lang: Lang) -> None:
    assert set(re.findall(r"\{(\w+)\}", shipped(kind, lang))) <= known(kind).needed


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_have_the_same_blocks(kind: Kind) -> None:
    forms = [[type(block) for block in compose(kind, lang, shipped(kind, lang), values_for(kind)).blocks] for lang in LANGS]
    assert forms[0] == forms[1]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
def test_a_value_changes_no_block_and_stays_as_it_is(kind: Kind, hostile: str) -> None:
    plain = compose(kind, "zh", shipped(kind, "zh"), values_for(kind, "x"))
    filled = compose(kind, "zh", shipped(kind, "zh"), values_for(kind, hostile))
    assert [type(block) for block in filled.blocks] == [type(block) for block in plain.blocks]
    assert [text.replace(hostile, "x") for text in texts(filled)] == list(texts(plain))


def test_every_mark_becomes_its_block() -> None:
    text = (
        "# Title {number}\n@ To {operator}\n\none\ntwo {app}\n\n# Heading\n## Below\n- a\n- b\n1. c\n2. d\n> small\n"
        "[[fields]]\n[[answers]]\n[[evidence]]\n[[signature]]\n{order_number}"
    )
    given = Values(
        {"number": "7", "operator": "O", "app": "A", "order_number": "9", "new_version": "2", "date": "today", "issuer": "I"},
        {"answers": [{"problem": "p", "cause": "c"}]},
    )
    document = compose("rectification_report", "en", text, given)
    assert document.title == "Title 7"
    assert document.number == "7"
    assert document.footer == "I"
    fields = Fields(
        (
            ("Operator", "O"),
            ("App", "A"),
            ("Package name", "(not stated)"),
            ("Version", "(not stated)"),
            ("Corrected version", "2"),
            ("Digest of the package (SHA-256)", "(not stated)"),
            ("Number of the rectification order", "9"),
            ("Corrections due by", "(not stated)"),
            ("Person responsible for the corrections", "(not stated)"),
            ("Contact", "(not stated)"),
        )
    )
    assert document.blocks == (
        Paragraph("To O", flush=True),
        Paragraph("one two A"),
        Heading("Heading"),
        Heading("Below", 2),
        Items(("a", "b")),
        Items(("c", "d"), numbered=True),
        Note("small"),
        fields,
        Table(("No.", "Problem", "Cause", "Change", "In version"), (("1", "p", "c", "", ""),), (7, 21, 25, 36, 11)),
        Paragraph("None."),
        Signature("I", "today", ""),
        Paragraph("9"),
    )


@pytest.mark.parametrize(
    ("edit", "line", "key"),
    [
        (lambda text: text.replace("{app}", "{the_app}", 1), 5, "word"),
        (lambda text: text.replace("{app}", "{app!r}", 1), 5, "word"),
        (lambda text: text.replace("{app}", "{}", 1), 5, "word"),
        (lambda text: text.replace("{app}", "{app", 1), 5, "brace"),
        (lambda text: text.replace("{app}", "{{app}}", 1), 5, "brace"),
        (lambda text: text.replace("[[problems]]", "[[problem]]"), 13, "part"),
        (lambda text: text.replace("[[problems]]", "see [[problems]]"), 13, "alone"),
        (lambda text: text.removeprefix("# "), 1, "title"),
        (lambda text: text.replace("[[problems]]", ""), 0, "kept"),
        (lambda text: "", 0, "title"),
        (lambda text: text + "x" * 20_000, 0, "long"),
    ],
)
def test_a_fault_is_told_with_its_line_and_refused(edit, line: int, key: str) -> None:
    text = edit(shipped("rectification_order", "zh"))
    first = check("rectification_order", text)[0]
    assert (first.line, first.key) == (line, f"console.printing.fault.{key}")
    for lang in LANGS:
        told = first.text(lang)
        assert "\n" not in told
        assert not line or str(line) in told
    with pytest.raises(TemplateError) as caught:
        compose("rectification_order", "zh", text, values_for("rectification_order"))
    assert caught.value.faults[0] == first


@pytest.mark.parametrize("kind", KINDS)
def test_without_what_it_must_have_no_document_is_issued(kind: Kind) -> None:
    for name in known(kind).needed:
        given = values_for(kind)
        lacking = Values(
            {word: " " if word == name else value for word, value in given.words.items()},
            {table: [] if table == name else rows for table, rows in given.rows.items()},
        )
        with pytest.raises(IncompleteError) as caught:
            compose(kind, "en", shipped(kind, "en"), lacking)
        assert caught.value.names == (name,)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stored_document_is_the_document(kind: Kind) -> None:
    document = compose(kind, "zh", shipped(kind, "zh"), values_for(kind, "值\n𠮷"))
    assert from_json(to_json(document)) == document
    assert identity(from_json(to_json(document))) == identity(document)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"title":"t","number":"","lang":"fr","blocks":[],"footer":"","schema":"mingjian-document/1"}',
        b'{"title":"t","number":"","lang":"zh","blocks":[{"kind":"script","text":"x"}]}',
        b'{"title":"t","number":"","lang":"zh","blocks":[{"kind":"note","text":"x","html":"y"}]}',
        b'{"title":"t","number":"","lang":"zh","blocks":[{"kind":"table","columns":["a"],"rows":[["1","2"]]}]}',
        b'{"title":"t","number":"","lang":"zh","blocks":[],"schema":"mingjian-document/2"}',
    ],
)
def test_what_is_no_document_is_refused(stored: bytes) -> None:
    with pytest.raises(InputError):
        from_json(stored)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*"#->@ {}[]\n\n1.ax", "[[problems]]", "[[", "{app}", "# "]), max_size=40).map("".join))
def test_any_text_is_a_template_or_has_faults_with_their_lines(text: str) -> None:
    faults = check("rectification_order", text)
    assert all(0 <= fault.line <= len(text.splitlines()) for fault in faults)
    assert all(fault.text(lang) for fault in faults for lang in LANGS)
    # What it must hold cannot be written with these characters.
    assert faults


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text())
def test_whatever_the_values_are_the_document_has_the_same_blocks_and_can_be_stored(word: str, cell: str) -> None:
    kind: Kind = "rectification_order"
    given_words = values_for(kind, f"x{word}")
    rows = {name: [dict.fromkeys((column.name for column in columns(name)), cell)] for name in known(kind).tables}
    document = compose(kind, "zh", shipped(kind, "zh"), Values(given_words.words, rows))
    plain = compose(kind, "zh", shipped(kind, "zh"), values_for(kind, "x"))
    assert [type(block) for block in document.blocks] == [type(block) for block in plain.blocks]
    assert from_json(to_json(document)) == document


def test_lines_of_forms_stay_lines_and_what_cannot_be_stored_is_shown() -> None:
    given = values_for("closing_notice", "x")
    given_words = given.words | {"grounds": "一\r\n二\t三\ud800\x00"}
    document = compose("closing_notice", "zh", shipped("closing_notice", "zh"), Values(given_words, given.rows))
    assert Paragraph("一\n二 三\\ud800\\x00") in document.blocks
