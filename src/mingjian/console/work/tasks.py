"""Makes our tasks known to procrastinate where it keeps the queue."""

from importlib import import_module

from django.conf import settings

if settings.ON_POSTGRESQL:
    import_module("mingjian.console.work.procrastinated")
