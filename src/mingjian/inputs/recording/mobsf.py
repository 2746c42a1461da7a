"""What MobSF's monitor of calls writes: lines `MobSF-API-Monitor: {…},` between others, or, in `mobsf_api_monitor.txt`, the objects alone.
No times, and of a stack only the caller. A result that was false, zero or missing is left out, so that nothing tells which."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from mingjian.inputs.files import open_file
from mingjian.inputs.recording.hook_call import arguments_of, call, lost, member, returned, stack_of, track_of
from mingjian.inputs.recording.json_stream import Element, JsonStream, fields, items, text
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.model.run import Api, Member

name = "mobsf"

_MARK = b"MobSF-API-Monitor: "
_BARE = re.compile(rb'[\s,]*\{\s*"name"\s*:\s*"[^"]{0,100}"\s*,\s*"class"\s*:\s*"[^"]{0,300}"\s*,\s*"method"\s*:')
_BOM = b"\xef\xbb\xbf"
_MOST_LINE = 4 << 20


class _AsArray:
    """A file of objects with commas between as a JSON array."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._before, self._after = b"[", b"]"

    def read(self, size: int) -> bytes:
        if self._before:
            before, self._before = self._before, b""
            return before + self._file.read(size).removeprefix(_BOM)
        chunk = self._file.read(size)
        if not chunk:
            chunk, self._after = self._after, b""
        return chunk


def recognises(head: Head) -> bool:
    """A line with the monitor's name before an object, or the objects alone."""
    return _MARK + b"{" in head.start or _BARE.match(head.start.removeprefix(_BOM)) is not None


def read(path: Path) -> Track:
    """The file as a track. Raises `InputError` when no call can be read in it."""
    return track_of("MobSF", name, path, lambda: _events(path))


def _events(path: Path) -> Iterator[Item]:
    with open_file(path, "run") as file:
        bare = _BARE.match(file.read(4096).removeprefix(_BOM)) is not None
        file.seek(0)
        for seq, (at, told) in enumerate(_alone(file) if bare else _between(file), 2):
            called = fields(told.value)
            method = member(text(called.get("class")), text(called.get("method")))
            yield lost(seq, at, told.lost or "bad_record") if method is None else _call(seq, at, called, method)


def _alone(file: BinaryIO) -> Iterator[tuple[str, Element]]:
    """The objects of a file that holds nothing else, each with its locator."""
    for element in JsonStream(cast("BinaryIO", _AsArray(file))).elements(None, ("calls",)):
        yield f"mobsf:[{'' if element.index is None else element.index}]", element


def _between(file: BinaryIO) -> Iterator[tuple[str, Element]]:
    """The objects of lines that bear the monitor's name."""
    number = 0
    while line := file.readline(_MOST_LINE):
        number += 1
        at, whole, marked = f"line:{number}", len(line) < _MOST_LINE or line.endswith(b"\n"), _MARK + b"{" in line
        while len(line) == _MOST_LINE and not line.endswith(b"\n"):
            line = file.readline(_MOST_LINE)
        if marked:
            value = _object(line.partition(_MARK)[2]) if whole else None
            yield at, Element("", number, value, "" if whole else "too_large")


def _object(said: bytes) -> Any:
    """The object that a line begins with; none when it begins with none. A comma follows it, and what quotes the line."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(said.decode("utf-8", "replace"))[0]
    except (ValueError, RecursionError):
        return None


def _call(seq: int, at: str, called: dict[str, Any], method: Member) -> Item:
    result, raw = returned(called.get("result", called.get("returnValue")))
    return call(
        Api(
            seq=seq,
            at=at,
            api=method,
            args=arguments_of(items(called.get("arguments"))),
            result=result,
            stack=stack_of(text(called.get("calledFrom"))),
            stack_cut=True,
        ),
        raw,
    )
