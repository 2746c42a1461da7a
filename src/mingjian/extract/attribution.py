"""Who is charged with an act of code: by the frames of the ways that lead there."""

from collections.abc import Iterator, Sequence

from mingjian.extract.owner import Owners, in_library, in_platform
from mingjian.model.types import UNKNOWN
from mingjian.native.flow_answers import Way

_MADE = "$"
"""Begins the names of methods and classes that the analysis puts in for what the platform does."""


def owner_of_act(holder: str, ways: Sequence[Way], owners: Owners) -> str:
    """The owner of the frame that holds a call. Support code acts for whoever calls it: for the nearest frame that is neither the
    platform's nor support code, when every way is certain and all come to the same owner; else `unknown`."""
    if not in_library(holder):
        return owners.of(holder)
    if not ways or not all(way["certain"] for way in ways):
        return UNKNOWN
    callers = {_nearest(way, owners) for way in ways}
    return callers.pop() if len(callers) == 1 else UNKNOWN


def _nearest(way: Way, owners: Owners) -> str:
    """The owner of the last frame that acts of itself."""
    for name in _frames(way):
        if not in_platform(name) and not in_library(name):
            return owners.of(name)
    return UNKNOWN


def _frames(way: Way) -> Iterator[str]:
    """The classes on the way, from the place back to the entry point; what the analysis made is left out."""
    for link in reversed(way["chain"]):
        name, _, member = link["method"].partition("->")
        if not name.startswith(f"L{_MADE}") and not member.startswith(_MADE):
            yield name
