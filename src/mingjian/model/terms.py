"""The vocabularies: which data, actions, purposes, phases, channels and app types exist, and what they are called in both languages.

Terms are dotted from general to particular, so `within("device.imei", "device")` holds. Each vocabulary is one file of `rules/terms/`.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.types import UNKNOWN, Text

Vocabulary = Literal["data", "actions", "purposes", "phases", "channels", "categories"]

PERSONAL = "personal"
"""The root of every data term that is personal information by itself; probes of the environment and permissions are not."""

IDENTIFYING = "identifying"
"""The root of personal information without what is marked `ordinary`: a phone's model, system, screen or network type, which identify
nobody by themselves."""

SENSITIVE = "sensitive"
"""The root of what article 28 of the Personal Information Protection Law names as sensitive: the terms marked `pipl` under `sensitive`, not
those that content or purpose makes so. A family is within it when all its members are."""

_NOT_PERSONAL = ("permission", "device.environment")


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a vocabulary; `fields` is the rest of its row in the file."""

    id: str
    name: Text
    fields: dict[str, Any]


@cache
def vocabulary(name: Vocabulary) -> dict[str, Term]:
    """Every term of one vocabulary by id, in the order of the file."""
    rows = read_yaml(rules_folder() / "terms" / f"{name}.yml")
    return {id: Term(id, Text(row["zh"], row["en"]), {key: row[key] for key in row if key not in ("zh", "en")}) for id, row in rows.items()}


def within(term: str | None, ancestor: str) -> bool:
    """Whether `term` is `ancestor` or stands below it. Nothing is within anything when it does not apply or is unknown."""
    if term is None or term == UNKNOWN:
        return False
    if ancestor == PERSONAL:
        return not any(within(term, root) for root in _NOT_PERSONAL)
    if ancestor == IDENTIFYING:
        return within(term, PERSONAL) and term not in _ordinary()
    if ancestor == SENSITIVE:
        return term in _sensitive()
    return term == ancestor or term.startswith(ancestor + ".")


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(term.id for term in vocabulary("data").values() if term.fields.get("ordinary"))


@cache
def _sensitive() -> frozenset[str]:
    rows = vocabulary("data")
    marked = {id for id, term in rows.items() if "pipl" in term.fields.get("sensitive", ())}
    families = {id.partition(".")[0] for id in marked}
    whole = {family for family in families if all(id in marked for id in rows if id.startswith(f"{family}."))}
    return frozenset({SENSITIVE} | marked | whole)


def exists(name: Vocabulary, term: str) -> bool:
    """Whether a term, or a root of terms (`device`), belongs to the vocabulary. Permissions are open: any `permission.<group>.<NAME>`."""
    if name == "data" and (term in (PERSONAL, IDENTIFYING, SENSITIVE) or within(term, "permission")):
        return True
    terms = vocabulary(name)
    return term in terms or any(within(known, term) for known in terms)


def named(name: Vocabulary, term: str, lang: str) -> str:
    """What a reader calls the term; the term itself when the vocabulary does not know it."""
    known = vocabulary(name).get(term)
    return known.name.of(lang) if known else term
