"""What carries a naming and a takedown, problem by problem."""

from tests.console.cases.steps import NEWER, WORKING_DAYS, Recorder


def test_only_what_was_ordered_is_named() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1")
    case.past_deadline()
    naming = {"act": "naming", "body": "cac", "term": WORKING_DAYS}
    assert case.refusal("proposed", "ines", **naming, problems=["p1", "p2"]) == "problem_not_ordered"
    case.named("p1")
    case.past_deadline()
    takedown = {"act": "takedown", "body": "cac", "term": WORKING_DAYS, "stores": ["north"]}
    assert case.refusal("proposed", "ines", **takedown, problems=["p2"]) == "problem_not_named"
    assert case.refusal("proposed", "ines", **takedown, problems=["p1"]) == ""


def test_a_new_problem_of_a_re_test_is_ordered_first() -> None:
    case = Recorder()
    case.found("p1")
    case.ordered("p1")
    case.reported(["p1"])
    case.retested(fixed=["p1"], new=["p2"])
    naming = {"act": "naming", "body": "cac", "term": WORKING_DAYS, "problems": ["p2"]}
    assert case.refusal("proposed", "ines", **naming) == "problem_not_ordered"
    case.ordered("p2")
    case.past_deadline()
    assert case.refusal("proposed", "ines", **naming) == ""


def test_an_answer_that_no_re_test_could_check_carries_no_naming() -> None:
    case = Recorder()
    case.found("p1", "p2")
    case.ordered("p1", "p2")
    case.reported(["p1"])
    case.do("retest_started", "ines", inspection="t9", version="2.0", sha256=NEWER)
    result = {"sha256": NEWER, "fixed": [], "persisting": [], "new": []}
    case.do("retest_finished", None, inspection="t9", not_reached=["p1", "p2"], **result)
    naming = {"act": "naming", "body": "cac", "term": WORKING_DAYS}
    assert case.refusal("proposed", "ines", **naming, problems=["p1"]) == "not_found_again"
    # On the other the operator said nothing when it had to.
    assert case.refusal("proposed", "ines", **naming, problems=["p2"]) == ""
    case.do("retest_started", "ines", inspection="t10", version="2.0", sha256=NEWER)
    case.do("retest_finished", None, inspection="t10", not_reached=["p2"], **(result | {"persisting": ["p1"]}))
    assert case.refusal("proposed", "ines", **naming, problems=["p1"]) == ""
