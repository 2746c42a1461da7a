"""The process that reads one bundle: opens it, loads what its parsers need, confines itself, answers and ends.

Request: a line of JSON (`path`, `memory`, `seconds`, `library`: the folder of LIEF, `asked`). Response: a line of JSON with `confinement`
and `declared` or `error`, then, for a bundle that can be read, a line with `binaries` and `faults`: what ends the reading of code takes
nothing else along."""

import codecs
import json
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

from mingjian.inputs.bundles import harmony
from mingjian.inputs.bundles.archive import Archive, Budget
from mingjian.inputs.bundles.asked import Asked
from mingjian.inputs.bundles.unreadable import UnreadableError
from mingjian.native.confined import confine

_ENCODINGS = ("cp437", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig")
"""What archives and lists are written in: loaded while files can still be opened."""
_SHARE = 0.7
"""Of the time, so much is for reading code; then the rest is told unread."""


def main() -> None:
    """Reads one request from standard input and writes the response to standard output."""
    request = json.loads(sys.stdin.buffer.readline())
    late = time.monotonic() + request["seconds"] * _SHARE
    ios = _ios(request["library"])
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)
    head: dict[str, Any] = {}
    with Path(request["path"]).open("rb") as file:
        head["confinement"] = confine(request["memory"], request["seconds"])
        try:
            app = _app(file, ios)
            head["declared"] = app.declared()
        except UnreadableError as error:
            head["error"] = {"code": error.code, "detail": error.detail}
        _write(head)
        if "error" not in head:
            _write(app.code(Asked.of(request["asked"]), lambda: time.monotonic() > late))


def _ios(library: str) -> Any:
    """The reader of iOS packages, none where LIEF is not installed."""
    if not library:
        return None
    sys.path.append(library)
    from mingjian.inputs.bundles import ios, macho  # noqa: PLC0415 - HarmonyOS is read without the library

    macho.prepare()
    return ios


def _app(file: BinaryIO, ios: Any) -> Any:
    budget = Budget()
    archive = Archive(file, budget)
    names = archive.entries
    ours = any(name.startswith("Payload/") and name.count("/") == 2 and name.endswith(".app/Info.plist") for name in names)
    android = "AndroidManifest.xml" in names or any(name.endswith(".apk") for name in names)
    # Each system takes its own part of such a file, and what one reads says nothing of the others.
    if sum((ours, "AndroidManifest.xml" in names, harmony.is_certain(archive))) > 1:
        raise UnreadableError("two_systems")
    if ours:
        if ios is None:
            raise UnreadableError("no_lief")
        return ios.App(archive)
    if not android and any(name.startswith("Payload/") for name in (*names, *archive.strange)):
        raise UnreadableError("no_app")
    if harmony.is_certain(archive) or (harmony.is_harmony(archive) and not android):
        return harmony.App(archive, budget)
    if not android and not harmony.MARKS.isdisjoint(archive.strange):
        raise UnreadableError("no_module", archive.strange[0])
    raise UnreadableError("no_bundle")


def _write(part: dict[str, Any]) -> None:
    # Half a character, of which hostile texts are made, is nothing that a reader of JSON has to take.
    said = json.dumps(part, ensure_ascii=False).encode("utf-8", "replace")
    sys.stdout.buffer.write(said + b"\n")
    sys.stdout.buffer.flush()
