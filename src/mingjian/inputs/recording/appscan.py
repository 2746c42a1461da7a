"""The list of watched calls (关注列表) that AppScan exports: whose they are by its own table, what they do, and their stacks.

The method is the innermost frame of the stack. It holds no times, and the latest call comes first. Its other list (风险列表) holds what a
person judged and is no recording."""

from collections.abc import Iterator
from pathlib import Path

from mingjian.inputs.recording.hook_call import is_cut, lost, member_of, stack_of, track_of
from mingjian.inputs.recording.sheet_xml import Sheet
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.inputs.recording.workbook import columns_of, rows_of, sheets_of, shows
from mingjian.model.run import Api
from mingjian.model.shipped import catalog

name = "appscan"


def recognises(head: Head) -> bool:
    """A workbook with its columns."""
    return shows(head, columns_of(name))


def read(path: Path) -> Track:
    """The workbook as a track. Raises `InputError` for a damaged one, and when no call can be read in it."""
    sheets = sheets_of(path)
    return track_of("AppScan", name, path, lambda: _events(sheets))


def _events(sheets: list[Sheet]) -> Iterator[Item]:
    words = catalog("hook_tools")[name]
    for seq, (at, row) in enumerate(rows_of(sheets, words["columns"]), 2):
        stack = stack_of(row["stack"])
        method = member_of(stack[0]) if stack else None
        arguments = words["arguments"].get(row["action"].strip())
        yield (
            lost(seq, at, "bad_row")
            if method is None
            else Api(seq=seq, at=at, api=method, args=tuple(arguments) if arguments else None, stack=stack, stack_cut=is_cut(stack))
        )
