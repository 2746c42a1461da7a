"""Kleene's three-valued logic over `yes`, `no`, `unknown`."""

from collections.abc import Iterable

from mingjian.model.types import Truth


def both(values: Iterable[Truth]) -> Truth:
    """No if one is no, else unknown if one is unknown, else yes."""
    found: Truth = "yes"
    for value in values:
        if value == "no":
            return "no"
        if value == "unknown":
            found = "unknown"
    return found


def either(values: Iterable[Truth]) -> Truth:
    """Yes if one is yes, else unknown if one is unknown, else no."""
    found: Truth = "no"
    for value in values:
        if value == "yes":
            return "yes"
        if value == "unknown":
            found = "unknown"
    return found


def negated(value: Truth) -> Truth:
    """Yes for no, no for yes; unknown stays unknown."""
    if value == "unknown":
        return "unknown"
    return "no" if value == "yes" else "yes"


def truth(value: bool) -> Truth:
    """The truth of what is certain."""
    return "yes" if value else "no"
