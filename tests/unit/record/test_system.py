"""The system's own records: nothing twice, nothing silently left out, on systems of every age."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fixtures.adb_server import Server
from fixtures.played_phone import PlayedPhone
from mingjian.inputs.recording import open_recording
from mingjian.model.run import OsAccess
from mingjian.model.texts import in_both
from mingjian.record.device import Device
from mingjian.record.journal import Journal
from mingjian.record.system import EVENTS, SystemRecords
from mingjian.record.timing import Timing

Phones = Callable[..., tuple[PlayedPhone, Device, Server]]


def line(number: int) -> str:
    return f"2026-03-01 09:00:{number:02d}.000 +0800  1765  1866 I am_proc_start: [0,{number},10123,a.b,service,{{a.b/.C}}]\n"


def records(phone: PlayedPhone, device: Device, folder: Path) -> tuple[SystemRecords, Journal]:
    journal = Journal(Timing(phone.time, phone.wait))
    return SystemRecords(device, phone.package, folder, journal), journal


def test_each_event_is_kept_once_though_the_log_is_read_again_and_again(phones: Phones, tmp_path: Path) -> None:
    phone, device, _ = phones()
    system, journal = records(phone, device, tmp_path)
    for upto in (3, 3, 5, 9):
        phone.log = ["--------- beginning of events\n", *map(line, range(upto))]
        system.follow()
    assert (tmp_path / EVENTS).read_text() == "".join(map(line, range(9)))
    assert journal.notes == []


def test_events_that_the_system_dropped_are_noted(phones: Phones, tmp_path: Path) -> None:
    phone, device, _ = phones()
    system, journal = records(phone, device, tmp_path)
    phone.log = [*map(line, range(3))]
    system.follow()
    phone.log = [*map(line, range(7, 9))]
    system.follow()
    assert (tmp_path / EVENTS).read_text() == "".join(map(line, (0, 1, 2, 7, 8)))
    assert journal.notes == [in_both("record.note.log_gaps")]


def test_an_empty_log_leaves_no_file(phones: Phones, tmp_path: Path) -> None:
    phone, device, _ = phones()
    system, _ = records(phone, device, tmp_path)
    system.follow()
    assert not (tmp_path / EVENTS).exists()


def test_a_system_that_does_not_know_the_options_is_asked_otherwise(phones: Phones, tmp_path: Path) -> None:
    phone, device, _ = phones(old_appops=True, accesses=["COARSE_LOCATION: allow; time=+2h3m39s662ms ago"])
    system, _ = records(phone, device, tmp_path)
    system.keep("after")
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["appops-after.txt"]
    assert "COARSE_LOCATION" in (tmp_path / "appops-after.txt").read_text()
    _, recording = open_recording([tmp_path / "appops-after.txt"])
    assert [event.package for event in recording.files[0].track.events() if isinstance(event, OsAccess)] == [phone.package]


def test_accesses_can_be_placed_in_time(phones: Phones, tmp_path: Path) -> None:
    dump = ["Current AppOps Service state:", "  Uid u0a123:", "    Package com.example.mall:", "      FINE_LOCATION (allow):"]
    phone, device, _ = phones(accesses=[*dump, "          Access: [top-s] 2026-03-01 09:00:01.500 (-1s0ms)"], skew=10)
    system, _ = records(phone, device, tmp_path)
    system.keep("after")
    _, recording = open_recording([tmp_path / "appops-after.txt"])
    (access,) = [event for event in recording.files[0].track.events() if isinstance(event, OsAccess)]
    # The played phone lies eight hours ahead of UTC and shows 09:00:10.
    assert access.ts == datetime(2026, 3, 1, 1, 0, 1, 500_000, tzinfo=UTC).timestamp() * 1000
