"""Which channels were recorded completely, so that silence on them means something."""

from collections.abc import Iterable, Sequence

from mingjian.judge.expr import Bound, Pattern
from mingjian.judge.match import Bindings
from mingjian.judge.parse import PHASES, RECORDED
from mingjian.model.types import UNKNOWN, Channel, Coverage

CoveredRows = frozenset[tuple[str, str, str, tuple[str, ...]]]
"""Channel, extractor, status and phases of each row of coverage."""


class Covered:
    """The coverage of one subject, to be asked channel by channel."""

    def __init__(self, coverage: Sequence[Coverage]) -> None:
        self.rows: CoveredRows = frozenset((row.channel, row.extractor, row.status, row.phases) for row in coverage)
        """All that is asked of coverage; subjects for which it is equal are covered alike."""
        self._known: dict[tuple[str, str | None], bool] = {}

    def lacking(self, channels: Iterable[Channel], phases: Iterable[str]) -> tuple[str, ...]:
        """The channels that are not covered, as a clause names them: `policy`, `api@before_consent`."""
        silent: dict[str, None] = {}
        for channel in channels:
            for phase in phases if channel in RECORDED else (None,):
                if not self._complete(channel, phase):
                    silent[f"{channel}@{phase}" if phase else channel] = None
        return tuple(silent)

    def _complete(self, channel: str, phase: str | None) -> bool:
        key = (channel, phase)
        if key not in self._known:
            self._known[key] = self._look(channel, phase)
        return self._known[key]

    def _look(self, channel: str, phase: str | None) -> bool:
        best: dict[str, bool] = {}
        for of, extractor, status, phases in self.rows:
            if of != channel or status == "absent":
                continue
            if phase is not None and phase not in phases and (phases or status == "complete"):
                continue
            best[extractor] = best.get(extractor, False) or status == "complete"
        return bool(best) and all(best.values())


def phases_of(pattern: Pattern, bindings: Bindings) -> tuple[str, ...]:
    """The phases in which a recorded channel must be covered before the silence of `pattern` counts."""
    if not isinstance(pattern.phases, Bound):
        return pattern.phases
    phase: str | None = getattr(bindings[pattern.phases.variable], pattern.phases.field)
    return PHASES if phase in (None, UNKNOWN) else (str(phase),)
