"""What an expression is worth over the facts and the coverage of one subject, with the tree of why."""

from collections.abc import Mapping, Sequence
from functools import cache

from mingjian.judge.covered import Covered, phases_of
from mingjian.judge.expr import (
    All,
    Asked,
    Attested,
    Bound,
    Counted,
    Denied,
    Either,
    Expr,
    Field,
    Holds,
    Named,
    Negation,
    Pattern,
    Proven,
    Seen,
    Some,
    Value,
    bound_in,
    reads_of,
)
from mingjian.judge.labels import case_label, label, plain_label
from mingjian.judge.match import Bindings, Fact, Facts, answered
from mingjian.judge.predicates import PREDICATES
from mingjian.judge.silence import Silence
from mingjian.judge.truth import both, either, negated, truth
from mingjian.model.types import Coverage, Observation, Subject, Tally, Truth, Why


class Evaluation:
    """One subject's facts and coverage, asked any number of questions; equal questions are answered once."""

    def __init__(
        self,
        observations: Sequence[Observation],
        coverage: Sequence[Coverage],
        subject: Subject,
        signals: Mapping[str, Expr],
        silence: Silence | None = None,
    ) -> None:
        """`silence` is what other subjects left behind that were judged with the same signals."""
        self._facts = Facts(observations)
        self._covered = Covered(coverage)
        self._subject = subject
        self._signals = signals
        self._silence = Silence() if silence is None else silence
        self._known: dict[tuple[Expr, tuple[str | None, ...]], Why] = {}

    def why(self, expr: Expr, bindings: Bindings | None = None) -> Why:
        """The value of an expression and the reasons for it. Every part is valued, so that a report can show all of them."""
        bindings = bindings or {}
        said = tuple(_said(bound, bindings) for bound in reads_of(expr) if bound.variable in bindings)
        key = (expr, said)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._value(expr, bindings, label(expr, bindings)) if said else self._unbound(expr, bindings)
        return known

    def _unbound(self, expr: Expr, bindings: Bindings) -> Why:
        """The value of an expression that reads nothing that is bound."""
        if not self._silence.about(expr, self._signals).isdisjoint(self._facts.places):
            return self._value(expr, bindings, plain_label(expr))
        known = self._silence.heard(expr, self._covered.rows)
        if known is None:
            known = self._value(expr, bindings, plain_label(expr))
            self._silence.keep(expr, self._covered.rows, known)
        return known

    def _value(self, expr: Expr, bindings: Bindings, line: str) -> Why:
        match expr:
            case All(parts):
                children = tuple(self.why(part, bindings) for part in parts)
                return Why(both(child.value for child in children), line, children)
            case Either(parts):
                children = tuple(self.why(part, bindings) for part in parts)
                return Why(either(child.value for child in children), line, children)
            case Negation(part):
                child = self.why(part, bindings)
                return Why(negated(child.value), line, (child,))
            case Proven(part):
                child = self.why(part, bindings)
                return Why(truth(child.value == "yes"), line, (child,))
            case Holds(signal):
                child = self.why(self._signals[signal])
                return Why(child.value, line, (child,))
            case Seen(pattern):
                return self._leaf(line, self._facts.matching(pattern, bindings), pattern, bindings)
            case Counted(pattern):
                found = [
                    (fact, value)
                    for fact, matched in self._facts.matching(pattern, bindings)
                    if (value := both((matched, _beyond(fact.observation.tally, expr)))) != "no"
                ]
                return self._leaf(line, found, pattern, bindings)
            case Some():
                return self._join(line, expr, bindings)
            case Attested(question):
                return self._attested(line, question)
            case Denied(question):
                return self._denied(line, question)
            case Asked(predicate, arguments):
                asked = PREDICATES[predicate]
                value, missing = asked.answer(self._subject, {name: _argument(said, bindings) for name, said in arguments})
                return Why(value, line, missing=missing)

    def _leaf(self, line: str, found: Sequence[tuple[Fact, Truth]], pattern: Pattern, bindings: Bindings) -> Why:
        value = either(value for _, value in found)
        missing = () if value == "yes" else self._covered.lacking(pattern.channels, phases_of(pattern, bindings))
        if missing:
            value = "unknown"
        indices = sorted(index for fact, matched in found if matched == value for index in fact.indices)
        return Why(value, line, observations=tuple(indices), missing=missing)

    def _join(self, line: str, expr: Some, bindings: Bindings) -> Why:
        read = _compared(expr)
        cases: dict[tuple[Truth, tuple[str | None, ...]], list[Fact]] = {}
        for fact, matched in self._facts.matching(expr.pattern, bindings):
            said = tuple(getattr(fact.observation, field) for field in read)
            cases.setdefault((matched, said), []).append(fact)
        children: list[Why] = []
        for (matched, _), facts in cases.items():
            bound = facts[0].observation
            where = self.why(expr.where, {**bindings, expr.variable: bound})
            indices = sorted(index for fact in facts for index in fact.indices)
            children.append(Why(both((matched, where.value)), case_label(expr.variable, frozenset(read), bound), (where,), tuple(indices)))
        value = either(child.value for child in children)
        missing = () if value == "yes" else self._covered.lacking(expr.pattern.channels, phases_of(expr.pattern, bindings))
        if missing:
            value = "unknown"
        return Why(value, line, tuple(children), missing=missing)

    def _attested(self, line: str, question: str) -> Why:
        answers = self._answers(question)
        certain: set[Truth] = {truth(not negative) for negative, found in answers.items() if any(value == "yes" for _, value in found)}
        value: Truth = certain.pop() if len(certain) == 1 else "unknown"
        indices = sorted(index for found in answers.values() for fact, _ in found for index in fact.indices)
        return Why(value, line, observations=tuple(indices), missing=() if value != "unknown" else ("review",))

    def _denied(self, line: str, question: str) -> Why:
        certain = {negative: [fact for fact, value in found if value == "yes"] for negative, found in self._answers(question).items()}
        value = truth(bool(certain[True]) and not certain[False])
        indices = sorted(index for facts in certain.values() for fact in facts for index in fact.indices)
        return Why(value, line, observations=tuple(indices))

    def _answers(self, question: str) -> dict[bool, list[tuple[Fact, Truth]]]:
        """The answers to a question of a checklist, by whether they say no."""
        return {no: self._facts.matching(answered(question, no), {}) for no in (False, True)}


