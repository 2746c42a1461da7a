"""Chooses among findings that overlap."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class _Placed(Protocol):
    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


_Found = TypeVar("_Found", bound=_Placed)


def apart(candidates: Iterable[_Found], length: int) -> list[_Found]:
    """The candidates that overlap none before them, by place. `length` is that of the text."""
    taken = bytearray(length)
    kept: list[_Found] = []
    for each in candidates:
        if 1 not in taken[each.start : each.end]:
            taken[each.start : each.end] = b"\x01" * (each.end - each.start)
            kept.append(each)
    return sorted(kept, key=lambda each: each.start)
