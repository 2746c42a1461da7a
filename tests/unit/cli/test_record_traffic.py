"""What a recording says of its proxy: which files, by which clock, from when to when. mitmproxy is played by a small program that writes
a flow when it is asked to end; the phone is played too."""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fixtures.adb_server import adb_server
from fixtures.app_script import script
from fixtures.builder import build
from fixtures.played_phone import BEGIN, PlayedPhone
from fixtures.recordings.traffic import flow, tnetstring
from mingjian.cli import record as verbs
from mingjian.inputs.recording import open_recording
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import Mark, Net
from mingjian.record.device import connect
from mingjian.record.record import Order, Taken, record
from mingjian.record.timing import Timing
from mingjian.runs.write import save_run

APPS = Path(__file__).parents[3] / "fixtures" / "apps"
SKEW = 3600.0
SENT = BEGIN + 20
"""When the request is sent, by the clock of the machine that records; the phone is an hour ahead."""

WRITES = """
import pathlib, signal, socket, sys, time
def value(name):
    return sys.argv[sys.argv.index(name) + 1]
listener = socket.create_server(("127.0.0.1", int(value("-p"))))
flow = pathlib.Path(__file__).with_name("one.flow").read_bytes()
signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path(value("-w")).write_bytes(flow), sys.exit(0)))
while True:
    time.sleep(0.1)
"""


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedPhone]:
    pytest.importorskip("adbutils", reason="adbutils is not installed: it comes with the extra `device`")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "one.flow").write_bytes(tnetstring(flow(request_timestamp_start=SENT, request_timestamp_end=SENT + 0.01)))
    program = programs / "mitmdump"
    program.write_text(f"#!{sys.executable}\n{WRITES}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    played = PlayedPhone(script("selftest"), skew=SKEW)
    monkeypatch.setattr(Timing, "real", lambda: Timing(played.time, played.wait))
    with adb_server(played) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        yield played


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return build(APPS / "selftest", tmp_path / "app.apk").path


def run(command: click.Command, *arguments: object) -> int:
    return int(command.main([str(each) for each in arguments], standalone_mode=False) or 0)


def taken(phone: PlayedPhone, app: Path, folder: Path) -> Taken:
    return record(Order(app, "accept", proxy=True, hooks=False), connect(phone.serial), folder, Timing(phone.time, phone.wait))


def requests(*paths: Path) -> list[float | None]:
    """The moments of the requests in these files."""
    events = (item for file in open_recording(paths)[1].files for item in file.track.events())
    return [each.ts for item in events for each in [item.event if isinstance(item, Carried) else item] if isinstance(each, Net)]


def test_each_part_says_from_when_to_when_it_watched(phone: PlayedPhone, app: Path, tmp_path: Path) -> None:
    told = taken(phone, app, tmp_path / "dossier")
    session = told.session
    screens, proxy = session.parts
    (end,) = [event.ts for event in told.events if isinstance(event, Mark) and event.name == "end"]
    assert (screens.tier, proxy.tier, proxy.name, proxy.apart) == ("ui", "proxy", "flows", True)
    assert proxy.sha256 == hashlib.sha256((tmp_path / "dossier" / "traffic" / "flows").read_bytes()).hexdigest()
    assert proxy.clock == screens.clock
    assert proxy.clock.error_ms is not None
    assert session.started == screens.started
    assert screens.started is not None
    assert proxy.started is not None
    assert session.ended is not None
    assert end is not None
    assert (BEGIN + SKEW) * 1000 < screens.started < proxy.started < end < session.ended
    assert screens.ended == proxy.ended == end


def test_the_flows_beside_the_session_are_told_by_its_clock(phone: PlayedPhone, app: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dossier"
    told = taken(phone, app, folder)
    save_run(told.session, told.events, tmp_path / "run.jsonl")
    flows = folder / "traffic" / "flows"
    error = told.clock.error_ms or 0.0
    assert requests(flows) == [SENT * 1000]
    assert requests(flows, tmp_path / "run.jsonl") == [pytest.approx((SENT + SKEW) * 1000, abs=error)]
    (of_flows, _) = open_recording([flows, tmp_path / "run.jsonl"])[1].files
    assert of_flows.track.session.app == told.session.app


def test_in_the_dossier_they_are_one_session(phone: PlayedPhone, app: Path, tmp_path: Path) -> None:
    out = tmp_path / "dossier"
    assert run(verbs.record, app, "--plan", "accept", "--proxy", "--no-hooks", "-o", out) == 0
    session = open_recording([out / "run.jsonl"])[1].files[0].track.session
    (proxy,) = [part for part in session.parts if part.tier == "proxy"]
    assert (proxy.name, proxy.apart) == ("flows", False)
    assert proxy.started is not None
    assert proxy.ended is not None
    assert requests(out / "run.jsonl") == [pytest.approx((SENT + SKEW) * 1000, abs=proxy.clock.error_ms)]


def test_without_a_request_there_is_no_such_part(phone: PlayedPhone, app: Path, tmp_path: Path) -> None:
    (tmp_path / "bin" / "one.flow").write_bytes(b"")
    assert [part.tier for part in taken(phone, app, tmp_path / "dossier").session.parts] == ["ui"]
