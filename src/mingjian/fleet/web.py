"""What stands at an address of the web: a package as a stream into a file, a policy as `mingjian fetch` saves it.

obstore reads no address with a query and no answer without a length, and follows redirects that nobody sees; so packages come through the
same watched connections as pages, which lead from nowhere into a private network."""

import os
from http.client import HTTPResponse
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

from mingjian.errors import InputError, MingjianError, TryAgainError, UsageError
from mingjian.fleet.spool import File, Spool, created
from mingjian.inputs import fetch as pages
from mingjian.inputs.plain_http import SCHEMES, Way, received

_CHUNK = 1 << 16
_KEYED = {"https://androzoo.uni.lu/api/download?": ("apikey", "ANDROZOO_APIKEY")}
"""Stores that ask for a key: it comes from the environment, so that it stands in no list and no journal."""
_SUFFIXES = {"html": ".html", "pdf": ".pdf", "docx": ".docx", "text": ".txt"}
_WORDS = {
    "fetch.address": "fleet.fetch.address",
    "fetch.certificate": "fleet.fetch.certificate",
    "fetch.cut_off": "fleet.fetch.cut_off",
    "fetch.late": "fleet.fetch.late",
    "fetch.no_connection": "fleet.fetch.no_answer",
    "fetch.no_http": "fleet.fetch.no_http",
    "fetch.no_name": "fleet.fetch.no_name",
    "fetch.private": "fleet.fetch.private",
    "fetch.redirects": "fleet.fetch.redirects",
    "fetch.scheme": "fleet.fetch.scheme",
    "fetch.status": "fleet.fetch.status",
}
"""What `mingjian fetch` says of a page, said of a file."""
_OURS = b"\xef\xbb\xbf<!-- mingjian fetch "


def package(address: str, to: Path, most: int, until: float, *, private: bool, insecure: bool) -> File:
    """The file at an `https` address, in `to`; of a private network or by plain `http` only if that is allowed.

    Raises `InputError` for what will not work later either, `TryAgainError` for what may, as when a key is missing here."""
    if address.lower().startswith("http:") and not insecure:
        raise InputError("fleet.fetch.insecure", location=address[:200])

    def take(response: HTTPResponse) -> File:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise InputError("fetch.no_http", address=address, why="Content-Encoding")
        with created(to) as file:
            spool = Spool(address, most, until, file)
            while chunk := response.read1(_CHUNK):
                spool.take(chunk)
        if response.length:
            raise TryAgainError("fetch.cut_off", address=address)
        return File(to, spool.sha256(), spool.size)

    try:
        schemes = SCHEMES if insecure else ("https",)
        file = received(Way(_with_key(pages.checked(address)), not private, schemes), until, take)
    except (InputError, TryAgainError, UsageError) as error:
        raise _told(error, address) from error
    if not file.size:
        raise InputError("fleet.fetch.empty", location=address[:200])
    return file


def policy(address: str, to: Path, until: float, *, private: bool) -> File:
    """The page at an address, as a file beside `to` with the suffix of its kind; the same bytes for the same page. Raises as `package`."""
    try:
        page = pages.fetch(address, until, None, public=not private)
    except (InputError, TryAgainError, UsageError) as error:
        raise _told(error, address) from error
    content = page.content
    if content.startswith(_OURS):
        # The line that says when it was saved would make every saving another policy.
        content = content[:3] + content.partition(b"\n")[2]
    path = to.with_suffix(_SUFFIXES[page.kind])
    with created(path) as file:
        spool = Spool(address, len(content), max(until, monotonic() + 1), file)
        spool.take(content)
    return File(path, spool.sha256(), spool.size)


def _with_key(address: str) -> str:
    for beginning, (name, variable) in _KEYED.items():
        if address.startswith(beginning):
            key = os.environ.get(variable)
            if not key:
                raise TryAgainError("fleet.fetch.key_missing", location=address[:200], variable=variable)
            return f"{address}&{urlencode({name: key})}"
    return address


def _told(error: MingjianError, address: str) -> MingjianError:
    """The same in words for packages, and with the address as it was given: the one that was asked may hold a key."""
    words = _WORDS.get(error.key)
    if words is None:
        return error
    kind = InputError if isinstance(error, UsageError) else type(error)
    if error.values.get("status") in (401, 403) and address.startswith(tuple(_KEYED)):
        # A wrong key would end every job of the list.
        kind = TryAgainError
    return kind(
        words, location=address[:200], **{name: value for name, value in error.values.items() if name in ("why", "status", "limit")}
    )
