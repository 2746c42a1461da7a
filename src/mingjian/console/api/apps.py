"""How the web framework knows this part."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The part of the console that is called `api`."""

    name = "mingjian.console.api"
    label = "api"
    verbose_name = "api"
