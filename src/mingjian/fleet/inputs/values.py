"""What stands in a row, made the values of a `Listing`, or refused with the row's number and what is allowed."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mingjian.errors import InputError
from mingjian.fleet.inputs.tables import Row
from mingjian.fleet.listing import Listing
from mingjian.model.terms import vocabulary

COLUMNS = ("location", "sha256", "category", "store", "region", "operator", "downloads", "policy", "runs", "review", "dossier")
"""What a row may tell, in the words of a manifest."""
LISTS = ("policy", "runs", "review")

_MOST_OF_A_LIST = 32
_LONGEST_PLACE = 2000
_LONGEST_WORD = 500
_MOST_DOWNLOADS = 10**15
_BAD = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCHEMES = ("s3", "https", "http")
_DOWNLOADS = re.compile(
    r"(?:约|>)?\s*([0-9]{1,18}|[0-9]{1,3}(?:[,，][0-9]{3}){1,5}|[0-9]{1,15}\.[0-9]{1,3})\s*(千|万|亿|[KkMmBb])?\s*(?:\+|＋)?\s*(?:次(?:下载|安装)?)?\+?"
)
_UNITS = {"": 1, "千": 1000, "k": 1000, "万": 10_000, "m": 10**6, "亿": 10**8, "b": 10**9}


class Reading:
    """How the rows of the file at `path` are read. `strict`: the list was written for Mingjian, so that its categories are official types
    and its paths may be absolute; else a store or its crawler wrote it, whose words are kept, and whose paths stay beside the file."""

    def __init__(self, path: Path, strict: bool = True) -> None:
        self.path = path
        self.strict = strict
        # As text, to which the paths of a million rows are joined.
        self.folder = str(path.parent).rstrip("/")

    def listing(self, number: int, row: Row) -> Listing:
        """The listing in a row that has no fields but `COLUMNS`."""
        place = _Place(self, number)
        given = [name for name in ("location", "dossier") if row.get(name) not in (None, "")]
        if len(given) != 1:
            raise place.error("fleet.input.one_location" if given else "fleet.input.no_location")
        category, shelf = self._category(place, place.word("category", row.get("category")))
        policy, runs, review = (tuple(place.location(name, each) for each in place.words(name, row.get(name))) for name in LISTS)
        return Listing(
            location=place.location(given[0], place.word(given[0], row[given[0]], _LONGEST_PLACE)),
            sha256=place.digest(row.get("sha256")),
            category=category,
            shelf=shelf,
            store=place.word("store", row.get("store")),
            region=place.word("region", row.get("region")),
            operator=place.word("operator", row.get("operator")),
            downloads=place.downloads(row.get("downloads")),
            policy=policy,
            runs=runs,
            review=review,
        )

    def _category(self, place: "_Place", word: str) -> tuple[str, str]:
        known = _categories().get(word.casefold(), "")
        if word and not known and self.strict:
            raise place.error("fleet.input.category", value=word[:100])
        return known, "" if known else word


@dataclass(frozen=True, slots=True)
class _Place:
    """One row, by the number that its reader gave."""

    reading: Reading
    number: int

    def error(self, key: str, **values: object) -> InputError:
        return InputError(key, path=self.reading.path, line=self.number, **values)

    def word(self, name: str, value: Any, longest: int = _LONGEST_WORD) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, int) and not isinstance(value, bool):
            # Names that are numbers (`360`) come so from JSON.
            value = str(value) if abs(value) < 10**18 else None
        if not isinstance(value, str):
            raise self.error("fleet.input.no_word", name=name)
        if len(value) > longest:
            raise self.error("fleet.input.long_word", name=name, limit=longest)
        word = value.strip()
        if _BAD.search(word):
            raise self.error("fleet.input.control", name=name)
        return word

    def words(self, name: str, value: Any) -> list[str]:
        """The several values of a field: a list, or a text with `;` between them."""
        several = value if isinstance(value, list) else value.split(";") if isinstance(value, str) else [] if value is None else None
        if several is None:
            raise self.error("fleet.input.no_word", name=name)
        if len(several) > _MOST_OF_A_LIST:
            raise self.error("fleet.input.many", name=name, count=len(several), limit=_MOST_OF_A_LIST)
        return [word for each in several if (word := self.word(name, each, _LONGEST_PLACE))]

    def digest(self, value: Any) -> str:
        word = self.word("sha256", value)
        if word and not _SHA256.fullmatch(word):
            raise self.error("fleet.input.sha256", value=word[:80])
        return word.lower()

    def downloads(self, value: Any) -> int | None:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            number = value
        else:
            word = self.word("downloads", value)
            if not word:
                return None
            number = downloads_of(word)
        if not 0 <= number <= _MOST_DOWNLOADS:
            raise self.error("fleet.input.downloads", value=str(value)[:80] if not isinstance(value, int) else "…")
        return number

    def location(self, name: str, word: str) -> str:
        """An address as it stands, a path as an absolute one."""
        scheme = _SCHEME.match(word)
        if scheme:
            if scheme[1].lower() not in _SCHEMES:
                raise self.error("fleet.input.scheme", name=name, value=word[:200])
            return word
        if not word:
            raise self.error("fleet.input.no_location")
        if word.startswith("/"):
            if not self.reading.strict:
                raise self.error("fleet.input.absolute", name=name, value=word[:200])
            return word
        # By its spelling, as nothing is looked up on disk for a million rows; `fetch` follows no link.
        if ".." in word.split("/"):
            raise self.error("fleet.input.outside", name=name, value=word[:200])
        return f"{self.reading.folder}/{word.removeprefix('./')}"


def downloads_of(word: str) -> int:
    """The number in words of stores: `1,000,000+`, `10M+`, `1.2亿次下载`; -1 for what is none."""
    found = _DOWNLOADS.fullmatch(word)
    if not found:
        return -1
    digits, unit = found[1].replace(",", "").replace("，", ""), _UNITS[(found[2] or "").lower()]
    whole, _, part = digits.partition(".")
    return int(whole) * unit + (int(part) * unit // 10 ** len(part) if part else 0)


@cache
def _categories() -> dict[str, str]:
    """The official types by id and by name in either language, the Chinese one also without its last character (`类`)."""
    known: dict[str, str] = {}
    for id, term in vocabulary("categories").items():
        names = (id, term.name.of("zh"), term.name.of("zh").removesuffix("类"), term.name.of("en"))
        known.update((name.casefold(), id) for name in names)
    return known
