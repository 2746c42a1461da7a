"""Names of companies, and who handles personal information: name, registered address, officer."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.nlp.language import HAN, simplified
from mingjian.nlp.reading import Lang

CompanyKind = Literal["company", "handler", "address", "officer"]


@dataclass(frozen=True, slots=True)
class Company:
    """A legal name (`company`, or `handler` where the text says that this is who runs the app), the handler's `address`, or the post of its
    `officer` for personal information. `name` is the name, address or post as written; offsets count within the text that was searched."""

    start: int
    end: int
    name: str
    kind: CompanyKind


def companies(text: str, lang: Lang) -> list[Company]:
    """The companies that the text names and what it says of the handler, by place. Names of both languages are found in either."""
    found = [_named(text, match) for match in _pattern("names", "zh").finditer(text)]
    found += [_named(text, match) for match in _pattern("names", "en").finditer(text)]
    found = [each for each in found if each.name and _pattern("no_name").match(each.name) is None]
    if not any(each.kind == "handler" for each in found):
        found += [_plain(match) for match in _pattern("handler", "plain").finditer(text) if _free(match, found)]
    key = "address" if lang == "zh" else "address_en"
    for match in _pattern(key).finditer(text):
        value = _pattern("address_end").sub("", until_closed(match["value"])).rstrip("，,、 ")
        if _pattern("address_holds").search(value) and not _pattern("address_never").search(value):
            found.append(Company(match.start("value"), match.start("value") + len(value), value, "address"))
    found += [Company(match.start(), match.end(), match[0], "officer") for match in _pattern("officer").finditer(text)]
    return sorted(found, key=lambda each: (each.start, each.kind))


def slug(name: str) -> str:
    """A name as a stable identifier: simplified characters, small letters and digits; words of letters are apart by hyphens."""
    plain = simplified(unicodedata.normalize("NFKC", name)).lower()
    decomposed = "".join(character for character in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(character))
    limit: int = _table()["longest_slug"]
    return _SEPARATOR.sub("-", decomposed).strip("-")[:limit].strip("-")


def until_closed(words: str) -> str:
    """The words before the first closing bracket that none opened."""
    depth = 0
    for index, character in enumerate(words):
        depth += (character in "（(") - (character in "）)")
        if depth < 0:
            return words[:index]
    return words


def _named(text: str, match: re.Match[str]) -> Company:
    start, name = match.start(), match[0]
    led = _led(name) if _HAN.search(name) else _led_in_english(name)
    start, name = start + led, name[led:]
    before, after = text[max(0, start - _REACH) : start], text[match.end() : match.end() + _REACH]
    is_handler = _pattern("handler", "before").search(before) or _pattern("handler", "after").match(after)
    is_handler = is_handler or (_pattern("handler", "subject").search(before) and _pattern("handler", "makes").match(after))
    return Company(start, match.end(), name, "handler" if is_handler else "company")


def _led(name: str) -> int:
    """How many characters before a Chinese name are no part of it."""
    first = _unpaired(name) + 1
    table = _table()
    for at in sorted(at for place in table["places"] if (at := name.find(place, first)) >= 0):
        if name[at - 1 : at] not in "（(" and not name.startswith(tuple(table["inner_places"]), at):
            return at
    found = _pattern("led").match(name[first:-_SHORTEST])
    cut = first + (found.end() if found else 0)
    short = _pattern("led_start").match(name[cut:-_SHORTEST])
    return cut + (short.end() if short else 0)


def _led_in_english(name: str) -> int:
    found = _pattern("led_en").match(name)
    return found.end() if found else 0


def _unpaired(name: str) -> int:
    """The last bracket, opening or closing, whose other half is not in the name; -1 where there is none."""
    opened: list[int] = []
    closed = -1
    for index, character in enumerate(name):
        if character in "（(":
            opened.append(index)
        elif character in "）)" and opened:
            opened.pop()
        elif character in "）)":
            closed = index
    return opened[-1] if opened and opened[-1] > closed else closed


def _plain(match: re.Match[str]) -> Company:
    group = "name" if match["name"] else "maker"
    return Company(match.start(group), match.end(group), match[group].strip(), "handler")


def _free(match: re.Match[str], found: list[Company]) -> bool:
    return not any(match.start() < other.end and other.start < match.end() for other in found)


@cache
def _pattern(*keys: str) -> re.Pattern[str]:
    entry = _table()
    for key in keys:
        entry = entry[key]
    return re.compile(str(entry))


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = read_yaml(rules_folder() / "catalog" / "companies.yml")
    return table


_HAN = re.compile(f"[{HAN}]")
_SEPARATOR = re.compile(rf"[^a-z0-9{HAN}]+")
_REACH = 80
# The characters that a name and its legal ending have at least, past which no leading words reach.
_SHORTEST = 4
