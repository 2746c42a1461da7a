"""How the web framework knows this part."""

from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    """The part of the console that is called `complaints`."""

    name = "mingjian.console.complaints"
    label = "complaints"
    verbose_name = "complaints"
