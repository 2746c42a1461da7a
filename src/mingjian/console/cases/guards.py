"""What the procedure forbids beyond its table: who may not confirm, what must have happened before, which data contradict the case."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from mingjian.console.cases.events import MOST_TERMS, Event, Refusal, procedure, refused
from mingjian.console.cases.state import CaseState, Proposal
from mingjian.console.workdays import day_in_shanghai, end_of

_CLOSING_FROM = {
    "clean": {"tested_clean"},
    "rectified": {"retest"},
    "not_taken_up": {"planned", "complaint_received", "sampled", "testing"},
    "app_gone": procedure().acts["withdrawal"].source - procedure().final,
}
_OF_KINDS = {"confirmed", "returned", "proposal_withdrawn", "recalled", "served", "published"}


def act_fault(state: CaseState, act: str) -> Refusal | None:
    """Why an act can now neither be proposed nor confirmed nor take effect, whatever it says."""
    if state.state not in procedure().acts[act].source:
        return refused("act_not_now", act=act, state=state.state)
    match act:
        case "order" if state.stage == "retest":
            return unheard(state) or _not_found_again(state)
        case "naming":
            return unheard(state) or _not_found_again(state) or _nothing_carries(state, act)
        case "takedown" if state.stage != "takedown_ordered":
            unnamed = None if state.named else refused("not_named")
            return unnamed or unheard(state) or _not_found_again(state) or _nothing_carries(state, act)
        case "restoration":
            return None if _cleared(state) else refused("not_cleared")
        case "extension":
            return None if any(each.open for each in state.extensions) else refused("no_request")
        case "correction":
            return None if state.to_correct else refused("nothing_to_correct")
    return None


def unheard(state: CaseState) -> Refusal | None:
    """Whoever is to be treated more sharply has answered, or it was stated that the time for the answer has passed."""
    last = state.last_main
    if last is None or state.reported > last.origin or last.ends in state.noted_ends:
        return None
    return refused("not_heard")


def kind_fault(state: CaseState, kind: str) -> Refusal | None:
    """Why an event of a kind that refers to no proposal cannot be recorded now, whatever it says."""
    if kind == "opened":
        return refused("already_opened") if state.seq else None
    if not state.seq:
        return refused("not_opened")
    if state.state not in procedure().events[kind].source:
        return refused("not_now", kind=kind, state=state.state)
    match kind:
        case "test_finished" | "retest_finished" if not state.testing:
            return refused("no_test")
        case "answered" if not state.unresolved:
            return refused("no_problem")
        case "rectification_reported" if not any(each.status == "answered" for each in state.problems):
            return refused("nothing_answered")
        case "extension_requested" if state.deadline is None or state.now >= state.deadline.ends:
            return refused("too_late")
        case "extension_requested" if any(each.open for each in state.extensions):
            return refused("already_asked")
        case "overdue_noted" if not state.overdue:
            return refused("not_overdue")
        case "overdue_noted" if any(each.open for each in state.extensions):
            return refused("request_open")
        case "overdue_noted" if state.deadline is not None and state.deadline.ends in state.noted_ends:
            return refused("already_noted")
        case "retest_started" if state.state in {"overdue", "publicly_named"}:
            return unheard(state)
        case "store_removed" if all(each.removed_on for each in state.stores):
            return refused("no_store")
        case "store_restored" if not any(each.restoration_served and not each.restored_on for each in state.stores):
            return refused("no_store")
        case "deadline_recomputed" if not any(each.provisional for each in state.running):
            return refused("not_provisional")
    return None


def step_fault(state: CaseState, kind: str, proposal: Proposal, person: str | None) -> Refusal | None:
    """Why `person` cannot take a step (`confirmed`, `returned`, `served`...) with a proposal."""
    effect = procedure().acts[proposal.act].effect
    match kind:
        case "proposal_withdrawn" if proposal.by != person:
            return refused("not_yours")
        case "confirmed" | "returned" if proposal.by == person or person is None:
            return refused("second_person")
    if kind in {"proposal_withdrawn", "confirmed", "returned"}:
        if proposal.status != "pending":
            return refused("not_pending")
        return act_fault(state, proposal.act) if kind == "confirmed" else None
    if kind == "served" and state.letter_due(proposal):
        return None
    if proposal.status != "confirmed":
        return refused("not_confirmed")
    if kind == "recalled":
        return refused("already_out") if proposal.reached else None
    return act_fault(state, proposal.act) if effect == kind else refused("other_effect", act=proposal.act)


def event_fault(state: CaseState, event: Event) -> Refusal | None:
    """Why an event whose data fit their schema cannot follow on the case as it is at the event's moment."""
    data = event.data
    if event.kind in _OF_KINDS:
        proposal = state.proposal(data["of"])
        if proposal is None:
            return refused("no_proposal", of=data["of"])
        return step_fault(state, event.kind, proposal, event.by) or _step_data_fault(state, event, proposal)
    if event.kind == "proposed":
        if any(each.status in {"pending", "confirmed"} and each.act == data["act"] and each.act != "reply" for each in state.proposals):
            return refused("already_proposed", act=data["act"])
        return act_fault(state, data["act"]) or act_data_fault(state, data["act"], data) or _date_fault(state, data)
    if event.by is None and "unchanged" in data:
        return refused("person_needed")
    return kind_fault(state, event.kind) or _data_fault(state, event.kind, data)


