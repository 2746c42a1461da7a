"""MP4 recordings as boxes (ISO/IEC 14496-12): whether a file is one and nothing else, and the boxes that tell of place and device."""

from collections.abc import Iterator
from dataclasses import dataclass

_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf")
_TELLING = (b"udta", b"meta", b"uuid", b"free", b"skip", b"wide")
"""Boxes in which recorders write place, device and author, and those in which anything may be hidden since no player reads them."""
_TOP = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"styp", b"pdin", b"emsg", b"prft", b"ssix", *_TELLING})
_BRANDS = frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash", b"3gp4", b"3gp5"})
_MOST_BOXES = 100_000
_DEEPEST = 8


class NoVideoError(ValueError):
    """A file that is no MP4, or not only one."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its kind, where its header begins, where its content begins and ends."""

    kind: bytes
    start: int
    content: int
    end: int


def without_metadata(file: bytes) -> bytes:
    """The file with every telling box emptied in place, so that what the others point to stays where it was. Raises `NoVideoError`."""
    top = list(boxes(file, 0, len(file)))
    kinds = [box.kind for box in top]
    if kinds[:1] != [b"ftyp"] or not {b"moov", b"mdat"} <= set(kinds) or not set(kinds) <= _TOP:
        raise NoVideoError(b" ".join(kinds[:8]))
    brands = file[top[0].content : top[0].end]
    if not {brands[:4], *(brands[at : at + 4] for at in range(8, min(len(brands), 80), 4))} & _BRANDS:
        raise NoVideoError(brands[:4])
    clean = bytearray(file)
    for box in _walked(file, top, 0):
        if box.kind in _TELLING:
            clean[box.start + 4 : box.start + 8] = b"free"
            clean[box.content : box.end] = bytes(box.end - box.content)
    return bytes(clean)


def boxes(file: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes that fill `start` to `end` without a gap. Raises `NoVideoError` where they do not."""
    count = 0
    while start < end:
        count += 1
        size, kind, head = int.from_bytes(file[start : start + 4], "big"), file[start + 4 : start + 8], 8
        if size == 1:
            size, head = int.from_bytes(file[start + 8 : start + 16], "big"), 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end or count > _MOST_BOXES:
            raise NoVideoError(f"box {count} at {start}")
        yield Box(kind, start, start + head, start + size)
        start += size


def _walked(file: bytes, found: list[Box], depth: int) -> Iterator[Box]:
    for box in found:
        yield box
        if box.kind in _CONTAINERS and depth < _DEEPEST:
            yield from _walked(file, list(boxes(file, box.content, box.end)), depth + 1)
