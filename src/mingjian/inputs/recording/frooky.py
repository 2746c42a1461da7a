"""What frooky writes: one JSON object a line, first a summary of the hooks, then the calls with types, stack and what came back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mingjian.inputs.files import open_file
from mingjian.inputs.recording.hook_call import arguments_of, call, is_cut, lost, member, returned, stack_of, track_of
from mingjian.inputs.recording.instant import iso_instant
from mingjian.inputs.recording.json_stream import decoded, fields, items, text
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.model.run import Api, Clock, Member, Result

name = "frooky"

_BOM = b"\xef\xbb\xbf"
_MOST_LINE = 4 << 20
_CALLS = (b'"stackTrace"', b'"inputParameters"', b'"type"')
_SUMMARY = (b'"summary"', b'"hooks"', b'"totalHooks"')


def recognises(head: Head) -> bool:
    """One of the first lines is a call or the summary."""
    lines = head.start.removeprefix(_BOM).lstrip().split(b"\n", 20)[:20]
    return any(line.startswith(b"{") and any(all(mark in line for mark in marks) for marks in (_CALLS, _SUMMARY)) for line in lines)


def read(path: Path) -> Track:
    """The file as a track; its times are of the device, where the agent runs. Raises `InputError` when no call can be read in it."""
    return track_of("frooky", name, path, lambda: _events(path), Clock(error_ms=0.0))


def _events(path: Path) -> Iterator[Item]:
    seq, number = 2, 0
    with open_file(path, "run") as file:
        while line := file.readline(_MOST_LINE):
            number += 1
            whole = len(line) < _MOST_LINE or line.endswith(b"\n")
            while len(line) == _MOST_LINE and not line.endswith(b"\n"):
                line = file.readline(_MOST_LINE)
            if whole and not line.strip():
                continue
            item = _item(seq, f"line:{number}", decoded(line)) if whole else lost(seq, f"line:{number}", "too_large")
            if item is not None:
                yield item
                seq += 1


def _item(seq: int, at: str, told: Any) -> Item | None:
    """The call of a line, or its loss; none for a line that tells of no call of Java."""
    called = fields(told)
    if text(called.get("type")) not in ("", "hook"):
        return None
    parameters = [fields(each) for each in items(called.get("inputParameters"))]
    types = tuple(text(each.get("declaredType")) for each in parameters)
    method = member(text(called.get("class")), text(called.get("method")), types if all(types) and "inputParameters" in called else None)
    return lost(seq, at, "bad_line") if method is None else _call(seq, at, called, method, parameters)


def _call(seq: int, at: str, called: dict[str, Any], method: Member, parameters: list[dict[str, Any]]) -> Item:
    result, raw = _came_back(called)
    stack = stack_of("\n".join(text(frame) for frame in items(called.get("stackTrace"))))
    return call(
        Api(
            seq=seq,
            ts=iso_instant(called.get("time")),
            at=at,
            api=method,
            args=arguments_of([each.get("value") for each in parameters]),
            result=result,
            stack=stack,
            stack_cut=is_cut(stack),
        ),
        raw,
    )


def _came_back(called: dict[str, Any]) -> tuple[Result | None, str | None]:
    if "exception" in called:
        result, _ = returned(called["exception"])
        return "denied" if result == "denied" else "error", None
    told = fields(next(iter(items(called.get("returnValue"))), None))
    if not told or told.get("declaredType") == "void":
        return None, None
    value = told.get("value")
    # JSON's null is what the method returned, and no silence of the tool.
    result, raw = returned("null" if value is None and "value" in told else value)
    shown = told.get("instanceToString")
    return returned(shown) if result == "value" and raw is None and isinstance(shown, str) and shown else (result, raw)
