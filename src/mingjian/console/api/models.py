"""Tokens of programs, and where they want to be told of events."""

from django.conf import settings
from django.db import models


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


class Webhook(models.Model):
    """An address that is told of events, each message signed with `secret`, which is kept encrypted."""

    address = models.URLField(max_length=500)
    events = models.JSONField(default=list)
    secret = models.BinaryField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)


class Delivery(models.Model):
    """One message to a webhook and how it went. `key` is the event's, so that none is sent as two messages."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=120)
    event = models.CharField(max_length=60)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "key"], name="one_message_an_event")]
