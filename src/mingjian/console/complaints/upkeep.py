"""Daily care of complaints: keys and deadlines."""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import models, transaction

from mingjian.console import vault
from mingjian.console.audit.chain import record
from mingjian.console.complaints.intake import REPLY_WORKING_DAYS
from mingjian.console.complaints.models import Attachment, Complaint, Message, Reply
from mingjian.console.complaints.seal import HEADER, BrokenSealError, is_current, place_of, seal, unseal
from mingjian.console.workdays import day_in_shanghai, shipped_calendar

logger = logging.getLogger(__name__)


_SEALED: tuple[tuple[type[models.Model], str, Callable[[Any], str]], ...] = (
    (Complaint, "identity", lambda row: place_of(row, "identity")),
    (Complaint, "statement", lambda row: place_of(row, "statement")),
    (Message, "sealed", lambda row: place_of(row.complaint, f"message:{row.pk}")),
    (Reply, "sealed", lambda row: place_of(row.complaint, f"reply:{row.pk}")),
)
"""Each sealed column, and the place that a row's value is sealed for."""


def seal_anew() -> int:
    """Seals with the first key what an older one sealed and returns how many values that were.

    The chain says how many did not open (`broken`): an older key can be removed once there are none, or nobody hopes to find their key."""
    done = broken = 0
    for renew in _old():
        try:
            done += renew()
        except (BrokenSealError, FileNotFoundError):
            logger.exception("what was sealed for a complaint does not open")
            broken += 1
    if done or broken:
        record("complaints.sealed_anew", values=done, broken=broken)
    return done


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


def _old() -> Iterator[Callable[[], bool]]:
    for model, field, place in _SEALED:
        for key, sealed in model._default_manager.order_by("pk").values_list("pk", field).iterator():
            if not is_current(sealed):
                yield partial(_anew, model, field, place, key)
    for key in Attachment.objects.order_by("pk").values_list("pk", flat=True):
        yield partial(_file_anew, key)


def _anew(model: type[models.Model], field: str, place: Callable[[Any], str], key: int) -> bool:
    with transaction.atomic():
        row = model._default_manager.select_for_update().filter(pk=key).first()
        # Whoever erased or changed it in the meantime has the last word.
        if row is None or is_current(getattr(row, field)):
            return False
        setattr(row, field, seal(unseal(getattr(row, field), place(row)), place(row)))
        row.save(update_fields=[field])
    return True


def _file_anew(key: int) -> bool:
    with transaction.atomic():
        attachment = Attachment.objects.select_for_update().filter(pk=key).first()
        if attachment is None:
            return False
        old = attachment.sha256
        with vault.path(old).open("rb") as file:
            if is_current(file.read(HEADER)):
                return False
        place = place_of(attachment.complaint, f"attachment:{attachment.pk}")
        attachment.sha256, _ = vault.put([seal(unseal(vault.read(old), place), place)])
        attachment.save(update_fields=["sha256"])
    vault.drop(old)
    return True
