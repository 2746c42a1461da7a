"""Runs the examples of a pack, and breaks its logic on purpose to see whether an example notices."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mingjian.judge.evaluate import Evaluation
from mingjian.judge.expr import Expr
from mingjian.judge.mutate import Mutation, mutations
from mingjian.judge.parse import CHANNELS
from mingjian.judge.reads import signals_of
from mingjian.judge.rule import Example, Pack, Rule, Signal
from mingjian.judge.verdict import find
from mingjian.model.types import Cap, Coverage, Subject, Truth, Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one example; `owner` is the clause's id or the signal's name."""

    owner: str
    example: Example
    got: Verdict | Truth
    capped: Cap | None = None

    @property
    def ok(self) -> bool:
        return self.got == self.example.expect


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change of the logic that no example noticed: a part of the rule that could be anything."""

    owner: str
    part: str
    mutation: Mutation


def run(pack: Pack) -> tuple[Result, ...]:
    """Every example of every signal and clause of a pack, drafts included."""
    signals = pack.whens
    found = [result for signal in pack.signals.values() for result in _run_signal(signal, signals)]
    return tuple(found + [result for rule in pack.rules for result in _run_rule(rule, signals, pack.cap(rule.clause))])


def survivors(*packs: Pack) -> tuple[Survivor, ...]:
    """Every change of one part of the logic after which all examples that should notice still hold.

    A clause is watched by its own examples. A signal is watched by its own and by those of the clauses that use it, of all packs given
    (which share what they call by the same name). A cap is left out of it, as it would hide whether the logic says violated or suspected.
    """
    signals = {name: signal for pack in packs for name, signal in pack.signals.items()}
    whens = {name: expr for pack in packs for name, expr in pack.whens.items()}
    rules = [_uncapped(rule, whens) if pack.cap(rule.clause) else rule for pack in packs for rule in pack.rules]
    found: list[Survivor] = []
    for signal in signals.values():
        users = [rule for rule in rules if signal.name in signals_of(rule, whens)]
        for mutation in mutations(signal.when):
            changed = {**whens, signal.name: mutation.expr}
            noticed = _failed(_run_signal(replace(signal, when=mutation.expr), changed))
            if not noticed and not any(_failed(_run_rule(rule, changed)) for rule in users):
                found.append(Survivor(signal.name, "when", mutation))
    for rule in rules:
        for part, mutation, broken in _broken(rule):
            if not _failed(_run_rule(broken, whens)):
                found.append(Survivor(rule.clause.id, part, mutation))
    return tuple(found)


def _broken(rule: Rule) -> Iterator[tuple[str, Mutation, Rule]]:
    for mutation in mutations(rule.violated_if):
        yield "violated_if", mutation, replace(rule, violated_if=mutation.expr)
    if rule.applies_if:
        yield "applies_if", Mutation("drop", "all", rule.applies_if), replace(rule, applies_if=None)
        for mutation in mutations(rule.applies_if):
            yield "applies_if", mutation, replace(rule, applies_if=mutation.expr)
    if rule.suspected_if:
        yield "suspected_if", Mutation("drop", "all", rule.suspected_if), replace(rule, suspected_if=None)
        for mutation in mutations(rule.suspected_if):
            yield "suspected_if", mutation, replace(rule, suspected_if=mutation.expr)


def _run_signal(signal: Signal, signals: Mapping[str, Expr]) -> Iterator[Result]:
    for example in signal.examples:
        yield Result(signal.name, example, evaluation_of(example, signals).why(signal.when).value)


def _run_rule(rule: Rule, signals: Mapping[str, Expr], cap: Cap | None = None) -> Iterator[Result]:
    for example in rule.examples:
        finding = find(rule, evaluation_of(example, signals), example.given, cap)
        yield Result(rule.clause.id, example, finding.verdict, finding.capped)


def _uncapped(rule: Rule, signals: Mapping[str, Expr]) -> Rule:
    """The rule with examples that expect what comes out of them without a cap."""
    return replace(rule, examples=tuple(replace(result.example, expect=result.got) for result in _run_rule(rule, signals)))


def evaluation_of(example: Example, signals: Mapping[str, Expr]) -> Evaluation:
    """The evaluation of an example's facts; each channel it names as covered was seen completely by one extractor."""
    coverage: list[Coverage] = []
    for name in example.covered:
        channel, _, phase = name.partition("@")
        coverage += [Coverage(known, "example", "complete", (phase,) if phase else ()) for known in CHANNELS if known == channel]
    subject = Subject("example", "android", "example", "1", "example", None, (), category=example.category)
    return Evaluation(example.given, coverage, subject, signals)


def _failed(results: Iterable[Result]) -> bool:
    return any(not result.ok for result in results)
