"""The interface for programs: what may be read and done, over the same functions as the pages."""

from functools import cache
from typing import Annotated, Any, Literal

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponseBase
from ninja import File, Form, NinjaAPI, Path, Router, Status, UploadedFile
from ninja.openapi.schema import OpenAPISchema, get_schema
from ninja.operation import Operation

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.api import deciding, publishing, schemas
from mingjian.console.api.bearer import Bearer, owner
from mingjian.console.api.faults import FAULTS, register
from mingjian.console.api.rows import READ_INSPECTIONS, After, Id, Word, equal, inspection_of, one, paged
from mingjian.console.api.storable import Storable
from mingjian.console.audit.chain import record
from mingjian.console.cases import ledger
from mingjian.console.cases.attaching import attach
from mingjian.console.cases.deadlines import bodies
from mingjian.console.cases.models import Case, Event, Problem
from mingjian.console.figures import edition as editions
from mingjian.console.figures.models import Edition
from mingjian.console.inspections.file import About, receive
from mingjian.console.inspections.models import Finding, Inspection, Material
from mingjian.console.pages.files import send
from mingjian.console.refused import RefusedError


class Interface(NinjaAPI):
    """Calls each operation by the name of its function."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **_where: Any) -> OpenAPISchema:
        """The description, made once: it takes a third of a second, and anybody may ask for it."""
        return _described()


api = Interface(
    title="Mingjian",
    version="1",
    description="Inspections, cases, findings and figures of this house. Lists come in pages; follow `next`.",
    urls_namespace="api:v1",
    parser=Storable(),
    docs_url=None,
)
register(api)


@cache
def _described() -> OpenAPISchema:
    return get_schema(api, path_prefix="/api/v1/")


router = Router()
api.add_router("", router)
api.add_router("", deciding.router)
api.add_router("", publishing.router)

_READ_CASES = Bearer("cases:read", "cases:list")


@router.get("/inspections", auth=READ_INSPECTIONS, response={200: schemas.Page[schemas.InspectionRow], **FAULTS})
def list_inspections(
    request: HttpRequest,
    state: Literal["", "queued", "running", "done", "failed"] = "",
    category: Word = "",
    package: Word = "",
    after: After = "",  # noqa: ARG001  read by `paged`
) -> dict[str, Any]:
    """Inspections, newest first."""
    rows = Inspection.objects.visible_to(owner(request))
    return paged(equal(rows, state=state, category=category, app__package=package), request, "-created_at")


@router.post(
    "/inspections",
    auth=Bearer("inspections:write", "inspections:new"),
    response={201: schemas.InspectionRow, **FAULTS},
)
def create_inspection(
    request: HttpRequest,
    about: Form[schemas.Upload],
    package: File[list[UploadedFile]] = [],  # noqa: B006  the library copies it
    policy: File[list[UploadedFile]] = [],  # noqa: B006  the library copies it
    run: File[list[UploadedFile]] = [],  # noqa: B006  the library copies it
    dossier: File[list[UploadedFile]] = [],  # noqa: B006  the library copies it
    review: File[list[UploadedFile]] = [],  # noqa: B006  the library copies it
) -> Status[Inspection]:
    """Queues an inspection of the files: those of one package and what there is beside it, or one dossier."""
    kinds = Material.Kind
    sent = {kinds.PACKAGE: package, kinds.POLICY: policy, kinds.RUN: run, kinds.DOSSIER: dossier, kinds.REVIEW: review}
    files = {str(kind): [(file.name or "", file.chunks()) for file in rows] for kind, rows in sent.items() if rows}
    told = about.dict()
    body = told.pop("body")
    if body and (body not in bodies() or bodies()[body].kind != "regulator"):
        raise RefusedError("console.inspections.refused.body")
    return Status(201, receive(owner(request), files, About(**told), body=body))


@router.get("/inspections/{id}", auth=READ_INSPECTIONS, response={200: schemas.InspectionRow, **FAULTS})
def get_inspection(request: HttpRequest, id: Id) -> Inspection:
    """One inspection."""
    return inspection_of(request, id)


@router.get("/inspections/{id}/report", auth=READ_INSPECTIONS, response={200: dict[str, Any], **FAULTS})
def get_report(request: HttpRequest, id: Id) -> HttpResponseBase:
    """The whole report, as `mingjian scan` writes it."""
    inspection = inspection_of(request, id)
    if not inspection.report_sha256:
        raise Http404
    record("evidence.downloaded", f"inspection:{inspection.pk}", actor=owner(request).username, format="json")
    return send(vault.path(inspection.report_sha256), f"report-{inspection.pk}.json", "application/json")


@router.get("/inspections/{id}/findings", auth=READ_INSPECTIONS, response={200: schemas.Page[schemas.FindingRow], **FAULTS})
def list_findings_of(request: HttpRequest, id: Id, after: After = "") -> dict[str, Any]:  # noqa: ARG001  read by `paged`
    """The findings of one inspection, a clause each."""
    return paged(inspection_of(request, id).findings.all(), request, "clause")


@router.get("/findings", auth=Bearer("findings:read", "inspections:list"), response={200: schemas.Page[schemas.FindingRow], **FAULTS})
def list_findings(
    request: HttpRequest,
    clause: Word = "",
    verdict: Literal["", "violated", "suspected", "inconclusive", "satisfied", "not_applicable"] = "",
    after: After = "",  # noqa: ARG001  read by `paged`
) -> dict[str, Any]:
    """Findings over all inspections, newest inspection first."""
    person = owner(request)
    rows = Finding.objects.all()
    if person.body:
        rows = rows.filter(inspection__in=Inspection.objects.visible_to(person))
    return paged(equal(rows, clause=clause, verdict=verdict), request, "-inspection_id")


@router.get("/cases", auth=_READ_CASES, response={200: schemas.Page[schemas.CaseRow], **FAULTS})
def list_cases(
    request: HttpRequest,
    state: Word = "",
    body: Word = "",
    package: Word = "",
    after: After = "",  # noqa: ARG001  read by `paged`
) -> dict[str, Any]:
    """Cases, newest first."""
    rows = Case.objects.visible_to(owner(request))
    if state:
        rows = rows.in_state(state, clock.now())
    return paged(equal(rows, body=body, app__package=package), request, "-opened_at")


@router.get("/cases/{id}", auth=_READ_CASES, response={200: schemas.CaseDetail, **FAULTS})
def get_case(request: HttpRequest, id: Id) -> Case:
    """One case with its problems."""
    return _whole(owner(request), id)


@router.get("/cases/{id}/events", auth=_READ_CASES, response={200: schemas.Page[schemas.EventRow], **FAULTS})
def list_events(request: HttpRequest, id: Id, after: After = "") -> dict[str, Any]:  # noqa: ARG001  read by `paged`
    """The events of a case, oldest first."""
    case = one(Case.objects.visible_to(owner(request)), id)
    return paged(case.events.all(), request, "seq")


@router.post("/cases/{id}/events", auth=Bearer("cases:write", "cases:step"), response={201: schemas.EventRow, **FAULTS})
def append_event(request: HttpRequest, id: Id, step: schemas.Step) -> Status[Event]:
    """Records an event, if the state of the case and the owner's roles allow it. A conflict says that something was recorded meanwhile."""
    person = owner(request)
    case = one(Case.objects.visible_to(person), id)
    return Status(201, ledger.append(case, step.kind, step.data, person, step.expected_seq))


