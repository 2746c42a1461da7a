"""Apps and operators, as far as inspections and complaints have made them known."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from mingjian.console.access import HOUSE


class Apps(models.QuerySet["App"]):
    """Apps as people may see them."""

    def visible_to(self, user: Any) -> Self:
        """All for the house; for a person of one body those that the body inspected or has a case on; none for anybody else."""
        if not user.is_authenticated or not user.roles & HOUSE:
            return self.none()
        if not user.body:
            return self
        same = self.model.objects.filter(pk=OuterRef("pk"))
        return self.filter(Exists(same.filter(inspections__body=user.body)) | Exists(same.filter(cases__body=user.body)))

    def called(self, text: str) -> Self:
        """Those that have the text in their name, in one that they had before, or in their package name."""
        return self.filter(Q(label__icontains=text) | Q(former_labels__icontains=text) | Q(package__icontains=text))


class Operators(models.QuerySet["Operator"]):
    """Operators as people may see them."""

    def visible_to(self, user: Any) -> Self:
        """Those of the apps that this person may see; for the whole house also those without any."""
        if user.is_authenticated and user.roles & HOUSE and not user.body:
            return self
        return self.filter(Exists(App.objects.visible_to(user).filter(operator=OuterRef("pk"))))


class Operator(models.Model):
    """Who answers for an app. `code` is the unified social credit code, when known."""

    name = models.CharField(max_length=200, unique=True)
    code = models.CharField(max_length=18, blank=True)
    region = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)

    objects = Operators.as_manager()

    def __str__(self) -> str:
        return self.name


class App(models.Model):
    """An app on a platform, over all its versions. `category` is one of the 39 official types by id, `downloads` as its store told last,
    `former_labels` the names that it had before, one a line."""

    platform = models.CharField(max_length=20, default="android")
    package = models.CharField(max_length=255)
    label = models.CharField(max_length=200, blank=True)
    former_labels = models.TextField(blank=True)
    operator = models.ForeignKey(Operator, null=True, blank=True, on_delete=models.PROTECT, related_name="apps")
    category = models.CharField(max_length=40, blank=True)
    region = models.CharField(max_length=40, blank=True)
    store = models.CharField(max_length=80, blank=True)
    downloads = models.BigIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField()

    objects = Apps.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["platform", "package"], name="one_app_a_package")]
        indexes = [
            models.Index(fields=["label"]),
            models.Index(fields=["category"]),
            models.Index(fields=["-downloads", "id"]),
            models.Index(fields=["-updated_at", "-id"]),
        ]

    def __str__(self) -> str:
        return self.label or self.package
