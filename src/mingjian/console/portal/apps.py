"""How the web framework knows this part."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The part of the console that is called `portal`."""

    name = "mingjian.console.portal"
    label = "portal"
    verbose_name = "portal"
