"""Which lines of a document are headings, how deep, and which belong to its table of contents."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from mingjian.model.document import BlockKind
from mingjian.nlp.language import HAN
from mingjian.nlp.numbering import BULLET, Mark, mark, shapes


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of a block that stands by itself. `block` numbers it; `kind` and `level` are those that the file gives."""

    start: int
    end: int
    block: int
    kind: BlockKind
    level: int
    text: str
    mark: Mark | None

    @property
    def words(self) -> str:
        """The line without its number."""
        return self.text if self.mark is None else self.text[self.mark.end - self.start :]

    @property
    def numbered(self) -> str | None:
        """The style of its number, bullets apart."""
        return None if self.mark is None or self.mark.style == BULLET else self.mark.style


@dataclass(frozen=True, slots=True)
class Role:
    """What a line is: a heading of a depth from 1, or none (0); an entry of the table of contents is no heading of its own section."""

    depth: int = 0
    contents: bool = False


def line_of(text: str, place: tuple[int, int], block: int, kind: BlockKind, level: int) -> Line:
    """The line at `place`, which must not be blank, with its number."""
    start, end = place
    return Line(start, end, block, kind, level, text[start:end], mark(text, start, end))


def roles(lines: Sequence[Line]) -> list[Role]:
    """The role of each line."""
    lines = _lettered(lines)
    contents = _contents(lines)
    body = [index for index in range(len(lines)) if index not in contents]
    kept = [lines[index] for index in body]
    depths = _depths(kept, _headings(kept))
    found = dict(zip(body, depths, strict=True))
    return [Role(found.get(index, 0), index in contents) for index in range(len(lines))]


def _lettered(lines: Sequence[Line]) -> list[Line]:
    """The lines, where an I, V or X that comes after H, U or W is a letter and no Roman number."""
    result: list[Line] = []
    last = 0
    for line in lines:
        if line.mark is not None and line.mark.style in _BY_LETTER:
            found = _LETTER.search(line.text, 0, line.mark.end - line.start)
            value = ord(found[1]) - ord("A") + 1 if found else line.mark.value
            if found and found[1] in "IVX" and value == last + 1:
                style = "letter" if line.mark.style == "roman" else line.mark.style
                result.append(replace(line, mark=replace(line.mark, style=style, value=value)))
                last = value
                continue
            last = line.mark.value
        result.append(line)
    return result


def _contents(lines: Sequence[Line]) -> frozenset[int]:
    """The lines of the table of contents: a run of short ones that recur further down, that end in page numbers, or that are numbered below
    the announcement of a table of contents."""
    keys = [_key(line) for line in lines]
    last = {key: index for index, key in enumerate(keys) if key}
    found: set[int] = set()
    index = 0
    while index < len(lines):
        announced = bool(_announced().match(lines[index].text))
        first = index + 1 if announced else index
        end = _run(lines, keys, last, first, announced=announced)
        hits = sum(_entry(lines[each], keys[each], last, end) or (announced and bool(lines[each].numbered)) for each in range(first, end))
        if end - first >= (2 if announced else 3) and hits >= 0.6 * (end - first):
            found.update(range(index, end))
            index = end
        else:
            index += 1
    return frozenset(found)


def _run(lines: Sequence[Line], keys: Sequence[str], last: dict[str, int], first: int, *, announced: bool) -> int:
    """Where the run of entries that begins at `first` ends: at a line that is too long, that is repeated, that begins the numbers anew, or
    after which none follows."""
    seen: set[str] = set()
    end, missed = first, 0 if announced else _MISSES
    for index in range(first, min(len(lines), first + _LONGEST_CONTENTS)):
        if (
            not keys[index]
            or keys[index] in seen
            or lines[index].text[-1] in "。；"
            or (index > first and _begins_anew(lines[index], lines[first]))
        ):
            break
        seen.add(keys[index])
        if _entry(lines[index], keys[index], last, index + 1) or (announced and lines[index].numbered):
            end, missed = index + 1, 0
        elif (missed := missed + 1) > _MISSES:
            break
    # The first heading of the text is no entry, where the entries are numbered otherwise.
    own = end > first and lines[end - 1].mark
    return (
        end - 1
        if own and own.value == 1 and own.style != _style(lines[first]) and not _entry(lines[end - 1], keys[end - 1], last, end)
        else end
    )


