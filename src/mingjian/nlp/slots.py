"""What a policy has to tell, and whether this one does."""

from dataclasses import dataclass
from typing import Literal

from mingjian.model.terms import within
from mingjian.nlp.reading import Reading, Statement

SlotState = Literal["told", "unsure", "denied", "missing", "not_needed"]

SLOTS: tuple[tuple[str, str | None], ...] = (
    ("publish.rules", None),
    ("publish.simplified_chinese", None),
    ("publish.handler", None),
    ("publish.contact", None),
    ("publish.date", None),
    ("publish.minors", None),
    ("store.period", None),
    ("store.domestic", None),
    ("protect", None),
    ("consent.share", "share"),
    ("target.switch", "target"),
    ("withdraw", None),
    ("access", None),
    ("correct", None),
    ("delete", None),
    ("account.cancel", "account"),
    ("answer.rights", None),
    ("complain", None),
    ("answer.complaint", None),
    ("prompt.change", None),
)
"""The actions that a policy has to claim, in the order in which they are told to a reader, each with the action that makes it due, or
none where every policy owes it. Sources: the clauses of `cac-2019`, and articles 7, 17, 19, 24 and 50 of the Personal Information
Protection Law."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that a policy has to tell, whether it does, and the statements by which."""

    action: str
    state: SlotState
    statements: tuple[Statement, ...] = ()


def slots(reading: Reading) -> tuple[Slot, ...]:
    """Every slot, in the order of `SLOTS`."""
    return tuple(_slot(reading, action, due) for action, due in SLOTS)


def _slot(reading: Reading, action: str, due: str | None) -> Slot:
    found = [each for each in reading.statements if _fills(each, action)]
    told = tuple(each for each in found if each.certain and not each.negated and each.condition != "choice")
    if told:
        return Slot(action, "told", told)
    if unsure := tuple(each for each in found if not each.negated):
        return Slot(action, "unsure", unsure)
    if found:
        return Slot(action, "denied", tuple(found))
    if due and not any(_makes_due(each, due) for each in reading.statements):
        return Slot(action, "not_needed")
    return Slot(action, "missing")


def _makes_due(statement: Statement, due: str) -> bool:
    if statement.negated or not within(statement.action, due):
        return False
    return due != "share" or not (statement.condition == "law" or any(within(statement.recipient, each) for each in _NO_THIRD_PARTY))


def _fills(statement: Statement, action: str) -> bool:
    if action == "consent.share":
        return within(statement.action, action) or _asked_first(statement)
    return within(statement.action, action)


def _asked_first(statement: Statement) -> bool:
    return statement.action == "share" and statement.condition in ("consent", "separate_consent", "anonymised", "choice")


_NO_THIRD_PARTY = ("operator", "program", "party.authority", "party.fulfilment", "party.processor", "party.successor")
"""Recipients for whom no consent of its own is owed, as in the signal `shares-without-asking`."""
