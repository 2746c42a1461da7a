"""How the web framework knows this part."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """The part of the console that is called `work`."""

    name = "mingjian.console.work"
    label = "work"
    verbose_name = "work"
