"""Sending a message to an address that somebody typed: to the machine that was looked at, without redirects, bounded in time and size."""

import socket
import ssl
from http.client import HTTPConnection, HTTPException
from threading import Event, Timer
from urllib.parse import urlsplit

from django.conf import settings

from mingjian.inputs.plain_http import is_public

SECONDS = 10.0
_ANSWER = 64 * 1024


class NotSentError(Exception):
    """The message did not arrive, in one word: `address`, `name`, `private`, `connection`, `late`, `certificate`, `answer`."""


def post(address: str, body: bytes, headers: dict[str, str]) -> int:
    """The status that the address answered with. Raises `NotSentError`.

    The name is looked up once, every address it has must be of the internet (unless `WEBHOOKS_INSIDE`), and the connection goes to the
    address that was looked at: what the name means a moment later does not matter. A redirect is an answer like any other."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotSentError("address")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    place = _looked_up(parts.hostname, port)
    connection = HTTPConnection(parts.hostname, port, timeout=SECONDS)
    try:
        plain = socket.create_connection(place, timeout=SECONDS)
    except TimeoutError as error:
        raise NotSentError("late") from error
    except OSError as error:
        raise NotSentError("connection") from error
    # The limit of a socket counts from its last byte; the whole exchange has one too.
    over = Event()
    watch = Timer(SECONDS, _end, [plain, over])
    watch.daemon = True
    watch.start()
    try:
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) if secure else plain
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        response.read(_ANSWER)
    except ssl.SSLError as error:
        raise NotSentError("certificate") from error
    except TimeoutError as error:
        raise NotSentError("late") from error
    except (OSError, HTTPException, ValueError) as error:
        raise NotSentError("answer") from error
    else:
        # A connection that was ended from here looks like a complete answer.
        if over.is_set():
            raise NotSentError("late")
        return response.status
    finally:
        watch.cancel()
        connection.close()
        plain.close()


def _looked_up(host: str, port: int) -> tuple[str, int]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSentError("name") from error
    if not settings.WEBHOOKS_INSIDE and not all(is_public(str(place[0])) for *_, place in found):
        raise NotSentError("private")
    place = found[0][4]
    return str(place[0]), port


def _end(connection: socket.socket, over: Event) -> None:
    over.set()
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It has ended by itself.
        return
