"""From nodes to expressions: what a signal or a clause says, checked word by word against the language and the vocabularies."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import get_args

from mingjian.judge import predicates, vocabulary
from mingjian.judge.expr import (
    Absent,
    All,
    Asked,
    Attested,
    Bound,
    Counted,
    Denied,
    Either,
    Except,
    Expr,
    Field,
    Holds,
    Named,
    Negation,
    OneOf,
    Pattern,
    Present,
    Proven,
    Seen,
    Some,
    Source,
    TallyField,
    Value,
    one,
)
from mingjian.judge.nodes import Fields, Items, Node, Place
from mingjian.judge.shapes import choice_of, entry_of, fields_of, flag_of, items_of, number_of, string_of
from mingjian.model.types import UNKNOWN, Channel, Mode

FORMS = ("seen", "some", "all", "any", "not", "proven", "signal", "tally", "attested", "denied", "ask")
MODES: tuple[Mode, ...] = get_args(Mode)
CHANNELS: tuple[Channel, ...] = get_args(Channel)
RECORDED: tuple[Channel, ...] = ("api", "network", "ui")
"""The channels that speak only of the phases a recording spans."""
PHASES = ("before_consent", "after_refusal", "foreground", "background")
"""What `phase: any` asks a recording to span."""
IMPLIED: dict[Mode, tuple[Channel, ...]] = {
    "claimed": ("policy",),
    "declared": ("manifest",),
    "possible": ("code",),
    "observed": ("api", "network"),
    "shown": ("ui",),
}

MAX_JOINS = 2
"""Joins within joins; the work grows with the number of facts to this power."""

_PATTERN_KEYS: tuple[Field, ...] = ("action", "data", "actor", "recipient", "purpose", "phase")
_TALLY_FIELDS: tuple[TallyField, ...] = get_args(TallyField)
_SOURCES: tuple[Source, ...] = get_args(Source)
_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,30}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may refer to: signals, questions of its clause's checklist, and variables bound around it."""

    signals: Collection[str] = ()
    questions: Collection[str] = ()
    variables: tuple[str, ...] = ()

    def binding(self, variable: str) -> "Scope":
        """The scope inside a join."""
        return replace(self, variables=(*self.variables, variable))


def name_of(node: Node) -> str:
    """A name of a signal or question: lower case letters, digits, `-` and `_`."""
    word = string_of(node)
    if not _NAME.fullmatch(word):
        raise node.place.error("bad_name", word=word[:60])
    return word


def expression_of(node: Node, scope: Scope) -> Expr:
    """The expression that a node states."""
    return one(_expression_of(node, scope))


def _expression_of(node: Node, scope: Scope) -> Expr:
    key, value = entry_of(node, FORMS)
    match key.text:
        case "seen":
            return Seen(_pattern_of(value, scope))
        case "some":
            return _some_of(value, scope)
        case "all":
            return All(_parts_of(value, scope))
        case "any":
            return Either(_parts_of(value, scope))
        case "not":
            return Negation(expression_of(value, scope))
        case "proven":
            return Proven(expression_of(value, scope))
        case "signal":
            return Holds(_one_of(value, scope.signals, "unknown_signal"))
        case "tally":
            return _tally_of(value, scope)
        case "attested":
            return Attested(_one_of(value, scope.questions, "unknown_question"))
        case "denied":
            return Denied(_one_of(value, scope.questions, "unknown_question"))
        case _:
            return _ask_of(value, scope)


def _one_of(node: Node, known: Collection[str], error: str) -> str:
    name = name_of(node)
    if name not in known:
        raise node.place.error(error, word=name)
    return name


def _parts_of(node: Node, scope: Scope) -> tuple[Expr, ...]:
    parts = tuple(expression_of(item, scope) for item in items_of(node))
    if not parts:
        raise node.place.error("empty_list")
    return parts


def _some_of(node: Node, scope: Scope) -> Expr:
    found = fields_of(node, ("of", "as", "where"))
    variable = string_of(found["as"])
    if not _VARIABLE.fullmatch(variable) or variable in scope.variables:
        raise found["as"].place.error("bad_variable", word=variable[:60])
    if len(scope.variables) >= MAX_JOINS:
        raise node.place.error("too_many_joins", limit=MAX_JOINS)
    return Some(_pattern_of(found["of"], scope), variable, expression_of(found["where"], scope.binding(variable)))


