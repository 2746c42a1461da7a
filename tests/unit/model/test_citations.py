import json
from dataclasses import replace
from pathlib import Path

import pytest

from mingjian.model.citations import counted, numbers_of, order_of, place_in_words
from mingjian.model.codec import decode, encode, load_report
from mingjian.model.types import Citation, Finding, PackVersion, Text

PLACES = [
    (Citation("L", 3, 1), "第 3 章第 1 项", "chapter 3, item 1", ("3.1",)),
    (Citation("L", article=17), "第 17 条", "Article 17", ("17",)),
    (Citation("L", article=17, paragraph=2), "第 17 条第 2 款", "Article 17, paragraph 2", ("17", "17.2")),
    (Citation("L", measure=8), "第 8 项措施", "measure 8", ("8",)),
    (Citation("L", point="II.5"), "第 II 部分第 5 项", "part II, point 5", ("5",)),
    (Citation("L", point="6.1"), "第 6.1 项", "point 6.1", ("6.1",)),
    (Citation("L", annex="E"), "附录 E", "Annex E", ("E",)),
    (Citation("L"), "", "", ()),
]


@pytest.mark.parametrize(("cites", "zh", "en", "numbers"), PLACES)
def test_every_place_is_said_in_both_languages(cites: Citation, zh: str, en: str, numbers: tuple[str, ...]) -> None:
    assert (place_in_words(cites, "zh"), place_in_words(cites, "en")) == (zh, en)
    assert numbers_of(cites) == numbers
    assert decode(Citation, json.loads(json.dumps(encode(cites)))) == cites


@pytest.mark.parametrize(
    "ordered",
    [
        [Citation("L", 1, 2), Citation("L", 1, 10), Citation("L", 2, 1)],
        [Citation("L", article=9), Citation("L", article=10), Citation("L", article=10, paragraph=2), Citation("L", article=11)],
        [Citation("L", point="I.4"), Citation("L", point="II.5"), Citation("L", point="IV.6"), Citation("L", point="V.1")],
        [Citation("L", point="6.2"), Citation("L", point="6.10"), Citation("L", annex="A"), Citation("L", annex="E")],
        [Citation("L", measure=2), Citation("L", measure=10)],
    ],
)
def test_clauses_stand_as_their_instrument_counts(ordered: list[Citation]) -> None:
    shuffled = [*ordered[1:], ordered[0]]
    assert sorted(shuffled, key=order_of) == ordered
    assert len({order_of(cites) for cites in ordered}) == len(ordered)


def test_a_report_from_before_there_were_articles_keeps_its_places() -> None:
    old = load_report((Path(__file__).parents[2] / "formats" / "report-1.json").read_bytes())
    first = old.clauses[0]
    assert (first.cites.chapter, first.cites.item, first.cites.article, first.label) == (1, 1, None, None)
    assert {pack.nature for pack in old.packs} == {"law"}
    assert {finding.capped for finding in old.findings} == {None}


def test_a_draft_does_not_count() -> None:
    old = load_report((Path(__file__).parents[2] / "formats" / "report-1.json").read_bytes())
    draft = PackVersion("draft-2026", "1", "0" * 64, Text("草案", "Draft"), "draft")
    of_draft = Finding("draft-2026/1", "suspected", capped="draft")
    both = replace(old, packs=(*old.packs, draft), findings=(*old.findings, of_draft))
    assert counted(both) == old.findings
    assert counted(replace(both, packs=(*old.packs, replace(draft, nature="practice")))) == both.findings
