"""What people decide of findings: two for whatever weakens one, two before anything leaves, over versions and time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from django.db.models import QuerySet

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.audit.models import Entry
from mingjian.console.cases.found import confirmed
from mingjian.console.inspections import answers, decisions, tasks
from mingjian.console.inspections.decisions import Wish
from mingjian.console.inspections.dismissals import dismissed
from mingjian.console.inspections.ingest import file_report
from mingjian.console.inspections.models import BAD, Decision, Finding, Inspection
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import run_due
from mingjian.model.codec import load_report
from mingjian.model.types import Report

Made = Callable[..., Inspection]
Kind = Decision.Kind
CLAUSE = "cac-2019/3.1"


@pytest.fixture
def one_fault(demo_report: Report) -> Report:
    """The demo app's report with one fault left: that data are read before anybody agrees, in one way."""
    findings = tuple(
        replace(row, hits=row.hits[:1]) if row.clause == CLAUSE else replace(row, verdict="satisfied", hits=())
        for row in demo_report.findings
    )
    return replace(demo_report, findings=findings)


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as refused:
        act()
    return refused.value.key.rpartition(".")[2]


def _dismissal(found: Inspection, days: int = 30, reason: str = "Test data") -> Wish:
    hit = found.hits.get()
    return Wish(hit.clause, Kind.DISMISSED, hit.fingerprint, reason, clock.today() + timedelta(days=days))


def _counts(found: Inspection) -> str:
    hit = found.hits.get()
    counts = decisions.decided(decisions.standing(found), hit.clause, hit.fingerprint).counts
    return counts.kind if counts else ""


def test_a_dismissal_counts_once_a_second_person_agrees(inspected: Made, one_fault: Report, inspector: User, reviewer: User) -> None:
    found = inspected(one_fault)
    wish = decisions.decide(found, _dismissal(found), inspector)
    assert _counts(found) == ""
    decisions.check(wish, True, reviewer)
    assert _counts(found) == "dismissed"
    assert _refused(lambda: decisions.check(wish, True, reviewer)) == "answered"


def test_nobody_confirms_their_own_dismissal(inspected: Made, one_fault: Report, person: Callable[..., User]) -> None:
    both = person("inspector", "reviewer", name="both")
    found = inspected(one_fault)
    wish = decisions.decide(found, _dismissal(found), both)
    assert _refused(lambda: decisions.check(wish, True, both)) == "same_person"
    assert _refused(lambda: decisions.check(wish, False, both)) == "same_person"


def test_who_does_not_agree_confirms_the_finding(inspected: Made, one_fault: Report, inspector: User, reviewer: User) -> None:
    found = inspected(one_fault)
    wish = decisions.decide(found, _dismissal(found), inspector)
    decisions.check(wish, False, reviewer, "It is real data")
    assert _counts(found) == "confirmed"
    wish.refresh_from_db()
    assert wish.checked_at is None


def test_a_dismissal_carries_over_to_later_versions_until_its_day(
    inspected: Made, one_fault: Report, inspector: User, reviewer: User
) -> None:
    old = inspected(one_fault)
    decisions.check(decisions.decide(old, _dismissal(old, days=30), inspector), True, reviewer)
    for days, counts in ((1, "dismissed"), (30, "dismissed"), (31, "")):
        with clock.stopped_at(clock.now() + timedelta(days=days)):
            new = inspected(one_fault)
            assert _counts(new) == counts, days
            hit = new.hits.get()
            assert (decisions.decided(decisions.standing(new), hit.clause, hit.fingerprint).ended is not None) == (counts == "")


def test_an_unconfirmed_dismissal_does_not_carry_over(inspected: Made, one_fault: Report, inspector: User) -> None:
    old = inspected(one_fault)
    decisions.decide(old, _dismissal(old), inspector)
    new = inspected(one_fault)
    hit = new.hits.get()
    assert decisions.decided(decisions.standing(new), hit.clause, hit.fingerprint) == decisions.Standing()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"reason": "  "}, "reason"),
        ({"expires_on": None}, "expiry"),
        ({"fingerprint": "0" * 16}, "nothing_found"),
        ({"clause": "cac-2019/1.1"}, "nothing_found"),
        ({"clause": "cac-2019/1.1", "fingerprint": "", "kind": Kind.CONFIRMED}, "nothing_found"),
        ({"reason": "x" * 2001}, "long"),
    ],
)
def test_a_decision_that_says_too_little_is_refused(
    inspected: Made, one_fault: Report, inspector: User, change: dict[str, str], key: str
) -> None:
    found = inspected(one_fault)
    assert _refused(lambda: decisions.decide(found, replace(_dismissal(found), **change), inspector)) == key  # type: ignore[arg-type]


