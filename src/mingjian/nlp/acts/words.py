"""The words of acts, by language: `rules/catalog/acts.yml`, compiled."""

import re
from dataclasses import dataclass
from functools import cache

from mingjian.model.shipped import catalog
from mingjian.nlp.reading import Lang

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Words:
    """Patterns of one language by their name in the catalogue; `subjects.app` is the entry `app` of `subjects`."""

    lang: Lang
    patterns: dict[str, re.Pattern[str]]
    permissions: tuple[tuple[str, re.Pattern[str]], ...]

    def found(self, name: str, text: str, start: int = 0, end: int | None = None) -> bool:
        """Whether the pattern occurs in `text[start:end]`."""
        return self.patterns[name].search(text, start, len(text) if end is None else end) is not None

    def found_outside(self, name: str, other: str, text: str, start: int, end: int) -> bool:
        """Whether the pattern occurs in `text[start:end]` and is no part of what the pattern `other` finds."""
        around = self.spans(other, text)
        return any(not any(at <= first and last <= after for at, after in around) for first, last in self.spans(name, text, start, end))

    def spans(self, name: str, text: str, start: int = 0, end: int | None = None) -> list[Span]:
        """Where the pattern occurs in `text[start:end]`."""
        return [match.span() for match in self.patterns[name].finditer(text, start, len(text) if end is None else end)]


@cache
def words(lang: Lang) -> Words:
    """The words of a language."""
    entries = catalog("acts")[lang]
    patterns: dict[str, re.Pattern[str]] = {}
    for name, entry in entries.items():
        if isinstance(entry, str):
            patterns[name] = _compiled(entry)
        elif name != "permissions":
            patterns.update({f"{name}.{part}": _compiled(pattern) for part, pattern in entry.items()})
    permissions = tuple((f"permission.{group}", _compiled(pattern)) for group, pattern in entries["permissions"].items())
    return Words(lang, patterns, permissions)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
