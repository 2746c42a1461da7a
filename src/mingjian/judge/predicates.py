"""What `ask` can ask: the few questions that are no join of observations.

A new one needs a reason why no operator of the language will do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.terms import within
from mingjian.model.types import UNKNOWN, Subject, Truth

CATEGORY = "subject.category"
"""What is missing when nobody said which of the official app types the subject is."""

Answer = tuple[Truth, tuple[str, ...]]
"""The truth, and what is missing when it is unknown."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A named question. `parameters` are the fields whose values it is given; an argument is none when it does not apply."""

    parameters: tuple[str, ...]
    reads: tuple[str, ...]
    answer: Callable[[Subject, Mapping[str, str | None]], Answer]


def low_relevance(subject: Subject, arguments: Mapping[str, str | None]) -> Answer:
    """Whether the permission group of `data` is of low relevance to the subject's official type: the basic service neither needs it nor
    has a usual function that does. A group that our derivation does not rate for that type is not of low relevance."""
    data = arguments["data"]
    if data is None:
        return "no", ()
    if subject.category is None:
        return "unknown", (CATEGORY,)
    rated = _low_relevance().get(subject.category)
    if data == UNKNOWN or rated is None:
        return "unknown", ()
    return ("yes" if any(within(data, f"permission.{group}") for group in rated) else "no"), ()


@cache
def _low_relevance() -> dict[str, frozenset[str]]:
    """The groups of low relevance by app type, from the layer `derived`; the recalled layer takes no part in a verdict."""
    rows: dict[str, dict[str, Any]] = read_yaml(rules_folder() / "catalog" / "permissions.yml")["derived"]
    return {category: frozenset(row["low_relevance"]) for category, row in rows.items()}


PREDICATES: dict[str, Predicate] = {"low_relevance": Predicate(("data",), (CATEGORY,), low_relevance)}
