"""The one file that says which files are the lake. What it does not name is not there for any reader."""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from mingjian.errors import InputError, TryAgainError
from mingjian.lake.files import house_faults, make_folder, named, read_small, sync_folder, write
from mingjian.lake.schema import FORMAT, OF_REPORTS, VERSION
from mingjian.model.periods import bounds

FILE = "manifest.json"
MARK = "lake.json"
PACK = "pack"
"""The name under which a part lists its pack, beside the names of its tables."""

FAMILIES: Mapping[str, tuple[str, ...]] = {"reports": (PACK, *OF_REPORTS), "listings": ("listings",), "poison": ("poison",)}
"""What lies together in a part: a pack and the tables of its reports, or one table."""

_MOST = 256 << 20
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KEY = re.compile(r"[0-9a-f]{0,64}", re.ASCII)
_PREFIX = re.compile(r"[0-9a-f]", re.ASCII)


@dataclass(frozen=True, slots=True)
class File:
    """A file by its digest. `rows` of a table, or reports of a pack; `schema` is the version of its table."""

    sha256: str
    size: int
    rows: int
    schema: str = VERSION


@dataclass(frozen=True, slots=True)
class Part:
    """Files of one family, period and prefix that were written together. `rows` counts reports, listings or jobs; `first` and `last` are
    the least and the greatest key of them, empty in `poison`, which lies under prefix `0`."""

    family: str
    period: str
    prefix: str
    rows: int
    first: str
    last: str
    files: Mapping[str, File]

    def path(self, name: str) -> Path:
        """Where in the lake the part's file `name` lies."""
        return place(name, self.period, self.prefix, self.files[name].sha256)


def place(name: str, period: str, prefix: str, sha256: str) -> Path:
    """Where in the lake a pack or a table's file of that digest lies."""
    folder = Path("packs") if name == PACK else Path("tables", name)
    return folder / f"period={period}" / f"prefix={prefix}" / f"{sha256}.{'pack' if name == PACK else 'parquet'}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every part of the lake, in a fixed order."""

    parts: tuple[Part, ...] = ()

    def files(self) -> Iterator[tuple[str, Path, File, Part]]:
        """Name (a table or `pack`), place in the lake, and what is known of every file."""
        for part in self.parts:
            for name, file in part.files.items():
                yield name, part.path(name), file, part


def found(folder: Path) -> str:
    """Makes a lake where none is, and returns its id: random, made once, so that two lakes are told apart wherever they are mounted. A lake
    that an older program founded gets one now. Raises `InputError` for the lake of another version, `TryAgainError` when it cannot be
    written."""
    try:
        return _mark(folder) or _named(folder)
    except FileNotFoundError:
        make_folder(folder)
    part = folder / f"{MARK}.{token_hex(4)}"
    write(part, _marked())
    with house_faults(folder / MARK):
        try:
            # Unlike a rename it leaves alone what another program founded meanwhile.
            os.link(part, folder / MARK)
        except FileExistsError:
            pass
        except OSError:
            # A file system without links.
            part.replace(folder / MARK)
        part.unlink(missing_ok=True)
        sync_folder(folder)
    return _mark(folder)


def identity(folder: Path) -> str:
    """The id of the lake in a folder; empty where there is no lake, or one that an older program founded. Raises `InputError` for the lake
    of another version, or a damaged one."""
    try:
        return _mark(folder)
    except FileNotFoundError:
        return ""


@contextmanager
def claimed(folder: Path, *, wait: bool) -> Iterator[None]:
    """Nobody else claims the lake meanwhile; the system ends the claim with the process. Raises `TryAgainError` when another has claimed it
    and that is not waited for, and for what the system says of the disk, then or while it is claimed."""
    held = False
    while not held:
        # A file system of the network claims only what may be written.
        with house_faults(folder / MARK), (folder / MARK).open("r+b") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TryAgainError("lake.busy", path=folder) from error
            # Who gives a lake its id puts another file in the place of this one.
            if held := os.path.samestat(os.fstat(mark.fileno()), (folder / MARK).stat()):
                yield


