"""What `deploy/` and its pages tell the program to do, the program can do."""

import re
import shlex
import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from mingjian.cli import group as program
from mingjian.fleet.journal import Progress
from mingjian.fleet.metrics import Done, exposition
from mingjian.fleet.outcome import Verdict
from mingjian.fleet.run import Run
from tests.deploy.conftest import DEPLOY, PAGES, ROOT, UNITS, pods, service, texts

SOURCES = ROOT / "src" / "mingjian"
OTHERS = {"up", "probe_success", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"}
"""Figures of Prometheus itself, its blackbox exporter and its node exporter."""


def in_units() -> list[tuple[str, list[str]]]:
    found = []
    for unit in UNITS:
        command = shlex.split(service(unit)["ExecStart"])
        if command[0].endswith("/mingjian"):
            found.append((unit.name, command[1:]))
    return found


def in_manifests() -> list[tuple[str, list[str]]]:
    return [(name, container["args"]) for name, pod in pods().items() for container in pod["containers"]]


def in_lines() -> list[tuple[str, list[str]]]:
    """Of lines that are commands, and of what stands between backticks: `mingjian …`, and what follows `run --rm SERVICE`."""
    found = []
    for name, told in ((name, told.replace("\\\n", " ")) for name, told in texts()):
        for command in re.findall(r"(?:^|`|/|(?<=&& ))mingjian ([a-z][^`\n#|>;]*)", told, re.MULTILINE):
            found.append((name, shlex.split(command)))
        for command in re.findall(r"run --rm [a-z]+ ([a-z][^`\n#|>;]*)", told):
            found.append((name, shlex.split(command)))
    return found


def refused(arguments: list[str]) -> str:
    """Why the program would not take a command line; empty when it would. Nothing is run."""
    command: click.Command = program
    context = click.Context(command, info_name="mingjian")
    left = list(arguments)
    while isinstance(command, click.Group):
        if not left:
            return ""
        found = command.get_command(context, left[0])
        if found is None:
            return f"no verb {left[0]}"
        command = found
        context = click.Context(command, info_name=left.pop(0), parent=context)
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts) if name.startswith("-")} | {"--help"}
    for word in left:
        name = word.partition("=")[0]
        if name.startswith("-") and len(name) > 1 and name not in known:
            return f"no option {name}"
    try:
        # An ellipsis stands for what a reader fills in.
        if "…" not in left and "--help" not in left:
            command.parse_args(context, left)
    except click.UsageError as error:
        return error.format_message()
    return ""


@pytest.fixture(autouse=True)
def database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGJIAN_FLEET_DATABASE", "postgresql://mingjian_fleet@database/mingjian_fleet")


def test_every_command_is_one_that_the_program_takes(compose: dict[str, Any]) -> None:
    in_compose = [(name, each["command"]) for name, each in compose["services"].items() if name != "database"]
    commands = [*in_units(), *in_manifests(), *in_compose, *in_lines()]
    assert [(name, arguments, why) for name, arguments in commands if (why := refused(arguments))] == []
    verbs = {" ".join(arguments[:2]) for _, arguments in commands}
    assert {"fleet node", "fleet resume", "fleet run", "worker", "lake check"} <= verbs, "they were not found at all"
    assert len(in_units()) == 6
    assert len(in_manifests()) == 6


@pytest.mark.parametrize("wrong", [["fleet", "nod"], ["serve", "--hosts", "a"], ["fleet", "node"], ["backup"], ["lake", "check", "--lake"]])
def test_a_command_that_the_program_does_not_take_is_found(wrong: list[str]) -> None:
    assert refused(wrong)


def test_every_variable_is_one_that_the_program_reads() -> None:
    read = {name for file in SOURCES.rglob("*.py") for name in re.findall(r"\bMINGJIAN_[A-Z_]+\b", file.read_text(encoding="utf-8"))}
    named = {name for _, told in texts() for name in re.findall(r"\bMINGJIAN_[A-Z_]*[A-Z]\b", told)}
    assert named - read == set()
    assert {"MINGJIAN_DATABASE", "MINGJIAN_FLEET_DATABASE", "MINGJIAN_HOME", "MINGJIAN_LAKE", "MINGJIAN_PROXIES"} <= named