@router.post("/cases/{id}/tests", auth=Bearer("cases:write", "cases:retest"), response={201: schemas.CaseDetail, **FAULTS})
def attach_test(request: HttpRequest, id: Id, attached: schemas.Attached) -> Status[Case]:
    """Makes an inspection the test of a case, or its re-test.

    A re-test has its result once two persons stand behind the inspection: attached before, it only begins; attached again, it ends."""
    person = owner(request)
    case = one(Case.objects.visible_to(person), id)
    attach(case, inspection_of(request, attached.inspection), person, attached.expected_seq, attached.unchanged)
    return Status(201, _whole(person, id))


_READ_FIGURES = Bearer("figures:read", "figures:list")


@router.get("/figures", auth=_READ_FIGURES, response={200: schemas.Page[schemas.EditionRow], **FAULTS})
def list_editions(request: HttpRequest, after: After = "") -> dict[str, Any]:  # noqa: ARG001  read by `paged`
    """The editions of the half-yearly report, newest first."""
    return paged(Edition.objects.visible_to(owner(request)), request, "-computed_at")


@router.get("/figures/{half}", auth=_READ_FIGURES, response={200: schemas.EditionDetail, **FAULTS})
def get_edition(request: HttpRequest, half: Annotated[str, Path(pattern=r"^[0-9]{4}H[12]$")]) -> dict[str, Any]:
    """Every figure of the newest edition of a half-year."""
    edition = editions.newest(half, owner(request))
    if edition is None:
        raise Http404
    figures = list(edition.figures.select_related("edition").order_by("pk"))
    return {**schemas.EditionRow.from_orm(edition).dict(), "figures": figures}


def _whole(person: User, id: int) -> Case:
    problems = Prefetch("problems", Problem.objects.order_by("pk"))
    found: Case = one(Case.objects.visible_to(person).prefetch_related(problems), id)
    return found
