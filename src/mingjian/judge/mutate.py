"""Changes an expression in one place at a time, so that a test can ask whether any example would notice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from mingjian.judge.expr import (
    All,
    Asked,
    Attested,
    Bound,
    Counted,
    Denied,
    Either,
    Except,
    Expr,
    Named,
    Negation,
    OneOf,
    Pattern,
    Proven,
    Seen,
    Some,
    Value,
)
from mingjian.judge.labels import label
from mingjian.judge.parse import PHASES

NOTHING = Named("\0")
"""A term that no observation can state."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """The whole expression with one part changed. `where` is the canonical line of the part.

    `negate`: a part is turned round. `drop`: a part of `all` or `any`, or a restriction of a pattern, is left out, or the two are
    exchanged. `constant`: a term, phase, polarity or number says something else.
    """

    kind: Literal["negate", "drop", "constant"]
    where: str
    expr: Expr


def mutations(expr: Expr) -> Iterator[Mutation]:
    """Every change of one part of an expression; signals it names are not entered."""
    line = label(expr, {})
    yield Mutation("negate", line, Negation(expr))
    match expr:
        case All(parts) | Either(parts):
            yield from _of_parts(expr, parts, line)
        case Negation(part):
            for inner in mutations(part):
                yield replace(inner, expr=Negation(inner.expr))
        case Proven(part):
            yield Mutation("drop", line, part)
            for inner in mutations(part):
                yield replace(inner, expr=Proven(inner.expr))
        case Some(where=where):
            yield Mutation("drop", f"where of {line}", Seen(expr.pattern))
            yield from _of_pattern(expr, line)
            for inner in mutations(where):
                yield replace(inner, expr=replace(expr, where=inner.expr))
        case Counted():
            yield from _of_pattern(expr, line)
            yield Mutation("constant", line, replace(expr, number=expr.number + 1))
            yield Mutation("constant", line, replace(expr, number=expr.number - 1))
        case Seen():
            yield from _of_pattern(expr, line)
        case Denied(question):
            yield Mutation("constant", line, Attested(question))
        case Asked(arguments=arguments):
            for index, (name, _) in enumerate(arguments):
                changed = (*arguments[:index], (name, NOTHING), *arguments[index + 1 :])
                yield Mutation("constant", line, replace(expr, arguments=changed))
        case _:
            pass


def _of_parts(expr: All | Either, parts: tuple[Expr, ...], line: str) -> Iterator[Mutation]:
    if len(parts) > 1:
        yield Mutation("drop", line, Either(parts) if isinstance(expr, All) else All(parts))
        for index, part in enumerate(parts):
            yield Mutation("drop", label(part, {}), replace(expr, parts=(*parts[:index], *parts[index + 1 :])))
    for index, part in enumerate(parts):
        for inner in mutations(part):
            yield replace(inner, expr=replace(expr, parts=(*parts[:index], inner.expr, *parts[index + 1 :])))


def _of_pattern(expr: Seen | Some | Counted, line: str) -> Iterator[Mutation]:
    for kind, pattern in _patterns(expr.pattern):
        yield Mutation(kind, line, replace(expr, pattern=pattern))


def _patterns(pattern: Pattern) -> Iterator[tuple[Literal["drop", "constant"], Pattern]]:
    yield "constant", replace(pattern, negated=not pattern.negated)
    if len(pattern.channels) > 1:
        for channel in pattern.channels:
            yield "drop", replace(pattern, channels=tuple(other for other in pattern.channels if other != channel))
    for index, (field, value) in enumerate(pattern.values):
        before, after = pattern.values[:index], pattern.values[index + 1 :]
        yield "drop", replace(pattern, values=(*before, *after), phases=PHASES if field == "phase" and pattern.phases else pattern.phases)
        for kind, changed in _values(value):
            yield kind, replace(pattern, values=(*before, (field, changed), *after))


def _values(value: Value) -> Iterator[tuple[Literal["drop", "constant"], Value]]:
    match value:
        case OneOf(choices) if len(choices) > 1:
            for index in range(len(choices)):
                yield "drop", OneOf((*choices[:index], *choices[index + 1 :]))
        case Except(inner):
            yield "constant", inner
        case Named() | Bound():
            yield "constant", NOTHING
        case _:
            yield "constant", Except(value)
