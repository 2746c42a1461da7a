"""What a pack holds once it is loaded. A `Rule` is private to `judge`; the report carries its `Clause`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from mingjian.judge.expr import Expr
from mingjian.judge.nodes import Place
from mingjian.judge.silence import Silence
from mingjian.model.types import Cap, Clause, Nature, Observation, PackVersion, Text, Truth, Verdict

CAPPING: tuple[Cap, ...] = tuple(word for word in get_args(Cap) if word != "draft")
"""How a text may be known and still accuse nobody by itself."""


@dataclass(frozen=True, slots=True)
class Example:
    """A few facts and what must come of them: a verdict for a clause, a truth for a signal. `covered` names channels as a clause does."""

    name: str
    given: tuple[Observation, ...]
    covered: tuple[str, ...]
    expect: Verdict | Truth
    category: str | None
    near_miss: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Rule:
    """A clause with its logic. `violated_if` is that of the checklist when the file states none."""

    clause: Clause
    applies_if: Expr | None
    violated_if: Expr
    suspected_if: Expr | None
    examples: tuple[Example, ...]
    golden: str | None
    places: Mapping[str, Place]
    """Where each heading stands, for the linter."""

    @property
    def logic(self) -> tuple[Expr, ...]:
        """The expressions of the rule."""
        return tuple(expr for expr in (self.applies_if, self.violated_if, self.suspected_if) if expr)


@dataclass(frozen=True, slots=True)
class Signal:
    """A reusable fact, without any law in it."""

    name: str
    title: Text
    when: Expr
    examples: tuple[Example, ...]
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class Pack:
    """One body of law, ready to judge by. Clauses stand in the order of what they cite; `digest` covers the pack's files and signals."""

    id: str
    version: str
    title: Text
    instrument: str
    digest: str
    rules: tuple[Rule, ...]
    signals: Mapping[str, Signal]
    retired: tuple[str, ...]
    place: Place
    nature: Nature = "law"
    silence: Silence = field(default_factory=Silence, init=False, repr=False, compare=False)
    """What earlier subjects left behind; `replace` begins anew."""

    @property
    def whens(self) -> dict[str, Expr]:
        """What each signal means."""
        return {name: signal.when for name, signal in self.signals.items()}

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses as a report carries them."""
        return tuple(rule.clause for rule in self.rules)

    @property
    def stamp(self) -> PackVersion:
        """Which law judged."""
        return PackVersion(self.id, self.version, self.digest, self.title, self.nature)

    def cap(self, clause: Clause) -> Cap | None:
        """Why a clause of this pack never comes out violated; none where it may."""
        if self.nature == "draft":
            return "draft"
        return next((word for word in CAPPING if word == clause.cites.confidence), None)
