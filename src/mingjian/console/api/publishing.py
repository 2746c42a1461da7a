"""The public list for programs, and what a publisher's program puts on it."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Status

from mingjian.console.api import schemas
from mingjian.console.api.bearer import Bearer, owner
from mingjian.console.api.faults import FAULTS
from mingjian.console.api.rows import After, Id, equal, one, paged
from mingjian.console.cases.models import Case, Document
from mingjian.console.notices import due, publish
from mingjian.console.notices.models import Publication

router = Router()

_PUBLISH = Bearer("notices:write", "notices:publish")


@router.get("/notices", auth=None, response={200: schemas.Page[schemas.NoticeRow], **FAULTS})
def list_notices(
    request: HttpRequest,
    kind: Literal["", "naming", "takedown", "restoration"] = "",
    after: After = "",  # noqa: ARG001  read by `paged`
) -> dict[str, Any]:
    """The public list, newest first; open to everybody."""
    return _told(paged(equal(Publication.objects.prefetch_related("problems"), kind=kind), request, "-published_at"))


@router.post("/notices", auth=_PUBLISH, response={201: schemas.NoticeRow, **FAULTS})
def publish_notice(request: HttpRequest, told: schemas.Publishing) -> Status[schemas.NoticeRow]:
    """Puts a document that two persons decided on the public list, once."""
    by = owner(request)
    document = one(Document.objects.filter(case__in=Case.objects.visible_to(by)).select_related("case"), told.document)
    notice = publish.publish(document.case, document, by, batch=told.batch)
    return Status(201, _row(notice, due.of(notice)))


@router.get("/notices/waiting", auth=_PUBLISH, response={200: schemas.Page[schemas.WaitingRow], **FAULTS})
def list_waiting(request: HttpRequest, after: After = "") -> dict[str, Any]:  # noqa: ARG001  read by `paged`
    """Documents that wait to be published, newest first."""
    return paged(publish.ready(owner(request)), request, "-created_at")


@router.get("/notices/corrections", auth=_PUBLISH, response={200: schemas.Page[schemas.NoticeRow], **FAULTS})
def list_corrections(request: HttpRequest, after: After = "") -> dict[str, Any]:  # noqa: ARG001  read by `paged`
    """What is public and has a correction that waits to be published, newest first."""
    return _told(paged(publish.to_correct(owner(request)).prefetch_related("problems"), request, "-published_at"))


@router.post("/notices/{id}/correction", auth=Bearer("notices:write", "notices:correct"), response={201: schemas.NoticeRow, **FAULTS})
def publish_correction(request: HttpRequest, id: Id) -> Status[schemas.NoticeRow]:
    """Publishes the correction that two persons decided in the case of a notice, once."""
    by = owner(request)
    notice = one(Publication.objects.filter(case__in=Case.objects.visible_to(by)), id)
    corrected = publish.withdraw(notice, by)
    return Status(201, _row(corrected, due.of(corrected)))


def _told(found: dict[str, Any]) -> dict[str, Any]:
    """A page of notices, each with its deadline as it stands today."""
    dues = due.of_all(found["items"])
    return {**found, "items": [_row(each, dues.get(each.pk)) for each in found["items"]]}


def _row(notice: Publication, known: due.Due | None) -> schemas.NoticeRow:
    row: schemas.NoticeRow = schemas.NoticeRow.from_orm(notice)
    return row.model_copy(update={"due_on": known.last_day, "provisional": known.provisional}) if known else row
