"""Workbooks that PrivacySentry exports, a tool that is built into the app: one sheet with every call, one that counts them by stack.

The first sheet is read, the second only where the first has no calls: together they would count twice. Times have no year, so no moment can
be made of them; they tell which calls came before the user agreed, where the file says when that was."""

import re
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any, Literal

from mingjian.inputs.recording.hook_call import deciding, is_cut, lost, stack_of, track_of
from mingjian.inputs.recording.sheet_xml import Sheet
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.inputs.recording.workbook import columns_of, rows_of, sheets_of, shows
from mingjian.model.run import Api, Member
from mingjian.model.shipped import catalog

name = "privacysentry"

_MOST_CALLS = 10_000
"""Calls of one stack."""
_TIME = re.compile(r"\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3}", re.ASCII)
_WORD = re.compile(r"[A-Za-z]\w{1,60}", re.ASCII)
_URI = re.compile(r"content://[^\s,，]{1,200}")
_LIST = re.compile(r"\[([\w., ]{1,2000})\]", re.ASCII)
_CHANGE_OF_YEAR = {"01", "12"}


def recognises(head: Head) -> bool:
    """A workbook with the columns of one of its sheets."""
    return shows(head, columns_of(name, "calls")) or shows(head, columns_of(name, "counts"))


def read(path: Path) -> Track:
    """The workbook as a track. Raises `InputError` for a damaged one, and when no call can be read in it."""
    sheets = sheets_of(path)
    return track_of("PrivacySentry", name, path, lambda: _events(sheets))


def _events(sheets: list[Sheet]) -> Iterator[Item]:
    words, numbers = _words(), count(2)
    calls = list(rows_of(sheets, words["calls"]))
    agreed = _agreed([row for _, row in calls])
    calls = [(at, row) for at, row in calls if not _is_confirmation(row)]
    told = (_call(next(numbers), at, row, _stamp(row["time"].strip(), agreed)) for at, row in calls if words["cached"] not in row["alias"])
    yield from told if calls else _counted(rows_of(sheets, words["counts"]), numbers)


def _counted(rows: Iterator[tuple[str, dict[str, str]]], numbers: Iterator[int]) -> Iterator[Item]:
    for at, row in rows:
        times = int(row["count"]) if re.fullmatch(r"\d{1,9}", row["count"].strip(), re.ASCII) else 1
        if _words()["cached"] not in row["alias"]:
            yield from (_call(next(numbers), at, row, None) for _ in range(min(times, _MOST_CALLS)))
            if times > _MOST_CALLS:
                yield lost(next(numbers), at, "too_large")


def _call(seq: int, at: str, row: dict[str, str], stamped: Literal["before_consent", "after_consent"] | None) -> Item:
    stack = stack_of(row["stack"])
    method = _member(row["function"], row["alias"])
    if method is None:
        return lost(seq, at, "bad_row")
    alias = row["alias"].strip()
    return Api(
        seq=seq,
        at=at,
        told=stamped,
        api=method,
        args=_arguments(alias),
        result="denied" if alias.endswith(tuple(_words()["refused"])) else None,
        stack=stack,
        stack_cut=is_cut(stack),
    )


def _member(function: str, alias: str) -> Member | None:
    """The method by its name, which stands alone, in a key of the tool's own or in the alias."""
    classes: dict[str, str] = _words()["classes"]
    names = _WORD.findall(function.splitlines()[0][:200]) if function.strip() else []
    known = next((word for word in chain(names, _WORD.findall(alias[:200])) if word in classes), None)
    if known is not None:
        return Member(cls=classes[known], method=known)
    return Member(cls="", method=names[-1]) if names else None


def _arguments(alias: str) -> tuple[str | None, ...] | None:
    """The one argument that an alias tells."""
    said = alias.partition(_words()["argument"])[2].strip()
    if said:
        return (deciding(said),)
    if uri := _URI.search(alias):
        return (deciding(uri[0]),)
    listed = _LIST.search(alias)
    return (deciding([item.strip() for item in listed[1].split(",")]),) if listed else None


def _agreed(rows: list[dict[str, str]]) -> str | None:
    """When the user agreed, once and by the tool's own row; none where a change of the year makes times of no order."""
    times = {row["time"].strip() for row in rows if _is_confirmation(row)}
    months = {row["time"].strip()[:2] for row in rows}
    agreed = next(iter(times)) if len(times) == 1 else ""
    return agreed if _TIME.fullmatch(agreed) and not months >= _CHANGE_OF_YEAR else None


def _stamp(time: str, agreed: str | None) -> Literal["before_consent", "after_consent"] | None:
    if agreed is None or time == agreed or not _TIME.fullmatch(time):
        return None
    return "before_consent" if time < agreed else "after_consent"


def _is_confirmation(row: dict[str, str]) -> bool:
    confirmed: str = _words()["confirmed"]
    return row["function"].strip() == confirmed


def _words() -> dict[str, Any]:
    words: dict[str, Any] = catalog("hook_tools")[name]
    return words
