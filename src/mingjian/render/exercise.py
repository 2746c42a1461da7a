"""What the code could do and no recorded run did: the functions to exercise next."""

from mingjian.model.terms import IDENTIFYING, within
from mingjian.model.types import UNKNOWN, Observation, Report


def unexercised(report: Report) -> list[Observation]:
    """The certain acts on identifying data that code could do and that no run showed by the same owner; none where calls were not
    recorded at all. That an act was not seen does not say that it never happens."""
    if not any(row.channel == "api" and row.status in ("complete", "partial") for row in report.coverage):
        return []
    done = {(item.data, item.actor) for item in report.observations if item.mode == "observed" and item.channel == "api"}
    possible: dict[tuple[str | None, str | None], Observation] = {}
    for item in report.observations:
        fits = item.mode == "possible" and item.certain and item.action == "collect" and item.actor not in (None, UNKNOWN)
        if fits and within(item.data, IDENTIFYING) and (item.data, item.actor) not in done:
            possible.setdefault((item.data, item.actor), item)
    return list(possible.values())
