"""What every template is given."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from mingjian.console.access import may_open
from mingjian.model.types import Lang

MENU = (
    ("inspections:list", "console.menu.inspections"),
    ("cases:list", "console.menu.cases"),
    ("complaints:list", "console.menu.complaints"),
    ("apps:list", "console.menu.apps"),
    ("lake:market", "console.menu.lake"),
    ("lake:operation", "console.menu.fleet"),
    ("figures:list", "console.menu.figures"),
    ("notices:list", "console.menu.notices"),
    ("portal:home", "console.menu.portal"),
    ("complaints:new", "console.menu.complain"),
    ("audit:list", "console.menu.audit"),
    ("people:list", "console.menu.people"),
)
"""Each page of the menu and the text it is called by; shown to whom it is open."""


def lang() -> Lang:
    """The language of the page that is being made, `zh` or `en`."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def page(request: HttpRequest) -> dict[str, Any]:
    """The menu, the language and whether the data are synthetic."""
    user = getattr(request, "user", None)
    return {
        "lang": lang(),
        "menu": [row for row in MENU if user is not None and may_open(user, row[0])],
        "demo": settings.DEMO,
        "here": _entry(request.resolver_match.view_name) if request.resolver_match else "",
    }


def _entry(name: str) -> str:
    """The page of the menu to which a page belongs: itself, else the first of its part; none for a page of no part of the menu."""
    known = [entry for entry, _ in MENU]
    part = f"{name.partition(':')[0]}:"
    return name if name in known else next((entry for entry in known if entry.startswith(part)), "")
