"""Code against recordings: what the package could do and no run did is what to exercise next; what a run did has its place in code."""

from mingjian.model.terms import IDENTIFYING, within
from mingjian.model.types import UNKNOWN, Observation, Report


def unexercised(report: Report) -> list[Observation]:
    """The certain acts on identifying data that code could do and that no run showed by the same owner, one for each data and owner; none
    where calls were not recorded at all. That an act was not seen does not say that it never happens."""
    if not any(row.channel == "api" and row.status in ("complete", "partial") for row in report.coverage):
        return []
    done = {(item.data, item.actor) for item in report.observations if item.mode == "observed" and item.channel == "api"}
    possible: dict[tuple[str | None, str | None], Observation] = {}
    for item in report.observations:
        if _could(item) and item.certain and within(item.data, IDENTIFYING) and (item.data, item.actor) not in done:
            possible.setdefault((item.data, item.actor), item)
    return list(possible.values())


def sites_of(act: Observation, report: Report) -> list[Observation]:
    """The observations of code that can do what a run observed: the same data by the same owner."""
    if act.channel != "api" or act.actor in (None, UNKNOWN):
        return []
    return [item for item in report.observations if _could(item) and (item.data, item.actor) == (act.data, act.actor)]


def _could(item: Observation) -> bool:
    return item.mode == "possible" and item.channel == "code" and item.action == "collect" and item.actor not in (None, UNKNOWN)
