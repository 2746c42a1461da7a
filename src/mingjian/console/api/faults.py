"""What the interface answers when it does not do what was asked: one shape, in both languages."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, Throttled, ValidationError

from mingjian.console.refused import RefusedError
from mingjian.model.texts import in_both

logger = logging.getLogger(__name__)

ROOT = "/api/"
"""Under it programs are answered; at it stands the page that describes the interface."""

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


def is_for_programs(request: HttpRequest) -> bool:
    """Whether a request is one of a program, also where no operation stands at its address."""
    return request.path.startswith(ROOT) and request.path != ROOT


def answered(status: int, told: tuple[str, dict[str, Any]] | None = None, fields: Iterable[str] = ()) -> HttpResponse:
    """A refusal in the one shape: what is told of the status, or a text of its own with its values."""
    key, values = told or (f"console.api.fault.{status}", {})
    words = in_both(key, **values)
    fault = Fault(error=Told(status=status, key=key, zh=words.zh, en=words.en, fields=list(fields)))
    return JsonResponse(fault.dict(), status=status)


class MethodsMiddleware:
    """Tells programs in the shape of every other refusal that an address does not take their method, which the library says in HTML."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or not is_for_programs(request):
            return response
        told = answered(405)
        told.headers["Allow"] = response.headers["Allow"]
        return told


def register(api: NinjaAPI) -> None:
    """Makes every fault of the interface one of ours."""

    @api.exception_handler(RefusedError)
    def refused(request: HttpRequest, error: RefusedError) -> HttpResponse:  # noqa: ARG001  the library's signature
        return answered(409 if error.conflict else 422, (error.key, error.values))

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:  # noqa: ARG001  the library's signature
        return answered(422, fields=(".".join(str(part) for part in each["loc"]) for each in error.errors[:_PLACES]))

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001  the library's signature
        return answered(404)

    @api.exception_handler(PermissionDenied)
    def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:  # noqa: ARG001  the library's signature
        return answered(403)

    @api.exception_handler(RequestDataTooBig)
    @api.exception_handler(TooManyFieldsSent)
    @api.exception_handler(TooManyFilesSent)
    def large(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:  # noqa: ARG001  the library's signature
        return answered(413)

    @api.exception_handler(BadRequest)
    @api.exception_handler(MultiPartParserError)
    @api.exception_handler(SuspiciousOperation)
    def broken_off(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001  the library's signature
        return answered(400)

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, error: HttpError) -> HttpResponse:  # noqa: ARG001  the library's signature
        known = error.status_code if error.status_code in FAULTS else 400
        response = answered(known)
        if known == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, Throttled) and error.wait:
            response.headers["Retry-After"] = str(error.wait)
        return response

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("the interface failed at %s %s", request.method, request.path, exc_info=error)
        return answered(500)
