"""Cases as they go in life, told step by step."""

from datetime import date, datetime

import pytest

from tests.console.cases.steps import FILE, NEWER, NEWEST, WORKING_DAYS, Recorder, problem


def statuses(case: Recorder) -> dict[str, str]:
    return {each.id: each.status for each in case.now.problems}


def taken_down() -> Recorder:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    case.past_deadline()
    case.named("p1")
    case.past_deadline()
    case.taken_down("p1")
    return case


def test_an_order_that_is_obeyed() -> None:
    case = Recorder()
    case.found("p1", "p2")
    assert case.now.state == "tested_problem"
    case.ordered("p1", "p2")
    assert case.now.state == "rectification_ordered"
    # Served on Monday 2 March 2026: three whole weeks without a holiday.
    assert case.now.deadline is not None and case.now.deadline.last_day == date(2026, 3, 23)
    case.wait(days=5)
    case.reported(["p1", "p2"])
    assert case.now.state == "rectification_reported" and case.now.deadline is None
    case.retested(fixed=["p1", "p2"])
    closing = case.confirmed("closing", outcome="rectified", reason="both fixed")
    assert (case.now.state, case.now.outcome) == ("closed", "rectified")
    assert [(each.act, each.of) for each in case.now.documents_due] == [("closing", closing)]
    case.serve(closing)
    assert case.now.documents_due == ()


def test_a_case_from_a_complaint_that_is_clean() -> None:
    case = Recorder()
    case.do("opened", "ines", origin="complaint", complaint="c1", package="p", app="a", operator="o", body="cac")
    assert case.now.state == "complaint_received"
    case.do("complaint_linked", "ines", complaint="c2")
    assert case.refusal("complaint_linked", "ines", complaint="c2") == "already_linked"
    case.do("sampled", "ines", version="1.0", sha256=FILE, source="store")
    case.do("testing_started", "ines", inspection="t1")
    case.do("test_finished", None, inspection="t1", sha256=FILE, problems=[])
    assert case.now.state == "tested_clean"
    assert case.refusal("proposed", "ines", act="order", body="cac", term=WORKING_DAYS, problems=["p1"]) == "act_not_now"
    reply = case.confirmed("reply", text="nothing was found")
    case.serve(reply, "operator")
    case.confirmed("closing", outcome="clean", reason="nothing found")
    assert case.now.outcome == "clean"


def test_silence_leads_to_naming_takedown_and_back() -> None:
    case = taken_down()
    assert case.now.state == "takedown_ordered"
    today = case.at.date().isoformat()
    assert len(case.now.running) == 2
    assert case.refusal("store_removed", "ines", store="north", removed_on="2026-03-02", proof="screenshot") == "before_served"
    case.do("store_removed", "ines", store="north", removed_on=today, proof="screenshot")
    assert [each.store for each in case.now.running] == ["south"]
    case.do("store_removed", "ines", store="south", removed_on=today, proof="screenshot")
    assert case.refusal("store_removed", "ines", store="south", removed_on=today, proof="again") == "no_store"
    case.retested(persisting=["p1"])
    assert case.now.state == "takedown_ordered"
    case.retested(fixed=["p1"], file=NEWEST)
    assert case.now.state == "relist_retest"
    seq = case.confirmed("restoration", reason="fixed")
    case.serve(seq, "north")
    assert case.refusal("served", "ines", of=seq, to="north", served_at=case.at.isoformat(), method="mail") == "not_addressee"
    assert case.refusal("recalled", "rui", of=seq, reason="no") == "already_out"
    assert case.now.state == "relist_retest" and [each.to for each in case.now.documents_due] == ["south"]
    case.serve(seq, "south")
    assert (case.now.state, case.now.outcome) == ("closed", "restored")
    case.do("store_restored", "ines", store="north", restored_on=case.at.date().isoformat(), proof="listing")


def test_another_store_is_told_later() -> None:
    case = taken_down()
    told = {"body": "cac", "term": {"unit": "hours", "amount": 24}, "problems": ["p1"]}
    assert case.refusal("proposed", "ines", act="takedown", stores=["north"], **told) == "store_told"
    case.serve(case.confirmed("takedown", stores=["east"], **told), "east")
    assert [each.name for each in case.now.stores] == ["north", "south", "east"]


