"""What the user denied, and what says that it was asked for again or stood open later all the same."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from mingjian.extract import catalogue
from mingjian.extract.call_arguments import Act
from mingjian.model.run import Mark
from mingjian.model.terms import within

_ANSWERS = ("permission_denied", "permission_granted")
_MOST = 100
"""How many answers about one group are looked back at."""


class Denials:
    """The answers that the marks of a session tell, ascending in time."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._answers: dict[str, list[Mark]] = {}
        self._times: dict[str, list[float]] = {}
        self._moments: dict[str, list[float]] = {"install": [], "update": []}
        for mark in marks:
            if mark.ts is None:
                continue
            if mark.name in _ANSWERS:
                group = _group(_term(mark.data or ""))
                self._answers.setdefault(group, []).append(mark)
                self._times.setdefault(group, []).append(mark.ts)
            elif mark.name in self._moments:
                self._moments[mark.name].append(mark.ts)

    def again(self, acts: Iterable[Act], ts: float | None) -> tuple[Act, ...]:
        """What of a request at `ts` (milliseconds) was denied before and not granted since."""
        return tuple(Act("ask.again", act.data, act.certain) for act in acts if act.action == "ask" and self._is_denied(act.data or "", ts))

    def reset(self, permission: str, ts: float | None) -> Act | None:
        """The act of changing what the user had set, where a permission was open at `ts` that had been denied and not granted since. It is
        sure only across an update: without one the user may have turned it on in the system's settings, of which no mark need tell."""
        for answer in self._before(permission, ts):
            if answer.name == "permission_granted":
                return None
            if within(permission, _term(answer.data or "")):
                if self._between("install", answer.ts, ts):
                    return None
                return Act("reset", permission, self._between("update", answer.ts, ts))
        return None

    def _is_denied(self, permission: str, ts: float | None) -> bool:
        last = next(self._before(permission, ts), None)
        return last is not None and last.name == "permission_denied"

    def _before(self, permission: str, ts: float | None) -> Iterator[Mark]:
        """The answers about the group of the permission, the latest first."""
        group = _group(permission)
        last = bisect_left(self._times.get(group, ()), ts) if ts is not None else 0
        return islice((self._answers[group][index] for index in range(last - 1, -1, -1)), _MOST)

    def _between(self, name: str, begin: float | None, end: float | None) -> bool:
        moments = self._moments[name]
        return begin is not None and end is not None and bisect_left(moments, begin) < bisect_left(moments, end)


def _term(permission: str) -> str:
    """The term of a permission that a mark names by term or in full."""
    return permission if permission.startswith("permission.") else catalogue.permission_term(permission)


def _group(term: str) -> str:
    return ".".join(term.split(".")[:2])
