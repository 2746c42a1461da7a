"""How completely the tools of one file watched the traffic, phase by phase."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from mingjian.extract.context import together, worded
from mingjian.extract.recorded import Source
from mingjian.extract.timeline import Phases
from mingjian.model.losses import moment_in_words
from mingjian.model.run import AnyEvent, Mark, Net, Span
from mingjian.model.texts import keys
from mingjian.model.types import UNKNOWN, Coverage, Text

_TIERS = ("proxy", "capture")
_MOST_REASONS = 4
_MOST_PARTS = 1000
_MOST_KINDS = 200
_ANY = ""
"""Stands for a loss of which nobody knows in which phase it fell."""


@dataclass
class _Losses:
    """What was lost in one phase: how often for each reason, and the first example of it."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, example: str) -> None:
        if reason not in self.counts and len(self.counts) >= _MOST_KINDS:
            reason = next(iter(self.counts))
        self.counts[reason] += 1
        self.examples.setdefault(reason, example)

    def told(self) -> Iterator[Text]:
        for reason, count in self.counts.most_common(_MOST_REASONS):
            what, _, why = reason.partition(":")
            words = worded(f"unread_{why if f'extract.unread_{why}' in keys() else 'other'}") if what == "unread" else why
            example = moment_in_words(self.examples[reason]) if what == "gap" else self.examples[reason]
            yield worded(f"traffic_{what}", count=count, example=example, why=words)


@dataclass
class Watch:
    """What one file saw of the network. Only a proxy or a capture sees it: a file of other tools says nothing of it."""

    source: Source
    requests: int = 0
    others: int = 0
    walked: bool = False
    _losses: dict[str, _Losses] = field(default_factory=dict)
    _times: dict[int, tuple[float, float]] = field(default_factory=dict)

    def saw(self, event: AnyEvent) -> None:
        """Any event of the file."""
        if isinstance(event, Span) and event.status == "walked" and event.channel != "network":
            self.walked = True
        if isinstance(event, Net) and event.ts is not None:
            first, last = self._times.get(event.part, (inf, -inf))
            if len(self._times) < _MOST_PARTS or event.part in self._times:
                self._times[event.part] = (min(first, event.ts), max(last, event.ts))

    def lost(self, event: AnyEvent, reason: str, example: str) -> None:
        """Something that could not be seen; `reason` is `opaque`, `refused`, `unread:<code>` or `gap:<code>`."""
        for phase in self._phases_of(event):
            self._losses.setdefault(phase, _Losses()).add(reason, example[:200])

    def coverage(self, extractor: str, *, walked: bool, overfull: bool) -> Iterator[Coverage]:
        """The rows of the file: complete for phases that were watched whole and lost nothing, partial for the others."""
        parts = [number for number, part in enumerate(self.source.session.parts) if part.tier in _TIERS and not part.apart]
        if not parts:
            return
        artifact = self.source.artifact
        seeing = [number for number in parts if self._sees_all(number)]
        seen = [phase for phase in self._watched(seeing, walked=walked) if phase != UNKNOWN]
        missed = tuple(self._losses[_ANY].told()) if _ANY in self._losses else ()
        if overfull:
            missed = (*missed, worded("too_many"))
        whole = tuple(phase for phase in seen if phase not in self._losses) if not missed else ()
        if whole:
            yield Coverage("network", extractor, "complete", whole, artifact, count=self.requests)
        for phase, losses in self._losses.items():
            if phase != _ANY:
                yield Coverage("network", extractor, "partial", (phase,), artifact, together(*losses.told(), *missed), self.requests)
        if missed:
            yield Coverage("network", extractor, "partial", (), artifact, together(*missed), self.requests)
        elif not whole and not self._losses:
            why = worded("traffic_short" if seeing else "traffic_proxy")
            yield Coverage("network", extractor, "partial", (), artifact, why, self.requests)

    def _sees_all(self, number: int) -> bool:
        """Whether no connection can pass the tool by: an app need not use the proxy that the system's settings name."""
        part = self.source.session.parts[number]
        return part.tier != "proxy" or part.all_traffic

    def _watched(self, parts: list[int], *, walked: bool) -> Phases:
        seen: dict[str, None] = {}
        for number in parts:
            begin, end = self._bounds(number)
            if begin < end and self._compared(number):
                seen.update(dict.fromkeys(self.source.timeline.watched(begin, end, walked=walked)))
        return tuple(seen)

    def _bounds(self, number: int) -> tuple[float, float]:
        return self.source.watched(number, *self._times.get(number, (inf, -inf)))

    def _compared(self, part: int) -> bool:
        """Whether times of the part can be told in phases at all."""
        moments = [mark.ts for mark in self.source.timeline.marks if mark.ts is not None]
        around = [(first + last) / 2 for first, last in pairwise(moments)] or list(self._bounds(part))
        return any(self.source.timeline.phases(moment, part) != (UNKNOWN,) for moment in around)

    def _phases_of(self, event: AnyEvent) -> Phases:
        if isinstance(event, Span) and event.begin is not None and event.end is not None:
            begin, end = event.begin, event.end
            found = [
                phase
                for stretch in self.source.timeline.stretches()
                if stretch.begin <= end and begin <= stretch.end
                for phase in stretch.phases
            ]
            return tuple(dict.fromkeys(found)) or (_ANY,)
        phases = self.source.phases(event) if not isinstance(event, Mark) else ()
        return phases if phases and UNKNOWN not in phases else (_ANY,)
