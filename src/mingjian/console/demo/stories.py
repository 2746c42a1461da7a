"""How the cases of the demo went: which version each began with, and deed by deed what was recorded, by whom and when."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any, Protocol

from mingjian.console import clock
from mingjian.console.cases.guards import sharper_fault
from mingjian.console.cases.state import CaseState
from mingjian.console.demo.market import Market, SyntheticVersion, demo_data
from mingjian.console.workdays import Calendar

_MORNING = time(9, 30)
_BETWEEN = timedelta(minutes=11)
"""How long one deed of a day comes after the one before."""
_ANEW = ("policy-far-away", "no-complaint-channel", "ticked-in-advance")
"""Faults that a corrected version may bring with it."""


_USUAL = "rectified"
"""The story that is told most often."""
_METHODS = {"operator": "portal"}
"""How papers reach their addressees; stores are told electronically."""


@dataclass(frozen=True, slots=True)
class Story:
    """One case to be told, with the version that it is about, before `body`."""

    name: str
    version: SyntheticVersion
    body: str

    @property
    def steps(self) -> tuple[str | int, ...]:
        return tuple(_row(self.name)["steps"])

    @property
    def ends(self) -> str:
        """The state in which it leaves the case, on the demo's last day."""
        return str(_row(self.name)["ends"])

    @property
    def language(self) -> str:
        """The language in which its people write."""
        return "en" if self.version.app.number % 5 == 0 else "zh"


@dataclass(frozen=True, slots=True)
class Inspected:
    """An inspection with its result: what was found, as problems of a case."""

    id: str
    sha256: str
    problems: Sequence[Mapping[str, str]]


class Desk(Protocol):
    """Where a case is handled: the tables of the console, or in tests the bare machine."""

    def state(self) -> CaseState:
        """The case as its events leave it."""

    def record(self, role: str, kind: str, data: Mapping[str, Any]) -> None:
        """Records an event by a person of that role, now."""

    def inspect(self, version: SyntheticVersion) -> Inspected:
        """The inspection of a version; made now when there is none yet."""

    def make_public(self, kind: str) -> None:
        """Puts the last document of that kind on the public list, now."""

    def complaint(self) -> str:
        """The id of a complaint about the app, taken now."""


def last_day() -> date:
    """The day on which the demo's market stands still."""
    day: date = demo_data("stories")["today"]
    return day


def casting(market: Market, troubled: Callable[[SyntheticVersion], bool], more: int = 0, seed: int = 7) -> tuple[Story, ...]:
    """Every story with a version that fits it; no app has two cases. `troubled` says whether problems were found in a version. `more` are
    further cases of the usual kind, for a market in which more apps have one."""
    random = Random(seed)  # noqa: S311  what is invented here is no secret
    bodies: dict[str, int] = demo_data("stories")["bodies"]
    rows: dict[str, Any] = demo_data("stories")["stories"]
    fitting = {name: [each for each in market.versions if _fits(row, each, troubled)] for name, row in rows.items()}
    wanted = {name: row["cases"] + (more if name == _USUAL else 0) for name, row in rows.items()}
    cast: list[Story] = []
    while wanted:
        # Whoever has the fewest to choose from chooses first.
        name = min(wanted, key=lambda name: len(fitting[name]) / wanted[name])
        version = random.choice(fitting[name])
        cast.append(Story(name, version, random.choices(list(bodies), list(bodies.values()))[0]))
        fitting = {other: [each for each in free if each.app != version.app] for other, free in fitting.items()}
        wanted = {other: number - (other == name) for other, number in wanted.items() if number > (other == name)}
    return tuple(cast)


def _fits(row: Mapping[str, Any], version: SyntheticVersion, troubled: Callable[[SyntheticVersion], bool]) -> bool:
    if "begins_before" in row:
        return version.half == "2026H2" and troubled(version)
    if troubled(version) != (row["finds"] == "problems"):
        return False
    steps = row["steps"]
    days = sum(step for step in steps[steps.index("test") :] if isinstance(step, int))
    ended = Calendar().after(version.at.date(), days) if days else version.at.date()
    earliest = Calendar().before(last_day(), row["idle"]) if "idle" in row else date.min
    return earliest <= ended <= last_day()


