"""Sending files that others made, so that no browser runs them."""

import logging
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse

logger = logging.getLogger(__name__)

_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
_CLOSED = "default-src 'none'; sandbox"


def send(content: Path | Iterable[bytes], name: str, kind: str = "application/octet-stream") -> HttpResponseBase:
    """The content as a download under `name`. What the browser is told of the kind holds, and nothing in it runs.

    A file that is gone is not found: the vault lost it, which the log tells whoever keeps the console."""
    response: StreamingHttpResponse
    try:
        response = FileResponse(content.open("rb")) if isinstance(content, Path) else StreamingHttpResponse(content)
    except FileNotFoundError as error:
        logger.exception("the vault has no file %s", error.filename)
        raise Http404 from error
    plain = _UNSAFE.sub("_", name) or "file"
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _CLOSED
    return response
