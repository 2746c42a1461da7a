"""The house's side: who sees what, sorting, cases, groups, replies by two people, and lists without personal data."""

import dataclasses
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.audit.models import Entry
from mingjian.console.complaints import handling
from mingjian.console.complaints.followup import reply_of
from mingjian.console.complaints.intake import Told, take
from mingjian.console.complaints.models import Complaint
from mingjian.console.market.models import App
from mingjian.console.refused import RefusedError

TOLD = Told(
    "Weather",
    "It reads my contacts.",
    package="com.example.weather",
    clause="cac-2019/3.1",
    name="Li Si",
    contact="li@x.cn",
    may_contact=True,
)
PURPOSE = {"purpose": "examine"}


@pytest.fixture
def inspector(person: Callable[..., User]) -> User:
    return person("inspector")


@pytest.fixture
def reviewer(person: Callable[..., User]) -> User:
    return person("reviewer")


@pytest.fixture
def complaint(db: None, inspector: User, noon: datetime) -> Complaint:
    App.objects.create(package="com.example.weather", label="Weather", updated_at=noon)
    complaint = take(TOLD, [b"%PDF-1.4\n%%EOF"]).complaint
    handling.take_on(complaint, inspector)
    complaint.refresh_from_db()
    return complaint


def test_from_sorting_to_a_reply_that_two_people_made(complaint: Complaint, inspector: User, reviewer: User) -> None:
    handling.accept(complaint, inspector)
    case = handling.open_case(complaint, "cac", inspector)
    assert list(case.complaints.all()) == [complaint]
    reply = handling.propose_reply(complaint, "We opened a case.", inspector)
    assert reply_of(complaint) == ""
    handling.decide_reply(reply, reviewer, confirmed=True)
    complaint.refresh_from_db()
    assert reply_of(complaint) == "We opened a case."
    assert (complaint.state, complaint.accepted) == ("replied", True)
    assert b"opened" not in bytes(complaint.replies.get().sealed)
    assert not Entry.objects.filter(body__contains="opened a case").exists()


def test_nobody_confirms_their_own_reply(complaint: Complaint, inspector: User, person: Callable[..., User]) -> None:
    both = person("inspector", "reviewer", name="both")
    handling.take_on(complaint, both)
    handling.reject(complaint, both, "not about an app")
    reply = handling.propose_reply(complaint, "No.", both)
    for by in (both, inspector):
        with pytest.raises(RefusedError, match="second"):
            handling.decide_reply(reply, by, confirmed=True)
    assert reply_of(complaint) == ""


def test_a_returned_reply_is_never_shown_and_a_new_one_may_follow(complaint: Complaint, inspector: User, reviewer: User) -> None:
    handling.accept(complaint, inspector)
    first = handling.propose_reply(complaint, "First.", inspector)
    handling.decide_reply(first, reviewer, confirmed=False)
    assert reply_of(complaint) == ""
    with pytest.raises(RefusedError, match="decided"):
        handling.decide_reply(first, reviewer, confirmed=True)
    handling.decide_reply(handling.propose_reply(complaint, "Second.", inspector), reviewer, confirmed=True)
    assert reply_of(complaint) == "Second."


def test_nothing_is_decided_by_who_does_not_handle_it(complaint: Complaint, person: Callable[..., User]) -> None:
    other = person("inspector", name="other")
    for step in (
        lambda: handling.accept(complaint, other),
        lambda: handling.reject(complaint, other, "x"),
        lambda: handling.propose_reply(complaint, "x", other),
        lambda: handling.open_case(complaint, "cac", other),
    ):
        with pytest.raises(RefusedError):
            step()
    for role in ("auditor", "publisher", "administrator", "operator"):
        with pytest.raises(RefusedError):
            handling.take_on(complaint, person(role))


def test_what_is_over_is_handled_no_more(complaint: Complaint, inspector: User) -> None:
    Complaint.objects.update(state="withdrawn")
    with pytest.raises(RefusedError, match="over"):
        handling.accept(complaint, inspector)


def test_the_same_app_and_clause_are_proposed_as_one_group(complaint: Complaint, inspector: User) -> None:
    same = take(dataclasses.replace(TOLD, description="Entirely other words.")).complaint
    renamed = take(dataclasses.replace(TOLD, app_name="weather", package="")).complaint
    take(dataclasses.replace(TOLD, clause="cac-2019/4.4"))
    take(dataclasses.replace(TOLD, app_name="Maps", package="com.example.maps"))
    found = handling.similar(complaint, inspector)
    assert set(found) == {same, renamed}
    group = handling.group(complaint, found, inspector)
    assert set(group.complaints.all()) == {complaint, same, renamed}


