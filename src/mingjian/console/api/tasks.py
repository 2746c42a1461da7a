"""Sending what webhooks are told."""

from datetime import timedelta

from django.db import transaction

from mingjian.console import clock
from mingjian.console.api.hooks import message, signature
from mingjian.console.api.models import Delivery, Token
from mingjian.console.api.sending import NotSentError, post
from mingjian.console.work.queue import daily, defer, task
from mingjian.errors import TryAgainError

_TRIED_FOR = timedelta(days=3)
_KEPT_FOR = timedelta(days=30)


@task("api.deliver")
def deliver(delivery: int) -> None:
    """Sends one message. Raises `TryAgainError` where it did not arrive, so that the queue tries again later each time."""
    row = Delivery.objects.select_related("webhook", "webhook__owner").filter(pk=delivery, sent_at=None).first()
    if row is None or row.webhook.disabled_at is not None or not row.webhook.owner.is_active:
        return
    body = message(row)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Mingjian",
        "Mingjian-Event": row.event,
        "Mingjian-Delivery": str(row.pk),
        "Mingjian-Signature": signature(row.webhook, int(clock.now().timestamp()), body),
    }
    row.attempts += 1
    try:
        row.status, row.fault = post(row.webhook.address, body, headers), ""
    except NotSentError as error:
        row.status, row.fault = None, str(error)
    if row.status is not None and 200 <= row.status < 300:
        row.sent_at = clock.now()
    row.save(update_fields=["attempts", "status", "fault", "sent_at"])
    if row.sent_at is None:
        raise TryAgainError("console.api.not_sent", address=row.webhook.address, why=row.fault or str(row.status))


@daily("api.deliver_again")
def deliver_again() -> None:
    """Queues what did not arrive within the last three days once more, and forgets messages and keys that ended a month ago."""
    old = clock.now() - _KEPT_FOR
    Delivery.objects.filter(created_at__lte=old).delete()
    Token.objects.filter(expires_at__lte=old).delete()
    with transaction.atomic():
        for pk in Delivery.objects.filter(sent_at=None, created_at__gt=clock.now() - _TRIED_FOR).values_list("pk", flat=True):
            defer("api.deliver", delivery=pk)
