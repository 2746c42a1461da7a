"""The pages of inspections and apps, in both languages: shown, filtered, escaped, closed to others, at a constant number of queries."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.inspections.decisions import Wish, check, decide
from mingjian.console.inspections.file import About, Files, receive
from mingjian.console.inspections.models import Decision, Inspection, Material
from mingjian.console.market.models import App, Operator
from mingjian.console.work.queue import run_due
from mingjian.model.types import Report

Made = Callable[..., Inspection]
SignedIn = Callable[[User], Client]
CLAUSE = "cac-2019/3.1"
LABEL = '<script>alert("app")</script>'


class _Ids(HTMLParser):
    """What of a page must be unique or must lead somewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.inputs: set[str] = set()
        self.headings = 0
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("id"):
            self.ids.append(str(told["id"]))
        self.headings += tag == "h1"
        if tag == "label" and told.get("for"):
            self.labels.add(str(told["for"]))
        if tag in ("input", "select", "textarea") and told.get("type") not in ("hidden", "radio", "checkbox") and told.get("id"):
            self.inputs.add(str(told["id"]))
        if tag == "script" and not told.get("src"):
            self.inline.append(tag)
        self.inline += [name for name in told if name == "style" or name.startswith("on")]


def _text(client: Client, address: str, language: str = "en") -> str:
    client.cookies["django_language"] = "zh-hans" if language == "zh" else "en"
    page = client.get(address, HTTP_ACCEPT_LANGUAGE=language)
    assert page.status_code == 200, address
    text = page.content.decode()
    found = _Ids(text)
    assert len(found.ids) == len(set(found.ids)), address
    assert found.headings == 1, address
    assert not found.inline, address
    return text


def _addresses(found: Inspection) -> list[str]:
    return [
        reverse("inspections:list"),
        reverse("inspections:new"),
        reverse("inspections:batch"),
        reverse("inspections:detail", args=[found.pk]),
        reverse("inspections:finding", args=[found.pk, CLAUSE]),
        reverse("inspections:finding", args=[found.pk, "cac-2019/2.4"]),
        reverse("inspections:compare", args=[found.pk]),
        reverse("apps:list"),
        reverse("apps:detail", args=[found.app_id]),
        reverse("apps:operators"),
    ]


def test_from_upload_to_the_page_of_a_finding(inspector: User, demo_files: Files, signed_in: SignedIn) -> None:
    client = signed_in(inspector)
    files = {kind: [SimpleUploadedFile(name, b"".join(content)) for name, content in rows] for kind, rows in demo_files.items()}
    sent = client.post(reverse("inspections:new"), {**files, "category": "food_delivery", "store": "Store A"})
    found = Inspection.objects.get()
    assert sent["Location"] == reverse("inspections:detail", args=[found.pk])
    assert "Waiting in the queue" in _text(client, sent["Location"])
    assert "hx-get" in client.get(reverse("inspections:progress", args=[found.pk])).content.decode()
    run_due()
    assert client.get(reverse("inspections:progress", args=[found.pk]))["HX-Refresh"] == "true"
    page = _text(client, sent["Location"])
    assert "快吃外卖" in page
    finding = _text(client, reverse("inspections:finding", args=[found.pk, CLAUSE]))
    # PLANTED.md: Umeng reads the Android ID before anybody agrees, and the run saw the call.
    assert "Android ID" in finding
    assert "run:" in finding
    assert "违反" in _text(client, reverse("inspections:finding", args=[found.pk, CLAUSE]), "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_in_both_languages(
    inspected: Made, demo_report: Report, inspector: User, signed_in: SignedIn, language: str
) -> None:
    inspected(about=About(operator="Company A"))
    with clock.stopped_at(clock.now() + timedelta(days=1)):
        found = inspected(replace(demo_report, findings=demo_report.findings[:1] + demo_report.findings[1:]))
    for address in _addresses(found):
        text = _text(signed_in(inspector), address, language)
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in text


def test_every_input_of_the_upload_has_its_label(inspector: User, signed_in: SignedIn) -> None:
    for name in ("inspections:new", "inspections:batch"):
        found = _Ids(_text(signed_in(inspector), reverse(name)))
        assert found.inputs <= found.labels


