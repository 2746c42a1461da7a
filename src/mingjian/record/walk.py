"""A walk through an app, breadth first: every screen by the fewest taps that lead to it. What acts instead of opening a page is never
tapped, and what was left out is told."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from mingjian.model.shipped import catalog
from mingjian.record.hand import Hand
from mingjian.record.screen import Element, Screen, elements, in_lists, page_down, page_up, said, spoken, words_of
from mingjian.record.timing import Timing

Seen = Callable[[Screen, int | None, str], None]
"""Takes every screen as it is met first: how many taps it stands from the main screen, and what led to it."""

_DIGITS = re.compile(r"\d+")
_ALIKE = 0.7
"""Share of the rows in sight that must be known for a list to be one that was seen before."""
_RESEMBLES = 0.6
"""Share of what two screens are known by that must be common for one to be the other after some time."""
_BACKS = 3
_WAITS = 6


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a walk stops; walk.yml says what each is."""

    taps: int
    seconds: float
    depth: int
    pages: int
    alike: int
    rows: int


@dataclass(frozen=True, slots=True)
class Lost:
    """Something the walk could not see: why in one word, and what exactly."""

    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found. `policy` are the words tapped on the shortest way to the privacy policy, none when it was not met; `screens`
    how many were visited; `left` the words of what was not tapped because it acts."""

    policy: tuple[str, ...] | None
    screens: int
    left: tuple[str, ...]
    lost: tuple[Lost, ...]


@dataclass(slots=True)
class _Place:
    """A screen that was met, and the taps that lead to it. `content` are the rows of its lists seen so far."""

    way: tuple[Element, ...]
    frame: frozenset[tuple[str, str]]
    content: frozenset[str]

    def is_shown(self, screen: Screen) -> bool:
        return self.fits(*_known_by(screen))

    def fits(self, frame: frozenset[tuple[str, str]], content: frozenset[str]) -> bool:
        if frame != self.frame:
            return False
        return len(content & self.content) >= _ALIKE * len(content) if content else not self.content


class _Enough(Exception):  # noqa: N818  no error: a bound was reached
    """The walk stops here."""


class Walk:
    """One walk through one app. `look` gives the screen now, after the system's questions were answered."""

    def __init__(self, hand: Hand, look: Callable[[], Screen], seen: Seen, timing: Timing) -> None:
        self._hand = hand
        self._look = look
        self._seen = seen
        self._now = timing.now
        self._wait = timing.wait
        self._bounds = _bounds()
        self._places: list[_Place] = []
        self._queue: deque[_Place] = deque()
        self._lost: list[Lost] = []
        self._left: dict[str, None] = {}
        self._policy: tuple[str, ...] | None = None
        self._taps = 0
        self._until = 0.0
        self._here = Screen()

    def run(self) -> Walked:
        """Walks from the screen that the app shows when it is opened, until all is seen or a bound is reached."""
        self._until = self._now() + self._bounds.seconds
        try:
            self._begin()
            while self._queue:
                self._visit(self._queue.popleft())
        except _Enough as bound:
            self._lose("bound", f"{bound}: {len(self._queue)}")
        return Walked(self._policy, len(self._places), tuple(self._left), tuple(self._lost))

    def _begin(self) -> None:
        self._hand.start(anew=True)
        for _ in range(_WAITS):
            self._wait(_seconds("look"))
            self._here = self._look()
            if self._here.package == self._hand.package and elements(self._here.nodes):
                break
        if self._here.package == self._hand.package:
            self._arrive((), "")
        else:
            self._lose("not_in_front", self._here.package or "")

    def _visit(self, place: _Place) -> None:
        """Taps everything on a place once, page after page of its lists."""
        if len(place.way) >= self._bounds.depth:
            self._lose("depth", _told(place.way))
            return
        if not self._reach(place):
            self._lose("unreachable", _told(place.way))
            return
        tried: set[tuple[str, str, str, int]] = set()
        rows: dict[tuple[str, str], int] = {}
        pages = [self._here.words]
        scrolls = 0
        while True:
            element = self._next(tried, rows)
            if element is not None:
                self._try(place, element)
                if not self._reach(place):
                    self._lose("unreachable", _told(place.way))
                    return
                scrolls = 0
            elif not self._scrolled(place, pages):
                return
            elif (scrolls := scrolls + 1) >= self._bounds.pages:
                self._lose("long_list", _told(place.way))
                return

    def _next(self, tried: set[tuple[str, str, str, int]], rows: dict[tuple[str, str], int]) -> Element | None:
        """What to tap next: doors behind which policies and settings use to be go first."""
        open_ = []
        for element in elements(self._here.nodes):
            if element.key in tried or not self._may_tap(element):
                continue
            if element.listed and len(element.label) > catalog("walk")["label"]:
                alike = (element.cls, element.id)
                if rows.get(alike, 0) >= self._bounds.rows:
                    continue
            open_.append(element)
        if not open_:
            return None
        chosen = min(
            open_, key=lambda each: not any(expression.fullmatch(each.label) for expression in (*said("policy_link"), *said("towards")))
        )
        tried.add(chosen.key)
        if chosen.listed and len(chosen.label) > catalog("walk")["label"]:
            rows[chosen.cls, chosen.id] = rows.get((chosen.cls, chosen.id), 0) + 1
        return chosen

    def _may_tap(self, element: Element) -> bool:
        if element.cls.endswith("EditText") or element.switches:
            return False
        if any(expression.fullmatch(element.label) for expression in said("never")):
            self._left[element.label] = None
            return False
        return True

    def _try(self, place: _Place, element: Element) -> None:
        self._tap(element)
        if place.is_shown(self._here):
            return
        if self._here.package != self._hand.package:
            self._seen(self._here, len(place.way) + 1, element.label)
            return
        if self._known(self._here) is None:
            self._arrive((*place.way, element), element.label)

    def _arrive(self, way: tuple[Element, ...], by: str) -> None:
        """Takes down a screen that was not met before."""
        screen = self._here
        frame, content = _known_by(screen)
        if sum(1 for each in self._places if each.frame == frame) >= self._bounds.alike:
            return
        place = _Place(way, frame, content)
        self._places.append(place)
        self._seen(screen, len(way), by)
        if self._policy is None and by and _leads_to_policy(by) and _is_policy(screen):
            self._policy = tuple(element.label for element in way)
        if screen.fault is not None:
            self._lose(screen.fault, _told(way))
        elif screen.opaque:
            self._lose("opaque", _told(way))
        else:
            self._queue.append(place)

    def _known(self, screen: Screen) -> _Place | None:
        frame, content = _known_by(screen)
        return next((place for place in self._places if place.fits(frame, content)), None)

    def _scrolled(self, place: _Place, pages: list[str]) -> bool:
        """Shows the next page of the place's list; whether there was one."""
        way = page_down(self._here.nodes)
        if way is None:
            return False
        before = self._here.words
        self._hand.swipe(way)
        self._settle()
        if self._here.words == before:
            return False
        if self._here.words not in pages:
            pages.append(self._here.words)
            place.content |= _known_by(self._here)[1]
            self._seen(self._here, len(place.way), "↓")
        return True

    def _reach(self, place: _Place) -> bool:
        """Comes back to a place: by the back key, else from the main screen by the taps that led there."""
        for _ in range(_BACKS):
            if place.is_shown(self._here):
                return True
            if self._here.package != self._hand.package:
                break
            self._hand.back()
            self._settle()
            if self._here.package == self._hand.package and self._known(self._here) is None:
                self._seen(self._here, None, "←")
        return place.is_shown(self._here) or self._from_main(place)

    def _from_main(self, place: _Place) -> bool:
        main = self._places[0]
        self._hand.start(anew=True)
        self._settle()
        for _ in range(_WAITS):
            self._uncover(main)
            if main.is_shown(self._here):
                break
            self._wait(_seconds("look"))
            self._settle()
        for element in place.way:
            found = self._find(element)
            if found is None:
                return False
            self._tap(found)
        self._uncover(place)
        if place.is_shown(self._here):
            return True
        frame, content = _known_by(self._here)
        if len(frame & place.frame) < _RESEMBLES * len(frame | place.frame):
            return False
        # The way makes the place, whatever a banner or a feed shows there by now.
        place.frame, place.content = frame, place.content | content
        return True

    def _uncover(self, place: _Place) -> None:
        """Closes what lies over a place and asks for nothing."""
        for _ in range(_BACKS):
            closing = next(spoken(self._here.nodes, "dismiss"), None)
            if place.is_shown(self._here) or closing is None or self._here.package != self._hand.package:
                return
            self._seen(self._here, None, "")
            self._hand.tap(self._here.centre(closing))
            self._settle()

    def _find(self, element: Element) -> Element | None:
        """The element on the screen, or on another page of its list."""
        for turn in (page_down, page_up):
            for _ in range(self._bounds.pages + 1):
                found = next((each for each in elements(self._here.nodes) if each.key == element.key), None)
                way = turn(self._here.nodes)
                if found is not None or way is None:
                    return found
                before = self._here.words
                self._hand.swipe(way)
                self._settle()
                if self._here.words == before:
                    break
        return None

    def _tap(self, element: Element) -> None:
        if self._taps >= self._bounds.taps:
            raise _Enough("taps")
        self._taps += 1
        self._hand.tap(element.centre)
        self._settle()

    def _settle(self) -> None:
        if self._now() > self._until:
            raise _Enough("seconds")
        self._wait(_seconds("settle"))
        self._here = self._look()

    def _lose(self, what: str, detail: str) -> None:
        self._lost.append(Lost(what, detail[:200]))


