"""Dumps of `uiautomator dump`, of the servers that speak its dialects (uiautomator2, Appium), one screen a file, each with a screenshot of
the same stem where somebody took one.

A dump tells no time and no density. A time is taken only from a file name that holds milliseconds since 1970."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.parsers import expat

from mingjian.errors import InputError
from mingjian.inputs.files import open_file
from mingjian.inputs.recording.opaque import is_opaque
from mingjian.inputs.recording.picture import Picture, shades
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.model.run import Node, Part, Session, Shade, Span, Ui

name = "uiautomator"

MOST_BYTES = 16 << 20
"""The largest dump. Screens of real apps stay below one MiB."""
MOST_NODES = 20_000
MOST_DEPTH = 500
MOST_TEXT = 1_000_000
"""Characters of text on one screen."""
MOST_DUMPS = 20_000
"""Dumps in one folder."""
MOST_PICTURES = 2000
"""Pictures of one folder in which text is measured; of the others only the digest is taken."""

Fault = Literal["not_idle", "no_root", "malformed", "doctype", "too_large", "empty", "unreadable"]

_LONGEST = 50_000
_LONGEST_NAME = 200
_MOST_PICTURE = 32 << 20
_DUMPS = (".xml", ".uix")
_SCREENSHOTS = (".png", ".jpg", ".jpeg")
_HEAD_BYTES = 64 << 10
_BOUNDS = re.compile(r"\[(-?\d{1,6}),(-?\d{1,6})\]\[(-?\d{1,6}),(-?\d{1,6})\]")
_BEGINS = re.compile(r"<\?xml|<hierarchy\b|<displays\b")
_ENDS = ("</hierarchy>", "</displays>")
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_MILLISECONDS = re.compile(r"(?<!\d)(1[3-9]\d{11}|[23]\d{12})(?!\d)")
_DIGITS = re.compile(r"(\d{1,18})")
_HEAD = re.compile(rb"<hierarchy[\s>]|<displays[\s>]")
_NO_SCREEN: tuple[tuple[str, Fault], ...] = (("could not get idle state", "not_idle"), ("null root node", "no_root"))


@dataclass(frozen=True, slots=True)
class Dump:
    """One dump as far as it could be read: the elements that the user can see, parents before children, of a broken one those before the
    break. `fault` says why it is not the whole screen."""

    nodes: tuple[Node, ...]
    fault: Fault | None = None


def dump_of(xml: bytes) -> Dump:
    """The dump, with what is wrong with it. Never raises: what a device or a stranger wrote is bounded here."""
    if len(xml) > MOST_BYTES:
        return Dump((), "too_large")
    text = _decoded(xml)
    begin = _BEGINS.search(text)
    if begin is None:
        said = text[:4096].lower()
        return Dump((), next((fault for words, fault in _NO_SCREEN if words in said), "empty" if not said.strip() else "malformed"))
    ends = max(text.rfind(tag) + len(tag) if tag in text else -1 for tag in _ENDS)
    body = text[begin.start() : ends if ends > begin.start() else None]
    return _Reading().read(_CONTROL.sub(" ", _REFERENCE.sub(_character, _DECLARATION.sub("", body, count=1))))


def _decoded(xml: bytes) -> str:
    # A redirection in some shells writes UTF-16, whatever the declaration says.
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        return xml.decode("utf-16", "replace")
    # Old devices write an emoji as two surrogates, each in three bytes of its own.
    text = xml.decode("utf-8", "surrogatepass") if _surrogates_only(xml) else xml.decode("utf-8", "replace")
    return _SURROGATES.sub(_joined, text)


def _surrogates_only(xml: bytes) -> bool:
    try:
        xml.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")


def _character(reference: re.Match[str]) -> str:
    """A numbered character; references to half an emoji or to a control character, which old devices write, are no XML."""
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    allowed = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000
    return reference[0] if allowed else " "


class _StopReadingError(Exception):
    """The dump goes on, and is not read any further."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class _Reading:
    """One dump while it is parsed. An element that is not visible is left out, and its children hang on the one above it."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._above: list[int | None] = []
        self._text = 0

    def read(self, text: str) -> Dump:
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        fault: Fault | None = None
        try:
            parser.Parse(text.encode("utf-8", "replace"), True)
        except _StopReadingError as stop:
            fault = stop.fault
        except expat.ExpatError:
            fault = "malformed"
        if fault is None and not self._nodes:
            fault = "empty"
        return Dump(tuple(self._nodes), fault)

    def _doctype(self, *_: object) -> None:
        # No dump has one; entities are declared there.
        raise _StopReadingError("doctype")

    def _start(self, tag: str, given: dict[str, str]) -> None:
        up = self._above[-1] if self._above else None
        if len(self._above) >= MOST_DEPTH or len(self._nodes) >= MOST_NODES or self._text > MOST_TEXT:
            raise _StopReadingError("too_large")
        # Appium names an element by its class.
        is_element = tag == "node" or ("class" in given and "bounds" in given)
        if not is_element or given.get("visible-to-user") == "false" or given.get("displayed") == "false":
            self._above.append(up)
            return
        node = _node(given, up)
        self._text += len(node.text) + len(node.desc)
        self._above.append(len(self._nodes))
        self._nodes.append(node)

    def _end(self, _: str) -> None:
        self._above.pop()


def _node(given: dict[str, str], up: int | None) -> Node:
    password = given.get("password") == "true"
    text = "" if password else given.get("text", "")[:_LONGEST]
    desc = given.get("content-desc", "")[:_LONGEST]
    return Node(
        cls=given.get("class", "")[:300],
        text=text,
        desc=desc or ("" if text else given.get("hint", "")[:_LONGEST]),
        id=given.get("resource-id", "")[:300],
        package=given.get("package", "")[:300],
        bounds=_bounds(given.get("bounds", "")),
        up=up,
        clickable=given.get("clickable") == "true",
        checkable=given.get("checkable") == "true",
        checked=given.get("checked") == "true",
        enabled=given.get("enabled") != "false",
        scrollable=given.get("scrollable") == "true",
        password=password,
    )


def _bounds(value: str) -> tuple[int, int, int, int] | None:
    match = _BOUNDS.fullmatch(value)
    return (int(match[1]), int(match[2]), int(match[3]), int(match[4])) if match else None


def package_of(nodes: tuple[Node, ...]) -> str | None:
    """The package that most of the elements belong to, none when no element names one."""
    counted = Counter(node.package for node in nodes if node.package)
    return min(counted, key=lambda package: (-counted[package], package)) if counted else None


def recognises(head: Head) -> bool:
    """Whether the file begins as a tree of a screen, or as the complaint that is written where none could be had."""
    start = head.start
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start[: len(start) & ~1].decode("utf-16", "replace").encode("utf-8", "replace")
    if _HEAD.search(start, 0, 4096):
        return True
    said = start[:4096].decode("utf-8", "replace").lower()
    return head.name.lower().endswith(_DUMPS) and any(words in said for words, _ in _NO_SCREEN)


def read(path: Path) -> Track:
    """One dump, or a folder of dumps. Raises `InputError` when there is no dump at all."""
    dumps = _dumps(path) if path.is_dir() else [path]
    if not dumps:
        raise InputError("input.run_empty_folder", path=path)
    if not path.is_dir():
        open_file(path, "run").close()
    part = Part(tool="uiautomator", tier="ui", format=name, name=path.name)
    return Track(Session(parts=(part,)), lambda: _events(dumps))


def _dumps(folder: Path) -> list[Path]:
    """The dumps of a folder in the order of their names, numbers counted as numbers."""
    found = [each for each in folder.iterdir() if each.suffix.lower() in _DUMPS and each.is_file() and _is_dump(each)]
    return sorted(found, key=lambda each: (_in_order(each.stem), each.name))


def _is_dump(path: Path) -> bool:
    """Whether it is a dump among other files; an empty one is a dump that came to nothing."""
    try:
        with path.open("rb") as file:
            start = file.read(_HEAD_BYTES)
    except OSError:
        return True
    return not start.strip() or recognises(Head(path.name, start))


def _in_order(stem: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in _DIGITS.split(stem) if piece)


def _events(dumps: list[Path]) -> Iterator[Item]:
    seq = 1
    for number, path in enumerate(dumps[:MOST_DUMPS]):
        # Names of files need not be text.
        shown = path.name.encode("utf-8", "replace").decode()[:_LONGEST_NAME]
        ts, at = time_in(path.stem), f"dump:{shown}"
        xml = _content(path, MOST_BYTES)
        dump = Dump((), "unreadable") if xml is None else dump_of(xml)
        if dump.nodes:
            seq += 1
            shot, measured = _picture_of(path, dump.nodes, measure=number < MOST_PICTURES)
            yield Ui(
                seq=seq,
                ts=ts,
                at=at,
                nodes=dump.nodes,
                package=package_of(dump.nodes),
                shot=shot,
                shades=measured,
                opaque=is_opaque(dump.nodes),
            )
        if dump.fault is not None:
            seq += 1
            yield Span(seq=seq, ts=ts, at=at, channel="ui", status="lost", what=dump.fault, detail=shown, begin=ts, end=ts)
    if len(dumps) > MOST_DUMPS:
        yield Span(seq=seq + 1, channel="ui", status="lost", what="too_large", detail=f"{len(dumps)} > {MOST_DUMPS}")


def time_in(stem: str) -> float | None:
    """The moment in milliseconds since 1970 that a file name states, none when it states none or several."""
    found = _MILLISECONDS.findall(stem)
    return float(found[0]) if len(found) == 1 else None


def _picture_of(path: Path, nodes: tuple[Node, ...], *, measure: bool) -> tuple[str | None, tuple[Shade, ...]]:
    """The digest of the picture beside a dump, and what it shows of its text."""
    for suffix in _SCREENSHOTS:
        content = _content(path.with_suffix(suffix), _MOST_PICTURE)
        if content is not None:
            picture = Picture.of(content) if measure else None
            return hashlib.sha256(content).hexdigest(), shades(picture, nodes) if picture is not None else ()
    return None, ()


def _content(path: Path, most: int) -> bytes | None:
    """The content of a file, none when there is none that can be read or it is larger than that."""
    try:
        with open_file(path, "run") as file:
            content = file.read(most + 1)
    except (InputError, OSError):
        return None
    return content if len(content) <= most else None
