"""Files by the digest of their content: what was uploaded, what was found, what was issued. Nothing is ever changed in place."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from mingjian.console.home import home

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def put(chunks: Iterable[bytes]) -> tuple[str, int]:
    """Stores the content and returns its SHA-256 and size; storing the same again changes nothing.

    The file is on the disk when this returns."""
    staging = home() / "files" / "staging"
    staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = staging / secrets.token_hex(16)
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        target = path(digest.hexdigest())
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    return digest.hexdigest(), size


def path(sha256: str) -> Path:
    """Where the content of that digest lies. Raises `ValueError` for what is no digest, so that no name can lead elsewhere."""
    if not _DIGEST.match(sha256):
        raise ValueError(f"not a SHA-256: {sha256[:80]!r}")
    return home() / "files" / sha256[:2] / sha256


def read(sha256: str) -> bytes:
    """The content of that digest. Raises `FileNotFoundError`."""
    return path(sha256).read_bytes()


def drop(sha256: str) -> None:
    """Erases the content of that digest, if it is there."""
    path(sha256).unlink(missing_ok=True)
