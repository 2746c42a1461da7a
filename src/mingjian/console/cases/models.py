"""Cases. `Event` is the only truth; state, deadline and problems on the other tables are what `machine.fold` says of the events, written
in the same transaction so that lists can be sorted and searched."""

from django.conf import settings
from django.db import models

from mingjian.console.inspections.models import Inspection
from mingjian.console.market.models import App, Operator


class Case(models.Model):
    """One rectification case of one app before one issuing body. `seq` is the number of its last event."""

    number = models.CharField(max_length=40, unique=True)
    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="cases")
    operator = models.ForeignKey(Operator, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    body = models.CharField(max_length=40)
    opened_from = models.ForeignKey(Inspection, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    opened_at = models.DateTimeField()
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    state = models.CharField(max_length=30)
    seq = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    provisional = models.BooleanField(default=False)
    served_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["due_at"]),
            models.Index(fields=["operator", "-opened_at"]),
            models.Index(fields=["-opened_at", "-id"]),
            models.Index(fields=["body", "-opened_at"]),
        ]

    def __str__(self) -> str:
        return self.number


class Event(models.Model):
    """One thing that happened, appended and never changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="one_event_a_number")]


class Problem(models.Model):
    """One problem of a case as its events leave it; `key` is the fingerprint of the hit, or the clause where none was given."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="problems")
    key = models.CharField(max_length=64)
    clause = models.CharField(max_length=40)
    status = models.CharField(max_length=12)
    zh = models.TextField()
    en = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "clause", "key"], name="one_problem_a_key")]
        indexes = [models.Index(fields=["clause", "status"])]


class Document(models.Model):
    """A document that was issued: its content in both languages is fixed with the event, the PDF is printed from it afterwards."""

    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="documents")
    seq = models.PositiveIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=30)
    number = models.CharField(max_length=60, unique=True)
    created_at = models.DateTimeField()
    zh = models.JSONField()
    en = models.JSONField()
    digest = models.CharField(max_length=64)
    pdf_zh = models.CharField(max_length=64, blank=True)
    pdf_en = models.CharField(max_length=64, blank=True)
    fault = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq", "kind"], name="one_document_an_event")]


class Template(models.Model):
    """An administrator's wording of a kind of document; without a row the shipped one stands. The newest row counts."""

    kind = models.CharField(max_length=30)
    lang = models.CharField(max_length=2)
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Counter(models.Model):
    """The last number given out in a series (`case 2026`); locked by whoever takes the next."""

    series = models.CharField(max_length=60, unique=True)
    value = models.PositiveIntegerField(default=0)


class Reminder(models.Model):
    """A reminder that was given, so that it is given once."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reminders")
    key = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "key"], name="one_reminder_a_key")]
