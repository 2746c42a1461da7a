"""What expressions are worth where a subject states nothing that they ask about, kept from one subject to the next.

Most of what a pack asks about an app is never stated of it. Such an expression depends on the coverage alone, which is the same for
thousands of apps."""

from collections.abc import Mapping

from mingjian.judge.covered import CoveredRows
from mingjian.judge.expr import Asked, Attested, Counted, Denied, Expr, Holds, Seen, Some, parts_of
from mingjian.judge.match import ANYWHERE, Stated, answered, places_of
from mingjian.model.types import Why

MOST = 20_000
"""Values that are kept. A few hundred are needed for each kind of coverage, of which a market has a few dozen."""


class Silence:
    """The values of a pack; they hold for its signals and no others."""

    def __init__(self) -> None:
        self._about: dict[Expr, frozenset[Stated]] = {}
        self._known: dict[tuple[Expr, CoveredRows], Why] = {}

    def about(self, expr: Expr, signals: Mapping[str, Expr]) -> frozenset[Stated]:
        """Where a subject must state something for the expression to depend on more than the coverage."""
        found = self._about.get(expr)
        if found is None:
            found = self._about[expr] = _own(expr).union(*(self.about(part, signals) for part in _below(expr, signals)))
        return found

    def heard(self, expr: Expr, covered: CoveredRows) -> Why | None:
        """What the expression is worth where nothing that it asks about is stated, if another subject was covered alike."""
        return self._known.get((expr, covered))

    def keep(self, expr: Expr, covered: CoveredRows, why: Why) -> None:
        """Remembers that value."""
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[expr, covered] = why


def _own(expr: Expr) -> frozenset[Stated]:
    match expr:
        case Seen(pattern) | Counted(pattern=pattern) | Some(pattern=pattern):
            return places_of(pattern)
        case Attested(question) | Denied(question):
            return places_of(answered(question, False))
        case Asked():
            # What is asked of the subject itself, no silence answers.
            return frozenset({ANYWHERE})
        case _:
            return frozenset()


def _below(expr: Expr, signals: Mapping[str, Expr]) -> tuple[Expr, ...]:
    return (signals[expr.signal],) if isinstance(expr, Holds) else parts_of(expr)
