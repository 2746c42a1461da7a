"""A ZIP archive whose every number may be a lie: names, and the bytes of one entry, within limits.

`zipfile` inflates no more than an entry declares and compares the checksum; what is added here are bounds on what is declared."""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from mingjian.inputs.bundles.unreadable import UnreadableError

MOST_ENTRIES = 100_000
MOST_DIRECTORY = 64 << 20
MOST_ENTRY = 512 << 20
"""Bytes of one entry, inflated."""
MOST_TOTAL = 2 << 30
"""Bytes of all entries that are read of one bundle, inflated."""
_RATIO = 1100
"""Deflate cannot make less of anything."""
_TAIL = (1 << 16) + 22
_END = b"PK\x05\x06"
_LONGEST_NAME = 1024
_AMBIGUOUS = frozenset(("", ".", ".."))
"""Steps of a path by which one that unpacks comes to another entry, or outside."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What the systems unpack; the other methods have no bound on what they make of little."""
_FAULTS = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error),
    *(EOFError, OSError, ValueError, OverflowError, NotImplementedError, RuntimeError, LookupError),
)
"""All that `zipfile` raises on damaged input; it has no list of its own."""


@dataclass
class Budget:
    """What is left of `MOST_TOTAL`, shared by an archive and those inside it."""

    left: int = MOST_TOTAL


class Archive:
    """The entries of one archive. Names that lead outside, or come twice, are told in `strange` and belong to nobody."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        """Raises `UnreadableError`."""
        self._budget = budget
        _check_end(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except _FAULTS as error:
            raise UnreadableError("zip", _said(error)) from error
        infos = self._zip.infolist()
        if len(infos) > MOST_ENTRIES:
            raise UnreadableError("zip_entries", str(len(infos)))
        self.strange: list[str] = []
        self.entries: dict[str, zipfile.ZipInfo] = {}
        twice = set()
        for info in infos:
            name = info.filename
            if name.endswith("/"):
                continue
            if len(name) > _LONGEST_NAME or "\\" in name or not _AMBIGUOUS.isdisjoint(name.split("/")):
                self.strange.append(name[:100])
            elif name in self.entries:
                twice.add(name)
            else:
                self.entries[name] = info
        for name in twice:
            # Two readers may take different ones; so neither is what the system is known to use.
            self.strange.append(name[:100])
            del self.entries[name]

    def read(self, name: str, most: int = MOST_ENTRY) -> bytes:
        """The bytes of an entry. Raises `UnreadableError`."""
        info = self.entries.get(name)
        if info is None:
            raise UnreadableError("no_entry", name)
        if info.compress_type not in _METHODS:
            raise UnreadableError("entry", f"{name}: method {info.compress_type}")
        if info.file_size > most or info.file_size > (info.compress_size + 64) * _RATIO:
            raise UnreadableError("too_large", f"{name}: {info.file_size}")
        if info.file_size > self._budget.left:
            raise UnreadableError("budget", name)
        self._budget.left -= info.file_size
        try:
            with self._zip.open(info) as entry:
                content = entry.read(info.file_size + 1)
        except _FAULTS as error:
            raise UnreadableError("entry", f"{name}: {_said(error)}") from error
        if len(content) != info.file_size:
            raise UnreadableError("entry", f"{name}: {len(content)} != {info.file_size}")
        return content


def nested(content: bytes, budget: Budget) -> Archive:
    """The archive that an entry is. Raises `UnreadableError`."""
    return Archive(io.BytesIO(content), budget)


def _check_end(file: BinaryIO) -> None:
    """Refuses a directory larger than anybody's before `zipfile` takes it into memory."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise UnreadableError("zip_end")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    # All ones says that the size is elsewhere, as in archives of more than 4 GiB, which no bundle is.
    if directory > min(size, MOST_DIRECTORY):
        raise UnreadableError("zip_directory", str(directory))
    file.seek(0)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:120]
