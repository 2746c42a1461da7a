"""The verbs, and small apps: as where one machine is tested."""

from tests.fleet.local.conftest import app, few_apps, zygote

__all__ = ["app", "few_apps", "zygote"]
