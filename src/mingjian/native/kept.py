"""Answers about code that was read before: looked up by what the code is, kept within a limit, the longest unused given up first.

Key and answers are those of the process that reads the package; others are shown them when the readers of two packages agree. What is not
there, damaged or gone is read again, so several processes need no lock between them."""

import hashlib
import os
import shutil
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Literal, NamedTuple

ANSWERS = ("packages", "found", "reached")
"""What depends on the code, on the questions and on the ways in, and on nothing else of a package."""
USED = ".used"
"""Ends the name of the empty file by which a reader says that the answers of that key were there."""
MOST = 4 << 30
"""Bytes that a folder of kept answers holds."""
SEEN = "seen"
"""The folder in it that says which package's reader gave which answers."""
Taken = Literal["known", "new", "disputed"]
"""What came of reading code: its answers were there; they were read; what was read is not what the reader of another package gave."""
_SHELVES = 256
_MAGIC = b"mingjian-code/1\n"
_DIGEST = hashlib.sha256().digest_size
_HEAD = len(_MAGIC) + _DIGEST
_FAST = 1
_MOST_SEEN = 1 << 20
"""Bytes of what is noted for one shelf; beyond, the older half is forgotten."""


@dataclass(frozen=True, slots=True)
class KnownCode:
    """Where answers are looked up, and the folder in which new ones are left, and word of what was used, until `take_in`: who reads
    packages need not be able to write where others look. Without `look` the code is read in any case."""

    kept: Path
    left: Path
    look: bool = True


def shelf(folder: Path, key: str) -> Path:
    """The file for the answers of a key, where the reading child looks, too. Keys fall evenly: a limit on each shelf is one on all."""
    return folder / key[:2] / key


def checked(key: str) -> str:
    """The key, when it is one. Raises `ValueError`."""
    if len(key) != 2 * _DIGEST or set(key) - set("0123456789abcdef"):
        raise ValueError(key)
    return key


def context(find: bytes) -> str:
    """What the answers of every package rest on, as they are kept: the compiled core, byte for byte, what packs them, and the questions."""
    return hashlib.sha256(f"{_core_digest()} {zlib.ZLIB_RUNTIME_VERSION} {hashlib.sha256(find).hexdigest()}".encode()).hexdigest()


def load(folder: Path, key: str, most: int) -> dict[str, bytes] | None:
    """The answers of a key, at most so many bytes; none for what is not there, not whole, or too large."""
    try:
        content = shelf(folder, key).read_bytes()
        if not _whole(key, content):
            return None
        unpacking = zlib.decompressobj()
        answers = unpacking.decompress(content[_HEAD:], most).split(b"\n")
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


def take_in(left: Path, kept: Path, package: str, most: int = MOST) -> Taken | None:
    """Takes what the reader of one package left, in which nobody may be at work any more. `package` is its digest.

    New answers are moved to where they are looked up when the reader of another package gave the same; what two disagree on is shown to
    nobody. The longest unused are given up beyond `most` bytes in all. None when nothing was left, or more than one package can give."""
    paths = list(_plain(left))
    if len(paths) != 1:
        return None
    (path,) = paths
    key = path.name.removesuffix(USED)
    try:
        place = shelf(kept, checked(key))
    except ValueError:
        return None
    taken: Taken = "new" if path.name == key else "known"
    with suppress(OSError):
        if taken == "known":
            os.utime(place)
        elif path.stat().st_size <= most // _SHELVES:
            taken = _weighed(path, place, package, most // _SHELVES)
    return taken


class _Sight(NamedTuple):
    """That the reader of a package gave, for a key, answers with this digest; all three as 32 bytes."""

    key: bytes
    answers: bytes
    package: bytes


def _weighed(path: Path, place: Path, package: str, most: int) -> Taken:
    key = bytes.fromhex(place.name)
    content = path.read_bytes()
    before = _seen(place)
    now = {_Sight(key, hashlib.sha256(content).digest(), hashlib.sha256(package.encode()).digest())}
    with suppress(FileNotFoundError):
        there = place.read_bytes()
        if _whole(place.name, there):
            now.add(_Sight(key, hashlib.sha256(there).digest(), bytes(_DIGEST)))
        else:
            place.unlink()
    _note(place, now - before)
    sights = before | now
    if len({sight.answers for sight in sights}) > 1:
        place.unlink(missing_ok=True)
        return "new" if len({sight.answers for sight in before}) > 1 else "disputed"
    if len({sight.package for sight in sights}) > 1 and not place.exists():
        _put(path, place, most)
    return "new"


def _noted(place: Path) -> Path:
    return place.parents[1] / SEEN / place.parent.name


def _seen(place: Path) -> set[_Sight]:
    """What is noted for the key whose answers lie, or would lie, at `place`."""
    try:
        content = _noted(place).read_bytes()
    except FileNotFoundError:
        return set()
    parts = (content[start : start + _DIGEST] for start in range(0, len(content), _DIGEST))
    key = bytes.fromhex(place.name)
    return {sight for sight in map(_Sight, parts, parts, parts) if sight.key == key}


def _note(place: Path, sights: Iterable[_Sight]) -> None:
    noted = _noted(place)
    noted.parent.mkdir(parents=True, exist_ok=True)
    with noted.open("ab") as file:
        # In one piece, so that those of several processes do not mix.
        file.write(b"".join(map(b"".join, sights)))
        size = file.tell()
    if size > _MOST_SEEN:
        newer = noted.with_name(f"{noted.name}.{token_hex(4)}")
        row = 3 * _DIGEST
        newer.write_bytes(noted.read_bytes()[size // row // 2 * row :])
        newer.replace(noted)


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


def _whole(key: str, content: bytes) -> bool:
    return content[:_HEAD] == _MAGIC + _sum(key, content[_HEAD:])


def _sum(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode() + body).digest()


@cache
def _core_digest() -> str:
    found = find_spec("mingjian._core")
    assert found and found.origin
    return hashlib.sha256(Path(found.origin).read_bytes()).hexdigest()
