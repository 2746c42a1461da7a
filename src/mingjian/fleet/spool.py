"""A file of a job on its way into the job's folder: hashed while it is written, bounded, and never more than once read."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from mingjian.errors import InputError, TryAgainError


@dataclass(frozen=True, slots=True)
class File:
    """A file that arrived."""

    path: Path
    sha256: str
    size: int


class Spool:
    """Takes the bytes of what stands at `location`, at most `most` of them, until `until` of the monotonic clock; without a file it only
    hashes."""

    def __init__(self, location: str, most: int, until: float, file: BinaryIO | None = None) -> None:
        self.size = 0
        self._location = location[:200]
        self._most = most
        self._until = until
        self._file = file
        self._digest = hashlib.sha256()

    def take(self, chunk: bytes) -> None:
        """Raises `InputError` over the size, `TryAgainError` over the time or when the disk takes no more."""
        self.size += len(chunk)
        if self.size > self._most:
            raise InputError("fleet.fetch.too_large", location=self._location, limit=self._most >> 20)
        if monotonic() > self._until:
            raise TryAgainError("fleet.fetch.late", location=self._location)
        self._digest.update(chunk)
        if self._file:
            try:
                self._file.write(chunk)
            except OSError as error:
                raise house(error) from error

    def sha256(self) -> str:
        """Of what was taken."""
        return self._digest.hexdigest()


@contextmanager
def created(path: Path) -> Iterator[BinaryIO]:
    """A new file, readable by this user only. Raises `TryAgainError` when the disk does not take it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise house(error) from error
    try:
        yield file
    finally:
        try:
            file.close()
        except OSError as error:
            raise house(error) from error


def house(error: OSError) -> TryAgainError:
    """A fault of this machine, not of what is fetched."""
    return TryAgainError("fleet.fetch.house", why=error.strerror or type(error).__name__)
