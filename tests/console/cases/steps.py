"""Records events on a case the way the console does: drafted, checked, folded."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mingjian.console.cases.events import Event, Refusal
from mingjian.console.cases.machine import check, draft, fold
from mingjian.console.cases.state import CaseState
from mingjian.console.clock import PLACE
from mingjian.console.workdays import Calendar, shipped_calendar

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=PLACE)
FILE, NEWER, NEWEST = "a" * 64, "b" * 64, "c" * 64
WORKING_DAYS = {"unit": "working_days", "amount": 15}
ROLES = {
    "ines": {"inspector"},
    "rui": {"reviewer"},
    "pub": {"publisher"},
    "ops": {"operator"},
    "both": {"inspector", "reviewer", "publisher"},
}


def problem(name: str) -> dict[str, str]:
    return {"id": name, "clause": "cac-2019/3.1", "key": "f" * 16, "zh": "未经同意收集", "en": "collected before consent"}


class Recorder:
    """One case and its clock."""

    def __init__(self, start: datetime = MONDAY, calendar: Calendar | None = None) -> None:
        self.at = start
        self.calendar = calendar or shipped_calendar()
        self.events: list[Event] = []

    @property
    def now(self) -> CaseState:
        return fold(self.events, self.at)

    def drafted(self, kind: str, by: str | None, data: Mapping[str, Any]) -> Event:
        return draft(self.now, kind, self.at, by, data, self.calendar)

    def refusal(self, kind: str, by: str | None, **data: Any) -> str:
        """The last word of the refusal's key, empty when the event would be recorded."""
        found = self.checked(self.drafted(kind, by, data))
        return found.key.rpartition(".")[2] if found else ""

    def checked(self, event: Event) -> Refusal | None:
        return check(self.now, event, ROLES[event.by] if event.by else {"system"}, self.calendar)

    def do(self, kind: str, by: str | None, **data: Any) -> int:
        event = self.drafted(kind, by, data)
        refusal = self.checked(event)
        assert refusal is None, (kind, refusal)
        self.events.append(event)
        return event.seq

    def wait(self, **span: int) -> None:
        self.at += timedelta(**span)

    def until(self, day: date, hour: int = 10) -> None:
        self.at = datetime(day.year, day.month, day.day, hour, tzinfo=PLACE)

    def confirmed(self, act: str, **data: Any) -> int:
        """An act proposed by one and confirmed by another; the number of the proposal."""
        seq = self.do("proposed", "ines", act=act, **data)
        self.do("confirmed", "rui", of=seq)
        return seq

    def serve(self, of: int, *to: str) -> None:
        for each in to or ("operator",):
            self.do("served", "ines", of=of, to=each, served_at=self.at.astimezone(UTC).isoformat(), method="portal")

    def opened(self) -> None:
        self.do("opened", "ines", origin="plan", package="org.example", app="Example", operator="Example Ltd", body="cac")

    def found(self, *problems: str) -> None:
        """Opened, sampled, and tested with these problems."""
        self.opened()
        self.do("sampled", "ines", version="1.0", sha256=FILE, source="store")
        self.do("testing_started", "ines", inspection="t1")
        self.do("test_finished", None, inspection="t1", sha256=FILE, problems=[problem(each) for each in problems])

    def ordered(self, *problems: str, term: Mapping[str, Any] = WORKING_DAYS) -> int:
        seq = self.confirmed("order", body="cac", term=term, problems=list(problems))
        self.serve(seq)
        return seq

    def reported(self, problems: Iterable[str]) -> None:
        for each in problems:
            self.do("answered", "ops", problem=each, cause="sdk", change="removed", disputed=False)
        self.do("rectification_reported", "ops", statement="done")

    def retested(self, fixed: Iterable[str] = (), persisting: Iterable[str] = (), new: Iterable[str] = (), *, file: str = NEWER) -> None:
        name = f"t{len(self.events)}"
        if self.now.state == "takedown_ordered":
            self.do("relist_requested", "ops", inspection=name, version="2.0", sha256=file)
        else:
            self.do("retest_started", "ines", inspection=name, version="2.0", sha256=file)
        result = {"fixed": list(fixed), "persisting": list(persisting), "not_reached": [], "new": [problem(each) for each in new]}
        self.do("retest_finished", None, inspection=name, sha256=file, **result)

    def past_deadline(self) -> None:
        deadline = self.now.deadline
        assert deadline is not None
        self.at = deadline.ends
        self.do("overdue_noted", None, ended=deadline.ends.isoformat())

    def named(self, *problems: str) -> None:
        seq = self.confirmed("naming", body="cac", term=WORKING_DAYS, problems=list(problems))
        self.do("published", "pub", of=seq, place="site")

    def taken_down(self, *problems: str, stores: Iterable[str] = ("north", "south")) -> None:
        seq = self.confirmed("takedown", body="cac", term={"unit": "hours", "amount": 24}, stores=list(stores), problems=list(problems))
        self.serve(seq, *stores)
