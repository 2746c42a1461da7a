"""One run at a time on a lake of one machine."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mingjian.errors import TryAgainError

FILE = "fleet.lock"


@contextmanager
def alone(lake: Path) -> Iterator[None]:
    """Claims the lake for this process; the system ends the claim with the process, and no child inherits it. Raises `TryAgainError`."""
    try:
        file = (lake / FILE).open("a+b", buffering=0)
    except OSError as error:
        raise TryAgainError("fleet.cannot_write", path=lake / FILE, why=error.strerror or str(error)) from error
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise TryAgainError("fleet.busy", path=lake, process=file.read(20).decode(errors="replace") or "?") from error
        with suppress(OSError):
            # On a full disk the claim stands without a name.
            file.truncate(0)
            file.write(str(os.getpid()).encode())
        yield
