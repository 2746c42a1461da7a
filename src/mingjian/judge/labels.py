"""The canonical line of an expression, as `Why.label` carries it. coupling: `mingjian.model.words` reads these lines back."""

from collections.abc import Mapping
from functools import cache

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
    Value,
)
from mingjian.model.types import Observation

_BEFORE: dict[Field, str] = {"recipient": "to", "actor": "by", "purpose": "for", "phase": "during"}


def label(expr: Expr, bindings: Mapping[str, Observation]) -> str:
    """One line; variables that are bound show what they stand for."""
    match expr:
        case Seen(pattern):
            return f"seen {pattern_label(pattern, bindings)}"
        case Some(pattern, variable):
            return f"some ${variable}: {pattern_label(pattern, bindings)}"
        case All():
            return "all of"
        case Either():
            return "any of"
        case Negation():
            return "not"
        case Proven():
            return "proven"
        case Holds(signal):
            return f"signal {signal}"
        case Counted(pattern, field, over, number):
            return f"tally {field} {'over' if over else 'under'} {number:g} of {pattern_label(pattern, bindings)}"
        case Attested(question):
            return f"attested {question}"
        case Denied(question):
            return f"denied {question}"
        case Asked(predicate, arguments):
            return " ".join([f"ask {predicate}", *(f"{name}={value_label(value, bindings)}" for name, value in arguments)])


@cache
def plain_label(expr: Expr) -> str:
    """The line of an expression that reads no variable, or with none bound."""
    return label(expr, {})


def case_label(variable: str, fields: frozenset[Field], observation: Observation) -> str:
    """The line of one case of a join: what the variable stands for, as far as the join looks at it."""
    words = [f"case ${variable}:"]
    if "data" in fields:
        words.append(observation.data or "none")
    for field, word in _BEFORE.items():
        if field in fields:
            words += (word, getattr(observation, field) or "none")
    return " ".join(words)


def pattern_label(pattern: Pattern, bindings: Mapping[str, Observation]) -> str:
    """A pattern in the order of the observation line; lists are joined by `|`, `!` says not, `*` stands for any action."""
    values = dict(pattern.values)
    words: list[str] = [pattern.mode]
    if pattern.negated:
        words.append("not")
    words.append(value_label(values["action"], bindings) if "action" in values else "*")
    if "data" in values:
        words.append(value_label(values["data"], bindings))
    for field, word in _BEFORE.items():
        if field in values:
            words += (word, value_label(values[field], bindings))
    return " ".join([*words, "via", "|".join(pattern.channels)])


def value_label(value: Value, bindings: Mapping[str, Observation]) -> str:
    """One word without spaces."""
    match value:
        case Named(term):
            return term
        case Absent():
            return "none"
        case Present():
            return "any"
        case OneOf(choices):
            return "|".join(value_label(choice, bindings) for choice in choices)
        case Except(inner):
            return f"!({value_label(inner, bindings)})"
        case Bound(variable, field):
            if variable not in bindings:
                return f"${variable}.{field}"
            return getattr(bindings[variable], field) or "none"