def test_words_of_others_come_out_escaped(inspected: Made, demo_report: Report, inspector: User, signed_in: SignedIn) -> None:
    evil = "<img src=x onerror=alert(1)>"
    observations = tuple(
        replace(item, evidence=tuple(replace(each, excerpt=evil, locator=evil) for each in item.evidence))
        for item in demo_report.observations
    )
    subject = replace(demo_report.subject, label=LABEL, version=LABEL, operator=LABEL)
    found = inspected(replace(demo_report, subject=subject, observations=observations), about=About(store=LABEL, region=LABEL))
    decide(found, Wish(CLAUSE, Decision.Kind.CONFIRMED, reason=evil), inspector)
    for address in _addresses(found):
        page = signed_in(inspector).get(address).content.decode()
        assert LABEL not in page, address
        assert evil not in page, address
    assert "&lt;img src=x" in signed_in(inspector).get(reverse("inspections:finding", args=[found.pk, CLAUSE])).content.decode()


def test_the_list_is_filtered(inspected: Made, demo_report: Report, inspector: User, signed_in: SignedIn) -> None:
    found = inspected(about=About(store="Store A"))
    satisfied = tuple(replace(row, verdict="satisfied", hits=()) for row in demo_report.findings)
    subject = replace(demo_report.subject, package="com.example.other", label="Other", category="map_navigation")
    other = inspected(replace(demo_report, findings=satisfied, subject=subject), about=About(store="Store B"))
    client = signed_in(inspector)

    def shown(query: str) -> set[int]:
        return {row["id"] for row in client.get(f"{reverse('inspections:list_json')}?{query}").json()["inspections"]}

    both, none = {found.pk, other.pk}, set[int]()
    assert {
        query: shown(query)
        for query in (
            "",
            "text=other",
            "text=com.example.OTHER",
            "state=done",
            "state=failed",
            "verdict=violated",
            "clause=3.1",
            "clause=3.1&verdict=satisfied",
            "category=map_navigation",
            "store=Store+B",
            "half=2026h2",
            "half=2026H1",
            "half=rubbish",
            "verdict=rubbish",
            f"app={found.app_id}",
        )
    } == {
        "": both,
        "text=other": {other.pk},
        "text=com.example.OTHER": {other.pk},
        "state=done": both,
        "state=failed": none,
        "verdict=violated": {found.pk},
        "clause=3.1": {found.pk},
        "clause=3.1&verdict=satisfied": {other.pk},
        "category=map_navigation": {other.pk},
        "store=Store+B": {other.pk},
        "half=2026h2": both,
        "half=2026H1": none,
        "half=rubbish": both,
        "verdict=rubbish": both,
        f"app={found.app_id}": {found.pk},
    }


def test_the_clause_table_is_filtered(inspected: Made, inspector: User, signed_in: SignedIn) -> None:
    found = inspected()
    address = reverse("inspections:detail_json", args=[found.pk])
    rows = signed_in(inspector).get(f"{address}?verdict=violated&chapter=3").json()["findings"]
    assert rows
    assert all(row["verdict"] == "violated" and row["clause"].startswith("cac-2019/3.") for row in rows)
    assert len(signed_in(inspector).get(address).json()["findings"]) == 31


def test_the_report_is_sent_as_it_is_stored(inspected: Made, inspector: User, signed_in: SignedIn) -> None:
    found = inspected()
    client = signed_in(inspector)
    for format in ("html", "json", "sarif"):
        sent = client.get(reverse("inspections:report", args=[found.pk, format]))
        assert sent["Content-Disposition"].startswith("attachment")
        assert sent["X-Content-Type-Options"] == "nosniff"
        content = b"".join(sent.streaming_content)  # type: ignore[attr-defined]
        assert len(content) > 10_000
        assert (content == vault.read(found.report_sha256)) == (format == "json")
    assert client.get(reverse("inspections:report", args=[found.pk, "exe"])).status_code == 404


