"""Whose act a call is: its stack, read frame by frame from the innermost outwards."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from mingjian.extract import catalogue
from mingjian.extract.catalogue import Api
from mingjian.extract.hooks import watched
from mingjian.extract.owner import Owners, in_library, in_platform
from mingjian.model.run import Member
from mingjian.model.shipped import catalog
from mingjian.model.types import UNKNOWN

_MOST_KNOWN = 1 << 16
_LARGEST = 1 << 24
_LONGEST = 1000

_NAME = re.compile(r"\s*(?:at\s+)?([^\s()]+)")
_HIDDEN = re.compile(r"(\$\$Lambda(?:\$\d+)?)/(?:0x)?[0-9a-fA-F]+(?=\.|$)")
_LINE = re.compile(r":\d+$")
_NATIVE_START = re.compile(r"\s*(?:#\d|0x|/|\[)")
_NATIVE_FILE = re.compile(r"(?<![\w.])lib([\w+-]{1,100})\.so(?![\w.])")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: dotted class and method (both empty for native code), and whose act a call from here is. None: the frame only hands calls
    on, and the next one decides. `row` is the catalogue's row of the method itself, where it is one of those that are watched."""

    cls: str
    method: str
    owner: str | None
    row: Api | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called: `app`, `sdk.<id>` or `unknown`; the frame that decided, empty when none did; the frames of watched methods that were
    passed over before it, innermost first."""

    owner: str
    frame: str
    passed: tuple[Frame, ...] = ()


class Callers:
    """Answers for one package. A frame is read once, however often it comes."""

    def __init__(self, owners: Owners) -> None:
        self._owners = owners
        self._known: dict[str, tuple[Frame, Caller]] = {}
        self._size = 0

    def of(self, stack: tuple[str, ...], cls: str = "", method: str = "") -> Caller:
        """The caller of a method. Its own frame, which some tools leave at the top, is no caller, even where the method is an SDK's. A
        stack that ends before somebody is found tells nothing, whether it was cut or not."""
        passed: list[Frame] = []
        for text in stack:
            frame, caller = self._known.get(text) or self._read(text)
            if frame.owner is not None and not (frame.method == method and frame.cls == cls and cls):
                return Caller(frame.owner, text, tuple(passed)) if passed else caller
            if frame.row is not None:
                passed.append(frame)
        return Caller(UNKNOWN, "", tuple(passed))

    def _read(self, text: str) -> tuple[Frame, Caller]:
        # A hostile recording may have a new and long frame in every line.
        self._size += len(text)
        if len(self._known) >= _MOST_KNOWN or self._size > _LARGEST:
            self._known.clear()
            self._size = len(text)
        frame = self._decide(text[:_LONGEST])
        self._known[text] = (frame, Caller(frame.owner or UNKNOWN, text))
        return self._known[text]

    def _decide(self, text: str) -> Frame:
        if not text.strip():
            return Frame("", "", None)
        if _NATIVE_START.match(text) or _NATIVE_FILE.search(text):
            return Frame("", "", _native_owner(text))
        cls, method = member_of(text)
        found = watched(Member(cls=cls, method=method), None) if cls else None
        return Frame(cls, method, self._owner(cls) if cls else UNKNOWN, found.row if found is not None else None)

    def _owner(self, cls: str) -> str | None:
        if _hands_on(cls):
            return None
        owner = self._owners.of_name(cls)
        descriptor = f"L{cls};"
        return None if owner == UNKNOWN and (in_platform(descriptor) or in_library(descriptor)) else owner


def member_of(text: str) -> tuple[str, str]:
    """Dotted class and method of a frame as any tool writes it: `a.b.C.m(File.java:12)`, `java.base/java.lang.Thread.run`,
    `a.b.C$$Lambda$14/0x08.run`, `La/b/C;->m(I)V`, `a.b.C.m() 1,536`. Both are empty for what names no member."""
    found = _NAME.match(text)
    if found is None:
        return "", ""
    name = found.group(1)
    if name.startswith("L") and ";->" in name:
        owner, _, method = name.partition(";->")
        return owner[1:].replace("/", "."), method
    name = _LINE.sub("", _HIDDEN.sub(r"\1", name))
    if "/" in name:
        before, _, last = name.rpartition("/")
        # What stands before a slash is a class loader and a module (`app//`, `java.base@17/`), unless slashes part the whole name.
        name = last if last.count(".") > 1 or not before.replace("/", "").isidentifier() or "//" in name else name.replace("/", ".")
    cls, _, method = name.rpartition(".")
    return cls.rstrip("."), method


def _native_owner(text: str) -> str | None:
    found = _NATIVE_FILE.search(text)
    if any(f" {place}" in f" {text}" for place in _data()["system_places"]) or (found and found.group(1) in _system_libraries()):
        return None
    file = found.group(0) if found else ""
    sdks = {id for pattern, id in _libraries_of_sdks() if fnmatchcase(file, pattern)}
    return f"sdk.{sdks.pop()}" if len(sdks) == 1 else UNKNOWN


def _hands_on(cls: str) -> bool:
    return bool(_generated().fullmatch(cls.rpartition(".")[2])) or cls.startswith(_recorders())


@cache
def _generated() -> re.Pattern[str]:
    return re.compile(_data()["generated"])


@cache
def _recorders() -> tuple[str, ...]:
    return tuple(prefix if prefix.endswith("_") else prefix + "." for prefix in _data()["recorders"])


@cache
def _system_libraries() -> frozenset[str]:
    return frozenset(_data()["system_libraries"])


@cache
def _libraries_of_sdks() -> tuple[tuple[str, str], ...]:
    return tuple((name, sdk.id) for sdk in catalogue.sdks().values() for name in (*sdk.native_libs, *sdk.libs_seen))


def _data() -> dict[str, Any]:
    data: dict[str, Any] = catalog("frames")
    return data
