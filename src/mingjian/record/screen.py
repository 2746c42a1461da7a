"""What the device shows: the tree as its own `uiautomator` tells it, the picture, who is in front, and what of it can be tapped."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from mingjian.inputs.recording.opaque import is_opaque
from mingjian.inputs.recording.picture import Picture, shades
from mingjian.inputs.recording.uiautomator import dump_of, package_of
from mingjian.model.run import Node, Shade
from mingjian.model.shipped import catalog
from mingjian.record.device import Device

_DUMP = "/data/local/tmp/mingjian-screen.xml"
_DUMP_SECONDS = 40.0
_TRIES = 3
_MOST_PICTURE = 32 << 20
_FOCUS = re.compile(r"mCurrentFocus=Window\{[^}\n]{0,80}? ([\w.]{1,200})/([\w.$]{1,300})")
_DENSITY = re.compile(r"(Physical|Override) density: (\d{2,4})")
_PNG = b"\x89PNG\r\n\x1a\n"
_BLANK = re.compile(r"\s+")
_LONGEST_LABEL = 120
_SEARCHED = 20_000


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen. `fault` says why the tree is missing or cut; `shot` is the digest of the picture, none when the device gave none."""

    nodes: tuple[Node, ...] = ()
    package: str | None = None
    activity: str | None = None
    shot: str | None = None
    shades: tuple[Shade, ...] = ()
    opaque: bool = False
    fault: str | None = None

    @property
    def words(self) -> str:
        """All that stands on it, in the order of the tree."""
        return " ".join(each for node in self.nodes for each in (node.text, node.desc) if each)

    def speaks_of(self, patterns: str) -> bool:
        """Whether one of the expressions of that name in walk.yml is found in its words, of a very long page in the first of them."""
        words = self.words[:_SEARCHED]
        return any(expression.search(words) for expression in said(patterns))

    def centre(self, index: int) -> tuple[int, int]:
        """Where to tap one of its elements."""
        return centre_of(self.nodes[index])


@dataclass(frozen=True, slots=True)
class Element:
    """Something that can be tapped. `nth` counts those of one screen that are alike in all else; `centre` is where a tap would go;
    `listed` whether it stands in something that scrolls, `switches` whether a tap turns it on or off."""

    label: str
    cls: str
    id: str
    nth: int
    centre: tuple[int, int]
    listed: bool
    switches: bool

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What it is known by when the screen is seen again."""
        return self.label, self.cls, self.id, self.nth


class Eye:
    """Looks at one device. Pictures go into a folder, named by their SHA-256."""

    def __init__(self, device: Device, pictures: Path) -> None:
        self._device = device
        self._pictures = pictures
        self.density = _density(device.text(["wm", "density"]))

    def look(self) -> Screen:
        """The screen now. One that never stands still, or that the device tells nothing about, comes with its `fault`."""
        dump = dump_of(b"")
        for _ in range(_TRIES):
            self._device.run(["rm", "-f", _DUMP])
            said = self._device.run(["uiautomator", "dump", _DUMP], _DUMP_SECONDS)
            dump = dump_of(self._device.run(["cat", _DUMP]).output or said.output + said.complaint)
            if dump.fault is None:
                break
        content = self._device.run(["screencap", "-p"], most=_MOST_PICTURE).output
        picture = Picture.of(content) if content.startswith(_PNG) else None
        shot = sha256(content).hexdigest() if picture is not None else None
        if shot is not None and not (file := self._pictures / f"{shot}.png").exists():
            file.write_bytes(content)
        focus = _FOCUS.search(self._device.text("dumpsys window"))
        return Screen(
            nodes=dump.nodes,
            package=package_of(dump.nodes) or (focus[1] if focus else None),
            activity=focus[2] if focus else None,
            shot=shot,
            shades=shades(picture, dump.nodes) if picture is not None else (),
            opaque=is_opaque(dump.nodes),
            fault=dump.fault,
        )


def _density(told: str) -> float | None:
    """Pixels of one density-independent pixel; what the user set goes before what the screen has."""
    found = {which: int(dots) for which, dots in _DENSITY.findall(told)}
    dots = found.get("Override", found.get("Physical"))
    return dots / 160 if dots else None


def words_of(nodes: Sequence[Node], index: int) -> str:
    """The words of an element, or of what stands in it, without white space."""
    own = nodes[index].text or nodes[index].desc
    if not own:
        inside = {index}
        # What stands in an element follows it at once.
        for place in range(index + 1, len(nodes)):
            if nodes[place].up not in inside or len(own) > _LONGEST_LABEL:
                break
            inside.add(place)
            own += nodes[place].text or nodes[place].desc
    return _BLANK.sub("", own)[:_LONGEST_LABEL]


def elements(nodes: Sequence[Node]) -> tuple[Element, ...]:
    """What can be tapped, in the order of the tree. Words that stand in nothing that can be tapped are left out."""
    counted: dict[tuple[str, str, str], int] = {}
    lists = in_lists(nodes)
    found = []
    for index, node in enumerate(nodes):
        if not (node.clickable and node.enabled and node.bounds):
            continue
        alike = (words_of(nodes, index), node.cls, node.id)
        counted[alike] = nth = counted.get(alike, -1) + 1
        found.append(Element(*alike, nth, centre_of(node), index in lists, node.checkable))
    return tuple(found)


def centre_of(node: Node) -> tuple[int, int]:
    """The middle of an element that has bounds."""
    left, top, right, bottom = node.bounds or (0, 0, 0, 0)
    return (left + right) // 2, (top + bottom) // 2


def spoken(nodes: Sequence[Node], patterns: str) -> Iterator[int]:
    """The elements whose words, white space left out, one of the expressions of that name in walk.yml fits whole; those that can be
    tapped first."""
    expressions = said(patterns)
    fitting = [
        index for index in range(len(nodes)) if (label := words_of(nodes, index)) and any(each.fullmatch(label) for each in expressions)
    ]
    yield from sorted(fitting, key=lambda index: not nodes[index].clickable)


def page_down(nodes: Sequence[Node]) -> tuple[int, int, int, int] | None:
    """A swipe that shows more of the largest list: from x, y to x, y. None where nothing scrolls."""
    areas = [node.bounds for node in nodes if node.scrollable and node.bounds]
    if not areas:
        return None
    left, top, right, bottom = max(areas, key=lambda each: (each[2] - each[0]) * (each[3] - each[1]))
    middle, height = (left + right) // 2, bottom - top
    return middle, bottom - height // 5, middle, top + height // 5


def page_up(nodes: Sequence[Node]) -> tuple[int, int, int, int] | None:
    """The swipe back."""
    way = page_down(nodes)
    return (way[2], way[3], way[0], way[1]) if way else None


def in_lists(nodes: Sequence[Node]) -> set[int]:
    """The elements that stand in something that scrolls."""
    inside: set[int] = set()
    for index, node in enumerate(nodes):
        if node.up is not None and (node.up in inside or nodes[node.up].scrollable):
            inside.add(index)
    return inside


@cache
def said(name: str) -> tuple[re.Pattern[str], ...]:
    """The expressions of one list of walk.yml; a name with a dot leads into it."""
    found: Any = catalog("walk")
    for step in name.split("."):
        found = found[step]
    return tuple(re.compile(each, re.IGNORECASE) for each in found)
