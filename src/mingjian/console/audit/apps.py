"""How the web framework knows this part."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The part of the console that is called `audit`."""

    name = "mingjian.console.audit"
    label = "audit"
    verbose_name = "audit"
