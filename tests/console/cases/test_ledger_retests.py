"""What a re-test says of each problem: fixed only where the places in which it was seen were looked at again."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction

from mingjian.console import clock, vault
from mingjian.console.cases import comparing, ledger, retests
from mingjian.console.cases.models import Document
from mingjian.console.inspections.models import Decision, Inspection
from mingjian.console.market.models import App
from mingjian.console.refused import RefusedError
from mingjian.model.texts import say
from mingjian.model.types import Coverage
from tests.console.cases.life import API, BEFORE, CODE, FIRST, SECOND, Life, stored_report

OTHER = ("cac-2019/3.1", "d" * 16)


@pytest.fixture
def life(db: None) -> Life:
    return Life()


def _reported(life: Life, hits: Mapping[tuple[str, str], str], coverage: tuple[Coverage, ...] = (API, CODE)) -> None:
    """A case on those hits, ordered and reported as rectified."""
    inspection = life.inspected(*hits, report=stored_report(hits, coverage))
    with clock.stopped_at(life.at):
        life.case = ledger.open_case(inspection, "cac", life.inspector)
    life.ordered()
    life.reported()


def _again(
    life: Life, hits: Mapping[tuple[str, str], str], coverage: tuple[Coverage, ...], verdicts: Mapping[str, str] | None = None, **given: Any
) -> Inspection:
    given = {"version": "2.0", **given}
    return life.inspected(*hits, report=stored_report(hits, coverage, verdicts), verdicts=verdicts, **given)


def _results(life: Life, inspection: Inspection) -> dict[str, tuple[str, str]]:
    with clock.stopped_at(life.at):
        found = comparing.compare(life.state, inspection)
    return {each.problem.key: (each.result, each.reason) for each in found.outcomes} | {each.key: ("new", "") for each in found.new}


ABSENT = Coverage("api", "test", "absent")
PARTIAL = Coverage("api", "test", "partial", (BEFORE,))
ELSEWHERE = Coverage("api", "test", "complete", ("foreground",))


@pytest.mark.parametrize(
    ("again", "coverage", "verdicts", "expected"),
    [
        ({}, (API, CODE), {}, {FIRST[1]: ("fixed", "")}),
        ({FIRST: "api"}, (API, CODE), {}, {FIRST[1]: ("persisting", "")}),
        ({FIRST: "code"}, (CODE,), {}, {FIRST[1]: ("persisting", "")}),
        ({}, (CODE,), {}, {FIRST[1]: ("not_reached", "uncovered")}),
        ({}, (ABSENT, CODE), {}, {FIRST[1]: ("not_reached", "uncovered")}),
        ({}, (PARTIAL, CODE), {}, {FIRST[1]: ("not_reached", "uncovered")}),
        ({}, (ELSEWHERE, CODE), {}, {FIRST[1]: ("not_reached", "uncovered")}),
        ({}, (API, CODE), {FIRST[0]: "inconclusive"}, {FIRST[1]: ("not_reached", "inconclusive")}),
        ({OTHER: "api"}, (API, CODE), {}, {FIRST[1]: ("fixed", ""), OTHER[1]: ("new", "")}),
        ({OTHER: "code"}, (CODE,), {}, {FIRST[1]: ("not_reached", "uncovered"), OTHER[1]: ("new", "")}),
        ({FIRST: "api", SECOND: "code"}, (API, CODE), {}, {FIRST[1]: ("persisting", ""), SECOND[1]: ("new", "")}),
    ],
)
def test_a_problem_is_fixed_only_where_it_was_looked_for_again(
    life: Life,
    again: dict[tuple[str, str], str],
    coverage: tuple[Coverage, ...],
    verdicts: dict[str, str],
    expected: dict[str, tuple[str, str]],
) -> None:
    _reported(life, {FIRST: "api"})
    assert _results(life, _again(life, again, coverage, verdicts)) == expected


def test_what_was_dismissed_by_two_does_not_persist_and_is_not_fixed_either(life: Life) -> None:
    _reported(life, {FIRST: "api"})
    again = _again(life, {FIRST: "api"}, (API, CODE))
    decision = life.decided(again, *FIRST, Decision.Kind.DISMISSED)
    assert _results(life, again) == {FIRST[1]: ("not_reached", "dismissed")}
    # Without the second person it does not count.
    Decision.objects.filter(pk=decision.pk).update(checked_by=None, checked_at=None)
    assert _results(life, again) == {FIRST[1]: ("persisting", "")}


def test_a_dismissal_that_has_ended_counts_no_more(life: Life) -> None:
    _reported(life, {FIRST: "api"})
    again = _again(life, {FIRST: "api"}, (API, CODE))
    decision = life.decided(again, *FIRST, Decision.Kind.DISMISSED)
    Decision.objects.filter(pk=decision.pk).update(expires_on="2026-03-01")
    assert _results(life, again) == {FIRST[1]: ("persisting", "")}


@pytest.mark.parametrize("kind", [Decision.Kind.RECORD, Decision.Kind.DISMISSED])
def test_what_nobody_confirmed_does_not_persist(life: Life, kind: Decision.Kind) -> None:
    _reported(life, {FIRST: "api"})
    again = _again(life, {FIRST: "api"}, (API, CODE))
    Decision.objects.filter(inspection=again).delete()
    decision = life.decided(again, *FIRST, kind)
    Decision.objects.filter(pk=decision.pk).update(expires_on="2026-03-01")
    assert _results(life, again) == {FIRST[1]: ("not_reached", "undecided")}
    assert say("console.cases.retest.reason.undecided", "en") != ""


def test_a_retest_is_in_no_sample(life: Life) -> None:
    _reported(life, {FIRST: "api"})
    first = Inspection.objects.get()
    again = _again(life, {}, (API, CODE), signed=False)
    Inspection.objects.update(half="2026H1")
    Inspection.objects.filter(pk=again.pk).update(latest=True)
    life.case.refresh_from_db()
    with clock.stopped_at(life.at):
        retests.retest(life.case, again, life.inspector, life.case.seq)
    again.refresh_from_db()
    assert (again.source, again.latest) == (Inspection.Source.RETEST, False)
    assert list(Inspection.objects.filter(latest=True)) == [first]


def test_without_its_report_nothing_is_fixed(life: Life) -> None:
    _reported(life, {FIRST: "api"})
    assert _results(life, life.inspected(version="2.0")) == {FIRST[1]: ("not_reached", "no_report")}
    damaged, _ = vault.put([b"{"])
    assert _results(life, life.inspected(version="3.0", report=damaged)) == {FIRST[1]: ("not_reached", "no_report")}


def test_the_case_goes_on_as_the_retest_says(life: Life) -> None:
    _reported(life, {FIRST: "api", SECOND: "code"})
    again = _again(life, {SECOND: "code", OTHER: "api"}, (API, CODE))
    life.case.refresh_from_db()
    with clock.stopped_at(life.at):
        retests.retest(life.case, again, life.inspector, life.case.seq)
    assert dict(life.case.problems.values_list("key", "status")) == {FIRST[1]: "fixed", SECOND[1]: "persisting", OTHER[1]: "new"}
    report = Document.objects.get(kind="retest_report")
    text = str(report.zh)
    assert "已整改 1 项，仍存在 1 项，未能判定 0 项，新发现 1 项。" in text
    with pytest.raises(RefusedError, match="not_cleared"):
        life.do("proposed", life.inspector, act="closing", outcome="rectified", reason="x")


def test_a_fixed_problem_that_turns_up_again_persists(life: Life) -> None:
    _reported(life, {FIRST: "api", SECOND: "code"})
    for version, hits in (("2.0", {SECOND: "code"}), ("3.0", {FIRST: "api"})):
        again = _again(life, hits, (API, CODE), version=version)
        life.case.refresh_from_db()
        with clock.stopped_at(life.at):
            retests.retest(life.case, again, life.inspector, life.case.seq)
    assert dict(life.case.problems.values_list("key", "status")) == {FIRST[1]: "persisting", SECOND[1]: "fixed"}


def test_the_file_in_which_a_problem_was_found_is_not_taken_for_corrected_unless_somebody_says_why(life: Life) -> None:
    _reported(life, {FIRST: "api"})
    again = _again(life, {}, (API, CODE), version="1.0")
    assert _results(life, again) == {FIRST[1]: ("not_reached", "same_file")}
    assert say("console.cases.retest.reason.same_file", "zh") != ""
    life.case.refresh_from_db()
    with clock.stopped_at(life.at), transaction.atomic():
        retests.retest(life.case, again, life.inspector, life.case.seq)
        assert life.case.problems.get().status == "answered"
        transaction.set_rollback(True)
    with clock.stopped_at(life.at):
        retests.retest(life.case, again, life.inspector, life.case.seq, "政策在网页上，已修改。")
    assert life.case.problems.get().status == "fixed"
    report = Document.objects.get(kind="retest_report")
    assert "检测人员说明：政策在网页上，已修改。" in str(report.zh)
    assert "is the one in which problems were found" in str(report.en)


@pytest.mark.parametrize(
    ("hits", "coverage", "verdicts", "version", "refused"),
    [
        ({}, (API, CODE), {FIRST[0]: "inconclusive"}, "2.0", True),
        ({}, (CODE,), {}, "2.0", True),
        ({}, (API, CODE), {}, "1.0", True),
        ({SECOND: "code"}, (CODE,), {}, "2.0", True),
        ({}, (API, CODE), {}, "2.0", False),
        ({FIRST: "api"}, (API, CODE), {}, "1.0", False),
    ],
)
def test_a_test_that_does_not_decide_a_known_problem_takes_no_other_s_place(
    life: Life,
    hits: dict[tuple[str, str], str],
    coverage: tuple[Coverage, ...],
    verdicts: dict[str, str],
    version: str,
    refused: bool,
) -> None:
    inspection = life.inspected(FIRST, report=stored_report({FIRST: "api"}, (API, CODE)))
    with clock.stopped_at(life.at):
        life.case = ledger.open_case(inspection, "cac", life.inspector)
        again = _again(life, hits, coverage, verdicts, version=version)
        if refused:
            with pytest.raises(RefusedError, match="not_decided"):
                ledger.take_test(life.case, again, life.inspector, life.case.seq)
        else:
            ledger.take_test(life.case, again, life.inspector, life.case.seq)
    expected = "tested_problem" if refused or hits else "tested_clean"
    assert (life.state.state, [each.id for each in life.state.unresolved] != []) == (expected, expected == "tested_problem")


def test_a_test_in_which_two_persons_dismissed_the_problem_takes_the_other_s_place(life: Life) -> None:
    inspection = life.inspected(FIRST, report=stored_report({FIRST: "api"}, (API, CODE)))
    with clock.stopped_at(life.at):
        life.case = ledger.open_case(inspection, "cac", life.inspector)
        again = _again(life, {FIRST: "api"}, (API, CODE), version="1.0")
        life.decided(again, *FIRST, Decision.Kind.DISMISSED)
        ledger.take_test(life.case, again, life.inspector, life.case.seq)
    assert life.state.state == "tested_clean"


def test_a_problem_that_an_earlier_version_corrected_is_looked_for_in_the_next(life: Life) -> None:
    _reported(life, {FIRST: "api", SECOND: "code"})
    for version, hits, coverage in (("2.0", {SECOND: "code"}, (API, CODE)), ("3.0", {}, (CODE,))):
        again = _again(life, hits, coverage, version=version)
        life.case.refresh_from_db()
        with clock.stopped_at(life.at):
            found = retests.retest(life.case, again, life.inspector, life.case.seq)
    assert found is not None
    assert {each.problem.key: each.result for each in found.outcomes} == {FIRST[1]: "not_reached", SECOND[1]: "fixed"}
    with pytest.raises(RefusedError, match="not_cleared"):
        life.do("proposed", life.inspector, act="closing", outcome="rectified", reason="x")


def test_the_state_and_the_outcome_of_a_clean_test_say_what_was_confirmed_and_no_more() -> None:
    for key in ("state.tested_clean", "outcome.clean"):
        assert "确认" in say(f"console.states.{key}", "zh")
        assert "no problem confirmed" in say(f"console.states.{key}", "en").lower()


def test_an_undecided_problem_keeps_the_case_open(life: Life) -> None:
    _reported(life, {FIRST: "api"})
    again = _again(life, {}, (CODE,))
    life.case.refresh_from_db()
    with clock.stopped_at(life.at):
        retests.retest(life.case, again, life.inspector, life.case.seq)
    assert life.case.problems.get().status == "answered"
    with pytest.raises(RefusedError):
        life.do("proposed", life.inspector, act="closing", outcome="rectified", reason="x")


def test_only_the_beginning_is_recorded_until_two_stand_behind_the_retest(life: Life) -> None:
    _reported(life, {FIRST: "api"})
    again = _again(life, {}, (API, CODE), signed=False)
    life.case.refresh_from_db()
    with clock.stopped_at(life.at):
        assert retests.retest(life.case, again, life.inspector, life.case.seq) is None
        life.case.refresh_from_db()
        assert life.state.testing
        again.countersigned_at, again.countersigned_by = life.at, life.reviewer
        again.save()
        found = retests.retest(life.case, again, life.inspector, life.case.seq)
    assert found is not None
    assert life.case.problems.get().status == "fixed"


def test_an_inspection_of_another_app_is_no_retest(life: Life) -> None:
    _reported(life, {FIRST: "api"})
    again = _again(life, {}, (API, CODE))
    again.app = App.objects.create(package="com.example.other", updated_at=life.at)
    again.save()
    life.case.refresh_from_db()
    with clock.stopped_at(life.at), pytest.raises(RefusedError, match="other_app"):
        retests.retest(life.case, again, life.inspector, life.case.seq)


def test_a_notice_that_nothing_was_found_tells_what_was_not_decided(life: Life) -> None:
    tested = life.inspected(verdicts={FIRST[0]: "inconclusive"})
    Inspection.objects.filter(pk=tested.pk).update(inconclusive=1)
    with clock.stopped_at(life.at):
        life.case = ledger.open_case(life.app, "cac", life.inspector)
        ledger.take_test(life.case, tested, life.inspector, life.case.seq)
    life.confirmed("closing", outcome="clean", reason="抽查")
    notice = Document.objects.get(kind="closing_notice")
    assert "另有 1 条证据不足、无法判定" in str(notice.zh)
    assert "1 more clause could not be decided" in str(notice.en)
