"""The complaints as those see them who handle them. A list never shows who complained; what is sealed is read on a page of its own."""

import logging
from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mingjian.console import clock
from mingjian.console.access import signed_in
from mingjian.console.accounts.models import User
from mingjian.console.cases.deadlines import regulators
from mingjian.console.cases.models import Case
from mingjian.console.complaints import counts, handling, seal
from mingjian.console.complaints.models import Complaint
from mingjian.console.complaints.problems import clauses
from mingjian.console.market.models import App
from mingjian.console.pages.context import lang
from mingjian.console.pages.files import send
from mingjian.console.pages.numbers import row_number
from mingjian.console.pages.paging import Page, page
from mingjian.console.refused import RefusedError
from mingjian.model.texts import say

logger = logging.getLogger(__name__)

DUE = ("late", "open")
_MOST_SIMILAR = 50


@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The complaints that the reader may see, newest first, or by deadline where only open ones are asked for."""
    found, asked = _found(request)
    shown = {"page": found, "asked": asked, "clauses": _clauses(), "states": Complaint.State.values, "due": DUE, "today": clock.today()}
    return render(request, "complaints/list.html", shown)


@never_cache
@require_safe
def listing_json(request: HttpRequest) -> JsonResponse:
    """The same for programs."""
    found, _ = _found(request)
    return JsonResponse({"complaints": [_told(each) for each in found.rows], "next": found.next})


@never_cache
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One complaint, without what is sealed."""
    return _detail(request, _complaint(request, pk))


@never_cache
@require_safe
def detail_json(request: HttpRequest, pk: int) -> JsonResponse:
    """The same for programs."""
    return JsonResponse(_told(_complaint(request, pk)))


@never_cache
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """What is sealed, for the purpose that the reader states; the read is in the audit chain."""
    complaint, part, purpose = _complaint(request, pk), request.POST.get("part", ""), request.POST.get("purpose", "")
    shown: dict[str, Any] = {"complaint": complaint, "part": part, "purpose": purpose}
    try:
        match part:
            case "identity":
                shown["identity"] = seal.identity(complaint, signed_in(request), purpose)
            case "statement":
                shown["statement"] = seal.statement(complaint, signed_in(request), purpose)
                shown["files"] = list(complaint.attachments.order_by("pk"))
            case _:
                reply = complaint.replies.order_by("-pk").first()
                shown["reply"] = seal.reply_text(reply, signed_in(request), purpose) if reply else ""
    except (RefusedError, seal.BrokenSealError) as error:
        return _detail(request, complaint, _refused(error))
    return render(request, "complaints/read.html", shown)


