"""Daily care of complaints: keys and deadlines."""

from collections.abc import Callable
from typing import Any

from django.db import models, transaction

from mingjian.console import vault
from mingjian.console.audit.chain import record
from mingjian.console.complaints.intake import REPLY_WORKING_DAYS
from mingjian.console.complaints.models import Attachment, Complaint, Message, Reply
from mingjian.console.complaints.seal import HEADER, is_current, place_of, seal, unseal
from mingjian.console.workdays import day_in_shanghai, shipped_calendar


def seal_anew() -> int:
    """Seals with the first key what an older one sealed, after which the older can be removed; returns how many values there were."""
    count = _anew(Complaint, "identity", lambda row: place_of(row, "identity"))
    count += _anew(Complaint, "statement", lambda row: place_of(row, "statement"))
    count += _anew(Message, "sealed", lambda row: place_of(row.complaint, f"message:{row.pk}"))
    count += _anew(Reply, "sealed", lambda row: place_of(row.complaint, f"reply:{row.pk}"))
    count += sum(map(_file_anew, Attachment.objects.order_by("pk").values_list("pk", flat=True)))
    if count:
        record("complaints.sealed_anew", values=count)
    return count


def settle_deadlines() -> None:
    """Counts provisional deadlines again once the calendar knows their year; each change is in the chain."""
    calendar = shipped_calendar()
    for complaint in Complaint.objects.filter(provisional=True).order_by("pk").iterator():
        due_on = calendar.after(day_in_shanghai(complaint.received_at), REPLY_WORKING_DAYS)
        if not calendar.knows(due_on):
            continue
        with transaction.atomic():
            record("complaint.due_settled", f"complaint:{complaint.pk}", old=complaint.due_on.isoformat(), new=due_on.isoformat())
            complaint.due_on, complaint.provisional = due_on, False
            complaint.save(update_fields=["due_on", "provisional"])


def _anew(model: type[models.Model], field: str, place: Callable[[Any], str]) -> int:
    count = 0
    for key, sealed in model._default_manager.order_by("pk").values_list("pk", field).iterator():
        if is_current(sealed):
            continue
        with transaction.atomic():
            row = model._default_manager.select_for_update().filter(pk=key).first()
            # Whoever erased or changed it in the meantime has the last word.
            if row is None or is_current(getattr(row, field)):
                continue
            setattr(row, field, seal(unseal(getattr(row, field), place(row)), place(row)))
            row.save(update_fields=[field])
            count += 1
    return count


def _file_anew(key: int) -> int:
    with transaction.atomic():
        attachment = Attachment.objects.select_for_update().filter(pk=key).first()
        if attachment is None:
            return 0
        old = attachment.sha256
        with vault.path(old).open("rb") as file:
            if is_current(file.read(HEADER)):
                return 0
        place = place_of(attachment.complaint, f"attachment:{attachment.pk}")
        attachment.sha256, _ = vault.put([seal(unseal(vault.read(old), place), place)])
        attachment.save(update_fields=["sha256"])
    vault.drop(old)
    return 1
