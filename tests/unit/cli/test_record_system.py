"""The system's own records of a recording, by the verb that takes it: in the run file, with their times, in the phase that marks tell."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from fixtures.adb_server import adb_server
from fixtures.app_script import script
from fixtures.builder import build
from fixtures.played_phone import PlayedPhone
from mingjian.cli import record as verbs
from mingjian.extract.timeline import Timeline
from mingjian.inputs.recording import open_recording
from mingjian.inputs.recording.track import Track
from mingjian.model.run import OsAccess
from mingjian.record.timing import Timing

SOURCE = Path(__file__).parents[3] / "fixtures" / "apps" / "selftest"


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedPhone]:
    """A phone eight hours ahead of UTC, whose clock shows 09:00:00 when the test begins."""
    pytest.importorskip("adbutils", reason="adbutils is not installed: it comes with the extra `device`")
    played = PlayedPhone(script("selftest"))
    monkeypatch.setattr(Timing, "real", lambda: Timing(played.time, played.wait))
    with adb_server(played) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        yield played


def recorded(tmp_path: Path) -> Track:
    app = build(SOURCE, tmp_path / "app.apk").path
    command: click.Command = verbs.record
    assert command.main([str(app), "--plan", "background", "-o", str(tmp_path / "dossier")], standalone_mode=False) == 0
    return open_recording([tmp_path / "dossier" / "run.jsonl"])[1].files[0].track


def phase(track: Track, access: OsAccess) -> str:
    return Timeline.of(track.session, track.marks()).phases(access.ts, access.part)[0]


def accesses(track: Track) -> list[OsAccess]:
    return [event for event in track.events() if isinstance(event, OsAccess)]


# 15 seconds without a touch, then consent: half a minute in, the app is in use; after two minutes it is in the background.


def test_the_last_access_is_placed_to_the_millisecond(phone: PlayedPhone, tmp_path: Path) -> None:
    dump = ["Current AppOps Service state:", "  Uid u0a123:", f"    Package {phone.package}:", "      FINE_LOCATION (allow):"]
    phone.accesses = [*dump, "          Access: [top-s] 2026-03-01 09:00:30.500 (-1s0ms)"]
    track = recorded(tmp_path)
    (access,) = accesses(track)
    assert access.ts == datetime(2026, 3, 1, 1, 0, 30, 500_000, tzinfo=UTC).timestamp() * 1000
    assert track.session.parts[access.part].tier == "os_record"
    assert phase(track, access) == "foreground"


@pytest.mark.parametrize(("minute", "expected"), [("09:00", "unknown"), ("09:03", "background")])
def test_a_single_access_is_known_by_its_minute(phone: PlayedPhone, tmp_path: Path, minute: str, expected: str) -> None:
    dump = ["Discrete accesses:", "  Uid: 10123", f"    Package: {phone.package}", "      CAMERA", "        Attribution: null"]
    phone.history = [*dump, f"          Access [top-s] at 2026-03-01 {minute}:00.000"]
    track = recorded(tmp_path)
    (access,) = accesses(track)
    # In the minute of consent it may have been before or after.
    assert phase(track, access) == expected
