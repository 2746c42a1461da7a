"""Who may open which page. What has no row in `DOORS` is closed to everybody: a new page fails until somebody decides.

The table decides by role. Whether this person may see this case is decided by the `visible_to` of its query set, and whether they may
take this step by the state machine.
"""

from collections.abc import Callable
from typing import Any, cast

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from mingjian.console.accounts.models import User

INSPECTOR, REVIEWER, PUBLISHER = "inspector", "reviewer", "publisher"
AUDITOR, ADMINISTRATOR, OPERATOR = "auditor", "administrator", "operator"
ROLES = (INSPECTOR, REVIEWER, PUBLISHER, OPERATOR, AUDITOR, ADMINISTRATOR)

Door = frozenset[str]
EVERYBODY: Door = frozenset({"public"})
"""Also without signing in."""
NOBODY: Door = frozenset()
"""A page of a library that this house does not use."""
SIGNED_IN: Door = frozenset(ROLES)
HANDLERS: Door = frozenset({INSPECTOR, REVIEWER, PUBLISHER})
"""Those of the house who work on cases."""
HOUSE: Door = HANDLERS | {AUDITOR}
"""Those of the house who may read inspections, cases and figures. An administrator keeps accounts and reads no case."""

DOORS: dict[str, Door] = {
    "home": EVERYBODY,
    "policy": EVERYBODY,
    "set_language": EVERYBODY,
    "health": EVERYBODY,
    "cases:list": HOUSE,
    "cases:list_json": HOUSE,
    "cases:overdue": HOUSE,
    "cases:overdue_json": HOUSE,
    "cases:detail": HOUSE,
    "cases:detail_json": HOUSE,
    "cases:document": HOUSE,
    "cases:document_json": HOUSE,
    "cases:document_pdf": HOUSE,
    "cases:work": HANDLERS,
    "cases:work_json": HANDLERS,
    "cases:step": HANDLERS,
    "cases:open": frozenset({INSPECTOR}),
    "cases:retest": frozenset({INSPECTOR}),
    "cases:templates": frozenset({ADMINISTRATOR}),
    "cases:template": frozenset({ADMINISTRATOR}),
    "portal:home": frozenset({OPERATOR}),
    "portal:home_json": frozenset({OPERATOR}),
    "portal:case": frozenset({OPERATOR}),
    "portal:case_json": frozenset({OPERATOR}),
    "portal:step": frozenset({OPERATOR}),
    "portal:version": frozenset({OPERATOR}),
    "portal:relist": frozenset({OPERATOR}),
    "portal:document": frozenset({OPERATOR}),
    "portal:evidence": frozenset({OPERATOR}),
    "people:list": frozenset({ADMINISTRATOR}),
    "people:list_json": frozenset({ADMINISTRATOR}),
    "people:detail": frozenset({ADMINISTRATOR}),
    "people:act": frozenset({ADMINISTRATOR}),
    "people:invite": frozenset({ADMINISTRATOR, INSPECTOR}),
    "people:withdraw": frozenset({ADMINISTRATOR, INSPECTOR}),
    "people:accept": EVERYBODY,
    "people:me": SIGNED_IN,
    "people:export": SIGNED_IN,
    "people:end_sessions": SIGNED_IN,
    "people:tokens": SIGNED_IN,
    "people:revoke": SIGNED_IN,
    "people:webhooks": HOUSE,
    "people:disable": HOUSE,
    "inspections:list": HOUSE,
    "inspections:list_json": HOUSE,
    "inspections:new": frozenset({INSPECTOR}),
    "inspections:batch": frozenset({INSPECTOR}),
    "inspections:detail": HOUSE,
    "inspections:detail_json": HOUSE,
    "inspections:progress": HOUSE,
    "inspections:finding": HOUSE,
    "inspections:compare": HOUSE,
    "inspections:report": HOUSE,
    "inspections:material": HOUSE,
    "inspections:decide": frozenset({INSPECTOR}),
    "inspections:check": frozenset({REVIEWER}),
    "inspections:answer": frozenset({INSPECTOR, REVIEWER}),
    "inspections:settle": frozenset({INSPECTOR, REVIEWER}),
    "inspections:conclude": frozenset({INSPECTOR}),
    "inspections:countersign": frozenset({REVIEWER}),
    "apps:list": HOUSE,
    "apps:list_json": HOUSE,
    "apps:detail": HOUSE,
    "apps:detail_json": HOUSE,
    "apps:operators": HOUSE,
    "apps:operators_json": HOUSE,
    "audit:list": frozenset({AUDITOR}),
    "audit:list_json": frozenset({AUDITOR}),
    "lake:market": HOUSE,
    "lake:question": HOUSE,
    "lake:question_json": HOUSE,
    "lake:question_csv": HOUSE,
    "lake:report": HOUSE,
    "lake:samples": HOUSE,
    "lake:sample": HOUSE,
    "lake:sample_json": HOUSE,
    "lake:keep": HANDLERS,
    "lake:operation": HOUSE | {ADMINISTRATOR},
    "lake:operation_json": HOUSE | {ADMINISTRATOR},
    "figures:list": EVERYBODY,
    "figures:list_json": EVERYBODY,
    "figures:half": EVERYBODY,
    "figures:half_json": EVERYBODY,
    "figures:report": EVERYBODY,
    "figures:download": EVERYBODY,
    "figures:changes": EVERYBODY,
    "figures:counted": HOUSE,
    "figures:counted_json": HOUSE,
    "figures:compute": HANDLERS,
    "figures:propose": HANDLERS,
    "figures:publish": frozenset({PUBLISHER}),
    "figures:turn_back": HANDLERS,
    "account_signup": NOBODY,
    "account_email": NOBODY,
    "account_email_verification_sent": NOBODY,
    "account_confirm_email": NOBODY,
    "account_confirm_login_code": NOBODY,
    "account_reset_password": NOBODY,
    "account_reset_password_done": NOBODY,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_reauthenticate": SIGNED_IN,
    "mfa_authenticate": EVERYBODY,
    "socialaccount_signup": NOBODY,
    "socialaccount_connections": SIGNED_IN,
    "complaints:new": EVERYBODY,
    "complaints:follow": EVERYBODY,
    "complaints:enter": frozenset({INSPECTOR}),
    "complaints:list": HOUSE,
    "complaints:list_json": HOUSE,
    "complaints:detail": HOUSE,
    "complaints:detail_json": HOUSE,
    "complaints:act": frozenset({INSPECTOR, REVIEWER}),
    "complaints:read": frozenset({INSPECTOR, REVIEWER}),
    "complaints:attachment": frozenset({INSPECTOR, REVIEWER}),
    "notices:list": EVERYBODY,
    "notices:list_json": EVERYBODY,
    "notices:sheet": EVERYBODY,
    "notices:detail": EVERYBODY,
    "notices:detail_json": EVERYBODY,
    "notices:publish": frozenset({PUBLISHER}),
    "notices:correct": frozenset({PUBLISHER}),
}
"""Each page by the name of its address."""

