"""Reports packed together: each a gzip member of its own, one behind the other in order of key, so that any one is read alone."""

import gzip
import os
import zlib
from pathlib import Path
from typing import BinaryIO

from mingjian.errors import InputError

MOST_REPORT = 256 << 20
"""Bytes of one report: what a child may leave."""
_GZIP = 31


def member(document: bytes) -> bytes:
    """A report's bytes as they stand in a pack: the same bytes always make the same member."""
    return gzip.compress(document, compresslevel=6, mtime=0)


def read(pack: Path, offset: int, size: int) -> bytes:
    """The bytes of the report at that place. Raises `InputError` for a pack that is cut off or damaged there."""
    try:
        with pack.open("rb") as file:
            return unpacked(member_at(file, offset, size), pack)
    except OSError as error:
        raise InputError("error.cannot_read", path=pack, why=error.strerror or str(error)) from error


def member_at(file: BinaryIO, offset: int, size: int) -> bytes:
    """The member at a place of an opened pack. Raises `InputError` for a place that it has not."""
    if offset < 0 or not 0 < size <= MOST_REPORT or offset + size > os.fstat(file.fileno()).st_size:
        raise InputError("lake.damaged", path=file.name)
    file.seek(offset)
    return file.read(size)


def unpacked(content: bytes, pack: Path) -> bytes:
    """The report in a member. Raises `InputError` unless it is one whole member, nothing behind it, and no larger than a report may be."""
    unpacking = zlib.decompressobj(_GZIP)
    try:
        document = unpacking.decompress(content, MOST_REPORT)
    except zlib.error as error:
        raise InputError("lake.damaged", path=pack) from error
    if not unpacking.eof or unpacking.unused_data:
        raise InputError("lake.damaged", path=pack)
    return document


class PackWriter:
    """Writes a new pack, member by member."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reports = 0
        self._size = 0
        self._file = path.open("wb")

    def add(self, content: bytes) -> tuple[int, int]:
        """Appends a member and returns its offset and size."""
        offset = self._size
        self._file.write(content)
        self._size += len(content)
        self.reports += 1
        return offset, len(content)

    def close(self) -> None:
        """Hands the last bytes to the system; `files.keep` then brings them to the disk."""
        self._file.close()
