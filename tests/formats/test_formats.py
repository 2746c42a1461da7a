"""One report of each schema version; every one of them must still open, be judged again and be shown."""

from pathlib import Path

import pytest

from mingjian.model.codec import SCHEMA, load_report
from mingjian.render import FORMATS, renderer
from mingjian.scan import judge_again

REPORTS = sorted(Path(__file__).parent.glob("report-*.json"))


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
