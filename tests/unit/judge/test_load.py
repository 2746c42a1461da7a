from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
from rule_files import EXAMPLES, PACK, clause, signal, write_pack

from mingjian.errors import RuleError, UsageError
from mingjian.judge import load, pack_folder
from mingjian.judge.expr import Attested, Either, Field, Named, Pattern, Seen, Value
from mingjian.model.texts import say


def failure(folder: Path, text: str, signals: dict[str, str] | None = None) -> RuleError:
    with pytest.raises(RuleError) as caught:
        load(write_pack(folder, {"1.1-fault": text}, signals))
    for lang in ("zh", "en"):
        values = caught.value.values
        assert say(caught.value.key, lang, **values).startswith(f"{values['path']}:{values['line']}:{values['column']}: ")
    return caught.value


def test_a_clause_says_what_the_file_says(tmp_path: Path) -> None:
    pack = load(write_pack(tmp_path, {"1.2-b": clause(number="1.2"), "1.10-c": clause(number="1.10"), "1.1-a": clause()}))
    assert [each.id for each in pack.clauses] == ["mini/1.1", "mini/1.2", "mini/1.10"]
    rule = pack.rules[0]
    assert rule.clause.title.zh == "标题"
    assert rule.clause.cites.confidence == "read"
    assert rule.clause.needs == ("api@before_consent",)
    values: tuple[tuple[Field, Value], ...] = (("action", Named("collect")), ("data", Named("device")), ("phase", Named("before_consent")))
    assert rule.violated_if == Seen(Pattern("observed", ("api",), values, ("before_consent",)))
    assert [example.expect for example in rule.examples] == ["violated", "satisfied", "inconclusive"]
    assert [example.near_miss for example in rule.examples] == [False, True, False]
    assert (pack.stamp.id, pack.stamp.version, pack.stamp.title.en) == ("mini", "1", "Mini")


def test_the_digest_follows_every_byte_and_no_path(tmp_path: Path) -> None:
    first = load(write_pack(tmp_path / "a", {"1.1-a": clause()})).digest
    assert load(write_pack(tmp_path / "b", {"1.1-a": clause()})).digest == first
    assert load(write_pack(tmp_path / "c", {"1.1-a": clause() + "\n"})).digest != first
    assert load(write_pack(tmp_path / "d", {"1.1-b": clause()})).digest != first
    assert load(write_pack(tmp_path / "e", {"1.1-a": clause()}, head=PACK.replace("1", "2"))).digest != first
    assert load(write_pack(tmp_path / "f", {"1.1-a": clause()}, {"s": signal("s", "seen: {mode: claimed}")})).digest != first


def test_a_phase_of_any_stands_for_the_four_phases(tmp_path: Path) -> None:
    pack = load(write_pack(tmp_path, {"1.1-a": clause(needs="[api@any, policy]")}))
    assert pack.clauses[0].needs == ("api@before_consent", "api@after_refusal", "api@foreground", "api@background", "policy")


def test_a_checklist_alone_asks_for_any_fault(tmp_path: Path) -> None:
    questions = "checklist:\n  - {id: one, text: {zh: 一, en: One}}\n  - {id: two, text: {zh: 二, en: Two}}\n"
    pack = load(write_pack(tmp_path, {"1.1-a": clause(questions, needs="[review]")}))
    assert pack.rules[0].violated_if == Either((Attested("one"), Attested("two")))
    assert [question.id for question in pack.clauses[0].checklist] == ["one", "two"]


