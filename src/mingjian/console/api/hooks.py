"""Telling other systems of events: a message a webhook, made with the event and signed; sent afterwards, again where it did not arrive."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.api.models import Delivery, Webhook
from mingjian.console.audit.chain import record
from mingjian.console.cases.models import Case
from mingjian.console.home import secret
from mingjian.console.inspections.models import Inspection
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import defer
from mingjian.errors import UsageError
from mingjian.inputs.fetch import checked

EVENTS = ("inspection.judged", "case.event", "notice.published")
"""What a webhook may be told of."""
WINDOW = 300
"""Seconds for which a receiver should take a signature; an older message is one that somebody kept and sent again."""
MOST_HOOKS = 20


def register(owner: User, address: str, events: frozenset[str]) -> tuple[Webhook, str]:
    """A new webhook and the secret of its signatures, which is told here and never again. Raises `RefusedError`."""
    try:
        address = checked(address)
    except UsageError as error:
        raise RefusedError("console.api.refused.address") from error
    if not address.startswith("https://") and not settings.WEBHOOKS_INSIDE:
        raise RefusedError("console.api.refused.address")
    if not events or not events <= set(EVENTS) or len(address) > 500:
        raise RefusedError("console.api.refused.webhook")
    key = secrets.token_urlsafe(32)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)
        if Webhook.objects.filter(owner=owner, disabled_at=None).count() >= MOST_HOOKS:
            raise RefusedError("console.api.refused.too_many", most=MOST_HOOKS)
        hook = Webhook.objects.create(
            address=address, events=sorted(events), secret=_cipher().encrypt(key.encode()), owner=owner, created_at=clock.now()
        )
        record("webhook.made", f"webhook:{hook.pk}", actor=owner.username, address=address, events=hook.events)
    return hook, key


def disable(hook: Webhook, by: User) -> None:
    """Tells this address nothing more."""
    with transaction.atomic():
        if Webhook.objects.filter(pk=hook.pk, disabled_at=None).update(disabled_at=clock.now()):
            record("webhook.disabled", f"webhook:{hook.pk}", actor=by.username)


def announce(event: str, key: str, payload: Mapping[str, Any]) -> None:
    """Queues a message to every webhook that wants the event and whose owner may see what it is about, in the caller's transaction.

    `key` is the event's own; the same again makes no second message. `payload` is plain JSON; its `case` or `inspection` is the number
    of what it is about, and a payload with neither is public."""
    for hook in Webhook.objects.filter(disabled_at=None, owner__is_active=True).select_related("owner"):
        if event in hook.events and _may_see(hook.owner, payload):
            row, made = Delivery.objects.get_or_create(
                webhook=hook, key=key[:120], defaults={"event": event, "payload": dict(payload), "created_at": clock.now()}
            )
            if made:
                defer("api.deliver", delivery=row.pk)


def message(delivery: Delivery) -> bytes:
    """The body of the message, which is the same at every attempt."""
    told = {"id": delivery.pk, "event": delivery.event, "at": delivery.created_at.isoformat(), "data": delivery.payload}
    return json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def signature(hook: Webhook, timestamp: int, body: bytes) -> str:
    """`t=<seconds>,v1=<hex>`: HMAC-SHA256 over the seconds, a dot and the body, with the webhook's secret."""
    key = _cipher().decrypt(bytes(hook.secret))
    code = hmac.new(key, str(timestamp).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={code}"


def _may_see(owner: User, payload: Mapping[str, Any]) -> bool:
    if "case" in payload and not Case.objects.visible_to(owner).filter(pk=payload["case"]).exists():
        return False
    return "inspection" not in payload or Inspection.objects.visible_to(owner).filter(pk=payload["inspection"]).exists()


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(secret("webhooks"))))
