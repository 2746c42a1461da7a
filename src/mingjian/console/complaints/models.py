"""Complaints. Who complains, and what they wrote or attached, is sealed; the rest is what a clerk needs to sort them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper

from mingjian.console.access import HOUSE
from mingjian.console.cases.models import Case
from mingjian.console.market.models import App


class Group(models.Model):
    """Complaints that tell of the same thing."""

    app = models.ForeignKey(App, null=True, blank=True, on_delete=models.PROTECT, related_name="complaint_groups")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Complaints, asked for by those who may see them."""

    def visible_to(self, user: Any) -> ComplaintQuerySet:
        """The complaints whose handling `user` may see, never who complained; for a person of one issuing body what that body handles and
        what nobody has taken on yet."""
        if not user.is_authenticated or not user.roles & HOUSE:
            return self.none()
        return self.filter(body__in=("", user.body)) if user.body else self.all()


class Complaint(models.Model):
    """One complaint.

    `receipt` is a keyed digest of the code that only the complainant has. `identity` (name and contact) and `statement` (own words, device)
    are sealed and empty once erased. `accepted` is what the sorting decided, `state` how far the handling is. `withdrawn_at` and
    `erased_at` tell what the complainant or the calendar ended.
    """

    class State(models.TextChoices):
        """Where the handling stands."""

        RECEIVED = "received"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        REPLIED = "replied"
        WITHDRAWN = "withdrawn"

    receipt = models.CharField(max_length=64, unique=True)
    channel = models.CharField(max_length=20, default="web")
    body = models.CharField(max_length=40, blank=True, db_index=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    accepted = models.BooleanField(null=True)
    reason = models.TextField(blank=True)
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    due_on = models.DateField()
    provisional = models.BooleanField(default=False)
    replied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    half = models.CharField(max_length=6)

    named = models.BooleanField(default=False)
    may_contact = models.BooleanField(default=False)
    app_name = models.CharField(max_length=200)
    package = models.CharField(max_length=255, blank=True)
    version = models.CharField(max_length=100, blank=True)
    store = models.CharField(max_length=80, blank=True)
    clause = models.CharField(max_length=40, blank=True)
    happened_on = models.DateField(null=True, blank=True)
    identity = models.BinaryField(default=b"")
    statement = models.BinaryField(default=b"")
    erase_on = models.DateField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    app = models.ForeignKey(App, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints")
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints")

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_on"]),
            models.Index(fields=["-received_at", "-id"]),
            models.Index(fields=["due_on", "id"]),
            models.Index(fields=["half", "state"]),
            models.Index(fields=["erase_on"]),
            models.Index(fields=["app", "clause"]),
            models.Index(fields=["package"]),
            models.Index(Upper("app_name"), name="complaint_app_name"),
        ]


class Attachment(models.Model):
    """A file that came with a complaint, encrypted in the vault under `sha256`; `kind` and `size` are those of the plain content."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="attachments")
    sha256 = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=20)
    size = models.PositiveIntegerField()


class Message(models.Model):
    """What the complainant added later, sealed."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="messages")
    at = models.DateTimeField()
    sealed = models.BinaryField(default=b"")


class Reply(models.Model):
    """A reply that one person proposed and another confirms or returns; sealed, since a reply often repeats what was told.

    `confirmed` is empty while the second person has not decided. Only a confirmed one is shown to the complainant."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="replies")
    sealed = models.BinaryField(default=b"")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed = models.BooleanField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)


class Tally(models.Model):
    """How often something was tried in one window of time by one address, or (`who` empty) by all. `who` is a keyed digest that cannot be
    compared between windows; the row is erased after its window."""

    what = models.CharField(max_length=20)
    who = models.CharField(max_length=32, blank=True)
    window = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "who", "window"], name="one_tally_a_window")]
        indexes = [models.Index(fields=["window"])]