LOGIC = {
    "unknown form": ("seem: {mode: claimed}", "rules.unknown_key", 3),
    "two forms": ("{seen: {mode: claimed}, not: {seen: {mode: claimed}}}", "rules.one_key", 3),
    "no mode": ("seen: {action: collect}", "rules.missing_key", 9),
    "unknown mode": ("seen: {mode: seen}", "rules.unknown_word", 16),
    "unknown key of a pattern": ("seen: {mode: claimed, colour: red}", "rules.unknown_key", 25),
    "unknown data": ("seen: {mode: claimed, data: device.soul}", "rules.unknown_term", 31),
    "unknown action": ("seen: {mode: claimed, action: [collect, devour]}", "rules.unknown_term", 43),
    "unknown actor": ("seen: {mode: claimed, actor: somebody}", "rules.unknown_term", 32),
    "unknown is no value": ("seen: {mode: claimed, actor: unknown}", "rules.unknown_term", 32),
    "unknown purpose": ("seen: {mode: claimed, purpose: {not: fun}}", "rules.unknown_term", 40),
    "unknown channel": ("seen: {mode: claimed, channel: ether}", "rules.unknown_word", 34),
    "action in another mode": ("seen: {mode: claimed, action: tick.preset}", "rules.action_not_in_mode", 33),
    "no phase on a recording": ("seen: {mode: observed, action: collect}", "rules.phase_missing", 9),
    "a phase that excludes": ("seen: {mode: observed, phase: {not: closed}}", "rules.phase_not_plain", 33),
    "unbound variable": ("seen: {mode: claimed, data: $x.data}", "rules.unbound", 31),
    "bound field that is none": (
        "some: {of: {mode: claimed}, as: x, where: {seen: {mode: declared, data: $x.colour}}}",
        "rules.unbound_field",
        75,
    ),
    "variable used outside": (
        "all: [{some: {of: {mode: claimed}, as: x, where: {seen: {mode: declared}}}}, {seen: {mode: claimed, data: $x.data}}]",
        "rules.unbound",
        109,
    ),
    "variable bound twice": (
        "some: {of: {mode: claimed}, as: x, where: {some: {of: {mode: claimed}, as: x, where: {seen: {mode: claimed}}}}}",
        "rules.bad_variable",
        78,
    ),
    "empty all": ("all: []", "rules.empty_list", 8),
    "all of no list": ("all: {seen: {mode: claimed}}", "rules.list_expected", 8),
    "unknown signal": ("signal: nowhere", "rules.unknown_signal", 11),
    "path for a signal": ("signal: ../../etc/passwd", "rules.bad_name", 11),
    "denial of an unknown question": ("denied: nothing", "rules.unknown_question", 11),
    "unknown question": ("attested: nothing", "rules.unknown_question", 13),
    "unknown predicate": ("ask: {name: oracle}", "rules.unknown_word", 15),
    "predicate without argument": ("ask: {name: low_relevance}", "rules.missing_key", 8),
    "tally with neither limit": (
        "tally: {of: {mode: claimed}, field: count, source: x, kind: law}",
        "rules.over_or_under",
        10,
    ),
    "tally over no number": (
        "tally: {of: {mode: claimed}, field: count, over: many, source: x, kind: law}",
        "rules.number_expected",
        52,
    ),
    "tally over a huge number": (
        "tally: {of: {mode: claimed}, field: count, over: 99999999999999999999, source: x, kind: law}",
        "rules.number_expected",
        52,
    ),
    "negated by a word": ("seen: {mode: claimed, negated: maybe}", "rules.unknown_word", 34),
    "a list where a word belongs": ("signal: [a]", "rules.text_expected", 11),
}


@pytest.mark.parametrize("case", LOGIC)
def test_wrong_logic_names_its_place(case: str, tmp_path: Path) -> None:
    line, key, column = LOGIC[case]
    error = failure(tmp_path, clause(f"violated_if:\n  {line}\n"))
    assert (error.key, error.values["line"], error.values["column"]) == (key, 8, column)


@pytest.mark.parametrize(
    ("before", "after", "key", "line"),
    [
        ("severity: high\nstatus: preview\n", "status: preview\nseverity: high\n", "rules.wrong_order", 5),
        ("severity: high\n", "severity: high\ncolour: red\n", "rules.unknown_key", 5),
        ("severity: high\n", "", "rules.missing_key", 1),
        ("severity: high\n", "severity: terrible\n", "rules.unknown_word", 4),
        ("severity: high\n", "severity: [high]\n", "rules.text_expected", 4),
        ("chapter: 1", "chapter: one", "rules.number_expected", 3),
        ("confidence: read", "confidence: sure", "rules.unknown_word", 3),
        ("{zh: 标题, en: Title}", "Title", "rules.mapping_expected", 2),
        ("{zh: 标题, en: Title}", "{zh: 标题}", "rules.missing_key", 2),
        ("en: Title", "en: ''", "rules.text_expected", 2),
        ("en: Title", "en: One, two", "rules.unknown_key", 2),
        ("needs: [api@before_consent]", "needs: [api]", "rules.bad_channel", 6),
        ("needs: [api@before_consent]", "needs: [policy@foreground]", "rules.bad_channel", 6),
        ("needs: [api@before_consent]", "needs: [api@noon]", "rules.unknown_term", 6),
        ("expect: violated", "expect: broken", "rules.unknown_word", 16),
        ("observed collect device", "glimpsed collect device", "rules.bad_line", 15),
        ("by sdk.umeng", "by somebody", "rules.unknown_term", 15),
        ("observed collect device.android_id", "observed collect device.soul", "rules.unknown_term", 15),
        ("observed collect", "observed tick.preset", "rules.action_not_in_mode", 15),
    ],
)
def test_a_wrong_heading_names_its_place(before: str, after: str, key: str, line: int, tmp_path: Path) -> None:
    text = clause()
    assert before in text
    error = failure(tmp_path, text.replace(before, after, 1))
    assert (error.key, error.values["line"]) == (key, line)
    assert str(error.values["path"]).endswith("mini/clauses/1.1-fault.yml")


