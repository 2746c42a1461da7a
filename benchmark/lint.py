"""What the collection of cases must hold: enough of each kind for every behaviour, a twin for each positive, a reason for each label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from benchmark.cases import BEHAVIOURS, Case, Kind, differences

LEAST: dict[Kind, int] = {"positive": 3, "negative": 3, "near_miss": 2}
MOST_DIFFERENCES = 8
"""So many places of the sources may differ between a positive and its twin: one fact may stand in code, recording and policy."""
_SHORTEST_REASON = 40


def faults(cases: Iterable[Case], behaviours: Iterable[str] = BEHAVIOURS) -> Iterator[str]:
    """Everything that is wrong, a line each."""
    known = {case.id: case for case in cases}
    counts = Counter((case.behaviour, case.kind) for case in known.values())
    for behaviour in behaviours:
        for kind, least in LEAST.items():
            if counts[behaviour, kind] < least:
                yield f"{behaviour}: {counts[behaviour, kind]} {kind}, at least {least}"
    for case in known.values():
        yield from _faults(case, known)


def _faults(case: Case, known: dict[str, Case]) -> Iterator[str]:
    if len(case.label.reason) < _SHORTEST_REASON:
        yield f"{case.id}: a label needs its reason, from the law and the facts"
    strange = sorted(set(case.label.also) - set(BEHAVIOURS))
    if strange:
        yield f"{case.id}: also {strange[0]}, which is no behaviour"
    if case.label.owner and not case.label.data:
        yield f"{case.id}: an owner of no data"
    if case.kind == "positive":
        if case.twin not in known:
            yield f"{case.id}: a positive needs its twin"
            return
        places = list(differences(case.sources, known[case.twin].sources))
        if not 0 < len(places) <= MOST_DIFFERENCES:
            yield f"{case.id}: differs from its twin in {len(places)} places: {', '.join(places[:12])}"
