"""The exam of single screens: what each states, certain and uncertain, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from screens_made import APP, collect, lines, ui

from mingjian.model.run import AnyEvent, Mark

EXAM: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "screens_exam.yml").read_text(encoding="utf-8"))
NO_COUNT = ("publish.rules", "link.policy.far")


def _events(question: dict[str, Any]) -> list[AnyEvent]:
    given = question.get("phase", "before_consent")
    phases = given if isinstance(given, list) else [given]
    marks: list[AnyEvent] = [Mark(seq=2, ts=1000.0, name="install")]
    if "before_consent" not in phases:
        marks.append(Mark(seq=3, ts=2000.0, name="accepted"))
    if "after_refusal" in phases:
        marks[1:] = [Mark(seq=3, ts=2000.0, name="declined")]
    if "after_denial" in phases:
        marks.append(Mark(seq=4, ts=3000.0, name="permission_denied", data="permission.location"))
    if "after_update" in phases:
        marks.append(Mark(seq=5, ts=4000.0, name="update"))
    return [*marks, ui(9, question["rows"], 9000.0, package=question.get("package", APP), taps=question.get("taps"))]


@pytest.mark.parametrize("question", EXAM, ids=lambda question: question["name"])
def test_a_screen_states_what_it_shows(question: dict[str, Any]) -> None:
    said = lines(collect(_events(question)))
    said = [line.rpartition(" ")[0] if line.split(" ")[0] in NO_COUNT and line[-1].isdigit() else line for line in said]
    allowed = {f"~ {each}" for each in question.get("may", [])}
    expected = {*question["says"], *(f"~ {each}" for each in question.get("perhaps", []))}
    assert set(said) - allowed == expected
