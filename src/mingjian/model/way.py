"""The ways that code takes, and the lines by which the excerpt of a piece of evidence tells them.

The lines stand first in an excerpt; instructions (`001a: invoke-virtual …`), a text that decided (`= …`) and everything else follow. A way
from an entry point to a place has one line that says when, one that says on whose behalf, then one for each frame and one for a guard:

    way app_start certain application La/b/App; android.intent.action.BOOT_COMPLETED
    for app
    by app La/b/App;->onCreate()V+0x3
    more 5
    by sdk.umeng_analytics Lcom/umeng/X;->init()V+0x10
    if stored agreed Landroid/content/SharedPreferences;->getBoolean(Ljava/lang/String;Z)Z La/b/App;->onCreate()V+0x2

`way`: phase, `certain` or `perhaps`, kind of the component (`-` for none), its class, the broadcasts that start it. `for`: the owners of
the components from which ways of the phase begin. `by`: whose code, method and code unit of the call of the next frame, where it is known;
the last frame holds the place itself. `more`: frames left out. `if`: what kind of flag every way
passes (`stored`, `field`), the text by which it is read (`-` for none), what is read, and where the branch stands.

A flow has one line for each step from source to sink, after one that says what was done to the value; it stands behind the way to its
sink, or alone:

    flow digest truncate
    source app La/B;->c()V+0x8 Landroid/telephony/TelephonyManager;->getDeviceId()Ljava/lang/String;
    call app La/B;->c()V+0xc La/B;->d(Ljava/lang/String;)V
    sink app La/B;->d(Ljava/lang/String;)V+0x2 Landroid/util/Log;->i(Ljava/lang/String;Ljava/lang/String;)I

What only the refusal of a permission leads to is told in the same way after `refused`, with calls and a step `ends`; what explains a
request before it is made after `explained`, with one step `explains`.

Words are parted by one space. A name may hold anything, so white space, escape codes and `\\` in it are written as escapes; names are cut
at 300 characters and ways at 12 frames, flows at 24 steps. What does not read as such a line ends the way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from mingjian.model.printable import printable

MOST_FRAMES = 12
MOST_STEPS = 24
MOST_TRIGGERS = 8
MOST_INITIATORS = 8
LONGEST_NAME = 300

StepKind = Literal["source", "call", "return", "store", "load", "passes", "decides", "sink", "ends", "explains"]
PassageKind = Literal["flow", "refused", "explained"]
_STEP_KINDS: dict[str, StepKind] = {kind: kind for kind in get_args(StepKind)}
_PASSAGE_KINDS: dict[str, PassageKind] = {kind: kind for kind in get_args(PassageKind)}
_ESCAPED = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_UNSAFE = re.compile(r"[\\\s]")
_UNIT = re.compile(r"(.+)\+0x([0-9a-f]{1,8})")
_METHOD = re.compile(r"[^+]+->[^+]+")
_MORE = re.compile(r"more ([0-9]{1,8})")
_TERM = re.compile(r"[A-Za-z0-9_.-]{1,120}")
_NONE = "-"
_MOST_LINES = MOST_FRAMES + MOST_STEPS + 8


@dataclass(frozen=True, slots=True)
class Place:
    """A code unit (16 bit, from the start of the code) of a method, written `La/B;->c(I)V`; none where only the method is known."""

    method: str
    unit: int | None

    def __str__(self) -> str:
        return self.method if self.unit is None else f"{self.method}+0x{self.unit:x}"


@dataclass(frozen=True, slots=True)
class Frame:
    """A method on a way: whose code it is (`app`, `sdk.<id>`, `unknown`) and where it calls the next one."""

    owner: str
    place: Place


@dataclass(frozen=True, slots=True)
class Guard:
    """A branch on a flag that every way passes: a `stored` one or a `field`, what is read, by which text, and where it branches."""

    flag: Literal["stored", "field"]
    key: str | None
    reads: str
    place: Place


@dataclass(frozen=True, slots=True)
class Way:
    """How the platform gets to a place by a component: entry point first. `initiators` own the components from
    which ways of the phase begin. `left_out` frames are missing before the last one shown."""

    phase: str
    certain: bool
    kind: str
    component: str
    triggers: tuple[str, ...]
    frames: tuple[Frame, ...]
    guard: Guard | None = None
    left_out: int = 0
    initiators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a flow: whose code, where, and the method or field concerned; empty where it is none, written `-`."""

    what: StepKind
    owner: str
    place: Place
    named: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The way of a value from source to sink, or what `kind` says. `via`: what was done to a value, such as `digest`."""

    via: tuple[str, ...]
    steps: tuple[Step, ...]
    left_out: int = 0
    kind: PassageKind = "flow"


@dataclass(frozen=True, slots=True)
class Told:
    """What an excerpt tells: a way, a passage, both or none of them, and its other lines."""

    way: Way | None
    passage: Passage | None
    rest: str


def lines_of_way(way: Way) -> list[str]:
    """The lines that tell a way, frames beyond the limit left out before the last one."""
    sure = "certain" if way.certain else "perhaps"
    head = " ".join(["way", way.phase, sure, way.kind or _NONE, _word(way.component), *map(_word, way.triggers[:MOST_TRIGGERS])])
    frames = [f"by {frame.owner} {_written(frame.place)}" for frame in way.frames]
    begun = [" ".join(["for", *way.initiators[:MOST_INITIATORS]])] if way.initiators else []
    lines = [head, *begun, *_shortened(frames, MOST_FRAMES, way.left_out)]
    if way.guard:
        read = f"{_word(way.guard.key) if way.guard.key else _NONE} {_word(way.guard.reads)}"
        lines.append(f"if {way.guard.flag} {read} {_written(way.guard.place)}")
    return lines


def lines_of_passage(passage: Passage) -> list[str]:
    """The lines that tell a flow, steps beyond the limit left out before the last one."""
    steps = [f"{step.what} {step.owner} {_written(step.place)} {_word(step.named) if step.named else _NONE}" for step in passage.steps]
    return [" ".join([passage.kind, *passage.via]), *_shortened(steps, MOST_STEPS, passage.left_out)]


def told(excerpt: str) -> Told:
    """What an excerpt tells. Text that only looks like a way, but stands behind other lines or breaks the grammar, stays text."""
    lines = excerpt.split("\n", _MOST_LINES)
    way, used = _told_way(lines)
    passage, steps = _told_passage(lines[used:])
    return Told(way, passage, "\n".join(lines[used + steps :]))


def _told_way(lines: Sequence[str]) -> tuple[Way | None, int]:
    """The way that the first lines tell, and how many lines tell it."""
    kind, *said = lines[0].split(" ")
    if kind != "way" or len(said) < 4:
        return None, 0
    phase, sure, component_kind, component, *triggers = said
    frames: list[Frame] = []
    guard: Guard | None = None
    initiators: tuple[str, ...] = ()
    more, used = 0, 1
    for line in lines[1:]:
        words = line.split(" ")
        if words[0] == "for" and 1 < len(words) <= MOST_INITIATORS + 1 and used == 1:
            initiators = tuple(words[1:])
        elif words[0] == "by" and len(words) == 3 and guard is None and len(frames) < MOST_FRAMES and (place := _read(words[2])):
            frames.append(Frame(words[1], place))
        elif (left := _more(line)) and frames and not more:
            more = left
        elif guard is None and frames and (guard := _guard(words)):
            pass
        else:
            break
        used += 1
    terms = (phase, component_kind, *initiators, *(frame.owner for frame in frames))
    if not frames or sure not in ("certain", "perhaps") or not all(map(_TERM.fullmatch, terms)):
        return None, 0
    names = tuple(map(_plain, triggers[:MOST_TRIGGERS]))
    component_kind = "" if component_kind == _NONE else component_kind
    return Way(phase, sure == "certain", component_kind, _plain(component), names, tuple(frames), guard, more, initiators), used


def _told_passage(lines: Sequence[str]) -> tuple[Passage | None, int]:
    """The passage that the first lines tell, and how many lines tell it."""
    kind, *via = lines[0].split(" ") if lines else [""]
    steps: list[Step] = []
    more, used = 0, 1
    for line in lines[1:]:
        words = line.split(" ")
        if len(words) == 4 and words[0] in _STEP_KINDS and len(steps) < MOST_STEPS and (place := _read(words[2])):
            steps.append(Step(_STEP_KINDS[words[0]], words[1], place, "" if words[3] == _NONE else _plain(words[3])))
        elif (left := _more(line)) and steps and not more:
            more = left
        else:
            break
        used += 1
    if kind not in _PASSAGE_KINDS or not steps or not all(map(_TERM.fullmatch, (*via, *(step.owner for step in steps)))):
        return None, 0
    return Passage(tuple(via), tuple(steps), more, _PASSAGE_KINDS[kind]), used


def _guard(words: Sequence[str]) -> Guard | None:
    if len(words) != 5 or words[0] != "if" or words[1] not in ("stored", "field") or (place := _read(words[4])) is None:
        return None
    key = None if words[2] == _NONE else _plain(words[2])
    return Guard("stored" if words[1] == "stored" else "field", key, _plain(words[3]), place)


def _more(line: str) -> int:
    found = _MORE.fullmatch(line)
    return int(found[1]) if found else 0


def _shortened(lines: list[str], most: int, left_out: int) -> list[str]:
    if len(lines) > most:
        left_out += len(lines) - most
        lines = [*lines[: most - 1], lines[-1]]
    return [*lines[:-1], f"more {left_out}", *lines[-1:]] if left_out and lines else lines


def _written(place: Place) -> str:
    return str(Place(_word(place.method), place.unit))


def _read(word: str) -> Place | None:
    if found := _UNIT.fullmatch(word):
        return Place(_plain(found[1]), int(found[2], 16))
    return Place(_plain(word), None) if _METHOD.fullmatch(word) else None


def _word(name: str) -> str:
    """A name as one word that is never empty nor `-`, cut where it is too long."""
    name = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
    word = printable(_UNSAFE.sub(_escape, name))
    return r"\x2d" if word == _NONE else word or r"\x20"


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return rf"\x{code:02x}" if code < 0x100 else rf"\u{code:04x}"


def _plain(word: str) -> str:
    """A word with its escapes resolved. What nobody sees is written as an escape again by whoever shows it."""
    return _ESCAPED.sub(lambda found: _character(int(found[1][1:], 16)), word)


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF else "\ufffd"
