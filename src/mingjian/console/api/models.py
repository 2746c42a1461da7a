"""Tokens of programs, and where they want to be told of events."""

from django.conf import settings
from django.db import models

from mingjian.console import clock


class Token(models.Model):
    """A program's key. Only its digest is kept; it acts for its `owner`, within `scopes`, and never beyond what the owner may."""

    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    @property
    def ended(self) -> bool:
        """Whether no program can use it any more."""
        return self.revoked_at is not None or self.expires_at <= clock.now()


class Webhook(models.Model):
    """An address that is told of `events`, each message signed with `secret`, which is kept encrypted."""

    address = models.URLField(max_length=500)
    events = models.JSONField(default=list)
    secret = models.BinaryField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)


class Delivery(models.Model):
    """One message to a webhook and how it went. `key` is the event's, so that none is sent as two messages.

    `status` is what the address answered last, `fault` why there was no answer."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=120)
    event = models.CharField(max_length=60)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "key"], name="one_message_an_event")]
        indexes = [models.Index(fields=["created_at"], condition=models.Q(sent_at=None), name="messages_not_yet_sent")]