@never_cache
@require_POST
def attachment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One file as a download, for the purpose that the reader states."""
    complaint = _complaint(request, pk)
    found = get_object_or_404(complaint.attachments, pk=row_number(request.POST.get("file", "")))
    try:
        content = seal.file_content(found, signed_in(request), request.POST.get("purpose", ""))
    except (RefusedError, seal.BrokenSealError) as error:
        return _detail(request, complaint, _refused(error))
    return send([content], f"complaint-{complaint.pk}-{found.pk}.{found.kind.rpartition('/')[2]}", found.kind)


@never_cache
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """One step of the handling."""
    complaint = _complaint(request, pk)
    step = _STEPS.get(request.POST.get("act", ""))
    if step is None:
        return redirect("complaints:detail", pk=pk)
    try:
        step(complaint, request, signed_in(request))
    except RefusedError as error:
        return _detail(request, complaint, error)
    return redirect("complaints:detail", pk=pk)


def _accept(complaint: Complaint, request: HttpRequest, by: User) -> None:
    package = _plain(request.POST.get("package", ""))
    app = App.objects.filter(package=package).order_by("pk").first() if package else None
    if package and app is None:
        raise RefusedError("console.complaints.refused.unknown_app")
    handling.accept(complaint, by, app=app, clause=request.POST.get("clause", ""))


def _link(complaint: Complaint, request: HttpRequest, by: User) -> None:
    case = Case.objects.visible_to(by).filter(number=_plain(request.POST.get("number", ""))).first()
    if case is None:
        raise RefusedError("console.complaints.refused.no_case")
    handling.link(complaint, case, by)


def _group(complaint: Complaint, request: HttpRequest, by: User) -> None:
    keys = [row_number(each) for each in request.POST.getlist("other")[:_MOST_SIMILAR]]
    handling.group(complaint, Complaint.objects.visible_to(by).filter(pk__in=keys), by)


def _decide(complaint: Complaint, by: User, *, confirmed: bool) -> None:
    reply = complaint.replies.filter(confirmed=None).first()
    if reply is None:
        raise RefusedError("console.complaints.refused.decided", conflict=True)
    handling.decide_reply(reply, by, confirmed=confirmed)


_STEPS: dict[str, Callable[[Complaint, HttpRequest, User], object]] = {
    "take_on": lambda complaint, _, by: handling.take_on(complaint, by),
    "accept": _accept,
    "reject": lambda complaint, request, by: handling.reject(complaint, by, request.POST.get("reason", "")),
    "link": _link,
    "open_case": lambda complaint, request, by: handling.open_case(complaint, request.POST.get("body", ""), by),
    "group": _group,
    "propose": lambda complaint, request, by: handling.propose_reply(complaint, request.POST.get("text", ""), by),
    "confirm": lambda complaint, _, by: _decide(complaint, by, confirmed=True),
    "return": lambda complaint, _, by: _decide(complaint, by, confirmed=False),
}


def _found(request: HttpRequest) -> tuple[Page[Complaint], dict[str, str]]:
    asked = {
        name: _plain(request.GET.get(name, "")) for name in ("state", "clause", "app", "package", "store", "half", "due", "mine", "group")
    }
    rows: QuerySet[Complaint] = Complaint.objects.visible_to(request.user).select_related("app", "handler", "case")
    for name in ("state", "clause", "package", "store", "half"):
        if asked[name]:
            rows = rows.filter(**{name: asked[name]})
    for name in ("app", "group"):
        if asked[name]:
            rows = rows.filter(**{name: row_number(asked[name])})
    if asked["mine"]:
        rows = rows.filter(handler=request.user.pk)
    if asked["due"] == "late":
        rows = rows.filter(counts.OPEN & Q(provisional=False, due_on__lt=clock.today()))
    elif asked["due"] == "open":
        rows = rows.filter(counts.OPEN)
    return page(rows, request, "due_on" if asked["due"] in DUE else "-received_at"), asked


def _detail(request: HttpRequest, complaint: Complaint, error: RefusedError | None = None) -> HttpResponse:
    user = signed_in(request)
    waiting = complaint.replies.filter(confirmed=None).select_related("proposed_by").first()
    shown = {
        "complaint": complaint,
        "problem": clauses().get(complaint.clause),
        "files": complaint.attachments.count(),
        "messages_added": complaint.messages.count(),
        "replies": complaint.replies.select_related("proposed_by", "decided_by").order_by("pk"),
        "waiting": waiting,
        "may_read": not complaint.erased_at and seal.may_read(complaint, user),
        "handles": complaint.handler_id == user.pk,
        "works": bool(user.roles & seal.READERS) and not complaint.erased_at and complaint.state in counts.OPEN_STATES,
        "may_decide": waiting is not None and "reviewer" in user.roles and waiting.proposed_by_id != user.pk,
        "similar": handling.similar(complaint, user).select_related("case")[:_MOST_SIMILAR],
        "purposes": [(each, f"console.complaints.purpose.{each}") for each in seal.PURPOSES],
        "clauses": _clauses(),
        "bodies": [(each.id, each.name) for each in regulators().values()],
        "today": clock.today(),
        "words": say(error.key, lang(), **error.values) if error else "",
    }
    return render(request, "complaints/detail.html", shown, status=(409 if error.conflict else 422) if error else 200)


def _refused(error: Exception) -> RefusedError:
    """What was refused, or that something does not open, which the log tells whoever keeps the console."""
    if isinstance(error, RefusedError):
        return error
    logger.error("what was sealed for a complaint does not open: %s", error)
    return RefusedError("console.complaints.refused.broken", conflict=True)


def _told(complaint: Complaint) -> dict[str, Any]:
    """What a program is told of a complaint: nothing that is sealed."""
    return {
        "id": complaint.pk,
        "received_at": complaint.received_at.isoformat(),
        "channel": complaint.channel,
        "state": complaint.state,
        "accepted": complaint.accepted,
        "due_on": complaint.due_on.isoformat(),
        "provisional": complaint.provisional,
        "replied_at": complaint.replied_at.isoformat() if complaint.replied_at else None,
        "app_name": complaint.app_name,
        "package": complaint.app.package if complaint.app else complaint.package,
        "version": complaint.version,
        "store": complaint.store,
        "clause": complaint.clause,
        "case": complaint.case.number if complaint.case else None,
        "group": complaint.group_id,
        "erased": complaint.erased_at is not None,
    }


def _complaint(request: HttpRequest, pk: int) -> Complaint:
    rows = Complaint.objects.visible_to(request.user).select_related("app", "handler", "case")
    return get_object_or_404(rows, pk=pk)


def _clauses() -> list[tuple[str, str]]:
    return [(id, f"{id.rpartition('/')[2]} {title.of(lang())}") for id, title in clauses().items()]


def _plain(value: str) -> str:
    return value[:300]
