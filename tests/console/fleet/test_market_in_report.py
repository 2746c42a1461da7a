"""The report's section on the market: the lake's own answers, kept with the edition, naming nobody, and had again by what it tells."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mingjian import lake as lakes
from mingjian.console import clock
from mingjian.console.figures import edition as editions
from mingjian.console.figures.files import _sheets
from mingjian.console.figures.models import Edition
from mingjian.console.figures.report import report
from mingjian.console.printing.blocks import Document, Paragraph, Table, to_json
from mingjian.lake import questions
from mingjian.lake.questions import Apps, Page
from tests.console.fleet.twin import twin
from tests.unit.lake.making import LATER, PERIOD

_AFTER = datetime(2027, 7, 5, 9, tzinfo=clock.PLACE)


@pytest.fixture
def counted(lake: Path, reader: Client) -> Edition:
    """The later half-year with a sample of thirty apps."""
    plan = b"".join(reader.get(f"/lake/plan.csv?period={LATER}&size=30").streaming_content)  # type: ignore[attr-defined]
    given = {"half": LATER, "clause": "law/1.1", "confidence": "0.9", "file": SimpleUploadedFile("plan.csv", plan)}
    assert reader.post("/lake/samples/keep/", given).status_code == 302
    with clock.stopped_at(_AFTER):
        return Edition.objects.get(pk=editions.compute(LATER).pk)


def _answers(edition: Edition) -> dict[str, Any]:
    return {answer["name"]: answer for answer in edition.market["answers"]}


def _tables(document: Document) -> dict[str, Table]:
    return {block.caption: block for block in document.blocks if isinstance(block, Table)}


def test_what_is_kept_is_what_the_lake_answers(counted: Edition, lake: Path) -> None:
    kept = _answers(counted)
    with lakes.open(lake) as opened:
        apps, head = Apps(LATER), Page(10)
        assert counted.market["lake"] == opened.digest
        exposure = questions.exposure(opened, apps, head)
        trend = questions.trend(opened, "clause", PERIOD, apps, page=head)
        clusters = questions.clusters(opened, apps, head)
        ranked = questions.ranking(opened, apps, "act", page=Page(100))
    assert [(row["sdk"], row["apps"], row["not_named"]) for row in kept["exposure"]["rows"]] == [
        (row.sdk, row.apps, row.not_named) for row in exposure.rows
    ]
    assert [(row["name"], row["change"], row["judgement"]) for row in kept["trend_clause"]["rows"]] == [
        (row.name, row.change, row.judgement) for row in trend.rows
    ]
    assert [row["cluster"] for row in kept["clusters"]["rows"]] == [row.cluster for row in clusters.rows]
    types = [row.category or "" for row in ranked.rows]
    assert dict(kept["ranking_act"]["types"]) == {each: types.count(each) for each in set(types)}


def test_the_sample_stands_in_the_report_with_its_interval(counted: Edition, reader: Client) -> None:
    (name,) = (name for name in _answers(counted) if name.startswith("estimate"))
    told = twin(reader, f"/lake/samples/{name.rpartition('_')[2]}.json")["summary"]
    table = _tables(report(counted, "en", {}))["What a sample says"]
    (row,) = table.rows
    assert row[0] == "law/1.1"
    assert row[4] == f"{told['share']:.1%} [{told['low']:.1%} – {told['high']:.1%}]"
    assert row[6] == f"{told['least']:.1%} – {told['most']:.1%}"


def test_the_report_names_no_app_and_no_operator(counted: Edition, lake: Path) -> None:
    written = (to_json(report(counted, "zh", {})) + json.dumps(counted.market).encode()).decode()
    with lakes.open(lake) as opened:
        rows = opened.query("SELECT DISTINCT package FROM apps").rows
    assert len(rows) > 40
    assert not [package for (package,) in rows if package in written]
    assert "hostile" not in written


def test_it_tells_the_digest_and_the_commands_by_which_it_can_be_had_again(counted: Edition) -> None:
    written = to_json(report(counted, "en", {})).decode()
    assert counted.market["lake"] in written
    assert f"mingjian lake ask exposure --lake LAKE --period {LATER}" in written
    assert f"mingjian lake ask trend --lake LAKE --since {PERIOD} --of sdk --period {LATER}" in written
    assert str(Path("/tmp")) not in written


def test_the_same_lake_makes_no_new_edition_and_another_does(counted: Edition, settings: Any) -> None:
    with clock.stopped_at(_AFTER):
        assert editions.compute(LATER).pk == counted.pk
        settings.LAKE = None
        without = editions.compute(LATER)
    assert without.digest != counted.digest
    assert without.market == {}
    assert "has no lake" in _said(without)


def test_a_lake_that_cannot_be_asked_keeps_no_figure_from_being_counted(lake: Path, db: None, tmp_path: Path, settings: Any) -> None:
    settings.LAKE = tmp_path / "nowhere"
    with clock.stopped_at(_AFTER):
        edition = editions.compute(LATER)
    assert edition.figures.exists()
    assert "There is no lake in" in _said(edition)
    assert str(tmp_path) not in _said(edition)


def test_spreadsheets_and_pages_have_it_too(counted: Edition, reader: Client) -> None:
    names = [sheet.name for sheet in _sheets(counted, "en")]
    assert names[-1] == "What a sample says"
    assert "Apps that seem to come from one hand" in names
    assert reader.get(f"/figures/{LATER}.json").json()["market"] == counted.market
    page = reader.get(f"/figures/{LATER}/").content.decode()
    assert f"/lake/exposure/?period={LATER}" in page
    counted.published_at = _AFTER
    counted.save()
    public = Client().get(f"/figures/{LATER}/").content.decode()
    assert "/lake/" not in public
    assert "The market by the lake" in Client(headers={"accept-language": "en"}).get(f"/figures/{LATER}/report/").content.decode()


def _said(edition: Edition) -> str:
    return "\n".join(block.text for block in report(edition, "en", {}).blocks if isinstance(block, Paragraph))