def test_only_a_real_picture_is_sent_as_one(inspector: User, signed_in: SignedIn) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    files = {
        "package": [("a.apk", [b"PK\x03\x04" + b"\0" * 26])],
        "run": [
            ("real.png", [picture.getvalue()]),
            ("cut.png", [picture.getvalue()[:40]]),
            ("script.png", [b"<svg onload=alert(1)>"]),
        ],
    }
    found = receive(inspector, files)
    types = {
        each.name: signed_in(inspector).get(reverse("inspections:material", args=[found.pk, each.pk]))["Content-Type"]
        for each in found.materials.all()
    }
    plain = "application/octet-stream"
    assert types == {"a.apk": plain, "real.png": "image/png", "cut.png": plain, "script.png": plain}


def test_a_screenshot_stands_beside_its_screen(inspected: Made, demo_report: Report, inspector: User, signed_in: SignedIn) -> None:
    found = inspected()
    hit = next(row for row in demo_report.findings if row.clause == CLAUSE).hits[0]
    screen = demo_report.observations[hit.observations[0]].evidence[0].artifact
    rows = (("home.xml", screen), ("home.png", "a" * 64), ("other.png", "b" * 64))
    materials = [Material.objects.create(inspection=found, kind="run", name=name, sha256=sha256, size=1) for name, sha256 in rows]
    page = _text(signed_in(inspector), reverse("inspections:finding", args=[found.pk, CLAUSE]))
    assert f'src="{reverse("inspections:material", args=[found.pk, materials[1].pk])}"' in page
    assert reverse("inspections:material", args=[found.pk, materials[2].pk]) not in page


def test_decisions_are_made_on_the_pages(inspected: Made, inspector: User, reviewer: User, signed_in: SignedIn) -> None:
    found = inspected()
    run_due()
    finding = reverse("inspections:finding", args=[found.pk, CLAUSE])
    decide_at = reverse("inspections:decide", args=[found.pk, CLAUSE])
    mine, other = signed_in(inspector), signed_in(reviewer)
    for client in (mine, other):
        client.cookies["django_language"] = "en"
    assert "give the reason" in mine.post(decide_at, {"kind": "dismissed", "expires_on": "2026-10-01"}, follow=True).content.decode()
    assert not Decision.objects.exists()
    mine.post(decide_at, {"kind": "dismissed", "expires_on": "2026-10-01", "reason": "Consent was given in the shop"})
    waiting = Decision.objects.get()
    assert "Confirm the dismissal" not in _text(mine, finding)
    assert "Confirm the dismissal" in _text(other, finding)
    assert mine.post(reverse("inspections:check", args=[found.pk, waiting.pk]), {"answer": "yes"}).status_code == 403
    other.post(reverse("inspections:check", args=[found.pk, waiting.pk]), {"answer": "yes"})
    rows = {row["clause"]: row["decided"] for row in mine.get(reverse("inspections:detail_json", args=[found.pk])).json()["findings"]}
    assert rows[CLAUSE] == {"dismissed": found.hits.filter(clause=CLAUSE).count()}
    assert mine.post(reverse("inspections:conclude", args=[found.pk]), follow=True).content.decode().count("undecided")
    for row in found.findings.filter(verdict__in=("violated", "suspected")).exclude(clause=CLAUSE):
        mine.post(reverse("inspections:decide", args=[found.pk, row.clause]), {"kind": "confirmed"})
    mine.post(reverse("inspections:conclude", args=[found.pk]))
    assert "Confirm</button>" not in _text(mine, finding)
    other.post(reverse("inspections:countersign", args=[found.pk]), {"answer": "yes"})
    found.refresh_from_db()
    assert found.countersigned_by == reviewer
    assert f"{reverse('cases:open')}?inspection={found.pk}" in _text(mine, reverse("inspections:detail", args=[found.pk]))


def test_a_checklist_is_answered_on_the_page(inspected: Made, inspector: User, signed_in: SignedIn) -> None:
    found = inspected()
    run_due()
    client = signed_in(inspector)
    client.post(reverse("inspections:answer", args=[found.pk, "cac-2019/2.4"]), {"q-jargon": "yes", "q-padded": "", "note": "Page 3"})
    finding = reverse("inspections:finding", args=[found.pk, "cac-2019/2.4"])
    assert "being judged again" in _text(client, finding).lower() or "Judging again" in _text(client, finding)
    run_due()
    page = _text(client, finding)
    assert "Page 3" in page
    assert found.findings.get(clause="cac-2019/2.4").verdict == "violated"


