"""Whether an address that somebody typed leads to the internet, asked before anything is connected to."""

import socket
from urllib.parse import urlsplit

from mingjian.errors import InputError, TryAgainError
from mingjian.inputs.plain_http import is_public


def refuse_private(address: str) -> None:
    """Raises `InputError` for a host of which any address is this machine's, its network's or an intranet's, however it is written, and
    `TryAgainError` for a name that nobody knows.

    This alone would not do, as a name may mean another address a moment later: `fetch` looks again at whom it is connected to, also after
    redirects. This spares hosts within the house the connection."""
    parts = urlsplit(address)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or parts.scheme, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TryAgainError("fetch.no_name", address=address) from error
    for *_, place in found:
        if not is_public(str(place[0])):
            raise InputError("fetch.private", address=address, target=parts.hostname or "")
