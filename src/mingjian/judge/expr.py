"""The parsed rule language: values of patterns, patterns, expressions. Data only; `match` and `evaluate` give them meaning."""

from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from mingjian.model.types import Channel, Mode

Field = Literal["action", "data", "actor", "recipient", "purpose", "phase"]
FIELDS: tuple[Field, ...] = ("action", "data", "recipient", "actor", "purpose", "phase")
"""The fields a pattern may restrict, in the order of the observation line."""

TallyField = Literal["count", "second", "minute", "period", "same"]
Source = Literal["law", "example", "practice", "ours"]


@dataclass(frozen=True, slots=True)
class Named:
    """A term: itself and all below it."""

    term: str


@dataclass(frozen=True, slots=True)
class Absent:
    """`none`: the field does not apply."""


@dataclass(frozen=True, slots=True)
class Present:
    """`any`: the field applies, whatever it says."""


@dataclass(frozen=True, slots=True)
class Bound:
    """`$x.data`: what the observation bound to `x` says there."""

    variable: str
    field: Field


@dataclass(frozen=True, slots=True)
class OneOf:
    """A list: any of them."""

    choices: "tuple[Value, ...]"


@dataclass(frozen=True, slots=True)
class Except:
    """`{not: …}`."""

    value: "Value"


Value: TypeAlias = Named | Absent | Present | Bound | OneOf | Except


@dataclass(frozen=True, slots=True)
class Pattern:
    """What an observation must look like. A field that is not in `values` does not restrict; a phase of `any` is not in it either.

    `phases` are those in which a recorded channel must be covered before silence counts; `$x.phase` stands there as a `Bound`.
    """

    mode: Mode
    channels: tuple[Channel, ...]
    values: tuple[tuple[Field, Value], ...]
    phases: tuple[str, ...] | Bound = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """Some observation matches."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Some:
    """For some observation that matches, `where` holds."""

    pattern: Pattern
    variable: str
    where: "Expr"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: "tuple[Expr, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: "tuple[Expr, ...]"


@dataclass(frozen=True, slots=True)
class Negation:
    """The part does not hold."""

    part: "Expr"


@dataclass(frozen=True, slots=True)
class Proven:
    """The part surely holds: yes when it is yes, else no. Never unknown."""

    part: "Expr"


@dataclass(frozen=True, slots=True)
class Holds:
    """A signal holds."""

    signal: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Some observation matches and its tally is over, or under, a number; `source` and `kind` say where the number comes from."""

    pattern: Pattern
    field: TallyField
    over: bool
    number: float
    source: str
    kind: Source


@dataclass(frozen=True, slots=True)
class Attested:
    """A person answered a question of the checklist with yes."""

    question: str


@dataclass(frozen=True, slots=True)
class Denied:
    """Everybody who answered a question of the checklist answered it with no, and somebody did. Never unknown."""

    question: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A named predicate says so."""

    predicate: str
    arguments: tuple[tuple[str, Value], ...]


Expr: TypeAlias = Seen | Some | All | Either | Negation | Proven | Holds | Counted | Attested | Denied | Asked


def parts_of(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside an expression; those of a signal are not among them."""
    match expr:
        case All(parts) | Either(parts):
            return parts
        case Negation(part) | Proven(part):
            return (part,)
        case Some(where=where):
            return (where,)
        case _:
            return ()


@cache
def bound_in(expr: Expr) -> frozenset[Bound]:
    """Every `$x.field` that the expression reads, whether or not it binds that variable itself."""
    found = {bound for part in parts_of(expr) for bound in bound_in(part)}
    match expr:
        case Seen(pattern) | Some(pattern=pattern) | Counted(pattern=pattern):
            found.update(bound for _, value in pattern.values for bound in bound_in_value(value))
            if isinstance(pattern.phases, Bound):
                found.add(pattern.phases)
        case Asked(arguments=arguments):
            found.update(bound for _, value in arguments for bound in bound_in_value(value))
        case _:
            pass
    return frozenset(found)


def bound_in_value(value: Value) -> set[Bound]:
    """Every `$x.field` in a value."""
    match value:
        case Bound():
            return {value}
        case OneOf(choices):
            return {bound for choice in choices for bound in bound_in_value(choice)}
        case Except(inner):
            return bound_in_value(inner)
        case _:
            return set()
