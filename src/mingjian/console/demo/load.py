"""The demo's market put into an empty console in the order of time, through the functions that the console's pages call."""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice

from django.db import transaction

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.cases.documents import PRINT
from mingjian.console.demo import lake
from mingjian.console.demo.desk import ConsoleDesk
from mingjian.console.demo.filing import conclude, file, register
from mingjian.console.demo.grievances import Grievance, grievances, handle
from mingjian.console.demo.market import Market, SyntheticVersion, market
from mingjian.console.demo.people import demo_password, make_house
from mingjian.console.demo.reports import report_of
from mingjian.console.demo.stories import Story, casting, last_day, tell
from mingjian.console.figures import edition
from mingjian.console.figures.models import Edition
from mingjian.console.inspections.models import Inspection
from mingjian.console.market.models import App
from mingjian.console.work.models import Job
from mingjian.console.workdays import Calendar
from mingjian.judge import load
from mingjian.model.texts import say
from mingjian.model.types import Report

Deeds = Iterator[tuple[datetime, Callable[[], object]]]
"""What is done about one thing, in order of time; each deed is done before the next is asked for."""

ReportOn = Callable[[SyntheticVersion], Report]

_AFTERNOON = time(16, 30)
_BEGUN = datetime(2026, 1, 4, 9, tzinfo=clock.PLACE)
"""When the demo's house opened; a make-up workday."""
_REPORTED = datetime(2026, 7, 10, 9, tzinfo=clock.PLACE)
"""When the first half-year's figures were counted."""
_LEFT_UNDECIDED = 4
"""Results of so many working days before the last wait for a decision."""
_BETWEEN_PRINTS = timedelta(seconds=3)
_TOLD_EVERY = 400
"""Deeds between two lines of progress."""


def build(told: Callable[[str], None], lang: str = "zh") -> None:
    """Fills an empty console with the demo, all or nothing; one that holds apps is left as it is. `told` is given lines of progress, and at
    last the names and the password of the demo's people."""
    if not App.objects.exists():
        invent(told, lang)
        _print_later()
    names = User.objects.filter(is_active=True).exclude(username__contains="-").order_by("pk").values_list("username", flat=True)
    told(say("console.demo.people", lang, names=", ".join(names), password=demo_password()))


def invent(told: Callable[[str], None], lang: str = "zh", more_cases: int = 0) -> None:
    """Fills an empty console with the whole market, and with so many further cases of the usual kind."""
    told(say("console.demo.judging", lang))
    pack, versions = load("cac-2019"), market()
    reports = {version: report_of(version, pack) for version in versions.versions}
    cast = casting(versions, lambda version: bool(_broken(reports[version])), more_cases)
    complaints = grievances(versions, cast, lambda version: _broken(reports[version]))
    fill(Invention(versions, cast, complaints), reports, lambda done: told(say("console.demo.filing", lang, done=done)))


def _print_later() -> None:
    """Has the documents printed one after another with pauses, the newest first, so that what a visitor sets going is not kept waiting."""
    now = clock.now()
    jobs = list(Job.objects.filter(task=PRINT).order_by("-run_at", "-pk"))
    for place, job in enumerate(jobs):
        job.run_at = now + place * _BETWEEN_PRINTS
    Job.objects.bulk_update(jobs, ["run_at"], batch_size=200)


def _broken(report: Report) -> list[str]:
    """The clauses that were found broken."""
    return [finding.clause for finding in report.findings if finding.verdict in ("violated", "suspected")]


@dataclass(frozen=True, slots=True)
class Invention:
    """All that is invented: the market, its cases and its complaints."""

    market: Market
    cases: Sequence[Story]
    complaints: Sequence[Grievance]


def fill(invented: Invention, reports: dict[SyntheticVersion, Report], progress: Callable[[int], None]) -> None:
    """Puts what was invented into an empty console, in one transaction. `reports` are those that are known; the others are made.
    `progress` is told how many deeds are done."""
    pack = load("cac-2019")

    def known(version: SyntheticVersion) -> Report:
        if version not in reports:
            reports[version] = report_of(version, pack)
        return reports[version]

    lake.fill(invented.market, known)
    with transaction.atomic():
        with clock.stopped_at(_BEGUN):
            people = make_house()
            register(invented.market.apps)
        bodies = {story.version: story.body for story in invented.cases}
        things: list[Deeds] = [_inspected(version, known, people, bodies.get(version)) for version in invented.market.versions]
        things += [tell(story, ConsoleDesk(story, people, known)) for story in invented.cases]
        things += [handle(complaint, people) for complaint in invented.complaints]
        things.append(_figures(people))
        for number, (at, deed) in enumerate(in_order(things), 1):
            with clock.stopped_at(at):
                deed()
            if number % _TOLD_EVERY == 0:
                progress(number)
        record("demo.built", versions=len(invented.market.versions), cases=len(invented.cases), complaints=len(invented.complaints))


def in_order(things: Sequence[Deeds]) -> Deeds:
    """The deeds of all things by their moments; of two at one moment that of the earlier thing comes first."""
    waiting: list[tuple[datetime, int, Callable[[], object]]] = []

    def ask(place: int) -> None:
        for at, deed in islice(things[place], 1):
            heapq.heappush(waiting, (at, place, deed))

    for place in range(len(things)):
        ask(place)
    while waiting:
        at, place, deed = heapq.heappop(waiting)
        yield at, deed
        ask(place)


def _inspected(version: SyntheticVersion, report_on: ReportOn, people: Mapping[str, User], body: str | None) -> Deeds:
    """A version is inspected; what no case waits for is decided a working day later, but for some of the last."""
    filed: list[Inspection] = []
    yield version.at, lambda: filed.append(file(version, report_on(version), people["inspector"], body=body or ""))
    day = Calendar().after(version.at.date(), 1)
    left = Calendar().before(last_day(), _LEFT_UNDECIDED) < day and version.app.number % 2 == 0
    if body is None and not left and day <= last_day():
        dismissed = version.app.number % 9 == 4
        yield datetime.combine(day, _AFTERNOON, clock.PLACE), lambda: conclude(filed[0], people, dismissed=dismissed)


def _figures(people: Mapping[str, User]) -> Deeds:
    """The first half-year is counted and published after its end, the second counted as it stands."""
    counted: list[Edition] = []
    yield _REPORTED, lambda: counted.append(edition.compute("2026H1", people["inspector"]))
    yield _REPORTED + timedelta(hours=1), lambda: edition.propose(counted[0], people["reviewer"])
    yield _REPORTED + timedelta(hours=2), lambda: edition.publish(counted[0], people["publisher"])
    yield datetime.combine(last_day(), time(16), clock.PLACE), lambda: lake.draw("2026H2", people["inspector"])
    yield datetime.combine(last_day(), time(17), clock.PLACE), lambda: edition.compute("2026H2", people["inspector"])
