"""How the web framework knows this part."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The part of the console that is called `notices`."""

    name = "mingjian.console.notices"
    label = "notices"
    verbose_name = "notices"
