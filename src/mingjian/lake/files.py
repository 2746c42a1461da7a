"""Files that are there whole or not at all, named by what is in them."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mingjian.errors import InputError, TryAgainError

_CHUNK = 1 << 20


@contextmanager
def house_faults(path: Path) -> Iterator[None]:
    """A disk that is full or gone while `path` is written is told as such. Raises `TryAgainError`."""
    try:
        yield
    except OSError as error:
        raise TryAgainError("lake.cannot_write", path=path, why=error.strerror or str(error)) from error


def named(path: Path) -> str:
    """The path as a text that journals and engines can keep. Raises `InputError` for a name that is no UTF-8."""
    name = str(path)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise InputError("input.bad_name", path=name.encode(errors="replace").decode()) from error
    return name


def write(path: Path, content: bytes) -> None:
    """Puts a file in the place of an older one, whole and on the disk."""
    part = path.with_name(f"{path.name}.part")
    with house_faults(path):
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)


def keep(part: Path, path: Path) -> None:
    """Moves a finished file from its working place to where readers look, and returns when both name and bytes are on the disk."""
    with house_faults(path):
        make_folder(path.parent)
        descriptor = os.open(part, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        part.replace(path)
        sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it, each on the disk when this returns."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """What a folder names is on the disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest(path: Path) -> tuple[str, int]:
    """SHA-256 in hexadecimal and size of a file, read piece by piece. Raises `OSError`."""
    sha256 = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha256.update(chunk)
            size += len(chunk)
    return sha256.hexdigest(), size


def read_small(path: Path, most: int) -> bytes:
    """A file of at most so many bytes. Raises `InputError`; `FileNotFoundError` is left to the caller."""
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError("error.cannot_read", path=path, why=error.strerror or str(error)) from error
    if len(content) > most:
        raise InputError("lake.too_large", path=path, limit=most)
    return content
