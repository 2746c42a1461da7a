"""What follows from an inspection, a complaint or a notice is never taken from what somebody says."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from mingjian.console import clock
from mingjian.console.cases import ledger
from mingjian.console.cases.attaching import attach
from mingjian.console.cases.events import procedure
from mingjian.console.cases.models import Event
from mingjian.console.market.models import App
from mingjian.console.refused import RefusedError
from tests.console.cases.life import FIRST, SECOND, Life

THROUGH = sorted(name for name, kind in procedure().events.items() if kind.through)


@pytest.fixture
def life(db: None) -> Iterator[Life]:
    yield Life()


def test_the_kinds_that_nobody_tells() -> None:
    tests = {"sampled", "version_replaced", "testing_started", "test_finished", "retest_started", "relist_requested", "retest_finished"}
    assert set(THROUGH) == tests | {"complaint_linked", "published"}


@pytest.mark.parametrize("kind", THROUGH)
def test_nobody_tells_what_an_inspection_has_to_say(life: Life, kind: str) -> None:
    life.open()
    life.ordered()
    life.reported()
    before = Event.objects.count()
    for person in (life.inspector, life.reviewer, life.publisher, life.owner, None):
        with clock.stopped_at(life.at), pytest.raises(RefusedError, match="through"):
            life.case.refresh_from_db()
            ledger.append(life.case, kind, {}, person, life.case.seq)
    assert Event.objects.count() == before


def test_a_result_nobody_countersigned_changes_no_problem(life: Life) -> None:
    life.open()
    life.ordered()
    life.reported()
    again = life.inspected(FIRST, SECOND, version="2.0", signed=False)
    with clock.stopped_at(life.at):
        life.case.refresh_from_db()
        assert attach(life.case, again, life.inspector, life.case.seq) is None
    assert {each.status for each in life.state.problems} == {"answered"}
    assert life.state.testing


def test_an_inspection_of_another_app_is_no_test(life: Life) -> None:
    life.open()
    life.ordered()
    life.reported()
    other = life.inspected(FIRST, version="2.0")
    other.app = App.objects.create(package="com.example.other", updated_at=life.at)
    other.save()
    with clock.stopped_at(life.at), pytest.raises(RefusedError, match="other_app"):
        life.case.refresh_from_db()
        attach(life.case, other, life.inspector, life.case.seq)


def test_the_first_inspection_is_the_test_and_a_later_one_the_retest(life: Life) -> None:
    with clock.stopped_at(life.at), transaction.atomic():
        life.case = ledger.open_case(life.app, "cac", life.inspector)
        attach(life.case, life.inspected(FIRST), life.inspector, life.case.seq)
    assert life.state.state == "tested_problem"
    life.ordered()
    life.reported()
    with clock.stopped_at(life.at):
        life.case.refresh_from_db()
        attach(life.case, life.inspected(FIRST, version="2.0"), life.inspector, life.case.seq)
    assert [each.status for each in life.state.problems] == ["persisting"]
