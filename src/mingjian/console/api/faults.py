"""What the interface answers when it does not do what was asked: one shape, in both languages."""

import logging
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, Throttled, ValidationError

from mingjian.console.refused import RefusedError
from mingjian.model.texts import in_both

logger = logging.getLogger(__name__)

_PLACES = 20


class Told(Schema):
    """A refusal: its status, the key of its text, the text in both languages, and which inputs are at fault where that is known."""

    status: int
    key: str
    zh: str
    en: str
    fields: list[str] = []


class Fault(Schema):
    """What stands in an answer that is none."""

    error: Told


FAULTS: dict[int, type[Fault]] = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429), Fault)
"""The faults that any operation may answer with, for the description of the interface."""


def register(api: NinjaAPI) -> None:
    """Makes every fault of the interface one of ours."""

    def answer(
        request: HttpRequest, status: int, told: tuple[str, dict[str, Any]] | None = None, fields: Iterable[str] = ()
    ) -> HttpResponse:
        key, values = told or (f"console.api.fault.{status}", {})
        words = in_both(key, **values)
        fault = Fault(error=Told(status=status, key=key, zh=words.zh, en=words.en, fields=list(fields)))
        return api.create_response(request, fault.dict(), status=status)

    @api.exception_handler(RefusedError)
    def refused(request: HttpRequest, error: RefusedError) -> HttpResponse:
        return answer(request, 409 if error.conflict else 422, (error.key, error.values))

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return answer(request, 422, fields=(".".join(str(part) for part in each["loc"]) for each in error.errors[:_PLACES]))

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001  the library's signature
        return answer(request, 404)

    @api.exception_handler(PermissionDenied)
    def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:  # noqa: ARG001  the library's signature
        return answer(request, 403)

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, error: HttpError) -> HttpResponse:
        known = error.status_code if error.status_code in FAULTS else 400
        response = answer(request, known)
        if known == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, Throttled) and error.wait:
            response.headers["Retry-After"] = str(error.wait)
        return response

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("the interface failed at %s %s", request.method, request.path, exc_info=error)
        return answer(request, 500)