def _style(line: Line) -> str | None:
    return None if line.mark is None else line.mark.style


def _begins_anew(line: Line, first: Line) -> bool:
    if line.mark is None or first.mark is None or line.numbered is None:
        return False
    return (line.mark.style, line.mark.value) == (first.mark.style, first.mark.value) and not line.mark.style.startswith("decimal")


def _entry(line: Line, key: str, last: dict[str, int], after: int) -> bool:
    return bool(key) and (last[key] >= after or _page_number().search(line.text) is not None)


def _key(line: Line) -> str:
    if len(line.text) > shapes()["contents_characters"] * 2:
        return ""
    words = _page_number().sub("", line.words)
    key = "".join(character for character in words.lower() if character.isalnum())
    return key if len(words) <= shapes()["contents_characters"] else ""


def _headings(lines: Sequence[Line]) -> list[bool]:
    candidates = [_may_head(line) for line in lines]
    marked = [line.kind == "heading" and not _is_prose(line) for line in lines]
    numbered = _numbered_headings(lines, candidates)
    headings = [mark or number for mark, number in zip(marked, numbered, strict=True)]
    if sum(marked) < _MARKED_ENOUGH:
        shaped = [not heading and _shaped(lines, index, headings) for index, heading in enumerate(headings)]
        headings = [heading or shape for heading, shape in zip(headings, shaped, strict=True)]
    return headings


def _is_prose(line: Line) -> bool:
    """Whether a line that the file marks as a heading is none: it ends as a sentence does, introduces a list, or is too long."""
    if line.text[-1] in "：:" and _lead_words().search(line.text):
        return True
    return line.text[-1] in "。；;，," or (len(line.text) > 3 * shapes()["heading_characters"] and not _is_english(line.text))


def _may_head(line: Line) -> bool:
    """Whether a line is short and shaped as a heading."""
    words = line.words.strip()
    if not words or words[-1] in "。；;，,、！…" or _SENTENCE_INSIDE.search(words):
        return False
    if words[-1] in "：:":
        return len(words) <= _COLON_TITLE and _lead_words().search(words) is None
    if _COLON.search(words) and line.numbered not in shapes()["titles"]:
        return False
    return _short(words, shapes()["heading_characters"], shapes()["heading_words"])


def _short(words: str, characters: int, english_words: int) -> bool:
    if _is_english(words):
        return len(words) <= 4 * characters and len(words.split()) <= english_words and words[-1] != "."
    return len(words) <= characters


def _is_english(words: str) -> bool:
    return len(_HAN.findall(words)) < len(words) / 10


def _numbered_headings(lines: Sequence[Line], candidates: Sequence[bool]) -> list[bool]:
    """Of each run of numbers of one style: they are headings when most are shaped so and most have something below them."""
    found = [False] * len(lines)
    for members in _series(lines):
        titles = [index for index in members if candidates[index] and lines[index].kind != "item"]
        owners = sum(_has_body(lines, index, members) for index in titles)
        if len(titles) >= 0.6 * len(members) and owners > 0.5 * len(titles):
            for index in titles:
                found[index] = True
    return found


def _series(lines: Sequence[Line]) -> list[list[int]]:
    """The lines of each run of numbers, by the order in which the runs begin."""
    runs: list[list[int]] = []
    open_runs: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        style = line.numbered
        if style is None or line.mark is None:
            continue
        run = open_runs.get(style)
        previous = lines[run[-1]].mark if run else None
        if run is None or previous is None or not previous.value < line.mark.value <= previous.value + 2:
            run = []
            runs.append(run)
        else:
            # A number of an outer run ends the runs inside it.
            for inner in [name for name, each in open_runs.items() if each[0] > run[-1]]:
                del open_runs[inner]
        open_runs[style] = run
        run.append(index)
    return runs


def _has_body(lines: Sequence[Line], index: int, members: Sequence[int]) -> bool:
    if index + 1 == len(lines):
        return False
    following = lines[index + 1]
    if index != members[-1]:
        return following.numbered != lines[index].numbered
    # What follows the last number of a bare list belongs to the text around it; so does the heading that follows.
    return following.numbered is None or following.mark is None or following.mark.value == 1


