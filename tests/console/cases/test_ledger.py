"""Cases in the database: whole lives, who may record what, and columns that always say what the events say."""

from typing import Any

import pytest

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import breaks
from mingjian.console.cases import ledger
from mingjian.console.cases.models import Case, Document, Event
from mingjian.console.cases.projection import differing, rebuild
from mingjian.console.refused import RefusedError
from tests.console.cases.life import FIRST, TERM, Life, somebody


class CheckedLife(Life):
    """A life in which the columns are held against the events after every step."""

    def do(self, kind: str, by: User | None, **data: Any) -> Event:
        event = super().do(kind, by, **data)
        with clock.stopped_at(self.at):
            assert not rebuild(self.case), kind
        return event


@pytest.fixture
def life(db: None) -> Life:
    return CheckedLife()


def _kinds(case: Case) -> list[str]:
    return list(case.documents.order_by("pk").values_list("kind", flat=True))


def _agrees(life: Life) -> None:
    """The columns say what the events say, and the audit chain holds."""
    with clock.stopped_at(life.at):
        assert list(differing()) == []
    assert list(breaks()) == []


def test_a_case_opened_from_an_inspection_has_its_problems(life: Life) -> None:
    case = life.open()
    assert case.state == "tested_problem"
    assert list(case.events.values_list("kind", flat=True)) == ["opened", "sampled", "testing_started", "test_finished"]
    assert set(case.problems.values_list("clause", "key", "status")) == {
        ("cac-2019/3.1", "a" * 16, "open"),
        ("cac-2019/1.1", "b" * 16, "open"),
    }
    assert case.number == "CAC-2026-00001"
    assert _kinds(case) == ["test_report"]
    _agrees(life)


def test_from_order_to_closed(life: Life) -> None:
    case = life.open()
    life.ordered()
    case.refresh_from_db()
    # Served on Monday 2 March: the fifth working day is Monday 9 March, and the first moment that is too late the midnight after it.
    assert case.due_at is not None
    assert case.due_at.astimezone(clock.PLACE).isoformat() == "2026-03-10T00:00:00+08:00"
    life.reported()
    clean = life.inspected(version="2.0")
    life.do("retest_started", life.inspector, inspection=str(clean.pk), version="2.0", sha256=clean.package_sha256)
    life.do(
        "retest_finished",
        life.inspector,
        inspection=str(clean.pk),
        sha256=clean.package_sha256,
        fixed=life.open_problems,
        persisting=[],
        not_reached=[],
        new=[],
    )
    life.confirmed("closing", outcome="rectified", reason="复测未再发现问题")
    case.refresh_from_db()
    assert case.state == "closed"
    assert case.closed_at == life.at
    assert _kinds(case) == ["test_report", "rectification_order", "rectification_report", "retest_report", "closing_notice"]
    assert set(case.problems.values_list("status", flat=True)) == {"fixed"}
    _agrees(life)


def test_from_overdue_through_naming_and_takedown_to_restoration(life: Life) -> None:
    case = life.open()
    life.ordered()
    life.past_deadline()
    life.named()
    life.past_deadline()
    life.taken_down()
    clean = life.inspected(version="2.0")
    life.do("relist_requested", life.owner, inspection=str(clean.pk), version="2.0", sha256=clean.package_sha256)
    result = {"fixed": life.open_problems, "persisting": [], "not_reached": [], "new": []}
    life.do("retest_finished", life.inspector, inspection=str(clean.pk), sha256=clean.package_sha256, **result)
    seq = life.confirmed("restoration", reason="复测通过")
    life.served(seq, "甲商店", "乙商店")
    case.refresh_from_db()
    assert (case.state, life.state.outcome) == ("closed", "restored")
    kinds = [
        "test_report",
        "rectification_order",
        "naming_notice",
        "takedown_order",
        "retest_report",
        "restoration_notice",
        "closing_notice",
    ]
    assert _kinds(case) == kinds
    _agrees(life)


def test_a_refused_step_leaves_nothing_behind(life: Life) -> None:
    case = life.open()
    before = (Event.objects.count(), Document.objects.count())
    with pytest.raises(RefusedError) as refused:
        life.do("confirmed", life.inspector, of=99)
    assert not refused.value.conflict
    case.refresh_from_db()
    assert (Event.objects.count(), Document.objects.count()) == before
    _agrees(life)


def test_the_author_of_a_proposal_does_not_confirm_it(life: Life) -> None:
    life.open()
    life.reviewer.groups.add(*life.inspector.groups.all())
    life.reviewer.__dict__.pop("_roles", None)
    seq = life.do("proposed", life.reviewer, act="order", body="cac", term=TERM, problems=life.open_problems).seq
    with pytest.raises(RefusedError, match="second_person"):
        life.do("confirmed", life.reviewer, of=seq)


def test_who_saw_an_older_case_is_told_of_a_conflict(life: Life) -> None:
    case = life.open()
    seen = case.seq
    life.do("noted", life.inspector, text="一")
    with pytest.raises(RefusedError) as refused:
        ledger.append(case, "noted", {"text": "二"}, life.inspector, seen)
    assert refused.value.conflict


def test_nobody_records_on_a_case_of_another_body_or_operator(life: Life) -> None:
    case = life.open()
    stranger = somebody("inspector", body="miit")
    for person in (stranger, life.owner, somebody("administrator")):
        with pytest.raises(RefusedError, match="not_yours"):
            ledger.append(case, "noted", {"text": "x"}, person, case.seq)


@pytest.mark.parametrize("role", ["operator", "auditor", "administrator", "publisher", "reviewer"])
def test_only_an_inspector_opens_a_case(life: Life, role: str) -> None:
    inspection = life.inspected(FIRST)
    with pytest.raises(RefusedError):
        ledger.open_case(inspection, "cac", somebody(role, life.operator if role == "operator" else None))
    assert not Case.objects.exists()


def test_no_case_without_a_countersigned_problem(life: Life) -> None:
    for inspection, key in (
        (life.inspected(FIRST, signed=False), "not_countersigned"),
        (life.inspected(version="1.1"), "no_problem"),
    ):
        with pytest.raises(RefusedError, match=key):
            ledger.open_case(inspection, "cac", life.inspector)
    assert not Case.objects.exists()
