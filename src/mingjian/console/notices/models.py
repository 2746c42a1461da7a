"""What stands on the public list."""

from django.conf import settings
from django.db import models

from mingjian.console.cases.models import Case, Document


class Publication(models.Model):
    """One app on the public list, with the words that were published. It is never deleted: a correction withdraws it and says why."""

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
        indexes = [models.Index(fields=["kind", "-published_at", "-id"])]


class PublishedProblem(models.Model):
    """One problem of a publication, as it was published."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="problems")
    clause = models.CharField(max_length=40)
    zh = models.TextField()
    en = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["clause"])]
