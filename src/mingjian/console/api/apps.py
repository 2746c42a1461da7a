"""How the web framework knows this part."""

from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The part of the console that is called `api`."""

    name = "mingjian.console.api"
    label = "api"
    verbose_name = "api"

    def ready(self) -> None:
        """Listens to the audit chain; models must be there before."""
        import_module("mingjian.console.api.telling")
