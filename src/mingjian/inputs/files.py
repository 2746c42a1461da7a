"""A file that somebody gives, before anybody reads it: that it is a plain, readable, not too large file, and its digest."""

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO, Literal

from mingjian.errors import InputError
from mingjian.model.types import Artifact

ArtifactKind = Literal["package", "policy", "run", "capture", "review", "previous"]
Looks = Literal["zip", "dex", "elf", "pdf", "html", "xml", "json", "gzip", "image", "text", "binary"]

MOST_BYTES: dict[ArtifactKind, int] = {
    "package": 4 << 30,
    "policy": 32 << 20,
    "run": 2 << 30,
    "capture": 1 << 30,
    "review": 1 << 20,
    "previous": 256 << 20,
}
"""The largest file of each kind, in bytes."""

HEAD = 4096
"""Bytes from the beginning of a file that tell what it looks like."""
_CHUNK = 1 << 20
_KEYS = (
    (stat.S_ISDIR, "input.is_folder"),
    (stat.S_ISFIFO, "input.is_pipe"),
    (stat.S_ISSOCK, "input.is_socket"),
    (stat.S_ISCHR, "input.is_device"),
    (stat.S_ISBLK, "input.is_device"),
)
_MAGIC: tuple[tuple[bytes, Looks], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"dex\n", "dex"),
    (b"\x7fELF", "elf"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
)


def open_file(path: Path, kind: ArtifactKind) -> BinaryIO:
    """The file, opened for reading and found to be plain, not empty and within the size of its kind. Raises `InputError`."""
    try:
        # Looked at before it is opened: opening a device or a pipe may already do something, or wait for ever.
        _refuse_others(path, path.stat(), kind)
        file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        _refuse_others(path, os.fstat(file.fileno()), kind)
    except InputError:
        file.close()
        raise
    return file


def artifact(path: Path, kind: ArtifactKind) -> Artifact:
    """The file as an artifact; its digest is computed without holding it in memory. Raises `InputError`."""
    digest = hashlib.sha256()
    size = 0
    with open_file(path, kind) as file:
        try:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
        except OSError as error:
            raise _unreadable(path, error) from error
    return Artifact(digest.hexdigest(), kind, path.name, size)


def read(path: Path, kind: ArtifactKind) -> tuple[Artifact, bytes]:
    """The file as an artifact and its content, of one and the same reading. For kinds that fit in memory. Raises `InputError`."""
    most = MOST_BYTES[kind]
    with open_file(path, kind) as file:
        try:
            content = file.read(most + 1)
        except OSError as error:
            raise _unreadable(path, error) from error
    if len(content) > most:
        raise InputError("input.too_large", path=path, size=len(content), limit=most)
    return Artifact(hashlib.sha256(content).hexdigest(), kind, path.name, len(content)), content


def looks_like(path: Path) -> Looks:
    """What the file seems to be by its first bytes, for words to a person. Raises `InputError` when it cannot be opened."""
    with open_file(path, "package") as file:
        return looks_of(file.read(HEAD))


def looks_of(head: bytes) -> Looks:
    """What a file seems to be that begins with these bytes, of which the first `HEAD` are enough."""
    for magic, looks in _MAGIC:
        if head.startswith(magic):
            return looks
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "html"
    if text.startswith(b"<?xml"):
        return "xml"
    if text.startswith((b"{", b"[")):
        return "json"
    return "binary" if b"\0" in head else "text"


def _refuse_others(path: Path, status: os.stat_result, kind: ArtifactKind) -> None:
    for is_other, key in _KEYS:
        if is_other(status.st_mode):
            raise InputError(key, path=path)
    if status.st_size == 0:
        raise InputError("input.empty", path=path)
    if status.st_size > MOST_BYTES[kind]:
        raise InputError("input.too_large", path=path, size=status.st_size, limit=MOST_BYTES[kind])


def _unreadable(path: Path, error: OSError) -> InputError:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return InputError("input.missing", path=path)
        case errno.EACCES | errno.EPERM:
            return InputError("input.denied", path=path)
        case _:
            return InputError("input.cannot_read", path=path, why=error.strerror or type(error).__name__)
