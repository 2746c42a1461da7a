"""What the house does with a complaint: take on, sort, link, reply. A reply needs two people."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.cases import ledger
from mingjian.console.cases.models import Case
from mingjian.console.complaints import retention
from mingjian.console.complaints.models import Complaint, Group, Reply
from mingjian.console.complaints.problems import clauses
from mingjian.console.complaints.seal import READERS, place_of, seal_values
from mingjian.console.market.models import App
from mingjian.console.refused import RefusedError
from mingjian.console.workdays import day_in_shanghai

LONGEST_TEXT = 4000
State = Complaint.State


def take_on(complaint: Complaint, by: User) -> None:
    """Makes `by` the one who handles the complaint, from whoever did before. One that came to no body is from then on that of `by`."""
    with transaction.atomic():
        held = _held(complaint, by)
        record("complaint.taken_on", _object(held), actor=by.get_username(), before=held.handler_id)
        held.handler, held.body = by, held.body or by.body
        held.save(update_fields=["handler", "body"])


def accept(complaint: Complaint, by: User, *, app: App | None = None, clause: str = "") -> None:
    """Sorts a complaint in, with the app and the clause that it is about where they are known. Raises `RefusedError`."""
    if clause and clause not in clauses():
        raise RefusedError("console.complaints.refused.clause")
    with transaction.atomic():
        held = _handled(complaint, by)
        held.accepted, held.state, held.reason = True, State.ACCEPTED, ""
        held.app, held.clause = app or held.app, clause or held.clause
        held.save()
        record("complaint.accepted", _object(held), actor=by.get_username(), app=held.app_id, clause=held.clause)


def reject(complaint: Complaint, by: User, reason: str) -> None:
    """Sorts a complaint out. The reason stays in the house; the complainant is told by the reply. Raises `RefusedError`."""
    _text(reason)
    with transaction.atomic():
        held = _handled(complaint, by)
        held.accepted, held.state, held.reason = False, State.REJECTED, reason
        held.save()
        record("complaint.rejected", _object(held), actor=by.get_username())


def link(complaint: Complaint, case: Case, by: User) -> None:
    """Joins a complaint to a case that is open. Raises `RefusedError`."""
    with transaction.atomic():
        held = _accepted(complaint, by)
        if held.case_id is not None:
            raise RefusedError("console.complaints.refused.linked", conflict=True)
        ledger.link_complaint(case, held, by)
        held.case, held.app = case, case.app
        held.save()
        record("complaint.linked", _object(held), actor=by.get_username(), case=case.number)


def open_case(complaint: Complaint, body: str, by: User) -> Case:
    """Opens a case from an accepted complaint about a known app. Raises `RefusedError`."""
    with transaction.atomic():
        held = _accepted(complaint, by)
        if held.case_id is not None:
            raise RefusedError("console.complaints.refused.linked", conflict=True)
        if held.app is None:
            raise RefusedError("console.complaints.refused.no_app")
        case = ledger.open_case(held, body, by)
        record("complaint.linked", _object(held), actor=by.get_username(), case=case.number)
    return case


def similar(complaint: Complaint, reader: User) -> QuerySet[Complaint]:
    """Complaints that may tell of the same thing: the same app and the same clause.

    The words of complaints are never compared: that would need either their content in the open or a fingerprint of it that outlives its
    erasure, and app with clause is what a case is made of anyway. A person decides."""
    # An erased complaint has no name of the app any more.
    same_app = Q(app_name__iexact=complaint.app_name) if complaint.app_name else Q(pk__in=())
    if complaint.package:
        same_app |= Q(package=complaint.package)
    if complaint.app_id is not None:
        same_app |= Q(app=complaint.app_id)
    return (
        Complaint.objects.visible_to(reader)
        .filter(same_app, clause=complaint.clause)
        .exclude(pk=complaint.pk)
        .order_by("-received_at", "-pk")
    )


def group(complaint: Complaint, others: Iterable[Complaint], by: User) -> Group:
    """Puts complaints about one app together. Raises `RefusedError`."""
    with transaction.atomic():
        held = _held(complaint, by)
        rows = list(similar(held, by).filter(pk__in=[each.pk for each in others]))
        if not rows:
            raise RefusedError("console.complaints.refused.no_others")
        joined = held.group or next((each.group for each in rows if each.group), None)
        if joined is None:
            joined = Group.objects.create(app=held.app, created_at=clock.now(), created_by=by)
        keys = [held.pk, *(each.pk for each in rows)]
        Complaint.objects.filter(pk__in=keys).update(group=joined)
        record("complaint.grouped", _object(held), actor=by.get_username(), complaints=sorted(keys))
    return joined


def propose_reply(complaint: Complaint, text: str, by: User) -> Reply:
    """Proposes what the complainant is to be told; a proposal that waits is replaced. Raises `RefusedError`."""
    _text(text)
    with transaction.atomic():
        held = _handled(complaint, by)
        if held.accepted is None:
            raise RefusedError("console.complaints.refused.unsorted")
        held.replies.filter(confirmed=None).delete()
        reply = Reply.objects.create(complaint=held, proposed_by=by, proposed_at=clock.now())
        reply.sealed = seal_values(place_of(held, f"reply:{reply.pk}"), text=text)
        reply.save(update_fields=["sealed"])
        record("complaint.reply_proposed", _object(held), actor=by.get_username(), reply=reply.pk)
    return reply


def decide_reply(reply: Reply, by: User, *, confirmed: bool) -> None:
    """Confirms a proposed reply, which the complainant then sees, or returns it. A reviewer who is not who proposed it. Raises
    `RefusedError`."""
    with transaction.atomic():
        held = _held(reply.complaint, by)
        waiting = Reply.objects.select_for_update().filter(pk=reply.pk, confirmed=None).first()
        if waiting is None:
            raise RefusedError("console.complaints.refused.decided", conflict=True)
        if "reviewer" not in by.roles or waiting.proposed_by_id == by.pk:
            raise RefusedError("console.complaints.refused.second")
        waiting.confirmed, waiting.decided_by, waiting.decided_at = confirmed, by, clock.now()
        waiting.save(update_fields=["confirmed", "decided_by", "decided_at"])
        if confirmed:
            held.state, held.replied_at = State.REPLIED, clock.now()
            held.erase_on = retention.end_after(clock.today(), day_in_shanghai(held.received_at))
            held.save(update_fields=["state", "replied_at", "erase_on"])
        record(
            "complaint.reply_confirmed" if confirmed else "complaint.reply_returned", _object(held), actor=by.get_username(), reply=reply.pk
        )


def _held(complaint: Complaint, by: User) -> Complaint:
    """The complaint locked, for somebody who may handle complaints, while there is something to handle."""
    held = Complaint.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=complaint.pk).first()
    if held is None or not by.roles & READERS:
        raise RefusedError("console.complaints.refused.not_yours")
    if held.erased_at or held.state in (State.WITHDRAWN, State.REPLIED):
        raise RefusedError("console.complaints.refused.over", conflict=True)
    return held


def _handled(complaint: Complaint, by: User) -> Complaint:
    held = _held(complaint, by)
    if held.handler_id != by.pk:
        raise RefusedError("console.complaints.refused.take_on_first", conflict=True)
    return held


def _accepted(complaint: Complaint, by: User) -> Complaint:
    held = _handled(complaint, by)
    if not held.accepted:
        raise RefusedError("console.complaints.refused.unsorted")
    return held


def _text(text: str) -> None:
    if not text.strip():
        raise RefusedError("console.complaints.refused.nothing")
    if len(text) > LONGEST_TEXT:
        raise RefusedError("console.complaints.refused.long", most=LONGEST_TEXT)
    if "\x00" in text:
        raise RefusedError("console.complaints.refused.characters")


def _object(complaint: Complaint) -> str:
    return f"complaint:{complaint.pk}"
