"""Sampling plans whose apps were tested: what an estimate, and the half-yearly report, rest on."""

from typing import Any, Self

from django.conf import settings
from django.db import models

from mingjian.console.access import HOUSE


class Samples(models.QuerySet["Sample"]):
    """Samples, as people may see them."""

    def visible_to(self, user: Any) -> Self:
        """They are the whole house's, as the lake is."""
        if user.is_authenticated and user.roles & HOUSE:
            return self
        return self.none()


class Sample(models.Model):
    """A plan that was drawn from the lake, with the clause and the half-year that it was tested for. `plan` is the digest of its CSV in the
    vault, `name` what its file was called."""

    name = models.CharField(max_length=200)
    plan = models.CharField(max_length=64)
    half = models.CharField(max_length=6, db_index=True)
    clause = models.CharField(max_length=200)
    confidence = models.FloatField()
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = Samples.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.half}, {self.clause})"
