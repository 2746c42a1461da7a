"""Attacks on every address of the authorisation table, so that a new page is attacked too: each is tried, each is refused."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.complaints import limits, receipts
from mingjian.console.complaints.intake import Told, take
from mingjian.console.complaints.models import Complaint
from mingjian.console.inspections.models import Hit, Inspection
from mingjian.console.market.models import App, Operator
from mingjian.console.notices.models import Publication
from tests.console.access.test_doors import ROWS, Row
from tests.console.access.world import World, make
from tests.console.conftest import PASSWORD

SCRIPT = "<script>alert(1)</script>"
MARKS = (SCRIPT, '"><img src=x onerror=alert(1)>', "';alert(1)//", "{{7*7}}", "{% load x %}")
SQL = ("' OR '1'='1'; DROP TABLE audit_entry--\\%\u202e[]", "\x00", "99999999999999999999")


@pytest.fixture
def world(db: None) -> Iterator[World]:
    made = make()
    with clock.stopped_at(made.at):
        yield made


def _opening(method: str) -> Iterator[tuple[Row, str]]:
    """Each page of ours with a role that may open it."""
    order = ("inspector", "administrator", "publisher", "reviewer", "auditor", "operator")
    columns = ("anonymous", "operator", "inspector", "reviewer", "publisher", "auditor", "administrator")
    for row in ROWS:
        if row.method == method and not row.address.startswith("/api/v1/"):
            role = next((role for role in order if row.own[columns.index(role)] not in {"in", "401", "403", "404"}), None)
            if role is not None:
                yield row, role


def test_no_form_is_taken_from_another_site(world: World) -> None:
    wrong = []
    for row, role in _opening("POST"):
        with transaction.atomic():
            answer = world.client(role, enforce_csrf_checks=True).post(row.address.format(**world.own[role]))
            transaction.set_rollback(True)
        # A page of a library may send elsewhere before it looks at the form at all.
        if answer.status_code != 403 and not (answer.status_code == 302 and row.name.startswith(("mfa_", "account_", "admin:"))):
            wrong.append(f"{row.name}: {answer.status_code}")
    assert wrong == []


def test_filters_take_anything_and_give_no_script_back(world: World) -> None:
    wrong = []
    for row, role in _opening("GET"):
        client, address = world.client(role), row.address.format(**world.own[role]).partition("?")[0]
        plain = client.get(address)
        if plain.streaming or not plain.headers["Content-Type"].startswith(("text/html", "application/json")):
            continue
        page = b"" if plain.streaming else plain.content
        names = set(re.findall(rb'name="([a-z_]{1,40})"', page)) - {b"csrfmiddlewaretoken", b"viewport", b"next", b"language"} | {
            b"after",
            b"page",
        }
        for value in ("".join(MARKS), *SQL):
            query = "&".join(f"{name.decode()}={quote(value)}" for name in sorted(names))
            answer = client.get(f"{address}?{query}")
            if answer.status_code >= 500 and answer.status_code != 503:
                wrong.append(f"{row.name} {value[:20]!r}: {answer.status_code}")
            elif not answer.streaming and answer.headers["Content-Type"].startswith("text/html"):
                body = answer.content.decode()
                if SCRIPT in body or "<img src=x" in body:
                    wrong.append(f"{row.name}: gives {value[:20]!r} back")
            if not answer.streaming and answer.status_code >= 500:
                break
    assert wrong == []


def test_no_stored_text_becomes_a_script(world: World) -> None:
    evil = MARKS[0] + MARKS[1]
    App.objects.update(label=evil)
    for number, operator in enumerate(Operator.objects.all()):
        Operator.objects.filter(pk=operator.pk).update(name=f"{evil}{number}", region=SCRIPT)
    Inspection.objects.update(label=evil, version=evil, store=SCRIPT, operator=evil)
    Hit.objects.update(line=evil)
    Publication.objects.update(label=evil, package=evil, version=evil, operator=evil, store=SCRIPT, withdrawal=evil)
    Complaint.objects.update(app_name=evil, version=evil, store=SCRIPT)
    take(Told(evil[:200], evil, version=evil[:100], store=SCRIPT, device=evil[:120], name=SCRIPT, contact=SCRIPT, may_contact=True))
    for case in world.people["operator"].operator.cases.all() if world.people["operator"].operator else ():
        case.problems.update(zh=evil, en=evil)
    wrong = []
    for row, role in _opening("GET"):
        answer = world.client(role).get(row.address.format(**world.own[role]))
        if answer.streaming or not answer.headers["Content-Type"].startswith(("text/html", "image/svg")):
            continue
        body = answer.content.decode()
        if SCRIPT in body or "<img src=x" in body or answer.status_code >= 500:
            wrong.append(f"{row.name}: {answer.status_code}")
    assert wrong == []


def test_every_answer_carries_its_shields(world: World) -> None:
    wrong = []
    for row, role in [*_opening("GET"), *_opening("POST")]:
        with transaction.atomic():
            answer = world.client(role).generic(row.method, row.address.format(**world.own[role]))
            transaction.set_rollback(True)
        policy = answer.headers.get("Content-Security-Policy", "")
        missing = [
            name
            for name, there in (
                ("policy", "default-src 'self'" in policy or "default-src 'none'" in policy),
                ("inline", "unsafe" not in policy),
                ("frame", answer.headers.get("X-Frame-Options") == "DENY" or "sandbox" in policy),
                ("nosniff", answer.headers.get("X-Content-Type-Options") == "nosniff"),
            )
            if not there
        ]
        if missing:
            wrong.append(f"{row.name} {row.method}: {missing}")
    assert wrong == []


def test_faults_carry_the_shields_too_and_tell_nothing_of_the_machine(world: World) -> None:
    stranger, inspector = Client(raise_request_exception=False), world.client("inspector")
    for client, path, status in (
        (stranger, "/nowhere", 404),
        (stranger, "/cases/", 302),
        (inspector, "/people/", 403),
        (stranger, "/api/v1/cases", 401),
        (inspector, "/api/v1/nowhere", 404),
        (inspector, "/nowhere.json", 404),
    ):
        answer = client.get(path)
        assert answer.status_code == status, path
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        body = answer.content.decode().replace("django_htmx", "")
        for word in ("Traceback", "django", "Django", "/src/", "site-packages", "psycopg", "sqlite"):
            assert word not in body, path
        assert not {"Server", "X-Powered-By"} & set(answer.headers)


def test_a_fault_of_ours_shows_no_traceback(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail at /some/path")

    monkeypatch.setattr("mingjian.console.audit.views.head", broken)
    monkeypatch.setattr("mingjian.console.api.interface.owner", broken)
    page = world.client("auditor").get("/audit/")
    told = Client(raise_request_exception=False).get("/api/v1/cases", headers={"authorization": f"Bearer {world.keys['auditor']}"})
    assert (page.status_code, told.status_code) == (500, 500)
    assert "secret detail" not in page.content.decode() + told.content.decode()
    assert told.json()["error"]["status"] == 500


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "https:evil.example"]
)
def test_no_way_leads_out_of_the_house(next_page: str, person: Callable[..., User], client: Client) -> None:
    person("inspector")
    chosen = client.post("/language/", {"language": "en", "next": next_page})
    signed = client.post(f"/accounts/login/?next={quote(next_page)}", {"login": "inspector", "password": PASSWORD, "next": next_page})
    out = client.post("/accounts/logout/", {"next": next_page})
    for answer in (chosen, signed, out):
        assert answer.status_code == 302
        assert "evil" not in answer.headers["Location"]
        assert "javascript" not in answer.headers["Location"]


@pytest.mark.parametrize("host", ["evil.example", "testserver@evil.example", "testserver:80@evil.example", "evil.example#testserver"])
def test_another_host_is_refused_everywhere(host: str, db: None, client: Client) -> None:
    for path in ("/", "/accounts/login/", "/api/v1/notices", "/health"):
        answer = client.get(path, HTTP_HOST=host)
        assert answer.status_code == 400
        assert "evil" not in answer.content.decode()


def test_cookies_are_for_this_site_and_no_script(person: Callable[..., User], client: Client) -> None:
    person("inspector")
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": "inspector", "password": PASSWORD})
    client.post("/language/", {"language": "en", "next": "/"})
    for name in ("sessionid", "csrftoken", "django_language"):
        assert client.cookies[name]["httponly"], name
        assert client.cookies[name]["samesite"] in {"Lax", "Strict"} or name == "django_language"


@override_settings(
    SESSION_COOKIE_SECURE=True,
    CSRF_COOKIE_SECURE=True,
    LANGUAGE_COOKIE_SECURE=True,
    SECURE_HSTS_SECONDS=31_536_000,
    SECURE_SSL_REDIRECT=False,
)
def test_over_tls_no_cookie_goes_over_anything_else(person: Callable[..., User], client: Client) -> None:
    person("inspector")
    client.get("/accounts/login/", secure=True)
    answer = client.post("/accounts/login/", {"login": "inspector", "password": PASSWORD}, secure=True)
    client.post("/language/", {"language": "en", "next": "/"}, secure=True)
    assert all(client.cookies[name]["secure"] for name in ("sessionid", "csrftoken", "django_language"))
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_no_path_leads_to_another_file(world: World) -> None:
    for path in (
        "/inspections/{inspection}/report.../../etc/passwd",
        "/inspections/{inspection}/files/..%2f..%2fkeys%2fweb/",
        "/figures/{half}/files/..%2f..%2fkeys%2fweb",
        "/figures/..%2f..%2fetc/files/passwd",
        "/cases/documents/{document}/..%2f..%2fkeys.pdf",
        "/inspections/{inspection}/clauses/../../../etc/passwd/",
        "/static/..%2f..%2fsettings.py",
        "/static/../settings.py",
        "/static/%2e%2e/%2e%2e/home.py",
    ):
        answer = world.client("inspector").get(path.format(**world.own["inspector"]))
        assert answer.status_code in {400, 403, 404}, path


def test_a_method_in_a_header_is_not_the_method(world: World) -> None:
    client = world.client("inspector", enforce_csrf_checks=True)
    for header in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        assert client.get("/people/me/", headers={header: "POST"}).status_code == 200
        assert client.get("/people/me/sessions", headers={header: "POST"}).status_code == 405
    assert client.post("/people/me/sessions", {"_method": "GET"}).status_code == 403


def test_bodies_and_fields_have_limits(world: World) -> None:
    client = world.client("inspector")
    many = client.post("/people/me/tokens/", {f"field{number}": "x" for number in range(3000)})
    assert many.status_code == 400
    large = client.post("/people/me/tokens/", {"name": "x" * 5_000_000})
    assert large.status_code in {400, 413}
    wide = client.post(
        "/api/v1/cases/1/events",
        "[" * 100_000,
        content_type="application/json",
        headers={"authorization": f"Bearer {world.keys['inspector']}"},
    )
    assert wide.status_code in {400, 422}


def test_what_does_not_exist_looks_like_what_is_not_ones_own(world: World) -> None:
    client = world.client("operator")
    foreign = client.get(f"/portal/{world.foreign['operator']['case']}/")
    nothing = client.get("/portal/987654321/")
    assert (foreign.status_code, nothing.status_code) == (404, 404)
    assert re.sub(r"/portal/\d+/", "", _without_tokens(foreign.content)) == re.sub(r"/portal/\d+/", "", _without_tokens(nothing.content))


def _without_tokens(page: bytes) -> str:
    return re.sub(r'(value|hx-headers)=(["\']).*?\2', "", page.decode())


def test_receipt_codes_cannot_be_tried_out(world: World, client: Client) -> None:
    statuses = [client.post("/complaints/follow/", {"code": receipts.fresh()}).status_code for _ in range(limits.MOST[limits.GUESS][0] + 1)]
    assert statuses == [404] * (len(statuses) - 1) + [429]


def test_extra_fields_of_a_form_change_nothing(world: World) -> None:
    user = world.people["inspector"]
    extra = {
        "is_staff": "1",
        "is_superuser": "1",
        "groups": "1",
        "roles": "administrator",
        "body": "",
        "operator": "1",
        "owner": "1",
        "user": "1",
    }
    for row, role in _opening("POST"):
        if role == "inspector":
            with transaction.atomic():
                world.client(role).post(row.address.format(**world.own[role]), extra)
                user.refresh_from_db()
                assert (user.is_staff, user.is_superuser, user.body) == (False, False, "cac"), row.name
                assert set(user.groups.values_list("name", flat=True)) == {"inspector"}, row.name
                transaction.set_rollback(True)


def test_the_door_of_the_framework_asks_for_the_second_factor_too(world: World) -> None:
    client = world.client("administrator")
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        assert client.get(reverse("admin:index")).headers["Location"] == "/accounts/2fa/totp/activate/"
    assert client.post("/admin/login/", {"username": "the-inspector", "password": PASSWORD}).headers["Location"] == "/accounts/login/"
    assert (
        Client()
        .post("/admin/login/", {"username": "the-administrator", "password": PASSWORD})
        .headers["Location"]
        .startswith("/accounts/login/")
    )
