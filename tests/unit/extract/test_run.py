"""A recording is read once, each event by the collector of its channel; files speak only of the app and the session they belong to."""

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.recordings.traffic import entry, har, posted
from fixtures.scenario import START, record
from mingjian.extract import network, runtime
from mingjian.extract.context import Context
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Known
from mingjian.extract.run import run_facts
from mingjian.inputs import open_recording
from mingjian.model.types import Coverage, Observation

PACKAGE = "com.example.market"
READ = {"at": 5, "api": "API-0001", "by": "com.umeng.commonsdk.Config.read", "value": "861234567890126"}
SESSION = {
    "app": PACKAGE,
    "events": [{"at": 0, "mark": "install"}, {"at": 1, "mark": "launch"}, READ, {"at": 30, "mark": "accepted"}, {"at": 90, "mark": "end"}],
}


def context(digests: tuple[str, ...] = ()) -> Context:
    return Context("0" * 64, known=Known(Owners(PACKAGE, ()), PACKAGE, frozenset(digests)))


def said(files: list[Path], module: Any = runtime, given: Context | None = None) -> tuple[list[Observation], list[Coverage]]:
    _, recording = open_recording(files)
    found: tuple[list[Observation], list[Coverage]] = module.extract(recording, given or context())
    return found


def written(folder: Path, scenario: dict[str, Any], name: str = "run.jsonl") -> Path:
    file = folder / name
    file.write_bytes(record(scenario))
    return file


def traffic(folder: Path, moment: str, **changes: object) -> Path:
    file = folder / "traffic.har"
    body = json.dumps({"device": {"imei": "861234567890126"}})
    file.write_bytes(har(entry("https://mi.gdt.qq.com/v1", startedDateTime=moment, request=posted(body, "application/json"), **changes)))
    return file


def test_the_recording_of_another_app_says_nothing(tmp_path: Path) -> None:
    observations, coverage = said([written(tmp_path, {**SESSION, "app": "com.example.other"})])
    assert observations == []
    assert [(row.channel, row.status) for row in coverage] == [("api", "failed")]
    assert coverage[0].reason is not None
    assert "com.example.other" in coverage[0].reason.en


def test_the_recording_of_another_build_says_nothing(tmp_path: Path) -> None:
    lines = record(SESSION).splitlines()
    head = json.loads(lines[0])
    head["app"]["sha256"] = "ab" * 32
    file = tmp_path / "run.jsonl"
    file.write_bytes(b"\n".join([json.dumps(head).encode(), *lines[1:]]) + b"\n")
    assert said([file], given=context(("cd" * 32,)))[0] == []
    assert said([file], given=context(("ab" * 32,)))[0] != []
    assert said([file], given=context())[0] != []


def test_a_value_read_by_a_call_is_found_in_traffic_recorded_beside(tmp_path: Path) -> None:
    run = written(tmp_path, SESSION)
    moment = "2026-01-05T01:03:30Z"
    observations, _ = said([traffic(tmp_path, moment), run], network)
    shares = [item for item in observations if item.action == "share.plain" and item.data == "device.imei"]
    assert [item.recipient for item in shares] == ["sdk.gdt"]
    assert [evidence.locator for evidence in shares[0].evidence][:1] == ["run:4"]
    assert shares[0].phase == "unknown", "the clock of the proxy was never compared with that of the device"


def test_a_fault_of_one_collector_costs_its_channel_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr("mingjian.extract.calls.Calls.add", broken)
    _, recording = open_recording([written(tmp_path, SESSION)])
    given = context()
    with pytest.raises(ZeroDivisionError):
        runtime.extract(recording, given)
    assert network.extract(recording, given)[1]
    assert [moment.name for moment in run_facts(recording, given).moments() if moment.what == "mark"][:2] == ["install", "launch"]


def test_the_moments_stand_in_order_with_the_phase_that_begins(tmp_path: Path) -> None:
    _, recording = open_recording([written(tmp_path, SESSION)])
    given = context()
    runtime.extract(recording, given)
    moments = run_facts(recording, given).moments()
    marks = [(moment.name, moment.phase) for moment in moments if moment.what == "mark"]
    assert marks == [("install", "before_consent"), ("launch", "before_consent"), ("accepted", "foreground"), ("end", "foreground")]
    acts = [moment for moment in moments if moment.what == "act"]
    assert [(moment.ts, moment.phase) for moment in acts] == [(START + 5000, "before_consent")]