def test_lists_and_details_show_nobody(
    complaint: Complaint, signed_in: Callable[[User], Client], inspector: User, person: Callable[..., User]
) -> None:
    for user in (inspector, person("auditor")):
        client = signed_in(user)
        for path in ("", "list.json", f"{complaint.pk}/", f"{complaint.pk}.json", "?q=Li", "?due=open"):
            page = client.get(f"/complaints/{path}")
            assert page.status_code == 200
            assert "no-store" in page.headers["Cache-Control"]
            assert all(told not in page.content.decode() for told in ("Li Si", "li@x.cn", "reads my contacts"))
    assert not Entry.objects.filter(action__endswith="_read").exists()


def test_reading_asks_what_for_and_is_in_the_chain(complaint: Complaint, signed_in: Callable[[User], Client], inspector: User) -> None:
    client, path = signed_in(inspector), f"/complaints/{complaint.pk}/read/"
    assert client.post(path, {"part": "identity"}).status_code == 422
    page = client.post(path, {"part": "identity", **PURPOSE})
    assert "li@x.cn" in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert "reads my contacts" in client.post(path, {"part": "statement", **PURPOSE}).content.decode()
    file = client.post(f"/complaints/{complaint.pk}/attachment/", {"file": complaint.attachments.get().pk, **PURPOSE})
    assert b"".join(file.streaming_content) == b"%PDF-1.4\n%%EOF"  # type: ignore[attr-defined]
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file.headers["Content-Security-Policy"]
    read = Entry.objects.filter(action__endswith="_read").order_by("seq").values_list("action", flat=True)
    assert list(read) == ["complaint.identity_read", "complaint.statement_read", "complaint.attachment_read"]


def test_reading_by_somebody_else_is_refused(
    complaint: Complaint, signed_in: Callable[[User], Client], person: Callable[..., User]
) -> None:
    other, auditor, elsewhere = person("reviewer", name="other"), person("auditor"), person("inspector", name="cac", body="cac")
    path = f"/complaints/{complaint.pk}/read/"
    assert signed_in(other).post(path, {"part": "identity", **PURPOSE}).status_code == 409
    assert signed_in(auditor).post(path, {"part": "identity", **PURPOSE}).status_code == 403
    assert signed_in(elsewhere).get(f"/complaints/{complaint.pk}/").status_code == 200
    Complaint.objects.update(body="miit")
    assert signed_in(elsewhere).post(path, {"part": "identity", **PURPOSE}).status_code == 404
    assert signed_in(elsewhere).get(f"/complaints/{complaint.pk}/").status_code == 404


def test_what_came_to_no_body_is_seen_by_all_and_belongs_to_who_takes_it_on(db: None, person: Callable[..., User]) -> None:
    first, second, whole = person("inspector", name="a", body="cac"), person("reviewer", name="b", body="miit"), person("auditor")
    complaint = take(TOLD).complaint
    for user in (first, second, whole):
        assert list(Complaint.objects.visible_to(user)) == [complaint]
    handling.take_on(complaint, second)
    complaint.refresh_from_db()
    assert complaint.body == "miit"
    assert list(Complaint.objects.visible_to(second)) == [complaint]
    assert not Complaint.objects.visible_to(first).exists()
    with pytest.raises(RefusedError, match="not_yours"):
        handling.take_on(complaint, first)


def test_a_lost_file_or_a_broken_seal_is_told_in_words(complaint: Complaint, signed_in: Callable[[User], Client], inspector: User) -> None:
    client, file = signed_in(inspector), complaint.attachments.get()
    vault.drop(file.sha256)
    assert client.post(f"/complaints/{complaint.pk}/attachment/", {"file": file.pk, **PURPOSE}).status_code == 409
    Complaint.objects.update(identity=bytes(complaint.identity)[:-1] + bytes([bytes(complaint.identity)[-1] ^ 1]))
    assert client.post(f"/complaints/{complaint.pk}/read/", {"part": "identity", **PURPOSE}).status_code == 409


