"""Answers about code that was read before: looked up by what the code is, kept within a limit, the longest unused given up first.

The key is worked out by the process that reads the package, from the bytes it read. What is not there, damaged or gone is read again, so
several processes need no lock between them."""

import hashlib
import os
import shutil
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex

ANSWERS = ("packages", "found", "reached")
"""What depends on the code, on the questions and on the ways in, and on nothing else of a package."""
USED = ".used"
"""Ends the name of the empty file by which a reader says that the answers of that key were there."""
MOST = 4 << 30
"""Bytes that a folder of kept answers holds."""
_SHELVES = 256
_MAGIC = b"mingjian-code/1\n"
_DIGEST = hashlib.sha256().digest_size
_FAST = 1


@dataclass(frozen=True, slots=True)
class KnownCode:
    """Where answers are looked up, and the folder in which new ones are left, and word of what was used, until `take_in`: who reads
    packages need not be able to write where others look."""

    kept: Path
    left: Path


def shelf(folder: Path, key: str) -> Path:
    """The file for the answers of a key, where the reading child looks, too. Keys fall evenly: a limit on each shelf is one on all."""
    return folder / key[:2] / key


def checked(key: str) -> str:
    """The key, when it is one. Raises `ValueError`."""
    if len(key) != 2 * _DIGEST or set(key) - set("0123456789abcdef"):
        raise ValueError(key)
    return key


def context(find: bytes) -> str:
    """What the answers of every package rest on: the compiled core, byte for byte, and the questions."""
    return hashlib.sha256(f"{_core_digest()} {hashlib.sha256(find).hexdigest()}".encode()).hexdigest()


def load(folder: Path, key: str, most: int) -> dict[str, bytes] | None:
    """The answers of a key, at most so many bytes; none for what is not there, not whole, or too large."""
    try:
        content = shelf(folder, key).read_bytes()
        head, body = content[: len(_MAGIC) + _DIGEST], content[len(_MAGIC) + _DIGEST :]
        if head != _MAGIC + _sum(key, body):
            return None
        unpacking = zlib.decompressobj()
        answers = unpacking.decompress(body, most).split(b"\n")
    except (OSError, zlib.error):
        return None
    return dict(zip(ANSWERS, answers, strict=True)) if unpacking.eof and len(answers) == len(ANSWERS) else None


def leave(known: KnownCode, key: str, answers: Mapping[str, bytes]) -> None:
    """Leaves the answers of a key for `take_in`. They are JSON without a line's end. A disk that takes nothing costs nothing else."""
    body = zlib.compress(b"\n".join(answers[name] for name in ANSWERS), _FAST)
    with suppress(OSError):
        known.left.mkdir(exist_ok=True)
        (known.left / key).write_bytes(_MAGIC + _sum(key, body) + body)


def leave_word(known: KnownCode, key: str) -> None:
    """Leaves word for `take_in` that the answers of a key were used."""
    with suppress(OSError):
        known.left.mkdir(exist_ok=True)
        (known.left / f"{key}{USED}").touch()


def take_in(left: Path, kept: Path, most: int = MOST) -> bool | None:
    """Moves what readers left to where it is looked up, and gives up the longest unused beyond `most` bytes in all. Nobody may be at work
    in `left` any more.

    True when all that was asked for was known, false when something was new, none when nothing was left."""
    known: bool | None = None
    for path in _plain(left):
        key = path.name.removesuffix(USED)
        with suppress(OSError, ValueError):
            place = shelf(kept, checked(key))
            known = path.name != key and known is not False
            if known:
                os.utime(place)
            elif path.stat().st_size <= most // _SHELVES:
                _put(path, place, most // _SHELVES)
    return known


def _put(part: Path, place: Path, most: int) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    # It may come from another disk; under its name it is there whole or not at all.
    moved = place.with_name(f"{place.name}.{token_hex(4)}")
    shutil.move(part, moved)
    os.utime(moved)
    moved.replace(place)
    ages = []
    with os.scandir(place.parent) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                state = entry.stat(follow_symlinks=False)
                ages.append((state.st_mtime_ns, entry.path, state.st_size))
    over = sum(size for _, _, size in ages) - most
    for _, oldest, size in sorted(ages):
        if over <= 0:
            break
        Path(oldest).unlink(missing_ok=True)
        over -= size


def _plain(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            state = path.lstat()
            if stat.S_ISREG(state.st_mode) and state.st_nlink == 1:
                yield path


def _sum(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode() + body).digest()


@cache
def _core_digest() -> str:
    found = find_spec("mingjian._core")
    assert found and found.origin
    return hashlib.sha256(Path(found.origin).read_bytes()).hexdigest()
