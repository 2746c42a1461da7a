"""Which acts of the audit chain webhooks are told of: an act that is recorded is announced in the same transaction."""

import json
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from mingjian.console.api.hooks import EVENTS, announce
from mingjian.console.audit.models import Entry

_TOLD = {"inspection.judged": ("inspection", ()), "case.event": ("case", ("kind", "seq")), "notice.published": ("notice", ())}
"""For each event what its entry is about, and what of the entry's body is told besides."""


@receiver(post_save, sender=Entry)
def tell(instance: Entry, **_: Any) -> None:
    """Announces the act of an entry."""
    if instance.action not in EVENTS:
        return
    about, told = _TOLD[instance.action]
    number = instance.object.rpartition(":")[2]
    body = json.loads(instance.body)
    payload: dict[str, Any] = {about: int(number), **{name: body[name] for name in told if name in body}}
    announce(instance.action, f"audit:{instance.seq}", payload)
