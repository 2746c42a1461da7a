"""Editions of the half-yearly report. A figure stands as it was computed, with what it counts, so that it can be computed again."""

from django.conf import settings
from django.db import models


class Edition(models.Model):
    """The figures of one half-year as computed at one time. A published one is never changed; the newest row of a half counts."""

    half = models.CharField(max_length=6, db_index=True)
    computed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    audit_seq = models.BigIntegerField(default=0)
    audit_digest = models.CharField(max_length=64, blank=True)
    files = models.JSONField(default=dict)


class Figure(models.Model):
    """One number: `table` and `row` say which (`clause`, `cac-2019/3.1`), `value` over `base` where it is a share; `counts` names the list
    of cases or findings that it counts, as a path with a query."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="figures")
    table = models.CharField(max_length=40)
    row = models.CharField(max_length=160, blank=True)
    column = models.CharField(max_length=40, blank=True)
    value = models.FloatField(null=True)
    base = models.FloatField(null=True)
    counts = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "table", "row", "column"], name="one_figure_a_place")]
