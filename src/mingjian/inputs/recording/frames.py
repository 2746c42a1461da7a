"""One packet taken apart down to TCP and UDP: link layer, IPv4 and IPv6, and the trailer that PCAPdroid appends."""

import struct
from dataclasses import dataclass

from mingjian.inputs.recording.packets import Packet

SYN, ACK = 0x02, 0x10

_ETHERNET, _LOOPBACK, _COOKED, _COOKED2 = 1, (0, 108), 113, 276
_RAW = (12, 14, 101, 228, 229)
_TAGS = (0x8100, 0x88A8, 0x9100)
_MOST_TAGS = 4
_IP4, _IP6, _SESSION = 0x0800, 0x86DD, 0x8864
_TCP, _UDP = 6, 17
_FRAGMENT, _AUTHENTICATION, _OPTION_HEADERS = 44, 51, (0, 43, 60, 135)
_MOST_HEADERS = 8
_TRAILER = struct.Struct(">Ii20sI")
_TRAILER_MAGIC = 0x01072021


@dataclass(frozen=True, slots=True)
class Segment:
    """What TCP or UDP carried: addresses as bytes, the payload as far as it was captured, and how many bytes of it were not (`cut`).

    `unchecked` tells that both checksums are zero, as in captures that a program wrote without a network. `uid` is that of the trailer."""

    tcp: bool
    source: tuple[bytes, int]
    target: tuple[bytes, int]
    payload: bytes
    cut: int
    seq: int
    ack: int
    flags: int
    unchecked: bool
    uid: int | None


def segment(packet: Packet) -> Segment | str | None:
    """The TCP or UDP content of a packet; none for other traffic, and a word for what is lost of it: `fragment`, `short`, `link_type`."""
    try:
        start = _network(packet)
        if start is None:
            return None
        version = packet.data[start] >> 4
        if version == 4:
            return _ip4(packet, start)
        return _ip6(packet, start) if version == 6 else None
    except _UnknownLinkError:
        return "link_type"
    except (struct.error, IndexError):
        return "short"


class _UnknownLinkError(Exception):
    pass


def _network(packet: Packet) -> int | None:
    """Where the IP header begins."""
    data, link = packet.data, packet.link
    if link in _RAW:
        return 0
    if link == _ETHERNET:
        return _after_tags(data, 12)
    if link == _COOKED:
        return _after_tags(data, 14)
    if link == _COOKED2:
        return 20 if _number(data, 0) in (_IP4, _IP6) else None
    if link in _LOOPBACK:
        return 4
    raise _UnknownLinkError


def _after_tags(data: bytes, at: int) -> int | None:
    """Where the content of a frame begins whose type stands at `at`, behind tags of virtual networks."""
    for _ in range(_MOST_TAGS):
        kind = _number(data, at)
        if kind in (_IP4, _IP6):
            return at + 2
        if kind == _SESSION:
            return at + 10
        if kind not in _TAGS:
            return None
        at += 4
    return None


def _number(data: bytes, at: int) -> int:
    number: int = struct.unpack_from(">H", data, at)[0]
    return number


def _ip4(packet: Packet, start: int) -> Segment | str | None:
    data = packet.data
    first, _, total, _, fragment, _, protocol, checksum = struct.unpack_from(">BBHHHBBH", data, start)
    if protocol not in (_TCP, _UDP):
        return None
    if fragment & 0x3FFF:
        return "fragment"
    # A network card that cuts segments itself leaves the length zero.
    end = start + total if total else max(len(data), packet.length)
    at = start + (first & 15) * 4
    return _transport(packet, protocol, (data[start + 12 : start + 16], data[start + 16 : start + 20]), (at, end), checksum == 0)


def _ip6(packet: Packet, start: int) -> Segment | str | None:
    data = packet.data
    size, following = struct.unpack_from(">HB", data, start + 4)
    end = start + 40 + size if size else max(len(data), packet.length)
    at = start + 40
    for _ in range(_MOST_HEADERS):
        if following in (_TCP, _UDP):
            addresses = (data[start + 8 : start + 24], data[start + 24 : start + 40])
            return _transport(packet, following, addresses, (at, end), False)
        if following == _FRAGMENT:
            if _number(data, at + 2) & 0xFFF9:
                return "fragment"
            following, at = data[at], at + 8
        elif following in _OPTION_HEADERS:
            following, at = data[at], at + (data[at + 1] + 1) * 8
        elif following == _AUTHENTICATION:
            following, at = data[at], at + (data[at + 1] + 2) * 4
        else:
            return None
    return None


def _transport(packet: Packet, protocol: int, addresses: tuple[bytes, bytes], place: tuple[int, int], unchecked: bool) -> Segment | str:
    """The segment that lies at `place`, from its header to the end that the IP header tells."""
    data = packet.data
    at, end = place
    source_port, target_port = struct.unpack_from(">HH", data, at)
    seq = ack = flags = 0
    if protocol == _TCP:
        seq, ack, offset, flags, _, checksum = struct.unpack_from(">IIBBHH", data, at + 4)
        payload = at + (offset >> 4) * 4
        if offset >> 4 < 5:
            return "short"
        unchecked = unchecked and checksum == 0
    else:
        payload = at + 8
        end = min(end, at + _number(data, at + 4)) if _number(data, at + 4) >= 8 else end
    if end < payload:
        return "short"
    return Segment(
        protocol == _TCP,
        (addresses[0], source_port),
        (addresses[1], target_port),
        data[payload:end],
        max(0, end - max(len(data), payload)),
        seq,
        ack,
        flags,
        unchecked,
        packet.uid if packet.uid is not None else _trailer(data, end),
    )


def _trailer(data: bytes, end: int) -> int | None:
    """The uid in the trailer behind the end of the IP packet; inside the packet the same bytes would be the app's own words."""
    if len(data) - _TRAILER.size < end:
        return None
    magic, uid, _, _ = _TRAILER.unpack_from(data, len(data) - _TRAILER.size)
    return uid if magic == _TRAILER_MAGIC and uid >= 0 else None
