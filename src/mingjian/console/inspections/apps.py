"""How the web framework knows this part."""

from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    """The part of the console that is called `inspections`."""

    name = "mingjian.console.inspections"
    label = "inspections"
    verbose_name = "inspections"
