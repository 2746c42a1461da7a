"""The published schema of run files: it accepts what is written and read, and refuses what is no line."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mingjian.model.schema import run_schema
from tests.unit.inputs.recording.run_file_samples import encoded

ROOT = Path(__file__).parents[3]
SAMPLE = (ROOT / "tests/formats/run-1.jsonl").read_bytes().splitlines()
VALID = jsonschema.Draft202012Validator(run_schema())


def test_the_published_one_is_current() -> None:
    published = (ROOT / "docs/run.schema.json").read_text(encoding="utf-8")
    assert published == json.dumps(run_schema(), ensure_ascii=False, indent=1) + "\n"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(run_schema())


@pytest.mark.parametrize("line", [*SAMPLE, *encoded()], ids=lambda line: line[:24].decode())
def test_it_accepts_what_is_read(line: bytes) -> None:
    VALID.validate(json.loads(line))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "weather"},
        {"kind": None},
        {"seq": "4"},
        {"seq": None},
        {"ts": "2026-01-01"},
        {"name": "agreed"},
        {"by": "nobody"},
        {"void": 1},
    ],
    ids=str,
)
def test_it_refuses_what_the_reader_leaves_out(change: dict[str, Any]) -> None:
    line = {"kind": "mark", "seq": 2, "ts": 5.0, "name": "launch"} | change
    line = {name: value for name, value in line.items() if value is not None}
    assert list(VALID.iter_errors(line))


def test_it_refuses_a_session_of_another_version() -> None:
    session = json.loads(SAMPLE[0])
    assert not list(VALID.iter_errors(session))
    assert list(VALID.iter_errors(session | {"schema": "run/2"}))
    del session["schema"]
    assert list(VALID.iter_errors(session))


def test_every_type_says_what_it_is() -> None:
    described = {name: definition.get("description", "") for name, definition in run_schema()["$defs"].items()}
    assert all(described.values()), described
