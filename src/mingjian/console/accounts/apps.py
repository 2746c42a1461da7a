"""How the web framework knows this part."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The part of the console that is called `accounts`."""

    name = "mingjian.console.accounts"
    label = "accounts"
    verbose_name = "accounts"
