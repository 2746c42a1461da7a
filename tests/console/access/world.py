"""The people and things of the authorisation tests: of each thing one that is one's own and one that is somebody else's."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from mingjian.console import clock, vault
from mingjian.console.access import ADMINISTRATOR, OPERATOR, ROLES
from mingjian.console.accounts import invitations
from mingjian.console.accounts.models import User
from mingjian.console.api import hooks, tokens
from mingjian.console.cases import ledger
from mingjian.console.cases.models import Case, Document
from mingjian.console.complaints.intake import Told, take
from mingjian.console.figures.models import Edition
from mingjian.console.inspections.models import Inspection, Material
from mingjian.console.market.models import App, Operator
from mingjian.console.notices.models import Publication
from tests.console.cases.life import FIRST, Life, stored_report

ORDER = ("anonymous", "operator", "inspector", "reviewer", "publisher", "auditor", "administrator")
"""The order of the columns of doors.txt."""
BODY, OTHER_BODY = "cac", "miit"

Things = dict[str, Any]


@dataclass(frozen=True)
class World:
    """Everybody by role, the key of a program of each, and the names of things in addresses."""

    people: dict[str, User]
    keys: dict[str, str]
    own: dict[str, Things]
    foreign: dict[str, Things]
    at: datetime
    sessions: dict[str, str] = field(default_factory=dict)

    def client(self, role: str, *, enforce_csrf_checks: bool = False) -> Client:
        """A fresh browser in which the person of that role is signed in; all of one person's share a session."""
        client = Client(raise_request_exception=False, enforce_csrf_checks=enforce_csrf_checks)
        if role not in self.sessions:
            client.force_login(self.people[role], backend="django.contrib.auth.backends.ModelBackend")
            self.sessions[role] = client.cookies["sessionid"].value
        client.cookies["sessionid"] = self.sessions[role]
        return client


def make() -> World:
    """The house of one body, an operator of one of its cases, and the same of others."""
    life = Life()
    life.open(body=BODY)
    Inspection.objects.filter(app=life.app).update(body=BODY, report_sha256=stored_report({FIRST: "api"}, ()))
    life.ordered()
    people = {role: _person(role, life.operator) for role in ROLES}
    own = _things(life.case, Edition(half="2026H1", computed_at=life.at, published_at=life.at))
    foreign = _things(_other_case(life), Edition(half="2025H2", computed_at=life.at))
    keys, mine, theirs = {}, {}, {}
    stranger = _person("inspector", None, name="stranger", body=OTHER_BODY)
    with clock.stopped_at(life.at):
        strangers = _belongings(stranger)
        _, link = invitations.invite(people[ADMINISTRATOR], "invited@example.com", "reviewer")
        for role, user in people.items():
            _, keys[role] = tokens.make(user, "test", frozenset(tokens.SCOPES), 30)
            mine[role] = {**own, **_belongings(user), "link": link}
            theirs[role] = {**foreign, **strangers}
    mine["anonymous"], theirs["anonymous"] = mine[OPERATOR], theirs[OPERATOR]
    made = World(people, keys, mine, theirs, life.at)
    with clock.stopped_at(life.at):
        for role in people:
            made.client(role)
    return made


def _person(role: str, operator: Operator | None, name: str = "", body: str = BODY) -> User:
    theirs = operator if role == OPERATOR else None
    user = User.objects.create_user(name or f"the-{role}", operator=theirs, body="" if theirs or role == "administrator" else body)
    user.set_password("correct horse battery staple")
    user.save()
    user.groups.set([Group.objects.get(name=role)])
    return user


def _belongings(user: User) -> Things:
    token, _ = tokens.make(user, "test", frozenset(tokens.SCOPES), 30)
    hook, _ = hooks.register(user, "https://example.com/", frozenset(hooks.EVENTS))
    found: Things = {"token": token.pk, "hook": hook.pk, "person": user.pk}
    if invitations.may_invite(user):
        house = "administrator" in user.roles
        operator = None if house else Operator.objects.filter(invitations.operators_for(user)).first()
        invitation, _ = invitations.invite(user, f"{user.username}@example.com", "reviewer" if house else "operator", operator=operator)
        found["invitation"] = invitation.pk
    return {"invitation": 0, **found}


def _other_case(life: Life) -> Case:
    """A case of another body and of another operator, served as well."""
    operator = Operator.objects.create(name="别家科技有限公司")
    app = App.objects.create(package="com.example.other", operator=operator, updated_at=life.at)
    opener = _person("inspector", None, name="opener", body=OTHER_BODY)
    inspection = Inspection.objects.create(
        app=app, body=OTHER_BODY, state=Inspection.State.DONE, created_at=life.at, finished_at=life.at, report_sha256=stored_report({}, ())
    )
    with clock.stopped_at(life.at):
        case = ledger.open_case(app, OTHER_BODY, opener)
    Case.objects.filter(pk=case.pk).update(served_at=life.at, opened_from=inspection)
    Document.objects.create(
        case=case, seq=1, kind="rectification_order", number="other", created_at=life.at, zh=_paper(life), en=_paper(life), digest="0" * 64
    )
    case.refresh_from_db()
    return case


def _paper(life: Life) -> Any:
    return life.case.documents.get(kind="rectification_order").zh


def _things(case: Case, edition: Edition) -> Things:
    edition.save()
    inspection = case.opened_from
    document = case.documents.filter(kind="rectification_order").first()
    assert inspection is not None
    assert document is not None
    sha256, size = vault.put([b"PK\x03\x04"])
    file = Material.objects.create(inspection=inspection, kind="package", name="a.apk", sha256=sha256, size=size)
    decision = inspection.decisions.first()
    with clock.stopped_at(case.opened_at):
        complaint = take(Told("应用", "未经同意收集", name="王五", contact="13800000000", may_contact=True), body=case.body).complaint
    publication = Publication.objects.create(
        kind="naming", case=case, document=document, body=case.body, published_at=case.opened_at, label="应用", package="com.example"
    )
    return {
        "case": case.pk,
        "inspection": inspection.pk,
        "app": case.app_id,
        "document": document.pk,
        "complaint": complaint.pk,
        "publication": publication.pk,
        "half": edition.half,
        "file": file.pk,
        "decision": decision.pk if decision else 0,
    }
