"""Reading a package in the child: right answers, and every way in which the child can fail."""

import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fixtures.builder
from mingjian.errors import InputError, MingjianError
from mingjian.model.texts import say
from mingjian.native import Limits, PackageReader, Questions, probe, read_package, reader

pytest.importorskip("mingjian._core", reason="the core is not built")

from mingjian.native.child import entry_points

ROOT = Path(__file__).parents[2]
APPS = ROOT / "fixtures" / "apps"
ANDROID_ID = {"id": "settings", "class": "Landroid/provider/Settings$Secure;", "name": "getString", "proto": None}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


ASK = Questions(
    find=_json({"calls": [ANDROID_ID], "strings": [{"id": "key", "value": "android_id", "match": "exact"}]}),
    entry_points={"application": ("onCreate", "attachBaseContext"), "launcher": ("onCreate",)},
)


@pytest.fixture(scope="module")
def kuaichi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("apps") / "kuaichi.apk"
    fixtures.builder.build(APPS / "kuaichi", path)
    return path


@pytest.fixture(scope="module")
def read(kuaichi: Path) -> PackageReader:
    return read_package((kuaichi,), ASK)


def _failure(path: Path, limits: Limits, questions: Questions = ASK) -> InputError:
    with pytest.raises(InputError) as caught:
        read_package((path,), questions, limits)
    error = caught.value
    assert str(path) in say(error.key, "zh", **error.values)
    assert str(path) in say(error.key, "en", **error.values)
    return error


def test_all_answers_are_complete_for_a_sound_package(read: PackageReader) -> None:
    answers = (read.identity, read.manifest, read.resources, read.packages, read.elements, read.natives, read.found, read.reached)
    assert [answer["faults"] for answer in answers] == [[]] * len(answers)
    assert all(answer["complete"] for answer in answers)


def test_identity_is_that_of_the_file(read: PackageReader, kuaichi: Path) -> None:
    checksum = subprocess.run(["sha256sum", str(kuaichi)], capture_output=True, check=True, text=True).stdout.split()[0]
    assert read.identity["sha256"] == checksum
    assert read.identity["size"] == kuaichi.stat().st_size
    assert read.identity["signing"]["verified"] is True


def test_entries_are_those_that_the_standard_library_lists(read: PackageReader, kuaichi: Path) -> None:
    with zipfile.ZipFile(kuaichi) as archive:
        expected = {(entry.filename, entry.file_size, entry.compress_size) for entry in archive.infolist()}
    assert {(entry["name"], entry["size"], entry["packed"]) for entry in read.entries} == expected


def test_finds_name_entry_points_that_reach_them(read: PackageReader) -> None:
    finds = {find["method_id"]: find for find in read.found["finds"]}
    assert any(find["q"] == "settings" and {"k": "str", "v": "android_id"} in find["args"] for find in finds.values())
    assert read.reached["reached"]
    for row in read.reached["reached"]:
        found, entry = finds[row["method_id"]], read.entry_points[row["entry"]]
        assert row["chain"][0].startswith(entry["class"])
        assert row["chain"][-1] == f"{found['class']}->{found['method']}{found['proto']}"


def test_entry_points_follow_the_manifest() -> None:
    component: dict[str, Any] = {"enabled": True, "process": None, "launcher": False, "target": None, "meta": []}
    started = [{"name": "a.b.Metrics", "value": "androidx.startup"}, {"name": "a.b.Other", "value": "1"}]
    manifest = {
        "package": "a.b",
        "application": {"name": "a.b.App"},
        "components": [
            {**component, "kind": "provider", "name": "a.b.Init", "meta": started},
            {**component, "kind": "provider", "name": "a.b.Off", "enabled": False, "meta": started},
            {**component, "kind": "provider", "name": "a.b.Elsewhere", "process": "a.b:push"},
            {**component, "kind": "alias", "name": "a.b.Icon", "target": "a.b.Main", "launcher": True},
            {**component, "kind": "activity", "name": "a.b.Other"},
        ],
    }
    rules = {"application": ["onCreate"], "provider": ["onCreate"], "initializer": ["create"], "launcher": ["onResume"]}
    assert entry_points(manifest, rules) == [
        {"id": "application:La/b/App;", "class": "La/b/App;", "methods": ["onCreate"]},
        {"id": "provider:La/b/Init;", "class": "La/b/Init;", "methods": ["onCreate"]},
        {"id": "initializer:La/b/Metrics;", "class": "La/b/Metrics;", "methods": ["create"]},
        {"id": "launcher:La/b/Main;", "class": "La/b/Main;", "methods": ["onResume"]},
    ]
    assert entry_points(manifest, {}) == []
    assert entry_points({**manifest, "application": None, "components": []}, rules) == []


