"""UDP by pairs of addresses: who sent how much to whom, and whether it was QUIC."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from mingjian.inputs.recording.frames import Segment
from mingjian.inputs.recording.quic import FirstPackets

MOST_FLOWS = 4096
"""Pairs of addresses followed at a time; beyond that the one that was silent longest is told as it stands."""

DNS = 53
_LOCAL_PORTS = (67, 68, 546, 547, 1900, 5353, 5355)
"""Services that find what stands in the same network: addresses, printers, names."""
_LOWEST_FREE_PORT = 1024
_QUIC_VERSIONS = (b"\x00\x00\x00\x01", b"\x6b\x33\x43\xcf")
_QUIC_DRAFTS = (b"\xff\x00\x00", b"Q0", b"T05")


@dataclass(slots=True)
class Flow:
    """What went to and fro between two addresses and ports."""

    client: tuple[bytes, int]
    server: tuple[bytes, int]
    at: int
    begun: float | None
    ended: float | None
    uid: int | None
    quic: bool = False
    sent: int = 0
    received: int = 0
    first: FirstPackets = field(default_factory=FirstPackets)


class Datagrams:
    """All flows of a capture, except questions to the domain name system and what does not leave the local network."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[tuple[bytes, int], tuple[bytes, int]], Flow] = OrderedDict()

    def take(self, segment: Segment, number: int, ts: float | None) -> Iterator[Flow]:
        """Takes in one datagram, that of packet `number`; gives a flow that is no longer followed."""
        if _is_local(segment):
            return
        key = (min(segment.source, segment.target), max(segment.source, segment.target))
        flow = self._open.get(key)
        if flow is None:
            if len(self._open) >= MOST_FLOWS:
                yield self._open.popitem(last=False)[1]
            client, server = segment.source, segment.target
            if client[1] < _LOWEST_FREE_PORT <= server[1]:
                client, server = server, client
            flow = self._open[key] = Flow(client, server, number, ts, ts, segment.uid)
        self._open.move_to_end(key)
        flow.ended = ts if ts is not None else flow.ended
        flow.uid = flow.uid if flow.uid is not None else segment.uid
        flow.quic = flow.quic or _is_quic(segment.payload)
        size = len(segment.payload) + segment.cut
        if segment.source == flow.client:
            flow.sent += size
            if _is_quic(segment.payload):
                flow.first.take(segment.payload)
        else:
            flow.received += size

    def finish(self) -> Iterator[Flow]:
        """The flows still followed, in the order of their last packets."""
        yield from self._open.values()
        self._open.clear()


def _is_local(segment: Segment) -> bool:
    return any(port in (DNS, *_LOCAL_PORTS) or _is_group(address) for address, port in (segment.source, segment.target))


def _is_group(address: bytes) -> bool:
    """Multicast, and broadcast to the whole network."""
    return address[0] == 0xFF if len(address) == 16 else 224 <= address[0] < 240 or address == b"\xff\xff\xff\xff"


def _is_quic(payload: bytes) -> bool:
    """Whether a datagram has the long header of a QUIC version (RFC 8999, RFC 9000, RFC 9369), a draft, or Google's own."""
    version = payload[1:5]
    return len(payload) > 5 and payload[0] & 0xC0 >= 0x80 and (version in _QUIC_VERSIONS or version.startswith(_QUIC_DRAFTS))