def tell(story: Story, desk: Desk) -> Iterator[tuple[datetime, Callable[[], None]]]:
    """The deeds of a story with their moments, in order. Each has to be done before the next is asked for: what follows depends on it."""
    at, teller = _beginning(story), _Teller(story, desk)
    for step in story.steps:
        if isinstance(step, int):
            at = datetime.combine(Calendar().after(at.date(), step), _MORNING, clock.PLACE)
            continue
        at = max(at, story.version.at) if step == "test" else at
        yield at, partial(teller.do, step, at)
        at += _BETWEEN


def _beginning(story: Story) -> datetime:
    row = _row(story.name)
    if "begins_before" in row:
        return datetime.combine(Calendar().before(last_day(), row["begins_before"]), _MORNING, clock.PLACE)
    days = sum(step for step in story.steps[: story.steps.index("test")] if isinstance(step, int))
    return datetime.combine(Calendar().before(story.version.at.date(), days), _MORNING, clock.PLACE)


def _row(name: str) -> dict[str, Any]:
    row: dict[str, Any] = demo_data("stories")["stories"][name]
    return row


class _Teller:
    """Turns the words of a story into events, by what the case has come to at that moment."""

    def __init__(self, story: Story, desk: Desk) -> None:
        self._story = story
        self._desk = desk
        self._offered = story.version
        self._tested = Inspected("", "", ())
        words: dict[str, dict[str, str]] = demo_data("stories")["words"]
        self._words = {key: row[story.language] for key, row in words.items()}

    def do(self, step: str, at: datetime) -> None:
        """What one word of a story asks for."""
        word, _, more = step.partition(" ")
        match word:
            case "test":
                self._hand_in("inspector", "testing_started", self._offered)
            case "retest":
                self._hand_in("inspector", "retest_started", self._corrected(more, at))
            case "list":
                self._desk.make_public(more)
            case "relist":
                self._hand_in("operator", "relist_requested", self._corrected(more, at))
            case _:
                for role, kind, data in self._events(word, more, at):
                    self._desk.record(role, kind, data)

    def _hand_in(self, role: str, kind: str, version: SyntheticVersion) -> None:
        self._offered = version
        self._tested = self._desk.inspect(version)
        file = {} if kind == "testing_started" else {"version": version.version, "sha256": version.sha256}
        self._desk.record(role, kind, {"inspection": self._tested.id, **file})

    def _corrected(self, result: str, at: datetime) -> SyntheticVersion:
        """The version that is handed in, which turns out to have that result."""
        match result:
            case "persisting":
                # Seen as the first was, or what persists might be found in another way and count as new.
                again = self._offered.corrected(at, self._offered.faults)
                return replace(again, dossier=self._offered.dossier, reviewed=self._offered.reviewed)
            case "new":
                return self._offered.corrected(at, [fault for fault in _ANEW if fault not in self._story.version.faults][:1])
        return self._offered.corrected(at)

    def _events(self, word: str, more: str, at: datetime) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Role, kind and data of each event that is recorded."""
        state, words, version = self._desk.state(), self._words, self._offered
        open_problems = [each.id for each in state.unresolved]
        match word:
            case "open":
                app = {"package": version.app.package, "app": version.app.label, "operator": version.app.operator}
                yield "inspector", "opened", {"origin": "plan", **app, "body": self._story.body}
            case "link":
                yield "inspector", "complaint_linked", {"complaint": self._desk.complaint()}
            case "sample":
                yield "inspector", "sampled", {"version": version.version, "sha256": version.sha256, "source": words["source"]}
            case "finish":
                yield "inspector", "test_finished", {**self._result(), "problems": list(self._tested.problems)}
            case "result":
                yield "inspector", "retest_finished", {**self._result(), **self._compared(state)}
            case "answer":
                some = open_problems[: (len(open_problems) + 1) // 2] if self._story.name == "partly-answered" else open_problems
                for problem in some:
                    told = {"cause": words["cause"], "change": words["change"], "disputed": False}
                    yield "operator", "answered", {"problem": problem, **told}
            case "report":
                yield "operator", "rectification_reported", {"statement": words["statement"]}
            case "ask_extension":
                yield "operator", "extension_requested", {"term": _term("extension"), "reason": words["extension"]}
            case "note_overdue":
                if state.deadline:
                    yield "inspector", "overdue_noted", {"ended": state.deadline.ends.isoformat()}
            case "confirm":
                yield "reviewer", "confirmed", {"of": state.pending[0].seq}
            case "send_back":
                yield "reviewer", "returned", {"of": state.pending[0].seq, "reason": words["sent_back"]}
            case "serve":
                for due in state.documents_due:
                    method = _METHODS.get(due.to, "electronic")
                    yield "inspector", "served", {"of": due.of, "to": due.to, "served_at": at.isoformat(), "method": method}
            case "publish":
                due = next(due for due in state.documents_due if due.step == "publish" and due.act == (more or "naming"))
                yield "publisher", "published", {"of": due.of, "place": words["place"]}
            case "removed":
                for store in state.stores:
                    yield (
                        "inspector",
                        "store_removed",
                        {"store": store.name, "removed_on": at.date().isoformat(), "proof": words["removed"]},
                    )
            case "put_back":
                for store in state.stores:
                    told = {"restored_on": at.date().isoformat(), "proof": words["put_back"]}
                    yield "inspector", "store_restored", {"store": store.name, **told}
            case _:
                yield "inspector", "proposed", self._proposal(word, more, at, state)

    def _result(self) -> dict[str, Any]:
        return {"inspection": self._tested.id, "sha256": self._tested.sha256}

    def _compared(self, state: CaseState) -> dict[str, Any]:
        """What became of the problems of the case in the version that was tested again."""
        found, known = {each["id"] for each in self._tested.problems}, {each.id for each in state.problems}
        return {
            "fixed": [each.id for each in state.problems if each.id not in found and each.status != "withdrawn"],
            "persisting": [each.id for each in state.problems if each.id in found],
            "not_reached": [],
            "new": [dict(each) for each in self._tested.problems if each["id"] not in known],
        }

    def _proposal(self, word: str, more: str, at: datetime, state: CaseState) -> dict[str, Any]:
        """The data of an act that needs a second person."""
        words = self._words
        problems = {"problems": [each.id for each in state.unresolved]}
        body = {"body": self._story.body}
        match word:
            case "order":
                return {"act": "order", **body, "term": _term("order"), **problems}
            case "name":
                return {"act": "naming", **body, "term": _term("naming"), **_as_sharp_as(word, state)}
            case "take_down":
                return {"act": "takedown", **body, "term": _term("takedown"), "stores": self._stores(), **_as_sharp_as(word, state)}
            case "return":
                return {"act": "report_return", **problems, "reason": words["returned"]}
            case "extend":
                request = state.extensions[-1].seq
                return {"act": "extension", "request": request, "granted": True, "term": _term("extension"), "reason": words["granted"]}
            case "withdraw":
                return {"act": "withdrawal", "problems": [each.id for each in state.problems], "reason": words["withdrawn"]}
            case "correct":
                return {"act": "correction", "problems": list(state.to_correct), "text": words["correction"]}
            case "restore":
                return {"act": "restoration", "reason": words["restored"]}
            case "escalate":
                told = {"decided_by": words["decided_by"], "decided_on": at.date().isoformat(), "reference": words["reference"]}
                return {"act": "escalation", "measure": "penalty", **told}
            case "reply":
                return {"act": "reply", "text": words["reply"]}
            case "close":
                return {"act": "closing", "outcome": more, "reason": words["closed" if more == "rectified" else more]}
        raise LookupError(word)

    def _stores(self) -> list[str]:
        """The store that the app came from, and the next one of the list."""
        names = [row["name"] for row in demo_data("market")["stores"]]
        own = names.index(self._story.version.app.store)
        return [names[own], names[(own + 1) % len(names)]]


def _as_sharp_as(word: str, state: CaseState) -> dict[str, list[str]]:
    """The problems that have gone the way so far and may carry the next act."""
    act = {"name": "naming", "take_down": "takedown"}[word]
    return {"problems": [each.id for each in state.unresolved if sharper_fault(state, act, [each.id]) is None]}


def _term(act: str) -> dict[str, Any]:
    return {"unit": "working_days", "amount": demo_data("stories")[f"{act}_days"]}
