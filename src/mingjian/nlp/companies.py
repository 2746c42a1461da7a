"""Names of companies, and who handles personal information: name, registered address, officer."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from mingjian.model.shipped import catalog
from mingjian.nlp.language import HAN, simplified
from mingjian.nlp.patterns import pattern
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
    found = [_named(text, match) for match in pattern("companies", "names", "zh").finditer(text)]
    found += [_named(text, match) for match in pattern("companies", "names", "en").finditer(text)]
    found = [each for each in found if each.name and pattern("companies", "no_name").match(each.name) is None]
    if not any(each.kind == "handler" for each in found):
        found += [_plain(match) for match in pattern("companies", "handler", "plain").finditer(text) if _free(match, found)]
    key = "address" if lang == "zh" else "address_en"
    for match in pattern("companies", key).finditer(text):
        value = pattern("companies", "address_end").sub("", until_closed(match["value"])).rstrip("，,、 ")
        if pattern("companies", "address_holds").search(value) and not pattern("companies", "address_never").search(value):
            found.append(Company(match.start("value"), match.start("value") + len(value), value, "address"))
    found += [Company(match.start(), match.end(), match[0], "officer") for match in pattern("companies", "officer").finditer(text)]
    return sorted(found, key=lambda each: (each.start, each.kind))


def slug(name: str) -> str:
    """A name as a stable identifier: simplified characters, small letters and digits; words of letters are apart by hyphens."""
    plain = simplified(unicodedata.normalize("NFKC", name)).lower()
    decomposed = "".join(character for character in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(character))
    limit: int = catalog("companies")["longest_slug"]
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
    is_handler = pattern("companies", "handler", "before").search(before) or pattern("companies", "handler", "after").match(after)
    is_handler = is_handler or (
        pattern("companies", "handler", "subject").search(before) and pattern("companies", "handler", "makes").match(after)
    )
    return Company(start, match.end(), name, "handler" if is_handler else "company")


def _led(name: str) -> int:
    """How many characters before a Chinese name are no part of it."""
    first = _unpaired(name) + 1
    table = catalog("companies")
    for at in sorted(at for place in table["places"] if (at := name.find(place, first)) >= 0):
        if name[at - 1 : at] not in "（(" and not name.startswith(tuple(table["inner_places"]), at):
            return at
    found = pattern("companies", "led").match(name[first:-_SHORTEST])
    cut = first + (found.end() if found else 0)
    short = pattern("companies", "led_start").match(name[cut:-_SHORTEST])
    return cut + (short.end() if short else 0)


def _led_in_english(name: str) -> int:
    found = pattern("companies", "led_en").match(name)
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


_HAN = re.compile(f"[{HAN}]")
_SEPARATOR = re.compile(rf"[^a-z0-9{HAN}]+")
_REACH = 80
# The characters that a name and its legal ending have at least, past which no leading words reach.
_SHORTEST = 4