def test_a_clause_without_logic_or_checklist_is_refused(tmp_path: Path) -> None:
    assert failure(tmp_path, clause("")).key == "rules.no_logic"


def test_an_example_names_an_official_app_type(tmp_path: Path) -> None:
    examples = EXAMPLES.replace("  expect: violated", "  category: fortune_telling\n  expect: violated")
    assert failure(tmp_path, clause(examples=examples)).key == "rules.unknown_term"


def test_two_files_cannot_share_an_id(tmp_path: Path) -> None:
    with pytest.raises(RuleError) as caught:
        load(write_pack(tmp_path, {"1.1-a": clause(), "1.1-b": clause()}))
    assert caught.value.key == "rules.duplicate_id"


def test_signals_that_go_in_a_circle_do_not_load(tmp_path: Path) -> None:
    signals = {"ping": signal("ping", "signal: pong"), "pong": signal("pong", "not: {signal: ping}")}
    assert failure(tmp_path, clause(), signals).key == "rules.signal_cycle"


def test_a_signal_is_called_like_its_file(tmp_path: Path) -> None:
    assert failure(tmp_path, clause(), {"ping": signal("pong", "seen: {mode: claimed}")}).key == "rules.signal_name"


def test_a_pack_cannot_replace_a_shipped_signal(tmp_path: Path) -> None:
    name = "collects-before-consent"
    assert failure(tmp_path, clause(), {name: signal(name, "seen: {mode: claimed}")}).key == "rules.duplicate_signal"


def test_no_such_pack_is_wrong_usage() -> None:
    with pytest.raises(UsageError) as caught:
        load("no-such-pack")
    assert caught.value.exit_code == 64
    assert "no-such-pack" in say(caught.value.key, "en", **caught.value.values)


def test_a_flood_of_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError) as caught:
        load(write_pack(tmp_path, {f"1.{number}-a": "" for number in range(1001)}))
    assert caught.value.key == "rules.too_many_files"


def test_signals_that_unfold_without_measure_do_not_load(tmp_path: Path) -> None:
    signals = {"s0": signal("s0", "seen: {mode: claimed}")}
    for number in range(1, 30):
        signals[f"s{number}"] = signal(f"s{number}", f"any: [{{signal: s{number - 1}}}, {{signal: s{number - 1}}}]")
    assert failure(tmp_path, clause("violated_if:\n  signal: s29\n"), signals).key == "rules.too_involved"


def test_a_long_chain_of_signals_does_not_load(tmp_path: Path) -> None:
    signals = {"s0": signal("s0", "seen: {mode: claimed}")}
    for number in range(1, 900):
        signals[f"s{number}"] = signal(f"s{number}", f"not: {{signal: s{number - 1}}}")
    assert failure(tmp_path, clause(), signals).key == "rules.too_involved"


def test_joins_nest_only_twice(tmp_path: Path) -> None:
    line = "seen: {mode: claimed}"
    for name in "zyx":
        line = f"some: {{of: {{mode: claimed}}, as: {name}, where: {{{line}}}}}"
    assert failure(tmp_path, clause(f"violated_if:\n  {line}\n")).key == "rules.too_many_joins"


def test_a_shipped_pack_can_come_without_its_examples() -> None:
    whole, bare = load("cac-2019"), load("cac-2019", examples=False)
    assert bare.digest == whole.digest
    assert [replace(rule, examples=()) for rule in whole.rules] == list(bare.rules)
    assert not any(signal.examples for signal in bare.signals.values())
    assert all(signal.examples for signal in whole.signals.values())


def test_the_examples_of_somebody_elses_pack_are_always_read(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    copytree(pack_folder("cac-2019"), folder)
    clause = next(folder.glob("clauses/1.1-*.yml"))
    clause.write_text(clause.read_text(encoding="utf-8").replace("expect: violated", "expect: guilty", 1), encoding="utf-8")
    with pytest.raises(RuleError):
        load(str(folder), examples=False)
