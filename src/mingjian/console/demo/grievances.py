"""Complaints of the demo: who complained of what and when, and how the house dealt with it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.cases.models import Case
from mingjian.console.complaints import followup, handling, intake
from mingjian.console.complaints.models import Complaint
from mingjian.console.demo.market import Market, SyntheticVersion, demo_data
from mingjian.console.demo.stories import Story, last_day
from mingjian.console.workdays import Calendar

_TAKEN = time(10, 15)
_BETWEEN = timedelta(minutes=7)


@dataclass(frozen=True, slots=True)
class Grievance:
    """One complaint before it is made. `number` tells it from the others; `clause` is empty where the complainant named none."""

    number: int
    kind: str
    version: SyntheticVersion
    clause: str
    began: date
    named: bool
    channel: str

    @property
    def language(self) -> str:
        """The language in which it is written."""
        return "en" if self.number % 6 == 0 else "zh"


def grievances(
    market: Market, cast: Sequence[Story], clauses: Callable[[SyntheticVersion], Sequence[str]], seed: int = 11
) -> tuple[Grievance, ...]:
    """All complaints, in the order of their kinds. `clauses` are those that a version was found to break."""
    random = Random(seed)  # noqa: S311  what is invented here is no secret
    told = demo_data("complaints")
    with_cases = [story.version for story in cast if "finish" in story.steps and story.ends == "closed"]
    found: list[Grievance] = []
    for kind, row in told["kinds"].items():
        for _ in range(row["number"]):
            joined = row.get("joined", False)
            version = random.choice(with_cases if joined else [each for each in market.versions if _can_begin(kind, each)])
            broken = [clause for clause in clauses(version) if clause in told["descriptions"]]
            clause = random.choice([*broken, ""])
            for _ in range(1 + row.get("again", 0)):
                named, channel = random.random() < told["named"], random.choices(*zip(*told["channels"].items(), strict=True))[0]
                began = _began(kind, version, random.randint(0, 2))
                found.append(Grievance(len(found) + 1, kind, version, clause, began, named, channel))
    return tuple(found)


def _can_begin(kind: str, version: SyntheticVersion) -> bool:
    """Whether a complaint of this kind about this version ends in time; one that still goes on is dated from its end."""
    return "idle" in _row(kind) or Calendar().after(version.at.date(), _days(kind) + 3) <= last_day()


def _began(kind: str, version: SyntheticVersion, later: int) -> date:
    row = _row(kind)
    if "idle" in row:
        return Calendar().before(last_day(), _days(kind) + 1 + later * row["idle"] // 3)
    return Calendar().after(version.at.date(), 1 + later)


def _days(kind: str) -> int:
    return sum(step for step in _row(kind)["steps"] if isinstance(step, int))


def _row(kind: str) -> dict[str, Any]:
    row: dict[str, Any] = demo_data("complaints")["kinds"][kind]
    return row


def handle(grievance: Grievance, people: Mapping[str, User]) -> Iterator[tuple[datetime, Callable[[], None]]]:
    """The deeds of one complaint with their moments; each has to be done before the next is asked for."""
    at = datetime.combine(grievance.began, _TAKEN, clock.PLACE) + grievance.number % 50 * timedelta(minutes=3)
    desk = _Desk(grievance, people)
    for step in _row(grievance.kind)["steps"]:
        if isinstance(step, int):
            at = datetime.combine(Calendar().after(at.date(), step), at.time(), clock.PLACE)
            continue
        yield at, partial(desk.do, step)
        at += _BETWEEN


class _Desk:
    """One complaint on somebody's desk."""

    def __init__(self, grievance: Grievance, people: Mapping[str, User]) -> None:
        self._grievance = grievance
        self._inspector, self._reviewer = people["inspector"], people["reviewer"]
        self._key = 0

    def do(self, step: str) -> None:
        """What one word of the kind asks for, now."""
        told, lang, by = demo_data("complaints"), self._grievance.language, self._inspector
        if step == "take":
            self._key = _take(self._grievance)
            return
        complaint = Complaint.objects.get(pk=self._key)
        match step:
            case "take_on":
                handling.take_on(complaint, by)
            case "accept":
                handling.accept(complaint, by, clause=self._grievance.clause)
            case "reject":
                handling.reject(complaint, by, told["refused"][lang])
            case "reply":
                handling.propose_reply(complaint, told["replies"]["accepted" if complaint.accepted else "refused"][lang], by)
            case "confirm" | "return":
                reply = complaint.replies.get(confirmed=None)
                handling.decide_reply(reply, self._reviewer, confirmed=step == "confirm")
            case "group":
                others = list(handling.similar(complaint, by))
                if others:
                    handling.group(complaint, others, by)
            case "link":
                case = Case.objects.filter(app=complaint.app, closed_at=None).first()
                if case is not None:
                    handling.link(complaint, case, by)
            case "add":
                followup.add(complaint, told["added"][lang], [])
            case "withdraw":
                followup.withdraw(complaint)
            case "erase":
                followup.erase(complaint)


def _take(grievance: Grievance) -> int:
    """Takes the complaint as the public form does; its key."""
    told, lang, app = demo_data("complaints"), grievance.language, grievance.version.app
    who = {"name": told["name"][lang].format(number=grievance.number), "contact": told["contact"].format(number=grievance.number)}
    complaint = intake.take(
        intake.Told(
            app_name=app.label,
            description=told["descriptions"][grievance.clause][lang],
            package=app.package,
            version=grievance.version.version,
            store=app.store,
            device=told["device"][lang],
            clause=grievance.clause,
            happened_on=Calendar().before(grievance.began, 1),
            may_contact=grievance.named,
            **(who if grievance.named else {}),
        ),
        channel=grievance.channel,
    ).complaint
    return int(complaint.pk)
