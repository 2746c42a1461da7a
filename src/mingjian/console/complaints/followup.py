"""What a complainant may do with their code: follow, add, correct, withdraw, have erased, take a copy."""

import base64
from typing import Any

from django.db import transaction

from mingjian.console import clock, vault
from mingjian.console.audit.chain import record
from mingjian.console.complaints import limits, receipts, retention
from mingjian.console.complaints.attachments import MOST_BYTES, MOST_FILES, cleaned
from mingjian.console.complaints.intake import attach, check_text, undone
from mingjian.console.complaints.models import Complaint, Message
from mingjian.console.complaints.seal import opened_file, opened_identity, opened_statement, place_of, seal_values, unseal_values
from mingjian.console.refused import RefusedError
from mingjian.console.workdays import day_in_shanghai

COMPLAINANT = "complainant"
"""The actor in the audit chain of whatever is done with a code."""
MOST_MESSAGES = 20
State = Complaint.State


def find(typed: str, address: str) -> Complaint | None:
    """The complaint of a code, none for any other text. Raises `limits.TooOftenError`; a mistyped code costs less than a guessed one."""
    limits.spend(limits.LOOK_UP, address)
    if not limits.left(limits.GUESS, address):
        raise limits.TooOftenError
    found = Complaint.objects.filter(receipt=receipts.digest(typed)).first()
    if found is None and receipts.well_formed(typed):
        limits.spend(limits.GUESS, address)
    return found


def reply_of(complaint: Complaint) -> str:
    """The reply that the complainant may read, empty while there is none or once it was erased."""
    reply = complaint.replies.filter(confirmed=True).order_by("-pk").first()
    return unseal_values(reply.sealed, place_of(complaint, f"reply:{reply.pk}")).get("text", "") if reply else ""


def add(complaint: Complaint, text: str, files: list[bytes]) -> None:
    """Adds a message, files, or both. Raises `RefusedError`."""
    _still_there(complaint)
    check_text("description", text)
    if not text.strip() and not files:
        raise RefusedError("console.complaints.refused.nothing")
    clean = cleaned(files)
    with undone() as undo, transaction.atomic():
        held = Complaint.objects.select_for_update().get(pk=complaint.pk)
        _still_there(held)
        sizes = list(held.attachments.values_list("size", flat=True))
        if len(sizes) + len(clean) > MOST_FILES:
            raise RefusedError("console.complaints.refused.files_many", most=MOST_FILES)
        if sum(sizes) + sum(len(each.content) for each in clean) > MOST_BYTES:
            raise RefusedError("console.complaints.refused.files_large", most=MOST_BYTES // 1024 // 1024)
        if held.messages.count() >= MOST_MESSAGES:
            raise RefusedError("console.complaints.refused.messages", most=MOST_MESSAGES)
        if text.strip():
            message = Message.objects.create(complaint=held, at=clock.now())
            message.sealed = seal_values(place_of(held, f"message:{message.pk}"), text=text)
            message.save(update_fields=["sealed"])
        for each in clean:
            undo.callback(vault.drop, attach(held, each).sha256)
        record("complaint.added", _object(held), actor=COMPLAINANT, attachments=len(clean))


def correct(complaint: Complaint, name: str, contact: str, *, may_contact: bool) -> None:
    """Replaces name and contact; empty ones, or a consent that is no longer given, erase both. Raises `RefusedError`."""
    check_text("name", name)
    check_text("contact", contact)
    name, contact = name.strip(), contact.strip()
    kept = may_contact and bool(name or contact)
    if (name or contact) and not may_contact:
        raise RefusedError("console.complaints.refused.consent")
    with transaction.atomic():
        held = Complaint.objects.select_for_update().get(pk=complaint.pk)
        _still_there(held)
        held.identity = seal_values(place_of(held, "identity"), name=name, contact=contact) if kept else b""
        held.named = held.may_contact = kept
        held.save(update_fields=["identity", "named", "may_contact"])
        record("complaint.corrected", _object(held), actor=COMPLAINANT, named=kept)
    retention.clear_log()


def withdraw(complaint: Complaint) -> None:
    """Ends the handling. What was learnt of the app may still be inspected; the complaint is erased in its time. Raises `RefusedError`."""
    with transaction.atomic():
        held = Complaint.objects.select_for_update().get(pk=complaint.pk)
        if held.state in (State.REPLIED, State.WITHDRAWN):
            raise RefusedError("console.complaints.refused.over", conflict=True)
        _end(held)
        record("complaint.withdrawn", _object(held), actor=COMPLAINANT)


def erase(complaint: Complaint) -> None:
    """Erases at once what the complainant told; an unanswered complaint counts as withdrawn. Raises `RefusedError`."""
    _still_there(complaint)
    with transaction.atomic():
        held = Complaint.objects.select_for_update().get(pk=complaint.pk)
        if held.state not in (State.REPLIED, State.WITHDRAWN):
            _end(held)
    retention.erase(held, COMPLAINANT)


def copy(complaint: Complaint) -> dict[str, Any]:
    """All that is kept of the complaint, with its files in Base64, as the complainant may take it elsewhere."""
    identity, statement = opened_identity(complaint), opened_statement(complaint)
    with transaction.atomic():
        record("complaint.copied", _object(complaint), actor=COMPLAINANT)
    return {
        "received_at": complaint.received_at.isoformat(),
        "channel": complaint.channel,
        "state": complaint.state,
        "due_on": complaint.due_on.isoformat(),
        "provisional": complaint.provisional,
        "erase_on": complaint.erase_on.isoformat() if complaint.erase_on else None,
        "erased_at": complaint.erased_at.isoformat() if complaint.erased_at else None,
        "name": identity.name,
        "contact": identity.contact,
        "may_contact": complaint.may_contact,
        "app_name": complaint.app_name,
        "package": complaint.package,
        "version": complaint.version,
        "store": complaint.store,
        "device": statement.device,
        "clause": complaint.clause,
        "happened_on": complaint.happened_on.isoformat() if complaint.happened_on else None,
        "description": statement.description,
        "messages": list(statement.added),
        "reply": reply_of(complaint),
        "replied_at": complaint.replied_at.isoformat() if complaint.replied_at else None,
        "attachments": [
            {
                "kind": each.kind,
                "size": each.size,
                "content": base64.b64encode(opened_file(each)).decode(),
            }
            for each in complaint.attachments.order_by("pk")
        ],
    }


def _end(complaint: Complaint) -> None:
    complaint.state, complaint.withdrawn_at = State.WITHDRAWN, clock.now()
    complaint.erase_on = retention.end_after(clock.today(), day_in_shanghai(complaint.received_at))
    complaint.save(update_fields=["state", "withdrawn_at", "erase_on"])
    # A reply that was never confirmed leaves the house no more.
    complaint.replies.filter(confirmed=None).delete()


def _still_there(complaint: Complaint) -> None:
    if complaint.erased_at:
        raise RefusedError("console.complaints.refused.erased", conflict=True)


def _object(complaint: Complaint) -> str:
    return f"complaint:{complaint.pk}"
