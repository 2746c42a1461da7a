"""Which clauses are judged anew: all whose finding may come out otherwise, and no others; what comes out is the same either way."""

from dataclasses import replace

import pytest

from mingjian.fleet import verdicts
from mingjian.fleet.verdicts import Judge
from mingjian.judge import Pack, load, loaded
from mingjian.judge.reads import signals_of
from mingjian.model.codec import DecodeError, dump_report
from mingjian.model.types import Report
from mingjian.scan import judge_again
from tests.fleet.judging import making
from tests.fleet.judging.making import golden, pack_b

CASES = ("food-app-runs-breaking-rules", "food-app-keeps-the-rules", "box-ticked-in-advance")


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program has a version, whether or not these sources are installed."""
    for module in (verdicts, making):
        monkeypatch.setattr(module, "tool_version", lambda: "1.0")


@pytest.fixture(scope="module")
def shipped() -> Pack:
    return load("cac-2019")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load(str(pack_b(tmp_path_factory.mktemp("changed") / "pack")))


@pytest.mark.parametrize("case", CASES)
def test_only_what_changed_is_judged_and_all_comes_out_as_if_everything_were(case: str, shipped: Pack, changed: Pack) -> None:
    report = golden(case)
    again = Judge([changed], [shipped])(dump_report(report))
    judged, before, whole = again.report, again.before, again.whole
    assert not again.settled
    assert whole.keys() == {"cac-2019/1.1", "cac-2019/1.9"}
    expected = judge_again(report, [changed])
    assert [replace(finding, why=None) for finding in expected.findings if finding.clause not in whole] == [
        finding for finding in judged.findings if finding.clause not in whole
    ]
    assert [finding for finding in expected.findings if finding.clause in whole] == [
        finding for finding in judged.findings if finding.clause in whole
    ]
    assert (judged.clauses, judged.packs) == (expected.clauses, expected.packs)
    assert before == {finding.clause: finding.verdict for finding in report.findings}


def everything(report: Report, judge: Judge) -> bool:
    return len(judge(dump_report(report)).whole) == len(judge.clauses)


def test_everything_is_judged_where_nobody_knows_how_it_was_found(shipped: Pack) -> None:
    judge, report = Judge([shipped], []), golden(CASES[1])
    assert not everything(report, judge)
    assert everything(replace(report, packs=(replace(report.packs[0], digest="0" * 64),)), judge)
    assert everything(replace(report, tool=replace(report.tool, version="0.0.1")), judge)
    assert everything(replace(report, tool=replace(report.tool, catalogue="0" * 64)), judge)
    assert everything(replace(report, findings=(*report.findings, report.findings[0])), judge)


def test_everything_is_judged_where_the_program_has_no_version(shipped: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (verdicts, making):
        monkeypatch.setattr(module, "tool_version", lambda: "0")
    assert everything(golden(CASES[1]), Judge([shipped], [shipped])), "one state of uninstalled sources may judge otherwise than another"


@pytest.mark.parametrize("case", CASES)
def test_a_report_is_settled_that_says_already_what_is_judged(case: str, shipped: Pack) -> None:
    judge, report = Judge([shipped], []), judge_again(golden(case), [shipped])
    assert judge(dump_report(report)).settled
    assert not judge(dump_report(replace(report, packs=(replace(report.packs[0], digest="0" * 64),)))).settled, "by other packs"
    other = replace(report.findings[0], missing=("policy",) if not report.findings[0].missing else ())
    assert not everything(report, judge)
    assert not judge(dump_report(replace(report, findings=report.findings[1:]))).settled, "one finding is missing"
    older = replace(report, tool=replace(report.tool, version="0.0.1"))
    assert judge(dump_report(older)).settled, "judged by an older program, and the same came of it"
    assert not judge(dump_report(replace(older, findings=(other, *report.findings[1:])))).settled


def test_a_changed_signal_has_each_clause_that_rests_on_it_judged_anew(shipped: Pack) -> None:
    name, resting = next(
        (name, clauses)
        for name in shipped.signals
        if 1 < len(clauses := {rule.clause.id for rule in shipped.rules if name in signals_of(rule, shipped.whens)}) < len(shipped.rules)
    )
    other = next(signal.when for signal in shipped.signals.values() if signal.when != shipped.signals[name].when)
    signals = {**shipped.signals, name: replace(shipped.signals[name], when=other)}
    changed = replace(shipped, signals=signals, digest="1" * 64)
    assert Judge([changed], [shipped])(dump_report(golden(CASES[0]))).whole.keys() == resting


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b"\xff", b'{"schema": "mingjian-report/9"}', b"[" * 100_000])
def test_what_is_no_report_is_refused(document: bytes, shipped: Pack) -> None:
    with pytest.raises(DecodeError):
        Judge([shipped], [])(document)


def test_a_report_of_an_unknown_schema_is_refused(shipped: Pack) -> None:
    document = dump_report(golden(CASES[1])).replace(b"mingjian-report/1", b"mingjian-report/9")
    with pytest.raises(DecodeError):
        Judge([shipped], [])(document)


def test_a_finding_keeps_its_cap_and_a_text_that_is_known_better_has_it_judged_anew(shipped: Pack) -> None:
    report = judge_again(golden(CASES[0]), [shipped])
    again = Judge([shipped], [shipped])(dump_report(report))
    assert not again.whole
    assert [replace(finding, why=None) for finding in report.findings] == list(again.report.findings)
    capped = next(finding.clause for finding in report.findings if finding.capped)
    clause = next(clause for clause in shipped.clauses if clause.id == capped)
    known = replace(clause, cites=replace(clause.cites, confidence="read"))
    rules = tuple(replace(rule, clause=known) if rule.clause.id == capped else rule for rule in shipped.rules)
    read = replace(shipped, rules=rules, digest="1" * 64)
    anew = Judge([read], [shipped])(dump_report(report))
    assert anew.whole.keys() == {capped}
    (finding,) = (finding for finding in anew.report.findings if finding.clause == capped)
    assert finding in judge_again(report, [read]).findings
    assert (finding.verdict, finding.capped) == ("violated", None)


def test_every_pack_at_once_comes_out_as_a_fresh_judgement_does() -> None:
    packs = loaded(["all"])
    report = golden(CASES[0])
    expected = judge_again(report, packs)
    unknown = replace(report, packs=(replace(report.packs[0], digest="0" * 64),))
    judged = Judge(packs, [])(dump_report(unknown)).report
    assert (judged.findings, judged.clauses, judged.packs) == (expected.findings, expected.clauses, expected.packs)
    again = Judge(packs, [])(dump_report(report))
    had = {finding.clause for finding in report.findings}
    assert again.whole.keys() == {clause.id for clause in again.report.clauses} - had, "the pack that judged before is one of them"
    assert list(again.report.findings) == [
        replace(finding, why=None) if finding.clause in had else finding for finding in expected.findings
    ]
    settled = Judge(packs, packs)(dump_report(expected))
    assert settled.settled
    assert not settled.whole
