"""Apps and operators, as far as inspections and complaints have made them known."""

from django.db import models


class Operator(models.Model):
    """Who answers for an app. `code` is the unified social credit code, when known."""

    name = models.CharField(max_length=200, unique=True)
    code = models.CharField(max_length=18, blank=True)
    region = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return self.name


class App(models.Model):
    """An app on a platform, over all its versions. `category` is one of the 39 official types by id, `downloads` as its store told last."""

    platform = models.CharField(max_length=20, default="android")
    package = models.CharField(max_length=255)
    label = models.CharField(max_length=200, blank=True)
    operator = models.ForeignKey(Operator, null=True, blank=True, on_delete=models.PROTECT, related_name="apps")
    category = models.CharField(max_length=40, blank=True)
    region = models.CharField(max_length=40, blank=True)
    store = models.CharField(max_length=80, blank=True)
    downloads = models.BigIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["platform", "package"], name="one_app_a_package")]
        indexes = [models.Index(fields=["label"]), models.Index(fields=["category"]), models.Index(fields=["-downloads", "id"])]

    def __str__(self) -> str:
        return self.label or self.package
