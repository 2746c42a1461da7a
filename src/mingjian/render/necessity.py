"""The table of necessity in words, for every format."""

from typing import Literal

from mingjian.model.terms import named, vocabulary, within
from mingjian.model.texts import say
from mingjian.model.types import Necessity, Report
from mingjian.model.words import term_in_words

HOWS: tuple[Literal["declared", "used", "asked", "seen"], ...] = ("declared", "used", "asked", "seen")
"""The columns that say how a row is known."""

_MOST_FUNCTIONS = 4


def type_in_words(report: Report, lang: str) -> list[str]:
    """Against which type the table is held, and why it decides nothing where no person settled the type."""
    category = report.subject.category
    if category is None or category not in vocabulary("categories"):
        return [say("report.necessity.type_none", lang)]
    name = named("categories", category, lang)
    lines = [say("report.necessity.type", lang, type=name)]
    if vocabulary("categories")[category].fields["none_needed"]:
        lines.append(say("report.necessity.no_data", lang))
    return lines


def need_in_words(row: Necessity, report: Report, lang: str) -> str:
    """What the row's layer says of it, which layer that is, and how its source is known."""
    said = say(f"report.necessity.need.{row.need}", lang)
    if row.need == "type_unknown":
        return said
    if row.need == "conditional":
        said = say("report.necessity.condition", lang, need=said, when=_condition(row.term, report, lang))
    layer = say(f"report.necessity.layer.{row.layer}", lang)
    return say(
        "report.necessity.by_layer", lang, layer=layer, need=said, confidence=say(f"report.necessity.confidence.{row.confidence}", lang)
    )


def _condition(term: str, report: Report, lang: str) -> str:
    """For which part of the service the law lists the term."""
    rows = vocabulary("categories")[report.subject.category or ""].fields["conditional"]
    return next((str(row["zh" if lang == "zh" else "en"]) for listed, row in rows.items() if within(term, listed)), "")


def functions_in_words(row: Necessity, report: Report, lang: str) -> str:
    """The functions that the policy names for the row, each once; empty where it names none."""
    purposes = list(dict.fromkeys(report.observations[index].purpose or "" for index in row.functions))
    told = [term_in_words("for", purpose, lang) for purpose in purposes[:_MOST_FUNCTIONS]]
    if len(purposes) > _MOST_FUNCTIONS:
        told.append(say("report.matrix.more", lang, n=len(purposes) - _MOST_FUNCTIONS))
    return say("list.and", lang).join(told)