def _tally_of(node: Node, scope: Scope) -> Expr:
    found = fields_of(node, ("of", "field", "source", "kind"), ("over", "under"))
    if ("over" in found) == ("under" in found):
        raise node.place.error("over_or_under")
    return Counted(
        pattern=_pattern_of(found["of"], scope),
        field=choice_of(found["field"], _TALLY_FIELDS),
        over="over" in found,
        number=number_of(found["over"] if "over" in found else found["under"]),
        source=string_of(found["source"]),
        kind=choice_of(found["kind"], _SOURCES),
    )


def _ask_of(node: Node, scope: Scope) -> Expr:
    if not isinstance(node, Fields):
        raise node.place.error("mapping_expected", keys="name")
    first = {key.text: value for key, value in node.entries}.get("name")
    if first is None:
        raise node.place.error("missing_key", name="name")
    predicate = choice_of(first, tuple(predicates.PREDICATES))
    parameters = predicates.PREDICATES[predicate].parameters
    found = fields_of(node, ("name", *parameters))
    return Asked(predicate, tuple((name, _value_of(found[name], name, scope)) for name in parameters))


def _pattern_of(node: Node, scope: Scope) -> Pattern:
    found = fields_of(node, ("mode",), ("channel", *_PATTERN_KEYS, "negated"))
    mode = choice_of(found["mode"], MODES)
    channels = _channels_of(found["channel"]) if "channel" in found else IMPLIED[mode]
    recorded = any(channel in RECORDED for channel in channels)
    phases: tuple[str, ...] | Bound = ()
    values: list[tuple[Field, Value]] = []
    for field in _PATTERN_KEYS:
        if field not in found:
            continue
        value = _value_of(found[field], field, scope)
        if field == "phase" and recorded:
            phases = _recorded_phases(value, found[field].place)
            if value == Present():
                continue
        if field == "action":
            _check_action(value, mode, found[field].place)
        values.append((field, value))
    if recorded and "phase" not in found:
        raise node.place.error("phase_missing", channel=", ".join(channel for channel in channels if channel in RECORDED))
    return one(Pattern(mode, channels, tuple(values), phases, flag_of(found["negated"]) if "negated" in found else False))


def _channels_of(node: Node) -> tuple[Channel, ...]:
    if isinstance(node, Items):
        if not node.items:
            raise node.place.error("empty_list")
        return tuple(choice_of(item, CHANNELS) for item in node.items)
    return (choice_of(node, CHANNELS),)


def _recorded_phases(value: Value, place: Place) -> tuple[str, ...] | Bound:
    match value:
        case Present():
            return PHASES
        case Bound():
            return value
        case Named(term):
            return (term,)
        case OneOf(choices):
            terms = tuple(choice.term for choice in choices if isinstance(choice, Named))
            if len(terms) == len(choices):
                return terms
    raise place.error("phase_not_plain")


def _check_action(value: Value, mode: Mode, place: Place) -> None:
    match value:
        case Named(term) if not vocabulary.allowed(term, mode):
            raise place.error("action_not_in_mode", action=term, mode=mode)
        case OneOf(choices):
            for choice in choices:
                _check_action(choice, mode, place)
        case Except(inner):
            _check_action(inner, mode, place)
        case _:
            pass


def _value_of(node: Node, field: str, scope: Scope) -> Value:
    if isinstance(node, Items):
        if not node.items:
            raise node.place.error("empty_list")
        return OneOf(tuple(_value_of(item, field, scope) for item in node.items))
    if isinstance(node, Fields):
        _, inner = entry_of(node, ("not",))
        return Except(_value_of(inner, field, scope))
    word = string_of(node)
    if word == "none":
        return Absent()
    if word == "any":
        return Present()
    if word.startswith("$"):
        return _bound_of(word, node.place, scope)
    if word == UNKNOWN or not vocabulary.known(field, word):
        raise node.place.error("unknown_term", field=field, word=word[:60])
    return Named(word)


def _bound_of(word: str, place: Place, scope: Scope) -> Bound:
    variable, _, field = word[1:].partition(".")
    if variable not in scope.variables:
        raise place.error("unbound", word=word[:60])
    for known in _PATTERN_KEYS:
        if field == known and known != "action":
            return Bound(variable, known)
    raise place.error("unbound_field", word=word[:60], known=", ".join(key for key in _PATTERN_KEYS if key != "action"))