DELEGATED = {
    "account": EVERYBODY,
    "mfa": SIGNED_IN,
    "socialaccount": EVERYBODY,
    "openid": EVERYBODY,
    "admin": frozenset({ADMINISTRATOR}),
}
"""Pages of libraries, by the first word of their name; each library asks for more where it needs it."""


def door(name: str) -> Door:
    """Who may open the page of that name; nobody when it has no row."""
    if name in DOORS:
        return DOORS[name]
    return DELEGATED.get(name.replace("_", ":").partition(":")[0], NOBODY)


def signed_in(request: HttpRequest) -> User:
    """The person who asks, on a page that `DOORS` opens to nobody without an account."""
    return cast(User, request.user)


def may_open(user: Any, name: str) -> bool:
    """Whether a page's name is open to somebody, so that menus show what can be opened."""
    found = door(name)
    return "public" in found or bool(user.is_authenticated and cast(User, user).roles & found)


class AccessMiddleware:
    """Asks `DOORS` before any page runs, and for a second factor where the house demands one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.view_name.startswith("api:"):
            return None  # the interface for programs has tokens of its own, checked by every one of its operations
        if may_open(request.user, match.view_name):
            return _second_factor(request, match.view_name)
        if request.user.is_authenticated:
            raise PermissionDenied
        if request.path.endswith(".json"):
            return JsonResponse({"error": 401}, status=401)
        return redirect_to_login(request.get_full_path())


def _second_factor(request: HttpRequest, name: str) -> HttpResponse | None:
    """The way to set up a second factor, for a person of the house who has none where one is demanded."""
    if not settings.SECOND_FACTOR_REQUIRED or not request.user.is_authenticated or "public" in door(name):
        return None
    if name.startswith("mfa_") or name == "account_reauthenticate":
        return None
    if not request.user.roles - {OPERATOR} or is_mfa_enabled(request.user):
        return None
    return redirect("mfa_activate_totp")
