"""Which host an address belongs to, as the answers of the domain name system in a capture tell it (RFC 1035)."""

import re
import struct

_MOST_ADDRESSES = 100_000
_MOST_ANSWERS = 256
_MOST_LABELS = 128
_A, _AAAA, _IN = 1, 28, 1
_LABEL = re.compile(rb"[A-Za-z0-9_-]{1,63}")
_AMBIGUOUS = ""


class Names:
    """The hosts that were asked for, by the address that was answered."""

    def __init__(self) -> None:
        self._hosts: dict[bytes, str] = {}

    def host(self, address: bytes) -> str | None:
        """The host of an address; none unless exactly one was answered with it."""
        return self._hosts.get(address) or None

    def take(self, message: bytes) -> None:
        """Takes in one message. What is no whole, well-formed answer adds nothing."""
        try:
            host, addresses = _answer(message)
        except (struct.error, IndexError):
            return
        for address in addresses:
            known = self._hosts.get(address)
            if known is None and len(self._hosts) < _MOST_ADDRESSES:
                self._hosts[address] = host
            elif known != host:
                self._hosts[address] = _AMBIGUOUS


def _answer(message: bytes) -> tuple[str, list[bytes]]:
    _, flags, questions, answers = struct.unpack_from(">HHHH", message)
    if not flags & 0x8000 or flags & 0x000F or questions != 1:
        return "", []
    labels, at = _labels(message, 12)
    at += 4
    host = b".".join(labels).decode("ascii").lower()
    addresses = []
    for _ in range(min(answers, _MOST_ANSWERS)):
        at = _after_name(message, at)
        kind, family, _, size = struct.unpack_from(">HHIH", message, at)
        at += 10
        if family == _IN and (kind, size) in ((_A, 4), (_AAAA, 16)) and at + size <= len(message):
            addresses.append(message[at : at + size])
        at += size
    return host, addresses if host else []


def _labels(message: bytes, at: int) -> tuple[list[bytes], int]:
    """The labels of the name asked for, which is never compressed, and where it ends."""
    labels: list[bytes] = []
    for _ in range(_MOST_LABELS):
        size = message[at]
        if size == 0:
            return labels, at + 1
        label = message[at + 1 : at + 1 + size]
        if size > 63 or not _LABEL.fullmatch(label):
            break
        labels.append(label)
        at += 1 + size
    raise IndexError


def _after_name(message: bytes, at: int) -> int:
    for _ in range(_MOST_LABELS):
        size = message[at]
        if size == 0:
            return at + 1
        if size >= 0xC0:
            return at + 2
        at += 1 + size
    raise IndexError
