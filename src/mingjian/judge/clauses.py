"""From the node tree of one file to a rule or a signal."""

import re
from collections.abc import Collection
from typing import get_args

from mingjian.judge import vocabulary
from mingjian.judge.expr import Attested, Either, Expr
from mingjian.judge.nodes import Fields, Node, Place
from mingjian.judge.parse import CHANNELS, PHASES, RECORDED, Scope, expression_of, name_of
from mingjian.judge.rule import CAPPING, Example, Rule, Signal
from mingjian.judge.shapes import choice_of, fields_of, flag_of, integer_of, items_of, string_of, text_of
from mingjian.model.line import LineError, parse
from mingjian.model.terms import exists
from mingjian.model.types import UNKNOWN, VERDICTS, Citation, Clause, ClauseStatus, Observation, Question, Severity, Truth, Verdict

HEADINGS = (
    "id",
    "title",
    "label",
    "cites",
    "severity",
    "status",
    "needs",
    "helps",
    "applies_if",
    "violated_if",
    "suspected_if",
    "checklist",
    "message",
    "remedy",
    "origin",
    "golden",
    "examples",
)
"""The headings of a clause, in their order."""
_OPTIONAL = ("label", "helps", "applies_if", "violated_if", "suspected_if", "checklist", "origin", "golden")
_REQUIRED = tuple(name for name in HEADINGS if name not in _OPTIONAL)
SIGNAL_HEADINGS = ("name", "title", "scene", "when", "examples")

_TRUTHS: tuple[Truth, ...] = get_args(Truth)
_SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_STATUSES: tuple[ClauseStatus, ...] = get_args(ClauseStatus)
CONFIDENCES = ("full_text", "read", "reprint", "notices", "derived", *CAPPING)
"""How the text of an instrument is known: in full, by its own page, by a reprint or summary, from public notices, put together by us from
several texts; from memory, with doubt, by its table of contents or by titles alone, which cap the verdict."""
_PLACES = (("chapter", "item"), ("article", "paragraph"), ("measure",), ("point",), ("annex",))
"""The ways in which instruments count."""
_POINT = re.compile(r"([IVX]{1,5}\.)?[0-9]{1,3}(\.[0-9]{1,3}){0,3}")
_ANNEX = re.compile(r"[A-Z]")


def clause_of(node: Node, signals: Collection[str], *, examples: bool = True) -> Rule:
    """The rule that a clause file states, its examples only where they are wanted."""
    found = fields_of(node, _REQUIRED, _OPTIONAL, HEADINGS)
    checklist = tuple(_question_of(item) for item in items_of(found["checklist"])) if "checklist" in found else ()
    scope = Scope(signals, tuple(question.id for question in checklist))
    logic = {name: expression_of(found[name], scope) for name in ("applies_if", "violated_if", "suspected_if") if name in found}
    if "violated_if" not in found and not checklist:
        raise node.place.error("no_logic")
    asked: Expr = Either(tuple(Attested(question.id) for question in checklist))
    clause = Clause(
        id=string_of(found["id"]),
        title=text_of(found["title"]),
        cites=_citation_of(found["cites"]),
        severity=choice_of(found["severity"], _SEVERITIES),
        status=choice_of(found["status"], _STATUSES),
        needs=channels_of(found["needs"]),
        helps=channels_of(found["helps"]) if "helps" in found else (),
        message=text_of(found["message"]),
        remedy=text_of(found["remedy"]),
        checklist=checklist,
        origin=string_of(found["origin"]) if "origin" in found else "",
        label=text_of(found["label"]) if "label" in found else None,
    )
    return Rule(
        clause=clause,
        applies_if=logic.get("applies_if"),
        violated_if=logic.get("violated_if", asked),
        suspected_if=logic.get("suspected_if"),
        examples=_examples_of(found["examples"], VERDICTS) if examples else (),
        golden=string_of(found["golden"]) if "golden" in found else None,
        places=places_of(node),
    )


