"""Looking at the size of a request, and at who sends it, before any of its files is written anywhere."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

View = Callable[[HttpRequest], HttpResponse]
_BESIDE_FILES = 1 << 20
"""Bytes of a request that are no files: fields, names, boundaries."""


def bounded(view: View) -> View:
    """Refuses a request that is larger than an upload may be without reading it.

    The check for forged requests reads the request, so it comes after this one and after `AccessMiddleware`: nobody who may not
    upload makes the console keep a byte."""

    @csrf_exempt
    @wraps(view)
    def outer(request: HttpRequest) -> HttpResponse:
        told = request.META.get("CONTENT_LENGTH") or "0"
        if not told.isdecimal() or int(told) > settings.UPLOAD_LIMIT + _BESIDE_FILES:
            return render(request, "inspections/too_large.html", {"most": settings.UPLOAD_LIMIT >> 20}, status=413)
        return csrf_protect(view)(request)

    return outer
