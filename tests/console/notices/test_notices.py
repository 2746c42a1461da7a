"""The public list: only what two people decided and a publisher published, in four shapes, with restorations and corrections in sight."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.models import Entry
from mingjian.console.cases import ledger
from mingjian.console.cases.models import Document
from mingjian.console.notices.models import Publication
from mingjian.console.notices.publish import publish, ready, withdraw
from mingjian.console.refused import RefusedError
from tests.console.cases.life import FIRST, SECOND, TERM, Life

LIST = "/notices/"


@pytest.fixture
def life(db: None) -> Iterator[Life]:
    """A case whose operator missed the deadline, and a naming that was confirmed."""
    life = Life()
    life.app.category = "map_navigation"
    life.app.save()
    life.open()
    life.ordered()
    life.past_deadline()
    life.confirmed("naming", body="cac", term=TERM, problems=life.open_problems)
    yield life


@pytest.fixture
def english(db: None, client: Client) -> Client:
    client.post("/language/", {"language": "en", "next": "/"})
    return client


def paper(life: Life, kind: str = "naming_notice") -> Document:
    return Document.objects.filter(case=life.case, kind=kind).latest("pk")


def published(life: Life, kind: str = "naming_notice") -> Publication:
    life.at += timedelta(minutes=1)
    life.case.refresh_from_db()
    with clock.stopped_at(life.at):
        return publish(life.case, paper(life, kind), life.publisher)


def words(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200, path
    return page.content.decode()


def test_nothing_is_public_before_somebody_published_it(english: Client, life: Life) -> None:
    for path in (LIST, LIST + "?shape=problem", LIST + "?shape=type", LIST + "?shape=store", LIST + "list.json"):
        assert "示例应用" not in words(english, path)
    assert [each.number for each in ready(life.publisher)] == [paper(life).number]
    assert not ready(life.inspector).exclude(case=life.case).exists()


def test_publishing_names_the_app_and_sets_its_deadline(english: Client, life: Life) -> None:
    publication = published(life)
    assert life.state.state == "publicly_named"
    deadline = life.state.deadline
    assert deadline is not None
    assert publication.due_on == deadline.last_day
    assert (publication.version, publication.store, publication.operator) == ("1.0", "示例商店", "示例科技有限公司")
    assert {problem.clause for problem in publication.problems.all()} == {FIRST[0], SECOND[0]}
    assert Entry.objects.filter(action="notice.published", actor=life.publisher.get_username()).exists()
    assert not ready(life.publisher).exists()
    assert "示例应用" in words(english, LIST)


def test_a_naming_takes_effect_by_its_publication_alone(life: Life) -> None:
    seq = next(each.seq for each in life.state.proposals if each.act == "naming")
    with clock.stopped_at(life.at), pytest.raises(RefusedError, match="through"):
        life.case.refresh_from_db()
        ledger.append(life.case, "published", {"of": seq, "place": "announcement 7"}, life.publisher, life.case.seq)
    assert life.state.state == "overdue"


def test_what_was_withdrawn_entirely_does_not_become_public(life: Life) -> None:
    published(life)
    life.past_deadline()
    life.taken_down(["甲商店"])
    assert [each.kind for each in ready(life.publisher)] == ["takedown_order"]
    life.confirmed("withdrawal", problems=life.open_problems, reason="wrong device")
    assert not ready(life.publisher).exists()
    with pytest.raises(RefusedError, match="withdrawn"):
        published(life, "takedown_order")


def test_of_what_was_withdrawn_in_part_the_rest_becomes_public(life: Life) -> None:
    published(life)
    life.past_deadline()
    life.taken_down(["甲商店"])
    wrong, right = life.open_problems
    life.confirmed("withdrawal", problems=[wrong], reason="wrong device")
    assert [each.key for each in published(life, "takedown_order").problems.all()] == [right]


def test_a_naming_of_which_part_was_withdrawn_leaves_the_desk_and_another_is_made(life: Life) -> None:
    fallen = paper(life)
    wrong, right = life.open_problems
    life.confirmed("withdrawal", problems=[wrong], reason="wrong device")
    assert not ready(life.publisher).exists()
    assert not life.case.waiting.filter(what="publish").exists()
    with pytest.raises(RefusedError, match="not_confirmed"):
        published(life)
    life.confirmed("naming", body="cac", term=TERM, problems=[right])
    assert fallen != paper(life)
    assert list(ready(life.publisher)) == [paper(life)], "the one that fell does not come back with it"
    assert [each.key for each in published(life).problems.all()] == [right]
    assert not ready(life.publisher).exists()


def test_a_takedown_waits_at_the_desk_for_its_own_service_and_while_something_of_it_is_left(life: Life) -> None:
    published(life)
    life.past_deadline()
    term, (one, other) = {"unit": "hours", "amount": 48}, life.open_problems
    recalled = life.confirmed("takedown", body="cac", term=term, stores=["甲商店"], problems=[one])
    life.do("recalled", life.reviewer, of=recalled, reason="too early")
    seq = life.confirmed("takedown", body="cac", term=term, stores=["甲商店"], problems=[one])
    assert not ready(life.publisher).exists()
    life.served(seq, "甲商店")
    assert list(ready(life.publisher)) == [paper(life, "takedown_order")]
    life.confirmed("withdrawal", problems=[one], reason="wrong device")
    assert life.open_problems == [other]
    assert not ready(life.publisher).exists()


def test_a_document_with_a_withdrawn_problem_is_no_longer_shown(english: Client, life: Life) -> None:
    publication = published(life)
    assert "<article" in words(english, f"{LIST}{publication.pk}/")
    life.confirmed("withdrawal", problems=life.open_problems[:1], reason="wrong device")
    assert "<article" not in words(english, f"{LIST}{publication.pk}/")


def test_the_list_says_what_the_document_said_of_the_app(life: Life) -> None:
    inspection = life.case.opened_from
    assert inspection is not None
    inspection.category = "online_shopping"
    inspection.save()
    life.app.label, life.app.category = "别家应用", "browser"
    life.app.save()
    publication = published(life)
    assert (publication.label, publication.category) == ("示例应用", "online_shopping")


def test_a_correction_waits_at_the_desk_and_nowhere_else(life: Life, signed_in: Callable[[User], Client]) -> None:
    publication, ids = published(life), life.open_problems
    life.confirmed("withdrawal", problems=ids, reason="wrong device")
    seq = life.confirmed("correction", problems=ids, text="All of it was wrong.")
    publisher = signed_in(life.publisher)
    with clock.stopped_at(life.at):
        life.case.refresh_from_db()
        step = publisher.post(f"/cases/{life.case.pk}/published/?of={seq}", {"seq": life.case.seq, "place": "gazette"})
        assert step.status_code == 409
        assert f'href="{LIST}{publication.pk}/"' in publisher.get(f"{LIST}publish/").content.decode()
        assert publisher.post(f"{LIST}{publication.pk}/correct/").status_code == 302
        publication.refresh_from_db()
        assert publication.withdrawn_at is not None
        assert f'href="{LIST}{publication.pk}/"' not in publisher.get(f"{LIST}publish/").content.decode()


def test_nothing_is_published_twice(life: Life) -> None:
    published(life)
    with pytest.raises(RefusedError, match="twice"):
        published(life)
    assert Publication.objects.count() == 1


@pytest.mark.parametrize("role", ["inspector", "reviewer", "auditor", "administrator", "operator"])
def test_only_a_publisher_publishes(life: Life, person: Callable[..., User], role: str) -> None:
    with pytest.raises(RefusedError):
        publish(life.case, paper(life), person(role, name="somebody"))
    assert not Publication.objects.exists()


def test_a_publisher_of_another_body_publishes_nothing(life: Life, person: Callable[..., User]) -> None:
    other = person("publisher", name="other", body="miit")
    with pytest.raises(RefusedError):
        publish(life.case, paper(life), other)
    assert not ready(other).exists()


def test_a_recalled_naming_is_not_published(life: Life) -> None:
    seq = next(each.seq for each in life.state.proposals if each.act == "naming")
    life.do("recalled", life.reviewer, of=seq, reason="too early")
    with pytest.raises(RefusedError, match="not_confirmed"):
        published(life)


def test_documents_that_are_not_for_the_public_never_become_public(life: Life) -> None:
    for kind in ("test_report", "rectification_order"):
        with pytest.raises(RefusedError):
            published(life, kind)
    assert {each.kind for each in ready(life.publisher)} == {"naming_notice"}


def test_a_takedown_becomes_public_after_it_was_served(life: Life) -> None:
    published(life)
    life.past_deadline()
    term = {"unit": "hours", "amount": 48}
    seq = life.confirmed("takedown", body="cac", term=term, stores=["甲商店"], problems=life.open_problems)
    with pytest.raises(RefusedError, match="not_confirmed"):
        published(life, "takedown_order")
    life.served(seq, "甲商店")
    assert published(life, "takedown_order").kind == "takedown"


def restored(life: Life) -> None:
    published(life)
    life.past_deadline()
    life.taken_down()
    published(life, "takedown_order")
    fixed = life.inspected(version="2.0")
    ids = life.open_problems
    newer = {"version": "2.0", "sha256": fixed.package_sha256}
    life.do("relist_requested", life.owner, inspection=str(fixed.pk), **newer)
    result = {"fixed": ids, "persisting": [], "not_reached": [], "new": []}
    life.do("retest_finished", None, inspection=str(fixed.pk), sha256=fixed.package_sha256, **result)
    seq = life.confirmed("restoration", reason="corrected")
    life.served(seq, "甲商店", "乙商店")
    published(life, "restoration_notice")


def test_a_restored_app_is_shown_as_restored_wherever_it_stands(english: Client, life: Life) -> None:
    restored(life)
    assert Publication.objects.count() == 3
    naming = Publication.objects.get(kind="naming")
    assert naming.version == "1.0"
    for path in (LIST + "?kind=naming", f"{LIST}{naming.pk}/", LIST + "?shape=store&kind=naming"):
        assert "restored 2026-" in " ".join(words(english, path).split())
    assert english.get(f"{LIST}{naming.pk}.json").json()["_mingjian"]["restored_at"]


def corrected(life: Life, ids: list[str], text: str) -> Publication:
    """The problems turned out to be none, and a correction that says so was decided by two people and published."""
    life.confirmed("withdrawal", problems=ids, reason="wrong device")
    life.confirmed("correction", problems=ids, text=text)
    with clock.stopped_at(life.at + timedelta(minutes=1)):
        return withdraw(Publication.objects.get(kind="naming"), life.publisher)


def test_a_correction_stands_beside_what_it_corrects(english: Client, life: Life) -> None:
    published(life)
    wrong = next(each for each in life.state.problems if each.clause == FIRST[0])
    publication = corrected(life, [wrong.id], "The call came from the test device.")
    assert publication.withdrawn_at is None
    page = words(english, f"{LIST}{publication.pk}/")
    assert "The call came from the test device." in page
    assert "<article" not in page
    grouped = english.get(LIST + "list.json?shape=problem").json()["items"]
    assert [each["_mingjian"]["name"] for each in grouped] == [SECOND[0]]


def test_a_notice_of_which_nothing_is_left_is_withdrawn_and_stays_readable(english: Client, life: Life) -> None:
    published(life)
    publication = corrected(life, [each.id for each in life.state.problems], "All of it was wrong.")
    assert publication.withdrawn_at is not None
    assert "All of it was wrong." in words(english, f"{LIST}{publication.pk}/")
    assert "withdrawn" in words(english, LIST)
    for shape in ("problem", "type", "store"):
        assert english.get(f"{LIST}list.json?shape={shape}").json()["items"] == []


def test_no_correction_without_two_people(life: Life) -> None:
    publication = published(life)
    with pytest.raises(RefusedError, match="no_correction"):
        withdraw(publication, life.publisher)
    with pytest.raises(RefusedError, match="publisher"):
        withdraw(publication, life.inspector)


def test_four_shapes_as_page_feed_and_sheet(english: Client, life: Life) -> None:
    publication = published(life)
    for shape in ("app", "problem", "type", "store"):
        assert "示例应用" in words(english, f"{LIST}?shape={shape}")
        feed = english.get(f"{LIST}list.json?shape={shape}")
        assert feed.headers["Content-Type"] == "application/feed+json"
        told = feed.json()
        assert told["version"] == "https://jsonfeed.org/version/1.1"
        assert "示例应用" in str(told["items"])
        sheet = english.get(f"{LIST}list.xlsx?shape={shape}")
        with zipfile.ZipFile(io.BytesIO(b"".join(sheet.streaming_content))) as book:  # type: ignore[attr-defined]
            assert "示例应用" in "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    item = english.get(LIST + "list.json").json()["items"][0]
    assert item["id"].endswith(f"/notices/{publication.pk}/")
    assert item["_mingjian"]["package"] == "com.example.app"
    assert english.get(LIST + "list.json?shape=problem").json()["items"][0]["_mingjian"]["count"] == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("half=2026H1", True),
        ("half=2025H2", False),
        ("half=2026H9", True),
        ("kind=naming", True),
        ("kind=takedown", False),
        ("body=cac", True),
        ("body=miit", False),
        ("clause=cac-2019/3.1", True),
        ("clause=cac-2019/4.4", False),
        ("category=map_navigation", True),
        ("store=' OR 1=1 --", False),
        ("package=com.example.app", True),
        ("after=forged", True),
        ("shape=<script>", True),
    ],
)
def test_filters_find_what_they_say_and_run_nothing(english: Client, life: Life, query: str, found: bool) -> None:
    published(life)
    shown = words(english, f"{LIST}?{query}")
    assert ("示例应用" in shown) is found
    assert "<script>" not in shown.replace("<script src=", "")
    for shape in ("problem", "type", "store"):
        if "shape=" not in query:
            assert ("示例应用" in words(english, f"{LIST}?shape={shape}&{query}")) is found


def test_no_query_for_each_row(english: Client, life: Life) -> None:
    published(life)
    counts: dict[str, list[int]] = {}
    for copies in (0, 12):
        for number in range(copies):
            document = Document.objects.create(
                case=life.case, seq=1000 + number, kind="naming_notice", number=f"n{number}", created_at=life.at, zh={}, en={}, digest=""
            )
            row = Publication.objects.create(
                kind="naming", case=life.case, document=document, body="cac", published_at=life.at, label=f"App {number}", package="p"
            )
            row.problems.create(key="k", clause=FIRST[0], zh="一", en="one")
        for path in ("", "?shape=problem", "?shape=type", "?shape=store", "list.json", "list.xlsx"):
            with CaptureQueriesContext(connection) as queries:
                english.get(LIST + path)
            counts.setdefault(path, []).append(len(queries))
    assert all(few == many for few, many in counts.values()), counts


def test_public_answers_may_be_kept_for_a_while_and_pages_only_by_their_reader(english: Client, life: Life) -> None:
    publication = published(life)
    assert "public" in english.get(LIST + "list.json").headers["Cache-Control"]
    assert "private" in english.get(LIST).headers["Cache-Control"]
    assert english.get(f"{LIST}{publication.pk}/").status_code == 200
    assert english.get(f"{LIST}999/").status_code == 404
    assert english.get(f"{LIST}{10**30}/").status_code == 404


def test_the_desk_publishes_and_corrects_for_publishers_only(life: Life, signed_in: Callable[[User], Client]) -> None:
    publisher, inspector = signed_in(life.publisher), signed_in(life.inspector)
    document = paper(life)
    assert inspector.get(LIST + "publish/").status_code == 403
    with clock.stopped_at(life.at + timedelta(minutes=1)):
        assert document.number in publisher.get(LIST + "publish/").content.decode()
        assert publisher.post(LIST + "publish/", {"document": "0"}).status_code == 404
        assert publisher.post(LIST + "publish/", {"document": str(document.pk)}).status_code == 302
        publication = Publication.objects.get()
        assert publisher.post(f"{LIST}{publication.pk}/correct/").status_code == 409
        assert inspector.post(f"{LIST}{publication.pk}/correct/").status_code == 403
