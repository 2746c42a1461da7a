"""The pages of figures: every figure leads to exactly what it counts, and the report goes from draft to published by two people."""

import io
import re
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.figures import drawing, files, views
from mingjian.console.figures import edition as editions
from mingjian.console.figures.definitions import figures
from mingjian.console.figures.models import Edition, Figure
from mingjian.console.market.models import App
from mingjian.console.work.queue import run_due
from tests.console.figures.market import HALF, NOW, build, complaint, inspection, moment


@pytest.fixture
def counted(db: None) -> Edition:
    build()
    with clock.stopped_at(NOW):
        return editions.compute(HALF)


def _ids(client: Client, figure: Figure) -> list[int]:
    found: list[int] = []
    address = figure.counts.replace("/counted/", "/counted.json")
    while True:
        told = client.get(address).json()
        found += told["ids"]
        if not told["next"]:
            return found
        address = f"{address.partition('?')[0]}?{told['next']}"


def test_every_figure_leads_to_exactly_what_it_counts(
    counted: Edition, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    client = signed_in(person("auditor"))
    with clock.stopped_at(NOW):
        for figure in Figure.objects.select_related("edition"):
            ids = _ids(client, figure)
            place = figures().tables[figure.table].of
            assert len(ids) == len(set(ids)) == (figure.base if place else figure.value), figure.counts


def test_what_a_figure_counts_is_shown_with_the_figure(
    counted: Edition, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    client = signed_in(person("auditor"))
    with clock.stopped_at(NOW):
        for table in figures().tables:
            figure = counted.figures.select_related("edition").filter(table=table).first()
            assert figure is not None
            page = client.get(figure.counts)
            assert page.status_code == 200
            assert page.content.count(b"<h1>") == 1


@pytest.mark.parametrize(
    "query", ["", "table=nowhere&column=apps", "table=clauses&column=nothing", "table=overall&row=x&column=apps&after=x"]
)
def test_a_figure_that_does_not_exist_is_not_found(
    query: str, counted: Edition, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    client = signed_in(person("auditor"))
    found = client.get(f"/figures/{HALF}/counted/?{query}")
    assert found.status_code == 404 or b"<td colspan" in found.content
    assert client.get("/figures/2026H3/counted/?table=overall&column=apps").status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_house_reads_drafts_and_the_public_does_not(
    language: str, counted: Edition, client: Client, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    assert client.get(f"/figures/{HALF}/").status_code == 404
    assert client.get(f"/figures/{HALF}.json").status_code == 404
    house = signed_in(person("inspector"))
    house.post("/language/", {"language": language, "next": "/"})
    for path in ("/figures/", f"/figures/{HALF}/", f"/figures/{HALF}/report/"):
        page = house.get(path)
        assert page.status_code == 200
        assert "console.figures" not in page.content.decode()
        assert "style=" not in page.content.decode().replace("font-style=", "")


def test_a_hostile_name_of_a_store_is_only_text(db: None, person: Callable[..., User], signed_in: Callable[..., Client]) -> None:
    hostile = "<script>alert(1)</script>{{7*7}}{overall_apps}"
    for _ in range(3):
        inspection(store=hostile, finished_at=moment("2026-03-02 09:30"))
    with clock.stopped_at(NOW):
        editions.compute(HALF)
    house = signed_in(person("inspector"))
    for path in (f"/figures/{HALF}/", f"/figures/{HALF}/report/"):
        page = house.get(path).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}{overall_apps}" in page


def test_a_report_is_published_by_a_second_person_and_then_stays(
    counted: Edition, monkeypatch: pytest.MonkeyPatch, client: Client, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    wang, li = signed_in(person("publisher", name="wang")), signed_in(person("publisher", name="li"))
    wang.post("/language/", {"language": "en", "next": "/"})
    assert b"second person" in wang.post(f"/figures/{HALF}/propose/", follow=True).content
    assert b"cannot publish" in wang.post(f"/figures/{HALF}/publish/", follow=True).content
    with monkeypatch.context() as without:
        without.setattr(drawing, "drawn", lambda *_: b"")
        files.keep(Edition.objects.get())
    li.post(f"/figures/{HALF}/publish/")
    published = Edition.objects.get()
    assert published.published_by is not None
    assert published.published_by.username == "li"
    draft = client.get(f"/figures/{HALF}/report/")
    assert draft.status_code == 200
    App.objects.update(label="changed")
    inspection({"cac-2019/3.1": "violated"}, {"permission": ("permission.camera.CAMERA",)})
    with clock.stopped_at(NOW):
        later = editions.compute(HALF)
    assert later.corrects == published
    assert client.get(f"/figures/{HALF}/report/").content.count(published.audit_digest.encode()) == 1
    assert b"figures.proposed" in wang.get(f"/figures/{HALF}/changes/").content
    assert client.get(f"/figures/{HALF}/changes/").status_code == 404


def test_the_files_of_a_report_hold_what_the_page_shows(
    counted: Edition, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    files.keep(counted)
    counted.refresh_from_db()
    house = signed_in(person("auditor"))
    fetched: dict[str, Any] = {
        each.name: b"".join(house.get(f"/figures/{HALF}/files/{each.name}").streaming_content) for each in files.to_fetch(counted)
    }
    assert {f"{HALF}.zh.xlsx", f"{HALF}.en.xlsx"} <= set(fetched)
    strings = ZipFile(io.BytesIO(fetched[f"{HALF}.en.xlsx"]))
    text = "".join(strings.read(name).decode() for name in strings.namelist() if "sheet" in name or "shared" in name)
    apps = counted.figures.get(table="overall", column="apps")
    assert "Some clause violated" in text
    assert re.search(rf"<v>{apps.value:.0f}</v>", text)
    assert house.get(f"/figures/{HALF}/files/..%2F..%2Fkeys").status_code == 404
    if f"{HALF}.zh.pdf" in fetched:
        assert fetched[f"{HALF}.zh.pdf"].startswith(b"%PDF")


def test_a_person_of_one_body_sees_of_what_is_counted_only_that_bodys(
    counted: Edition, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    own = inspection({"cac-2019/3.1": "violated"}, {"permission": ("permission.camera.CAMERA",)}, body="miit")
    client = signed_in(person("inspector", body="miit"))
    with clock.stopped_at(NOW):
        for place in (
            "table=overall&column=apps",
            "table=permission_spread&row=1&column=apps",
            "table=clauses&row=cac-2019%2F3.1&column=violated",
        ):
            assert client.get(f"/figures/{HALF}/counted.json?{place}").json()["ids"] == [own.pk]
        facts = client.get(f"/figures/{HALF}/counted.json?table=overall&column=permission").json()
        assert facts["ids"] == list(own.facts.filter(kind="permission").values_list("pk", flat=True))
        assert client.get(f"/figures/{HALF}/counted.json?table=cases&column=opened").json()["ids"] == []
        theirs = complaint(body="cac")
        assert theirs.pk not in client.get(f"/figures/{HALF}/counted.json?table=complaints&column=received").json()["ids"]


@pytest.mark.parametrize(
    "address", ["%00/", "%00.json", "2026H3/", "2026H1%00/report/", "2026H1/files/%00", "%00/changes/", "%00/counted/"]
)
def test_an_address_that_names_no_half_year_is_not_found(
    address: str, db: None, client: Client, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    for reader in (client, signed_in(person("inspector"))):
        assert reader.get(f"/figures/{address}").status_code in (400, 404)


@pytest.mark.parametrize("place", ["", "report/"])
def test_a_draft_that_makes_way_while_it_is_read_shows_its_successor(
    place: str, person: Callable[..., User], signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    inspection()
    with clock.stopped_at(NOW):
        gone = editions.compute(HALF)
        inspection()
        newer = editions.compute(HALF)
    assert not Edition.objects.filter(pk=gone.pk).exists()
    found = iter([gone, newer])
    monkeypatch.setattr(views, "_edition", lambda request, half: next(found))
    page = signed_in(person("inspector")).get(f"/figures/{HALF}/{place}")
    assert page.status_code == 200


def test_charts_are_drawn_once_by_the_worker_and_stand_beside_their_tables(
    person: Callable[..., User], signed_in: Callable[[User], Client]
) -> None:
    for _ in range(figures().least_base):
        inspection({"cac-2019/3.1": "violated"}, {"permission": ("permission.camera.CAMERA",)})
    with clock.stopped_at(NOW):
        edition = editions.compute(HALF)
        client = signed_in(person("inspector"))
        assert 'role="img"' not in client.get(f"/figures/{HALF}/").content.decode()
        run_due()
        drawn = set(edition.charts.values_list("exhibit", "lang", "pk"))
        assert {("clauses-clauses", "zh"), ("permissions-permissions", "en")} <= {each[:2] for each in drawn}
        page = client.get(f"/figures/{HALF}/").content.decode()
        pictures = re.findall(r'<figure role="img" aria-label="([^"]+)"><svg', page)
        # Of what is drawn twice, in two sections of the report, one stands in the page of tables.
        assert len(pictures) == len({exhibit.partition("-")[2] for exhibit, lang, _ in drawn if lang == "zh"})
        # Nothing has changed, so nothing is drawn again.
        editions.compute(HALF)
        run_due()
        assert set(edition.charts.values_list("exhibit", "lang", "pk")) == drawn