def _known_by(screen: Screen) -> tuple[frozenset[tuple[str, str]], frozenset[str]]:
    """What a screen is known by: what stands outside its lists (kinds of elements, short words without their numbers), and the short
    words within."""
    frame = {("package", screen.package or ""), ("activity", screen.activity or "")}
    rows = set()
    listed = in_lists(screen.nodes)
    for index, node in enumerate(screen.nodes):
        words = words_of(screen.nodes, index) if node.clickable else "".join((node.text or node.desc).split())
        short = _DIGITS.sub("0", words) if 0 < len(words) <= catalog("walk")["label"] else ""
        if index in listed:
            rows.add(short)
        else:
            frame |= {(node.cls, node.id), ("", short)}
    return frozenset(frame), frozenset(rows - {""})


def _leads_to_policy(label: str) -> bool:
    return any(expression.fullmatch(label) for expression in said("policy_link"))


def _is_policy(screen: Screen) -> bool:
    """Whether the page may be the policy: it reads like one, or says nothing in the tree."""
    return screen.opaque or screen.speaks_of("policy_page")


def _told(way: tuple[Element, ...]) -> str:
    return " > ".join(element.label or element.id or element.cls for element in way) or "/"


def _seconds(name: str) -> float:
    return float(catalog("walk")[name])


@cache
def _bounds() -> Bounds:
    return Bounds(**catalog("walk")["bounds"])
