"""Output of frida-trace. It is known only to be refused with what to use instead: no times in files, no stacks, no values."""

import re
from pathlib import Path

from mingjian.errors import InputError
from mingjian.inputs.files import open_file
from mingjian.inputs.recording.text_lines import text_of
from mingjian.inputs.recording.track import Head, Track

name = "frida-trace"

_FEWEST = 3
_LINES = 50
_THREAD = re.compile(r"\s*/\* TID 0x[0-9a-f]{1,16} \*/\s*")
_CALL = re.compile(
    r"(?:\s{0,10}\d{1,9} ms)?\s{0,20}(?:\|\s{0,20}){0,40}(?:[\w$:~.<>+\[\]-]{1,200}(?: [\w$:]{1,200}\])?\(.{0,4000}\)|<= .{0,4000})\s*"
)
_TALK = re.compile(r"(?:Started tracing \d+ function|Instrumenting|[\w.$*-]{1,200}: (?:Loaded|Auto-generated) handler at ).{0,400}")


def recognises(head: Head) -> bool:
    """Its own words, or nothing but calls, one a line."""
    lines = text_of(head.start)[:_LINES]
    if any(_THREAD.fullmatch(line) or _TALK.fullmatch(line) for line in lines):
        return all(_THREAD.fullmatch(line) or _TALK.fullmatch(line) or _CALL.fullmatch(line) for line in lines[:_FEWEST])
    return len(lines) >= _FEWEST and all(map(_CALL.fullmatch, lines[:-1] if len(head.start) > 65_000 else lines))


def read(path: Path) -> Track:
    """Raises `InputError`, always."""
    open_file(path, "run").close()
    raise InputError("input.run_no_evidence", path=path)
