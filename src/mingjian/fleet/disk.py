"""What lies on this machine: opened without following a link, and copied, or linked where that is allowed."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mingjian.errors import InputError, TryAgainError
from mingjian.fleet.spool import File, Spool, created, house

_CHUNK = 1 << 20
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
_CLOSED = (errno.EACCES, errno.EPERM)


def brought(source: Path, to: Path, most: int, until: float, link: bool) -> File:
    """The file at `source` under its new name `to`. With `link` both are one file where the file system allows it, and nobody may then
    write to `to`. Raises `InputError` for what is not there, no plain file, or behind a link."""
    with _opened(source, most) as file:
        if link and _linked(source, to, file):
            spool = Spool(str(source), most, until)
            _read(file, source, spool)
        else:
            with created(to) as copy:
                spool = Spool(str(source), most, until, copy)
                _read(file, source, spool)
    if not spool.size:
        raise InputError("input.empty", path=source)
    return File(to, spool.sha256(), spool.size)


def is_there(path: Path, kind: Callable[[int], bool]) -> bool:
    """Whether something of this kind (`stat.S_ISDIR`, `stat.S_ISREG`) is there; never an error, whatever the path is."""
    try:
        return kind(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def refuse_links(path: Path) -> None:
    """Raises `InputError` for a path that leads through a symbolic link, which may lead anywhere."""
    try:
        real = os.path.realpath(path)
    except ValueError as error:
        raise unreadable(path, error) from error
    if real != os.path.normpath(path):
        raise InputError("fleet.fetch.link", location=str(path)[:200], real=real[:200])


@contextmanager
def _opened(source: Path, most: int) -> Iterator[BinaryIO]:
    refuse_links(source)
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except (OSError, ValueError) as error:
        raise unreadable(source, error) from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise InputError("fleet.fetch.no_file", location=str(source)[:200])
        if status.st_size > most:
            raise InputError("fleet.fetch.too_large", location=str(source)[:200], limit=most >> 20)
        yield file


def _linked(source: Path, to: Path, file: BinaryIO) -> bool:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, to, follow_symlinks=False)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS):
            return False
        raise house(error) from error
    if not os.path.samestat(to.lstat(), os.fstat(file.fileno())):
        # Another file took the name in between.
        to.unlink()
        return False
    return True


def _read(file: BinaryIO, source: Path, spool: Spool) -> None:
    while True:
        try:
            chunk = file.read(_CHUNK)
        except OSError as error:
            raise unreadable(source, error) from error
        if not chunk:
            return
        spool.take(chunk)


def unreadable(source: Path, error: OSError | ValueError) -> InputError | TryAgainError:
    """What an error of the system says of what lies at `source`: it is not to be had, or not now."""
    location = str(source)[:200]
    number = getattr(error, "errno", None)
    if number in _CLOSED:
        return InputError("fleet.fetch.denied", location=location)
    if number in _GONE or isinstance(error, ValueError):
        return InputError("fleet.fetch.missing", location=location)
    # A network share that is away, a disk that fails: no fault of the package.
    return TryAgainError("fleet.fetch.no_answer", location=location, why=getattr(error, "strerror", None) or type(error).__name__)
