"""What stands on the public list."""

from django.conf import settings
from django.db import models

from mingjian.console.cases.models import Case, Document


class Publication(models.Model):
    """One app on the public list, with the words that were published.

    It is never deleted: a correction says in `withdrawal` what was wrong, and sets `withdrawn_at` once no problem is left of it."""

    class Kind(models.TextChoices):
        """Named, ordered off the stores, or restored to them."""

        NAMING = "naming"
        TAKEDOWN = "takedown"
        RESTORATION = "restoration"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="publications")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="publications")
    body = models.CharField(max_length=40)
    batch = models.CharField(max_length=60, blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal = models.TextField(blank=True)

    label = models.CharField(max_length=200)
    package = models.CharField(max_length=255)
    version = models.CharField(max_length=100, blank=True)
    operator = models.CharField(max_length=200, blank=True)
    store = models.CharField(max_length=80, blank=True)
    category = models.CharField(max_length=40, blank=True)
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-published_at", "-id"]),
            models.Index(fields=["kind", "-published_at", "-id"]),
            models.Index(fields=["body", "-published_at"]),
            models.Index(fields=["category", "-published_at"]),
            models.Index(fields=["store", "-published_at"]),
        ]
        constraints = [models.UniqueConstraint(fields=["document"], name="one_publication_a_document")]


class PublishedProblem(models.Model):
    """One problem of a publication, as it was published. `key` is the problem's id in its case; `withdrawn_at` is set when it was taken
    back in public."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="problems")
    key = models.CharField(max_length=110)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    clause = models.CharField(max_length=40)
    zh = models.TextField()
    en = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["clause"])]
