"""How the web framework knows this part."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WorkConfig(AppConfig):
    """The part of the console that is called `work`."""

    name = "mingjian.console.work"
    label = "work"
    verbose_name = "work"

    def ready(self) -> None:
        """Loads the tasks of all parts."""
        autodiscover_modules("tasks")
