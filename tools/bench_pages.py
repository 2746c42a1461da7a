"""Every page that the load test opens, each under the name of a kind of page, and who opens it."""

from typing import Any
from urllib.parse import quote

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Count, Model, QuerySet

from mingjian.console.access import ROLES
from mingjian.console.accounts.models import User
from mingjian.console.api import tokens
from mingjian.console.api.models import Token
from mingjian.console.cases.models import Case, Problem
from mingjian.console.complaints.models import Complaint
from mingjian.console.figures.models import Edition, Figure, address
from mingjian.console.inspections.models import Finding, Inspection
from mingjian.console.market.models import App, Operator
from mingjian.console.notices.models import Publication, PublishedProblem

Page = tuple[str, str, str]
"""Name, who opens it (`public` for somebody without an account), address."""
PEER = "framework's admin list"
_CLAUSE = "cac-2019/3.1"
_BODY = "miit"


def headers() -> dict[str, dict[str, str]]:
    """What each kind of reader sends with every request; makes the people."""
    operator = Case.objects.filter(served_at__isnull=False, operator__isnull=False).values("operator").annotate(n=Count("pk"))
    most = operator.order_by("-n", "operator").first()
    sent = {"public": {}} | {role: _session(role) for role in ROLES if role != "operator"}
    sent["operator"] = _session("operator", operator_id=most["operator"] if most else None)
    sent["of a body"] = _session("inspector", name="bench-of-a-body", body=_BODY)
    Token.objects.filter(owner__username="bench-inspector").delete()
    _, secret = tokens.make(User.objects.get(username="bench-inspector"), "bench", frozenset(tokens.SCOPES), 1)
    return sent | {"program": {"Authorization": f"Bearer {secret}"}}


def _session(role: str, name: str = "", **about: Any) -> dict[str, str]:
    administers = role == "administrator"
    user, _ = User.objects.get_or_create(
        username=name or f"bench-{role}", defaults={"is_staff": administers, "is_superuser": administers, **about}
    )
    user.groups.set([Group.objects.get(name=role)])
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return {"Cookie": f"sessionid={session.session_key}"}


def pages() -> list[Page]:
    """The plan for what the database holds; of every kind of object the one that has most."""
    return [(PEER, "administrator", "/admin/market/app/"), *_lists(), *_public(), *_single(), *_figures(), *_programs()]


def _lists() -> list[Page]:
    app = App.objects.order_by("-pk").first()
    text = quote(app.label[-8:] if app else "")
    package = quote(app.package if app else "")
    inspections = {
        "": "",
        " of a clause and verdict": f"clause={_CLAUSE}&verdict=violated",
        " of a clause": "clause=3.1",
        " of a verdict": "verdict=violated",
        " of a category": "category=online-lending",
        " of a store": f"store={quote(_most(Inspection.objects.all(), 'store'))}",
        " of a half-year": "half=2026H1",
        " of a state": "state=failed",
        " of a half-year, clause and category": f"half=2026H1&clause=3.1&verdict=violated&category={_most(App.objects.all(), 'category')}",
        " by words": f"text={text}",
        " by package": f"text={package}",
        " by words that nothing has": "text=qqqqqqqq",
    }
    cases = {
        "": "",
        " by words": f"text={text}",
        " by words that nothing has": "text=qqqqqqqq",
        " by number": f"text={quote(_number())}",
        " of a state": "state=rectification_ordered",
        " of a body": f"body={_BODY}",
        " of a category": f"category={_most(App.objects.all(), 'category')}",
        " of a clause": f"clause={quote(_most(Problem.objects.all(), 'clause'))}",
        " of a half-year": "half=2026H1",
        " of an operator": f"operator={quote(_operator())}",
        " overdue by filter": "overdue=on",
        " with a provisional deadline": "provisional=on",
    }
    apps = {
        "": "",
        " by words": f"text={text}",
        " by package": f"text={package}",
        " by words that nothing has": "text=qqqqqqqq",
        " of a category": f"category={_most(App.objects.all(), 'category')}",
        " of a store": f"store={quote(_most(App.objects.all(), 'store'))}",
    }
    complaints = {
        "": "",
        " of a state": "state=received",
        " late": "due=late",
        " open": "due=open",
        " of a clause": f"clause={_CLAUSE}",
        " of a package": f"package={package}",
    }
    plan = [
        ("cases overdue", "inspector", "/cases/overdue/"),
        ("cases: what waits", "inspector", "/cases/work/"),
        ("cases: what waits for a reviewer", "reviewer", "/cases/work/"),
        ("cases: what waits in a body", "of a body", "/cases/work/"),
        ("cases seen by a body", "of a body", "/cases/"),
        ("inspections seen by a body", "of a body", "/inspections/"),
        ("apps seen by a body", "of a body", "/apps/"),
        ("operators seen by a body", "of a body", "/apps/operators/"),
        ("operators", "inspector", "/apps/operators/"),
        ("operators by words", "inspector", f"/apps/operators/?text={quote(_operator())}"),
        ("publisher's desk", "publisher", "/notices/publish/"),
        ("audit chain", "auditor", "/audit/"),
        ("people", "administrator", "/people/"),
        ("portal: one's cases", "operator", "/portal/"),
    ]
    for name, folder, filters in (
        ("inspections", "inspections", inspections),
        ("cases", "cases", cases),
        ("apps", "apps", apps),
        ("complaints", "complaints", complaints),
    ):
        plan += [(f"{name}{narrowed}", "inspector", f"/{folder}/?{query}") for narrowed, query in filters.items()]
    return plan


