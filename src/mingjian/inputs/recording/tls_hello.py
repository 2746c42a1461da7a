"""The host that a TLS client names in its first message (RFC 8446 section 4.1.2, RFC 6066 section 3), over as many records as it takes."""

import re
import struct

MOST_BYTES = 1 << 16
"""As much of a connection's beginning as is kept to find the message whole."""

_RECORD_HANDSHAKE = 22
_CLIENT_HELLO = 1
_SERVER_NAME = 0
_HOST_NAME = 0
_HOST = re.compile(rb"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,126}\.?")


def begins_tls(start: bytes) -> bool:
    """Whether a connection that begins so speaks TLS: a handshake record of a version from SSL 3.0 on."""
    return start[:2] == b"\x16\x03"[: len(start)] and (len(start) < 3 or start[2] <= 4)


def host_of(start: bytes) -> tuple[str | None, bool]:
    """The host in the client's first message, and whether the message could be read to its end. A message without a name has no host."""
    message = _handshake(start)
    if message is None:
        return None, False
    return server_name(message), True


def server_name(message: bytes) -> str | None:
    """The host named in a ClientHello, given with the four bytes of its header; none without a name or when it is ill-formed."""
    try:
        at = 4 + 2 + 32
        at += 1 + message[at]
        at += 2 + _number(message, at)
        at += 1 + message[at]
        end = min(at + 2 + _number(message, at), len(message))
        at += 2
        while at + 4 <= end:
            kind, size = struct.unpack_from(">HH", message, at)
            if kind == _SERVER_NAME:
                return _name(message[at + 4 : at + 4 + size])
            at += 4 + size
    except (struct.error, IndexError):
        return None
    return None


def _handshake(start: bytes) -> bytes | None:
    """The ClientHello with its header, put together from its records; none while a part is missing."""
    message = bytearray()
    at = 0
    while at + 5 <= len(start) and start[at] == _RECORD_HANDSHAKE:
        size = _number(start, at + 3)
        message += start[at + 5 : at + 5 + size]
        at += 5 + size
        if len(message) < 4:
            continue
        if message[0] != _CLIENT_HELLO:
            return None
        length = int.from_bytes(message[1:4], "big") + 4
        if len(message) >= length:
            return bytes(message[:length])
    return None


def _name(extension: bytes) -> str | None:
    size = _number(extension, 3)
    host = extension[5 : 5 + size]
    if extension[2] != _HOST_NAME or len(host) < size or size > 253 or not _HOST.fullmatch(host):
        return None
    return host.decode("ascii").lower().rstrip(".")


def _number(data: bytes, at: int) -> int:
    number: int = struct.unpack_from(">H", data, at)[0]
    return number
