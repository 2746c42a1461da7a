"""The app of the self-test: what ships is what its sources build, and a recording that misses something of it does not pass."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from fixtures.adb_server import Server
from fixtures.app_script import script
from fixtures.builder import build
from fixtures.played_phone import PlayedPhone
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import Api, Clock, Hooks, Mark, Member, Part
from mingjian.model.shipped import catalog
from mingjian.record import selftest as selftests
from mingjian.record.device import Device
from mingjian.record.record import Order, Taken, record
from mingjian.record.selftest import selftest
from mingjian.record.timing import Timing

Phones = Callable[..., tuple[PlayedPhone, Device, Server]]

SHIPPED = Path(selftests.__file__).with_name("selftest.apk")
SOURCE = Path(__file__).parents[3] / "fixtures" / "apps" / "selftest"


def test_what_ships_is_what_its_sources_build(tmp_path: Path) -> None:
    assert build(SOURCE, tmp_path / "selftest.apk").path.read_bytes() == SHIPPED.read_bytes()


def test_without_root_the_other_tiers_pass(phones: Phones, tmp_path: Path) -> None:
    phone, device, server = phones(script("selftest"), accesses=["  FINE_LOCATION (allow):"])
    found = selftest(device, tmp_path, Timing(phone.time, phone.wait))
    assert found["passed"], found
    assert found["tiers"] == ["os_record", "ui"]
    assert {check["seen"] for check in found["checks"] if check["tier"] == "hook"} == {None}
    assert json.loads(json.dumps(found)) == found
    assert phone.installed is None
    assert server.unmatched == []


def test_a_prompt_that_was_not_seen_does_not_pass(phones: Phones, tmp_path: Path) -> None:
    phone, device, _ = phones(script("selftest", start=None))
    found = selftest(device, tmp_path, Timing(phone.time, phone.wait))
    assert not found["passed"]
    assert {"mark prompt_shown", "mark accepted"} <= {check["name"] for check in found["checks"] if check["seen"] is False}


@pytest.fixture
def taken(phones: Phones, tmp_path: Path) -> Taken:
    phone, device, _ = phones(script("selftest"))
    return record(Order(SHIPPED, "accept"), device, tmp_path / "dossier", Timing(phone.time, phone.wait))


def hooked(taken: Taken, *missing: str, late: str = "") -> Taken:
    """The recording with the calls that the app makes, as an agent would report them."""
    marks = {event.name: event.ts for event in taken.events if isinstance(event, Mark)}
    calls = []
    for row in catalog("selftest")["calls"]:
        before = row["phase"] == "before_consent" and row["hook"] != late
        ts = (marks["launch"] if before else marks["accepted"]) or 0.0
        if row["hook"] not in missing:
            calls.append(Carried(Api(seq=0, ts=ts + 1000, part=1, api=Member(cls="a.B", method="c"), hook=row["hook"])))
    part = Part(tool="agent", tier="hook", format="run", clock=Clock(error_ms=0.0), hooks=Hooks(canary=True))
    session = msgspec.structs.replace(taken.session, parts=(*taken.session.parts, part))
    return replace(taken, session=session, items=(*taken.items, *calls))


def calls(taken: Taken) -> dict[str, bool | None]:
    return {check["name"]: check["seen"] for check in selftests._calls(taken)}


def test_all_planted_calls_are_found(taken: Taken) -> None:
    assert set(calls(hooked(taken)).values()) == {True}


def test_a_call_that_was_not_seen_is_told(taken: Taken) -> None:
    seen = calls(hooked(taken, "API-0140"))
    assert [name for name, found in seen.items() if found is False] == ["API-0140 foreground"]


def test_a_call_seen_in_another_phase_is_not_the_planted_one(taken: Taken) -> None:
    seen = calls(hooked(taken, late="API-0099"))
    assert [name for name, found in seen.items() if found is False] == ["API-0099 before_consent"]
