"""The operator's side: what it is told, what it may do, and that it is told nothing else."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.cases.attaching import attach
from mingjian.console.cases.models import Case, Event
from mingjian.console.cases.projection import state_of
from mingjian.console.inspections.models import Inspection
from mingjian.console.market.models import App, Operator
from mingjian.console.portal import steps
from mingjian.console.portal.evidence import limited
from mingjian.console.portal.models import Submission
from mingjian.console.portal.told import told
from mingjian.console.refused import RefusedError
from mingjian.model.types import (
    Artifact,
    Citation,
    Clause,
    Evidence,
    Finding,
    Hit,
    Observation,
    Report,
    Subject,
    Text,
    Tool,
    Why,
)
from tests.console.cases.life import API, CODE, FIRST, SECOND, TERM, Life, stored_report

THIRD = ("cac-2019/4.1", "c" * 16)


@pytest.fixture
def life(db: None) -> Life:
    life = Life()
    life.open()
    return life


@pytest.fixture
def ordered(life: Life) -> Life:
    life.ordered()
    return life


def _open(life: Life, client: Client, address: str, **data: object) -> int:
    with clock.stopped_at(life.at):
        life.case.refresh_from_db()
        if not data:
            return client.get(address).status_code
        return client.post(address, {"seq": life.case.seq, **data}).status_code


def _told(life: Life) -> dict[str, str]:
    with clock.stopped_at(life.at):
        life.case.refresh_from_db()
        return {problem.id: problem.status for problem in told(life.case, state_of(life.case)).problems}


def test_a_case_is_not_there_for_its_operator_until_it_was_served(life: Life, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(life.owner)
    address = f"/portal/{life.case.pk}/"
    assert _open(life, client, address) == 404
    seq = life.confirmed("order", body="cac", term=TERM, problems=life.open_problems)
    assert _open(life, client, address) == 404
    life.served(seq)
    assert _open(life, client, address) == 200
    assert life.case.number in client.get("/portal/").content.decode()


def test_a_case_of_another_operator_is_not_there(ordered: Life, person: Callable[..., User], signed_in: Callable[[User], Client]) -> None:
    stranger = signed_in(person("operator", name="stranger", operator=Operator.objects.create(name="别家")))
    document = ordered.case.documents.get(kind="rectification_order")
    for place in ("/", ".json", f"/documents/{document.pk}.html", "/evidence.json"):
        assert _open(ordered, stranger, f"/portal/{ordered.case.pk}{place}") == 404, place
    assert _open(ordered, stranger, f"/portal/{ordered.case.pk}/say/rectification_reported", statement="x") == 404
    assert _open(ordered, stranger, f"/portal/{ordered.case.pk}/version", x="x") == 404
    assert ordered.case.number not in stranger.get("/portal/").content.decode()


@pytest.mark.parametrize("role", ["inspector", "reviewer", "publisher", "auditor", "administrator"])
def test_the_portal_is_the_operators(ordered: Life, person: Callable[..., User], signed_in: Callable[[User], Client], role: str) -> None:
    assert _open(ordered, signed_in(person(role, name=f"a-{role}")), f"/portal/{ordered.case.pk}/") == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_problem_is_answered_and_then_all_is_reported(ordered: Life, signed_in: Callable[[User], Client], language: str) -> None:
    client = signed_in(ordered.owner)
    client.post("/language/", {"language": language, "next": "/"})
    address = f"/portal/{ordered.case.pk}/say"
    for problem in ordered.open_problems:
        assert _open(ordered, client, f"{address}/answered", problem=problem, cause="<b>SDK</b>", change="removed", version="1.1") == 302
    assert set(_told(ordered).values()) == {"answered"}
    assert _open(ordered, client, f"{address}/rectification_reported", statement="done", version="1.1") == 302
    assert ordered.state.state == "rectification_reported"
    with clock.stopped_at(ordered.at):
        shown = client.get(f"/portal/{ordered.case.pk}/").content.decode()
    assert "&lt;b&gt;SDK" in shown
    assert "<b>SDK" not in shown


def test_what_is_not_allowed_is_told_and_changes_nothing(ordered: Life, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(ordered.owner)
    ordered.case.refresh_from_db()
    address, seq = f"/portal/{ordered.case.pk}/say", ordered.case.seq
    assert _open(ordered, client, f"{address}/answered", problem="cac-2019/9.9:zz", cause="a", change="b") == 422
    assert _open(ordered, client, f"{address}/answered", problem=ordered.open_problems[0], cause="", change="b") == 422
    assert _open(ordered, client, f"{address}/extension_requested", days=0, reason="x") == 422
    assert _open(ordered, client, f"{address}/served", of=1) == 404
    assert _open(ordered, client, f"{address}/rectification_reported", seq=1, statement="late") == 409
    ordered.case.refresh_from_db()
    assert ordered.case.seq == seq


def test_more_time_is_asked_for_and_nothing_moves_until_it_is_granted(ordered: Life, signed_in: Callable[[User], Client]) -> None:
    before = ordered.state.deadline
    assert _open(ordered, signed_in(ordered.owner), f"/portal/{ordered.case.pk}/say/extension_requested", days=3, reason="review") == 302
    assert [(each.term, each.granted) for each in ordered.state.extensions] == [({"unit": "working_days", "amount": 3}, None)]
    assert ordered.state.deadline == before


def test_the_result_of_a_retest_is_not_told_before_it_was_served(ordered: Life, signed_in: Callable[[User], Client]) -> None:
    ordered.reported()
    again = ordered.inspected(SECOND, THIRD, version="1.1")
    ordered.do("retest_started", ordered.inspector, inspection=str(again.pk), version="1.1", sha256=again.package_sha256)
    first, second, third = (f"{clause}:{key}" for clause, key in (FIRST, SECOND, THIRD))
    new = [{"id": third, "clause": THIRD[0], "key": THIRD[1], "zh": "新问题", "en": "new problem"}]
    ordered.do(
        "retest_finished",
        ordered.inspector,
        inspection=str(again.pk),
        sha256=again.package_sha256,
        fixed=[first],
        persisting=[second],
        not_reached=[],
        new=new,
    )
    assert _told(ordered) == {first: "answered", second: "answered"}
    with clock.stopped_at(ordered.at):
        assert "new problem" not in signed_in(ordered.owner).get(f"/portal/{ordered.case.pk}.json").content.decode()
        kinds = {each.kind for each in told(ordered.case, state_of(ordered.case)).documents}
    assert "retest_report" not in kinds
    ordered.ordered()
    assert _told(ordered) == {first: "fixed", second: "persisting", third: "new"}


def test_the_operator_sees_the_order_and_its_own_report_and_no_inner_paper(ordered: Life, signed_in: Callable[[User], Client]) -> None:
    ordered.reported()
    ordered.confirmed("report_return", problems=ordered.open_problems, reason="an inner reason")
    client = signed_in(ordered.owner)
    with clock.stopped_at(ordered.at):
        known = told(ordered.case, state_of(ordered.case))
        page = client.get(f"/portal/{ordered.case.pk}/").content.decode()
    assert [each.kind for each in known.documents] == ["test_report", "rectification_order", "rectification_report"]
    assert known.standing.state == "rectification_reported"
    assert "an inner reason" not in page
    for paper in known.documents:
        assert _open(ordered, client, f"/portal/{ordered.case.pk}/documents/{paper.pk}.html") == 200
        assert _open(ordered, client, f"/portal/{ordered.case.pk}/documents/{paper.pk}.exe") == 404


def test_the_report_of_a_test_is_given_with_its_last_problem(life: Life) -> None:
    first, second = life.open_problems
    life.served(life.confirmed("order", body="cac", term=TERM, problems=[first]))
    with clock.stopped_at(life.at):
        life.case.refresh_from_db()
        known = told(life.case, state_of(life.case))
    assert [each.id for each in known.problems] == [first]
    assert [each.kind for each in known.documents] == ["rectification_order"]
    assert second.partition(":")[2] not in str([(each.zh, each.en) for each in known.documents])


def test_a_letter_about_something_else_tells_no_result(ordered: Life) -> None:
    ordered.reported()
    again = ordered.inspected(SECOND, version="1.1")
    ordered.do("retest_started", None, inspection=str(again.pk), version="1.1", sha256=again.package_sha256)
    first, second = (f"{clause}:{key}" for clause, key in (FIRST, SECOND))
    result = {"fixed": [first], "persisting": [second], "not_reached": [], "new": []}
    ordered.do("retest_finished", None, inspection=str(again.pk), sha256=again.package_sha256, **result)
    ordered.served(ordered.confirmed("reply", text="收到。"))
    assert set(_told(ordered).values()) == {"answered"}
    with clock.stopped_at(ordered.at):
        known = told(ordered.case, state_of(ordered.case))
    assert (known.standing.state, known.standing.due) == ("rectification_reported", None)
    assert "retest_report" not in [each.kind for each in known.documents]


def test_the_list_of_a_closed_case_names_only_papers_of_the_operator(ordered: Life) -> None:
    recalled = ordered.confirmed("withdrawal", problems=ordered.open_problems[:1], reason="wrong")
    ordered.past_deadline()
    named = ordered.confirmed("naming", body="cac", term=TERM, problems=ordered.open_problems)
    ordered.do("recalled", ordered.reviewer, of=named, reason="too early")
    ordered.confirmed("closing", outcome="app_gone", reason="no longer offered")
    index = str(ordered.case.documents.get(kind="closing_notice").zh)
    assert ordered.case.documents.get(kind="rectification_order").number in index
    assert ordered.case.documents.get(kind="test_report").number in index
    assert ordered.case.documents.get(kind="naming_notice").number not in index
    assert recalled


def test_what_the_house_did_and_did_not_tell_is_not_where_the_case_stands(ordered: Life, signed_in: Callable[[User], Client]) -> None:
    client, due = signed_in(ordered.owner), ordered.state.deadline
    assert due is not None

    def row() -> tuple[str, str | None]:
        with clock.stopped_at(ordered.at):
            found = client.get("/portal/cases.json").json()["cases"][0]
            assert client.get(f"/portal/{ordered.case.pk}.json").json()["state"] == found["state"]
        return found["state"], found["due_at"]

    assert row() == ("rectification_ordered", due.ends.isoformat())
    ordered.reported()
    again = ordered.inspected(SECOND, version="1.1")
    term = {"unit": "working_days", "amount": 9}
    ordered.do("retest_started", None, inspection=str(again.pk), version="1.1", sha256=again.package_sha256, lab="lab", term=term)
    ordered.case.refresh_from_db()
    assert ordered.case.due_at is not None
    assert row() == ("rectification_reported", None)
    ordered.do(
        "retest_finished",
        None,
        inspection=str(again.pk),
        sha256=again.package_sha256,
        fixed=ordered.open_problems,
        persisting=[],
        not_reached=[],
        new=[],
    )
    closing = ordered.confirmed("closing", outcome="rectified", reason="both fixed")
    assert row() == ("rectification_reported", None)
    ordered.served(closing)
    assert row() == ("closed", None)


def test_a_new_problem_of_a_re_test_has_the_evidence_of_that_test(ordered: Life, signed_in: Callable[[User], Client]) -> None:
    def kept(inspection: Inspection, *hits: tuple[str, str]) -> None:
        inspection.report_sha256 = stored_report(dict.fromkeys(hits, "api"), (API, CODE))
        inspection.save()

    first = ordered.case.opened_from
    assert first is not None
    kept(first, FIRST, SECOND)
    ordered.reported()
    again = ordered.inspected(SECOND, THIRD, version="1.1")
    kept(again, SECOND, THIRD)
    with clock.stopped_at(ordered.at):
        ordered.case.refresh_from_db()
        attach(ordered.case, again, ordered.inspector, ordered.case.seq)
    client = signed_in(ordered.owner)

    def hits(test: int) -> list[str]:
        with clock.stopped_at(ordered.at):
            answer = client.get(f"/portal/{ordered.case.pk}/evidence.json?test={test}")
        assert answer.status_code in (200, 404)
        if answer.status_code == 404:
            return []
        findings = json.loads(b"".join(answer.streaming_content))["findings"]  # type: ignore[attr-defined]
        return sorted(hit["fingerprint"] for each in findings for hit in each["hits"])

    tested, retested = ordered.case.tests.values_list("seq", flat=True)
    assert hits(tested) == sorted((FIRST[1], SECOND[1]))
    assert hits(retested) == []
    ordered.ordered()
    assert hits(retested) == [THIRD[1]]


def test_the_files_of_a_version_are_stored_before_anything_is_locked(ordered: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[bool] = []
    put = vault.put

    def watched(content: Any) -> tuple[str, int]:
        inside.append(len(connection.savepoint_ids) > before)
        return put(content)

    monkeypatch.setattr(vault, "put", watched)
    before = len(connection.savepoint_ids)
    with clock.stopped_at(ordered.at):
        ordered.case.refresh_from_db()
        steps.hand_in(ordered.case, {"package": [("a.apk", [b"PK\x03\x04"])]}, ordered.owner)
    assert inside == [False]


def test_a_case_that_is_closed_during_an_upload_takes_no_version(ordered: Life) -> None:
    def slowly() -> Iterator[bytes]:
        yield b"PK\x03\x04" + bytes(5000)
        ordered.confirmed("closing", outcome="app_gone", reason="no longer offered")
        yield bytes(10)

    with clock.stopped_at(ordered.at), pytest.raises(RefusedError, match="state"):
        steps.hand_in(ordered.case, {"package": [("a.apk", slowly())]}, ordered.owner)
    assert not Submission.objects.exists()


def test_a_corrected_version_is_taken_in_and_inspected(ordered: Life, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(ordered.owner)
    package = SimpleUploadedFile("../../app.apk", b"PK\x03\x04" + bytes(100))
    run = SimpleUploadedFile("run.jsonl", b'{"format": "run/1"}\n')
    assert _open(ordered, client, f"/portal/{ordered.case.pk}/version", package=package, run=run) == 302
    handed = Submission.objects.get()
    assert (handed.case, handed.by, handed.inspection.source) == (ordered.case, ordered.owner, Inspection.Source.PORTAL)
    assert sorted(handed.inspection.materials.values_list("kind", "name")) == [("package", "app.apk"), ("run", "run.jsonl")]
    assert handed.inspection.state == Inspection.State.QUEUED
    assert _open(ordered, client, f"/portal/{ordered.case.pk}/version", package=SimpleUploadedFile("a.apk", b"MZ not a package")) == 422
    assert Submission.objects.count() == 1


def test_versions_that_wait_are_limited(ordered: Life, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(ordered.owner)
    answers = [
        _open(ordered, client, f"/portal/{ordered.case.pk}/version", package=SimpleUploadedFile("a.apk", b"PK\x03\x04" + bytes([n])))
        for n in range(4)
    ]
    assert answers == [302, 302, 302, 422]


def test_relisting_is_asked_for_with_a_version_of_the_same_app_only(ordered: Life, signed_in: Callable[[User], Client]) -> None:
    ordered.past_deadline()
    ordered.named()
    ordered.past_deadline()
    ordered.taken_down(["甲商店"])
    other = ordered.inspected(version="2.0")
    other.app = App.objects.create(package="com.example.other", updated_at=ordered.at)
    other.save()
    wrong = Submission.objects.create(case=ordered.case, inspection=other, by=ordered.owner, at=ordered.at)
    right = Submission.objects.create(case=ordered.case, inspection=ordered.inspected(version="2.1"), by=ordered.owner, at=ordered.at)
    client = signed_in(ordered.owner)
    _open(ordered, client, f"/portal/{ordered.case.pk}/relist/{wrong.pk}", x=1)
    assert ordered.state.state == "takedown_ordered"
    _open(ordered, client, f"/portal/{ordered.case.pk}/relist/{right.pk}", x=1)
    assert ordered.state.state == "relist_retest"


def test_the_list_costs_the_same_for_many_cases(
    ordered: Life, signed_in: Callable[[User], Client], django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = signed_in(ordered.owner)
    copies = []
    for number in range(30):
        copy = Case.objects.get(pk=ordered.case.pk)
        copy.pk, copy.number = None, f"copy {number}"
        copies.append(copy)
    Case.objects.bulk_create(copies)
    events = list(Event.objects.filter(case=ordered.case))
    Event.objects.bulk_create(
        Event(case=copy, seq=each.seq, kind=each.kind, at=each.at, by=each.by, data=each.data) for copy in copies for each in events
    )
    with django_assert_max_num_queries(8):
        assert client.get("/portal/").content.decode().count("<tr>") == 32


def _report() -> Report:
    def seen(data: str) -> Observation:
        return Observation("observed", "api", "collect", data, evidence=(Evidence("a" * 64, "run:1", data),))

    text = Text("甲", "a")
    clauses = tuple(Clause(id, text, Citation("CAC-2019", 3, 1), "high", "preview", (), (), text, text) for id in ("p/1", "p/2", "p/3"))
    return Report(
        tool=Tool("1", "c", "none"),
        subject=Subject("a" * 64, "android", "com.example.app", "1", "App", None, (Artifact("a" * 64, "package", "a.apk", 1),)),
        packs=(),
        clauses=clauses,
        coverage=(),
        observations=(seen("secret.one"), seen("device.imei"), seen("secret.two"), seen("location")),
        findings=(
            Finding("p/1", "violated", (Hit("aa", (1,)), Hit("bb", (0, 2))), why=Why("yes", "any", (Why("yes", "seen", (), (0, 1, 2)),))),
            Finding("p/2", "suspected", (Hit("cc", (3,)),)),
            Finding("p/3", "violated", (Hit("dd", (2,)),)),
        ),
        created_at="2026-01-01T00:00:00+08:00",
    )


def test_the_evidence_holds_what_the_problems_rest_on_and_nothing_else() -> None:
    part = limited(_report(), [("p/1", "aa"), ("p/2", "p/2")])
    assert [each.data for each in part.observations] == ["device.imei", "location"]
    assert [(each.clause, [hit.fingerprint for hit in each.hits]) for each in part.findings] == [("p/1", ["aa"]), ("p/2", ["cc"])]
    assert [[hit.observations for hit in each.hits] for each in part.findings] == [[(0,)], [(1,)]]
    assert [each.id for each in part.clauses] == ["p/1", "p/2"]
    assert part.findings[0].why == Why("yes", "any", (Why("yes", "seen", (), (0,)),))
    assert part.timeline == part.comparisons == ()