def test_a_restoration_falls_with_the_result_that_it_rested_on() -> None:
    case = taken_down()
    case.retested(fixed=["p1"])
    case.serve(case.confirmed("restoration", reason="fixed"), "north")
    case.do("relist_requested", "ops", inspection="t9", version="3.0", sha256="c" * 64)
    assert (
        case.refusal("served", "ines", of=case.now.proposals[-1].seq, to="south", served_at=case.at.isoformat(), method="mail")
        == "not_cleared"
    )
    case.do("retest_finished", None, inspection="t9", sha256="c" * 64, fixed=[], persisting=["p1"], not_reached=[], new=[])
    assert case.now.state == "takedown_ordered" and case.now.proposals[-1].status == "recalled"
    told = {"body": "cac", "term": {"unit": "hours", "amount": 24}, "problems": ["p1"]}
    assert case.refusal("proposed", "ines", act="takedown", stores=["south"], **told) == "store_told"
    # North offers the app again, and has to be told again.
    case.serve(case.confirmed("takedown", stores=["north"], **told), "north")
    case.retested(fixed=["p1"])
    case.serve(case.confirmed("restoration", reason="fixed"), "north", "south")
    assert case.now.state == "closed"


def test_other_measures_are_recorded_as_another_bodys_decision() -> None:
    case = taken_down()
    told = {"measure": "access_cut", "decided_by": "bureau", "reference": "7"}
    assert case.refusal("proposed", "ines", act="escalation", decided_on="2027-01-01", **told) == "in_future"
    case.confirmed("escalation", decided_on=case.at.date().isoformat(), **told)
    assert case.now.state == "escalated" and case.now.final
    case.do("relist_requested", "ops", inspection="t9", version="3", sha256=NEWER)
    assert case.now.state == "relist_retest"


def test_a_failed_retest_leads_to_a_second_order_and_a_second_retest() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1", "p2")
    case.reported(["p1"])
    case.retested(fixed=["p1"], persisting=["p2"], new=["p3"])
    assert statuses(case) == {"p1": "fixed", "p2": "persisting", "p3": "new"}
    assert case.refusal("proposed", "ines", act="closing", outcome="rectified", reason="so") == "not_cleared"
    case.ordered("p2", "p3")
    assert case.now.state == "rectification_ordered" and len(case.now.deadlines) == 2
    case.reported(["p2"])
    # What was fixed is back, which the result has to say.
    case.retested(fixed=["p2", "p3"], persisting=["p1"], file=NEWEST)
    assert statuses(case) == {"p1": "persisting", "p2": "fixed", "p3": "fixed"}
    case.retested(fixed=["p1", "p2", "p3"], file="d" * 64)
    case.confirmed("closing", outcome="rectified", reason="all fixed")


def test_a_retest_has_to_tell_of_every_problem_once() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1", "p2")
    case.reported(["p1"])
    case.do("retest_started", "ines", inspection="t9", version="2", sha256=NEWER)
    result = {"inspection": "t9", "sha256": NEWER, "not_reached": [], "new": []}
    assert case.refusal("retest_finished", None, fixed=["p1"], persisting=[], **result) == "not_every_problem"
    assert case.refusal("retest_finished", None, fixed=["p1", "p2"], persisting=["p2"], **result) == "not_every_problem"
    assert case.refusal("retest_finished", None, fixed=["p1", "p2", "p9"], persisting=[], **result) == "not_every_problem"
    assert case.refusal("retest_finished", None, fixed=["p1", "p2"], persisting=[], **(result | {"new": [problem("p1")]})) == "not_new"
    case.do("retest_finished", None, fixed=["p1"], persisting=[], **(result | {"not_reached": ["p2"]}))
    # Not reached is not fixed.
    assert case.refusal("proposed", "ines", act="closing", outcome="rectified", reason="so") == "not_cleared"


def test_the_file_that_was_replaced_cannot_be_found_rectified() -> None:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    case.reported(["p1"])
    case.retested(fixed=["p1"])
    case.do("version_replaced", "ops", version="3.0", sha256="c" * 64, source="portal")
    assert case.refusal("proposed", "ines", act="closing", outcome="rectified", reason="so") == "not_cleared"
    case.do("retest_started", "ines", inspection="t9", version="3.0", sha256="c" * 64)
    assert (
        case.refusal("retest_finished", None, inspection="t9", sha256=NEWER, fixed=[], persisting=[], not_reached=[], new=[])
        == "other_file"
    )


def test_more_time_is_asked_for_in_time_and_answered() -> None:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    asked = case.do("extension_requested", "ops", term={"unit": "working_days", "amount": 5}, reason="review of the store")
    assert case.refusal("extension_requested", "ops", term=WORKING_DAYS, reason="again") == "already_asked"
    case.until(date(2026, 3, 24))
    # The deadline has passed, but what was asked in time comes first.
    assert case.now.state == "overdue"
    assert case.refusal("overdue_noted", None, ended="2026-03-24T00:00:00+08:00") == "request_open"
    told = {"act": "extension", "request": asked, "reason": "so"}
    assert case.refusal("proposed", "ines", **told, granted=True) == "term_if_granted"
    short = case.do("proposed", "ines", **told, granted=True, term={"unit": "date", "date": "2026-03-24"})
    case.do("returned", "rui", of=short, reason="too short")
    case.confirmed(**told, granted=True, term={"unit": "working_days", "amount": 5})
    deadline = case.now.deadline
    # Five working days after Monday 23 March, not after the day of the answer.
    assert deadline is not None and deadline.last_day == date(2026, 3, 30)
    assert [each.change for each in case.now.deadlines] == ["started", "extended"]
    assert case.now.state == "rectification_ordered"


