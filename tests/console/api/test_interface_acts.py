"""What programs decide and publish: the guards of the pages, a second person's key for a second person, and no act done twice."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.api import tokens
from mingjian.console.audit.models import Entry
from mingjian.console.inspections.models import Decision, Finding, Hit, Inspection
from mingjian.console.market.models import App
from mingjian.console.notices.models import Publication
from tests.console.api.test_interface import EVERYTHING, Program, program
from tests.console.cases.life import FIRST, TERM, Life, somebody

People = Callable[..., User]
CLAUSE, PRINT = FIRST
LAST_DAY = "2026-12-01"
DISMISSAL = {"clause": CLAUSE, "fingerprint": PRINT, "kind": "dismissed", "reason": "test account", "expires_on": LAST_DAY}


@pytest.fixture
def inspection(db: None, noon: datetime) -> Inspection:
    """One finished inspection of a body in which one clause is broken in one place, and nothing is decided."""
    app = App.objects.create(package="com.example", updated_at=noon)
    made = Inspection.objects.create(app=app, body="miit", state="done", created_at=noon, finished_at=noon)
    Finding.objects.create(inspection=made, clause=CLAUSE, verdict="violated", severity="high", hits=1)
    Hit.objects.create(inspection=made, clause=CLAUSE, fingerprint=PRINT, line="observed collect")
    return made


@pytest.fixture
def at(inspection: Inspection) -> str:
    return f"/inspections/{inspection.pk}"


@pytest.fixture
def inspector(person: People) -> Program:
    return program(person("inspector", body="miit"))


@pytest.fixture
def reviewer(person: People) -> Program:
    return program(person("reviewer", body="miit"))


def test_a_dismissal_counts_once_the_key_of_another_person_says_so(inspector: Program, reviewer: Program, at: str) -> None:
    assert inspector.get(f"{at}/hits")[1]["items"] == [
        {"clause": CLAUSE, "fingerprint": PRINT, "line": "observed collect", "decided": "", "waiting": None}
    ]
    status, made = inspector.post(f"{at}/decisions", DISMISSAL)
    assert (status, made["kind"], made["checked_at"]) == (201, "dismissed", None)
    waiting = reviewer.get(f"{at}/hits")[1]["items"][0]
    assert (waiting["decided"], waiting["waiting"]["id"]) == ("", made["id"])
    assert inspector.post(f"{at}/conclusion", {})[1]["error"]["key"].endswith("undecided")
    check = f"{at}/decisions/{made['id']}/check"
    assert inspector.post(check, {"upheld": True})[0] == 403
    status, stands = reviewer.post(check, {"upheld": True})
    assert (status, stands["id"], bool(stands["checked_at"])) == (200, made["id"], True)
    assert reviewer.get(f"{at}/hits")[1]["items"][0]["decided"] == "dismissed"
    assert reviewer.post(check, {"upheld": True})[0] == 409
    assert Entry.objects.filter(action="decision.checked").count() == 1


def test_who_does_not_uphold_a_dismissal_confirms_the_finding(inspector: Program, reviewer: Program, at: str) -> None:
    made = inspector.post(f"{at}/decisions", DISMISSAL)[1]
    status, stands = reviewer.post(f"{at}/decisions/{made['id']}/check", {"upheld": False, "reason": "a real account"})
    assert (status, stands["kind"], stands["reason"]) == (200, "confirmed", "a real account")
    assert [row["kind"] for row in reviewer.get(f"{at}/decisions")[1]["items"]] == ["dismissed", "confirmed"]


def test_saying_the_same_again_is_one_decision(inspector: Program, at: str, person: People) -> None:
    first = inspector.post(f"{at}/decisions", DISMISSAL)
    again = inspector.post(f"{at}/decisions", {**DISMISSAL, "reason": " test account "})
    assert (first[0], again[0], again[1]) == (201, 200, first[1])
    assert Entry.objects.filter(action="decision.made").count() == Decision.objects.count() == 1
    longer = inspector.post(f"{at}/decisions", {**DISMISSAL, "expires_on": "2026-12-02"})
    other = program(person("inspector", name="other", body="miit")).post(f"{at}/decisions", DISMISSAL)
    assert (longer[0], other[0]) == (201, 201)
    confirmed = {"clause": CLAUSE, "kind": "confirmed", "fingerprint": PRINT}
    assert [inspector.post(f"{at}/decisions", confirmed)[0] for _ in range(2)] == [201, 200]
    assert inspector.post(f"{at}/decisions", DISMISSAL)[0] == 201, "what was replaced is said anew"


@pytest.mark.parametrize(
    ("wish", "key"),
    [
        ({"reason": " "}, "reason"),
        ({"expires_on": None}, "expiry"),
        ({"expires_on": "2031-01-01"}, "expiry"),
        ({"fingerprint": "c" * 16}, "nothing_found"),
        ({"clause": "cac-2019/9.9"}, "nothing_found"),
        ({"kind": "forgiven"}, "422"),
        ({"clause": "x" * 41}, "422"),
        ({"clause": "\x00"}, "400"),
    ],
)
def test_what_a_page_refuses_a_program_is_refused(inspector: Program, at: str, wish: dict[str, Any], key: str) -> None:
    status, told = inspector.post(f"{at}/decisions", {**DISMISSAL, **wish})
    assert status in {400, 422}
    assert told["error"]["key"].endswith(f".{key}")
    assert not Decision.objects.exists()


def test_two_persons_conclude_once(inspector: Program, reviewer: Program, at: str, person: People) -> None:
    inspector.post(f"{at}/decisions", {"clause": CLAUSE, "kind": "confirmed", "fingerprint": PRINT})
    assert reviewer.post(f"{at}/countersignature", {"agreed": True})[0] == 409
    assert [inspector.post(f"{at}/conclusion", {})[0] for _ in range(2)] == [200, 409]
    assert inspector.post(f"{at}/decisions", DISMISSAL)[1]["error"]["key"].endswith("concluded")
    status, sent_back = reviewer.post(f"{at}/countersignature", {"agreed": False})
    assert (status, sent_back["concluded_at"]) == (200, None)
    assert inspector.post(f"{at}/conclusion", {})[0] == 200
    answers = [reviewer.post(f"{at}/countersignature", {"agreed": True}) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 409]
    assert answers[0][1]["countersigned_at"]
    assert list(Entry.objects.filter(action__startswith="inspection.").order_by("seq").values_list("action", flat=True)) == [
        "inspection.concluded",
        "inspection.returned",
        "inspection.concluded",
        "inspection.countersigned",
    ]


def test_one_person_with_both_roles_is_no_second_person(at: str, db: None) -> None:
    both = somebody("inspector", body="miit")
    both.groups.add(somebody("reviewer").groups.get())
    mine = program(both)
    made = mine.post(f"{at}/decisions", DISMISSAL)[1]
    assert mine.post(f"{at}/decisions/{made['id']}/check", {"upheld": True})[1]["error"]["key"].endswith("same_person")
    assert mine.post(f"{at}/decisions", {"clause": CLAUSE, "kind": "confirmed", "fingerprint": PRINT})[0] == 201
    assert mine.post(f"{at}/conclusion", {})[0] == 200
    assert program(both).post(f"{at}/countersignature", {"agreed": True})[1]["error"]["key"].endswith("same_person")
    assert Inspection.objects.get().countersigned_at is None


@pytest.mark.parametrize(
    ("role", "path", "body", "scope"),
    [
        ("inspector", "/inspections/{0}/hits", None, "inspections:read"),
        ("inspector", "/inspections/{0}/decisions", None, "inspections:read"),
        ("inspector", "/inspections/{0}/decisions", DISMISSAL, "decisions:write"),
        ("reviewer", "/inspections/{0}/decisions/1/check", {"upheld": True}, "decisions:write"),
        ("inspector", "/inspections/{0}/conclusion", {}, "conclusions:write"),
        ("reviewer", "/inspections/{0}/countersignature", {"agreed": True}, "conclusions:write"),
        ("publisher", "/notices", {"document": 1}, "notices:write"),
        ("publisher", "/notices/waiting", None, "notices:write"),
        ("publisher", "/notices/corrections", None, "notices:write"),
        ("publisher", "/notices/1/correction", {}, "notices:write"),
    ],
)
def test_each_act_has_a_scope_of_its_own_and_stays_within_the_body(
    role: str, path: str, body: Any, scope: str, inspection: Inspection, person: People
) -> None:
    def asked(by: Program) -> int:
        address = path.format(inspection.pk)
        return (by.get(address) if body is None else by.post(address, body))[0]

    foreign = person(role, body="cac")
    assert asked(program(foreign, EVERYTHING - {scope})) == 403
    elsewhere = 200 if path in {"/notices/waiting", "/notices/corrections"} else 404
    assert asked(program(foreign, frozenset({scope}))) == elsewhere
    assert not Decision.objects.exists()
    assert asked(program(person("auditor"), frozenset({scope}))) in ({200} if scope == "inspections:read" else {403})


def test_a_check_is_of_a_decision_of_that_inspection(inspector: Program, reviewer: Program, at: str, noon: datetime) -> None:
    made = inspector.post(f"{at}/decisions", DISMISSAL)[1]
    other = Inspection.objects.create(body="miit", state="done", created_at=noon)
    assert reviewer.post(f"/inspections/{other.pk}/decisions/{made['id']}/check", {"upheld": True})[0] == 404


@pytest.fixture
def life(db: None) -> Iterator[Life]:
    """A case whose operator missed the deadline, and a naming that was confirmed."""
    life = Life()
    life.open()
    life.ordered()
    life.past_deadline()
    life.confirmed("naming", body="cac", term=TERM, problems=life.open_problems)
    with clock.stopped_at(life.at + timedelta(minutes=1)):
        yield life


def test_a_publisher_s_program_publishes_once_and_corrects_once(life: Life) -> None:
    publisher = program(life.publisher)
    waiting = publisher.get("/notices/waiting")[1]["items"]
    assert [(row["kind"], row["case"]) for row in waiting] == [("naming", life.case.pk)]
    told = {"document": waiting[0]["document"], "batch": "第三批"}
    assert program(life.reviewer).post("/notices", told)[0] == 403
    status, notice = publisher.post("/notices", told)
    assert (status, notice["kind"], notice["batch"], len(notice["problems"])) == (201, "naming", "第三批", 2)
    assert life.state.state == "publicly_named"
    assert publisher.post("/notices", told)[0] == 409
    assert publisher.get("/notices/waiting")[1]["items"] == publisher.get("/notices/corrections")[1]["items"] == []
    assert publisher.post(f"/notices/{notice['id']}/correction", {})[0] == 409

    life.at += timedelta(minutes=1)
    ids = life.open_problems
    life.confirmed("withdrawal", problems=ids, reason="wrong device")
    life.confirmed("correction", problems=ids, text="All of it was wrong.")
    with clock.stopped_at(life.at + timedelta(minutes=1)):
        assert [row["id"] for row in publisher.get("/notices/corrections")[1]["items"]] == [notice["id"]]
        status, corrected = publisher.post(f"/notices/{notice['id']}/correction", {})
        assert (status, corrected["withdrawal"], bool(corrected["withdrawn_at"])) == (201, "All of it was wrong.", True)
        assert publisher.post(f"/notices/{notice['id']}/correction", {})[0] == 409
    assert Publication.objects.count() == 1
    assert Entry.objects.filter(action="notice.published").count() == Entry.objects.filter(action="notice.corrected").count() == 1


@pytest.mark.parametrize("kind", ["test_report", "rectification_order"])
def test_a_program_publishes_no_document_that_is_not_for_the_public(life: Life, kind: str) -> None:
    document = life.case.documents.filter(kind=kind).latest("pk")
    assert program(life.publisher).post("/notices", {"document": document.pk})[0] == 422
    assert not Publication.objects.exists()


def test_the_scopes_can_be_chosen_on_the_page_of_keys(person: People, signed_in: Any) -> None:
    page = signed_in(person("inspector")).get("/people/me/tokens/").content.decode()
    assert all(f'value="{scope}"' in page for scope in tokens.SCOPES)