@pytest.mark.parametrize("days", [-1, 367])
def test_a_dismissal_ends_within_a_year(inspected: Made, one_fault: Report, inspector: User, days: int) -> None:
    found = inspected(one_fault)
    assert _refused(lambda: decisions.decide(found, _dismissal(found, days=days), inspector)) == "expiry"


def test_two_people_stand_behind_a_conclusion(
    inspected: Made, one_fault: Report, inspector: User, reviewer: User, person: Callable[..., User]
) -> None:
    found = inspected(one_fault)
    assert _refused(lambda: decisions.conclude(found, inspector)) == "undecided"
    hit = found.hits.get()
    decisions.decide(found, Wish(hit.clause, Kind.CONFIRMED, hit.fingerprint), inspector)
    assert _refused(lambda: decisions.conclude(found, reviewer)) == "role"
    assert _refused(lambda: decisions.countersign(found, True, reviewer)) == "not_concluded"
    decisions.conclude(found, inspector)
    assert _refused(lambda: decisions.decide(found, _dismissal(found), inspector)) == "concluded"
    assert _refused(lambda: decisions.countersign(found, True, inspector)) == "role"
    decisions.countersign(found, False, reviewer)
    decisions.decide(found, Wish(hit.clause, Kind.CONFIRMED, hit.fingerprint, "Seen again"), inspector)
    both = person("inspector", "reviewer", name="both")
    decisions.conclude(found, both)
    assert _refused(lambda: decisions.countersign(found, True, both)) == "same_person"
    decisions.countersign(found, True, reviewer)
    found.refresh_from_db()
    assert (found.concluded_by, found.countersigned_by) == (both, reviewer)
    assert _refused(lambda: decisions.conclude(found, inspector)) == "concluded"
    actions = list(Entry.objects.order_by("seq").values_list("action", flat=True))
    assert actions[2:] == [
        "decision.made",
        "inspection.concluded",
        "inspection.returned",
        "decision.made",
        "inspection.concluded",
        "inspection.countersigned",
    ]


def test_a_dismissal_that_waits_keeps_the_inspection_open(inspected: Made, one_fault: Report, inspector: User, reviewer: User) -> None:
    found = inspected(one_fault)
    wish = decisions.decide(found, _dismissal(found), inspector)
    assert _refused(lambda: decisions.conclude(found, inspector)) == "undecided"
    decisions.check(wish, True, reviewer)
    decisions.conclude(found, inspector)


def test_a_decision_on_the_clause_decides_its_hits(inspected: Made, demo_report: Report, inspector: User) -> None:
    found = inspected(demo_report)
    before = len(decisions.still_undecided(found))
    of_clause = found.hits.filter(clause=CLAUSE).count()
    decisions.decide(found, Wish(CLAUSE, Kind.CONFIRMED), inspector)
    assert len(decisions.still_undecided(found)) == before - of_clause


def _dismissed(found: Inspection, clause: str, fingerprint: str, by: User, second: User, days: int = 300) -> Decision:
    wish = Wish(clause, Kind.DISMISSED, fingerprint, "Test data", clock.today() + timedelta(days=days))
    decision = decisions.decide(found, wish, by)
    decisions.check(decision, True, second)
    return decision


def test_a_reason_is_kept_as_what_can_be_shown(inspected: Made, one_fault: Report, inspector: User, reviewer: User) -> None:
    found = inspected(one_fault)
    decisions.check(decisions.decide(found, _dismissal(found), inspector), False, reviewer, "No:\nreal\0")
    assert found.decisions.latest("pk").reason == "No:\nreal\\x00"


def test_a_clause_dismissed_as_a_whole_is_dismissed_for_that_inspection_only(
    inspected: Made, one_fault: Report, inspector: User, reviewer: User
) -> None:
    old = inspected(one_fault)
    _dismissed(old, CLAUSE, "", inspector, reviewer)
    assert decisions.still_undecided(old) == []
    new = inspected(one_fault)
    assert decisions.still_undecided(new) == [(CLAUSE, new.hits.get().fingerprint)]


