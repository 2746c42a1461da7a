"""The framework's administration pages, cut down to looking: what an administrator needs to see why something hangs, and no case at all."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mingjian.console.access import ADMINISTRATOR
from mingjian.console.api.models import Delivery
from mingjian.console.market.models import App, Operator
from mingjian.console.work.models import Job


class House(AdminSite):
    """The site; whoever is not signed in goes through the house's own door with its second factor."""

    site_header = site_title = "Mingjian"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person is an administrator of the house."""
        return bool(request.user.is_authenticated and ADMINISTRATOR in request.user.roles)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """The framework's own form would ask for no second factor."""
        return redirect("account_login")


class Looking(ModelAdmin):  # type: ignore[type-arg]  # generic for the checker only
    """Rows that can be read and not touched."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  the framework's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  the framework's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  the framework's signature
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  the framework's signature
        return True

    def has_module_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  the framework's signature
        return True


class Jobs(Looking):
    """Work that waits or was given up."""

    list_display = ("task", "state", "attempts", "run_at", "fault")
    list_filter = ("state", "task")


class Deliveries(Looking):
    """Messages to webhooks, without what they say."""

    list_display = ("event", "webhook_id", "created_at", "sent_at", "status", "attempts", "fault")
    exclude = ("payload",)


class Attempts(Looking):
    """Names and addresses that are locked out."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    fields = ("username", "ip_address", "failures_since_start", "attempt_time", "path_info")


house = House(name="admin")
house.register(Job, Jobs)
house.register(Delivery, Deliveries)
house.register(AccessAttempt, Attempts)
house.register([Operator, App], Looking)
