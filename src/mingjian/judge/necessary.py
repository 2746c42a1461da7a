"""What the official app types need, looked up layer by layer: the law's list, the standard's annex, our own derivation."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mingjian.model.shipped import catalog
from mingjian.model.terms import PERSONAL, vocabulary, within
from mingjian.model.types import UNKNOWN, Need, Subject, Truth

CATEGORY = "subject.category"
"""What is missing when nobody said which of the official app types the subject is; a type that was only proposed is not said."""


@dataclass(frozen=True, slots=True)
class AppType:
    """One row of the 39 types. `read` says whether its wording was read, not recalled; `conditional` are data that only a part of the
    service needs."""

    id: str
    necessary: frozenset[str]
    conditional: frozenset[str]
    none_needed: bool
    read: bool


def type_of(subject: Subject) -> tuple[AppType | None, tuple[str, ...]]:
    """The subject's official type, or what is missing to know it."""
    if subject.category is None or subject.category not in _types():
        return None, (CATEGORY,)
    return _types()[subject.category], ()


def need_of(type: AppType, data: str) -> Need:
    """Whether the law's list of the type names the data. `follows` is our derivation from what it names; `unclear` a word that is more
    general than what it names."""
    if any(within(data, term) for term in type.necessary):
        return "conditional" if any(within(data, term) for term in type.conditional) else "listed"
    if any(within(data, each) for term in type.necessary for each in _follows().get(term, ())):
        return "follows"
    if data == UNLISTED or any(within(term, data) for term in type.necessary):
        return "unclear"
    return "unlisted"


def rating_of(type: AppType, permission: str) -> Need:
    """How our derivation rates the group of a permission for the type; a group that opens no personal information is neutral."""
    row = catalog("permissions")["derived"].get(type.id)
    if row is None or not opens(permission):
        return "neutral"
    group = group_of(permission)
    if group in row["necessary"]:
        return "necessary"
    if group in row["low_relevance"]:
        return "low_relevance"
    return "contextual" if group in row["contextual"] or "any" in row["contextual"] else "neutral"


def opens(permission: str) -> tuple[str, ...]:
    """The data that a permission, or its group, opens; nothing for what the catalogue does not know to open any."""
    if not within(permission, "permission"):
        return ()
    group = group_of(permission)
    if group == "special":
        row = catalog("permissions")["special"].get(permission.rpartition(".")[2])
    else:
        row = catalog("permissions")["groups"].get(group)
    return tuple(row["data"]) if row else ()


def group_of(permission: str) -> str:
    """`camera` of `permission.camera.CAMERA`."""
    return permission.split(".")[1] if "." in permission else ""


def concerns(permission: str, data: str) -> Truth:
    """Whether words about `data` are about the permission: they name it, its group or another of the group, or what the group opens.
    Of a word above what it opens that is not known."""
    if within(data, "permission"):
        if data == "permission" or permission == "permission":
            return "unknown"
        same = group_of(data) == group_of(permission)
        if same and group_of(data) == "special":
            return "yes" if data in (permission, "permission.special") else "no"
        return "yes" if same else "no"
    opened = opens(permission)
    if any(within(data, each) for each in opened):
        return "yes"
    return "unknown" if any(within(each, data) for each in opened) else "no"


def names_function(purpose: str) -> Truth:
    """Whether a purpose names a function that the user starts."""
    functions = catalog("necessity")["functions"]
    if any(within(purpose, term) for term in functions["named"]):
        return "yes"
    return "unknown" if purpose in functions["unclear"] or purpose == UNKNOWN else "no"


def is_personal(data: str) -> bool:
    """Whether the law's list could name it."""
    return within(data, PERSONAL)


def marks_installation(data: str) -> bool:
    """Whether the term is an identifier that only tells one installation from another, or that the user can set anew."""
    term = vocabulary("data").get(data)
    return term is not None and bool(term.fields.get("installation"))


UNLISTED = "other.unlisted"
"""Data that a policy names and our vocabulary does not."""


@cache
def _types() -> dict[str, AppType]:
    return {id: _type(id, term.fields) for id, term in vocabulary("categories").items()}


def _type(id: str, row: dict[str, Any]) -> AppType:
    return AppType(
        id, frozenset(row["necessary"]), frozenset(row.get("conditional", ())), bool(row["none_needed"]), row["confidence"] == "high"
    )


@cache
def _follows() -> dict[str, tuple[str, ...]]:
    return {term: tuple(others) for term, others in catalog("necessity")["follows"].items()}
