"""How a case changes with each event that was found admissible."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from mingjian.console.cases.deadlines import Change, Deadline
from mingjian.console.cases.events import Event
from mingjian.console.cases.guards import act_data_fault
from mingjian.console.cases.state import (
    MAIN_ACTS,
    Answer,
    CaseState,
    ExtensionRequest,
    Named,
    Problem,
    ProblemStatus,
    Proposal,
    Store,
    Test,
)


def after(state: CaseState, event: Event) -> CaseState:
    """The case after `event`, which must be admissible."""
    changed = _EFFECTS[event.kind](state, event)
    return replace(changed, seq=event.seq, last_at=event.at, now=max(state.now, event.at))


def _opened(state: CaseState, event: Event) -> CaseState:
    complaint = event.data.get("complaint")
    return replace(
        state,
        stage="complaint_received" if complaint else "planned",
        opened_at=event.at,
        body=event.data["body"],
        complaints=(complaint,) if complaint else (),
    )


def _complaint_linked(state: CaseState, event: Event) -> CaseState:
    stage = "complaint_received" if state.stage == "planned" else state.stage
    return replace(state, stage=stage, complaints=(*state.complaints, event.data["complaint"]))


def _file(state: CaseState, event: Event) -> CaseState:
    return replace(state, version=event.data["version"], sha256=event.data["sha256"])


def _sampled(state: CaseState, event: Event) -> CaseState:
    return replace(_file(state, event), stage="sampled")


def _test_begun(state: CaseState, event: Event) -> CaseState:
    test = Test(event.seq, event.data["inspection"], state.sha256)
    state = replace(state, tests=(*state.tests, test))
    if "term" in event.data:
        state = _deadline_started(state, event, "test", event.data["term"], event.at)
    return state


def _testing_started(state: CaseState, event: Event) -> CaseState:
    return replace(_test_begun(state, event), stage="testing")


def _retest_started(state: CaseState, event: Event) -> CaseState:
    return replace(_test_begun(_file(state, event), event), stage="retest")


def _relist_requested(state: CaseState, event: Event) -> CaseState:
    return replace(_test_begun(_file(state, event), event), stage="relist_retest")


def _test_over(state: CaseState, seq: int) -> CaseState:
    return replace(state, tests=(*state.tests[:-1], replace(state.tests[-1], finished=seq)))


def _test_finished(state: CaseState, event: Event) -> CaseState:
    found = tuple(_new(each, "open", event) for each in event.data["problems"])
    ids = {each.id for each in found}
    earlier = tuple(_moved(each, "withdrawn", event.seq) for each in state.problems if each.id not in ids)
    state = replace(_test_over(state, event.seq), problems=(*earlier, *found), stage="tested_problem" if found else "tested_clean")
    return _without_fallen(state)


def _retest_finished(state: CaseState, event: Event) -> CaseState:
    fixed, persisting, file = set(event.data["fixed"]), set(event.data["persisting"]), event.data["sha256"]
    kept = tuple(
        replace(_moved(each, "fixed", event.seq), fixed_in=file)
        if each.id in fixed
        else replace(_moved(each, "persisting", event.seq), seen_in=each.seen_in | {file})
        if each.id in persisting
        else each
        for each in state.problems
    )
    new = tuple(_new(each, "new", event) for each in event.data["new"])
    state = _without_fallen(replace(_test_over(state, event.seq), problems=(*kept, *new)))
    if state.stage != "relist_retest" or not state.unresolved:
        return state
    # A restoration that has not reached every store falls with the result that it rested on.
    proposals = tuple(
        replace(each, status="recalled") if each.act == "restoration" and each.status in {"pending", "confirmed"} else each
        for each in state.proposals
    )
    return replace(state, stage="takedown_ordered", proposals=proposals)


def _new(told: Mapping[str, Any], status: ProblemStatus, event: Event) -> Problem:
    return Problem(**told, status=status, found=event.seq, changed=event.seq, seen_in=frozenset({event.data["sha256"]}))


def _without_fallen(state: CaseState) -> CaseState:
    """What has not left the house falls with a problem that it tells of and that is gone: nobody could send it, and while it stood no other
    could be proposed for what is left."""
    unsent = [each for each in state.proposals if each.status in {"pending", "confirmed"} and not each.reached and "problems" in each.data]
    fallen = {each.seq for each in unsent if act_data_fault(state, each.act, each.data)}
    return replace(state, proposals=tuple(replace(each, status="recalled") if each.seq in fallen else each for each in state.proposals))


def _moved(problem: Problem, status: ProblemStatus, seq: int) -> Problem:
    """The problem with another status. What is withdrawn or fixed already does not become so again."""
    return problem if problem.status == status != "persisting" else replace(problem, status=status, changed=seq)


def _answered(state: CaseState, event: Event) -> CaseState:
    data = event.data
    answer = Answer(event.seq, data["cause"], data["change"], data["disputed"], data.get("version", ""))
    problems = tuple(
        replace(each, status="answered", changed=event.seq, answer=answer) if each.id == data["problem"] else each
        for each in state.problems
    )
    return replace(state, problems=problems)


def _rectification_reported(state: CaseState, event: Event) -> CaseState:
    deadline = state.deadline
    late = deadline is not None and event.at >= deadline.ends
    return replace(state, stage="rectification_reported", reported=event.seq, reported_late=late)


def _extension_requested(state: CaseState, event: Event) -> CaseState:
    return replace(state, extensions=(*state.extensions, ExtensionRequest(event.seq, event.data["term"], event.data["reason"])))


def _overdue_noted(state: CaseState, event: Event) -> CaseState:
    return replace(state, noted_ends=(*state.noted_ends, datetime.fromisoformat(event.data["ended"])))


def _store_removed(state: CaseState, event: Event) -> CaseState:
    return _store_changed(state, event.data["store"], removed_on=date.fromisoformat(event.data["removed_on"]))


def _store_restored(state: CaseState, event: Event) -> CaseState:
    return _store_changed(state, event.data["store"], restored_on=date.fromisoformat(event.data["restored_on"]))


def _store_changed(state: CaseState, name: str, **changes: Any) -> CaseState:
    return replace(state, stores=tuple(replace(each, **changes) if each.name == name else each for each in state.stores))


def _proposed(state: CaseState, event: Event) -> CaseState:
    proposal = Proposal(event.seq, event.data["act"], event.by or "", event.data, "pending")
    return replace(state, proposals=(*state.proposals, proposal))


def _proposal_changed(state: CaseState, seq: int, **changes: Any) -> CaseState:
    return replace(state, proposals=tuple(replace(each, **changes) if each.seq == seq else each for each in state.proposals))


def _proposal_withdrawn(state: CaseState, event: Event) -> CaseState:
    return _proposal_changed(state, event.data["of"], status="withdrawn", reason=event.data["reason"])


def _returned(state: CaseState, event: Event) -> CaseState:
    return _proposal_changed(state, event.data["of"], status="returned", reason=event.data["reason"])


def _recalled(state: CaseState, event: Event) -> CaseState:
    return _proposal_changed(state, event.data["of"], status="recalled", reason=event.data["reason"])


def _confirmed(state: CaseState, event: Event) -> CaseState:
    seq = event.data["of"]
    state = _proposal_changed(
        state, seq, status="confirmed", confirmed_by=event.by, confirmed_at=event.at, number=event.data.get("number", "")
    )
    proposal = _known(state, seq)
    effect = _ON_CONFIRMATION.get(proposal.act)
    return effect(_proposal_changed(state, seq, status="done"), event, proposal) if effect else state


def _extension(state: CaseState, event: Event, proposal: Proposal) -> CaseState:
    granted = proposal.data["granted"]
    requests = tuple(replace(each, granted=granted) if each.seq == proposal.data["request"] else each for each in state.extensions)
    deadline = state.deadline
    if granted and deadline is not None:
        state = _deadline_moved(state, event, deadline, "extended", (*deadline.terms, proposal.data["term"]))
    return replace(state, extensions=requests)


def _report_return(state: CaseState, _: Event, __: Proposal) -> CaseState:
    last = state.last_main
    named = last is not None and last.act == "naming"
    return replace(state, stage="publicly_named" if named else "rectification_ordered", reported=0, reported_late=False)


def _escalation(state: CaseState, _: Event, __: Proposal) -> CaseState:
    return replace(state, stage="escalated")


def _closing(state: CaseState, event: Event, proposal: Proposal) -> CaseState:
    return _closed(state, event, proposal.data["outcome"])


def _withdrawal(state: CaseState, event: Event, proposal: Proposal) -> CaseState:
    gone = set(proposal.data["problems"])
    state = replace(state, problems=tuple(_moved(each, "withdrawn", event.seq) if each.id in gone else each for each in state.problems))
    state = _without_fallen(state)
    if state.unresolved:
        return state
    if any(not each.restoration_served for each in state.stores) and state.stage != "closed":
        if state.testing:
            state = _test_over(state, event.seq)
        return replace(state, stage="relist_retest")
    if state.stage == "retest" and state.undecided:
        return state
    return _closed(state, event, _outcome(state, state.outcome or "rectified"))


def _outcome(state: CaseState, otherwise: str) -> str:
    return "withdrawn" if all(each.status == "withdrawn" for each in state.problems) else otherwise


def _closed(state: CaseState, event: Event, outcome: str) -> CaseState:
    return replace(state, stage="closed", outcome=outcome, closed_at=state.closed_at or event.at)


def _served(state: CaseState, event: Event) -> CaseState:
    proposal, to = _known(state, event.data["of"]), event.data["to"]
    reached = (*proposal.reached, to)
    if proposal.status == "done":
        return _proposal_changed(state, proposal.seq, reached=reached)
    everybody = set(state.addressees(proposal)) <= set(reached)
    served_at = datetime.fromisoformat(event.data["served_at"])
    state = _proposal_changed(state, proposal.seq, reached=reached, status="done" if everybody else "confirmed")
    match proposal.act:
        case "order":
            state = replace(state, stage="rectification_ordered")
            return _deadline_started(state, event, "order", proposal.data["term"], served_at)
        case "takedown":
            others = [each for each in state.stores if each.name != to]
            state = replace(state, stage="takedown_ordered", stores=(*others, Store(to, served_at)))
            return _deadline_started(state, event, "takedown", proposal.data["term"], served_at, to)
        case "restoration":
            state = _store_changed(state, to, restoration_served=True)
            return _closed(state, event, _outcome(state, "restored")) if everybody else state
    return state


def _published(state: CaseState, event: Event) -> CaseState:
    proposal = _known(state, event.data["of"])
    problems = tuple(proposal.data["problems"])
    state = _proposal_changed(state, proposal.seq, status="done")
    if proposal.act == "correction":
        return replace(state, corrected=state.corrected | set(problems))
    state = replace(state, stage="publicly_named", named=(*state.named, Named(event.seq, event.at, problems)))
    return _deadline_started(state, event, "naming", proposal.data["term"], event.at)


def _deadline_started(
    state: CaseState, event: Event, act: str, term: Mapping[str, Any], started_at: datetime, store: str = ""
) -> CaseState:
    ends, provisional = datetime.fromisoformat(event.data["ends"]), event.data["provisional"]
    deadline = Deadline(event.seq, event.seq, act, "started", started_at, (term,), ends, provisional, store)
    requests = state.extensions
    if act in MAIN_ACTS:
        requests = tuple(replace(each, lapsed=True) if each.open else each for each in requests)
    return replace(state, deadlines=(*state.deadlines, deadline), extensions=requests)


def _deadline_moved(state: CaseState, event: Event, deadline: Deadline, change: Change, terms: tuple[Mapping[str, Any], ...]) -> CaseState:
    ends = datetime.fromisoformat(event.data["ends" if change == "extended" else "new"])
    moved = replace(deadline, seq=event.seq, change=change, terms=terms, ends=ends, provisional=event.data["provisional"])
    return replace(state, deadlines=(*state.deadlines, moved))


def _deadline_recomputed(state: CaseState, event: Event) -> CaseState:
    deadline = state.deadline_from(event.data["of"])
    return state if deadline is None else _deadline_moved(state, event, deadline, "recomputed", deadline.terms)


def _noted(state: CaseState, _: Event) -> CaseState:
    return state


def _known(state: CaseState, seq: int) -> Proposal:
    proposal = state.proposal(seq)
    if proposal is None:
        raise LookupError(seq)
    return proposal


_ON_CONFIRMATION: Mapping[str, Callable[[CaseState, Event, Proposal], CaseState]] = {
    "extension": _extension,
    "report_return": _report_return,
    "escalation": _escalation,
    "closing": _closing,
    "withdrawal": _withdrawal,
}

_EFFECTS: Mapping[str, Callable[[CaseState, Event], CaseState]] = {
    "opened": _opened,
    "complaint_linked": _complaint_linked,
    "sampled": _sampled,
    "version_replaced": _file,
    "testing_started": _testing_started,
    "test_finished": _test_finished,
    "answered": _answered,
    "rectification_reported": _rectification_reported,
    "extension_requested": _extension_requested,
    "overdue_noted": _overdue_noted,
    "retest_started": _retest_started,
    "relist_requested": _relist_requested,
    "retest_finished": _retest_finished,
    "store_removed": _store_removed,
    "store_restored": _store_restored,
    "proposed": _proposed,
    "proposal_withdrawn": _proposal_withdrawn,
    "returned": _returned,
    "confirmed": _confirmed,
    "recalled": _recalled,
    "served": _served,
    "published": _published,
    "deadline_recomputed": _deadline_recomputed,
    "noted": _noted,
}
