"""Putting on the public list what two people have decided, and correcting it there."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.cases import ledger, machine
from mingjian.console.cases.models import Case, Document, Event, Waiting
from mingjian.console.cases.projection import state_of, told
from mingjian.console.cases.state import CaseState, Proposal
from mingjian.console.notices.models import Publication, PublishedProblem
from mingjian.console.refused import RefusedError

PUBLISHER = "publisher"
Kind = Publication.Kind
KINDS = {"naming_notice": Kind.NAMING, "takedown_order": Kind.TAKEDOWN, "restoration_notice": Kind.RESTORATION}
"""Which documents become public, and as what."""


def ready(user: User) -> QuerySet[Document]:
    """Documents that `user` may put on the public list: namings that were confirmed, takedowns and restorations that reached somebody."""
    of_case = {"case": OuterRef("case")}
    published = Exists(Event.objects.filter(**of_case, kind="published", seq__gt=OuterRef("seq")))
    served = Exists(Event.objects.filter(**of_case, kind="served", seq__gt=OuterRef("seq")))
    waits = Exists(Waiting.objects.filter(**of_case, what=Waiting.What.PUBLISH))
    naming = Q(kind="naming_notice") & (Q(published) | Q(waits))
    rows = Document.objects.filter(naming | Q(Q(served), kind__in=("takedown_order", "restoration_notice")), publications=None)
    if PUBLISHER not in user.roles or user.body:
        rows = rows.filter(case__in=Case.objects.visible_to(user))
    return rows.select_related("case__app").defer("zh", "en")


def publish(case: Case, document: Document, by: User, *, batch: str = "") -> Publication:
    """Puts the app of a case on the public list with what a document of it says.

    A naming that was confirmed takes effect by this, which records the event `published`; one that took effect elsewhere is only put on
    the list, as takedowns and restorations are once they reached somebody. Raises `RefusedError`."""
    if PUBLISHER not in by.roles or document.case_id != case.pk or document.kind not in KINDS:
        raise RefusedError("console.notices.refused.publisher")
    with transaction.atomic():
        held = Case.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=case.pk).first()
        if held is None:
            raise RefusedError("console.notices.refused.publisher")
        if Publication.objects.filter(document=document).exists():
            raise RefusedError("console.notices.refused.twice", conflict=True)
        state = state_of(held)
        proposal = next((each for each in state.proposals if each.number == document.number), None)
        kind = KINDS[document.kind]
        if proposal is None or not _effective(proposal, kind):
            raise RefusedError("console.notices.refused.not_confirmed", conflict=True)
        publication = _written(held, document, proposal, by, batch[:60])
        if kind == Kind.NAMING and proposal.status == "confirmed":
            _recorded(held, proposal.seq, publication, by)
        publication.due_on = _due_on(held, proposal)
        publication.save(update_fields=["due_on"])
        record("notice.published", f"publication:{publication.pk}", actor=by.get_username(), kind=kind, document=document.number)
    return publication


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction of a case that two people decided and that is not public yet: the number of its proposal, what it takes back, and the
    words that say so."""

    seq: int
    problems: frozenset[str]
    text: str


def correction(case: Case) -> Correction | None:
    """The correction that waits to be published, if there is one."""
    for each in state_of(case).proposals:
        if each.act == "correction" and each.status == "confirmed":
            return Correction(each.seq, frozenset(each.data["problems"]), each.data["text"])
    return None


def withdraw(publication: Publication, by: User) -> Publication:
    """Publishes the confirmed correction of a publication's case: what it takes back is taken back from everything published of the case,
    with the correction's words beside it. A publication of which no problem is left is withdrawn. Raises `RefusedError`."""
    case = publication.case
    if PUBLISHER not in by.roles or not Case.objects.visible_to(by).filter(pk=case.pk).exists():
        raise RefusedError("console.notices.refused.publisher")
    with transaction.atomic():
        held = Case.objects.select_for_update().get(pk=case.pk)
        found = correction(held)
        if found is None:
            raise RefusedError("console.notices.refused.no_correction", conflict=True)
        _recorded(held, found.seq, publication, by)
        for each in Publication.objects.filter(case=held):
            _take_back(each, found)
        record("notice.corrected", f"publication:{publication.pk}", actor=by.get_username(), correction=found.seq)
    publication.refresh_from_db()
    return publication


def _recorded(case: Case, proposal: int, publication: Publication, by: User) -> None:
    place = reverse("notices:detail", args=[publication.pk])
    ledger.held(case, by, case.seq).write("published", {"of": proposal, "place": place})


def _effective(proposal: Proposal, kind: str) -> bool:
    if kind == Kind.NAMING:
        return proposal.act == "naming" and proposal.status in ("confirmed", "done")
    return proposal.act == kind and bool(proposal.reached)


def _written(case: Case, document: Document, proposal: Proposal, by: User, batch: str) -> Publication:
    # What was known when the document was made: a version that came later is not the one that it speaks of.
    then = machine.fold([event for event in told(case) if event.seq <= (document.seq or 0)], document.created_at)
    app = case.app
    publication = Publication.objects.create(
        kind=KINDS[document.kind],
        case=case,
        document=document,
        body=case.body,
        batch=batch,
        published_at=clock.now(),
        published_by=by,
        label=app.label or app.package,
        package=app.package,
        version=then.version,
        operator=case.operator.name if case.operator else "",
        store=(case.opened_from.store if case.opened_from else "") or app.store,
        category=app.category,
    )
    now = state_of(case)
    for problem in (now.problem(id) for id in proposal.data.get("problems", ())):
        if problem is not None and problem.status != "withdrawn":
            PublishedProblem.objects.create(publication=publication, key=problem.id, clause=problem.clause, zh=problem.zh, en=problem.en)
    return publication


def _due_on(case: Case, proposal: Proposal) -> date | None:
    """The operator's deadline that a naming set."""
    state: CaseState = state_of(case)
    for event in case.events.filter(kind="published").order_by("seq"):
        if event.data["of"] == proposal.seq and (deadline := state.deadline_from(event.seq)):
            return deadline.last_day
    return None


def _take_back(publication: Publication, found: Correction) -> None:
    taken = publication.problems.filter(key__in=found.problems, withdrawn_at=None).update(withdrawn_at=clock.now())
    if not taken:
        return
    publication.withdrawal = "\n\n".join(filter(None, (publication.withdrawal, found.text)))
    if not publication.problems.filter(withdrawn_at=None).exists():
        publication.withdrawn_at = clock.now()
    publication.save(update_fields=["withdrawal", "withdrawn_at"])
