"""How the web framework knows this part."""

from django.apps import AppConfig


class FiguresConfig(AppConfig):
    """The part of the console that is called `figures`."""

    name = "mingjian.console.figures"
    label = "figures"
    verbose_name = "figures"