def test_a_child_that_takes_too_long_is_killed(kuaichi: Path) -> None:
    assert _failure(kuaichi, Limits(timeout=0.001)).key == "input.timeout"


def test_a_child_that_takes_too_much_memory_ends_with_that_reason(tmp_path: Path, kuaichi: Path) -> None:
    path = tmp_path / "large.apk"
    with zipfile.ZipFile(kuaichi) as sound, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("AndroidManifest.xml", sound.read("AndroidManifest.xml"))
        # About 60 to 1: large, and yet no bomb by the limit of the ratio.
        noise = random.Random(1)
        archive.writestr("classes.dex", b"".join(noise.randbytes(1 << 10) + bytes(63 << 10) for _ in range(1 << 10)))
    assert _failure(path, Limits(memory=24 << 20)).key == "input.memory"


def test_answers_over_the_limit_are_not_taken(kuaichi: Path) -> None:
    assert _failure(kuaichi, Limits(output=1000)).key == "input.output"


@pytest.mark.parametrize(
    ("program", "key"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "input.crashed"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "input.killed"),
        ("print('no answer')", "input.crashed"),
        ("print('{}')", "input.crashed"),
        ("print('[]')", "input.crashed"),
        ("raise SystemExit(3)", "input.crashed"),
        ("import time; time.sleep(60)", "input.timeout"),
        ("import sys; sys.stdin.close(); sys.stdout.write('x' * 5_000_000)", "input.output"),
    ],
)
def test_every_end_of_the_child_has_its_reason(program: str, key: str, kuaichi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_START", program)
    assert _failure(kuaichi, Limits(timeout=2, output=4_000_000)).key == key


def test_a_file_that_is_no_package_says_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.apk"
    path.write_text("not a package")
    with pytest.raises(InputError) as caught:
        read_package((path,), ASK)
    assert caught.value.key == "input.not_a_package"


def test_a_malformed_query_is_our_fault_and_costs_one_answer(kuaichi: Path) -> None:
    read = read_package((kuaichi,), Questions(find=b"{", natives=ASK.natives))
    assert not read.found["complete"]
    assert read.found["finds"] == []
    assert [fault["code"] for fault in read.found["faults"]] == ["bad_query"]
    assert read.manifest["complete"]
    assert read.natives["complete"]


def test_without_the_core_there_is_one_clear_error(kuaichi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "find_spec", lambda _: None)
    with pytest.raises(MingjianError) as caught:
        read_package((kuaichi,), ASK)
    assert caught.value.key == "core.missing"
    assert "make setup" in say("core.missing", "en")


def test_an_interpreter_that_cannot_be_started_is_told(kuaichi: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(MingjianError) as caught:
        read_package((kuaichi,), ASK)
    assert caught.value.key == "core.no_child"
    assert str(tmp_path) in say(caught.value.key, "en", **caught.value.values)


def test_the_working_folder_cannot_bring_in_other_code(kuaichi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert read_package((kuaichi,), ASK).manifest["complete"]


def test_the_state_of_the_core_is_told() -> None:
    state = probe()
    assert state.version
    assert state.confinement["level"] in ("full", "partial", "none")


ATTACKS = """
import json, os, signal, socket, sys
from mingjian import _core

allowed, victim, writable = sys.argv[1:]
before = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
reached = json.loads(_core.confine(json.dumps({"read": [allowed], "memory": 128 << 20, "cpu": 20}).encode()))

def outcome(attack):
    try:
        attack()
    except OSError as error:
        return f"denied {error.errno}"
    except MemoryError:
        return "denied memory"
    return "allowed"

attacks = {
    "read the input": lambda: os.close(os.open(allowed, os.O_RDONLY)),
    "read another file": lambda: os.open(victim, os.O_RDONLY),
    "list a folder": lambda: os.listdir("/"),
    "write to the input": lambda: os.open(allowed, os.O_WRONLY),
    "write a new file": lambda: os.open(writable, os.O_WRONLY | os.O_CREAT),
    "delete the input": lambda: os.unlink(allowed),
    "run a program": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
    "start a process": lambda: os._exit(0) if os.fork() == 0 else None,
    "connect by TCP": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect(("127.0.0.1", 9)),
    "send by UDP": lambda: before.sendto(b"x", ("127.0.0.1", 9)),
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "take 1 GiB": lambda: bytearray(1 << 30),
}
outcomes = {name: outcome(attack) for name, attack in attacks.items()}
again = json.loads(_core.confine(json.dumps({"read": [allowed], "memory": 64 << 20, "cpu": 20}).encode()))
print(json.dumps({"reached": reached, "outcomes": outcomes, "again": again}))
"""

BY_RLIMITS = {"take 1 GiB"}
BY_LANDLOCK = {"read another file", "list a folder"}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("confined")
    allowed, victim = folder / "allowed", folder / "victim"
    allowed.write_text("x")
    victim.write_text("x")
    source = str(Path(reader.__file__).parents[2])
    command = [sys.executable, "-c", ATTACKS, str(allowed), str(victim), str(folder / "new")]
    done = subprocess.run(command, capture_output=True, check=True, env={"PYTHONPATH": source})
    yield json.loads(done.stdout)
    assert allowed.read_text() == "x"
    assert not (folder / "new").exists()


def _need(attacked: dict[str, Any], layer: str) -> None:
    if not attacked["reached"][layer]:
        reasons = [row["reason"] for row in attacked["reached"]["missing"] if row["part"] == layer]
        pytest.skip(f"no {layer} here: {reasons}")


def test_the_input_itself_stays_readable(attacked: dict[str, Any]) -> None:
    assert attacked["outcomes"]["read the input"] == "allowed"


def test_resource_limits_stop_what_they_can(attacked: dict[str, Any]) -> None:
    _need(attacked, "rlimits")
    assert {attacked["outcomes"][name] for name in BY_RLIMITS} == {"denied memory"}


def test_landlock_hides_all_other_files(attacked: dict[str, Any]) -> None:
    _need(attacked, "landlock")
    assert all(attacked["outcomes"][name].startswith("denied") for name in BY_LANDLOCK)


def test_seccomp_stops_everything_else(attacked: dict[str, Any]) -> None:
    _need(attacked, "seccomp")
    others = attacked["outcomes"].keys() - BY_RLIMITS - BY_LANDLOCK - {"read the input"}
    assert {name: attacked["outcomes"][name] for name in others if not attacked["outcomes"][name].startswith("denied")} == {}


def test_a_kernel_that_refuses_every_layer_is_told_with_reasons(attacked: dict[str, Any]) -> None:
    # Inside the confinement the kernel refuses the calls that would confine once more, as an old one does.
    _need(attacked, "seccomp")
    again = attacked["again"]
    assert again["level"] == "none"
    assert {row["part"] for row in again["missing"]} == {"rlimits", "no_new_privs", "parent_death", "landlock", "seccomp"}
    assert all(row["reason"] for row in again["missing"])


def test_the_level_says_what_was_reached(attacked: dict[str, Any]) -> None:
    reached = attacked["reached"]
    layers = [reached["rlimits"], reached["no_new_privs"], reached["landlock"] is not None, reached["seccomp"]]
    assert reached["level"] == ("full" if all(layers) else "partial" if any(layers) else "none")
    assert bool(reached["missing"]) != (all(layers) and reached["parent_death"])
