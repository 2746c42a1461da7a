"""The lines of a text file of any length, one after another: bounded, in UTF-8, and told by number where they are not."""

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from mingjian.errors import InputError

MOST_LINE = 1 << 20
"""The longest row, in bytes."""
HEAD = 1 << 16
_BOM = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_PACKED = b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The plain file at `path`; what gzip packed is unpacked on the way. Raises `InputError`, also for what breaks while it is read."""
    try:
        # A pipe is not waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputError("fleet.input.no_file", path=path)
            if file.peek(2).startswith(_PACKED):
                with gzip.open(file, "rb") as unpacked, BufferedReader(cast("BinaryIO", unpacked), HEAD) as buffered:  # type: ignore[type-var]
                    yield cast("BinaryIO", buffered)
            else:
                yield file
    except FileNotFoundError as error:
        raise InputError("input.missing", path=path) from error
    except PermissionError as error:
        raise InputError("input.denied", path=path) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError("fleet.input.cut_off", path=path) from error
    except (OSError, ValueError) as error:
        raise InputError("input.cannot_read", path=path, why=getattr(error, "strerror", None) or type(error).__name__) from error


class Lines:
    """Iterates over the lines of a file as text. `number` is that of the line given last; `row_ended` is to be called after each row, as a
    row of several lines has to stay within `MOST_LINE` too."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.number = 0
        self._file = file
        self._taken = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(MOST_LINE + 1):
            self.number += 1
            if self.number == 1:
                if line.startswith(_WIDE):
                    raise InputError("fleet.input.utf16", path=self.path)
                line = line.removeprefix(_BOM)
            self._taken += len(line)
            if self._taken > MOST_LINE:
                raise InputError("fleet.input.long_line", path=self.path, line=self.number, limit=MOST_LINE)
            if b"\0" in line:
                raise InputError("fleet.input.nul", path=self.path, line=self.number)
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise InputError("fleet.input.no_utf8", path=self.path, line=self.number) from error

    def row_ended(self) -> None:
        """The lines given so far are a row; the next begins."""
        self._taken = 0
