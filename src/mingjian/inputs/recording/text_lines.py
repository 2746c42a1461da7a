"""Text that a device or a tool printed, line by line, and what first lines of ours say of it.

Dumps of the system give times of the device without zone, and do not always name the app. First lines of ours tell both, which the recorder
writes and an inspector may: `# captured 2026-01-05T09:00:00+08:00` and `# package com.example.app`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

from mingjian.inputs.files import open_file

MOST_LINE = 16 << 10
"""Characters of a line; what is longer is no line of these formats."""

_MOST_HEADINGS = 8
_CAPTURED = re.compile(r"#\s?captured (\S{20,40})\s*")
_PACKAGE = re.compile(r"#\s?package ([A-Za-z]\w{0,80}(?:\.\w{1,80}){1,12})\s*", re.ASCII)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its number, counted from 1; `text` is none when it is too long."""

    number: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Heading:
    """What the first lines say: when everything was captured, with the zone of the device, and which app it is about."""

    taken: datetime | None = None
    package: str | None = None


def lines_of(path: Path) -> Iterator[Line]:
    """The lines of a file in UTF-8 or, as some shells redirect output, UTF-16; one in memory at a time, without their ends."""
    with open_file(path, "run") as file:
        wide = file.read(2) in _UTF_16
        file.seek(0)
        lines = TextIOWrapper(file, "utf-16" if wide else "utf-8-sig", errors="replace", newline="\n")
        number = 0
        while text := lines.readline(MOST_LINE):
            number += 1
            whole = len(text) < MOST_LINE or text.endswith("\n")
            while len(text) == MOST_LINE and not text.endswith("\n"):
                text = lines.readline(MOST_LINE)
            yield Line(number, text.rstrip("\r\n") if whole else None)


def text_of(start: bytes) -> list[str]:
    """The beginning of a file as lines, for recognising it: those that are ours, and empty ones, left out."""
    text = start.decode("utf-16", "replace") if start.startswith(_UTF_16) else start.decode("utf-8-sig", "replace")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def heading_of(path: Path) -> Heading:
    """What the first lines of a file say, as far as they are ours."""
    heading = Heading()
    for line in islice(lines_of(path), _MOST_HEADINGS):
        if line.text is None or not line.text.startswith("#"):
            break
        named = _PACKAGE.fullmatch(line.text)
        heading = Heading(heading.taken or _captured(line.text), heading.package or (named[1] if named else None))
    return heading


def _captured(line: str) -> datetime | None:
    found = _CAPTURED.fullmatch(line)
    try:
        moment = datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def moment_of(local: str, taken: datetime | None) -> float | None:
    """Milliseconds since 1970 of `2026-01-05 09:00:00.123` by the clock of the device, given when and in which zone it was captured; none
    without that. A time after the capture is none either: the clock of the device was set since."""
    try:
        moment = datetime.fromisoformat(local.strip())
    except ValueError:
        return None
    if taken is None or moment.tzinfo is not None:
        return None
    moment = moment.replace(tzinfo=taken.tzinfo)
    return moment.timestamp() * 1000 if moment.year > 1970 and moment <= taken + timedelta(minutes=1) else None
