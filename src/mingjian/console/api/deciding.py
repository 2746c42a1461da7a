"""What a program does with findings for its owner: reads what was found and decided, decides, checks, concludes and countersigns."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from mingjian.console.api import schemas
from mingjian.console.api.bearer import Bearer, owner
from mingjian.console.api.faults import FAULTS
from mingjian.console.api.rows import READ_INSPECTIONS, After, Id, inspection_of, one, paged
from mingjian.console.inspections import decisions
from mingjian.console.inspections.decisions import Standing, Wish
from mingjian.console.inspections.models import Decision, Inspection
from mingjian.model.printable import printable_lines

router = Router()


@router.get("/inspections/{id}/hits", auth=READ_INSPECTIONS, response={200: schemas.Page[schemas.HitRow], **FAULTS})
def list_hits(request: HttpRequest, id: Id, after: After = "") -> dict[str, Any]:  # noqa: ARG001  read by `paged`
    """What an inspection found, place by place, with what counts of it today. A clause that is broken by an absence alone has no place:
    it is decided as a whole."""
    inspection = inspection_of(request, id)
    found = paged(inspection.hits.all(), request, "pk")
    known = decisions.standing(inspection)
    items = [
        {"clause": hit.clause, "fingerprint": hit.fingerprint, "line": hit.line, "decided": said.kind, "waiting": said.waiting}
        for hit in found["items"]
        for said in [decisions.decided(known, hit.clause, hit.fingerprint)]
    ]
    return {**found, "items": items}


@router.get("/inspections/{id}/decisions", auth=READ_INSPECTIONS, response={200: schemas.Page[schemas.DecisionRow], **FAULTS})
def list_decisions(request: HttpRequest, id: Id, after: After = "") -> dict[str, Any]:  # noqa: ARG001  read by `paged`
    """The decisions that were made on an inspection, oldest first."""
    return paged(inspection_of(request, id).decisions.all(), request, "pk")


@router.post(
    "/inspections/{id}/decisions",
    auth=Bearer("decisions:write", "inspections:decide"),
    response={200: schemas.DecisionRow, 201: schemas.DecisionRow, **FAULTS},
)
def decide_finding(request: HttpRequest, id: Id, told: schemas.Deciding) -> Status[Decision]:
    """Decides on one place that was found, or without a fingerprint on a whole clause. Saying again what one said last changes nothing."""
    inspection, by = inspection_of(request, id), owner(request)
    wish = Wish(told.clause, Decision.Kind(told.kind), told.fingerprint, told.reason, told.expires_on)
    standing = decisions.standing(inspection).get((wish.clause, wish.fingerprint), Standing())
    last = standing.waiting or standing.counts
    if last is not None and last.by_id == by.pk and last.inspection_id == inspection.pk and _says(last, wish):
        return Status(200, last)
    return Status(201, decisions.decide(inspection, wish, by))


@router.post(
    "/inspections/{id}/decisions/{decision}/check",
    auth=Bearer("decisions:write", "inspections:check"),
    response={200: schemas.DecisionRow, **FAULTS},
)
def check_decision(request: HttpRequest, id: Id, decision: Id, told: schemas.Checking) -> Decision:
    """Answers a dismissal as the second person, once. The answer is the decision that stands then: the dismissal, or the confirmation of
    the finding."""
    found: Decision = one(inspection_of(request, id).decisions.all(), decision)
    decisions.check(found, told.upheld, owner(request), told.reason)
    return found.inspection.decisions.filter(clause=found.clause, fingerprint=found.fingerprint).latest("pk")


@router.post(
    "/inspections/{id}/conclusion",
    auth=Bearer("conclusions:write", "inspections:conclude"),
    response={200: schemas.InspectionRow, **FAULTS},
)
def conclude_inspection(request: HttpRequest, id: Id) -> Inspection:
    """Says that everything is decided, once; nothing is decided afterwards."""
    decisions.conclude(inspection_of(request, id), owner(request))
    return inspection_of(request, id)


@router.post(
    "/inspections/{id}/countersignature",
    auth=Bearer("conclusions:write", "inspections:countersign"),
    response={200: schemas.InspectionRow, **FAULTS},
)
def countersign_inspection(request: HttpRequest, id: Id, told: schemas.Countersigning) -> Inspection:
    """Stands behind a conclusion as the second person, or sends it back to be decided again."""
    decisions.countersign(inspection_of(request, id), told.agreed, owner(request))
    return inspection_of(request, id)


def _says(decision: Decision, wish: Wish) -> bool:
    same = (decision.kind, decision.reason) == (wish.kind, printable_lines(wish.reason.strip()))
    return same and (wish.kind != Decision.Kind.DISMISSED or decision.expires_on == wish.expires_on)
