"""How the web framework knows this part."""

from django.apps import AppConfig


class MarketConfig(AppConfig):
    """The part of the console that is called `market`."""

    name = "mingjian.console.market"
    label = "market"
    verbose_name = "market"
