"""The ways of the core with whose code each method is."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from mingjian.extract.owner import Owners
from mingjian.model.way import Frame, Guard, Passage, Place, Step, Way
from mingjian.native.refusal_answers import CallLink, RefusalEnd, RequestReason


def way_of(row: Mapping[str, Any], owners: Owners, phase: str | None = None) -> Way:
    """A row of `ways` in the flows' answer; the phase is the core's (`app_start`, `ui`, `background`) unless another one is given."""
    guard = row["guard"]
    return Way(
        phase=phase or row["phase"],
        certain=row["certain"],
        kind=row["kind"],
        component=row["component"],
        triggers=tuple(row["triggers"]),
        frames=tuple(Frame(owner_of_method(link["method"], owners), Place(link["method"], link["unit"])) for link in row["chain"]),
        guard=Guard(guard["flag"], guard["key"], guard["reads"], Place(guard["method"], guard["unit"])) if guard else None,
        initiators=(owners.of(row["component"]),),
    )


def way_of_calls(chain: Sequence[str], unit: int | None, phase: str, owners: Owners) -> Way:
    """A chain of exact calls that begins in a component, of which nothing but the methods is known; `unit` is that of the place itself."""
    component = chain[0].partition("->")[0]
    units = [*[None] * (len(chain) - 1), unit]
    frames = (Frame(owner_of_method(method, owners), Place(method, at)) for method, at in zip(chain, units, strict=True))
    return Way(phase, True, "", component, (), tuple(frames), initiators=(owners.of(component),))


def passage_of(flow: Mapping[str, Any], owners: Owners) -> Passage:
    """A flow of the answer, from source to sink."""
    steps = (
        Step(step["what"], owner_of_method(step["method"], owners), Place(step["method"], step["unit"]), step["named"])
        for step in flow["path"]
    )
    return Passage(tuple(flow["via"]), tuple(steps))


def owner_of_method(method: str, owners: Owners) -> str:
    """Whose code a method is, written `La/B;->c(I)V`."""
    return owners.of(method.partition("->")[0])


def passage_to_end(end: RefusalEnd, owners: Owners) -> Passage:
    """The calls that only a refusal leads to, and the call that they end in."""
    links = end["chain"]
    steps = [
        Step("call", owner_of_method(link["method"], owners), _at(link), onward["method"]) for link, onward in itertools.pairwise(links)
    ]
    steps += [Step("ends", owner_of_method(link["method"], owners), _at(link), end["what"]) for link in links[-1:]]
    return Passage((), tuple(steps), kind="refused")


def passage_to_reason(reason: RequestReason, owners: Owners) -> Passage:
    """What explains a request before it is made."""
    place = Place(reason["method"], reason["unit"])
    return Passage((), (Step("explains", owner_of_method(reason["method"], owners), place, reason["what"]),), kind="explained")


def _at(link: CallLink) -> Place:
    return Place(link["method"], link["unit"])
