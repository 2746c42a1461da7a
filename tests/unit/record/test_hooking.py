"""Starting with the agent: what is told when it cannot go in, when the app does not bear it, and when a process is left out."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.adb_server import Server
from fixtures.played_phone import PlayedPhone
from mingjian.errors import TryAgainError
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import Api, Hooks, Mark, Member, Span
from mingjian.model.texts import in_both
from mingjian.record import hooked
from mingjian.record import record as records
from mingjian.record.device import Device
from mingjian.record.record import Order, Taken, record
from mingjian.record.timing import Timing

Phones = Callable[..., tuple[PlayedPhone, Device, Server]]


class Agent:
    """An agent that reports one call at each start. `ends` lets the app end as soon as it runs."""

    def __init__(self, phone: PlayedPhone, *, ends: bool) -> None:
        self.ready = Hooks(placed=("API-0099", "API-0118"), canary=True)
        self.gone = threading.Event()
        self._phone = phone
        self._ends = ends

    def events(self, callback: Callable[[Carried], None]) -> None:
        self._tell = callback

    def resume(self) -> None:
        self._phone.shell(f"am start -W -n {self._phone.package}/.StartActivity", lambda _: b"")
        call = Api(seq=2, ts=(self._phone.now + self._phone.skew) * 1000 + 500, api=Member(cls="a.B", method="c"), hook="API-0099")
        self._tell(Carried(call, raw="9774d56d682e549c"))
        if self._ends:
            self._phone.stack.clear()
            self.gone.set()

    def stop(self) -> None:
        self.gone.set()


@pytest.fixture
def take(phones: Phones, package: Path, package_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Taken]:
    """Records a plan on a rooted phone whose Frida is ours."""

    def taken(plan: str, attach: Callable[[PlayedPhone], Any], **state: Any) -> Taken:
        phone, device, _ = phones({"package": package_name}, rooted=True, skew=3.25, **state)
        monkeypatch.setattr(records, "frida_device", lambda *_: "device")
        monkeypatch.setattr(hooked, "attach", lambda *_: attach(phone))
        return record(Order(package, plan), device, tmp_path / "dossier", Timing(phone.time, phone.wait))

    return taken


def lost(taken: Taken) -> list[str]:
    return [event.what for event in taken.events if isinstance(event, Span) and event.channel == "api"]


def test_calls_of_every_start_are_in_the_recording(take: Callable[..., Taken]) -> None:
    taken = take("refuse", lambda phone: Agent(phone, ends=False))
    calls = [item for item in taken.items if isinstance(item.event, Api)]
    assert [item.raw for item in calls] == ["9774d56d682e549c"] * 2
    assert {item.event.part for item in calls} == {1}
    assert taken.session.parts[1].hooks == Hooks(placed=("API-0099", "API-0118"), canary=True)
    # The agent tells the device's own time, so its clock is exact.
    assert taken.session.parts[1].clock.error_ms == 0
    assert [item.event.seq for item in taken.items] == list(range(2, 2 + len(taken.items)))
    assert lost(taken) == []


def test_the_launch_is_when_the_code_begins_to_run(take: Callable[..., Taken]) -> None:
    def slow(phone: PlayedPhone) -> Agent:
        phone.wait(12)
        return Agent(phone, ends=False)

    taken = take("refuse", slow)
    install, launch = (
        next(event for event in taken.events if isinstance(event, Mark) and event.name == name) for name in ("install", "launch")
    )
    assert install.ts is not None
    assert launch.ts is not None
    assert launch.ts - install.ts >= 12_000
    assert launch.error_ms < 1_000


def test_where_the_agent_cannot_go_in_the_rest_is_recorded_and_it_is_told(take: Callable[..., Taken]) -> None:
    def refuses(_: PlayedPhone) -> Agent:
        raise TryAgainError("agent.no_process", target="x", why="not allowed")

    taken = take("refuse", refuses)
    assert lost(taken) == ["no_agent"]
    assert [part.tier for part in taken.session.parts] == ["ui"]
    assert "declined" in {event.name for event in taken.events if isinstance(event, Mark)}


def test_an_app_that_ends_when_it_is_hooked_is_recorded_without(take: Callable[..., Taken]) -> None:
    taken = take("refuse", lambda phone: Agent(phone, ends=True))
    assert lost(taken) == ["ended_with_agent"]
    assert "declined" in {event.name for event in taken.events if isinstance(event, Mark)}
    assert in_both("record.note.ended_with_agent") in taken.notes


def test_other_processes_of_the_app_are_told(take: Callable[..., Taken]) -> None:
    taken = take("background", lambda phone: Agent(phone, ends=False), other_process="push")
    assert "other_process" in lost(taken)


def test_an_app_that_ends_during_a_walk_and_is_opened_again_is_told(take: Callable[..., Taken]) -> None:
    class Ending(Agent):
        def __init__(self, phone: PlayedPhone) -> None:
            super().__init__(phone, ends=False)
            self._starts = 0

        def resume(self) -> None:
            super().resume()
            opened = self._phone._am

            def am(words: list[str]) -> Any:
                # The walk opens the app at its first screen; its process has just ended.
                if "-f" in words:
                    self.gone.set()
                return opened(words)

            self._phone._am = am  # type: ignore[method-assign]

    taken = take("accept", Ending)
    (alone,) = [event for event in taken.events if isinstance(event, Span) and event.what == "unhooked_process"]
    accepted = next(event.ts for event in taken.events if isinstance(event, Mark) and event.name == "accepted")
    assert None not in (alone.begin, alone.end, accepted)
    assert accepted <= alone.begin < alone.end  # type: ignore[operator]


def test_an_app_that_ends_when_refused_lost_nothing(take: Callable[..., Taken]) -> None:
    class Living(threading.Event):
        def __init__(self, phone: PlayedPhone) -> None:
            super().__init__()
            self._phone = phone

        def is_set(self) -> bool:
            return not self._phone.stack

    def attached(phone: PlayedPhone) -> Agent:
        phone.script["declined"] = "leave"
        agent = Agent(phone, ends=False)
        agent.gone = Living(phone)
        return agent

    taken = take("refuse", attached)
    assert "closed" in {event.name for event in taken.events if isinstance(event, Mark)}
    assert lost(taken) == []


def test_an_app_that_comes_back_by_itself_is_told(take: Callable[..., Taken]) -> None:
    taken = take("background", lambda phone: Agent(phone, ends=False), comes_back=True)
    (back,) = [event for event in taken.events if isinstance(event, Span) and event.what == "unhooked_process"]
    assert back.begin is not None
    assert back.end is not None
    assert back.end - back.begin >= 60_000
