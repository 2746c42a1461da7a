"""One intercepted call as tools that hook an app tell it: what of its arguments, its result and its stack may be handed on.

Such tools write raw values. Of arguments only what decides is kept, and what a call returned travels beside the event, never in it."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from mingjian.errors import InputError
from mingjian.inputs.recording.exchange import sound
from mingjian.inputs.recording.track import Carried, Item, Track
from mingjian.model.run import Api, Clock, Member, Part, Result, Session, Span

MOST_FRAMES = 400
_MOST_ARGUMENTS = 32
_MOST_ITEMS = 64
_LONGEST = 200
_LONGEST_FRAME = 500
_LONGEST_NAME = 300
_LONGEST_VALUE = 64 << 10
_MOST_DIGITS = 12
_DIGITS = re.compile(r"\d{6}")
_WORD = re.compile(r"[A-Za-z0-9]+")
_LONGEST_WORD = 40
_ADDRESS = re.compile(r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|\d{1,3}(?:\.\d{1,3}){3}")
_OBJECT = re.compile(r"<instance: .{1,600}>|\[object .{1,100}\]|[\w.$\[;]{1,300}@[0-9a-f]{1,16}", re.DOTALL)
_NOTHING = ("", "null", "undefined", "none", "[]", "{}")
_FAILED = re.compile(r"(?:Error: )?(?:[a-z]\w{0,60}\.){1,12}([A-Z]\w{0,80}(?:Exception|Error))(?![\w.])")
_REFUSED = "SecurityException"
_FRAME = re.compile(r"(?:at\s+)?([A-Za-z_$][\w$]*(?:\.[\w$<>-]+)+)", re.ASCII)
_ROOTS = ("java.lang.Thread.run", "com.android.internal.os.ZygoteInit.main", "dalvik.system.NativeStart.main")


def track_of(tool: str, format: str, path: Path, events: Callable[[], Iterator[Item]], clock: Clock | None = None) -> Track:
    """The recording of one tool that hooks; which hooks it placed, nobody knows. Raises `InputError` when no call can be read in it."""
    if all(isinstance(item, Span) for item in events()):
        raise InputError("input.run_no_calls", path=path, format=tool)
    part = Part(tool=tool, tier="hook", format=format, name=path.name, clock=clock or Clock())
    return Track(Session(parts=(part,)), events)


def lost(seq: int, at: str, what: str) -> Span:
    """The event that says that calls in a recording could not be read."""
    return Span(seq=seq, at=at, channel="api", status="lost", what=what)


def call(event: Api, raw: str | None) -> Item:
    """The event, with what the call returned where that is known."""
    return event if raw is None else Carried(event, raw=raw)


def member(cls: str, method: str, sig: tuple[str, ...] | None = None) -> Member | None:
    """The method of these names; none where they are no names."""
    cls, method = sound(cls.strip()), sound(method.strip())
    named = bool(method) and len(cls) <= _LONGEST_NAME and len(method) <= _LONGEST_NAME
    types = None if sig is None else tuple(sound(each[:_LONGEST_NAME]) for each in sig[:_MOST_ARGUMENTS])
    return Member(cls=cls, method=method, sig=types) if named else None


def member_of(frame: str) -> Member | None:
    """The method that a frame stands in; none where it is no frame of Java."""
    found = _FRAME.match(frame)
    if found is None:
        return None
    cls, _, method = found[1].rpartition(".")
    return member(cls, method)


def stack_of(text: str) -> tuple[str, ...]:
    """The frames of a stack that was written as text, a frame a line, from the innermost outwards."""
    lines = (sound(line.strip().removesuffix("<-").strip())[:_LONGEST_FRAME] for line in text.splitlines())
    return tuple(line for line in lines if line)[:MOST_FRAMES]


def is_cut(stack: tuple[str, ...]) -> bool:
    """Whether frames are missing: a whole stack ends where a thread begins."""
    return not any(frame.removeprefix("at ").startswith(_ROOTS) for frame in stack[-2:])


def arguments_of(told: list[object]) -> tuple[str | None, ...]:
    """The arguments, of which only those stay that decide what is reached."""
    return tuple(map(deciding, told[:_MOST_ARGUMENTS]))


def deciding(argument: object) -> str | None:
    """An argument that may be a key of the settings, a URI, a permission, a command or a path, or a list of such; none for what may be a
    value of the user or the device."""
    if isinstance(argument, list):
        items = [deciding(each) for each in argument[:_MOST_ITEMS]]
        return json.dumps(items) if items and None not in items else None
    if not isinstance(argument, str):
        return None
    text = argument.partition("?")[0].strip() if "://" in argument[:40] else argument.strip()
    if not text or len(text) > _LONGEST or not text.isascii() or not text.isprintable() or "@" in text or _OBJECT.fullmatch(text):
        return None
    words = _WORD.findall(text)
    if _DIGITS.search(text) or sum(map(str.isdigit, text)) > _MOST_DIGITS or _ADDRESS.search(text) or any(map(_is_random, words)):
        return None
    return text if any(map(str.isalpha, text)) else None


def _is_random(word: str) -> bool:
    return len(word) > _LONGEST_WORD or (len(word) > 5 and sum(map(str.isdigit, word)) > 2)


def returned(told: object) -> tuple[Result | None, str | None]:
    """What came back by the text that a tool gives for it, and the value itself where it is one; none where the tool says nothing."""
    if told is None:
        return None, None
    text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
    text = sound(text[: _LONGEST_VALUE + 1])
    bare = text.strip()
    if bare.lower() in _NOTHING:
        return "empty", None
    if failed := _FAILED.match(bare):
        return "denied" if failed[1] == _REFUSED else "error", None
    return "value", None if _OBJECT.fullmatch(bare) or len(text) > _LONGEST_VALUE else text
