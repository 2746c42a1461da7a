"""What the logic of a clause reads: the channels, with their phases, that `needs` and `helps` must name."""

from collections.abc import Mapping
from dataclasses import dataclass

from mingjian.judge.expr import Asked, Attested, Bound, Counted, Denied, Expr, Holds, Pattern, Seen, Some, parts_of
from mingjian.judge.parse import PHASES, RECORDED
from mingjian.judge.rule import Rule


def channels_of(expr: Expr, signals: Mapping[str, Expr], phases: Mapping[str, tuple[str, ...]] | None = None) -> frozenset[str]:
    """The channels that an expression reads, as `policy` or `api@before_consent`; `phases` are those its free variables may be in."""
    phases = phases or {}
    match expr:
        case Seen(pattern) | Counted(pattern=pattern):
            return _of_pattern(pattern, phases)
        case Some(pattern, variable, where):
            inner = {**phases, variable: _phases(pattern, phases)}
            return _of_pattern(pattern, phases) | channels_of(where, signals, inner)
        case Holds(signal):
            return channels_of(signals[signal], signals)
        case Attested() | Denied():
            return frozenset({"review"})
        case Asked():
            return frozenset()
        case _:
            return frozenset().union(*(channels_of(part, signals, phases) for part in parts_of(expr)))


def needs_and_helps(rule: Rule, signals: Mapping[str, Expr]) -> tuple[frozenset[str], frozenset[str]]:
    """What decides the clause, and what can only raise a suspicion."""
    needs = channels_of(rule.violated_if, signals)
    if rule.applies_if:
        needs |= channels_of(rule.applies_if, signals)
    helps = channels_of(rule.suspected_if, signals) if rule.suspected_if else frozenset()
    return needs, helps - needs


@dataclass(frozen=True, slots=True)
class Extent:
    """How many expressions a tree of why would hold for an expression, signals written out, and how deep it would be."""

    size: int
    depth: int


def extent(expr: Expr, signals: Mapping[str, Extent]) -> Extent:
    """The extent of an expression, given that of the signals it names."""
    below = [signals[expr.signal]] if isinstance(expr, Holds) else [extent(part, signals) for part in parts_of(expr)]
    return Extent(1 + sum(each.size for each in below), 1 + max((each.depth for each in below), default=0))


def signals_in(expr: Expr) -> frozenset[str]:
    """The signals that an expression names, not those that these name in turn."""
    if isinstance(expr, Holds):
        return frozenset({expr.signal})
    return frozenset().union(*(signals_in(part) for part in parts_of(expr)))


def signals_of(rule: Rule, signals: Mapping[str, Expr]) -> frozenset[str]:
    """Every signal that a rule depends on, however deep."""
    found: set[str] = set()
    waiting = list(rule.logic)
    while waiting:
        for name in signals_in(waiting.pop()) - found:
            found.add(name)
            waiting.append(signals[name])
    return frozenset(found)


def _of_pattern(pattern: Pattern, phases: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    recorded = {f"{channel}@{phase}" for channel in pattern.channels if channel in RECORDED for phase in _phases(pattern, phases)}
    return frozenset(recorded | {channel for channel in pattern.channels if channel not in RECORDED})


def _phases(pattern: Pattern, phases: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if isinstance(pattern.phases, Bound):
        return phases[pattern.phases.variable] or PHASES
    return pattern.phases
