"""What a person may do with a case now, as the state machine has it, and where each thing is done."""

from dataclasses import dataclass
from urllib.parse import urlencode

from mingjian.console.access import INSPECTOR
from mingjian.console.accounts.models import User
from mingjian.console.cases.events import procedure
from mingjian.console.cases.machine import Choice, allowed
from mingjian.console.cases.state import CaseState
from mingjian.console.pages.context import lang
from mingjian.model.texts import say

_FORMS = {
    "proposed",
    "confirmed",
    "returned",
    "proposal_withdrawn",
    "recalled",
    "served",
    "overdue_noted",
    "store_removed",
    "store_restored",
    "deadline_recomputed",
    "noted",
}
"""What has a form of its own."""
_FIRST = ("confirmed", "served", "proposed")
_GRAVE = {"recalled", "returned", "proposal_withdrawn"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done: its words, the query of its address, and how grave it is."""

    choice: Choice
    name: str
    query: str
    grave: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """What somebody may do now: steps with a form, whether an inspection may be attached, and what waits at the publisher's desk."""

    forms: tuple[Step, ...]
    test: bool
    publish: tuple[Step, ...]


def next_steps(state: CaseState, person: User) -> Steps:
    """What `person` may do now; those steps first that a proposal waits for."""
    choices = allowed(state, person.roles, str(person.pk))
    steps = [_step(choice) for choice in choices if choice.kind in _FORMS]
    order = {kind: place for place, kind in enumerate(_FIRST)}
    steps.sort(key=lambda step: order.get(step.choice.kind, len(order)))
    through = {choice: procedure().events[choice.kind].through for choice in choices}
    test = "inspection" in through.values() and INSPECTOR in person.roles
    return Steps(tuple(steps), test, tuple(_step(choice) for choice in choices if through[choice] == "notice"))


def find(state: CaseState, person: User, kind: str, act: str, of: str) -> Step | None:
    """The step that an address names, if this person may take it now."""
    wanted = next_steps(state, person).forms
    return next((step for step in wanted if (step.choice.kind, step.query) == (kind, _query(kind, act, of))), None)


def _step(choice: Choice) -> Step:
    name = say(f"console.cases.step.{choice.kind}", lang(), act=say(f"console.states.act.{choice.act}", lang()) if choice.act else "")
    return Step(choice, name, _query(choice.kind, choice.act, str(choice.of or "")), choice.kind in _GRAVE)


def _query(kind: str, act: str, of: str) -> str:
    return urlencode({"act": act} if kind == "proposed" else {"of": of} if of else {})