def test_the_steps_of_the_page_do_what_they_say(
    complaint: Complaint, signed_in: Callable[[User], Client], inspector: User, reviewer: User
) -> None:
    clerk, second, path = signed_in(inspector), signed_in(reviewer), f"/complaints/{complaint.pk}/act/"
    assert clerk.post(path, {"act": "accept", "package": "com.unknown"}).status_code == 422
    assert clerk.post(path, {"act": "accept", "package": "com.example.weather", "clause": "cac-2019/3.1"}).status_code == 302
    assert clerk.post(path, {"act": "link", "number": "none"}).status_code == 422
    assert clerk.post(path, {"act": "open_case", "body": "nobody"}).status_code == 422
    assert clerk.post(path, {"act": "open_case", "body": "cac"}).status_code == 302
    assert clerk.post(path, {"act": "open_case", "body": "cac"}).status_code == 409
    complaint.refresh_from_db()
    for place in ("", f"{complaint.pk}/"):
        assert f'href="/cases/{complaint.case_id}/"' in clerk.get(f"/complaints/{place}").content.decode()
    assert clerk.post(path, {"act": "propose", "text": "We opened a case."}).status_code == 302
    assert second.post(f"/complaints/{complaint.pk}/read/", {"part": "reply", "purpose": "check"}).status_code == 200
    assert second.post(path, {"act": "confirm"}).status_code == 302
    assert clerk.post(path, {"act": "propose", "text": "Again."}).status_code == 409
    assert clerk.post(path, {"act": "nonsense"}).status_code == 302


@pytest.mark.parametrize("query", ["state=' OR 1=1 --", "app=9999999999999999999999", "group=x", "half=2026", "after=x", "mine=1&due=late"])
def test_hostile_filters_find_nothing_and_break_nothing(
    complaint: Complaint, signed_in: Callable[[User], Client], reviewer: User, query: str
) -> None:
    assert signed_in(reviewer).get(f"/complaints/?{query}").status_code == 200


def test_a_stored_script_is_shown_as_words(db: None, signed_in: Callable[[User], Client], inspector: User) -> None:
    script = "<script>alert(1)</script>"
    complaint = take(dataclasses.replace(TOLD, app_name=script, store=script, description=script)).complaint
    handling.take_on(complaint, inspector)
    client = signed_in(inspector)
    pages = [client.get("/complaints/"), client.get(f"/complaints/{complaint.pk}/"), client.get("/complaints/?store=" + script)]
    pages.append(client.post(f"/complaints/{complaint.pk}/read/", {"part": "statement", **PURPOSE}))
    for page in pages:
        assert script not in page.content.decode()
        assert "&lt;script&gt;alert" in page.content.decode()


def test_no_query_for_each_row(complaint: Complaint, signed_in: Callable[[User], Client], reviewer: User) -> None:
    client, found = signed_in(reviewer), []
    for copies in (0, 15):
        for _ in range(copies):
            take(TOLD)
        with CaptureQueriesContext(connection) as queries:
            client.get("/complaints/")
            client.get(f"/complaints/{complaint.pk}/")
        found.append(len(queries))
    assert found[0] == found[1]


def test_deadlines_pass_with_the_clock(complaint: Complaint, inspector: User, signed_in: Callable[[User], Client]) -> None:
    last = datetime(2026, 10, 13, 23, 59, tzinfo=clock.PLACE)
    assert complaint.due_on == last.date()
    client = signed_in(inspector)

    def late() -> list[int]:
        return [each["id"] for each in client.get("/complaints/list.json?due=late").json()["complaints"]]

    with clock.stopped_at(last):
        assert late() == []
    with clock.stopped_at(last + timedelta(minutes=1)):
        assert late() == [complaint.pk]
        Complaint.objects.update(provisional=True)
        assert late() == []


def test_a_complaint_by_telephone_is_written_down_and_its_code_handed_over(
    db: None, person: Callable[..., User], signed_in: Callable[[User], Client], client: Client
) -> None:
    clerk = signed_in(person("inspector", body="cac"))
    told = {"channel": "phone", "app_name": "Weather", "description": "It reads my contacts.", "name": "Li Si", "contact": "138"}
    assert clerk.post("/complaints/enter/", told).status_code == 422
    assert clerk.post("/complaints/enter/", {**told, "may_contact": "on", "channel": "web"}).status_code == 422
    assert not Complaint.objects.exists()
    page = clerk.post("/complaints/enter/", {**told, "may_contact": "on", "files": SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF")})
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    complaint = Complaint.objects.get()
    assert (complaint.channel, complaint.body, complaint.named, complaint.attachments.count()) == ("phone", "cac", True, 1)
    entry = Entry.objects.get(action="complaint.received")
    assert (entry.actor, "phone" in entry.body, "Li Si" in entry.body) == ("inspector", True, False)
    found = re.search(r"<code>([0-9A-Z-]+)</code>", page.content.decode())
    assert found
    # The complainant goes on with the code alone.
    assert "reads my contacts" in client.post("/complaints/follow/", {"code": found.group(1)}).content.decode()
    assert "来电" in clerk.get(f"/complaints/{complaint.pk}/").content.decode()
