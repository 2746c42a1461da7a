"""Makes our tasks known to procrastinate where it keeps the queue."""

from django.conf import settings

if settings.ON_POSTGRESQL:
    from mingjian.console.work import procrastinated as procrastinated
