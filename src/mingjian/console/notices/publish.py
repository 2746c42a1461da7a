"""Putting on the public list what two people have decided, and correcting it there."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.cases import ledger, machine
from mingjian.console.cases.found import problem_id
from mingjian.console.cases.models import Case, Document, Event, Waiting
from mingjian.console.cases.models import Problem as ProblemRow
from mingjian.console.cases.projection import effective, publishable, standing, state_of, told
from mingjian.console.cases.state import CaseState, Problem, Proposal
from mingjian.console.inspections.models import Inspection
from mingjian.console.notices.models import Publication, PublishedProblem
from mingjian.console.refused import RefusedError

PUBLISHER = "publisher"
Kind = Publication.Kind
KINDS = {"naming_notice": Kind.NAMING, "takedown_order": Kind.TAKEDOWN, "restoration_notice": Kind.RESTORATION}
"""Which documents become public, and as what."""


def ready(user: User) -> QuerySet[Document]:
    """Documents that `user` may put on the public list: namings that were confirmed, takedowns and restorations that reached somebody."""
    rows = Document.objects.filter(publishable=True, publications=None)
    if PUBLISHER not in user.roles or user.body:
        rows = rows.filter(case__in=Case.objects.visible_to(user))
    return rows.select_related("case__app").defer("zh", "en")


def publish(case: Case, document: Document, by: User, *, batch: str = "") -> Publication:
    """Puts the app of a case on the public list with what a document of it says.

    A naming that was confirmed takes effect by this and in no other way: it records the event `published`. Takedowns and restorations
    are put on the list once they reached somebody. Of what was withdrawn meanwhile nothing is published; a naming or takedown of which
    nothing is left is refused. Raises `RefusedError`."""
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
        if proposal is None or not effective(proposal):
            raise RefusedError("console.notices.refused.not_confirmed", conflict=True)
        if not publishable(state, proposal):
            raise RefusedError("console.notices.refused.withdrawn", conflict=True)
        publication = _written(held, document, standing(state, proposal), by, batch[:60])
        if kind == Kind.NAMING:
            _recorded(held, proposal.seq, publication, by)
        publication.due_on = _due_on(held, proposal)
        publication.save(update_fields=["due_on"])
        record("notice.published", f"publication:{publication.pk}", actor=by.get_username(), kind=kind, document=document.number)
    return publication


def to_correct(user: User) -> QuerySet[Publication]:
    """What is public and has a confirmed correction that waits for `user` to publish it."""
    waits = Exists(_waiting("correction").filter(case=OuterRef("case")))
    rows = Publication.objects.filter(waits, withdrawn_at=None, case__in=Case.objects.visible_to(user))
    return rows.select_related("case", "document").order_by("-published_at", "-pk")


def stands(publication: Publication) -> bool:
    """Whether the case still holds everything that a publication tells: what was withdrawn is so before its correction is public."""
    gone = ProblemRow.objects.filter(case=publication.case_id, status="withdrawn").values_list("clause", "key")
    return {each.key for each in publication.problems.all()}.isdisjoint(problem_id(*each) for each in gone)


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


def _waiting(act: str) -> QuerySet[Waiting]:
    """Confirmed proposals of an act that wait to be published."""
    proposed = Event.objects.filter(case=OuterRef("case"), seq=OuterRef("seq"), kind="proposed", data__act=act)
    return Waiting.objects.filter(Exists(proposed), what=Waiting.What.PUBLISH)


def _recorded(case: Case, proposal: int, publication: Publication, by: User) -> None:
    place = reverse("notices:detail", args=[publication.pk])
    ledger.held(case, by, case.seq).write("published", {"of": proposal, "place": place})


def _written(case: Case, document: Document, problems: list[Problem], by: User, batch: str) -> Publication:
    # What was known when the document was made: a version, a name or a type that came later is not what it speaks of.
    then = machine.fold([event for event in told(case) if event.seq <= (document.seq or 0)], document.created_at)
    app = case.app
    opening = case.events.get(kind="opened").data
    publication = Publication.objects.create(
        kind=KINDS[document.kind],
        case=case,
        document=document,
        body=case.body,
        batch=batch,
        published_at=clock.now(),
        published_by=by,
        label=opening["app"],
        package=app.package,
        version=then.version,
        operator=case.operator.name if case.operator else "",
        store=(case.opened_from.store if case.opened_from else "") or app.store,
        category=_category(case, then),
    )
    PublishedProblem.objects.bulk_create(
        PublishedProblem(publication=publication, key=each.id, clause=each.clause, zh=each.zh, en=each.en) for each in problems
    )
    return publication


def _category(case: Case, then: CaseState) -> str:
    """The type as which the app was tested first, as far as that is known."""
    ids = [int(each.inspection) for each in then.tests]
    told = Inspection.objects.in_bulk(ids)
    known = (told[id].category for id in ids if id in told)
    return next((each for each in known if each not in ("", "auto")), case.app.category)


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
