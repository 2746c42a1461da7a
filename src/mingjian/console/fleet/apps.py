"""How the web framework knows this part."""

from django.apps import AppConfig


class FleetConfig(AppConfig):
    """The part of the console that is called `fleet`."""

    name = "mingjian.console.fleet"
    label = "fleet"
    verbose_name = "fleet"
