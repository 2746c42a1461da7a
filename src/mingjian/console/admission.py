"""What a request may hold, looked at before any page or any check reads it: no zero characters, and no more bytes than the page takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse

from mingjian.console.pages.views import too_large

View = TypeVar("View", bound=Callable[..., Any])
_BESIDE_FILES = 1 << 20
"""Bytes of a request that are no files: fields, names, boundaries."""


@dataclass(frozen=True, slots=True)
class _Room:
    most: Callable[[], int]
    in_memory: bool


class _InMemory(MemoryFileUploadHandler):
    """Keeps files in memory whatever their size, which was limited before: nothing unsealed is written to a disk."""

    def handle_raw_input(self, *_arguments: object, **_named: object) -> None:
        self.activated = True


def takes_files(most: Callable[[], int], *, in_memory: bool = False) -> Callable[[View], View]:
    """Marks a page as one that takes files of `most()` bytes together; `in_memory` keeps them off the disk. Pages without the mark take
    `DATA_UPLOAD_MAX_MEMORY_SIZE`."""

    def marked(view: View) -> View:
        view.room = _Room(most, in_memory)  # type: ignore[attr-defined]  # a function has whatever it is given
        return view

    return marked


class CharactersMiddleware:
    """Refuses a request with a zero character in its address or head: no column of a database holds one, and PostgreSQL fails on it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        head = (value for name, value in request.META.items() if name == "PATH_INFO" or name.startswith("HTTP_"))
        if b"\0" in unquote_to_bytes(request.META.get("QUERY_STRING", "")) or _zero(*head, *request.COOKIES.values()):
            raise BadRequest
        return self.get_response(request)


class BodyMiddleware:
    """Looks at the size of a request's body before it is read, and at the characters of its fields.

    It stands behind `AccessMiddleware`, so that nobody who may not open a page makes the console keep a byte, and before the check for
    forged requests, which reads the body. The interface for programs asks for a key first and bounds what it takes itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_arguments: Any) -> HttpResponse | None:
        match = request.resolver_match
        if request.method != "POST" or match is None or match.view_name.startswith("api:"):
            return None
        room: _Room | None = getattr(view, "room", None)
        most = room.most() if room else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        told = request.META.get("CONTENT_LENGTH") or "0"
        if not told.isdecimal() or int(told) > most + (_BESIDE_FILES if room else 0):
            return too_large(request, most >> 20)
        if room and room.in_memory:
            request.upload_handlers = [_InMemory(request)]
        if any(_zero(*values) for _, values in request.POST.lists()):
            raise BadRequest
        return None


def _zero(*values: object) -> bool:
    return any("\0" in str(value) for value in values)