def _shaped(lines: Sequence[Line], index: int, headings: Sequence[bool]) -> bool:
    """A short line without a number or end, above a paragraph and below the end of another."""
    line, words = lines[index], lines[index].text
    if line.kind != "paragraph" or line.mark is not None or index + 1 == len(lines) or _COLON.search(words) or not _may_head(line):
        return False
    if not _short(words, shapes()["shaped_heading_characters"], shapes()["shaped_heading_words"]):
        return False
    if _is_english(words) and not (words[0].isupper() and any(len(word) > 1 for word in words.split())):
        return False
    if words[-1].isdecimal() or _DATE.search(words):
        return False
    following = lines[index + 1]
    # The first line is the title, whatever stands below it.
    below = (
        index == 0
        or headings[index + 1]
        or _ENDED.search(following.text) is not None
        or len(following.text) > shapes()["heading_characters"]
    )
    above = index == 0 or headings[index - 1] or lines[index - 1].text[-1] in "。！？.!?；;" or lines[index - 1].kind == "item"
    return below and above


def _depths(lines: Sequence[Line], headings: Sequence[bool]) -> list[int]:
    """The depth of each heading. A numbering stands as deep as where it first came up below the headings that are open; levels that the
    file marks count where it marks more than one."""
    levels = {line.level for line, heading in zip(lines, headings, strict=True) if heading and line.kind == "heading"}
    graded = len(levels) > 1
    through = _through(lines, headings)
    open_keys: list[tuple[str, int]] = []
    depths: list[int] = []
    for index, (line, heading) in enumerate(zip(lines, headings, strict=True)):
        if heading:
            key = _depth_key(line, graded=graded, first=index == 0)
            del open_keys[_rank(open_keys, key) :]
            if key[0] in through and open_keys and open_keys[-1] == _SHAPED:
                # A preface without a number does not hold the numbered parts that follow.
                open_keys.pop()
            open_keys.append(key)
        depths.append(len(open_keys) if heading else 0)
    return depths


def _through(lines: Sequence[Line], headings: Sequence[bool]) -> frozenset[str]:
    """The numberings of headings that run through most of the document and begin once."""
    places: dict[str, list[int]] = {}
    begun: Counter[str] = Counter()
    for index, (line, heading) in enumerate(zip(lines, headings, strict=True)):
        if heading and line.numbered and line.mark:
            places.setdefault(line.numbered, []).append(index)
            begun[line.numbered] += line.mark.value == 1
    return frozenset(style for style, found in places.items() if begun[style] <= 1 and 2 * (found[-1] - found[0]) >= len(lines))


def _depth_key(line: Line, *, graded: bool, first: bool) -> tuple[str, int]:
    if line.kind == "heading" and (graded or line.numbered is None):
        return "marked", line.level
    if line.numbered:
        return line.numbered, 0
    return ("title", 0) if first else _SHAPED


def _rank(open_keys: Sequence[tuple[str, int]], key: tuple[str, int]) -> int:
    """How many of the open headings stay open when a heading of this key begins."""
    style, level = key
    if style == "marked":
        return next((index for index, each in enumerate(open_keys) if each[0] == "marked" and each[1] >= level), len(open_keys))
    if key == _SHAPED:
        return len(open_keys) - (1 if open_keys and open_keys[-1] == key else 0)
    return open_keys.index(key) if key in open_keys else len(open_keys)


@cache
def _announced() -> re.Pattern[str]:
    return re.compile(shapes()["contents"]["announced"], re.IGNORECASE)


@cache
def _page_number() -> re.Pattern[str]:
    return re.compile(shapes()["contents"]["page_number"])


@cache
def _lead_words() -> re.Pattern[str]:
    return re.compile(shapes()["lead_words"], re.IGNORECASE)


_SHAPED = ("shaped", 0)
_BY_LETTER = ("letter", "roman", "english_part")
_LETTER = re.compile(r"(?<![A-Za-z])([A-Z])(?![A-Za-z])")
_MISSES = 2
_LONGEST_CONTENTS = 200
_MARKED_ENOUGH = 3
_COLON_TITLE = 16
_HAN = re.compile(f"[{HAN}]")
_SENTENCE_INSIDE = re.compile(r"[。！；]|[.!;]\s+[A-Z]")
_COLON = re.compile(r"[：:]")
_DATE = re.compile(r"\d{4}|\d{1,2}[日月]")
_ENDED = re.compile(r"[。！？；：.!?;:][”’」』》）)】\]\"']{0,3}$")
