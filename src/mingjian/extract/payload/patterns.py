"""Personal data that show by their form alone, under whatever name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mingjian.extract import checks
from mingjian.model.shipped import catalog

_RESIDENT_ID = re.compile(r"\d{17}[\dXx]")
_MOBILE = re.compile(r"\+86[ -]?1[3-9]\d{9}(?!\d)")
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+/:@-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9@/:-])")
_MIDDLE_OF_MAC = re.compile(r"([:-])[0-9A-Fa-f]{2}\1[0-9A-Fa-f]{2}\1")
_MAC = re.compile(r"(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])")
_QUOTED_PAIR = re.compile(r"\"(-?\d{1,3}\.\d{4,17}\s{0,4}[,;|_ ]\s{0,4}-?\d{1,3}\.\d{4,17})\"")
_BEFORE_ADDRESS = 64
_PART_OF_CHINA = ((18.0, 54.0), (73.0, 136.0))


@dataclass(frozen=True, slots=True)
class Shown:
    """What a text shows: the data, the characters, and whether nothing else looks like that."""

    data: str
    text: str
    sure: bool


def shown(text: str) -> Iterator[Shown]:
    """Everything in a text that its form gives away. Cheap for texts that show nothing, however long."""
    for found in _RESIDENT_ID.finditer(text):
        if _stands_alone(text, found.start(), found.end()) and checks.resident_id(found[0]):
            yield Shown("identity.id_card", found[0], sure=True)
    if "+86" in text:
        for found in _MOBILE.finditer(text):
            if checks.mobile(found[0]):
                yield Shown("basic.phone_number", found[0], sure=True)
    if _MIDDLE_OF_MAC.search(text) is not None:
        for found in _MAC.finditer(text):
            if checks.mac(found[0]):
                # Without a name it may be the device's or that of the router beside it.
                yield Shown("device.mac_wifi", found[0], sure=False)
    yield from _addresses(text)


def quoted_places(text: str) -> Iterator[str]:
    """Pairs of numbers in quotes that `place` would take for a place."""
    for found in _QUOTED_PAIR.finditer(text):
        if place(found[1]):
            yield found[1]


def place(text: str) -> bool:
    """Whether a whole text is two exact numbers that, in either order, lie in or near China: a hint, no more."""
    pair = checks.coordinates(text)
    if pair is None or min(len(each.partition(".")[2]) for each in pair) <= catalog("payload")["precise_decimals"]:
        return False
    numbers = [float(each) for each in pair]
    return any(
        all(low <= each <= high for each, (low, high) in zip(order, _PART_OF_CHINA, strict=True)) for order in (numbers, numbers[::-1])
    )


def _addresses(text: str) -> Iterator[Shown]:
    at = text.find("@")
    while at >= 0:
        found = _EMAIL.search(text, max(0, at - _BEFORE_ADDRESS - 1), at + 330)
        if found is not None and found.start() < at < found.end() and checks.email(found[0]):
            # Without a name it may be anybody's.
            yield Shown("basic.email", found[0], sure=False)
        at = text.find("@", at + 1)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no letter or digit touches a part of a text."""
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    return not (before and (before.isalnum() or before in "._-") and before.isascii()) and not (after.isascii() and after.isalnum())
