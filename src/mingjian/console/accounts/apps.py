"""How the web framework knows this part."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The part of the console that is called `accounts`."""

    name = "mingjian.console.accounts"
    label = "accounts"
    verbose_name = "accounts"

    def ready(self) -> None:
        """Listens to what the sign-in libraries tell; models must be there before."""
        import_module("mingjian.console.accounts.signs").connect()
