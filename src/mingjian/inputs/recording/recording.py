"""Recordings that somebody gives, of whatever tool -> artifacts and tracks. The formats are listed here, by name, in one place."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from msgspec import structs

from mingjian.errors import InputError
from mingjian.inputs.files import artifact, looks_like, open_file
from mingjian.inputs.recording import (
    appops,
    appscan,
    camille,
    chlsj,
    eventlog,
    flows,
    frida_trace,
    frooky,
    har,
    mobsf,
    pcap,
    pcapdroid_csv,
    privacysentry,
    run1,
    uiautomator,
)
from mingjian.inputs.recording.beside import related
from mingjian.inputs.recording.track import Head, Track
from mingjian.model.types import Artifact

MOST_FILES = 256
"""Recordings of one inspection."""
_HEAD = 64 << 10
_DEEPEST = 3
_MOST_ENTRIES = 50_000
_OF_SCREENS = (".xml", ".png", ".jpg", ".jpeg")


class Importer(Protocol):
    """What the module of a format offers; docs/runs.md says more."""

    @property
    def name(self) -> str:
        """The format's id."""
        ...

    def recognises(self, head: Head) -> bool:
        """Whether a file that begins so is of this format."""
        ...

    def read(self, path: Path) -> Track:
        """The file as a track. Raises `InputError` where nothing of it can be read."""
        ...


IMPORTERS: tuple[Importer, ...] = (
    run1,
    uiautomator,
    har,
    chlsj,
    flows,
    pcap,
    pcapdroid_csv,
    appops,
    eventlog,
    mobsf,
    frooky,
    camille,
    appscan,
    privacysentry,
    frida_trace,
)
"""Every format, those first whose files say what they are."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One file of a recording, the format it was recognised as, and what it holds."""

    artifact: Artifact
    format: str
    track: Track


@dataclass(frozen=True, slots=True)
class Recording:
    """All files that were given together, in the order given."""

    files: tuple[Recorded, ...]


def open_recording(paths: Sequence[Path]) -> tuple[tuple[Artifact, ...], Recording]:
    """The recordings in these files. A folder stands for the files of known formats in it and in its folders; screens that lie in one
    folder are one recording. A file that is given twice, under whatever name, is one;
    what another file's session says of it counts.

    Raises `InputError` for a file that is none of the known formats, or holds nothing that can be read."""
    found = [each for path in paths for each in (_within(path) if path.is_dir() else [(path, _importer(path))])]
    if len(found) > MOST_FILES:
        raise InputError("input.run_too_many_files", path=paths[0], count=len(found), limit=MOST_FILES)
    files: dict[str, Recorded] = {}
    for path, importer in found:
        recorded = _open(path, importer)
        files.setdefault(recorded.artifact.sha256, recorded)
    tracks = related([(file.artifact.sha256, file.track) for file in files.values()])
    given = tuple(replace(file, track=track) for file, track in zip(files.values(), tracks, strict=True))
    return tuple(file.artifact for file in given), Recording(given)


def _within(folder: Path, depth: int = 0) -> list[tuple[Path, Importer]]:
    found: dict[Path, Importer] = {}
    for path in _entries(folder):
        if path.is_dir():
            found.update(_within(path, depth + 1) if depth < _DEEPEST else ())
        elif path.is_file() and path.stat().st_size and (importer := _recognised(path)) is not None:
            found[folder if importer is uiautomator else path] = importer
    if not found and depth == 0:
        raise InputError("input.run_empty_folder", path=folder)
    return list(found.items())


def _entries(folder: Path) -> list[Path]:
    try:
        entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise InputError("input.denied", path=folder) from error
    if len(entries) > _MOST_ENTRIES:
        raise InputError("input.run_too_many_files", path=folder, count=len(entries), limit=_MOST_ENTRIES)
    return entries


def _open(path: Path, importer: Importer) -> Recorded:
    origin = _of_screens(path) if path.is_dir() else artifact(path, "run")
    track = importer.read(path)
    if importer is not run1:
        parts = tuple(structs.replace(part, name=origin.name, sha256=origin.sha256) for part in track.session.parts)
        track = replace(track, session=structs.replace(track.session, parts=parts))
    return Recorded(origin, importer.name, track)


def _of_screens(folder: Path) -> Artifact:
    """A folder of dumps and their pictures as one artifact: its digest is that of a list of theirs, in order of their names."""
    files = [artifact(path, "run") for path in _entries(folder) if path.suffix.lower() in _OF_SCREENS and path.stat().st_size]
    listed = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return Artifact(
        hashlib.sha256(listed.encode("utf-8", "surrogatepass")).hexdigest(), "run", folder.name, sum(file.size for file in files)
    )


def _importer(path: Path) -> Importer:
    importer = _recognised(path)
    if importer is None:
        names = ", ".join(importer.name for importer in IMPORTERS if importer is not frida_trace)
        raise InputError("input.run_unknown_format", path=path, looks=looks_like(path), formats=names)
    return importer


def _recognised(path: Path) -> Importer | None:
    with open_file(path, "run") as file:
        head = Head(path.name, file.read(_HEAD))
    return next((importer for importer in IMPORTERS if importer.recognises(head)), None)