def act_data_fault(state: CaseState, act: str, data: Mapping[str, Any]) -> Refusal | None:
    """What an act says that contradicts the case."""
    unresolved = {each.id for each in state.unresolved}
    match act:
        case "order" | "naming" | "takedown" | "report_return" if not unresolved.issuperset(data["problems"]):
            return refused("problem_not_open")
        case "naming" | "takedown":
            return sharper_fault(state, act, data["problems"]) or _stores_fault(state, data.get("stores", ()))
        case "withdrawal" if not {each.id for each in state.problems if each.status != "withdrawn"}.issuperset(data["problems"]):
            return refused("problem_not_open")
        case "correction" if not set(state.to_correct).issuperset(data["problems"]):
            return refused("nothing_to_correct")
        case "extension":
            request = state.request(data["request"])
            if request is None or not request.open:
                return refused("no_request")
            if data["granted"] != ("term" in data):
                return refused("term_if_granted")
            if data["granted"] and state.deadline is not None and len(state.deadline.terms) >= MOST_TERMS:
                return refused("too_often")
        case "closing":
            return _closing_fault(state, data["outcome"])
        case "escalation" if date.fromisoformat(data["decided_on"]) > day_in_shanghai(state.now):
            return refused("in_future")
    return None


def sharper_fault(state: CaseState, act: str, problems: Iterable[str]) -> Refusal | None:
    """Each problem by itself went the way of the case: ordered, then named, then the app taken down. What the operator answered on and a
    re-test did not find again carries nothing sharper."""
    if act == "naming" and not state.ordered.issuperset(problems):
        return refused("problem_not_ordered")
    if act == "takedown" and not {each for named in state.named for each in named.problems}.issuperset(problems):
        return refused("problem_not_named")
    unchecked = {each.id for each in state.problems if each.status == "answered"} if state.stage == "retest" else set()
    return refused("not_found_again") if unchecked.intersection(problems) else None


def _nothing_carries(state: CaseState, act: str) -> Refusal | None:
    faults = [sharper_fault(state, act, (each.id,)) for each in state.unresolved]
    return faults[0] if faults and all(faults) else None


def _stores_fault(state: CaseState, stores: Iterable[str]) -> Refusal | None:
    return refused("store_told") if any(_holds(state, name) for name in stores) else None


def _date_fault(state: CaseState, data: Mapping[str, Any]) -> Refusal | None:
    term = data.get("term")
    passed = term is not None and term["unit"] == "date" and end_of(date.fromisoformat(term["date"])) <= state.now
    return refused("date_passed") if passed else None


def _closing_fault(state: CaseState, outcome: str) -> Refusal | None:
    if state.state not in _CLOSING_FROM[outcome]:
        return refused("outcome_not_now", outcome=outcome, state=state.state)
    if outcome == "rectified" and not _cleared(state):
        return refused("not_cleared")
    return refused("other_file") if outcome == "clean" and not _current_was_tested(state) else None