def test_alerts_ask_for_figures_that_there_are(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    Done(registry, 1, tmp_path)
    served = {sample.name for family in registry.collect() for sample in family.samples}
    counters = {f"{family.name}_total" for family in registry.collect() if family.type == "counter"}
    run = Run("r", "apps.csv", datetime(2026, 11, 22, tzinfo=UTC), "2026H2", (), "1", "c")
    of_runs = {family.name for family in text_string_to_metric_families(exposition(run, Progress(1, 1, 1, 1, 1.0), {"ok": 1}))}
    asked = set()
    for name, told in texts():
        asked |= {
            word for word in re.findall(r"\bmingjian_fleet_[a-z_]+\b", told) if name.startswith("deploy/prometheus") or "_total" in word
        }
    assert asked - served - counters - of_runs == set()
    assert len(asked) > 6
    others = set(re.findall(r"\b(\w+)\{|^\s*expr: (\w+) ", (DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"), re.MULTILINE))
    names = {word for pair in others for word in pair if word}
    assert {word for word in names if not word.startswith("mingjian_fleet_")} <= OTHERS | {"and"}


def test_alerts_name_verdicts_that_there_are() -> None:
    told = (DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8")
    named = {word for group in re.findall(r'verdict!?[=~]+"([^"]+)"', told) for word in group.split("|")}
    assert named
    assert named <= set(get_args(Verdict))


def test_the_image_is_made_of_what_there_is() -> None:
    told = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = [word for line in re.findall(r"^COPY (?!--)(.+) \S+$", told, re.MULTILINE) for word in line.split()]
    assert [word for word in copied if not (ROOT / word).exists()] == []
    assert {"tools/requirements.txt", "crates", "src"} <= set(copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = set(re.findall(r'"mingjian\[([^]]+)\]"', told)[0].split(","))
    assert wanted == {"console", "lake", "fleet", "cluster"}
    assert wanted <= set(project["optional-dependencies"])
    assert "mingjian" in project["scripts"]
    # What is installed without asking a registry must have been fetched before.
    needed = {each for name in wanted for each in project["optional-dependencies"][name] if not each.startswith("mingjian[")}
    lists = [(ROOT / f"tools/requirements-{name}.txt").read_text(encoding="utf-8").splitlines() for name in ("console", "fleet")]
    kept = {line.partition("==")[0].partition("[")[0].lower() for each in lists for line in each if line and not line.startswith("#")}
    assert {each.partition("==")[0].partition("[")[0].lower() for each in needed} <= kept


def test_the_toolchain_of_the_image_is_new_enough() -> None:
    wanted = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["rust-version"]
    found = re.findall(r"rust:(\d+)\.(\d+)", (DEPLOY / "Containerfile").read_text(encoding="utf-8"))
    assert [tuple(map(int, each)) for each in found] >= [tuple(map(int, wanted.split(".")))]


def test_the_nightly_backup_is_a_script_that_a_shell_reads() -> None:
    assert subprocess.run(["/bin/sh", "-n", DEPLOY / "systemd/nightly-backup"], check=False).returncode == 0


def test_the_pages_say_the_same_in_both_languages() -> None:
    told = [page.read_text(encoding="utf-8") for page in PAGES]
    for shape in (r"^#+ ", r"^\| ", r"^```", r"^- "):
        english, chinese = (len(re.findall(shape, page, re.MULTILINE)) for page in told)
        assert english == chinese, shape
    english, chinese = (re.findall(r"^```sh$(.*?)^```$", page, re.DOTALL | re.MULTILINE) for page in told)
    without_words = [[re.sub(r"\s*#.*", "", block) for block in blocks] for blocks in (english, chinese)]
    assert without_words[0] == without_words[1]
    assert english
