"""Answering somebody who tried too many passwords."""

from axes.helpers import get_cool_off
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def name(request: HttpRequest, credentials: dict[str, str] | None = None) -> str:
    """The name by which failures are counted: as the sign-in takes it, which does not tell cases apart."""
    told = (credentials or {}).get("username") or request.POST.get("login") or request.POST.get("username") or ""
    return told.strip().lower()[:150]


def locked(request: HttpRequest, response: HttpResponse | None = None, credentials: object = None) -> HttpResponse:  # noqa: ARG001  the library's signature
    """The page that says how long to wait. It does not say whether there is such an account."""
    delay = get_cool_off(request)
    minutes = int(delay.total_seconds() // 60) if delay else 0
    return render(request, "account/locked.html", {"minutes": minutes}, status=429)
