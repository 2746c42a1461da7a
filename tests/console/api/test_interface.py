"""The interface for programs: a key opens what its owner and its scopes both allow, and faults have one shape."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from mingjian.console import clock
from mingjian.console.accounts import people
from mingjian.console.accounts.models import User
from mingjian.console.api import tokens
from mingjian.console.api.bearer import CALLS_A_MINUTE
from mingjian.console.api.models import Token
from mingjian.console.audit.models import Entry
from mingjian.console.cases import ledger
from mingjian.console.cases.models import Case
from mingjian.console.inspections.models import Finding, Inspection
from mingjian.console.market.models import App, Operator
from mingjian.console.refused import RefusedError
from tests.console.cases.life import FIRST, Life

People = Callable[..., User]
EVERYTHING = frozenset(tokens.SCOPES)


class Program:
    """A program with a key."""

    def __init__(self, secret: str) -> None:
        self.client, self.headers = Client(), {"authorization": f"Bearer {secret}"}

    def get(self, path: str) -> tuple[int, Any]:
        answer = self.client.get(f"/api/v1{path}", headers=self.headers)
        return answer.status_code, answer.json()

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        answer = self.client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=self.headers)
        return answer.status_code, answer.json()


def program(owner: User, scopes: frozenset[str] = EVERYTHING) -> Program:
    return Program(tokens.make(owner, "test", scopes, 30)[1])


@pytest.fixture
def cases(db: None, noon: datetime, person: People) -> tuple[Case, Case]:
    """A case of each of two bodies, opened through the ledger."""
    by, found = person("inspector", name="opener"), []
    for body in ("miit", "cac"):
        operator = Operator.objects.create(name=body)
        app = App.objects.create(package=f"com.example.{body}", label="例", operator=operator, updated_at=noon)
        found.append(ledger.open_case(app, body, by))
    return found[0], found[1]


@pytest.fixture
def inspections(db: None, noon: datetime) -> tuple[Inspection, Inspection]:
    found = []
    for body in ("miit", "cac"):
        row = Inspection.objects.create(body=body, state="done", created_at=noon, finished_at=noon, half="2026H2")
        Finding.objects.create(inspection=row, clause="cac-2019/1.1", verdict="violated", severity="high", hits=1)
        found.append(row)
    return found[0], found[1]


def test_without_a_key_nothing_opens_and_the_fault_is_told_in_both_languages(db: None, client: Client) -> None:
    for headers in ({}, {"authorization": "Bearer mj_" + "x" * 43}, {"authorization": "Basic eDp4"}, {"authorization": "Bearer \ud83d"}):
        answer = client.get("/api/v1/cases", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json()["error"]["zh"].startswith("没有密钥")
        assert answer.json()["error"]["en"].startswith("There is no key")


def test_a_session_of_the_pages_is_no_key(person: People, signed_in: Callable[[User], Client]) -> None:
    assert signed_in(person("inspector")).get("/api/v1/cases").status_code == 401


def test_a_body_sees_its_own(person: People, cases: tuple[Case, Case], inspections: tuple[Inspection, Inspection]) -> None:
    own, foreign = cases
    mine = program(person("inspector", body="miit"))
    assert [row["id"] for row in mine.get("/cases")[1]["items"]] == [own.pk]
    assert mine.get(f"/cases/{own.pk}")[1]["number"] == own.number
    assert [row["kind"] for row in mine.get(f"/cases/{own.pk}/events")[1]["items"]] == ["opened"]
    for path in (f"/cases/{foreign.pk}", f"/cases/{foreign.pk}/events", f"/inspections/{inspections[1].pk}"):
        status, told = mine.get(path)
        assert (status, told["error"]["status"]) == (404, 404)
    assert mine.post(f"/cases/{foreign.pk}/events", {"kind": "noted", "expected_seq": 1})[0] == 404
    assert [row["inspection"] for row in mine.get("/findings")[1]["items"]] == [inspections[0].pk]
    assert [row["id"] for row in mine.get("/inspections")[1]["items"]] == [inspections[0].pk]
    assert mine.get(f"/inspections/{inspections[0].pk}/findings")[1]["items"][0]["clause"] == "cac-2019/1.1"
    assert mine.get(f"/inspections/{inspections[0].pk}/report")[0] == 404


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/inspections", "inspections:read"),
        ("/inspections/1", "inspections:read"),
        ("/findings", "findings:read"),
        ("/cases", "cases:read"),
        ("/cases/1/events", "cases:read"),
        ("/figures", "figures:read"),
    ],
)
def test_each_operation_needs_its_scope(path: str, scope: str, person: People) -> None:
    owner = person("inspector")
    assert program(owner, EVERYTHING - {scope}).get(path)[0] == 403
    assert program(owner, frozenset({scope})).get(path)[0] in {200, 404}


@pytest.mark.parametrize("role", ["administrator", "operator"])
def test_a_key_opens_no_page_that_is_closed_to_its_owner(role: str, person: People, cases: tuple[Case, Case]) -> None:
    theirs = program(person(role, operator=cases[0].operator if role == "operator" else None))
    for path in ("/cases", f"/cases/{cases[0].pk}", "/inspections", "/findings"):
        assert theirs.get(path)[0] == 403
    assert theirs.post(f"/cases/{cases[0].pk}/events", {"kind": "noted", "expected_seq": 1})[0] == 403


def test_an_auditor_reads_and_writes_nothing(person: People, cases: tuple[Case, Case]) -> None:
    theirs = program(person("auditor"))
    assert theirs.get(f"/cases/{cases[0].pk}")[0] == 200
    assert theirs.post(f"/cases/{cases[0].pk}/events", {"kind": "sampled", "data": {}, "expected_seq": 1})[0] == 403
    assert theirs.client.post("/api/v1/inspections", {}, headers=theirs.headers).status_code == 403


def test_a_step_needs_the_number_that_was_seen_and_a_rule_that_allows_it(person: People, cases: tuple[Case, Case]) -> None:
    mine = program(person("inspector"))
    path = f"/cases/{cases[0].pk}/events"
    status, told = mine.post(path, {"kind": "noted", "data": {"text": "seen"}, "expected_seq": 1})
    assert (status, told.get("seq"), told.get("kind")) == (201, 2, "noted")
    status, told = mine.post(path, {"kind": "noted", "data": {"text": "again"}, "expected_seq": 1})
    assert (status, told["error"]["status"]) == (409, 409)
    status, told = mine.post(path, {"kind": "served", "data": {}, "expected_seq": 2})
    assert status == 422
    assert told["error"]["zh"]
    assert mine.post(path, {"kind": "no such kind", "expected_seq": 2})[0] == 422
    assert mine.post(path, {"expected_seq": "x"})[1]["error"]["fields"] != []
    assert Case.objects.get(pk=cases[0].pk).seq == 2


@pytest.mark.parametrize("inspection", ["abc", "1"])
def test_a_result_is_no_step_that_a_program_tells(person: People, cases: tuple[Case, Case], inspection: str) -> None:
    mine = program(person("inspector"))
    result = {"inspection": inspection, "sha256": "a" * 64, "problems": []}
    sample = {"version": "1", "sha256": "a" * 64, "source": "store"}
    path = f"/cases/{cases[0].pk}/events"
    for kind, data in (("sampled", sample), ("testing_started", {"inspection": inspection}), ("test_finished", result), ("published", {})):
        status, told = mine.post(path, {"kind": kind, "data": data, "expected_seq": 1})
        assert (status, "through" in told["error"]["key"]) == (422, True), kind
    assert Case.objects.get(pk=cases[0].pk).seq == 1


def test_a_program_attaches_a_retest(db: None, person: People) -> None:
    life = Life()
    life.open(FIRST)
    life.ordered()
    life.reported()
    again, other = life.inspected(FIRST, version="2.0"), life.inspected(FIRST, version="3.0")
    other.app = App.objects.create(package="com.example.other", updated_at=life.at)
    other.save()
    with clock.stopped_at(life.at):
        mine = program(life.inspector)
        life.case.refresh_from_db()
        path, seq = f"/cases/{life.case.pk}/tests", life.case.seq
        assert mine.post(path, {"inspection": again.pk, "expected_seq": seq - 1})[0] == 409
        assert mine.post(path, {"inspection": 999, "expected_seq": seq})[0] == 404
        assert mine.post(path, {"inspection": other.pk, "expected_seq": seq})[1]["error"]["key"].endswith("other_app")
        status, told = mine.post(path, {"inspection": again.pk, "expected_seq": seq})
        assert (status, [each["status"] for each in told["problems"]]) == (201, ["persisting"])
        assert told["seq"] == seq + 2


def test_the_state_is_what_the_clock_makes_of_it(db: None) -> None:
    life = Life()
    life.open(FIRST)
    life.ordered()
    deadline = life.state.deadline
    assert deadline is not None
    with clock.stopped_at(deadline.ends):
        mine = program(life.inspector)
        assert mine.get(f"/cases/{life.case.pk}")[1]["state"] == "overdue"
        assert [row["state"] for row in mine.get("/cases?state=overdue")[1]["items"]] == ["overdue"]
        assert mine.get("/cases?state=rectification_ordered")[1]["items"] == []


def test_an_upload_is_queued_for_the_owner(person: People) -> None:
    mine = program(person("inspector", body="miit"))
    files: dict[str, Any] = {"package": SimpleUploadedFile("a.apk", b"PK\x03\x04 and so on"), "category": "", "created_by": "1"}
    files |= {"operator": "示例公司", "region": "北京", "downloads": "7", "review": SimpleUploadedFile("r.json", b"{}")}
    for body in ("cac", "nobody"):
        package = SimpleUploadedFile("a.apk", b"PK\x03\x04 and so on")
        refused = mine.client.post("/api/v1/inspections", {"package": package, "body": body}, headers=mine.headers)
        assert refused.status_code == 422
    answer = mine.client.post("/api/v1/inspections", files, headers=mine.headers)
    assert answer.status_code == 201, answer.content
    made = Inspection.objects.get()
    assert (made.body, made.created_by.username if made.created_by else "", answer.json()["state"]) == ("miit", "inspector", "queued")
    assert (made.operator, made.region, made.downloads) == ("示例公司", "北京", 7)
    assert set(made.materials.values_list("kind", flat=True)) == {"package", "review"}
    dossier = {"dossier": SimpleUploadedFile("d.zip", b"PK\x03\x04 a dossier"), "body": "miit"}
    assert mine.client.post("/api/v1/inspections", dossier, headers=mine.headers).status_code == 201
    wrong = mine.client.post("/api/v1/inspections", {"package": SimpleUploadedFile("a.apk", b"MZ\x90")}, headers=mine.headers)
    assert wrong.status_code == 422
    with override_settings(UPLOAD_LIMIT=-(1024 * 1024)):
        files["package"] = SimpleUploadedFile("a.apk", b"PK\x03\x04 and so on")
        assert mine.client.post("/api/v1/inspections", files, headers=mine.headers).status_code == 413


def test_the_public_list_needs_no_key(db: None, client: Client) -> None:
    assert client.get("/api/v1/notices").json() == {"items": [], "next": None}


def test_pages_follow_one_another(person: People, noon: datetime) -> None:
    Inspection.objects.bulk_create(Inspection(created_at=noon - timedelta(minutes=number % 7)) for number in range(120))
    mine, seen, path = program(person("inspector")), [], "/inspections"
    while path:
        _, told = mine.get(path)
        seen += [row["id"] for row in told["items"]]
        path = (told["next"] or "").removeprefix("/api/v1")
    assert len(seen) == len(set(seen)) == 120


def test_a_key_ends(person: People, noon: datetime) -> None:
    owner, administrator = person("inspector"), person("administrator")
    by_time, by_hand, by_owner = (tokens.make(owner, "test", EVERYTHING, 30) for _ in range(3))
    tokens.revoke(by_hand[0], owner)
    assert Program(by_hand[1]).get("/cases")[0] == 401
    with clock.stopped_at(noon + timedelta(days=29)):
        assert Program(by_time[1]).get("/cases")[0] == 200
    with clock.stopped_at(noon + timedelta(days=30)):
        assert Program(by_time[1]).get("/cases")[0] == 401
    people.deactivate(administrator, owner)
    assert Program(by_owner[1]).get("/cases")[0] == 401
    people.reactivate(administrator, owner)
    assert Program(by_owner[1]).get("/cases")[0] == 401, "what was revoked stays so"


def test_where_a_second_factor_is_demanded_a_key_does_not_go_around_it(person: People) -> None:
    mine = program(person("inspector"))
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        assert mine.get("/cases")[0] == 401


def test_the_secret_is_told_once_and_its_use_is_noted_once_a_minute(
    person: People, signed_in: Callable[[User], Client], noon: datetime
) -> None:
    session = signed_in(person("inspector"))
    page = session.post("/people/me/tokens/", {"name": "n", "scopes": ["cases:read"], "days": "5"}).content.decode()
    secret = page.partition('<pre tabindex="0">')[2].partition("</pre>")[0]
    token = Token.objects.get()
    assert (token.scopes, token.expires_at) == (["cases:read"], noon + timedelta(days=5))
    assert secret not in str(list(Token.objects.values())) + str(list(Entry.objects.values()))
    assert secret not in session.get("/people/me/tokens/").content.decode()
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        with clock.stopped_at(noon + timedelta(seconds=seconds)):
            assert Program(secret).get("/cases")[0] == 200
        token.refresh_from_db()
        assert token.used_at == noon + timedelta(seconds=noted)


def test_nobody_ends_a_key_of_somebody_else(person: People, signed_in: Callable[[User], Client]) -> None:
    token, _ = tokens.make(person("inspector"), "test", EVERYTHING, 5)
    assert signed_in(person("administrator")).post(f"/people/me/tokens/{token.pk}/revoke").status_code == 404


@pytest.mark.parametrize(
    "wish", [{"days": 0}, {"days": 366}, {"scopes": frozenset({"complaints:read"})}, {"scopes": frozenset()}, {"name": " "}]
)
def test_a_key_without_end_or_for_complaints_is_refused(wish: dict[str, Any], person: People) -> None:
    given = {"name": "n", "scopes": EVERYTHING, "days": 5, **wish}
    with pytest.raises(RefusedError):
        tokens.make(person("inspector"), **given)


def test_too_many_calls_wait_for_the_next_minute(person: People, noon: datetime) -> None:
    mine, other = program(person("inspector")), program(person("reviewer"))
    statuses = [mine.get("/figures")[0] for _ in range(CALLS_A_MINUTE + 1)]
    assert statuses == [200] * CALLS_A_MINUTE + [429]
    assert other.get("/figures")[0] == 200
    with clock.stopped_at(noon + timedelta(minutes=1)):
        assert mine.get("/figures")[0] == 200


def test_the_description_names_every_operation_in_both_languages(db: None, client: Client) -> None:
    for language, words in (("zh-hans", "检测列表"), ("en", "Inspections, newest first")):
        client.post("/language/", {"language": language, "next": "/"})
        page = client.get("/api/").content.decode()
        assert words in page
        assert "/api/v1/cases/{id}/events" in page


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/v1/cases/1/nothing", 404),
        ("GET", "/api/v2/cases", 404),
        ("DELETE", "/api/v1/cases", 405),
        ("PUT", "/api/v1/notices", 405),
        ("GET", "/api/v1/cases/1/tests", 405),
        ("GET", "/api/v1/cases?package=%00", 400),
    ],
)
def test_an_address_or_a_method_that_is_none_is_told_in_the_shape_of_every_fault(
    method: str, path: str, status: int, keyed: bool, client: Client, person: People
) -> None:
    headers = program(person("inspector")).headers if keyed else {}
    answer = client.generic(method, path, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    told = answer.json()["error"]
    assert (told["status"], told["key"], told["fields"]) == (status, f"console.api.fault.{status}", [])
    assert (status == 405) == ("Allow" in answer.headers)


def test_the_page_that_describes_the_interface_stays_a_page(client: Client, db: None) -> None:
    assert client.get("/api/").headers["Content-Type"].startswith("text/html")
    assert client.get("/nothing").headers["Content-Type"].startswith("text/html")
    assert client.get("/nothing.json").json() == {"error": 404}


def test_a_body_that_is_too_large_is_refused_before_it_is_understood(person: People, cases: tuple[Case, Case]) -> None:
    mine = program(person("inspector"))
    status, told = mine.post(f"/cases/{cases[0].pk}/events", {"kind": "noted", "data": {"text": "x" * (5 << 20)}, "expected_seq": 1})
    assert (status, told["error"]["status"]) == (413, 413)
    for kind, body, expected in (
        ("multipart/form-data; boundary=x", b"--x\r\nno part", 422),
        ("multipart/form-data", b"x", 400),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=" % at for at in range(2001)), 413),
    ):
        answer = mine.client.post("/api/v1/inspections", body, content_type=kind, headers=mine.headers)
        assert (answer.status_code, answer.json()["error"]["status"]) == (expected, expected), kind
