"""`record`, `selftest` and `doctor --device` as a user meets them, on a phone that is played."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fixtures.adb_server import adb_server
from fixtures.app_script import script
from fixtures.builder import build
from fixtures.played_phone import PlayedPhone
from mingjian.cli import record as verbs
from mingjian.cli.doctor import doctor
from mingjian.errors import MingjianError, TryAgainError, UsageError
from mingjian.inputs.dossier import open_dossier
from mingjian.inputs.recording import open_recording
from mingjian.record.timing import Timing
from mingjian.runs.validate import validate

APPS = Path(__file__).parents[3] / "fixtures" / "apps"


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedPhone]:
    pytest.importorskip("adbutils", reason="adbutils is not installed: it comes with the extra `device`")
    played = PlayedPhone(script("selftest"))
    monkeypatch.setattr(Timing, "real", lambda: Timing(played.time, played.wait))
    with adb_server(played) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        yield played


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return build(APPS / "selftest", tmp_path / "app.apk").path


def run(command: click.Command, *arguments: object) -> int:
    return int(command.main([str(each) for each in arguments], standalone_mode=False) or 0)


def test_the_folder_is_one_that_can_be_read(phone: PlayedPhone, app: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "dossier"
    assert run(verbs.record, app, "--plan", "refuse", "-o", out) == 0
    assert capsys.readouterr().out == f"mingjian scan {out}\n"
    told = open_dossier(out)
    assert [file.read_bytes() for file in told.package] == [app.read_bytes()]
    assert list(validate(out / "run.jsonl")) == []
    _, recording = open_recording(told.runs)
    assert recording.files[0].track.session.app is not None
    assert recording.files[0].track.session.app.package == phone.package
    assert [mark.name for mark in recording.files[0].track.marks()][:3] == ["install", "launch", "prompt_shown"]


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("--plan", "upgrade"), "record.needs_older"),
        (("--plan", "refuse", "--from", "older.apk"), "record.only_upgrade"),
        (("--plan", "refuse", "--device", "OTHER"), "record.no_device"),
    ],
)
def test_what_does_not_fit_together_is_told(phone: PlayedPhone, app: Path, tmp_path: Path, arguments: tuple[str, ...], key: str) -> None:
    with pytest.raises(MingjianError) as told:
        run(verbs.record, app, "-o", tmp_path / "dossier", *arguments)
    assert told.value.key == key
    assert not phone.tapped
    assert not (tmp_path / "dossier").exists()


def test_without_mitmproxy_nothing_is_recorded(phone: PlayedPhone, app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingjian.record.proxy.shutil.which", lambda _: None)
    with pytest.raises(UsageError) as told:
        run(verbs.record, app, "-o", tmp_path / "dossier", "--plan", "refuse", "--proxy")
    assert told.value.key == "record.no_mitmproxy"
    assert phone.installed is None
    assert not (tmp_path / "dossier").exists()


def test_a_recording_that_ends_early_is_kept_and_told(
    phone: PlayedPhone, app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(seconds: float) -> None:
        phone.wait(seconds)
        if phone.accepted:
            phone.state = "offline"

    monkeypatch.setattr(Timing, "real", lambda: Timing(phone.time, wait))
    with pytest.raises(TryAgainError):
        run(verbs.record, app, "-o", tmp_path / "dossier", "--plan", "accept")
    assert list(validate(tmp_path / "dossier" / "run.jsonl")) == []
    assert (tmp_path / "dossier" / "dossier.yml").exists()


def test_selftest_prints_json(phone: PlayedPhone, capsys: pytest.CaptureFixture[str]) -> None:
    phone.accesses = ["  FINE_LOCATION (allow):"]
    assert run(verbs.selftest) == 0
    assert json.loads(capsys.readouterr().out)["passed"] is True


def test_selftest_that_misses_something_is_not_zero(phone: PlayedPhone, tmp_path: Path) -> None:
    phone.script = script("selftest", start=None)
    assert run(verbs.selftest, "-o", tmp_path / "found.json") == 3
    assert json.loads((tmp_path / "found.json").read_text())["passed"] is False


def test_doctor_tells_of_the_device(phone: PlayedPhone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(doctor, "--device") == 0
    assert "Played" in capsys.readouterr().out
    assert run(doctor, "--device", "OTHER") == 75


def test_a_server_of_frida_that_is_named_has_to_be_there(phone: PlayedPhone, app: Path, tmp_path: Path) -> None:
    pytest.importorskip("frida", reason="frida is not installed: it comes with the extra `device`")
    with pytest.raises(TryAgainError) as told:
        run(verbs.record, app, "-o", tmp_path / "dossier", "--plan", "refuse", "--frida", "127.0.0.1:9")
    assert told.value.key == "record.no_frida"
    assert phone.installed is None


def test_an_interrupted_recording_is_kept(phone: PlayedPhone, app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(seconds: float) -> None:
        phone.wait(seconds)
        if phone.accepted:
            raise KeyboardInterrupt

    monkeypatch.setattr(Timing, "real", lambda: Timing(phone.time, wait))
    with pytest.raises(click.Abort):
        run(verbs.record, app, "-o", tmp_path / "dossier", "--plan", "accept")
    assert list(validate(tmp_path / "dossier" / "run.jsonl")) == []