@cache
def _compared(expr: Some) -> list[Field]:
    """The fields of what a join binds that its `where` reads."""
    return sorted(bound.field for bound in bound_in(expr.where) if bound.variable == expr.variable)


def _said(bound: Bound, bindings: Bindings) -> str | None:
    said: str | None = getattr(bindings[bound.variable], bound.field)
    return said


def _argument(value: Value, bindings: Bindings) -> str | None:
    match value:
        case Bound():
            return _said(value, bindings)
        case Named(term):
            return term
        case _:
            return None


def _beyond(tally: Tally | None, expr: Counted) -> Truth:
    number: float | None = getattr(tally, expr.field) if tally else None
    if number is None:
        return "unknown"
    return truth(number > expr.number if expr.over else number < expr.number)


def deciding(why: Why) -> list[tuple[int, tuple[int, ...]]]:
    """The observations that made a yes: each with those that speak for it. Of a join, the first is what was found and the rest what the
    join compared it with."""
    if why.value != "yes":
        return []
    below = [found for child in why.children for found in deciding(child)]
    if not why.observations:
        return below
    beside = tuple(dict.fromkeys(index for first, more in below for index in (first, *more)))
    return [(index, beside) for index in why.observations]


def missing(why: Why) -> tuple[str, ...]:
    """What would have to be recorded or told to turn an unknown into an answer."""
    if why.value != "unknown":
        return ()
    return tuple(dict.fromkeys((*why.missing, *(name for child in why.children for name in missing(child)))))
