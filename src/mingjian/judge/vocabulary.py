"""Which words a rule may use in which field."""

from typing import Any

from mingjian.model.terms import exists, vocabulary, within
from mingjian.model.types import UNKNOWN, Mode

ATTEST = "attest"
"""The root of a reviewer's answers; below it stand the ids of checklist questions."""

_PARTIES = ("app", "sdk", "host", "operator", "program", "company", "party")


def known(field: str, word: str) -> bool:
    """Whether `word` is a term, or a root of terms, of the vocabulary that belongs to `field`. `"unknown"` belongs to none."""
    match field:
        case "action":
            return exists("actions", word) or within(word, ATTEST)
        case "data" | "permission":
            return exists("data", word) or word == "permission"
        case "purpose":
            return exists("purposes", word)
        case "phase":
            return exists("phases", word)
        case _:
            return word != UNKNOWN and any(within(word, party) for party in _PARTIES)


def allowed(action: str, mode: Mode) -> bool:
    """Whether an observation of `mode` may state `action` or anything below it."""
    if within(action, ATTEST):
        return mode in _modes(ATTEST)
    terms = vocabulary("actions")
    return any(mode in _modes(term) for term in terms if within(term, action))


def _modes(action: str) -> Any:
    return vocabulary("actions")[action].fields["in"]
