"""What every format is read into, and how that becomes the text of a `Document` with offsets, as JSON that leaves the child."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_CHARACTERS = 2_000_000
"""Of the text that is kept of one file."""
MOST_PARTS = 60_000
"""Blocks and cells of one file, together."""
MOST_ORIGINS = 150_000

_UNSEEN = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
_WORDS = re.compile(rf"(?P<unseen>[{_UNSEEN}]+)|(?P<space>\s+)|(?P<words>[^\s{_UNSEEN}]+(?: [^\s{_UNSEEN}]+)*+)")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff“”‘’…—]")


def is_wide(character: str) -> bool:
    """Whether it belongs to a script written without spaces between words."""
    return _WIDE.match(character) is not None


@dataclass(slots=True)
class Run:
    """Characters that stand in the source one for one from `offset` on, at `place`; in pieces, for it grows word by word."""

    pieces: list[str]
    place: str
    offset: int
    length: int

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(slots=True)
class Anchor:
    """A link while it is read: the characters of the passage that it covers, and its target as written."""

    start: int
    end: int
    target: str


@dataclass(slots=True)
class Passage:
    """A block in the making. White space is one space between words and none at the ends; what shows nothing is dropped."""

    kind: str = "paragraph"
    level: int = 0
    runs: list[Run] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    length: int = 0
    _space: tuple[str, int] | None = None
    _line_break: bool = False
    _link: str | None = None
    _link_start: int | None = None

    def add(self, text: str, place: str, offset: int) -> None:
        """Adds `text`, which stands at `place` from `offset` on."""
        for match in _WORDS.finditer(text):
            if match.lastgroup == "words":
                self._append(match[0], place, offset + match.start())
            elif match.lastgroup == "space":
                self.pause(place, offset + match.start(), line_break="\n" in match[0])

    def pause(self, place: str, offset: int, *, line_break: bool = False) -> None:
        """A space before whatever comes next. The end of a line is none where both neighbours are written without spaces (Chinese)."""
        if self.length and self._space is None:
            self._space = place, offset
            self._line_break = line_break

    def begin_link(self, target: str) -> None:
        """What is added from here to `end_link` links to `target`."""
        self._link, self._link_start = target, None

    def end_link(self) -> None:
        """Ends the link, if one was begun; one without words is none."""
        if self._link is not None and self._link_start is not None:
            self.anchors.append(Anchor(self._link_start, self.length, self._link))
        self._link = None

    def _append(self, words: str, place: str, offset: int) -> None:
        if self._space is not None:
            if not (self._line_break and _WIDE.match(words) and _WIDE.match(self.runs[-1].pieces[-1][-1])):
                self._put(" ", *self._space)
            self._space = None
        if self._link is not None and self._link_start is None:
            self._link_start = self.length
        self._put(words, place, offset)

    def _put(self, text: str, place: str, offset: int) -> None:
        last = self.runs[-1] if self.runs else None
        if last is not None and last.place == place and last.offset + last.length == offset:
            last.pieces.append(text)
            last.length += len(text)
        else:
            self.runs.append(Run([text], place, offset, len(text)))
        self.length += len(text)

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(slots=True)
class GridCell:
    """What stands in one cell, and how far it spans."""

    content: list["Passage | Grid"]
    header: bool = False
    columns: int = 1
    rows: int = 1

    @property
    def text(self) -> str:
        return " ".join(passage.text for passage in passages(self.content))


@dataclass(slots=True)
class Grid:
    """A table in the making: the cells of each row that begin in it, from left to right."""

    rows: list[list[GridCell]]


Flow = Sequence[Passage | Grid]


def passages(flow: Flow) -> Iterator[Passage]:
    """Every passage, also those inside tables."""
    for part in flow:
        if isinstance(part, Passage):
            if part.length:
                yield part
        else:
            for row in part.rows:
                for cell in row:
                    yield from passages(cell.content)


@dataclass(slots=True)
class Loss:
    """What was lost, as a key of the texts and its values."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {"key": self.key, "values": self.values}


class Draft:
    """Writes a flow into one text, and notes what stands where. Stops at the limits, which is a loss."""

    def __init__(self) -> None:
        self.lost: list[Loss] = []
        self._pieces: list[str] = []
        self._length = 0
        self._parts = 0
        self._full = False
        self._blocks: list[list[Any]] = []
        self._tables: list[list[Any]] = []
        self._links: list[list[Any]] = []
        self._origins: list[tuple[int, str, int]] = []

    def write(self, flow: Flow) -> None:
        """Adds blocks and tables; the tables must be rectangles (see `grids.settled`)."""
        for part in flow:
            if self._full:
                return
            if isinstance(part, Grid):
                self._write_grid(part)
            elif part.length:
                self._newline()
                start, end = self._write_passage(part)
                self._blocks.append([part.kind, start, end, part.level])

    def plain(self) -> dict[str, Any]:
        """The document as JSON takes it."""
        return {
            "text": "".join(self._pieces),
            "blocks": self._blocks,
            "tables": self._tables,
            "links": self._links,
            "origins": self._origins,
            "lost": [loss.plain() for loss in self.lost],
        }

    def _write_grid(self, grid: Grid) -> None:
        self._newline()
        start = self._length
        places: dict[int, tuple[int, int]] = {}
        written: list[list[list[Any]]] = []
        for number, row in enumerate(grid.rows):
            if self._full:
                break
            if number:
                self._put("\n")
            first = True
            cells: list[list[Any]] = []
            for cell in row:
                if id(cell) not in places:
                    if not first:
                        self._put("\t")
                    first = False
                    places[id(cell)] = self._write_cell(cell)
                cells.append([*places[id(cell)], cell.header])
            written.append(cells)
        self._tables.append([start, self._length, written])

    def _write_cell(self, cell: GridCell) -> tuple[int, int]:
        start = self._length
        for passage in passages(cell.content):
            if self._length > start:
                self._put(" ")
            self._write_passage(passage)
        return start, self._length

    def _write_passage(self, passage: Passage) -> tuple[int, int]:
        start = self._length
        self._count()
        for run in passage.runs:
            self._mark(run)
            self._put(run.text)
            if self._full:
                break
        for anchor in passage.anchors:
            begin, end = start + anchor.start, min(start + anchor.end, self._length)
            if begin < end:
                self._links.append([begin, end, anchor.target])
        return start, self._length

    def _mark(self, run: Run) -> None:
        if self._origins:
            start, place, offset = self._origins[-1]
            if place == run.place and offset + self._length - start == run.offset:
                return
        self._origins.append((self._length, run.place, run.offset))
        if len(self._origins) >= MOST_ORIGINS:
            self._stop()

    def _newline(self) -> None:
        if self._length:
            self._put("\n")

    def _put(self, text: str) -> None:
        room = MOST_CHARACTERS - self._length
        if len(text) > room:
            text = text[: max(0, room)]
            self._stop()
        self._pieces.append(text)
        self._length += len(text)

    def _count(self) -> None:
        self._parts += 1
        if self._parts >= MOST_PARTS:
            self._stop()

    def _stop(self) -> None:
        if not self._full:
            self._full = True
            self.lost.append(Loss("coverage.policy.too_long", {"limit": MOST_CHARACTERS}))