def test_more_time_that_is_refused_moves_nothing() -> None:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    asked = case.do("extension_requested", "ops", term=WORKING_DAYS, reason="late")
    case.confirmed("extension", request=asked, granted=False, reason="no ground")
    assert len(case.now.deadlines) == 1 and case.now.extensions[0].granted is False
    case.until(date(2026, 3, 24))
    assert case.refusal("extension_requested", "ops", term=WORKING_DAYS, reason="late") == "not_now"


def test_a_request_that_nobody_answered_lapses_with_the_next_deadline() -> None:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    first = case.do("extension_requested", "ops", term=WORKING_DAYS, reason="late")
    case.reported(["p1"])
    case.retested(persisting=["p1"])
    case.ordered("p1")
    assert [(each.granted, each.lapsed) for each in case.now.extensions] == [(None, True)]
    case.do("extension_requested", "ops", term=WORKING_DAYS, reason="late again")
    assert case.refusal("proposed", "ines", act="extension", request=first, granted=False, reason="no") == "no_request"


def test_a_report_after_naming_is_sent_back_to_the_deadline_of_the_naming() -> None:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    case.past_deadline()
    case.named("p1")
    before = case.now.deadline
    case.reported(["p1"])
    case.confirmed("report_return", problems=["p1"], reason="no proof")
    assert (case.now.state, case.now.deadline) == ("publicly_named", before)
    assert case.refusal("proposed", "ines", act="takedown", body="cac", term=WORKING_DAYS, stores=["n"], problems=["p1"]) == "not_heard"


def test_a_report_that_is_sent_back_leaves_the_deadline_as_it_was() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1", "p2")
    before = case.now.deadline
    assert case.refusal("rectification_reported", "ops", statement="done") == "nothing_answered"
    case.reported(["p1"])
    case.confirmed("report_return", problems=["p2"], reason="p2 is missing")
    assert (case.now.state, case.now.deadline) == ("rectification_ordered", before)
    case.past_deadline()
    assert case.now.state == "overdue"


def test_a_late_report_is_taken_and_marked() -> None:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    case.past_deadline()
    case.reported(["p1"])
    assert case.now.state == "rectification_reported" and case.now.reported_late


def test_nobody_is_named_unheard() -> None:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    told = {"act": "naming", "body": "cac", "term": WORKING_DAYS, "problems": ["p1"]}
    assert case.refusal("proposed", "ines", **told) == "act_not_now"
    case.until(date(2026, 3, 24))
    assert case.refusal("proposed", "ines", **told) == "not_heard"
    assert case.refusal("retest_started", "ines", inspection="t9", version="2", sha256=NEWER) == "not_heard"
    case.past_deadline()
    assert case.refusal("proposed", "ines", **(told | {"act": "takedown"}), stores=["north"]) == "not_named"
    naming = case.confirmed(**told)
    # Before it is published the operator answers and is found in order: it cannot be published any more.
    case.reported(["p1"])
    assert case.refusal("published", "pub", of=naming, place="site") == "act_not_now"
    case.retested(fixed=["p1"])
    assert case.refusal("published", "pub", of=naming, place="site") == "not_confirmed"
    assert case.now.documents_due == ()


def test_a_finding_that_was_wrong_is_withdrawn_before_the_order() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.confirmed("withdrawal", problems=["p1"], reason="misread")
    assert case.now.state == "tested_problem" and statuses(case) == {"p1": "withdrawn", "p2": "open"}
    assert case.refusal("proposed", "ines", act="order", body="cac", term=WORKING_DAYS, problems=["p1"]) == "problem_not_open"
    case.confirmed("withdrawal", problems=["p2"], reason="misread")
    assert (case.now.state, case.now.outcome) == ("closed", "withdrawn")
    # Nobody outside had heard of it.
    assert case.now.documents_due == ()


def test_an_order_that_names_a_withdrawn_problem_cannot_be_served() -> None:
    case = Recorder()
    case.found("p1", "p2")
    order = case.confirmed("order", body="cac", term=WORKING_DAYS, problems=["p1", "p2"])
    case.confirmed("withdrawal", problems=["p1"], reason="misread")
    assert case.refusal("served", "ines", of=order, to="operator", served_at=case.at.isoformat(), method="mail") == "not_confirmed"
    assert case.now.documents_due == ()
    case.ordered("p2")


