"""HAR written to a file and read again, for the tests of its reader."""

from pathlib import Path
from typing import Any

import only

from fixtures.recordings.traffic import har
from mingjian.inputs.recording import har as importer
from mingjian.inputs.recording.track import Carried, Item, Payload
from mingjian.model.run import Net, Session, Span

ASKED_AT = 1_789_999_800_000.0 + 200_250.0
"""2026-09-21T14:13:20.250Z."""


def events(tmp_path: Path, content: bytes) -> list[Item]:
    path = tmp_path / "sample.har"
    path.write_bytes(content)
    found = list(importer.read(path).events())
    assert [(item.event if isinstance(item, Carried) else item).seq for item in found] == list(range(2, 2 + len(found)))
    return found


def session(tmp_path: Path, content: bytes) -> Session:
    path = tmp_path / "sample.har"
    path.write_bytes(content)
    return importer.read(path).session


def one(tmp_path: Path, whole: dict[str, Any]) -> tuple[Net, Payload]:
    return only.request(events(tmp_path, har(whole)))


def lone(tmp_path: Path, whole: dict[str, Any]) -> Net:
    return only.connection(events(tmp_path, har(whole)))


def spans(found: list[Item]) -> list[tuple[str | None, str]]:
    return [(item.at, item.what) for item in found if isinstance(item, Span)]
