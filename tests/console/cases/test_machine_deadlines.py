"""How deadlines run, move, stay provisional, and are reminded of."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mingjian.console.cases.deadlines import bodies, counted
from mingjian.console.cases.events import RefusedError
from mingjian.console.cases.machine import fold
from mingjian.console.cases.reminders import reminders_due
from mingjian.console.clock import PLACE
from mingjian.console.workdays import Calendar, announced_years, shipped_calendar
from tests.console.cases.steps import Recorder

FIVE_DAYS = {"unit": "working_days", "amount": 5}
# Invented: two days off in the first week of 2027 and a workday on Saturday 9 January.
LATER = Calendar(announced_years({2027: {"off": ["2027-01-01", "2027-01-04"], "work": ["2027-01-09"]}}))


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PLACE)  # type: ignore[arg-type,misc]


def ordered(served: datetime, term: dict[str, Any]) -> Recorder:
    case = Recorder(served)
    case.found("p1")
    case.ordered("p1", term=term)
    return case


@pytest.mark.parametrize(
    ("served", "term", "ends"),
    [
        # One minute before midnight is still that day; one minute later the count begins a day later.
        (shanghai(2026, 3, 2, 23, 59), FIVE_DAYS, shanghai(2026, 3, 10)),
        (shanghai(2026, 3, 3, 0, 0), FIVE_DAYS, shanghai(2026, 3, 11)),
        # The evening in London is the next morning there.
        (datetime(2026, 3, 2, 17, 0, tzinfo=UTC), FIVE_DAYS, shanghai(2026, 3, 11)),
        # Served in the National Day holiday: Thursday 8, Friday 9, Saturday 10 (worked), Monday 12, Tuesday 13 October.
        (shanghai(2026, 10, 3, 12, 0), FIVE_DAYS, shanghai(2026, 10, 14)),
        # Hours run from the moment, through nights and holidays.
        (shanghai(2026, 10, 3, 12, 0), {"unit": "hours", "amount": 24}, shanghai(2026, 10, 4, 12, 0)),
        # A date is the whole of that day, worked or not.
        (shanghai(2026, 10, 1, 12, 0), {"unit": "date", "date": "2026-10-04"}, shanghai(2026, 10, 5)),
        (shanghai(2028, 2, 28, 12, 0), {"unit": "date", "date": "2028-02-29"}, shanghai(2028, 3, 1)),
        (shanghai(2024, 2, 28, 12, 0), {"unit": "working_days", "amount": 1}, shanghai(2024, 3, 1)),
    ],
)
def test_when_a_deadline_ends(served: datetime, term: dict[str, Any], ends: datetime) -> None:
    case = ordered(served, term)
    deadline = case.now.deadline
    assert deadline is not None and deadline.ends == ends and not deadline.provisional
    assert case.events[-1].data["ends"] == ends.isoformat()


def test_the_last_second_is_in_time_and_the_next_is_not() -> None:
    case = ordered(shanghai(2026, 3, 2, 10), FIVE_DAYS)
    ends = shanghai(2026, 3, 10)
    assert fold(case.events, ends - timedelta(microseconds=1)).state == "rectification_ordered"
    assert fold(case.events, ends).state == "overdue"
    case.at = ends - timedelta(seconds=1)
    assert case.refusal("overdue_noted", None, ended=ends.isoformat()) == "not_now"


@pytest.mark.parametrize(
    "term",
    [
        {"unit": "working_days", "amount": 0},
        {"unit": "working_days", "amount": -1},
        {"unit": "working_days", "amount": 251},
        {"unit": "working_days", "amount": 1.5},
        {"unit": "working_days", "amount": True},
        {"unit": "hours", "amount": 0},
        {"unit": "days", "amount": 5},
        {"unit": "date", "date": "2026-02-29"},
        {"unit": "date", "date": "2026-2-1"},
        {"unit": "date", "date": "9999-12-31"},
        {"unit": "date"},
        {"unit": "working_days", "amount": 5, "date": "2026-03-09"},
        15,
    ],
)
def test_terms_that_are_none(term: object) -> None:
    case = Recorder()
    case.found("p1")
    assert case.refusal("proposed", "ines", act="order", body="cac", term=term, problems=["p1"]) == "field_type"


def test_a_date_that_passes_before_service_cannot_be_served() -> None:
    case = Recorder()
    case.found("p1")
    told = {"body": "cac", "problems": ["p1"]}
    assert case.refusal("proposed", "ines", act="order", term={"unit": "date", "date": "2026-03-01"}, **told) == "date_passed"
    seq = case.confirmed("order", term={"unit": "date", "date": "2026-03-05"}, **told)
    case.until(date(2026, 3, 6))
    assert case.refusal("served", "ines", of=seq, to="operator", served_at=case.at.isoformat(), method="mail") == "date_passed"
    case.do("recalled", "rui", of=seq, reason="too late")
    case.ordered("p1", term=FIVE_DAYS)


def test_service_that_is_recorded_late_counts_from_when_it_happened() -> None:
    case = Recorder()
    case.found("p1")
    seq = case.confirmed("order", body="cac", term={"unit": "date", "date": "2026-03-05"}, problems=["p1"])
    served_at = (case.at + timedelta(hours=1)).isoformat()
    case.until(date(2026, 3, 6))
    case.do("served", "ines", of=seq, to="operator", served_at=served_at, method="hand")
    assert case.now.state == "overdue"


def test_an_extension_that_would_be_over_already_is_refused() -> None:
    case = ordered(shanghai(2026, 3, 2, 10), {"unit": "date", "date": "2026-03-04"})
    asked = case.do("extension_requested", "ops", term=FIVE_DAYS, reason="late")
    case.until(date(2026, 3, 10))
    told = {"act": "extension", "request": asked, "granted": True, "reason": "so"}
    seq = case.do("proposed", "ines", term={"unit": "hours", "amount": 24}, **told)
    assert case.refusal("confirmed", "rui", of=seq) == "not_longer"


def test_past_the_announced_year_a_deadline_is_provisional_and_nothing_follows_from_it() -> None:
    case = ordered(shanghai(2026, 12, 28, 10), FIVE_DAYS)
    deadline = case.now.deadline
    # As far as is known: 29, 30, 31 December, then Monday 4 and Tuesday 5 January.
    assert deadline is not None and deadline.provisional and deadline.last_day == date(2027, 1, 5)
    case.until(date(2027, 1, 8))
    assert case.now.state == "rectification_ordered" and not case.now.overdue
    assert case.refusal("overdue_noted", None, ended=deadline.ends.isoformat()) == "not_now"
    assert [each.occasion for each in reminders_due(case.now, case.calendar)] == ["calendar_missing"]
    told = {"of": deadline.origin, "reason": "nothing announced"}
    assert case.refusal("deadline_recomputed", None, **told) == "nothing_recomputed"


def test_a_provisional_deadline_is_recomputed_openly_when_the_year_is_announced() -> None:
    case = ordered(shanghai(2026, 12, 28, 10), FIVE_DAYS)
    old = case.now.deadline
    assert old is not None
    case.calendar = LATER
    # The new data alone move nothing.
    assert case.now.deadline == old
    honest = case.drafted("deadline_recomputed", None, {"of": old.origin, "reason": "2027 announced"})
    for change, reason in (
        ({"old": "2027-01-07T00:00:00+08:00"}, "other_deadline"),
        ({"new": "2027-01-10T00:00:00+08:00"}, "miscounted"),
        ({"provisional": True}, "miscounted"),
        ({"of": 1}, "not_provisional"),
    ):
        refusal = case.checked(replace(honest, data={**honest.data, **change}))
        assert refusal is not None and refusal.key.endswith("." + reason)
    case.do("deadline_recomputed", None, of=old.origin, reason="2027 announced")
    new = case.now.deadline
    # 29, 30, 31 December, 5 and 6 January.
    assert new is not None and new.last_day == date(2027, 1, 6) and not new.provisional
    assert (case.events[-1].data["old"], case.events[-1].data["new"]) == (old.ends.isoformat(), new.ends.isoformat())
    assert [(each.change, each.last_day) for each in case.now.deadlines] == [
        ("started", date(2027, 1, 5)),
        ("recomputed", date(2027, 1, 6)),
    ]
    assert case.refusal("deadline_recomputed", None, of=old.origin, reason="again") == "not_provisional"


def test_a_recomputation_never_ends_in_the_past() -> None:
    """One make-up workday more, and the deadline was over before anybody could know."""
    case = ordered(shanghai(2027, 1, 4, 10), FIVE_DAYS)
    old = case.now.deadline
    assert old is not None and old.last_day == date(2027, 1, 11)
    case.until(date(2027, 1, 10))
    case.calendar = LATER
    case.do("deadline_recomputed", None, of=old.origin, reason="2027 announced")
    # By the calendar Saturday 9 January; the operator has until the end of the day on which it was said.
    assert case.now.deadline is not None and case.now.deadline.last_day == date(2027, 1, 10)


def test_an_extension_of_a_provisional_deadline_is_recomputed_from_the_start() -> None:
    case = ordered(shanghai(2026, 12, 28, 10), FIVE_DAYS)
    asked = case.do("extension_requested", "ops", term=FIVE_DAYS, reason="holidays")
    case.confirmed("extension", request=asked, granted=True, term={"unit": "working_days", "amount": 2}, reason="so")
    deadline = case.now.deadline
    assert deadline is not None and deadline.last_day == date(2027, 1, 7) and deadline.provisional
    case.calendar = LATER
    case.do("deadline_recomputed", None, of=deadline.origin, reason="2027 announced")
    # The first five to 6 January, then 7 and 8.
    assert case.now.deadline is not None and case.now.deadline.last_day == date(2027, 1, 8)


def test_an_extension_has_to_be_longer() -> None:
    case = ordered(shanghai(2026, 3, 2, 10), {"unit": "date", "date": "2026-03-20"})
    asked = case.do("extension_requested", "ops", term=FIVE_DAYS, reason="late")
    told = {"act": "extension", "request": asked, "granted": True, "reason": "so"}
    seq = case.do("proposed", "ines", term={"unit": "date", "date": "2026-03-20"}, **told)
    assert case.refusal("confirmed", "rui", of=seq) == "not_longer"


def test_a_deadline_that_is_counted_wrong_is_refused() -> None:
    case = Recorder()
    case.found("p1")
    seq = case.confirmed("order", body="cac", term=FIVE_DAYS, problems=["p1"])
    served = case.drafted("served", "ines", {"of": seq, "to": "operator", "served_at": case.at.isoformat(), "method": "mail"})
    later = replace(served, data={**served.data, "ends": "2026-03-11T00:00:00+08:00"})
    for event, reason in (
        (later, "miscounted"),
        (replace(served, data={**served.data, "provisional": True}), "miscounted"),
        (replace(served, data={name: value for name, value in served.data.items() if name != "ends"}), "deadline_missing"),
        (replace(served, kind="noted", data={"text": "x", "ends": "2026-03-11T00:00:00+08:00"}), "field_unknown"),
    ):
        refusal = case.checked(event)
        assert refusal is not None and refusal.key.endswith("." + reason)
    confirmation = replace(case.events[-1], data={**case.events[-1].data, "ends": "2026-03-11T00:00:00+08:00", "provisional": False})
    with pytest.raises(RefusedError, match="no_deadline_here"):
        fold([*case.events[:-1], confirmation], case.at)


def test_reminders_come_once_each_and_anew_when_the_deadline_moves() -> None:
    case = ordered(shanghai(2026, 3, 2, 10), {"unit": "working_days", "amount": 15})
    given: set[str] = set()

    def reminded(day: date) -> list[str]:
        case.until(day)
        due = reminders_due(case.now, case.calendar, given)
        given.update(each.key for each in due)
        assert reminders_due(case.now, case.calendar, given) == ()
        assert all(len(each.key) <= 80 for each in due)
        return [each.occasion for each in due]

    # Ends on Monday 23 March; the third working day before is Wednesday 18.
    assert reminded(date(2026, 3, 17)) == []
    # Wednesday was missed: Thursday still says it.
    assert reminded(date(2026, 3, 19)) == ["before"]
    assert reminded(date(2026, 3, 20)) == []
    asked = case.do("extension_requested", "ops", term=FIVE_DAYS, reason="late")
    assert reminded(date(2026, 3, 23)) == ["last_day"]
    case.confirmed("extension", request=asked, granted=True, term={"unit": "working_days", "amount": 4}, reason="so")
    assert reminded(date(2026, 3, 24)) == ["before"]
    assert reminded(date(2026, 3, 27)) == ["last_day"]
    assert reminded(date(2026, 4, 2)) == ["overdue"]
    assert reminded(date(2026, 4, 3)) == []
    case.confirmed("closing", outcome="app_gone", reason="gone")
    assert reminders_due(case.now, case.calendar) == ()


def test_a_commissioned_test_can_have_a_term() -> None:
    case = Recorder()
    case.opened()
    case.do("sampled", "ines", version="1.0", sha256="a" * 64, source="store")
    case.do("testing_started", "ines", inspection="t1", lab="Lab", term=FIVE_DAYS)
    assert [each.act for each in case.now.running] == ["test"] and case.now.deadline is None
    case.until(date(2026, 3, 10))
    assert [each.occasion for each in reminders_due(case.now, case.calendar)] == ["overdue"]
    assert case.now.state == "testing"
    case.do("test_finished", None, inspection="t1", sha256="a" * 64, problems=[])
    assert case.now.running == ()


def test_only_what_notices_support_is_suggested() -> None:
    """The figures of the notes: CAC named with 10 and with 15 working days, a provincial one with 15; MIIT's five are not verified."""
    told = bodies()
    assert {name for name, body in told.items() if body.terms} == {"miit", "cac", "provincial_cac"}
    assert [(each.term["amount"], each.mark) for each in told["cac"].suggestions("naming")] == [(10, "R"), (15, "R")]
    assert told["cac"].default("naming") is None
    assert told["provincial_cac"].default("naming") == {"unit": "working_days", "amount": 15}
    assert [(each.term["amount"], each.mark) for each in told["miit"].suggestions("order")] == [(5, "U")]
    assert told["miit"].default("order") is None
    assert told["samr"].suggestions("order") == ()
    assert {body.kind for body in told.values()} == {"regulator", "store", "lab"}


def test_every_suggested_term_can_be_counted() -> None:
    for body in bodies().values():
        for suggestions in body.terms.values():
            for each in suggestions:
                assert counted([each.term], shanghai(2026, 3, 2, 10), shipped_calendar())[0] > shanghai(2026, 3, 2, 10)
