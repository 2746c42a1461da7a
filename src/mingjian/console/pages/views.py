"""The entrance, the console's own privacy policy, and the pages for what went wrong."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mingjian.console.api import faults
from mingjian.console.work.queue import backend


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The entrance."""
    return render(request, "pages/home.html")


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The console's own rules of collection and use."""
    return render(request, "pages/policy.html")


@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  the framework's signature
    """Whether the console answers and reaches its database, and how many seconds ago a worker gave a sign."""
    silent = backend().silence()
    return JsonResponse({"status": "ok", "worker_silent": None if silent is None else round(silent)})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  the framework's signature
    """A request that is not well formed."""
    return _wrong(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  the framework's signature
    """A page that this person's roles do not open."""
    return _wrong(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  the framework's signature
    """A page that is not there, or not for this person."""
    return _wrong(request, 404)


def too_large(request: HttpRequest, most: int) -> HttpResponse:
    """A request of more than the `most` megabytes that its page takes."""
    return _wrong(request, 413, most)


def server_fault(request: HttpRequest) -> HttpResponse:
    """A fault of the console."""
    return _wrong(request, 500)


def _wrong(request: HttpRequest, status: int, most: int = 0) -> HttpResponse:
    if faults.is_for_programs(request):
        return faults.answered(status)
    if request.path.endswith(".json"):
        return JsonResponse({"error": status}, status=status)
    return render(request, "pages/wrong.html", {"status": status, "key": f"console.wrong.{status}", "most": most}, status=status)
