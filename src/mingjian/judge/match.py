"""One pattern against the observations: yes, no or unknown for each.

Observations that differ only in evidence are one `Fact`, and facts are found by mode and root of the action, so that thousands of
observations cost as little as their few distinct statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mingjian.judge.expr import Absent, Bound, Except, Field, Named, OneOf, Pattern, Present, Value, bound_in_value
from mingjian.judge.truth import both, either, negated, truth
from mingjian.model.terms import within
from mingjian.model.types import UNKNOWN, Observation, Truth

Bindings = Mapping[str, Observation]
"""What each variable stands for."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What one or more observations state alike; `indices` are their places in the report, ascending."""

    observation: Observation
    indices: tuple[int, ...]


class Facts:
    """The distinct statements of a subject's observations, indexed."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        alike: dict[tuple[object, ...], list[int]] = {}
        for index, observation in enumerate(observations):
            alike.setdefault(_statement(observation), []).append(index)
        self._by_root: dict[tuple[str, str], list[Fact]] = {}
        self._by_mode: dict[str, list[Fact]] = {}
        for indices in alike.values():
            fact = Fact(observations[indices[0]], tuple(indices))
            mode = fact.observation.mode
            self._by_mode.setdefault(mode, []).append(fact)
            self._by_root.setdefault((mode, _root(fact.observation.action)), []).append(fact)
        self._candidates: dict[Pattern, list[tuple[Fact, Truth]]] = {}

    def matching(self, pattern: Pattern, bindings: Bindings) -> list[tuple[Fact, Truth]]:
        """Every fact that matches or may match, with `yes` or `unknown`, in the order in which the facts were first observed."""
        joined = [(field, value) for field, value in pattern.values if bound_in_value(value)]
        candidates = self._candidates.get(pattern)
        if candidates is None:
            alone = [(field, value) for field, value in pattern.values if not bound_in_value(value)]
            candidates = self._candidates[pattern] = _select([(fact, "yes") for fact in self._near(pattern)], pattern, alone)
        if not joined:
            return candidates
        return [
            (fact, value) for fact, found in candidates if (value := both((found, _restricted(fact.observation, joined, bindings)))) != "no"
        ]

    def _near(self, pattern: Pattern) -> list[Fact]:
        roots = _roots(dict(pattern.values).get("action"))
        if roots is None:
            return self._by_mode.get(pattern.mode, [])
        found = [fact for root in roots for fact in self._by_root.get((pattern.mode, root), [])]
        return sorted(found, key=lambda fact: fact.indices[0])


def _select(facts: Sequence[tuple[Fact, Truth]], pattern: Pattern, restrictions: Sequence[tuple[Field, Value]]) -> list[tuple[Fact, Truth]]:
    selected: list[tuple[Fact, Truth]] = []
    for fact, _ in facts:
        observation = fact.observation
        if observation.channel not in pattern.channels or observation.negated != pattern.negated:
            continue
        value = both((_restricted(observation, restrictions, {}), "yes" if observation.certain else "unknown"))
        if value != "no":
            selected.append((fact, value))
    return selected


def _restricted(observation: Observation, restrictions: Sequence[tuple[Field, Value]], bindings: Bindings) -> Truth:
    return both(fits(getattr(observation, field), value, bindings) for field, value in restrictions)


def fits(said: str | None, value: Value, bindings: Bindings) -> Truth:
    """Whether what an observation says in a field is what the pattern asks for."""
    match value:
        case Bound(variable, field):
            asked: str | None = getattr(bindings[variable], field)
            if asked is None:
                return fits(said, Absent(), bindings)
            return "unknown" if asked == UNKNOWN else fits(said, Named(asked), bindings)
        case OneOf(choices):
            return either(fits(said, choice, bindings) for choice in choices)
        case Except(inner):
            return negated(fits(said, inner, bindings))
    if said == UNKNOWN:
        return "unknown"
    match value:
        case Named(term):
            return truth(within(said, term))
        case Absent():
            return truth(said is None)
        case Present():
            return truth(said is not None)


def _statement(observation: Observation) -> tuple[object, ...]:
    return (
        observation.mode,
        observation.channel,
        observation.action,
        observation.data,
        observation.actor,
        observation.recipient,
        observation.purpose,
        observation.phase,
        observation.negated,
        observation.certain,
        observation.tally,
    )


def _root(action: str) -> str:
    return action.partition(".")[0]


def _roots(value: Value | None) -> set[str] | None:
    """The roots of the actions that could match, or none when any could. An unknown action could be each of them."""
    match value:
        case Named(term):
            return {_root(term), UNKNOWN}
        case OneOf(choices):
            found = [_roots(choice) for choice in choices]
            return None if None in found else {root for roots in found if roots for root in roots}
        case _:
            return None
