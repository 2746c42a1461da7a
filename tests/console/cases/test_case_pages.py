"""The pages of cases in both languages: whole lives by forms, who may see and do what, and what hostile values do."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.cases import ledger, steps
from mingjian.console.cases.attaching import attach
from mingjian.console.cases.models import Case
from mingjian.console.inspections.models import Decision
from tests.console.cases.life import API, CODE, FIRST, TERM, Life, somebody, stored_report

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}\"'\u202e"


@pytest.fixture
def life(db: None) -> Life:
    return Life()


@pytest.fixture
def as_(life: Life, signed_in: Callable[[User], Client]) -> Iterator[Callable[..., Client]]:
    """A client of that person while the clock shows the time of the life."""

    def make(person: User, language: str = "en") -> Client:
        client = signed_in(person)
        client.post("/language/", {"language": language, "next": "/"})
        return client

    with clock.stopped_at(life.at):
        yield make


def _post(life: Life, client: Client, kind: str, query: str = "", **data: object) -> int:
    life.at += timedelta(minutes=2)
    life.case.refresh_from_db()
    with clock.stopped_at(life.at):
        address = reverse("cases:step", args=[life.case.pk, kind]) + (f"?{query}" if query else "")
        assert client.get(address).status_code == 200
        return client.post(address, {"seq": life.case.seq, **data}).status_code


def test_from_inspection_to_closed_by_forms_alone(life: Life, as_: Callable[..., Client]) -> None:
    inspector, reviewer = as_(life.inspector), as_(life.reviewer)
    inspection = life.inspected(FIRST)
    address = f"{reverse('cases:open')}?inspection={inspection.pk}"
    assert "Collects personal information" in inspector.get(address).content.decode()
    assert inspector.post(address, {"body": "cac"}).status_code == 302
    life.case = Case.objects.get()
    problem = f"{FIRST[0]}:{FIRST[1]}"
    order = {"body": "cac", "term_0": 5, "term_1": "working_days", "term_2": "", "problems": [problem]}
    assert _post(life, inspector, "proposed", "act=order", **order) == 302
    proposal = life.case.events.get(kind="proposed").seq
    assert _post(life, reviewer, "confirmed", f"of={proposal}") == 302
    # Recorded in the very minute of the confirmation, which a form tells to the minute only.
    moment = (life.at + timedelta(minutes=2)).astimezone(clock.PLACE).strftime("%Y-%m-%dT%H:%M")
    assert _post(life, inspector, "served", f"of={proposal}", to="operator", served_at=moment, method="mail") == 302
    life.case.refresh_from_db()
    assert life.case.state == "rectification_ordered"
    life.reported()
    clean = life.inspected(version="2.0", report="")
    life.do("retest_started", life.inspector, inspection=str(clean.pk), version="2.0", sha256=clean.package_sha256)
    result = {"fixed": [problem], "persisting": [], "not_reached": [], "new": []}
    life.do("retest_finished", None, inspection=str(clean.pk), sha256=clean.package_sha256, **result)
    assert _post(life, inspector, "proposed", "act=closing", outcome="rectified", reason="done") == 302
    proposal = life.case.events.filter(kind="proposed").last().seq
    assert _post(life, reviewer, "confirmed", f"of={proposal}") == 302
    life.case.refresh_from_db()
    assert life.case.state == "closed"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ["检测发现问题", "提出：责令整改通知", "经过"]),
        ("en", ["Tested, problems found", "Propose: Rectification order", "What happened"]),
    ],
)
def test_a_case_tells_what_it_is_and_what_comes_next(life: Life, as_: Callable[..., Client], language: str, words: list[str]) -> None:
    case = life.open()
    page = as_(life.inspector, language).get(reverse("cases:detail", args=[case.pk])).content.decode()
    for word in [case.number, "示例应用", *words]:
        assert word in page
    assert page.count("<h1") == 1


def test_only_what_a_person_may_do_now_is_offered(life: Life, as_: Callable[..., Client]) -> None:
    case = life.open()
    seq = life.do("proposed", life.inspector, act="order", body="cac", term=TERM, problems=life.open_problems).seq
    confirm = f"{reverse('cases:step', args=[case.pk, 'confirmed'])}?of={seq}"
    for person, offered in ((life.inspector, False), (life.reviewer, True), (life.publisher, False)):
        client = as_(person)
        assert (f"confirmed/?of={seq}" in client.get(reverse("cases:detail", args=[case.pk])).content.decode()) == offered
        assert client.get(confirm).status_code == (200 if offered else 409)
        if not offered:
            case.refresh_from_db()
            assert client.post(confirm, {"seq": case.seq}).status_code == 409
    assert not case.events.filter(kind="confirmed").exists()


def test_of_two_who_record_at_once_the_second_is_told(life: Life, as_: Callable[..., Client]) -> None:
    case = life.open()
    address = reverse("cases:step", args=[case.pk, "noted"])
    case.refresh_from_db()
    seen = case.seq
    assert as_(life.inspector).post(address, {"seq": seen, "text": "one"}).status_code == 302
    answer = as_(life.reviewer).post(address, {"seq": seen, "text": "two"})
    assert answer.status_code == 409
    assert "Something was recorded on this case" in answer.content.decode()


@pytest.mark.parametrize("kind", ["opened", "answered", "test_finished", "sampled", "nonsense", "retest_finished", "published"])
def test_what_has_no_form_cannot_be_recorded_by_one(life: Life, as_: Callable[..., Client], kind: str) -> None:
    case = life.open()
    address = reverse("cases:step", args=[case.pk, kind])
    assert as_(life.inspector).post(address, {"seq": case.seq}).status_code == 409


def test_a_form_that_does_not_fit_is_shown_again_with_what_is_wrong(life: Life, as_: Callable[..., Client]) -> None:
    case = life.open()
    address = f"{reverse('cases:step', args=[case.pk, 'proposed'])}?act=order"
    case.refresh_from_db()
    good = {"seq": case.seq, "body": "cac", "term_0": "5", "term_1": "working_days", "problems": life.open_problems}
    client = as_(life.inspector)
    for wrong in (
        {"term_0": ""},
        {"term_0": "99999999999999999999"},
        {"term_1": "years"},
        {"problems": ["other"]},
        {"body": "app_store"},
        {"seq": "x"},
    ):
        answer = client.post(address, {**good, **wrong})
        assert answer.status_code == 422, wrong
        assert "errorlist" in answer.content.decode()
    assert case.events.filter(kind="proposed").count() == 0


def test_the_work_list_holds_what_waits_for_the_reader(life: Life, as_: Callable[..., Client]) -> None:
    case = life.open()
    seq = life.do("proposed", life.inspector, act="order", body="cac", term=TERM, problems=life.open_problems).seq
    address = reverse("cases:work")
    assert case.number in as_(life.reviewer).get(address).content.decode()
    assert case.number not in as_(life.inspector).get(address).content.decode()
    life.do("confirmed", life.reviewer, of=seq)
    assert case.number not in as_(life.reviewer).get(address).content.decode()
    assert "A document has to be served" in as_(life.inspector).get(address).content.decode()


def test_the_work_list_says_the_same_to_a_program(life: Life, as_: Callable[..., Client]) -> None:
    case = life.open()
    seq = life.do("proposed", life.inspector, act="order", body="cac", term=TERM, problems=life.open_problems).seq
    address = reverse("cases:work_json")
    told = as_(life.reviewer).get(address).json()
    assert [(each["what"], each["seq"], each["case"]["number"]) for each in told["waiting"]] == [("confirm", seq, case.number)]
    assert (told["next"], told["reminders"]) == ("", [])
    assert as_(life.inspector).get(address).json()["waiting"] == []
    assert as_(life.reviewer).get(address + "?whose=mine").json()["waiting"] == []


def test_a_request_that_lapsed_waits_for_nobody(life: Life, as_: Callable[..., Client]) -> None:
    life.open(FIRST)
    life.ordered()
    life.do("extension_requested", life.owner, term=TERM, reason="more")
    life.reported()
    again = life.inspected(FIRST, version="2.0")
    with clock.stopped_at(life.at):
        life.case.refresh_from_db()
        attach(life.case, again, life.inspector, life.case.seq)
    life.ordered()
    life.do("extension_requested", life.owner, term=TERM, reason="more again")
    first, second = life.state.extensions
    assert (first.granted, first.lapsed) == (None, True)
    assert list(life.case.waiting.filter(what="extension").values_list("seq", flat=True)) == [second.seq]
    with clock.stopped_at(life.at):
        address = reverse("cases:step", args=[life.case.pk, "proposed"]) + "?act=extension"
        life.case.refresh_from_db()
        data = {"seq": life.case.seq, "granted": "no", "reason": "no"}
        assert as_(life.inspector).post(address, data).status_code == 302
    assert life.state.proposals[-1].data["request"] == second.seq


def test_lists_filter_by_what_the_address_says(life: Life, as_: Callable[..., Client]) -> None:
    case = life.open()
    life.ordered()
    client = as_(life.inspector)
    address = reverse("cases:list_json")

    def numbers(**filters: object) -> list[str]:
        return [row["number"] for row in client.get(address, filters).json()["cases"]]

    fits = [
        {"state": "rectification_ordered"},
        {"body": "cac"},
        {"clause": FIRST[0]},
        {"half": "2026H1"},
        {"text": "示例"},
        {"text": case.number},
    ]
    fits += [{"operator": "示例"}, {"assignee": life.inspector.pk}, {}]
    for filters in fits:
        assert numbers(**filters) == [case.number], filters
    none = [
        {"state": "closed"},
        {"state": "overdue"},
        {"body": "miit"},
        {"clause": "cac-2019/6.6"},
        {"half": "2025H2"},
        {"text": "x'--"},
        {"overdue": "on"},
    ]
    none += [{"provisional": "on"}, {"state": "nonsense"}, {"half": "0000H1"}, {"half": "2026H9"}]
    for filters in none:
        assert numbers(**filters) == [], filters
    case.refresh_from_db()
    with clock.stopped_at(case.due_at):
        assert numbers(state="overdue") == [case.number]
        assert numbers(state="rectification_ordered") == []
        assert numbers(overdue="on") == [case.number]
        assert case.number in client.get(reverse("cases:overdue")).content.decode()


def test_lists_and_pages_take_a_number_of_queries_that_does_not_grow(life: Life, as_: Callable[..., Client]) -> None:
    client = as_(life.inspector)
    case = life.open(FIRST)
    addresses = [reverse("cases:list"), reverse("cases:work"), reverse("cases:overdue"), reverse("cases:detail", args=[case.pk])]

    def queries() -> list[int]:
        counts = []
        for address in addresses:
            with CaptureQueriesContext(
                connection,
            ) as caught:
                assert client.get(address).status_code == 200
            counts.append(len(caught))
        return counts

    client.get(addresses[0])
    before = queries()
    for number in range(3):
        life.do("noted", life.inspector, text=f"note {number}")
        other, life.case = life.case, life.open(FIRST)
        life.ordered()
        life.case = other
    assert queries() == before


def test_a_person_of_one_body_does_not_see_the_cases_of_another(life: Life, as_: Callable[..., Client]) -> None:
    case = life.open()
    stranger = as_(somebody("inspector", body="miit"))
    document = case.documents.get()
    for name, args in (
        ("detail", [case.pk]),
        ("detail_json", [case.pk]),
        ("step", [case.pk, "noted"]),
        ("retest", [case.pk]),
        ("document", [document.pk]),
        ("document_json", [document.pk]),
        ("document_pdf", [document.pk, "zh"]),
    ):
        assert stranger.get(reverse(f"cases:{name}", args=args)).status_code == 404, name
    assert stranger.get(reverse("cases:list_json")).json()["cases"] == []


def test_words_of_others_are_never_run(life: Life, as_: Callable[..., Client]) -> None:
    life.app.label = life.operator.name = HOSTILE
    life.app.save()
    life.operator.save()
    inspection = life.inspected(("cac-2019/3.1", "c" * 16), version=HOSTILE[:90])
    inspection.hits.update(line=HOSTILE)
    inspection.package_sha256 = "c" * 64
    inspection.save()
    client = as_(life.inspector)
    client.post(f"{reverse('cases:open')}?inspection={inspection.pk}", {"body": "cac"})
    life.case = Case.objects.get()
    life.do("noted", life.inspector, text=HOSTILE)
    life.ordered()
    pages = [reverse("cases:list"), reverse("cases:detail", args=[life.case.pk]), reverse("cases:retest", args=[life.case.pk])]
    pages += [f"{reverse('cases:step', args=[life.case.pk, 'proposed'])}?act=withdrawal"]
    pages += [reverse("cases:document", args=[paper.pk]) for paper in life.case.documents.all()]
    for address in pages:
        page = client.get(address).content.decode()
        assert "<script>alert" not in page, address
        assert "\u202e" not in page, address
    assert "&lt;script&gt;" in client.get(pages[0]).content.decode()


def test_a_retest_is_attached_by_its_page(life: Life, as_: Callable[..., Client]) -> None:
    case = life.open(FIRST)
    life.ordered()
    life.reported()
    again = life.inspected(FIRST, version="2.0")
    client = as_(life.inspector)
    address = reverse("cases:retest", args=[case.pk])
    page = client.get(address, {"inspection": again.pk}).content.decode()
    assert "Persisting" in page
    case.refresh_from_db()
    with clock.stopped_at(life.at):
        assert client.post(address, {"seq": case.seq, "inspection": again.pk}).status_code == 302
    case.refresh_from_db()
    assert case.state == "retest"
    assert case.problems.get().status == "persisting"
    assert client.post(address, {"seq": case.seq, "inspection": again.pk}).status_code == 404


def test_who_retests_the_same_file_is_asked_what_was_changed_outside_of_it(life: Life, as_: Callable[..., Client]) -> None:
    bad = life.inspected(FIRST, report=stored_report({FIRST: "api"}, (API, CODE)))
    with clock.stopped_at(life.at):
        life.case = ledger.open_case(bad, "cac", life.inspector)
    life.ordered()
    life.reported()
    covered = stored_report({}, (API, CODE))
    address, forms = reverse("cases:retest", args=[life.case.pk]), {}
    inspector = as_(life.inspector)
    for version in ("1.0", "2.0"):
        again = life.inspected(version=version, report=covered)
        forms[version] = inspector.get(f"{address}?inspection={again.pk}").content.decode()
        if version == "1.0":
            same = again
    assert ('name="unchanged"' in forms["1.0"], 'name="unchanged"' in forms["2.0"]) == (True, False)
    data = {"seq": life.state.seq, "inspection": same.pk, "unchanged": "政策在网页上"}
    with clock.stopped_at(life.at):
        assert inspector.post(address, {**data, "unchanged": "x" * 1001}).status_code == 404
        assert inspector.post(address, data).status_code == 302
    assert [each.status for each in life.state.problems] == ["fixed"]
    assert "政策在网页上" in inspector.get(reverse("cases:detail", args=[life.case.pk])).content.decode()


def test_every_step_that_is_offered_has_a_form(life: Life, as_: Callable[..., Client]) -> None:
    """All along a life with every act, each page that a link leads to opens."""
    life.open()
    clients = {person: as_(person) for person in (life.inspector, life.reviewer, life.publisher)}

    def check() -> None:
        with clock.stopped_at(life.at):
            for person, client in clients.items():
                for step in steps.next_steps(life.state, person).forms:
                    address = reverse("cases:step", args=[life.case.pk, step.choice.kind]) + f"?{step.query}"
                    assert client.get(address).status_code == 200, address

    check()
    life.ordered()
    life.do("extension_requested", life.owner, term=TERM, reason="more")
    check()
    life.do("proposed", life.inspector, act="extension", request=life.state.extensions[0].seq, granted=False, reason="no")
    check()
    life.do("confirmed", life.reviewer, of=life.state.proposals[-1].seq)
    life.past_deadline()
    check()
    life.named()
    life.past_deadline()
    check()
    life.taken_down()
    check()
    problem = life.open_problems[0]
    life.confirmed("withdrawal", problems=[problem], reason="wrong")
    check()
    assert Decision.objects.exists()


_HOUSE = {"inspector", "reviewer", "publisher", "auditor"}
_OPEN_TO = {
    "list": _HOUSE,
    "list_json": _HOUSE,
    "overdue": _HOUSE,
    "overdue_json": _HOUSE,
    "work": _HOUSE - {"auditor"},
    "work_json": _HOUSE - {"auditor"},
    "open": {"inspector"},
    "templates": {"administrator"},
    "template": {"administrator"},
    "detail": _HOUSE,
    "detail_json": _HOUSE,
    "document": _HOUSE,
    "document_json": _HOUSE,
    "retest": {"inspector"},
    "step": _HOUSE - {"auditor"},
}


@pytest.mark.parametrize("role", ["inspector", "reviewer", "publisher", "auditor", "administrator", "operator"])
def test_each_page_opens_to_its_roles_only(life: Life, as_: Callable[..., Client], role: str) -> None:
    case = life.open()
    life.ordered()
    arguments = {"template": ["test_report", "zh"], "step": [case.pk, "noted"], "open": []}
    for name in ("document", "document_json"):
        arguments[name] = [case.documents.order_by("pk")[0].pk]
    client = as_(life.owner if role == "operator" else somebody(role))
    for name, roles in _OPEN_TO.items():
        given = arguments.get(name, [case.pk] if name in ("detail", "detail_json", "retest") else [])
        address = reverse(f"cases:{name}", args=given) + (f"?app={life.app.pk}" if name == "open" else "")
        assert client.get(address).status_code == (200 if role in roles else 403), (role, name)
        assert Client().get(address).status_code in (302, 401), name
