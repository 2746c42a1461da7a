"""The chain: every entry carries the digest of the one before."""

from django.db import models

from mingjian.console.pages.context import lang
from mingjian.model.texts import keys, say


class Entry(models.Model):
    """One act. `body` is canonical JSON exactly as it was digested; `seq` counts from 1 without a gap."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    object = models.CharField(max_length=120, blank=True)
    body = models.TextField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["actor", "-seq"]),
            models.Index(fields=["action", "-seq"]),
            models.Index(fields=["object", "-seq"]),
        ]

    @property
    def words(self) -> str:
        """What a reader calls the act; empty for one that this version does not know."""
        key = f"console.audit.act.{self.action}"
        return say(key, lang()) if key in keys() else ""


class Head(models.Model):
    """The end of the chain: one row, locked by whoever appends, since on an empty table "the last entry" locks nothing."""

    seq = models.BigIntegerField()
    digest = models.CharField(max_length=64)
