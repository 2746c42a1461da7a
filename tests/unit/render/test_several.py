"""A report on several packs: one table by pack, the conducts each once, then the clauses by pack. On one pack it is what it was."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from mingjian.judge import shipped_packs
from mingjian.judge.compare import compare
from mingjian.model.codec import dump_report, load_report
from mingjian.model.conducts import conducts_of
from mingjian.model.schema import report_schema
from mingjian.model.types import Report, Text
from mingjian.render import FORMATS, changes, renderer
from mingjian.render.several import by_pack, conducts, totals
from mingjian.scan import judge_again

STORED = Path(__file__).parents[2] / "golden" / "food-app-runs-breaking-rules" / "expect" / "report.json"


@pytest.fixture(scope="module")
def one() -> Report:
    return judge_again(load_report(STORED.read_bytes()), ["cac-2019"])


@pytest.fixture(scope="module")
def every(one: Report) -> Report:
    return judge_again(one, ["all"])


def shown(report: Report, form: str, lang: str = "en", detail: bool = False) -> str:
    return renderer(form)(report, lang, detail).decode()


def test_all_stands_for_every_shipped_pack(every: Report) -> None:
    assert {pack.id for pack in every.packs} == set(shipped_packs())
    assert len(every.findings) == len(every.clauses) == len({clause.id for clause in every.clauses})


def test_what_a_pack_finds_does_not_depend_on_the_packs_beside_it(one: Report, every: Report) -> None:
    alone = {finding.clause: finding for finding in one.findings}
    assert {finding.clause: finding for finding in every.findings if finding.clause in alone} == alone


def test_every_bad_finding_is_in_a_conduct_and_every_conduct_is_one(every: Report) -> None:
    found = conducts_of(every)
    assert len({each.id for each in found}) == len(found)
    bad = {finding.clause for finding in every.findings if finding.verdict in ("violated", "suspected")}
    assert {breach.clause for each in found for breach in each.breaches} == bad
    assert max(len({breach.clause.partition("/")[0] for breach in each.breaches}) for each in found) >= 4
    for each in found:
        assert len({breach.clause for breach in each.breaches}) == len(each.breaches)


def test_the_table_by_pack_counts_every_clause_once_with_drafts_last(every: Report) -> None:
    parts = by_pack(every)
    assert sum(sum(part.counts.values()) for part in parts) == len(every.findings)
    assert [part.informs for part in parts] == sorted(part.informs for part in parts)
    assert parts[-1].pack is not None
    assert parts[-1].pack.nature == "draft"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_text_begins_with_the_packs_then_conducts_then_clauses(every: Report, lang: str) -> None:
    text = shown(every, "text", lang)
    headings = {
        "zh": ("各规则包的结果", "行为（每项只计一次）", "仅供参考"),
        "en": ("The packs side by side", "Conducts, each", "For information only"),
    }
    places = [text.index(words) for words in headings[lang]]
    assert places == sorted(places)
    first = text[: places[1]]
    assert all(pack.id in first for pack in every.packs)
    assert [len(re.findall(rf"^{pack.id} +", first, re.MULTILINE)) for pack in every.packs] == [1] * len(every.packs)


def test_a_conduct_is_told_once_with_its_citations_and_labels(every: Report) -> None:
    known = conducts(every)
    each = next(each for each in known if len(each.cited) >= 4)
    text = shown(every, "text", detail=True)
    listed = text[text.index("Conducts, each") : text.index("(cac-2019 ")]
    assert listed.count(f"{each.words.en}\n") == 1
    label = next(clause.label for clause in every.clauses if clause.id == "miit-164/1")
    assert label is not None
    assert label.en in listed
    assert sum(totals(known).values()) == len([each for each in known if each.conduct.counts])


def test_the_page_tells_the_same_in_both_languages_and_its_anchors_are_one_each(every: Report) -> None:
    page = shown(every, "html")
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(ids)
    assert page.count('<details class="conduct ') == len(conducts_of(every))
    for words in ("各规则包的结果", "The packs side by side", "行为（每项只计一次）", "Conducts, each counted once"):
        assert words in page


def test_json_holds_the_conducts_fits_the_schema_and_reads_back(every: Report) -> None:
    document = json.loads(shown(every, "json"))
    assert [each["id"] for each in document["conducts"]] == [each.id for each in conducts_of(every)]
    jsonschema.Draft202012Validator(report_schema()).validate(document)
    assert load_report(json.dumps(document).encode()) == every
    forged = document | {"conducts": [{"id": "made up"}]}
    assert load_report(json.dumps(forged).encode()) == every


def test_sarif_tells_which_results_are_one_conduct(every: Report) -> None:
    results = json.loads(shown(every, "sarif"))["runs"][0]["results"]
    of: dict[str, set[str]] = {}
    for result in results:
        if conduct := result.get("partialFingerprints", {}).get("mingjianConduct/v1"):
            of.setdefault(conduct, set()).add(result["ruleId"].partition("/")[0])
    assert set(of) <= {each.id for each in conducts_of(every)}
    assert max(map(len, of.values())) >= 4


def test_sarif_counts_the_conducts_as_the_text_does(every: Report) -> None:
    run = json.loads(shown(every, "sarif"))["runs"][0]
    told = run["properties"]["conducts"]
    assert [each["id"] for each in told] == [each.id for each in conducts_of(every)]
    assert Counter(each["verdict"] for each in told if each["counts"]) == totals(conducts(every))
    raised = {result["ruleId"] for result in run["results"] if result["properties"]["verdict"] in ("violated", "suspected")}
    assert {id for each in told for id in each["ruleIds"]} == raised


def test_sarif_marks_a_fault_by_absence_with_its_conduct(every: Report) -> None:
    missing = {each.id: [breach.clause for breach in each.breaches] for each in conducts_of(every) if each.absent}
    alone = Counter(breach.clause for each in conducts_of(every) for breach in each.breaches)
    results = json.loads(shown(every, "sarif"))["runs"][0]["results"]
    for id, clauses in missing.items():
        for clause in (clause for clause in clauses if alone[clause] == 1):
            marks = [result["partialFingerprints"]["mingjianConduct/v1"] for result in results if result["ruleId"] == clause]
            assert set(marks) == {id}


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_on_one_pack_tells_of_no_conducts(form: str, one: Report) -> None:
    text = shown(one, form, detail=True)
    assert not re.search("conduct-|conducts|Conducts, each|mingjianConduct|side by side", text)
    if form == "json":
        assert text.encode() == dump_report(one)


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_of_packs_and_labels_stay_text(form: str, every: Report) -> None:
    bad = Text("<script>坏</script>[red]", "<script>bad</script>[red]")
    packs = tuple(replace(pack, title=bad) for pack in every.packs)
    hostile = replace(every, packs=packs, clauses=tuple(replace(clause, label=bad) for clause in every.clauses))
    text = shown(hostile, form, detail=True)
    if form == "html":
        assert "<script>bad" not in text
    if form == "text":
        assert "[red]" in text


def test_clauses_of_no_pack_are_not_lost(every: Report) -> None:
    kept = tuple(pack for pack in every.packs if pack.id in ("cac-2019", "pipl"))
    parts = by_pack(replace(every, packs=kept))
    assert [part.pack.id if part.pack else None for part in parts][:2] == ["cac-2019", "pipl"]
    assert sum(len(part.rows) for part in parts) == len(every.clauses)
    assert "Other clauses" in shown(replace(every, packs=kept), "text")


@pytest.mark.parametrize(("lang", "words"), [("zh", "只用于较新的报告"), ("en", "only the newer report was judged by")])
def test_a_comparison_names_clauses_of_several_packs_whole_and_what_one_report_alone_was_judged_by(
    one: Report, every: Report, lang: str, words: str
) -> None:
    told = changes.render_text(compare(one, every), lang).decode()
    assert words in told
    assert not re.search(r"^  (1|6\.1): ", told, re.MULTILINE)
    assert "  miit-337/1: " in told
    assert re.search("gb41391/6.1 .", told)
    back = changes.render_text(compare(every, one), lang).decode()
    assert words not in back
    assert ("只用于较旧的报告" if lang == "zh" else "only the older report was judged by") in back
    assert "judged by" not in changes.render_text(compare(one, one), "en").decode()