def test_a_dismissal_by_another_body_does_not_count(inspected: Made, one_fault: Report, inspector: User, reviewer: User) -> None:
    of_cac, of_miit = inspected(one_fault, body="cac"), inspected(one_fault, body="miit")
    _dismissed(of_cac, CLAUSE, of_cac.hits.get().fingerprint, inspector, reviewer)
    assert (_counts(of_cac), _counts(of_miit)) == ("dismissed", "")


def test_a_clause_whose_only_hit_was_dismissed_later_is_no_problem(
    inspected: Made, one_fault: Report, inspector: User, reviewer: User
) -> None:
    found = inspected(one_fault)
    decisions.decide(found, Wish(CLAUSE, Kind.CONFIRMED), inspector)
    assert [problem.clause for problem in confirmed(found, one_fault)] == [CLAUSE]
    with clock.stopped_at(clock.now() + timedelta(minutes=1)):
        _dismissed(found, CLAUSE, found.hits.get().fingerprint, inspector, reviewer)
        assert confirmed(found, one_fault) == []


def test_who_wants_another_recording_has_not_decided(inspected: Made, one_fault: Report, inspector: User) -> None:
    found = inspected(one_fault)
    hit = found.hits.get()
    decisions.decide(found, Wish(CLAUSE, Kind.RECORD, hit.fingerprint, "Once more, with a fresh install"), inspector)
    assert _refused(lambda: decisions.conclude(found, inspector)) == "undecided"
    decisions.decide(found, Wish(CLAUSE, Kind.CONFIRMED, hit.fingerprint), inspector)
    decisions.conclude(found, inspector)


def test_a_dismissal_that_a_newer_decision_replaced_waits_for_nobody(inspected: Made, one_fault: Report, inspector: User) -> None:
    found = inspected(one_fault)
    decisions.decide(found, Wish(CLAUSE, Kind.DISMISSED, "", "Test data", clock.today()), inspector)
    assert decisions.still_undecided(found) != []
    with clock.stopped_at(clock.now() + timedelta(minutes=1)):
        decisions.decide(found, Wish(CLAUSE, Kind.CONFIRMED, found.hits.get().fingerprint), inspector)
        assert decisions.still_undecided(found) == []


def test_findings_are_dismissed_once_everything_found_is(inspected: Made, demo_report: Report, inspector: User, reviewer: User) -> None:
    found = inspected(demo_report)
    today, hits = clock.today(), list(found.hits.filter(clause=CLAUSE).values_list("fingerprint", flat=True))
    assert len(hits) > 1
    for fingerprint in hits[1:]:
        _dismissed(found, CLAUSE, fingerprint, inspector, reviewer, days=30)
    assert not _stand_dismissed(today).exists()
    _dismissed(found, CLAUSE, hits[0], inspector, reviewer, days=60)
    again, elsewhere = inspected(demo_report), inspected(demo_report, body="miit")
    rows = _stand_dismissed(today).values_list("inspection", "clause")
    assert set(rows) == {(found.pk, CLAUSE), (again.pk, CLAUSE)}
    assert elsewhere.findings.get(clause=CLAUSE).verdict == "violated"
    assert _stand_dismissed(today + timedelta(days=30)).count() == 2
    assert _stand_dismissed(today + timedelta(days=31)).count() == 0
    # The newest decision counts, also where it is on the whole clause.
    with clock.stopped_at(clock.now() + timedelta(minutes=1)):
        decisions.decide(again, Wish(CLAUSE, Kind.CONFIRMED), inspector)
        assert list(_stand_dismissed(today).values_list("inspection", flat=True)) == [found.pk]


def _stand_dismissed(on: date) -> QuerySet[Finding]:
    return Finding.objects.filter(dismissed(on))