def test_a_finding_that_was_wrong_after_naming_is_corrected_in_public() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1", "p2")
    case.past_deadline()
    case.named("p1", "p2")
    case.reported(["p1"])
    case.retested(fixed=["p1", "p2"])
    case.confirmed("closing", outcome="rectified", reason="fixed")
    assert case.refusal("proposed", "ines", act="correction", problems=["p1"], text="wrong") == "nothing_to_correct"
    case.confirmed("withdrawal", problems=["p1"], reason="it had asked for consent")
    assert (case.now.state, case.now.outcome) == ("closed", "rectified")
    assert case.now.to_correct == ("p1",)
    assert ("correction", 0, "propose") in [(each.act, each.of, each.step) for each in case.now.documents_due]
    correction = case.confirmed("correction", problems=["p1"], text="the notice was wrong")
    case.do("published", "pub", of=correction, place="site")
    assert case.now.to_correct == ()


def test_a_wrong_takedown_is_undone_at_every_store() -> None:
    case = taken_down()
    case.confirmed("withdrawal", problems=["p1"], reason="misread")
    assert case.now.state == "relist_retest"
    case.serve(case.confirmed("restoration", reason="the finding was wrong"), "north", "south")
    assert (case.now.state, case.now.outcome) == ("closed", "withdrawn")
    assert case.now.to_correct == ("p1",)


def test_an_order_takes_effect_only_with_its_service() -> None:
    case = Recorder()
    case.found("p1")
    seq = case.do("proposed", "ines", act="order", body="cac", term=WORKING_DAYS, problems=["p1"])
    served = {"of": seq, "to": "operator", "method": "mail"}
    assert case.refusal("served", "ines", served_at=case.at.isoformat(), **served) == "not_confirmed"
    case.wait(days=1)
    case.do("confirmed", "rui", of=seq, number="2026-1", document="d" * 64)
    assert case.now.state == "tested_problem" and case.now.deadline is None
    assert [(each.act, each.step, each.to) for each in case.now.documents_due] == [("order", "serve", "operator")]
    case.wait(days=3)
    assert case.refusal("served", "ines", served_at="2026-03-02T10:00:00+08:00", **served) == "before_confirmed"
    assert case.refusal("served", "ines", served_at="2026-03-07T10:00:00+08:00", **served) == "in_future"
    assert case.refusal("served", "ines", served_at=case.at.isoformat(), **(served | {"to": "north"})) == "not_addressee"
    case.do("served", "ines", served_at="2026-03-05T09:00:00+08:00", **served)
    # From Thursday 5 March, not from Friday, when it was recorded.
    assert case.now.deadline is not None and case.now.deadline.last_day == date(2026, 3, 26)
    assert case.refusal("recalled", "rui", of=seq, reason="no") == "not_confirmed"


@pytest.mark.parametrize(("kind", "person"), [("confirmed", "both"), ("returned", "both")])
def test_one_person_with_all_roles_is_still_one_person(kind: str, person: str) -> None:
    case = Recorder()
    case.found("p1")
    seq = case.do("proposed", person, act="order", body="cac", term=WORKING_DAYS, problems=["p1"])
    more = {"reason": "so"} if kind == "returned" else {}
    assert case.refusal(kind, person, of=seq, **more) == "second_person"
    assert case.refusal(kind, "ines", of=seq, **more) == "role"
    assert case.refusal("proposal_withdrawn", "ines", of=seq, reason="mine") == "not_yours"
    assert case.refusal("proposed", "ines", act="order", body="cac", term=WORKING_DAYS, problems=["p1"]) == "already_proposed"
    case.do("proposal_withdrawn", person, of=seq, reason="mine")
    assert case.refusal("confirmed", "rui", of=seq) == "not_pending"


def test_of_two_at_once_the_second_is_refused() -> None:
    case = Recorder()
    case.found("p1")
    seq = case.do("proposed", "ines", act="order", body="cac", term=WORKING_DAYS, problems=["p1"])
    first = case.drafted("confirmed", "rui", {"of": seq})
    second = case.drafted("returned", "both", {"of": seq, "reason": "no"})
    case.events.append(first)
    refusal = case.checked(second)
    assert refusal is not None and refusal.key.endswith(".stale") and refusal.values == {"seq": first.seq}


def test_a_publisher_publishes() -> None:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    case.past_deadline()
    naming = case.confirmed("naming", body="cac", term=WORKING_DAYS, problems=["p1"])
    assert case.refusal("published", "rui", of=naming, place="site") == "role"
    assert case.refusal("served", "ines", of=naming, to="operator", served_at=case.at.isoformat(), method="mail") == "other_effect"
    case.do("published", "pub", of=naming, place="site")
    assert case.now.named[0].at == case.at
    assert isinstance(case.now.deadline and case.now.deadline.ends, datetime)
