"""Events that are none: refused with a reason, never ignored, never a crash."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mingjian.console.cases.events import Event, RefusedError, procedure
from mingjian.console.cases.machine import Choice, allowed, check, draft, fold
from mingjian.console.cases.state import CaseState
from tests.console.cases.steps import FILE, MONDAY, ROLES, WORKING_DAYS, Recorder, problem

OPENED = {"origin": "plan", "package": "org.example", "app": "Example", "operator": "Example Ltd", "body": "cac"}
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["working_days", "order", "cac", FILE]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(["unit", "amount", "date", "id"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def reason(event: Event, state: CaseState | None = None) -> str:
    refusal = check(state or CaseState(MONDAY), event)
    return refusal.key.rpartition(".")[2] if refusal else ""


def found() -> Recorder:
    case = Recorder()
    case.found("p1")
    return case


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ""),
        ({"seq": 0}, "stale"),
        ({"seq": 2}, "stale"),
        ({"seq": True}, "stale"),
        ({"seq": "1"}, "stale"),
        ({"kind": "forged"}, "unknown_kind"),
        ({"kind": ["opened"]}, "unknown_kind"),
        ({"at": datetime(2026, 3, 2)}, "no_moment"),
        ({"at": datetime(2081, 1, 1, tzinfo=UTC)}, "no_moment"),
        ({"at": "2026-03-02"}, "no_moment"),
        ({"by": ""}, "person_needed"),
        ({"by": 7}, "person_needed"),
        ({"data": {}}, "field_missing"),
        ({"data": []}, "field_type"),
        ({"data": {**OPENED, "extra": 1}}, "field_unknown"),
        ({"data": {**OPENED, "body": "nobody"}}, "field_type"),
        ({"data": {**OPENED, "app": " "}}, "field_type"),
        ({"data": {**OPENED, "app": "x" * 201}}, "field_type"),
        ({"data": {**OPENED, "app": "a\x00b"}}, "field_type"),
        ({"data": {**OPENED, "app": "\ud800"}}, "field_type"),
        ({"data": {**OPENED, "app": "two\r\nlines"}}, ""),
        ({"data": {**OPENED, "origin": "complaint"}}, "complaint_if_origin"),
        ({"data": {**OPENED, "complaint": "c1"}}, "complaint_if_origin"),
        ({"kind": "noted", "data": {"text": "x"}}, "not_opened"),
    ],
)
def test_the_first_event(change: Mapping[str, Any], expected: str) -> None:
    assert reason(replace(Event(1, "opened", MONDAY, "ines", OPENED), **change)) == expected


def test_events_come_in_the_order_of_their_times_and_once() -> None:
    case = found()
    last = case.events[-1]
    assert reason(Event(last.seq + 1, "noted", MONDAY.replace(hour=9), "ines", {"text": "x"}), case.now) == "before_last"
    assert reason(Event(last.seq + 1, "opened", MONDAY, "ines", OPENED), case.now) == "already_opened"
    with pytest.raises(RefusedError, match="stale"):
        fold(case.events[1:], case.at)


@pytest.mark.parametrize(
    "problems",
    [
        [problem("p1"), problem("p1")],
        [{"id": "p1"}],
        [{**problem("p1"), "more": "x"}],
        ["p1"],
        [{**problem("p1"), "zh": 1}],
        [problem("x" * 111)],
    ],
)
def test_problems_that_are_none(problems: list[Any]) -> None:
    case = Recorder()
    case.opened()
    case.do("sampled", "ines", version="1.0", sha256=FILE, source="store")
    case.do("testing_started", "ines", inspection="t1")
    assert case.refusal("test_finished", None, inspection="t1", sha256=FILE, problems=problems) == "field_type"


def test_the_console_itself_decides_nothing() -> None:
    case = found()
    assert case.refusal("proposed", None, act="order", body="cac", term=WORKING_DAYS, problems=["p1"]) == "person_needed"
    seq = case.do("proposed", "ines", act="order", body="cac", term=WORKING_DAYS, problems=["p1"])
    assert case.refusal("confirmed", None, of=seq) == "person_needed"


def test_a_person_cannot_pass_for_the_console() -> None:
    case = Recorder()
    case.found("p1")
    event = case.drafted("noted", "ops", {"text": "x"})
    refusal = check(case.now, replace(event, kind="sampled", data={"version": "1", "sha256": FILE, "source": "s"}), {"operator", "system"})
    assert refusal is not None and refusal.key.endswith(".role")


def test_what_refers_to_nothing_is_refused() -> None:
    case = found()
    assert case.refusal("confirmed", "rui", of=99) == "no_proposal"
    assert case.refusal("confirmed", "rui", of=1) == "no_proposal"
    assert case.refusal("proposed", "ines", act="burn") == "unknown_act"
    assert case.refusal("proposed", "ines", act=["order"]) == "unknown_act"
    case.ordered("p1")
    assert case.refusal("answered", "ops", problem="p9", cause="c", change="d", disputed=False) == "problem_not_open"
    assert case.refusal("deadline_recomputed", "ines", of=99, reason="x") == "field_missing"


@given(st.sampled_from(sorted(procedure().events)), st.sampled_from(sorted(procedure().acts)), st.data())
@settings(max_examples=150, deadline=None)
def test_junk_never_crashes(kind: str, act: str, data: st.DataObject) -> None:
    case = STARTED
    fields = {**procedure().events[kind].data, **(procedure().acts[act].data if kind == "proposed" else {})}
    junk = {name.rstrip("?"): data.draw(JUNK) for name in fields}
    if kind == "proposed":
        junk["act"] = act
    state = case.now
    event = draft(state, kind, case.at, "ines", junk, case.calendar)
    refusal = check(state, event, ROLES["ines"], case.calendar)
    if refusal is None:
        fold([*case.events, event], case.at)


STARTED = Recorder()
STARTED.found("p1")
STARTED.ordered("p1")


def test_what_is_offered_depends_on_who_asks() -> None:
    case = found()
    seq = case.do("proposed", "both", act="order", body="cac", term=WORKING_DAYS, problems=["p1"])
    confirm = Choice("confirmed", "order", seq)
    assert confirm in allowed(case.now, {"reviewer"}, "rui")
    assert confirm not in allowed(case.now, ROLES["both"], "both")
    assert confirm not in allowed(case.now, {"inspector"}, "ines")
    assert Choice("proposal_withdrawn", "order", seq) in allowed(case.now, ROLES["both"], "both")
    assert Choice("proposed", "order") not in allowed(case.now, {"inspector"}, "ines")
    assert allowed(case.now, {"operator"}, "ops") == (Choice("version_replaced"),)
    assert allowed(case.now, {"auditor", "administrator", "public"}, "aud") == ()
    assert allowed(CaseState(MONDAY), {"inspector"}, "ines") == (Choice("opened"),)
