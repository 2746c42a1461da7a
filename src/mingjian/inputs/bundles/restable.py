"""The table of resources of a HarmonyOS module (`resources.index`), of both versions: texts by number, Chinese or default."""

import struct
from collections.abc import Iterable, Iterator

from mingjian.inputs.bundles.unreadable import UnreadableError

_VERSION = 128
_MOST = 200_000
_MOST_STEPS = 5_000_000
_STRING = 9
_LANGUAGE = 0
_ZH = int.from_bytes(b"zh", "big")
_LONGEST = 2000


def texts(content: bytes, wanted: Iterable[int]) -> dict[int, str]:
    """The texts with these numbers: in Chinese where there is such, else in the default language, else in any. Raises
    `UnreadableError`."""
    numbers = frozenset(wanted)
    second = b"RestoolV2" in content[:_VERSION]
    found: dict[int, tuple[int, int, int]] = {}
    try:
        for rank, number, at, length in (_second if second else _first)(content, numbers):
            if number not in found or rank < found[number][0]:
                found[number] = (rank, at, length)
    except struct.error as error:
        raise UnreadableError("resources", str(error)[:100]) from error
    # Rows may share a long text, so only those that are wanted in the end are made.
    return {number: _text(content, at, length) for number, (_, at, length) in found.items()}


def _first(content: bytes, wanted: frozenset[int]) -> Iterator[tuple[int, int, int, int]]:
    """For each text its rank, its number, where it is and how long."""
    (count,) = struct.unpack_from("<I", content, _VERSION + 4)
    at = _VERSION + 8
    steps = 0
    _refuse_over(count)
    for _ in range(count):
        _, offset, keys = struct.unpack_from("<4sII", content, at)
        rank, at = _rank(content, at + 12, keys)
        (items,) = struct.unpack_from("<I", content, offset + 4)
        steps += items
        if steps > _MOST_STEPS:
            # Sets may overlap in a file made for it, and each be as long as the file.
            raise UnreadableError("resources", str(steps))
        for item in range(items):
            number, place = struct.unpack_from("<II", content, offset + 8 + 8 * item)
            if number in wanted:
                _, kind, _, length = struct.unpack_from("<IIIH", content, place)
                if kind == _STRING:
                    yield rank, number, place + 14, length


def _second(content: bytes, wanted: frozenset[int]) -> Iterator[tuple[int, int, int, int]]:
    count, data = struct.unpack_from("<II", content, _VERSION + 4)
    at = _VERSION + 12
    ranks: dict[int, int] = {}
    _refuse_over(count)
    for _ in range(count):
        _, id, keys = struct.unpack_from("<4sII", content, at)
        ranks[id], at = _rank(content, at + 12, keys)
    (numbers,) = struct.unpack_from("<I", content, data + 8)
    at = data + 12
    _refuse_over(numbers)
    for _ in range(numbers):
        number, _, values = struct.unpack_from("<III", content, at)
        _refuse_over(values)
        if number in wanted:
            for value in range(values):
                id, place = struct.unpack_from("<II", content, at + 12 + 8 * value)
                (length,) = struct.unpack_from("<H", content, place)
                yield ranks.get(id, 2), number, place + 2, length
        at += 12 + 8 * values


def _rank(content: bytes, at: int, keys: int) -> tuple[int, int]:
    """0 for a configuration in Chinese, 1 for the default one, 2 for others; and where the keys end."""
    _refuse_over(keys)
    rank = 1 if keys == 0 else 2
    for key in range(keys):
        kind, value = struct.unpack_from("<II", content, at + 8 * key)
        if kind == _LANGUAGE and value == _ZH:
            rank = 0
    return rank, at + 8 * keys


def _text(content: bytes, at: int, length: int) -> str:
    if at + length > len(content):
        raise UnreadableError("resources", "text")
    return content[at : at + length].rstrip(b"\0").decode("utf-8", "replace")[:_LONGEST]


def _refuse_over(count: int) -> None:
    """What is not read for its number must not pass for what is not there."""
    if count > _MOST:
        raise UnreadableError("resources", str(count))
