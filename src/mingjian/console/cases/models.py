"""Cases. `Event` is the only truth; state, deadline and problems on the other tables are what `machine.fold` says of the events, written
in the same transaction so that lists can be sorted and searched."""

from datetime import datetime
from typing import Any, Self, cast

from django.conf import settings
from django.db import models
from django.db.models import Q

from mingjian.console import clock
from mingjian.console.access import HOUSE, OPERATOR
from mingjian.console.accounts.models import User
from mingjian.console.inspections.models import Inspection
from mingjian.console.market.models import App, Operator


class Cases(models.QuerySet["Case"]):
    """Cases, as people may see them and as the clock makes them."""

    def visible_to(self, user: Any) -> Self:
        """Those that a person may see: of the house those of its body, of an operator its own from the day of service on."""
        if not user.is_authenticated:
            return self.none()
        person = cast(User, user)
        if person.roles & HOUSE:
            return self.filter(body=person.body) if person.body else self
        if OPERATOR in person.roles and person.operator_id is not None:
            return self.filter(operator=person.operator_id, served_at__isnull=False)
        return self.none()

    def overdue(self, now: datetime) -> Self:
        """Those whose deadline has passed for sure at `now`, whoever has to meet it."""
        return self.filter(due_at__lte=now, provisional=False)

    def in_state(self, state: str, now: datetime) -> Self:
        """Those that are in a state at `now`: an order whose deadline passes makes a case overdue without an event."""
        late = Q(state="rectification_ordered", due_at__lte=now, provisional=False)
        if state == "overdue":
            return self.filter(Q(state="overdue") | late)
        found = self.filter(state=state)
        return found.exclude(late) if state == "rectification_ordered" else found


class Case(models.Model):
    """One rectification case of one app before one issuing body. `seq` is the number of its last event, `due_at` the first moment that is
    too late for whoever has to act next."""

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

    objects = Cases.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["due_at"]),
            models.Index(fields=["operator", "-opened_at"]),
            models.Index(fields=["-opened_at", "-id"]),
            models.Index(fields=["body", "-opened_at"]),
            models.Index(fields=["closed_at"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def late(self) -> bool:
        """Whether a deadline has passed for sure."""
        return self.due_at is not None and not self.provisional and self.due_at <= clock.now()

    @property
    def state_now(self) -> str:
        """The state as the clock has it, without reading the events."""
        return "overdue" if self.late and self.state == "rectification_ordered" else self.state


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

    def words_of(self, lang: str) -> str:
        """What a reader is told of it."""
        return self.zh if lang == "zh" else self.en


class LinkedTest(models.Model):
    """One test or re-test of a case; `seq` is the number of the event that began it, `finished` that of its result, 0 until then."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tests")
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="case_tests")
    seq = models.PositiveIntegerField()
    finished = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="one_test_an_event")]


class Waiting(models.Model):
    """Something that a person of the house has to do next on a case, as its events leave it; `seq` is the event that it is about.

    `author` made the proposal that waits, and cannot be the one who decides on it."""

    class What(models.TextChoices):
        """What has to be done."""

        CONFIRM = "confirm"
        SERVE = "serve"
        PUBLISH = "publish"
        CORRECT = "correct"
        EXTENSION = "extension"
        ANSWERS = "answers"
        REPORT = "report"
        RETEST = "retest"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="waiting")
    what = models.CharField(max_length=10, choices=What.choices)
    seq = models.PositiveIntegerField()
    since = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "what", "seq"], name="one_task_an_event")]
        indexes = [models.Index(fields=["what", "since", "id"]), models.Index(fields=["since", "id"])]


class Document(models.Model):
    """A document that was issued: its content in both languages is fixed with the event, the PDF is printed from it afterwards.

    `digest` covers both languages; `fault` is why it could not be printed, in both languages. `publishable` says whether it may be put on
    the public list as the events leave the case now."""

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
    publishable = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq", "kind"], name="one_document_an_event")]
        indexes = [
            models.Index(fields=["kind", "-created_at"]),
            models.Index(fields=["-created_at", "-id"], condition=models.Q(publishable=True), name="publishable_documents"),
        ]


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
    """A reminder that was given, so that it is given once. `ends` is the deadline that it speaks of."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reminders")
    key = models.CharField(max_length=80)
    occasion = models.CharField(max_length=20)
    ends = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "key"], name="one_reminder_a_key")]
        indexes = [models.Index(fields=["-at", "-id"])]

    @property
    def provisional(self) -> bool:
        """Whether the deadline that it speaks of is the next one of the case, and provisional today."""
        return self.case.provisional and self.case.due_at == self.ends