def _not_found_again(state: CaseState) -> Refusal | None:
    """In a re-test only its result can carry an act."""
    if state.stage != "retest":
        return None
    return None if state.unresolved and not state.testing else refused("no_result")


def _cleared(state: CaseState) -> bool:
    """Nothing is left: every problem was withdrawn, or a finished re-test of the file that is now offered decided that it is gone."""
    return not (state.unresolved or state.testing or state.undecided)


def _current_was_tested(state: CaseState) -> bool:
    return state.test is not None and bool(state.test.finished) and state.test.sha256 == state.sha256


def _step_data_fault(state: CaseState, event: Event, proposal: Proposal) -> Refusal | None:
    data = event.data
    if event.kind not in {"confirmed", "served", "published"}:
        return None
    if not proposal.reached and proposal.status != "done":
        fault = act_data_fault(state, proposal.act, proposal.data)
        if fault:
            return fault
    if event.kind == "confirmed":
        return _date_fault(state, proposal.data)
    if event.kind != "served":
        return None
    if data["to"] not in state.addressees(proposal) or data["to"] in proposal.reached:
        return refused("not_addressee", to=data["to"])
    served_at = datetime.fromisoformat(data["served_at"])
    if served_at > event.at:
        return refused("in_future")
    if proposal.confirmed_at is None or served_at < proposal.confirmed_at:
        return refused("before_confirmed")
    return refused("store_told") if proposal.act == "takedown" and _holds(state, data["to"]) else None


def _holds(state: CaseState, name: str) -> bool:
    """Whether a store was told to remove the app, and not since to restore it."""
    store = state.store(name)
    return store is not None and not store.restoration_served


def _data_fault(state: CaseState, kind: str, data: Mapping[str, Any]) -> Refusal | None:
    match kind:
        case "opened" if (data["origin"] == "complaint") != ("complaint" in data):
            return refused("complaint_if_origin")
        case "complaint_linked" if data["complaint"] in state.complaints:
            return refused("already_linked")
        case "test_finished" | "retest_finished":
            if state.test is None or data["inspection"] != state.test.inspection or data["sha256"] != state.sha256:
                return refused("other_file")
            return _result_fault(state, data) if kind == "retest_finished" else None
        case "answered":
            problem = state.problem(data["problem"])
            return None if problem and problem.unresolved else refused("problem_not_open")
        case "overdue_noted" if state.deadline is None or datetime.fromisoformat(data["ended"]) != state.deadline.ends:
            return refused("other_deadline")
        case "store_removed":
            return _store_fault(state, data["store"], data["removed_on"], removed=True)
        case "store_restored":
            return _store_fault(state, data["store"], data["restored_on"], removed=False)
    return None


def _result_fault(state: CaseState, data: Mapping[str, Any]) -> Refusal | None:
    """Every unresolved problem is told of once; a fixed one may be told of again; a new one bears a new id. That a problem is gone from a
    file in which it was found needs the word of whoever records it."""
    told = [*data["fixed"], *data["persisting"], *data["not_reached"]]
    unresolved = {each.id for each in state.unresolved}
    returned = {each.id for each in state.problems if each.status == "fixed"}
    if len(set(told)) != len(told) or not unresolved <= set(told) or not set(told) - unresolved <= returned:
        return refused("not_every_problem")
    if "unchanged" not in data and any(data["sha256"] in each.seen_in for each in state.problems if each.id in data["fixed"]):
        return refused("same_file")
    return refused("not_new") if any(state.problem(each["id"]) for each in data["new"]) else None


def _store_fault(state: CaseState, name: str, day: str, *, removed: bool) -> Refusal | None:
    store = state.store(name)
    if store is None or (store.removed_on if removed else store.restored_on or not store.restoration_served):
        return refused("no_store")
    told = date.fromisoformat(day)
    if told > day_in_shanghai(state.now):
        return refused("in_future")
    return refused("before_served") if told < day_in_shanghai(store.served_at) else None
