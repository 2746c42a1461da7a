"""Ways to reach the people behind an app, as a policy names them."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from mingjian.model.shipped import catalog
from mingjian.nlp.overlaps import apart
from mingjian.nlp.reading import Lang

ContactKind = Literal["mail", "phone", "form", "post", "web", "service", "im"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to be reached; offsets count within the text that was searched. `value` is the address in the usual form of its kind: a mail
    address with its sign, a number in digits with `x` before an extension, else the words themselves."""

    start: int
    end: int
    kind: ContactKind
    value: str


def contacts(text: str, lang: Lang) -> list[Contact]:
    """What the text says about where to turn to, by place."""
    plain = text.translate(_WIDE)
    return apart((each for row in _rows() if row.lang in (None, lang) for each in row.find(text, plain)), len(text))


@dataclass(frozen=True, slots=True)
class _Row:
    kind: ContactKind
    pattern: re.Pattern[str]
    lang: Lang | None
    near: re.Pattern[str] | None
    never: re.Pattern[str] | None
    never_after: re.Pattern[str] | None
    holds: tuple[re.Pattern[str], ...]
    cut: re.Pattern[str] | None
    value: str

    def find(self, text: str, plain: str) -> list[Contact]:
        return [self._contact(text, match) for match in self.pattern.finditer(plain) if self._fits(plain, match)]

    def _fits(self, text: str, match: re.Match[str]) -> bool:
        before, after = text[max(0, match.start() - _reach()) : match.start()], text[match.end() : match.end() + _reach()]
        if self.near is not None and not (self.near.search(before + match[0]) or self.near.search(after)):
            return False
        if self.never is not None and self.never.search(before):
            return False
        if self.never_after is not None and self.never_after.match(after):
            return False
        return all(part.search(match[0]) for part in self.holds)

    def _contact(self, text: str, match: re.Match[str]) -> Contact:
        group = "value" if "value" in self.pattern.groupindex else 0
        words = (match[group] if self.cut is None else self.cut.sub("", match[group])).rstrip(" ,，、.")
        start, end = match.start(group), match.start(group) + len(words)
        value = _unquoted(text[start:end]) if self.value == _AS_WRITTEN else _FORMS[self.value](words)
        return Contact(start, end, self.kind, value)


def _mail(words: str) -> str:
    whole = _DOT.sub(".", _AT.sub("@", words, count=1))
    return "".join(whole.split()).lower()


def _number(words: str) -> str:
    marked = _EXTENSION.sub("x", words)
    return "".join(character for character in marked if character.isdigit() or character in "+x")


def _unquoted(words: str) -> str:
    return _CLOSED.split(words.lstrip('“"「【[ '), maxsplit=1)[0]


def _compiled(words: str | None) -> re.Pattern[str] | None:
    return None if words is None else re.compile(words)


@cache
def _rows() -> tuple[_Row, ...]:
    return tuple(
        _Row(
            row["kind"],
            re.compile(row["pattern"]),
            row.get("lang"),
            _compiled(row.get("near")),
            _compiled(row.get("never")),
            _compiled(row.get("never_after")),
            tuple(re.compile(part) for part in row.get("holds", ())),
            _compiled(row.get("cut")),
            row.get("value", _AS_WRITTEN),
        )
        for row in catalog("contacts")["rows"]
    )


def _reach() -> int:
    reach: int = catalog("contacts")["context"]
    return reach


_FORMS = {"mail": _mail, "number": _number}
_AS_WRITTEN = "words"
_CLOSED = re.compile('[”"」】\\]]')
_AT = re.compile(r"\s?(?:[\[({<【](?:at|a|@|艾特)[\])}>】]|_at_| at |[@#☆★*$])\s?", re.IGNORECASE)
_DOT = re.compile(r"\s?(?:[\[(]dot[\])]| dot )\s?", re.IGNORECASE)
_EXTENSION = re.compile(r"\s?(?:转|分机|按|ext\.?|x)\s?", re.IGNORECASE)
_SIGNS = "＠＋－．／＃＊＿（）"
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code).isalnum() or chr(code) in _SIGNS} | dict.fromkeys(
    range(0x2010, 0x2016), "-"
)
