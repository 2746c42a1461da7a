"""What falls with a problem, and what a result says of which file."""

from tests.console.cases.steps import FILE, NEWER, NEWEST, WORKING_DAYS, Recorder


def statuses(case: Recorder) -> dict[str, str]:
    return {each.id: each.status for each in case.now.problems}


def test_what_is_not_sent_yet_falls_with_a_problem_that_it_tells_of() -> None:
    case = Recorder()
    case.found("p1", "p2", "p3")
    case.ordered("p1", "p2", "p3")
    case.past_deadline()
    whole = case.confirmed("naming", body="cac", term=WORKING_DAYS, problems=["p1", "p2"])
    case.confirmed("withdrawal", problems=["p3"], reason="misread")
    assert [each.of for each in case.now.documents_due if each.step == "publish"] == [whole], "it does not tell of p3"
    case.confirmed("withdrawal", problems=["p1"], reason="misread")
    proposal = case.now.proposal(whole)
    assert proposal is not None and proposal.status == "recalled"
    assert not [each for each in case.now.documents_due if each.step == "publish"]
    assert case.refusal("recalled", "rui", of=whole, reason="again") == "not_confirmed"
    waiting = case.do("proposed", "ines", act="naming", body="cac", term=WORKING_DAYS, problems=["p2"])
    case.do("retest_started", "ines", inspection="t9", version="2", sha256=NEWER)
    case.do("retest_finished", None, inspection="t9", sha256=NEWER, fixed=["p2"], persisting=[], not_reached=[], new=[])
    assert case.refusal("confirmed", "rui", of=waiting) == "not_pending"


def test_a_takedown_that_reached_one_store_goes_on_to_the_others() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1", "p2")
    case.past_deadline()
    case.named("p1", "p2")
    case.past_deadline()
    seq = case.confirmed("takedown", body="cac", term={"unit": "hours", "amount": 24}, stores=["north", "south"], problems=["p1", "p2"])
    case.serve(seq, "north")
    case.confirmed("withdrawal", problems=["p1"], reason="misread")
    case.serve(seq, "south")
    assert {each.name for each in case.now.stores} == {"north", "south"}


def test_a_case_is_rectified_only_if_one_file_was_shown_to_have_none_of_its_problems() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1", "p2")
    case.reported(["p1", "p2"])
    case.retested(fixed=["p1"], persisting=["p2"])
    # The next version was seen without p2; whether p1 is gone from it too was not looked at.
    case.retested(fixed=["p2"], file=NEWEST)
    assert statuses(case) == {"p1": "fixed", "p2": "fixed"}
    assert case.refusal("proposed", "ines", act="closing", outcome="rectified", reason="so") == "not_cleared"
    name = f"t{len(case.events)}"
    case.do("retest_started", "ines", inspection=name, version="3.0", sha256=NEWEST)
    left = {"fixed": ["p2"], "persisting": [], "not_reached": ["p1"], "new": []}
    case.do("retest_finished", "ines", inspection=name, sha256=NEWEST, **left)
    assert case.refusal("proposed", "ines", act="closing", outcome="rectified", reason="so") == "not_cleared"
    case.retested(fixed=["p1", "p2"], file=NEWEST)
    case.confirmed("closing", outcome="rectified", reason="all fixed")


def test_from_the_file_in_which_it_was_found_a_problem_is_gone_only_by_the_word_of_a_person() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1", "p2")
    case.reported(["p1", "p2"])
    case.do("retest_started", "ines", inspection="t9", version="1.0", sha256=FILE)
    result = {"inspection": "t9", "sha256": FILE, "persisting": [], "new": []}
    said = {"unchanged": "The policy is a page on the web and was changed there."}
    assert case.refusal("retest_finished", "ines", fixed=["p1"], not_reached=["p2"], **result) == "same_file"
    assert case.refusal("retest_finished", None, fixed=["p1"], not_reached=["p2"], **result, **said) == "person_needed"
    assert case.refusal("retest_finished", None, fixed=[], not_reached=["p1", "p2"], **result) == ""
    case.do("retest_finished", "ines", fixed=["p1"], not_reached=["p2"], **result, **said)
    assert statuses(case) == {"p1": "fixed", "p2": "answered"}
    # What persists in a later file was seen in that one too.
    case.retested(fixed=["p1"], persisting=["p2"])
    case.do("retest_started", "ines", inspection="t10", version="2.0", sha256=NEWER)
    again = {"inspection": "t10", "sha256": NEWER, "persisting": [], "not_reached": [], "new": []}
    assert case.refusal("retest_finished", "ines", fixed=["p1", "p2"], **again) == "same_file"
    assert case.refusal("retest_finished", "ines", fixed=["p1", "p2"], **again, **said) == ""


def test_a_withdrawal_does_not_close_as_rectified_what_the_present_file_was_not_shown_to_be() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1", "p2")
    case.reported(["p1", "p2"])
    case.retested(fixed=["p1"], persisting=["p2"])
    case.do("retest_started", "ines", inspection="t9", version="3.0", sha256=NEWEST)
    case.confirmed("withdrawal", problems=["p2"], reason="misread")
    assert case.now.state == "retest"
    case.do("retest_finished", None, inspection="t9", sha256=NEWEST, fixed=["p1"], persisting=[], not_reached=[], new=[])
    case.confirmed("closing", outcome="rectified", reason="p1 is gone")


def test_a_withdrawal_of_the_rest_closes_what_the_present_file_was_shown_to_be() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1", "p2")
    case.reported(["p1", "p2"])
    case.retested(fixed=["p1"], persisting=["p2"])
    case.confirmed("withdrawal", problems=["p2"], reason="misread")
    assert (case.now.state, case.now.outcome) == ("closed", "rectified")
