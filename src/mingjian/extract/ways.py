"""When places in the code are reached: the ways of the flow analysis where it was asked, else the chains from app start."""

from dataclasses import dataclass, replace
from functools import cache, cached_property

from mingjian.extract.owner import Owners
from mingjian.extract.paths import way_of, way_of_calls
from mingjian.model import way as paths
from mingjian.model.shipped import catalog
from mingjian.model.types import UNKNOWN
from mingjian.native import PackageReader
from mingjian.native.answers import Find
from mingjian.native.flow_answers import Guard, Way

APP_START, START_GUARDED = "app_start", "start_guarded"
_OF_COMPONENTS = {"service": "service", "receiver": "receiver"}


@dataclass(frozen=True, slots=True)
class Reached:
    """A phase in which a place is reached, with one way there; none when no way is known."""

    way: paths.Way | None = None

    @property
    def phase(self) -> str:
        """The term of the phase."""
        return self.way.phase if self.way else UNKNOWN

    @property
    def certain(self) -> bool:
        """Whether a way is known on which every call leads to one method only."""
        return self.way is not None and self.way.certain

    def lines(self) -> list[str]:
        """The way as lines of an excerpt."""
        return paths.lines_of_way(self.way) if self.way else []


NOWHERE = (Reached(),)
"""What is known of a place that no way is known to lead to."""


class Reaches:
    """The ways of one package."""

    def __init__(self, reader: PackageReader, owners: Owners) -> None:
        self._reader = reader
        self._owners = owners
        # An answer that was lost tells of no method at all.
        self._flows = reader.flows if reader.flows and reader.flows["methods"] else None

    def of_find(self, found: Find) -> tuple[Reached, ...]:
        """The phases in which a find is reached, one each; `NOWHERE` when no way is known."""
        method = found["method_id"]
        if method is None:
            return NOWHERE
        known = self._by_number.get((method, found["offset"] or 0))
        if known is None and self._chains_count:
            chain = self._chains.get(method)
            return (Reached(way_of_calls(chain, found["offset"], APP_START, self._owners)),) if chain else NOWHERE
        return known or NOWHERE

    def of_place(self, method: str, unit: int) -> tuple[Reached, ...]:
        """The same for a code unit of a method given as text, as the ends of flows are."""
        return self._by_text.get((method, unit), NOWHERE)

    @property
    def _chains_count(self) -> bool:
        """Whether chains of exact calls are told where no way is: without the flow analysis, and where it was cut."""
        flows = self._flows
        return flows is None or flows["spots"].get("budget", 0) > 0 or any(fault["code"] == "ways_cut" for fault in flows["faults"])

    @cached_property
    def _chains(self) -> dict[int, list[str]]:
        """From the id of a method with finds to the shortest chain by which app start reaches it."""
        chains: dict[int, list[str]] = {}
        for reached in self._reader.reached["reached"]:
            known = chains.get(reached["method_id"])
            if known is None or len(reached["chain"]) < len(known):
                chains[reached["method_id"]] = reached["chain"]
        return chains

    @cached_property
    def _by_number(self) -> dict[tuple[int, int], tuple[Reached, ...]]:
        table: dict[tuple[int, int], list[Way]] = {}
        for way in self._flows["ways"] if self._flows else ():
            if way["method_id"] is not None:
                table.setdefault((way["method_id"], way["unit"]), []).append(way)
        return {place: _phases(ways, self._owners) for place, ways in table.items()}

    @cached_property
    def _by_text(self) -> dict[tuple[str, int], tuple[Reached, ...]]:
        table: dict[tuple[str, int], list[Way]] = {}
        for way in self._flows["ways"] if self._flows else ():
            table.setdefault((way["method"], way["unit"]), []).append(way)
        return {place: _phases(ways, self._owners) for place, ways in table.items()}


def _phases(rows: list[Way], owners: Owners) -> tuple[Reached, ...]:
    """The best way of each phase: certain before uncertain, then the shortest; with it, who begins any way of the phase."""
    best: dict[str, paths.Way] = {}
    initiators: dict[str, set[str]] = {}
    for row in rows:
        way = _way(row, owners)
        initiators.setdefault(way.phase, set()).update(way.initiators)
        known = best.get(way.phase)
        if known is None or (not way.certain, len(way.frames)) < (not known.certain, len(known.frames)):
            best[way.phase] = way
    reached = {phase: Reached(replace(way, initiators=tuple(sorted(initiators[phase])))) for phase, way in best.items()}
    if best.keys() <= {APP_START, START_GUARDED} and not any(each.certain for each in best.values()):
        # That the code holds the call does not become doubtful with the way to it.
        reached[UNKNOWN] = Reached()
    return tuple(reached[phase] for phase in sorted(reached))


def _way(row: Way, owners: Owners) -> paths.Way:
    way = way_of(row, owners, _phase(row, tuple(link["method"] for link in row["chain"])))
    return replace(way, certain=False) if _is_open(row) else way


def _is_open(way: Way) -> bool:
    """Whether nobody knows if the app's start gets past a stored flag."""
    return way["phase"] == APP_START and _is_stored(way["guard"]) and not _decides(way["guard"])


def _is_stored(guard: Guard | None) -> bool:
    # A field may be a latch that says what was done already; only what an earlier run stored can be an answer to a question.
    return guard is not None and guard["flag"] == "stored"


def _decides(guard: Guard | None) -> bool:
    return guard is not None and guard["decides"]


def _phase(way: Way, chain: tuple[str, ...]) -> str:
    if way["phase"] == "app_start":
        return START_GUARDED if _is_stored(way["guard"]) and _decides(way["guard"]) else APP_START
    if any(method.partition("->")[2] in _jobs() for method in chain):
        return "job"
    # What runs without a screen in an activity, a provider or the application is begun by none of the phases that have a name.
    return "ui" if way["phase"] == "ui" else _OF_COMPONENTS.get(way["kind"], UNKNOWN)


@cache
def _jobs() -> frozenset[str]:
    return frozenset(catalog("lives")["jobs"])