def _public() -> list[Page]:
    store = quote(_most(Publication.objects.all(), "store"))
    clause = quote(_most(PublishedProblem.objects.all(), "clause"))
    asked = {
        "by app": "",
        "by problem": "shape=problem",
        "by type": "shape=type",
        "by store": "shape=store",
        "of a store": f"store={store}",
        "of a clause": f"clause={clause}",
        "of a category": f"category={_most(Publication.objects.all(), 'category')}",
        "of a half-year by problem": "shape=problem&half=2026H1",
    }
    return [
        ("entrance", "public", "/"),
        ("privacy policy", "public", "/privacy/"),
        ("complaint form", "public", "/complaints/new/"),
        ("complaint: follow", "public", "/complaints/follow/"),
        *((f"public list {name}", "public", f"/notices/?{query}") for name, query in asked.items()),
    ]


def _single() -> list[Page]:
    inspection = Inspection.objects.exclude(report_sha256="").order_by("-violated", "-suspected", "-pk").first()
    served = Case.objects.visible_to(User.objects.get(username="bench-operator"))
    found: tuple[tuple[str, str, Model | None, str], ...] = (
        ("inspection", "inspector", inspection, "/inspections/{}/"),
        ("inspection: comparison", "inspector", inspection, "/inspections/{}/compare/"),
        ("inspection: finding", "inspector", inspection, f"/inspections/{{}}/clauses/{_finding(inspection)}/"),
        ("case", "inspector", Case.objects.order_by("-seq", "-pk").first(), "/cases/{}/"),
        ("portal: case", "operator", served.order_by("-seq", "-pk").first(), "/portal/{}/"),
        ("app", "inspector", _largest(App.objects.all(), "inspections"), "/apps/{}/"),
        ("complaint", "inspector", _largest(Complaint.objects.all(), "replies"), "/complaints/{}/"),
        ("notice", "public", _largest(Publication.objects.all(), "problems"), "/notices/{}/"),
    )
    return [(f"one {name}", reader, address.format(one.pk)) for name, reader, one, address in found if one is not None]


def _figures() -> list[Page]:
    plan: list[Page] = [("half-years", "inspector", "/figures/")]
    edition = Edition.objects.filter(half=_most(Inspection.objects.filter(latest=True), "half")).order_by("-pk").first()
    if edition is None:
        return plan
    plan.append(("figures of a half-year", "inspector", f"/figures/{edition.half}/"))
    plan.append(("figures: report", "inspector", f"/figures/{edition.half}/report/"))
    # The largest figure of every table, which is the longest list behind one.
    for table in edition.figures.values_list("table", flat=True).distinct().order_by("table"):
        most = Figure.objects.filter(edition=edition, table=table).order_by("-value", "pk")[0]
        plan.append((f"figures: counted, {table}", "inspector", address(edition.half, table, most.row, most.column)))
    return plan


def _programs() -> list[Page]:
    inspection = Inspection.objects.order_by("-pk").values_list("pk", flat=True).first()
    case = Case.objects.order_by("-seq", "-pk").values_list("pk", flat=True).first()
    package = App.objects.order_by("-pk").values_list("package", flat=True).first()
    asked = {
        "inspections": "inspections",
        "inspections of a package": f"inspections?package={quote(package or '')}",
        "findings of an inspection": f"inspections/{inspection}/findings",
        "findings": "findings",
        "findings of a clause and verdict": f"findings?clause={_CLAUSE}&verdict=violated",
        "findings of a verdict": "findings?verdict=violated",
        "cases": "cases",
        "cases of a state": "cases?state=rectification_ordered",
        "one case": f"cases/{case}",
        "events of a case": f"cases/{case}/events",
        "editions": "figures",
        "notices": "notices",
    }
    return [(f"API: {name}", "program", f"/api/v1/{path}") for name, path in asked.items()]


def _most(rows: QuerySet[Any], column: str) -> str:
    """The commonest value of a column, which makes the longest list."""
    found = rows.exclude(**{column: ""}).values(column).annotate(n=Count("pk")).order_by("-n", column).first()
    return str(found[column]) if found else ""


def _largest(rows: QuerySet[Any], related: str) -> Any:
    return rows.annotate(n=Count(related)).order_by("-n", "pk").first()


def _number() -> str:
    return Case.objects.order_by("-pk").values_list("number", flat=True).first() or ""


def _operator() -> str:
    return (Operator.objects.order_by("-pk").values_list("name", flat=True).first() or "")[-8:]


def _finding(inspection: Inspection | None) -> str:
    """The clause of an inspection under which most was found."""
    most = Finding.objects.filter(inspection=inspection).order_by("-hits", "pk").first()
    return most.clause if most else _CLAUSE
