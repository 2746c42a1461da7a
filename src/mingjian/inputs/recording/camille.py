"""Workbooks that camille exports: a row for each call, with its stack and whether the tool had seen the user agree by then.

The method is the innermost frame of the stack. Times have no zone and count months from zero (`2023-4-6 14:7:9` is 6 May): no moment can be
made of them, and the rows stand in order of time. What came back is not told; where the description quotes it, it stays in the file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from mingjian.inputs.recording.hook_call import arguments_of, is_cut, lost, member_of, stack_of, track_of
from mingjian.inputs.recording.sheet_xml import Sheet
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.inputs.recording.workbook import columns_of, rows_of, sheets_of, shows
from mingjian.model.run import Api
from mingjian.model.shipped import catalog

name = "camille"

_MOST_ARGUMENTS = 32


def recognises(head: Head) -> bool:
    """A workbook with its columns, `.xls` whatever its name says, or saved again."""
    return shows(head, columns_of(name))


def read(path: Path) -> Track:
    """The workbook as a track. Raises `InputError` for a damaged one, and when no call can be read in it."""
    sheets = sheets_of(path)
    return track_of(name, name, path, lambda: _events(sheets))


def _events(sheets: list[Sheet]) -> Iterator[Item]:
    for seq, (at, row) in enumerate(rows_of(sheets, catalog("hook_tools")[name]["columns"]), 2):
        stack = stack_of(row["stack"])
        method = member_of(stack[0]) if stack else None
        if method is None:
            yield lost(seq, at, "bad_row")
            continue
        yield Api(
            seq=seq,
            at=at,
            told=_told(row["status"].strip()),
            api=method,
            args=_arguments(row["arguments"]),
            stack=stack,
            stack_cut=is_cut(stack),
        )


def _told(status: str) -> Literal["before_consent", "after_consent"] | None:
    words = _words()
    return "before_consent" if status == words["before"] else "after_consent" if status == words["after"] else None


def _arguments(told: str) -> tuple[str | None, ...] | None:
    """The arguments of lines `参数0："…"`, each in JSON; none where the cell says nothing."""
    words = _words()
    if told.strip() == words["none"]:
        return ()
    found = {int(number): said for number, said in re.findall(rf"(?m)^\s*{words['argument']}(\d{{1,2}})[：:](.*)$", told)}
    count = min(max(found, default=-1) + 1, _MOST_ARGUMENTS)
    return arguments_of([_decoded(found.get(number, "")) for number in range(count)]) if found else None


def _decoded(said: str) -> object:
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None


def _words() -> dict[str, Any]:
    words: dict[str, Any] = catalog("hook_tools")[name]
    return words
