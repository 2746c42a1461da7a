"""Complaints. Who complains, and what they wrote or attached, is sealed; the rest is what a clerk needs to sort them."""

from django.conf import settings
from django.db import models

from mingjian.console.cases.models import Case
from mingjian.console.market.models import App


class Group(models.Model):
    """Complaints that tell of the same thing."""

    app = models.ForeignKey(App, null=True, blank=True, on_delete=models.PROTECT, related_name="complaint_groups")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class Complaint(models.Model):
    """One complaint. `receipt` is a keyed digest of the code that only the complainant has. `sealed` holds, encrypted, what the complainant
    told of themselves and in their own words; it is empty once erased."""

    class State(models.TextChoices):
        """Where the handling stands."""

        RECEIVED = "received"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        REPLIED = "replied"

    receipt = models.CharField(max_length=64, unique=True)
    channel = models.CharField(max_length=20, default="web")
    body = models.CharField(max_length=40, blank=True, db_index=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    received_at = models.DateTimeField()
    due_on = models.DateField()
    provisional = models.BooleanField(default=False)
    replied_at = models.DateTimeField(null=True, blank=True)
    half = models.CharField(max_length=6)

    named = models.BooleanField(default=False)
    may_contact = models.BooleanField(default=False)
    app_name = models.CharField(max_length=200)
    package = models.CharField(max_length=255, blank=True)
    version = models.CharField(max_length=100, blank=True)
    store = models.CharField(max_length=80, blank=True)
    device = models.CharField(max_length=120, blank=True)
    clause = models.CharField(max_length=40, blank=True)
    happened_on = models.DateField(null=True, blank=True)
    sealed = models.BinaryField(default=b"")
    reply = models.TextField(blank=True)
    erase_on = models.DateField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    app = models.ForeignKey(App, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints")
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.PROTECT, related_name="complaints")

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_on"]),
            models.Index(fields=["-received_at", "-id"]),
            models.Index(fields=["half", "state"]),
            models.Index(fields=["erase_on"]),
        ]


class Attachment(models.Model):
    """A file that came with a complaint, encrypted in the vault; gone with the rest when the complaint is erased."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="attachments")
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
