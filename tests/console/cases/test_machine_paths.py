"""Cases as they go in life, told step by step."""

from datetime import date

from tests.console.cases.steps import Recorder


def test_an_order_that_is_obeyed() -> None:
    case = Recorder()
    case.found("p1", "p2")
    assert case.now.state == "tested_problem"
    case.ordered("p1", "p2")
    # Served on Monday 2 March 2026: three whole weeks without a holiday.
    assert case.now.state == "rectification_ordered"
    assert case.now.deadline is not None and case.now.deadline.last_day == date(2026, 3, 23)
    case.wait(days=5)
    case.reported(["p1", "p2"])
    case.retested(fixed=["p1", "p2"])
    case.confirmed("closing", outcome="rectified", reason="both fixed")
    assert (case.now.state, case.now.outcome) == ("closed", "rectified")


def test_silence_leads_to_naming_takedown_and_back() -> None:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    case.past_deadline()
    assert case.now.state == "overdue"
    case.named("p1")
    assert case.now.state == "publicly_named"
    case.past_deadline()
    case.taken_down("p1")
    assert case.now.state == "takedown_ordered"
    for store in ("north", "south"):
        case.do("store_removed", "ines", store=store, removed_on=case.at.date().isoformat(), proof="screenshot")
    case.wait(days=20)
    case.retested(persisting=["p1"])
    assert case.now.state == "takedown_ordered"
    case.retested(fixed=["p1"])
    assert case.now.state == "relist_retest"
    seq = case.confirmed("restoration", reason="fixed")
    case.serve(seq, "north")
    assert case.now.state == "relist_retest" and [each.to for each in case.now.documents_due] == ["south"]
    case.serve(seq, "south")
    assert (case.now.state, case.now.outcome) == ("closed", "restored")
    case.do("store_restored", "ines", store="north", restored_on=case.at.date().isoformat(), proof="listing")
