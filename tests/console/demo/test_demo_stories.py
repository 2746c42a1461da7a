"""The stories of the demo, played on the bare machine: every one is allowed, ends where it says, and together they reach every state."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import pytest

from mingjian.console.cases import machine
from mingjian.console.cases.events import Event, procedure
from mingjian.console.cases.state import CaseState
from mingjian.console.clock import PLACE
from mingjian.console.demo.market import SyntheticVersion, demo_data, market
from mingjian.console.demo.stories import Inspected, Story, casting, last_day, tell
from mingjian.console.workdays import Calendar, shipped_calendar

END = datetime.combine(last_day(), time(18), PLACE)


class BareDesk:
    """The machine without a database. Each fault of a version is one problem of it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at = datetime(2025, 1, 1, tzinfo=PLACE)

    def state(self) -> CaseState:
        return machine.fold(self.events, self.at)

    def record(self, role: str, kind: str, data: Mapping[str, Any]) -> None:
        event = machine.draft(self.state(), kind, self.at, role, data, shipped_calendar())
        assert machine.check(self.state(), event, [role], shipped_calendar()) is None, (kind, data)
        self.events.append(event)

    def inspect(self, version: SyntheticVersion) -> Inspected:
        problems = [{"id": fault, "clause": "cac-2019/1.1", "key": fault, "zh": fault, "en": fault} for fault in version.faults]
        return Inspected(f"{version.app.number}-{version.version}", version.sha256, problems)

    def make_public(self, kind: str) -> None:
        pass

    def complaint(self) -> str:
        return "1"


def play(story: Story) -> BareDesk:
    desk = BareDesk()
    for at, deed in tell(story, desk):
        assert desk.at < at <= END
        desk.at = at
        deed()
    return desk


@pytest.fixture(scope="module")
def cast() -> tuple[Story, ...]:
    return casting(market(), lambda version: bool(version.faults))


@pytest.fixture(scope="module")
def played(cast: tuple[Story, ...]) -> list[tuple[Story, BareDesk]]:
    return [(story, play(story)) for story in cast]


def test_every_story_is_cast_as_often_as_it_says_and_no_app_has_two_cases(cast: tuple[Story, ...]) -> None:
    rows = demo_data("stories")["stories"]
    assert Counter(story.name for story in cast) == {name: row["cases"] for name, row in rows.items()}
    assert len({story.version.app for story in cast}) == len(cast)
    assert cast == casting(market(), lambda version: bool(version.faults))


def test_every_story_leaves_its_case_in_the_state_that_it_names(played: list[tuple[Story, BareDesk]]) -> None:
    assert [(story.name, machine.fold(desk.events, END).state) for story, desk in played] == [
        (story.name, story.ends) for story, _ in played
    ]


def test_every_state_of_a_case_appears(played: list[tuple[Story, BareDesk]]) -> None:
    assert {machine.fold(desk.events, END).state for _, desk in played} == set(procedure().states)


def test_every_outcome_and_every_act_appears(played: list[tuple[Story, BareDesk]]) -> None:
    states = [machine.fold(desk.events, END) for _, desk in played]
    assert {state.outcome for state in states} >= {"rectified", "clean", "not_taken_up", "withdrawn", "restored"}
    assert {proposal.act for state in states for proposal in state.proposals} == set(procedure().acts)
    statuses = {problem.status for state in states for problem in state.problems}
    assert statuses == {"open", "answered", "fixed", "persisting", "withdrawn"}
    assert any(event.data["new"] for _, desk in played for event in desk.events if event.kind == "retest_finished")


def test_what_goes_on_went_on_shortly_before_the_last_day(played: list[tuple[Story, BareDesk]]) -> None:
    rows = demo_data("stories")["stories"]
    for story, desk in played:
        if "idle" in rows[story.name] and isinstance(story.steps[-1], str):
            assert desk.events[-1].at.date() >= Calendar().before(last_day(), rows[story.name]["idle"])


def test_people_write_in_both_languages(cast: tuple[Story, ...]) -> None:
    assert {story.language for story in cast} == {"zh", "en"}
