"""Invitations and roles: nobody gets or gives more than the inviter may give, a link works once, and the house keeps an administrator."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from mingjian.console import clock
from mingjian.console.accounts import first, invitations, people
from mingjian.console.accounts.models import Invitation, User
from mingjian.console.audit.models import Entry
from mingjian.console.cases.models import Case
from mingjian.console.market.models import App, Operator
from mingjian.console.refused import RefusedError
from tests.console.conftest import PASSWORD

People = Callable[..., User]
NEW = "a long enough passphrase"


@pytest.fixture
def operators(db: None, noon: datetime) -> tuple[Operator, Operator]:
    """Two operators; the first has a case of the body `miit`, the second one of `cac`."""
    made = []
    for name, body in (("Alpha", "miit"), ("Beta", "cac")):
        operator = Operator.objects.create(name=name)
        app = App.objects.create(package=f"com.example.{name.lower()}", operator=operator, updated_at=noon)
        Case.objects.create(number=name, app=app, operator=operator, body=body, opened_at=noon, state="testing")
        made.append(operator)
    return made[0], made[1]


def test_an_invited_person_gets_what_the_inviter_fixed_and_nothing_else(person: People, client: Client) -> None:
    _, token = invitations.invite(person("administrator"), "li@example.com", "reviewer", body="miit")
    form = {"name": "li", "password": NEW, "role": "administrator", "body": "", "is_superuser": "1", "is_staff": "1", "operator": "1"}
    assert client.post(f"/people/invited/{token}/", form).status_code == 302
    made = User.objects.get(username="li")
    assert (made.roles, made.body, made.operator, made.email) == ({"reviewer"}, "miit", None, "li@example.com")
    assert not (made.is_superuser or made.is_staff)
    assert made.check_password(NEW)


def test_a_body_is_one_of_the_list(person: People, signed_in: Callable[[User], Client]) -> None:
    administrator, member = person("administrator"), person("reviewer")
    with pytest.raises(RefusedError, match="unknown_body"):
        invitations.invite(administrator, "li@example.com", "reviewer", body="cacc")
    with pytest.raises(RefusedError, match="unknown_body"):
        people.change_roles(administrator, member, frozenset({"reviewer"}), "cacc")
    client = signed_in(administrator)
    assert client.post("/people/invitations/", {"email": "li@example.com", "role": "reviewer", "body": "cacc"}).status_code == 422
    assert client.post(f"/people/{member.pk}/", {"roles": ["reviewer"], "body": "cacc"}).status_code == 422
    assert client.post(f"/people/{member.pk}/", {"roles": ["reviewer"], "body": "miit"}).status_code == 302
    assert not Invitation.objects.exists()


def test_a_link_works_once(person: People, client: Client) -> None:
    invitation, token = invitations.invite(person("administrator"), "li@example.com", "reviewer")
    invitations.accept(token, "li", NEW)
    with pytest.raises(RefusedError):
        invitations.accept(token, "wang", NEW)
    assert client.get(f"/people/invited/{token}/").status_code == 404
    assert User.objects.filter(username="wang").count() == 0
    assert token not in str(Invitation.objects.filter(pk=invitation.pk).values())


def test_a_link_ends_after_seven_days_and_when_its_inviter_loses_the_right(person: People, noon: datetime) -> None:
    administrator, second = person("administrator"), person("administrator", name="second")
    _, token = invitations.invite(administrator, "li@example.com", "reviewer")
    _, other = invitations.invite(administrator, "wang@example.com", "reviewer")
    with clock.stopped_at(noon + timedelta(days=7)):
        assert invitations.pending(token) is None
        with pytest.raises(RefusedError):
            invitations.accept(token, "li", NEW)
    people.change_roles(second, administrator, frozenset({"auditor"}), "")
    with pytest.raises(RefusedError):
        invitations.accept(other, "wang", NEW)


def test_a_refused_password_does_not_use_the_link_up(person: People, client: Client) -> None:
    _, token = invitations.invite(person("administrator"), "li@example.com", "reviewer")
    for bad in ("short", "password1234", "li-li-li-li-li"):
        assert client.post(f"/people/invited/{token}/", {"name": "li-li-li-li-lii", "password": bad}).status_code == 422
    assert client.post(f"/people/invited/{token}/", {"name": "LI", "password": NEW}).status_code == 302


def test_a_name_that_differs_in_case_only_is_taken(person: People) -> None:
    administrator = person("administrator", name="Wang")
    _, token = invitations.invite(administrator, "li@example.com", "reviewer")
    with pytest.raises(RefusedError):
        invitations.accept(token, "wANG", NEW)


@pytest.mark.parametrize("role", ["inspector", "reviewer", "publisher", "auditor", "administrator"])
def test_an_inspector_invites_no_colleague(role: str, person: People) -> None:
    with pytest.raises(RefusedError):
        invitations.invite(person("inspector", name="someone"), "li@example.com", role)


@pytest.mark.parametrize("role", ["reviewer", "publisher", "auditor"])
def test_others_invite_nobody(role: str, person: People, operators: tuple[Operator, Operator]) -> None:
    with pytest.raises(RefusedError):
        invitations.invite(person(role), "li@example.com", "operator", operator=operators[0])


def test_an_inspector_invites_the_people_of_operators_whose_cases_he_sees(person: People, operators: tuple[Operator, Operator]) -> None:
    own, foreign = operators
    inspector = person("inspector", body="miit")
    _, token = invitations.invite(inspector, "li@example.com", "operator", operator=own)
    made = invitations.accept(token, "li", NEW)
    assert (made.roles, made.operator) == ({"operator"}, own)
    with pytest.raises(RefusedError):
        invitations.invite(inspector, "wang@example.com", "operator", operator=foreign)


def test_nobody_is_of_the_house_and_of_an_operator(person: People, operators: tuple[Operator, Operator]) -> None:
    administrator = person("administrator")
    for role, operator in (("inspector", operators[0]), ("operator", None)):
        with pytest.raises(RefusedError):
            invitations.invite(administrator, "li@example.com", role, operator=operator)
    theirs = person("operator", operator=operators[0])
    with pytest.raises(RefusedError):
        people.change_roles(administrator, theirs, frozenset({"inspector"}), "")
    with pytest.raises(RefusedError):
        people.change_roles(administrator, person("auditor"), frozenset({"operator"}), "")


def test_the_page_shows_the_link_once_and_lists_no_secret(person: People, signed_in: Callable[[User], Client]) -> None:
    administrator = signed_in(person("administrator"))
    page = administrator.post("/people/invitations/", {"email": "li@example.com", "role": "reviewer"}).content.decode()
    found = re.search(r"http://testserver/people/invited/([\w-]{43})/", page)
    assert found
    assert found.group(1) not in administrator.get("/people/invitations/").content.decode()
    assert administrator.post(f"/people/invitations/{Invitation.objects.get().pk}/withdraw").status_code == 302
    assert invitations.pending(found.group(1)) is None


def test_an_inspector_sees_and_withdraws_only_invitations_of_his_own(person: People, signed_in: Callable[[User], Client]) -> None:
    theirs, _ = invitations.invite(person("administrator"), "li@example.com", "reviewer")
    inspector = signed_in(person("inspector"))
    assert "li@example.com" not in inspector.get("/people/invitations/").content.decode()
    assert inspector.post(f"/people/invitations/{theirs.pk}/withdraw").status_code == 404


def test_roles_are_changed_by_another_administrator_only_and_end_the_sessions(person: People, signed_in: Callable[[User], Client]) -> None:
    administrator, inspector = person("administrator"), person("inspector")
    session = signed_in(inspector)
    for by, whom in ((administrator, administrator), (inspector, inspector), (person("auditor"), inspector)):
        with pytest.raises(RefusedError):
            people.change_roles(by, whom, frozenset({"publisher"}), "")
    people.change_roles(administrator, inspector, frozenset({"publisher", "reviewer"}), "cac")
    assert User.objects.get(pk=inspector.pk).roles == {"publisher", "reviewer"}
    assert session.get("/people/me/").status_code == 302
    entry = Entry.objects.get(action="account.roles")
    assert (entry.actor, entry.object) == ("administrator", f"user:{inspector.pk}")
    assert '"before":["inspector"]' in entry.body


def test_the_last_administrator_stays(person: People) -> None:
    one, two = person("administrator", name="one"), person("administrator", name="two")
    people.deactivate(one, two)
    three = person("administrator", name="three")
    people.change_roles(three, one, frozenset({"auditor"}), "")
    # A session of somebody who was an administrator a moment ago must not remove the one who is left.
    one.__dict__["_roles"] = frozenset({"administrator"})
    for step in (lambda: people.deactivate(one, three), lambda: people.change_roles(one, three, frozenset({"auditor"}), "")):
        with pytest.raises(RefusedError):
            step()


def test_who_lost_the_password_gets_a_link_that_sets_a_new_one_once(
    person: People, signed_in: Callable[[User], Client], client: Client
) -> None:
    inspector = person("inspector")
    session = signed_in(inspector)
    page = signed_in(person("administrator")).post(f"/people/{inspector.pk}/act", {"act": "password"}).content.decode()
    found = re.search(r"http://testserver(/accounts/password/reset/key/[\w-]+/)", page)
    assert found
    assert session.get("/people/me/").status_code == 302
    form = client.get(found.group(1), follow=True).redirect_chain[-1][0]
    assert client.post(form, {"password1": NEW, "password2": NEW}).status_code == 302
    inspector.refresh_from_db()
    assert inspector.check_password(NEW)
    again = client.get(found.group(1), follow=True)
    assert 'name="password1"' not in again.content.decode()


def test_the_first_administrator_is_made_once(db: None) -> None:
    made = first.make("root", PASSWORD)
    assert made.roles == {"administrator"}
    with pytest.raises(RefusedError):
        first.make("second", PASSWORD)
    with pytest.raises(RefusedError):
        first.make("", PASSWORD)


def test_one_sees_and_takes_away_what_is_kept_of_oneself(person: People, signed_in: Callable[[User], Client]) -> None:
    session, other = signed_in(person("inspector")), person("auditor")
    signed_in(other)
    found = session.get("/people/me/data.json").json()
    assert found["account"]["name"] == "inspector"
    assert {row["action"] for row in found["acts"]} == {"account.signed_in"}
    assert "auditor" not in str(found)
    assert PASSWORD not in str(found)
    assert session.get("/people/me/").status_code == 200


@pytest.mark.parametrize("query", ["name=%27%20OR%201=1--", "role=inspector", "role=nobody", "after=forged"])
def test_the_list_takes_any_filter(query: str, person: People, signed_in: Callable[[User], Client]) -> None:
    session = signed_in(person("administrator"))
    person("inspector")
    page = session.get(f"/people/?{query}")
    assert page.status_code == 200
    found = session.get(f"/people/list.json?{query}").json()["people"]
    assert [row["name"] for row in found] == {
        "name=%27%20OR%201=1--": [], "role=inspector": ["inspector"],
    }.get(query, ["administrator", "inspector"])  # fmt: skip
