"""How the web framework knows this part."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """The part of the console that is called `cases`."""

    name = "mingjian.console.cases"
    label = "cases"
    verbose_name = "cases"
