"""One report and one run file of each schema version; every one of them must still open, reports be judged again and shown."""

from pathlib import Path

import pytest

from mingjian.inputs.recording import open_recording
from mingjian.model.codec import SCHEMA, load_report
from mingjian.model.run import SCHEMA as RUN_SCHEMA
from mingjian.model.run import Span
from mingjian.render import FORMATS, renderer
from mingjian.scan import judge_again

REPORTS = sorted(Path(__file__).parent.glob("report-*.json"))
RUNS = sorted(Path(__file__).parent.glob("run-*.jsonl"))
KINDS = {"Mark", "Api", "OsAccess", "File", "Ui", "Net", "Span"}


@pytest.mark.parametrize("file", REPORTS, ids=lambda file: file.stem)
def test_an_old_report_opens_is_judged_and_shown(file: Path) -> None:
    report = load_report(file.read_bytes())
    again = judge_again(report, [pack.id for pack in report.packs])
    assert len(again.findings) >= len(report.findings)
    assert again.observations == report.observations
    for name in FORMATS:
        assert renderer(name)(report, "zh", True)


def test_the_current_schema_has_its_report() -> None:
    assert any(f'"{SCHEMA}"' in file.read_text(encoding="utf-8") for file in REPORTS)


@pytest.mark.parametrize("file", RUNS, ids=lambda file: file.stem)
def test_an_old_run_opens_and_loses_nothing(file: Path) -> None:
    _, recording = open_recording([file])
    (recorded,) = recording.files
    events = list(recorded.track.events())
    assert recorded.format == "run"
    assert len(events) == len(file.read_bytes().splitlines()) - 1
    assert not [event for event in events if isinstance(event, Span) and event.status == "lost"]
    assert {type(event).__name__ for event in events} == KINDS
    assert [mark.seq for mark in recorded.track.marks() if not mark.void] == [2, 3, 5, 10, 13]


def test_the_current_run_format_has_its_file() -> None:
    assert any(f'"{RUN_SCHEMA}"' in file.read_text(encoding="utf-8") for file in RUNS)
