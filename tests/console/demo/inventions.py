"""Small parts of the demo's market, quick to file."""

from collections.abc import Callable

from mingjian.console.demo.grievances import Grievance, grievances
from mingjian.console.demo.load import Invention
from mingjian.console.demo.market import Market, market
from mingjian.console.demo.stories import Story, casting

SURE = {
    "sdk-reads-before-consent",
    "app-reads-before-consent",
    "unnamed-sdk",
    "no-cancellation",
    "ticked-in-advance",
    "unrelated-permission",
}
"""Faults that break a clause whatever else was recorded or answered."""
ENDED = ("corrected", "restored", "new-problem")
"""Told beside one story for every state that is no end."""


def one_of_each() -> Invention:
    """A case in every state, a complaint of every kind, and the versions of their apps."""
    return _invention(lambda story: story.ends != "closed", lambda complaint: True)


def a_few() -> Invention:
    """Three cases that have ended, and two complaints that were answered."""
    return _invention(lambda story: False, lambda complaint: complaint.kind in ("replied", "added"))


def _invention(told: Callable[[Story], bool], complained: Callable[[Grievance], bool]) -> Invention:
    whole = market()
    sure = [each for each in whole.versions if SURE & set(each.faults) and each.dossier != "no_run"]
    cast = [each for each in casting(whole, lambda version: bool(version.faults)) if not each.version.faults or each.version in sure]
    going_on = tuple({each.ends: each for each in cast if told(each)}.values())
    taken = {each.version.app for each in going_on}
    early = [each for each in sure if each.half == "2026H1" and each.app not in taken]
    cases = (*going_on, *(Story(name, version, "cac") for name, version in zip(ENDED, early, strict=False)))
    complaints = tuple({each.kind: each for each in grievances(whole, cases, lambda version: ()) if complained(each)}.values())
    versions = tuple(each.version for each in cases)
    apps = {version.app for version in versions} | {each.version.app for each in complaints}
    return Invention(Market(tuple(app for app in whole.apps if app in apps), versions), cases, complaints)
