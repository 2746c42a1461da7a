"""What operators sent in."""

from django.conf import settings
from django.db import models

from mingjian.console.cases.models import Case
from mingjian.console.inspections.models import Inspection


class Submission(models.Model):
    """A corrected version that an operator handed in for one of its cases. It is inspected at once; whether it becomes the re-test of the
    case is for an inspector to say."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="submissions")
    inspection = models.OneToOneField(Inspection, on_delete=models.PROTECT, related_name="submission")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "-at"])]

    @property
    def same_app(self) -> bool | None:
        """Whether the package is the case's app; none until it was read."""
        return None if self.inspection.app_id is None else self.inspection.app_id == self.case.app_id
