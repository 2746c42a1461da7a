"""Inspections. The report is a file in the vault and the only truth; `Finding`, `Hit` and `Fact` index it for lists and figures."""

from typing import Any, Self

from django.conf import settings
from django.db import models

from mingjian.console.access import HOUSE
from mingjian.console.market.models import App

BAD = ("violated", "suspected")
"""The verdicts by which a clause is broken."""


class Batch(models.Model):
    """Inspections that were ordered together."""

    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")


class InspectionQuerySet(models.QuerySet["Inspection"]):
    """Inspections as people may see them."""

    def visible_to(self, user: Any) -> Self:
        """Those that this person may see: of a house role, and of their body where they have one; none for anybody else."""
        if not user.is_authenticated or not user.roles & HOUSE:
            return self.none()
        return self.filter(body=user.body) if user.body else self


class Inspection(models.Model):
    """One inspection of one version of an app, from upload to countersignature.

    `operator` and `policy_address` are what was told with the files: who answers for the app, and the page that its policy is fetched from.
    `half` is the half-year of `finished_at` in China (`2026H1`). The five counts are clauses by verdict. `fault` is what went wrong, as a
    key of the texts with its values; `attempts` how often the scan was begun. `latest` marks the sample of a half-year, which is what
    statistics count: of each app the newest finished inspection that is no re-test and was not handed in by the operator.
    """

    class State(models.TextChoices):
        """Where the work on it stands."""

        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    class Source(models.TextChoices):
        """Why it was made; `retest` also where it was made for something else and a case took it as its re-test."""

        UPLOAD = "upload"
        BATCH = "batch"
        PORTAL = "portal"
        RETEST = "retest"
        SYNTHETIC = "synthetic"

    class Step(models.TextChoices):
        """What is being done while it runs; one that is done is at times judged again."""

        FETCH = "fetch"
        SCAN = "scan"
        FILE = "file"
        JUDGE = "judge"

    app = models.ForeignKey(App, null=True, blank=True, on_delete=models.PROTECT, related_name="inspections")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="inspections")
    body = models.CharField(max_length=40, blank=True, db_index=True)
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.UPLOAD)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    step = models.CharField(max_length=12, choices=Step.choices, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fault = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    half = models.CharField(max_length=6, blank=True)
    latest = models.BooleanField(default=False)

    category = models.CharField(max_length=40, blank=True)
    settled = models.CharField(max_length=40, blank=True)
    """The app type that a person gave it after the scan; the report is judged under it from then on."""
    store = models.CharField(max_length=80, blank=True)
    region = models.CharField(max_length=40, blank=True)
    operator = models.CharField(max_length=200, blank=True)
    policy_address = models.CharField(max_length=2000, blank=True)
    downloads = models.BigIntegerField(null=True, blank=True)
    label = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=100, blank=True)
    package_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    report_sha256 = models.CharField(max_length=64, blank=True)

    violated = models.PositiveSmallIntegerField(default=0)
    suspected = models.PositiveSmallIntegerField(default=0)
    inconclusive = models.PositiveSmallIntegerField(default=0)
    satisfied = models.PositiveSmallIntegerField(default=0)
    not_applicable = models.PositiveSmallIntegerField(default=0)

    concluded_at = models.DateTimeField(null=True, blank=True)
    concluded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    countersigned_at = models.DateTimeField(null=True, blank=True)
    countersigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = InspectionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"]),
            models.Index(fields=["state", "-created_at"]),
            models.Index(fields=["app", "-finished_at"]),
            models.Index(fields=["half", "latest", "category"]),
            models.Index(fields=["half", "latest", "store"]),
        ]

    @property
    def busy(self) -> bool:
        """Whether work on it is under way or waits."""
        return self.state in (self.State.QUEUED, self.State.RUNNING) or bool(self.step)


class Material(models.Model):
    """One file of an inspection, in the vault. `name` is shown and never used as a path; `fetched_from` is the address of a page that was
    fetched and not sent."""

    class Kind(models.TextChoices):
        """What the file is to the inspection; a dossier is a zip with everything."""

        PACKAGE = "package"
        POLICY = "policy"
        RUN = "run"
        REVIEW = "review"
        DOSSIER = "dossier"

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="materials")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    fetched_from = models.CharField(max_length=2000, blank=True)
    size = models.BigIntegerField()


class Finding(models.Model):
    """The verdict on one clause, as the newest judgement of the inspection has it. `dismissed_through` is the last day on which everything
    that was found stands dismissed, as `dismissals.mark` reads it off the decisions."""

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="findings")
    clause = models.CharField(max_length=40)
    verdict = models.CharField(max_length=16)
    severity = models.CharField(max_length=8)
    hits = models.PositiveIntegerField(default=0)
    dismissed_through = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inspection", "clause"], name="one_finding_a_clause")]
        indexes = [
            models.Index(fields=["clause", "verdict", "-inspection"]),
            models.Index(fields=["inspection"], condition=models.Q(dismissed_through__isnull=False), name="dismissed_findings"),
        ]


class Hit(models.Model):
    """One thing found that breaks a clause. `line` is the deciding observation as one line; `fingerprint` lasts over versions."""

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="hits")
    clause = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64)
    line = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inspection", "clause", "fingerprint"], name="one_hit_a_fingerprint")]
        indexes = [models.Index(fields=["fingerprint"])]


class Fact(models.Model):
    """What figures count of an inspection.

    Names are terms of the vocabularies, ids of SDKs, or ids of `rules/enforcement/abnormal.yml`."""

    class Kind(models.TextChoices):
        """Permission declared; permission in a hit of clause 4.1; data that the package can collect or a run showed collected; of these
        those that a run showed; data in a hit of clause 3.1; SDK embedded; behaviour that a run showed."""

        PERMISSION = "permission"
        UNRELATED = "unrelated"
        DATA = "data"
        OBSERVED = "observed"
        EARLY = "early"
        SDK = "sdk"
        ABNORMAL = "abnormal"

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="facts")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inspection", "kind", "name"], name="one_fact_a_name")]
        indexes = [models.Index(fields=["kind", "name", "inspection"])]


class Decision(models.Model):
    """What a person decided of one hit (or, without a fingerprint, of a whole clause). Never changed: a later one replaces it.

    A dismissal carries its reason and the last day on which it holds. It speaks for the app over all versions until then, and counts only
    once a second person has confirmed it; one who does not confirms the finding, by a decision of their own."""

    class Kind(models.TextChoices):
        """Confirmed as found, dismissed, or another recording is wanted."""

        CONFIRMED = "confirmed"
        DISMISSED = "dismissed"
        RECORD = "record"

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="decisions")
    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="decisions")
    clause = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.TextField(blank=True)
    expires_on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["app", "clause", "fingerprint", "-at"])]


class Answer(models.Model):
    """A person's answer to a question of a checklist; all answers together are the `review` input of the next judgement."""

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="answers")
    clause = models.CharField(max_length=40)
    question = models.CharField(max_length=60)
    yes = models.BooleanField()
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