def load(folder: Path) -> Manifest:
    """What the lake in a folder holds; nothing, where it was only founded. Raises `InputError` for what is no lake, for a newer one, and
    for a manifest that is damaged."""
    try:
        _mark(folder)
    except FileNotFoundError as error:
        raise InputError("lake.none", path=folder) from error
    path = folder / FILE
    try:
        content = read_small(path, _MOST)
    except FileNotFoundError:
        return Manifest()
    try:
        document = json.loads(content)
        if document["format"] != FORMAT:
            raise InputError("lake.other_version", path=path, version=_version(document["format"]))
        parts = tuple(_part(row, path) for row in document["parts"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("lake.damaged", path=path) from error
    return Manifest(parts)


def swap(folder: Path, manifest: Manifest) -> None:
    """Makes `manifest` the lake. Before this returns readers see the old one or the new one, never half. Raises `TryAgainError`."""
    write(folder / FILE, _written(manifest))


def digest(manifest: Manifest) -> str:
    """The SHA-256 of a manifest as it is written. Lakes of one digest give one answer to every question that has but one."""
    return hashlib.sha256(_written(manifest)).hexdigest()


def _written(manifest: Manifest) -> bytes:
    parts = [_document(part) for part in sorted(manifest.parts, key=_order)]
    content = ",\n".join(json.dumps(part, separators=(",", ":")) for part in parts)
    return f'{{"format": "{FORMAT}", "parts": [\n{content}\n]}}\n'.encode()


def _mark(folder: Path) -> str:
    path = Path(named(folder / MARK))
    try:
        document = json.loads(read_small(path, 4096))
        said, id = document["format"], document.get("id", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("lake.damaged", path=path) from error
    if said != FORMAT:
        raise InputError("lake.other_version", path=path, version=_version(said))
    if id != "" and not (isinstance(id, str) and _ID.fullmatch(id)):
        raise InputError("lake.damaged", path=path)
    return str(id)


def _named(folder: Path) -> str:
    """Gives a lake its id, unless another program does so at this moment."""
    with claimed(folder, wait=True):
        if not _mark(folder):
            write(folder / MARK, _marked())
        return _mark(folder)


def _marked() -> bytes:
    return json.dumps({"format": FORMAT, "id": token_hex(16)}).encode() + b"\n"


def _version(said: Any) -> str:
    return said if isinstance(said, str) and len(said) < 40 else "?"


def _order(part: Part) -> tuple[Any, ...]:
    return part.family, part.period, part.prefix, part.first, part.last, [file.sha256 for _, file in sorted(part.files.items())]


def _document(part: Part) -> dict[str, Any]:
    files = {
        name: {"sha256": file.sha256, "size": file.size, "rows": file.rows, "schema": file.schema}
        for name, file in sorted(part.files.items())
    }
    head = {"family": part.family, "period": part.period, "prefix": part.prefix, "rows": part.rows}
    return head | {"first": part.first, "last": part.last, "files": files}


def _part(row: Any, path: Path) -> Part:
    """A part whose every field is of the form that a place in the lake is made of. Raises `ValueError` and its like."""
    bounds(row["period"])
    names = FAMILIES[row["family"]]
    files = {}
    for name, file in row["files"].items():
        if name not in names or not _DIGEST.fullmatch(file["sha256"]):
            raise ValueError(name)
        if file["schema"] != VERSION:
            raise InputError("lake.other_version", path=path, version=_version(file["schema"]))
        files[name] = File(file["sha256"], _count(file["size"]), _count(file["rows"]), file["schema"])
    if not _PREFIX.fullmatch(row["prefix"]) or not _KEY.fullmatch(row["first"]) or not _KEY.fullmatch(row["last"]) or not files:
        raise ValueError(row["prefix"])
    return Part(row["family"], row["period"], row["prefix"], _count(row["rows"]), row["first"], row["last"], files)


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value
