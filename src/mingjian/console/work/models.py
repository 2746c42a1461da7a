"""The queue of the embedded console, a table; on PostgreSQL the queue is procrastinate's."""

from django.db import models


class Job(models.Model):
    """One piece of work. `attempts` counts how often it was begun."""

    class State(models.TextChoices):
        """Waiting, begun, or given up."""

        TODO = "todo"
        DOING = "doing"
        FAILED = "failed"

    task = models.CharField(max_length=80)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.TODO)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_at = models.DateTimeField()
    fault = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "run_at", "id"])]


class Daily(models.Model):
    """The day on which a daily task was queued last."""

    name = models.CharField(max_length=80, primary_key=True)
    queued_on = models.DateField(null=True, blank=True)
