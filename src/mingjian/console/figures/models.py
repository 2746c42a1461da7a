"""Editions of the half-yearly report. A figure stands as it was computed, with what it counts, so that it can be computed again."""

from typing import Any, Self
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.urls import reverse

from mingjian.console.access import HOUSE


class Editions(models.QuerySet["Edition"]):
    """Editions, as people may see them."""

    def visible_to(self, user: Any) -> Self:
        """Published ones are everybody's, drafts the house's."""
        if user.is_authenticated and user.roles & HOUSE:
            return self
        return self.filter(published_at__isnull=False)


class Edition(models.Model):
    """The figures of one half-year as counted at one time.

    `digest` is the SHA-256 of all figures; `audit_seq` and `audit_digest` are the head of the audit chain when they were counted.
    `before` is the edition of the half-year before that it is compared with, `corrects` the published edition of the same half-year that
    it would replace. `market` is what the lake answered (see `market`), empty where the house had none. `files` holds digests of what was
    printed of it, by name. A published edition is never changed, except that files which were still being printed are added.
    """

    half = models.CharField(max_length=6)
    computed_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    before = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="after")
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by")
    digest = models.CharField(max_length=64, blank=True)
    audit_seq = models.BigIntegerField(default=0)
    audit_digest = models.CharField(max_length=64, blank=True)
    market = models.JSONField(default=dict)
    files = models.JSONField(default=dict)

    objects = Editions.as_manager()

    class Meta:
        indexes = [models.Index(fields=["half", "-id"])]

    @property
    def stamp(self) -> str:
        """What changes whenever anything does that is shown of the edition, so that what was made of it can be kept."""
        before = self.before.digest if self.before else ""
        return f"{self.pk} {self.digest} {self.audit_digest} {before} {self.computed_at.isoformat()} {sorted(self.files.items())}"

    def __str__(self) -> str:
        return f"{self.half} ({self.computed_at:%Y-%m-%d})"


class Figure(models.Model):
    """One number. `table`, `row` and `column` say which (`clauses`, `cac-2019/3.1`, `violated`), `value` is what was counted, and `base`
    what it is told over where it is a share, a mean or a place of a distribution."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="figures")
    table = models.CharField(max_length=40)
    row = models.CharField(max_length=200, blank=True)
    column = models.CharField(max_length=40)
    value = models.FloatField()
    base = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "table", "row", "column"], name="one_figure_a_place")]

    @property
    def counts(self) -> str:
        """The address of the list of what is counted."""
        return address(self.edition.half, self.table, self.row, self.column)


class Chart(models.Model):
    """An exhibit of the report as a picture in one language, drawn by the worker; none where there is nothing to draw."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="charts")
    exhibit = models.CharField(max_length=80)
    lang = models.CharField(max_length=2)
    svg = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "exhibit", "lang"], name="one_chart_an_exhibit")]


def address(half: str, table: str, row: str, column: str) -> str:
    """Where what a figure counts is listed."""
    return f"{reverse('figures:counted', args=[half])}?{urlencode({'table': table, 'row': row, 'column': column})}"
