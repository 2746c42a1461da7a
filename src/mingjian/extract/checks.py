"""Tests that values of a kind pass and chance hardly does: check digits, dates, number ranges."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache

from mingjian.model.shipped import catalog

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_REMAINDERS = "10X98765432"
_RESIDENT_ID = re.compile(r"([1-9]\d)\d{4}((?:18|19|20)\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dXx]")
_MOBILE = re.compile(r"(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2})")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")
_IDENTIFIER = re.compile(r"(?:[0-9A-Fa-f]{16}|[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})|" + _UUID.pattern)
_PAIR = re.compile(r"\s*(-?\d{1,3}\.\d{1,17})\s{0,4}[,;|_ ]\s{0,4}(-?\d{1,3}\.\d{1,17})\s*")


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def imei(text: str) -> bool:
    """15 digits with a check digit, or 16 with a software version instead, that begin as a type allocation code does."""
    if not _digits(text, 15, 16) or text[:2] not in _set("tac_begins") or _dull(text):
        return False
    return luhn(text) if len(text) == 15 else text.startswith(("35", "86"))


def meid(text: str) -> bool:
    """14 hexadecimal digits of which the first is a letter, with or without a check digit."""
    return re.fullmatch(r"[A-Fa-f][0-9A-Fa-f]{13,14}", text) is not None and not _dull(text)


def imsi(text: str) -> bool:
    """15 digits of a subscriber in China."""
    return _digits(text, 15) and text.startswith(("460", "461", "454", "455", "466")) and not _dull(text[3:])


def iccid(text: str) -> bool:
    """19 or 20 digits of a telephone card (89) with a check digit; cards of China hold letters, and no check digit then."""
    bare = text.upper()
    if re.fullmatch(r"8986[0-9A-F]{15,16}", bare) is None:
        return _digits(bare, 19, 20) and bare.startswith("89") and luhn(bare)
    return not bare.isdigit() or luhn(bare) or len(bare) == 20


def mac(text: str) -> bool:
    """Six bytes of one device: no group address, no stand-in."""
    found = _MAC.fullmatch(text)
    if found is None:
        return False
    bare = re.sub("[:-]", "", text).lower()
    return not int(bare[1], 16) & 1 and not _dull(bare) and bare != "020000000000" and not (bare.isdigit() and not found[1])


def android_id(text: str) -> bool:
    """64 bits in hexadecimal; leading zeros may be left out."""
    return re.fullmatch(r"[0-9A-Fa-f]{15,16}", text) is not None and not _dull(text)


def uuid(text: str) -> bool:
    """128 bits that are not all alike."""
    return _UUID.fullmatch(text) is not None and not _dull(text.replace("-", ""))


def identifier(text: str) -> bool:
    """A UUID, or as many hexadecimal digits as the makers' own forms of it have."""
    return _IDENTIFIER.fullmatch(text) is not None and not _dull(text.replace("-", ""))


def mobile(text: str) -> bool:
    """A mobile number of China."""
    return _MOBILE.fullmatch(text.strip()) is not None and not _dull(text[-8:])


def email(text: str) -> bool:
    """An address that may be a person's."""
    if _EMAIL.fullmatch(text) is None:
        return False
    name, _, host = text.lower().rpartition("@")
    return name not in _set("role_mailboxes") and host.rpartition(".")[2] not in _set("file_endings")


def resident_id(text: str) -> bool:
    """18 characters of GB 11643: region, a date that exists, check character."""
    found = _RESIDENT_ID.fullmatch(text)
    if found is None or found[1] not in _set("regions"):
        return False
    try:
        date(int(found[2]), int(found[3]), int(found[4]))
    except ValueError:
        return False
    return _REMAINDERS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False)) % 11] == text[17].upper()


def bank_card(text: str) -> bool:
    """13 to 19 digits with a check digit that begin as payment cards do."""
    bare = text.replace(" ", "")
    return _digits(bare, *range(13, 20)) and bare.startswith(tuple(_set("card_begins"))) and luhn(bare) and not _dull(bare)


def pair(text: str) -> bool:
    """Two numbers that can be a place on Earth."""
    return coordinates(text) is not None


def coordinates(text: str) -> tuple[str, str] | None:
    """The two numbers of a place written as one text, as they stand; none when they cannot be one."""
    found = _PAIR.fullmatch(text)
    return (found[1], found[2]) if found and plausible(found[1], found[2]) else None


def plausible(first: str, second: str) -> bool:
    """Whether two numbers can be latitude and longitude, in either order, and are not the places where nobody is."""
    one, other = abs(float(first)), abs(float(second))
    return max(one, other) <= 180 and min(one, other) <= 90 and max(one, other) >= 1 and one != other


def passes(check: str | None, text: str) -> bool:
    """Whether a value passes the check of this name; nothing passes none."""
    test = _CHECKS.get(check or "")
    return test is not None and test(text)


_CHECKS: dict[str, Callable[[str], bool]] = {
    "imei": imei,
    "meid": meid,
    "imsi": imsi,
    "iccid": iccid,
    "mac": mac,
    "android_id": android_id,
    "uuid": uuid,
    "identifier": identifier,
    "mobile": mobile,
    "email": email,
    "resident_id": resident_id,
    "bank_card": bank_card,
    "pair": pair,
}


def _digits(text: str, *lengths: int) -> bool:
    return len(text) in lengths and text.isascii() and text.isdigit()


def _dull(text: str) -> bool:
    """Whether a value is made of one or two characters or counts up: stand-ins, not values."""
    return len(set(text.lower())) <= 2 or text in "0123456789012345678901234567890"


@cache
def _set(name: str) -> frozenset[str]:
    return frozenset(catalog("payload")[name])
