"""Variants of the policies in `fixtures/policies`, described as data: a base, edits of its text, and what the edits must raise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import opencc
import yaml

HERE = Path(__file__).parent
POLICIES = HERE.parents[1] / "fixtures" / "policies"
BASES: dict[str, str] = yaml.safe_load((HERE / "bases.yml").read_text(encoding="utf-8"))


class EditError(ValueError):
    """An edit that does not fit its base. The message is for the author of the variant."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant. `expect` are the clauses that must be raised, `may` those that the law leaves open; `about` are the clauses whose
    passages a variant that must raise nothing touches. `add` and `drop` change the lines of `acts.txt`."""

    base: str
    name: str
    edits: tuple[dict[str, Any], ...]
    expect: frozenset[str]
    may: frozenset[str]
    about: frozenset[str]
    shape: str
    add: tuple[str, ...]
    drop: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.base}/{self.name}"

    def files(self) -> dict[str, str]:
        """The texts of the variant by file name. Raises `EditError`."""
        return edited(policy(self.base), BASES[self.base], self)

    def acts(self) -> tuple[str, ...]:
        """What the app of the variant does, as lines."""
        lines = acts(self.base)
        missing = set(self.drop) - set(lines)
        if missing:
            raise EditError(f"{self.id}: no such act: {missing}")
        return (*(line for line in lines if line not in self.drop), *self.add)


def policy(base: str) -> str:
    return (POLICIES / base / BASES[base]).read_text(encoding="utf-8")


def acts(base: str) -> tuple[str, ...]:
    """The lines of `acts.txt`; the first begins with `covered` and names the channels that were seen in full."""
    return tuple((POLICIES / base / "acts.txt").read_text(encoding="utf-8").splitlines())


@cache
def variants() -> tuple[Variant, ...]:
    """All variants, in the order of the files."""
    return tuple(_read())


def _read() -> Iterator[Variant]:
    for path in sorted((HERE / "tables").glob("*.yml")):
        for item in yaml.safe_load(path.read_text(encoding="utf-8")):
            stays = item.get("stays", False)
            unknown = set(item) - {"name", "edits", "expect", "may", "about", "shape", "acts", "stays"}
            if unknown or stays == bool(item.get("expect")):
                raise EditError(f"{path.stem}/{item['name']}: {unknown or 'either it stays or it raises something'}")
            yield Variant(
                base=path.stem.split(".")[0],
                name=item["name"],
                edits=tuple(item.get("edits", ())),
                expect=frozenset(map(str, item.get("expect", ()))),
                may=frozenset(map(str, item.get("may", ()))),
                about=frozenset(map(str, item.get("about", ()))),
                shape=item.get("shape", "same"),
                add=tuple(item.get("acts", {}).get("add", ())),
                drop=tuple(item.get("acts", {}).get("drop", ())),
            )


def edited(text: str, name: str, variant: Variant) -> dict[str, str]:
    """The files after all edits. Raises `EditError` where a text that an edit names does not stand in the policy as often as it says."""
    files: dict[str, str] = {}
    for edit in variant.edits:
        try:
            text = _edit(text, edit, files)
        except EditError as error:
            raise EditError(f"{variant.id}: {error}") from error
    return SHAPES[variant.shape](text, name) | files


def _edit(text: str, edit: Mapping[str, Any], files: dict[str, str]) -> str:
    if "insert" in edit:
        return _insert(text, edit["insert"] * edit.get("times", 1), edit)
    if "move" in edit:
        start, end = _span(text, edit["move"])
        return _insert(text[:start] + text[end:], text[start:end], edit)
    if "split" in edit:
        start, end = _span(text, edit["split"])
        files[edit["as"]] = edit.get("begin", "") + text[start:end] + edit.get("end", "")
        return text[:start] + str(edit["with"]) + text[end:]
    old, new = (edit["delete"], "") if "delete" in edit else (edit["replace"], edit["with"])
    if isinstance(old, str) and "times" in edit:
        times = text.count(old)
        if times == 0 or edit["times"] not in (times, "all"):
            raise EditError(f"{times} times: {old!r}")
        return text.replace(old, new)
    start, end = _span(text, old)
    return text[:start] + new + text[end:]


def _insert(text: str, new: str, edit: Mapping[str, Any]) -> str:
    anchor = edit.get("before") or edit["after"]
    start, end = _span(text, anchor)
    place = start if "before" in edit else end
    return text[:place] + new + text[place:]


def _span(text: str, wanted: str | Mapping[str, str]) -> tuple[int, int]:
    """Where a text stands that occurs once, or the stretch `from` one text `to` before another or `through` its end."""
    if isinstance(wanted, str):
        start = _once(text, wanted)
        return start, start + len(wanted)
    start = _once(text, wanted["from"])
    last = wanted.get("to") or wanted["through"]
    end = _once(text, last, start + 1)
    return start, end if "to" in wanted else end + len(last)


def _once(text: str, wanted: str, start: int = 0) -> int:
    times = text.count(wanted, start)
    if times != 1:
        raise EditError(f"{times} times: {wanted!r}")
    return text.index(wanted, start)


def _same(text: str, name: str) -> dict[str, str]:
    return {name: text}


def _traditional(text: str, name: str) -> dict[str, str]:
    return {name: opencc.OpenCC("s2t").convert(text)}


def _with_simplified(text: str, name: str) -> dict[str, str]:
    stem, dot, kind = name.partition(".")
    return _traditional(text, f"{stem}-hant{dot}{kind}") | {name: text}


def _plain(text: str, name: str) -> dict[str, str]:
    parser = _Words()
    parser.feed(text)
    return {f"{name.partition('.')[0]}.txt": parser.text()}


def _page(text: str, name: str) -> dict[str, str]:
    lines = "".join(f"<p>{line.strip()}</p>\n" for line in text.replace("&", "&amp;").replace("<", "&lt;").splitlines() if line.strip())
    return {f"{name.partition('.')[0]}.html": f'<!doctype html><html><head><meta charset="utf-8"></head><body>\n{lines}</body></html>\n'}


SHAPES = {"same": _same, "traditional": _traditional, "with_simplified": _with_simplified, "plain": _plain, "page": _page}
"""What becomes of the whole text: as it is, in traditional characters, those beside the original, without markup, as a flat page."""


class _Words(HTMLParser):
    """The words of a page, a line for each block, the cells of a row apart by tabs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag in ("head", "script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in ("head", "script", "style")
        if tag in ("td", "th"):
            self._parts.append("\t")
        elif tag in ("p", "div", "li", "tr", "h1", "h2", "h3"):
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._parts.append(data.strip("\n"))

    def text(self) -> str:
        lines = (line.strip() for line in "".join(self._parts).splitlines())
        return "\n".join(line for line in lines if line) + "\n"
