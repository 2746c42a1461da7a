"""What the public sees of complaints: the form, the receipt, and the way back with the code."""

import json
import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mingjian.console.address import address
from mingjian.console.admission import takes_files
from mingjian.console.complaints import followup, limits
from mingjian.console.complaints.attachments import MOST_BYTES, MOST_FILES
from mingjian.console.complaints.forms import ComplaintForm, IdentityForm
from mingjian.console.complaints.intake import REPLY_WORKING_DAYS, take
from mingjian.console.complaints.models import Complaint
from mingjian.console.complaints.retention import kept
from mingjian.console.complaints.seal import BrokenSealError, opened_identity, opened_statement
from mingjian.console.pages.context import lang
from mingjian.console.pages.files import send
from mingjian.console.refused import RefusedError
from mingjian.model.texts import say

logger = logging.getLogger(__name__)

ROOM_FOR_FILES = takes_files(lambda: MOST_BYTES, in_memory=True)
"""The mark of a page that takes the files of a complaint."""


@ROOM_FOR_FILES
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """The form; its answer is the receipt code, shown this once."""
    form, status, words = ComplaintForm(), 200, ""
    if request.method == "POST":
        form, status = ComplaintForm(request.POST), 422
        try:
            limits.spend(limits.COMPLAINT, address(request))
            if form.is_valid():
                taken = take(form.told(), sent_files(request))
                return render(request, "complaints/receipt.html", {"code": taken.code, "complaint": taken.complaint})
        except RefusedError as error:
            words, status = say(error.key, lang(), **error.values), _status(error)
    shown = {"form": form, "words": words, "kept": kept(), "days": REPLY_WORKING_DAYS, "most_files": MOST_FILES}
    return render(request, "complaints/new.html", {**shown, "most_megabytes": MOST_BYTES // 1024 // 1024}, status=status)


@ROOM_FOR_FILES
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponseBase:
    """The way back: the code comes with every request in its body, never in an address, and is kept in no session."""
    if request.method != "POST":
        return render(request, "complaints/follow.html")
    try:
        complaint = followup.find(request.POST.get("code", ""), address(request))
    except limits.TooOftenError as error:
        return render(request, "complaints/follow.html", {"words": say(error.key, lang())}, status=429)
    if complaint is None:
        return render(request, "complaints/follow.html", {"words": say("console.complaints.refused.code", lang())}, status=404)
    try:
        return _answered(request, complaint)
    except BrokenSealError:
        # Erasing and withdrawing are done before anything is opened, so they stay possible.
        logger.exception("what was sealed for a complaint does not open")
        return render(request, "complaints/follow.html", {"words": say("console.complaints.refused.broken", lang())}, status=409)


def _answered(request: HttpRequest, complaint: Complaint) -> HttpResponseBase:
    if request.POST.get("act") == "copy":
        return send([json.dumps(followup.copy(complaint), ensure_ascii=False, indent=1).encode()], "complaint.json", "application/json")
    words, status = "", 200
    try:
        done = _ACTS.get(request.POST.get("act", ""), _nothing)(complaint, request)
    except RefusedError as error:
        done, words, status = "", say(error.key, lang(), **error.values), _status(error)
    complaint.refresh_from_db()
    return _shown(request, complaint, done, words, status)


def _shown(request: HttpRequest, complaint: Complaint, done: str, words: str, status: int) -> HttpResponse:
    told = opened_identity(complaint)
    return render(
        request,
        "complaints/progress.html",
        {
            "complaint": complaint,
            "code": request.POST.get("code", ""),
            "statement": opened_statement(complaint),
            "reply": followup.reply_of(complaint),
            "files": complaint.attachments.count(),
            "identity": IdentityForm({"name": told.name, "contact": told.contact, "may_contact": complaint.may_contact}),
            "over": complaint.state in (Complaint.State.REPLIED, Complaint.State.WITHDRAWN),
            "done": done and say(f"console.complaints.done.{done}", lang()),
            "words": words,
        },
        status=status,
    )


def _nothing(complaint: Complaint, request: HttpRequest) -> str:  # noqa: ARG001  the shape of the acts
    return ""


def _add(complaint: Complaint, request: HttpRequest) -> str:
    followup.add(complaint, request.POST.get("text", ""), sent_files(request))
    return "added"


def _correct(complaint: Complaint, request: HttpRequest) -> str:
    told = request.POST
    followup.correct(complaint, told.get("name", ""), told.get("contact", ""), may_contact="may_contact" in told)
    return "corrected"


def _withdraw(complaint: Complaint, request: HttpRequest) -> str:  # noqa: ARG001  the shape of the acts
    followup.withdraw(complaint)
    return "withdrawn"


def _erase(complaint: Complaint, request: HttpRequest) -> str:  # noqa: ARG001  the shape of the acts
    followup.erase(complaint)
    return "erased"


_ACTS: dict[str, Callable[[Complaint, HttpRequest], str]] = {"add": _add, "correct": _correct, "withdraw": _withdraw, "erase": _erase}


def sent_files(request: HttpRequest) -> list[bytes]:
    """The content of each file of the form."""
    return [file.read() for file in request.FILES.getlist("files")]


def _status(error: RefusedError) -> int:
    return 429 if isinstance(error, limits.TooOftenError) else 409 if error.conflict else 422
