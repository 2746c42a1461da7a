"""`mingjian run`, as a user meets it."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.inputs.recording.run_file_samples import EVENTS, START, encoded, written

IMEI = "860000000000005"
HAR = {
    "log": {
        "version": "1.2",
        "creator": {"name": "sample", "version": "1"},
        "entries": [
            {
                "startedDateTime": "2026-01-01T00:00:03.500Z",
                "time": 20,
                "request": {
                    "method": "GET",
                    "url": f"http://ads.example/v1?imei={IMEI}",
                    "httpVersion": "HTTP/1.1",
                    "headers": [],
                    "queryString": [],
                    "headersSize": -1,
                    "bodySize": 0,
                },
                "response": {"status": 204, "statusText": "", "httpVersion": "HTTP/1.1", "headers": [], "content": {"size": 0}},
                "timings": {"send": 1, "wait": 18, "receive": 1},
            }
        ],
    }
}


def run(*arguments: object, lang: str = "en") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "mingjian.cli", "run", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env=os.environ | {"MINGJIAN_LANG": lang}, check=False)


def done(*arguments: object) -> str:
    found = run(*arguments)
    assert found.returncode == 0, found.stderr.decode()
    return found.stdout.decode()


def lines_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return written(tmp_path, encoded())


@pytest.fixture
def har(tmp_path: Path) -> Path:
    path = tmp_path / "capture.har"
    path.write_text(json.dumps(HAR), encoding="utf-8")
    return path


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("verb", ["import", "show", "validate", "merge", "redact", "mark"])
def test_every_verb_explains_itself(verb: str, lang: str) -> None:
    found = run(verb, "--help", lang=lang)
    assert found.returncode == 0
    assert any("一" <= char <= "鿿" for char in found.stdout.decode()) == (lang == "zh")


def test_a_recording_is_imported_without_what_it_carried(har: Path, tmp_path: Path) -> None:
    out = tmp_path / "traffic.jsonl"
    done("import", har, "-o", out, "--clock-offset", "500", "--clock-error", "20")
    session, request = lines_of(out)
    assert session["schema"] == "run/1"
    assert len(str(session["salt"])) == 32
    assert session["parts"][0]["clock"] == {"offset_ms": 500.0, "error_ms": 20.0}  # type: ignore[index]
    assert request["ts"] == START + 3000
    assert [(match["data"], match["where"]) for match in request["matches"]] == [("device.imei", "query.imei")]  # type: ignore[attr-defined]
    assert IMEI not in out.read_text(encoding="utf-8")
    assert run("validate", out).returncode == 0


def test_salts_differ_from_import_to_import(har: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        done("import", har, "-o", tmp_path / name)
    assert lines_of(tmp_path / "one")[0]["salt"] != lines_of(tmp_path / "two")[0]["salt"]


def test_several_become_one_and_only_runs_are_merged(sample: Path, har: Path, tmp_path: Path) -> None:
    traffic, whole = tmp_path / "traffic.jsonl", tmp_path / "whole.jsonl"
    assert run("merge", sample, har, "-o", whole).returncode == 65
    done("import", har, "-o", traffic)
    merged = run("merge", sample, traffic, "-o", whole)
    assert merged.returncode == 0
    assert b"salts" in merged.stderr
    assert len(lines_of(whole)) == len(EVENTS) + 2
    assert run("validate", whole).returncode == 0
    together = tmp_path / "together.jsonl"
    assert b"salts" not in run("import", sample, har, "-o", together).stderr, "a raw recording takes the salt of the run"
    assert lines_of(together)[0]["salt"] == lines_of(sample)[0]["salt"]


def test_marks_are_moved_and_phases_follow(sample: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved.jsonl"
    done("mark", sample, "--set", "accepted=+1.0", "--by", "me", "--reason", "the video", "-o", moved)
    shown = json.loads(done("show", moved, "--format", "json"))
    accepted = {mark.get("by"): mark for mark in shown["marks"] if mark["name"] == "accepted"}
    assert accepted["ui"]["void"] is True
    assert accepted["reviewer"]["ts"] == START + 1000
    assert accepted["reviewer"]["note"] == "me: the video"
    assert accepted["reviewer"]["phases"] == ["foreground"]


@pytest.mark.parametrize(
    "options",
    [
        ("--set", "accepted=+1"),
        ("--set", "accepted=noon", "--by", "me", "--reason", "r"),
        ("--set", "agreed=+1", "--by", "me", "--reason", "r"),
        ("--void", "declined", "--by", "me", "--reason", "r"),
        ("--by", "me", "--reason", "r"),
    ],
)
def test_what_cannot_be_marked_is_wrong_usage(options: tuple[str, ...], sample: Path, tmp_path: Path) -> None:
    found = run("mark", sample, *options, "-o", tmp_path / "out")
    assert found.returncode == 64
    assert len(found.stderr.decode().strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_showing_tells_parts_marks_counts_and_losses(tmp_path: Path) -> None:
    path = written(tmp_path, [*encoded(), b"{"])
    shown = done("show", path, "--lang", "en", "--events")
    told = ("com.example.shop 1.2", "canary seen", "calls 2", "user agreed (accepted, ui)", "the file was cut", "ads.example")
    assert [words for words in told if words not in shown] == []
    assert "2026-01-01T08:00:05.000+08:00" in shown, "in the zone of the device"
    document = json.loads(done("show", path, "--format", "json"))
    assert document["counts"] == {"api": 2, "coverage": 2, "mark": 4, "net": 1, "ui": 1}
    by_phase = [phase["counts"] for phase in document["phases"].values()]
    assert sum(counts.get("api", 0) for counts in by_phase) == 2, "each call lies in one phase of consent and use"
    assert document["unread"] == 0
    assert "salt" not in json.dumps(document["session"]) or document["session"]["salt"] is None
    assert {loss["channel"] for loss in document["losses"]} == {"api", "network"}


def test_validating_names_file_line_and_fault(tmp_path: Path) -> None:
    path = written(tmp_path, [*encoded(), b"oops\n"])
    found = run("validate", path)
    assert found.returncode == 65
    assert found.stdout.decode().startswith(f"{path}:10: ")
    assert b"1 files, 1 problems" in found.stderr


def test_a_redacted_file_is_a_run(sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "redacted.jsonl"
    done("redact", sample, "-o", out)
    assert run("validate", out).returncode == 0
    assert "86***1" not in out.read_text(encoding="utf-8")


def test_raw_values_go_to_a_file_of_their_owner(har: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    done("import", har, "-o", tmp_path / "out.jsonl", "--raw", raw)
    assert stat.S_IMODE(raw.stat().st_mode) == 0o600


def test_half_a_clock_is_wrong_usage(har: Path, tmp_path: Path) -> None:
    assert run("import", har, "-o", tmp_path / "out", "--clock-offset", "5").returncode == 64


def test_the_app_of_a_recording_that_names_none_is_declared(har: Path, sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "traffic.jsonl"
    done("import", har, "-o", out)
    assert lines_of(out)[0].get("app") is None
    done("import", har, "-o", out, "--package", "com.example.market", "--clock-error", "40")
    session, request = lines_of(out)
    assert session["app"] == {"package": "com.example.market"}
    assert session["parts"][0]["clock"] == {"offset_ms": 0.0, "error_ms": 40.0}  # type: ignore[index]
    assert request["ts"] == START + 3500
    refused = run("import", sample, "-o", out, "--package", "com.example.market")
    assert refused.returncode == 65
    assert b"com.example.shop, not com.example.market" in refused.stderr
    assert run("import", har, "-o", out, "--package", "../market").returncode == 64


def test_that_nothing_could_pass_by_the_proxy_is_declared(har: Path, tmp_path: Path) -> None:
    out = tmp_path / "traffic.jsonl"
    done("import", har, "-o", out)
    assert "all_traffic" not in lines_of(out)[0]["parts"][0]  # type: ignore[index]
    done("import", har, "-o", out, "--all-traffic")
    assert lines_of(out)[0]["parts"][0]["all_traffic"] is True  # type: ignore[index]


def test_what_cannot_be_written_is_65(sample: Path, tmp_path: Path) -> None:
    found = run("redact", sample, "-o", tmp_path / "none" / "out.jsonl")
    assert found.returncode == 65
    assert len(found.stderr.decode().strip().splitlines()) == 1
