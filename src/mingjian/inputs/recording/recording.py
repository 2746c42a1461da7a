"""Recordings that somebody gives, of whatever tool -> artifacts and tracks. The formats are listed here, by name, in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mingjian.errors import InputError
from mingjian.inputs.files import artifact, looks_like, open_file
from mingjian.inputs.recording import run1
from mingjian.inputs.recording.track import Head, Track
from mingjian.model.types import Artifact

MOST_FILES = 256
"""Recordings of one inspection."""
_HEAD = 64 << 10


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


IMPORTERS: tuple[Importer, ...] = (run1,)
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
    """The recordings in these files. A file that is given twice, under whatever name, is one.

    Raises `InputError` for a file that is none of the known formats, or holds nothing that can be read."""
    if len(paths) > MOST_FILES:
        raise InputError("input.run_too_many_files", path=paths[0], count=len(paths), limit=MOST_FILES)
    files: dict[str, Recorded] = {}
    for path in paths:
        recorded = _open(path)
        files.setdefault(recorded.artifact.sha256, recorded)
    return tuple(file.artifact for file in files.values()), Recording(tuple(files.values()))


def _open(path: Path) -> Recorded:
    importer = _importer(path)
    return Recorded(artifact(path, "run"), importer.name, importer.read(path))


def _importer(path: Path) -> Importer:
    with open_file(path, "run") as file:
        head = Head(path.name, file.read(_HEAD))
    for importer in IMPORTERS:
        if importer.recognises(head):
            return importer
    names = ", ".join(importer.name for importer in IMPORTERS)
    raise InputError("input.run_unknown_format", path=path, looks=looks_like(path), formats=names)
