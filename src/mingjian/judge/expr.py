"""The parsed rule language: values of patterns, patterns, expressions. Data only; `match` and `evaluate` give them meaning."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar

from mingjian.model.types import Channel, Mode

Field = Literal["action", "data", "actor", "recipient", "purpose", "phase"]
FIELDS: tuple[Field, ...] = ("action", "data", "recipient", "actor", "purpose", "phase")
"""The fields a pattern may restrict, in the order of the observation line."""

TallyField = Literal["count", "second", "minute", "period", "same"]
Source = Literal["law", "example", "practice", "ours"]
T = TypeVar("T")
_ones: dict[Any, Any] = {}


class _Tree:
    """A value that remembers its hash. Judging looks trees up thousands of times for each report, and would walk them every time."""

    __slots__ = ("_hash",)
    __match_args__: tuple[str, ...]
    _hash: int

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            object.__setattr__(self, "_hash", hash((type(self), self._fields())))
            return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, _Tree) and type(self) is type(other) and hash(self) == hash(other) and self._fields() == other._fields()

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)


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


@dataclass(frozen=True, slots=True, eq=False)
class Pattern(_Tree):
    """What an observation must look like. A field that is not in `values` does not restrict; a phase of `any` is not in it either.

    `phases` are those in which a recorded channel must be covered before silence counts; `$x.phase` stands there as a `Bound`.
    """

    mode: Mode
    channels: tuple[Channel, ...]
    values: tuple[tuple[Field, Value], ...]
    phases: tuple[str, ...] | Bound = ()
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Seen(_Tree):
    """Some observation matches."""

    pattern: Pattern


@dataclass(frozen=True, slots=True, eq=False)
class Some(_Tree):
    """For some observation that matches, `where` holds."""

    pattern: Pattern
    variable: str
    where: "Expr"


@dataclass(frozen=True, slots=True, eq=False)
class All(_Tree):
    """Every part holds."""

    parts: "tuple[Expr, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class Either(_Tree):
    """At least one part holds."""

    parts: "tuple[Expr, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class Negation(_Tree):
    """The part does not hold."""

    part: "Expr"


@dataclass(frozen=True, slots=True, eq=False)
class Proven(_Tree):
    """The part surely holds: yes when it is yes, else no. Never unknown."""

    part: "Expr"


@dataclass(frozen=True, slots=True, eq=False)
class Holds(_Tree):
    """A signal holds."""

    signal: str


@dataclass(frozen=True, slots=True, eq=False)
class Counted(_Tree):
    """Some observation matches and its tally is over, or under, a number; `source` and `kind` say where the number comes from."""

    pattern: Pattern
    field: TallyField
    over: bool
    number: float
    source: str
    kind: Source


@dataclass(frozen=True, slots=True, eq=False)
class Attested(_Tree):
    """A person answered a question of the checklist with yes."""

    question: str


@dataclass(frozen=True, slots=True, eq=False)
class Denied(_Tree):
    """Everybody who answered a question of the checklist answered it with no, and somebody did. Never unknown."""

    question: str


@dataclass(frozen=True, slots=True, eq=False)
class Asked(_Tree):
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


def one(tree: T) -> T:
    """The one tree among all that are equal, so that looking it up compares no trees."""
    first: T = _ones.setdefault(tree, tree)
    return first


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


@cache
def reads_of(expr: Expr) -> tuple[Bound, ...]:
    """What `bound_in` finds, in the order of variable and field."""
    return tuple(sorted(bound_in(expr), key=lambda bound: (bound.variable, bound.field)))


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