def signal_of(node: Node, signals: Collection[str], *, examples: bool = True) -> Signal:
    """The signal that a signal file states, its examples only where they are wanted; it may name the others."""
    found = fields_of(node, ("name", "title", "when", "examples"), ("scene",), SIGNAL_HEADINGS)
    return Signal(
        name=name_of(found["name"]),
        title=text_of(found["title"]),
        when=expression_of(found["when"], Scope(signals)),
        examples=_examples_of(found["examples"], _TRUTHS) if examples else (),
        places=places_of(node),
        scene="scene" in found and flag_of(found["scene"]),
    )


def places_of(node: Node) -> dict[str, Place]:
    """Where each heading stands."""
    return {key.text: key.place for key, _ in node.entries} if isinstance(node, Fields) else {}


def channels_of(node: Node) -> tuple[str, ...]:
    """Channels as a clause names them; a recorded one names its phase, `api@any` standing for the four that a run can span."""
    names: list[str] = []
    for item in items_of(node):
        word = string_of(item)
        channel, _, phase = word.partition("@")
        if channel not in CHANNELS or (phase != "") != (channel in RECORDED):
            raise item.place.error("bad_channel", word=word[:60])
        if phase == "any":
            names += [f"{channel}@{each}" for each in PHASES]
            continue
        if phase and not exists("phases", phase):
            raise item.place.error("unknown_term", field="phase", word=phase[:60])
        names.append(word)
    return tuple(names)


def _question_of(node: Node) -> Question:
    found = fields_of(node, ("id", "text"))
    return Question(name_of(found["id"]), text_of(found["text"]))


def _citation_of(node: Node) -> Citation:
    words = [name for place in _PLACES for name in place]
    found = fields_of(node, ("instrument", "confidence"), words)
    given = tuple(name for name in words if name in found)
    if given not in (*_PLACES, ("article",)):
        raise node.place.error("bad_citation", found=", ".join(given) or "-")
    return Citation(
        string_of(found["instrument"]),
        **{name: integer_of(found[name]) for name in given if name not in ("point", "annex")},
        point=_matching(found["point"], _POINT) if "point" in found else None,
        annex=_matching(found["annex"], _ANNEX) if "annex" in found else None,
        confidence=choice_of(found["confidence"], CONFIDENCES),
    )


def _matching(node: Node, form: re.Pattern[str]) -> str:
    word = string_of(node)
    if not form.fullmatch(word):
        raise node.place.error("bad_point", word=word[:60])
    return word


def _examples_of(node: Node, expected: tuple[Verdict, ...] | tuple[Truth, ...]) -> tuple[Example, ...]:
    return tuple(_example_of(item, expected) for item in items_of(node))


def _example_of(node: Node, expected: tuple[Verdict, ...] | tuple[Truth, ...]) -> Example:
    found = fields_of(node, ("name", "given", "expect"), ("covered", "category", "near_miss"))
    category = string_of(found["category"]) if "category" in found else None
    if category is not None and not exists("categories", category):
        raise found["category"].place.error("unknown_term", field="category", word=category[:60])
    words: tuple[Verdict | Truth, ...] = expected
    return Example(
        name=string_of(found["name"]),
        given=tuple(_observation_of(item) for item in items_of(found["given"])),
        covered=channels_of(found["covered"]) if "covered" in found else (),
        expect=choice_of(found["expect"], words),
        category=category,
        near_miss="near_miss" in found and flag_of(found["near_miss"]),
        place=node.place,
    )


def _observation_of(node: Node) -> Observation:
    try:
        observation = parse(string_of(node))
    except LineError as error:
        raise node.place.error("bad_line", problem=str(error)) from error
    for field in ("action", "data", "actor", "recipient", "purpose", "phase"):
        word: str | None = getattr(observation, field)
        if word is not None and word != UNKNOWN and not vocabulary.known(field, word):
            raise node.place.error("unknown_term", field=field, word=word[:60])
    if not vocabulary.allowed(observation.action, observation.mode):
        raise node.place.error("action_not_in_mode", action=observation.action, mode=observation.mode)
    return observation
