"""What a server still knows: numbers of orders and of accounts that screens show before an account is cancelled and again after."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mingjian.extract.screen import Screen, screen_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mingjian.extract.screen_sequence import Marked, Sight

PHASE = "after_cancel"
_MOST_NUMBERS = 50


class Number(NamedTuple):
    """A number that a server gave to an order or to an account, and the words in which a screen shows it."""

    data: str
    number: str
    excerpt: str


def numbers(screen: Screen) -> tuple[Number, ...]:
    """The numbers of the screen, so many of them as screens have."""
    return tuple(islice(_numbers(screen), _MOST_NUMBERS))


def _numbers(screen: Screen) -> Iterator[Number]:
    for each in screen.elements:
        for data, words in _kinds():
            for found in words.finditer(each.words):
                yield Number(data, found["number"], each.excerpt)


def kept(sights: "Sequence[Sight]", marks: "Sequence[Marked]") -> "Iterator[tuple[Number, Sight, Sight, bool]]":
    """Each number that came back after the account was cancelled, where it was seen before and after, and whether that is sure: without a
    new sign-in in between it may be what the phone itself had stored."""
    done = next((each.mark.ts for each in marks if each.mark.name == "cancel_done" and each.mark.ts is not None), None)
    if done is None:
        return
    before: dict[tuple[str, str], Sight] = {}
    told: set[tuple[str, str]] = set()
    signed_out = False
    for sight in sights:
        if sight.ts is None:
            continue
        if sight.ts > done:
            signed_out = signed_out or sight.reading.signed_in is False
        for each in sight.reading.numbers:
            key = (each.data, each.number)
            if sight.ts < done:
                before.setdefault(key, sight)
            elif key in before and key not in told and PHASE in sight.phases:
                told.add(key)
                yield each, before[key], sight, signed_out


@cache
def _kinds() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row["data"], re.compile(row["words"], re.I)) for row in screen_words("numbers"))