@pytest.mark.parametrize("seed", range(12))
def test_the_mark_of_dismissal_says_on_every_day_what_the_decisions_say(
    inspected: Made, demo_report: Report, inspector: User, reviewer: User, seed: int
) -> None:
    """Whatever is decided in whatever order, of two versions, and then judged again: the stored last day agrees with a reading of the
    decisions on each day."""
    chance = Random(seed)
    versions = [inspected(demo_report), inspected(demo_report)]
    begun = clock.now()
    for step in range(chance.randrange(4, 24)):
        found = chance.choice(versions)
        hit = chance.choice([*found.hits.filter(clause=CLAUSE).values_list("fingerprint", flat=True), ""])
        with clock.stopped_at(begun + timedelta(hours=9 * step)):
            kind = chance.choice([Kind.DISMISSED, Kind.DISMISSED, Kind.DISMISSED, Kind.CONFIRMED, Kind.RECORD])
            last = clock.today() + timedelta(days=chance.randrange(30)) if kind == Kind.DISMISSED else None
            decision = decisions.decide(found, Wish(CLAUSE, kind, hit, "Test data", last), inspector)
            if kind == Kind.DISMISSED and chance.random() < 0.8:
                decisions.check(decision, chance.random() < 0.9, reviewer)
    if chance.random() < 0.5:
        file_report(versions[0], replace(demo_report, packs=()))
        versions.append(inspected(demo_report))
    for days in range(9, 45, 3):
        with clock.stopped_at(begun + timedelta(days=days)):
            for found in versions:
                said = decisions.of_everything_found(found)
                bad = found.findings.filter(verdict__in=BAD).values_list("clause", flat=True)
                gone = {clause for clause in bad if all(each.kind == Kind.DISMISSED for key, each in said.items() if key[0] == clause)}
                assert set(_stand_dismissed(clock.today()).filter(inspection=found).values_list("clause", flat=True)) == gone


def test_what_is_broken_by_an_absence_is_dismissed_as_a_whole(inspected: Made, one_fault: Report, inspector: User, reviewer: User) -> None:
    absence = replace(one_fault, findings=tuple(replace(row, hits=()) for row in one_fault.findings))
    found = inspected(absence)
    assert decisions.still_undecided(found) == [(CLAUSE, "")]
    _dismissed(found, CLAUSE, "", inspector, reviewer)
    inspected(absence)
    assert list(_stand_dismissed(clock.today()).values_list("inspection", "clause")) == [(found.pk, CLAUSE)]


def test_answers_change_the_verdict_as_the_clause_says(inspected: Made, inspector: User) -> None:
    found = inspected()
    run_due()
    # 2.4 rests on what a person says: nothing said leaves it open, one yes breaks it, three times no keeps it.
    for said, verdict in (
        ([("jargon", True)], "violated"),
        ([("jargon", False), ("padded", False)], "inconclusive"),
        ([("unclear", False)], "satisfied"),
    ):
        answers.answer(found, "cac-2019/2.4", said, "Read in full", inspector)
        assert _refused(lambda: decisions.conclude(found, inspector)) == "not_done"
        run_due()
        assert found.findings.get(clause="cac-2019/2.4").verdict == verdict
    found.refresh_from_db()
    assert (found.step, found.state, found.fault) == ("", "done", None)
    # Three times somebody answered, so three files tell what the report was judged with, the newest last.
    files = list(found.materials.filter(kind="review").order_by("pk"))
    assert [file.name for file in files] == ["answers.yml"] * 3
    named = [file for file in load_report(vault.read(found.report_sha256)).subject.artifacts if file.kind == "review"]
    assert [file.sha256 for file in named] == [files[-1].sha256]


@pytest.mark.parametrize(
    ("clause", "said", "key"),
    [
        ("cac-2019/2.4", [], "no_answer"),
        ("cac-2019/2.4", [("invented", True)], "unasked"),
        ("cac-2019/3.1", [("jargon", True)], "unasked"),
        ("../../etc/x", [("jargon", True)], "unasked"),
    ],
)
def test_only_what_is_asked_can_be_answered(inspected: Made, inspector: User, clause: str, said: list[tuple[str, bool]], key: str) -> None:
    found = inspected()
    assert _refused(lambda: answers.answer(found, clause, said, "", inspector)) == key
    assert not found.answers.exists()


def test_an_answer_given_while_the_report_is_judged_is_not_lost(inspected: Made, inspector: User, monkeypatch: pytest.MonkeyPatch) -> None:
    found = inspected()
    run_due()
    answers.answer(found, "cac-2019/2.4", [("jargon", True)], "", inspector)
    real = tasks.judged

    def interrupted(inspection: Inspection, review: bytes) -> Report:
        report = real(inspection, review)
        monkeypatch.setattr(tasks, "judged", real)
        answers.answer(found, "cac-2019/2.4", [("jargon", False), ("padded", False), ("unclear", False)], "", inspector)
        return report

    monkeypatch.setattr(tasks, "judged", interrupted)
    run_due()
    found.refresh_from_db()
    assert (found.step, found.findings.get(clause="cac-2019/2.4").verdict) == ("", "satisfied")