def test_a_refused_upload_is_told_beside_the_form(inspector: User, signed_in: SignedIn, settings: Settings) -> None:
    client = signed_in(inspector)
    client.cookies["django_language"] = "en"
    sent = client.post(reverse("inspections:new"), {"package": SimpleUploadedFile("<b>x.apk", b"\x7fELF")})
    assert sent.status_code == 422
    assert "&lt;b&gt;x.apk is no package" in sent.content.decode()
    assert client.post(reverse("inspections:new"), {}).status_code == 422
    assert not Inspection.objects.exists()


@pytest.mark.parametrize("name", ["inspections:new", "inspections:batch"])
def test_a_request_that_is_too_large_is_not_read(
    name: str, inspector: User, signed_in: SignedIn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.UPLOAD_LIMIT = 1 << 20
    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", lambda *_, **__: pytest.fail("a file was written"))
    large = {"package": SimpleUploadedFile("a.apk", b"PK\x03\x04" + b"\0" * (3 << 20))}
    sent = signed_in(inspector).post(reverse(name), large)
    assert sent.status_code == 413
    assert "1 MB" in sent.content.decode()
    small = {"package": SimpleUploadedFile("a.apk", b"PK\x03\x04")}
    assert Client().post(reverse(name), small).status_code == 302


def test_a_forged_upload_is_refused(inspector: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(inspector, backend="django.contrib.auth.backends.ModelBackend")
    for name in ("inspections:new", "inspections:batch"):
        assert client.post(reverse(name), {"package": SimpleUploadedFile("a.apk", b"PK\x03\x04")}).status_code == 403
    assert not Inspection.objects.exists()


def test_a_batch_takes_what_is_right_and_tells_the_rest(inspector: User, signed_in: SignedIn) -> None:
    client = signed_in(inspector)
    client.cookies["django_language"] = "en"
    good = [SimpleUploadedFile(f"{number}.apk", b"PK\x03\x04" + bytes([number]) * 30) for number in range(3)]
    sent = client.post(
        reverse("inspections:batch"), {"name": "September", "package": [*good, SimpleUploadedFile("bad.apk", b"GIF89a")]}, follow=True
    )
    page = sent.content.decode()
    assert "3 inspections were taken in" in page
    assert "bad.apk is no package" in page
    assert set(Inspection.objects.values_list("batch__name", "source")) == {("September", "batch")}
    assert Inspection.objects.count() == 3


def test_another_bodys_inspection_is_not_there(inspected: Made, person: Callable[..., User], signed_in: SignedIn) -> None:
    found = inspected(body="miit")
    material = found.materials.get().pk
    names: list[tuple[str, list[Any]]] = [
        ("detail", [found.pk]),
        ("detail_json", [found.pk]),
        ("progress", [found.pk]),
        ("finding", [found.pk, CLAUSE]),
        ("compare", [found.pk]),
        ("report", [found.pk, "json"]),
        ("material", [found.pk, material]),
    ]
    acts: list[tuple[str, list[Any]]] = [("conclude", [found.pk]), ("decide", [found.pk, CLAUSE]), ("answer", [found.pk, CLAUSE])]
    own, foreign, whole = (person("inspector", name=name, body=body) for name, body in (("a", "miit"), ("b", "cac"), ("c", "")))
    for name, arguments in names:
        address = reverse(f"inspections:{name}", args=arguments)
        assert signed_in(foreign).get(address).status_code == 404, name
        assert signed_in(own).get(address).status_code == 200, name
        assert signed_in(whole).get(address).status_code == 200, name
    for name, arguments in acts:
        assert signed_in(foreign).post(reverse(f"inspections:{name}", args=arguments)).status_code == 404, name
    assert signed_in(foreign).get(reverse("inspections:list_json")).json()["inspections"] == []
    assert signed_in(foreign).get(reverse("apps:detail", args=[found.app_id])).status_code == 404
    assert signed_in(own).get(reverse("apps:detail", args=[found.app_id])).status_code == 200


@pytest.mark.parametrize("role", ["operator", "administrator"])
def test_who_is_not_of_the_house_reads_nothing(role: str, inspected: Made, person: Callable[..., User], signed_in: SignedIn) -> None:
    found = inspected()
    user = person(role, operator=Operator.objects.create(name="X") if role == "operator" else None)
    assert all(signed_in(user).get(address).status_code == 403 for address in _addresses(found))
    assert not Inspection.objects.visible_to(user).exists()
    assert not App.objects.visible_to(user).exists()


def test_a_lost_report_is_told_and_breaks_no_page(inspected: Made, inspector: User, signed_in: SignedIn) -> None:
    found = inspected()
    Inspection.objects.update(report_sha256="0" * 64)
    client = signed_in(inspector)
    assert "gone from the vault" in _text(client, reverse("inspections:detail", args=[found.pk]))
    assert client.get(reverse("inspections:finding", args=[found.pk, CLAUSE])).status_code == 404
    assert client.get(reverse("inspections:report", args=[found.pk, "json"])).status_code == 404


def _crowd(inspector: User, number: int) -> None:
    now = clock.now()
    for each in range(number):
        operator = Operator.objects.create(name=f"Company {each}")
        app = App.objects.create(package=f"com.example.n{each}", operator=operator, updated_at=now)
        Inspection.objects.create(app=app, created_at=now, created_by=inspector, state="done", label=f"App {each}", finished_at=now)


@pytest.mark.parametrize("name", ["inspections:list", "inspections:list_json", "apps:list", "apps:operators"])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    name: str, inspector: User, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(inspector)
    _crowd(inspector, 3)
    client.get(reverse(name))
    with django_assert_num_queries(10, exact=False) as few:
        client.get(reverse(name))
    Inspection.objects.all().delete()
    App.objects.all().delete()
    Operator.objects.all().delete()
    _crowd(inspector, 60)
    with django_assert_num_queries(len(few.captured_queries)):
        client.get(reverse(name))


@pytest.mark.parametrize("name", ["detail", "finding", "compare"])
def test_the_number_of_queries_does_not_grow_with_what_was_found(
    name: str,
    inspected: Made,
    demo_report: Report,
    inspector: User,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    one = tuple(replace(row, hits=row.hits[:1]) for row in demo_report.findings)
    inspected()
    client = signed_in(inspector)
    counts = []
    for report, decided in ((replace(demo_report, findings=one), 1), (demo_report, 20)):
        with clock.stopped_at(clock.now() + timedelta(days=decided)):
            found = inspected(report)
        for _ in range(decided):
            decide(found, Wish(CLAUSE, Decision.Kind.CONFIRMED), inspector)
        address = reverse(f"inspections:{name}", args=[found.pk, CLAUSE] if name == "finding" else [found.pk])
        client.get(address)
        with django_assert_num_queries(25, exact=False) as captured:
            assert client.get(address).status_code == 200
        counts.append(len(captured.captured_queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("clause", ["cac-2019%2F3.1%00", "%00/3.1"])
def test_an_address_that_names_no_clause_is_not_found(inspected: Made, inspector: User, signed_in: SignedIn, clause: str) -> None:
    found, client = inspected(), signed_in(inspector)
    assert client.get(f"/inspections/{found.pk}/clauses/{clause}/").status_code in (400, 404)
    assert client.post(f"/inspections/{found.pk}/clauses/{clause}/decide/", {"kind": "confirmed"}).status_code in (400, 404)


def test_a_dismissal_by_another_body_is_not_shown(
    inspected: Made, inspector: User, reviewer: User, signed_in: SignedIn, person: Callable[..., User]
) -> None:
    of_cac, of_miit = inspected(body="cac"), inspected(body="miit")
    hit = of_cac.hits.filter(clause=CLAUSE).first()
    check(
        decide(of_cac, Wish(CLAUSE, Decision.Kind.DISMISSED, hit.fingerprint, "Seen by us only", clock.today()), inspector), True, reviewer
    )
    address = reverse("apps:detail", args=[of_miit.app_id])
    assert "Seen by us only" in _text(signed_in(inspector), address)
    assert "Seen by us only" not in _text(signed_in(person("inspector", name="zhao", body="miit")), address)
