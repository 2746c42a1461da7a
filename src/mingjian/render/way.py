"""The path to a finding in code, as pages draw it: from the entry point to the call, from the source to the sink."""

from dataclasses import dataclass

from mingjian.model.terms import named
from mingjian.model.texts import keys, say
from mingjian.model.types import UNKNOWN, Coverage, Evidence, Observation, Report
from mingjian.model.way import Guard, Passage, Way, told

_CODE = ("code", "flow")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A piece of evidence taken apart; `text` is the rest."""

    way: Way | None
    passage: Passage | None
    text: str


def drawn(observation: Observation, evidence: Evidence) -> Drawn:
    """The path that a piece of evidence tells. Only what code could do has one: an excerpt of a policy may hold any words."""
    if observation.mode != "possible" or observation.channel not in _CODE:
        return Drawn(None, None, evidence.excerpt)
    found = told(evidence.excerpt)
    return Drawn(found.way, found.passage, found.rest)


def unfollowed(report: Report) -> list[Coverage]:
    """What is told of code that was not read or could not be followed: the rows of the code that are not complete."""
    return [row for row in report.coverage if row.channel in _CODE and (row.status != "complete" or row.reason is not None)]


def phase_in_words(phase: str, lang: str) -> str:
    """What a reader calls a phase."""
    return say("report.phase_unknown", lang) if phase == UNKNOWN else named("phases", phase, lang)


def abbreviated(phase: str, lang: str) -> str:
    """A phase as short as a cell of a table needs it; the term itself where there is no short form."""
    return _known("report.matrix.phase", phase, lang)


def kind_in_words(kind: str, lang: str) -> str:
    """What a reader calls a kind of component."""
    return _known("why.kind", kind or UNKNOWN, lang)


def via_in_words(done: str, lang: str) -> str:
    """What was done to a value on its way."""
    return _known("report.flow.via", done, lang)


def guard_in_words(guard: Guard, lang: str) -> str:
    """The condition that every way passes, with its place."""
    named = say("why.guard.named", lang, name=guard.key) if guard.key is not None else ""
    return say(f"why.guard.{guard.flag}", lang, named=named, reads=guard.reads, place=guard.place)


def _known(key: str, term: str, lang: str) -> str:
    return say(f"{key}.{term}", lang) if f"{key}.{term}" in keys() else term
