"""How the web framework knows this part."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The part of the console that is called `pages`."""

    name = "mingjian.console.pages"
    label = "pages"
    verbose_name = "pages"
