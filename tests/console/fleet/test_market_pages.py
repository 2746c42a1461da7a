"""The market's questions on pages: what they say is what `lake ask` says, whatever an app calls itself, and whatever became of the lake."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mingjian import lake as lakes
from mingjian.console import clock
from mingjian.console.audit.models import Entry
from mingjian.console.fleet import asking
from mingjian.console.fleet.models import Sample
from mingjian.console.inspections.models import Inspection
from mingjian.console.market.models import App
from mingjian.lake import questions
from mingjian.lake.questions import Apps, Design, Page
from mingjian.lake.written import document
from tests.console.fleet.twin import twin
from tests.unit.lake.making import LATER, PERIOD

HOSTILE = '<script>alert(1)</script>"\u202e=1+1'


def _asked(folder: Path, question: str) -> dict[str, Any]:
    with lakes.open(folder) as opened:
        page = Page(7, 3 if question == "ranking" else 0)
        match question:
            case "ranking":
                result: Any = questions.ranking(opened, Apps(PERIOD, store="a"), "act", page=page)
            case "exposure":
                result = questions.exposure(opened, page=page)
            case "carriers":
                result = questions.carriers(opened, "sdk.counter", told="no_policy", page=page, version="1.0")
            case "clusters":
                result = questions.clusters(opened, page=page)
            case "ignored_keys":
                result = questions.ignored_keys(opened, page=page)
            case "trend":
                result = questions.trend(opened, "permission", PERIOD, page=page)
            case "trend_apps":
                result = questions.trend_apps(opened, "clause", "law/1.1", PERIOD, page=page)
            case "plan":
                result = questions.plan(opened, Apps(PERIOD), Design(size=12, seed="s", allocation="neyman"), page)
        answer: dict[str, Any] = json.loads(json.dumps(document(result)))
        return answer


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("ranking", f"period={PERIOD}&store=a&purpose=act&offset=3"),
        ("exposure", ""),
        ("carriers", "sdk=sdk.counter&told=no_policy&version=1.0"),
        ("clusters", ""),
        ("ignored_keys", ""),
        ("trend", "of=permission"),
        ("trend_apps", f"name=law/1.1&earlier={PERIOD}"),
        ("plan", f"period={PERIOD}&size=12&seed=s&allocation=neyman"),
    ],
)
def test_a_page_its_twin_and_the_library_tell_the_same(lake: Path, reader: Client, question: str, query: str) -> None:
    expected = _asked(lake, question)
    assert twin(reader, f"/lake/{question}.json?{query}&limit=7") == expected
    shown = reader.get(f"/lake/{question}/?{query}&limit=7").content.decode()
    assert expected["lake"] in shown
    first = expected["rows"][-1]
    assert (
        str(first.get("package") or first.get("sdk") or first.get("cluster") or first.get("key") or first["name"]).split(".")[-1] in shown
    )
    assert shown.count("<tr>") == len(expected["rows"]) + 1


def test_rows_lead_to_the_apps_and_reports_behind_them(lake: Path, reader: Client) -> None:
    exposed = reader.get("/lake/exposure/").content.decode()
    assert "/lake/carriers/?sdk=sdk.counter&amp;told=not_named" in exposed
    (cluster, *_) = twin(reader, "/lake/clusters.json")["rows"]
    assert f"/lake/members/?cluster={cluster['cluster']}" in reader.get("/lake/clusters/").content.decode()
    members = twin(reader, f"/lake/members.json?cluster={cluster['cluster']}")
    assert members["total"] == cluster["apps"]
    key = members["rows"][0]["report"]
    with lakes.open(lake) as opened:
        document_ = opened.document(key)
    assert f"/lake/reports/{key}.json" in reader.get(f"/lake/members/?cluster={cluster['cluster']}").content.decode()
    sent = reader.get(f"/lake/reports/{key}.json")
    assert b"".join(sent.streaming_content) == document_  # type: ignore[attr-defined]
    assert sent.headers["Content-Disposition"].startswith("attachment")
    assert Entry.objects.filter(action="lake.report_downloaded", object=f"lake:{key}").exists()
    assert reader.get(f"/lake/reports/{'f' * 64}.json").status_code == 404


def test_what_an_app_calls_itself_is_text_and_nothing_else(lake: Path, reader: Client) -> None:
    page = reader.get("/lake/ranking/?purpose=act").content.decode()
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page
    sheet = b"".join(reader.get("/lake/ranking.csv?purpose=act").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert [row["label"] for row in rows if "hostile" in row["package"]] == ['<script>alert(1)</script>"\\u202e=1+1']
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_the_command_that_is_told_cannot_do_anything_else(lake: Path, reader: Client) -> None:
    page = reader.get("/lake/ranking/", {"store": "'; rm -rf /; '", "purpose": "act"}).content.decode()
    assert "mingjian lake ask ranking" in page
    assert "--for act" in page
    assert "&#x27;&quot;&#x27;&quot;&#x27;; rm -rf /" in page


def test_an_app_leads_to_the_console_by_its_package_and_by_its_name_apart(lake: Path, reader: Client) -> None:
    with lakes.open(lake) as opened:
        ((same,), (other,)) = opened.query(f"SELECT package FROM apps WHERE period = '{LATER}' ORDER BY report DESC LIMIT 2").rows
    inspected = App.objects.create(package=same, updated_at=clock.now())
    Inspection.objects.create(app=inspected, created_at=clock.now(), package_sha256="7" * 64)
    App.objects.create(package=other, updated_at=clock.now())
    page = reader.get("/lake/plan/?size=100").content.decode()
    assert page.count("this very package was inspected") == 1
    assert page.count("an app of the same package name") == 1
    assert "/inspections/new/?category=map_navigation" in page


def test_what_is_asked_wrongly_is_told_on_the_page(lake: Path, reader: Client) -> None:
    for address, words in (
        ("/lake/members/?cluster=nothing", "have no cluster"),
        ("/lake/carriers/?sdk=a b", "can be no name of an SDK"),
        ("/lake/plan/?half_width=9", "less than or equal to 0.5"),
        ("/lake/ranking/?category=nothing", "nothing is not one of the available choices"),
        ("/lake/ranking/?period=2020H1", "2020H1 is not one of the available choices"),
    ):
        answer = reader.get(address)
        assert answer.status_code == 422, address
        assert words in answer.content.decode(), address
        assert reader.get(address.replace("/?", ".json?")).status_code == 422


def test_without_a_lake_or_with_a_broken_one_a_line_says_so(lake: Path, tmp_path: Path, settings: Any, reader: Client) -> None:
    def told(status: int = 503) -> str:
        answer = reader.get("/lake/ranking/")
        assert answer.status_code == status
        return answer.content.decode()

    settings.LAKE = None
    assert "MINGJIAN_LAKE is not set" in told(404)
    assert reader.get("/lake/").status_code == 200
    settings.LAKE = tmp_path / "nowhere"
    assert "There is no lake in" in told()
    assert not settings.LAKE.exists()
    settings.LAKE = tmp_path / "newer"
    settings.LAKE.mkdir()
    (settings.LAKE / "lake.json").write_text('{"format": "mingjian-lake/9"}')
    assert "mingjian-lake/9" in told()
    settings.LAKE = shutil.copytree(lake, tmp_path / "damaged")
    (settings.LAKE / "manifest.json").write_text("{")
    assert "is damaged" in told()
    settings.LAKE = shutil.copytree(lake, tmp_path / "cut")
    next((settings.LAKE / "tables" / "findings").rglob("*.parquet")).write_bytes(b"PAR1")
    assert "mingjian lake check" in told()


def test_a_question_is_asked_by_a_child_which_ends_in_time_and_within_its_memory(
    built: Path, settings: Any, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LAKE = built
    assert twin(reader, "/lake/exposure.json?limit=2") == _asked(built, "exposure") | {
        "limit": 2,
        "rows": _asked(built, "exposure")["rows"][:2],
    }
    with monkeypatch.context() as patch:
        patch.setattr(asking, "_ENDS_AFTER", 0.01)
        assert "took too long" in reader.get("/lake/clusters/").content.decode()
    monkeypatch.setattr(asking, "MEMORY", 1)
    assert "more memory than it may" in reader.get("/lake/clusters/").content.decode()


def test_a_plan_comes_back_and_is_estimated_as_the_library_does(lake: Path, reader: Client) -> None:
    plan = b"".join(reader.get(f"/lake/plan.csv?period={LATER}&size=30").streaming_content)  # type: ignore[attr-defined]
    given = {"half": LATER, "clause": "law/1.1", "confidence": "0.9"}
    answer = reader.post("/lake/samples/keep/", given | {"file": SimpleUploadedFile("=plan.csv", plan)})
    kept = Sample.objects.get()
    assert answer.headers["Location"] == f"/lake/samples/{kept.pk}/"
    with lakes.open(lake) as opened:
        drawn = questions.read_plan(plan)
        expected = json.loads(json.dumps(document(questions.estimate(opened, drawn, "law/1.1", LATER, 0.9))))
        apps = json.loads(json.dumps(document(questions.sampled_apps(opened, drawn, "law/1.1", LATER))))
    assert twin(reader, f"/lake/samples/{kept.pk}.json") == expected
    assert twin(reader, f"/lake/samples/{kept.pk}.json?apps=1") == apps
    assert f"{expected['summary']['share']:.1%}" in reader.get(f"/lake/samples/{kept.pk}/").content.decode()
    assert (
        next(row["package"] for row in apps["rows"] if "maker" in row["package"])
        in reader.get(f"/lake/samples/{kept.pk}/?apps=1").content.decode()
    )
    assert f"/lake/samples/{kept.pk}/" in reader.get("/lake/samples/").content.decode()
    assert Entry.objects.filter(action="lake.sample_kept", object=f"sample:{kept.pk}").exists()


def test_a_lake_of_one_half_year_is_no_fault_of_who_asks_what_changed(young: Path, reader: Client) -> None:
    page = reader.get("/lake/trend/")
    assert page.status_code == 200
    assert f"it has apps of: {LATER}" in page.content.decode()
    assert reader.get("/lake/trend.json").status_code == 422


def test_what_changed_since_is_asked_of_the_half_year_before_the_one_that_is_looked_at(lake: Path, reader: Client) -> None:
    usual = reader.get("/lake/trend.json").getvalue()
    assert usual == reader.get(f"/lake/trend.json?period={LATER}&earlier={PERIOD}").getvalue()
    page = reader.get(f"/lake/trend/?period={PERIOD}")
    assert page.status_code == 200
    assert f"it has apps of: {PERIOD}, {LATER}" in page.content.decode()
    assert reader.get(f"/lake/trend/?period={PERIOD}&earlier={LATER}").status_code == 422


def test_what_is_no_plan_is_not_kept(lake: Path, reader: Client) -> None:
    given = {"half": LATER, "clause": "law/1.1", "confidence": "0.9"}
    for content, words in ((b"a,b\n1,2\n", "no sampling plan"), (b"\xff\xfe", "no sampling plan")):
        answer = reader.post("/lake/samples/keep/", given | {"file": SimpleUploadedFile("plan.csv", content)})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert not Sample.objects.exists()
