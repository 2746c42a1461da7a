"""One pattern against the observations: yes, no or unknown for each.

Observations that differ only in evidence are one `Fact`, and facts are found by mode and root of the action, so that thousands of
observations cost as little as their few distinct statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from mingjian.judge.expr import Absent, Bound, Except, Field, Named, OneOf, Pattern, Present, Value, bound_in_value
from mingjian.judge.truth import both, either, negated, truth
from mingjian.judge.vocabulary import ATTEST
from mingjian.model.terms import within
from mingjian.model.types import UNKNOWN, Observation, Truth

Bindings = Mapping[str, Observation]
"""What each variable stands for."""
Stated = tuple[str, str | None]
"""Mode, and root of the action; none for a mode as a whole."""
ANYWHERE: Stated = ("", None)
"""Where every subject states something."""


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
        self.places = frozenset({ANYWHERE, *self._by_root, *((mode, None) for mode in self._by_mode)})
        """Where something is stated: mode and root of the action, and each mode as a whole."""
        self._candidates: dict[Pattern, dict[str | None, list[tuple[Fact, Truth]]]] = {}

    def matching(self, pattern: Pattern, bindings: Bindings) -> list[tuple[Fact, Truth]]:
        """Every fact that matches or may match, with `yes` or `unknown`, in the order in which the facts were first observed."""
        candidates = self._candidates.get(pattern)
        if candidates is None:
            candidates = self._candidates[pattern] = self._by_word(pattern)
        joined = _joined(pattern)
        if not joined:
            return candidates.get(None, [])
        (_, first), *rest = joined
        found: list[tuple[Fact, Truth]] = []
        for word, facts in candidates.items():
            fit = fits(word, first, bindings)
            if fit == "no":
                continue
            for fact, value in facts:
                matched = both((value, fit, *(fits(getattr(fact.observation, field), asked, bindings) for field, asked in rest)))
                if matched != "no":
                    found.append((fact, matched))
        return sorted(found, key=lambda match: match[0].indices[0])

    def _by_word(self, pattern: Pattern) -> dict[str | None, list[tuple[Fact, Truth]]]:
        """What matches apart from the joined fields, by what it says in the first of these."""
        found: dict[str | None, list[tuple[Fact, Truth]]] = {}
        near = self._near(pattern)
        if not near:
            return found
        joined = [field for field, _ in _joined(pattern)]
        alone = [(field, value) for field, value in pattern.values if field not in joined]
        for fact, value in _select(near, pattern, alone):
            word: str | None = getattr(fact.observation, joined[0]) if joined else None
            found.setdefault(word, []).append((fact, value))
        return found

    def _near(self, pattern: Pattern) -> list[Fact]:
        roots = _roots_of(pattern)
        if roots is None:
            return self._by_mode.get(pattern.mode, [])
        found = [fact for root in roots for fact in self._by_root.get((pattern.mode, root), ())]
        return sorted(found, key=lambda fact: fact.indices[0])


@cache
def answered(question: str, negated: bool) -> Pattern:
    """What somebody who answered a question of a checklist with yes states, or `negated` with no."""
    return Pattern("shown", ("review",), (("action", Named(f"{ATTEST}.{question}")),), negated=negated)


@cache
def _joined(pattern: Pattern) -> tuple[tuple[Field, Value], ...]:
    """The fields that are compared with what a variable stands for."""
    return tuple((field, value) for field, value in pattern.values if bound_in_value(value))


def places_of(pattern: Pattern) -> frozenset[Stated]:
    """Where something must be stated that may match; one of several."""
    roots = _roots_of(pattern)
    return frozenset({(pattern.mode, None)} if roots is None else {(pattern.mode, root) for root in roots})


@cache
def _roots_of(pattern: Pattern) -> frozenset[str] | None:
    roots = _roots(dict(pattern.values).get("action"))
    return None if roots is None else frozenset(roots)


def _select(facts: Sequence[Fact], pattern: Pattern, restrictions: Sequence[tuple[Field, Value]]) -> list[tuple[Fact, Truth]]:
    selected: list[tuple[Fact, Truth]] = []
    known: dict[tuple[Field, str | None], Truth] = {}
    for fact in facts:
        observation = fact.observation
        if observation.channel not in pattern.channels or observation.negated != pattern.negated:
            continue
        found: list[Truth] = ["yes" if observation.certain else "unknown"]
        for field, asked in restrictions:
            word: str | None = getattr(observation, field)
            if (field, word) not in known:
                known[field, word] = fits(word, asked, {})
            found.append(known[field, word])
        value = both(found)
        if value != "no":
            selected.append((fact, value))
    return selected


def fits(said: str | None, value: Value, bindings: Bindings) -> Truth:
    """Whether what an observation says in a field is what the pattern asks for."""
    match value:
        case Bound(variable, field):
            return _fits_bound(said, getattr(bindings[variable], field), field)
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


@lru_cache(maxsize=1 << 16)
def _fits_bound(said: str | None, asked: str | None, field: Field) -> Truth:
    """The same words meet again in every join of every subject."""
    if asked is None:
        return fits(said, Absent(), {})
    if asked == UNKNOWN or _more_general(said, asked, field):
        return "unknown"
    return fits(said, Named(asked), {})


def _more_general(said: str | None, asked: str, field: Field) -> bool:
    """Whether `said` is a general word, such as "device information", that may or may not mean what was asked for."""
    return field in ("data", "purpose") and said not in (None, UNKNOWN, asked) and within(asked, str(said))


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
