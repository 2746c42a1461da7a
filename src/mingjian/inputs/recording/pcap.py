"""Packet captures, pcap and pcapng: every request in clear text, and every connection that nobody could read.

Captures of tcpdump, Wireshark and PCAPdroid, and the plaintext that hooks write down as packets (r0capture and its relatives)."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mingjian.errors import InputError
from mingjian.inputs.files import open_file
from mingjian.inputs.recording import frames, packets
from mingjian.inputs.recording.datagrams import DNS, Datagrams, Flow
from mingjian.inputs.recording.frames import Segment
from mingjian.inputs.recording.names import Names
from mingjian.inputs.recording.packets import Damage, Installed, Packet, Program, Secrets
from mingjian.inputs.recording.streams import Connection, Sent, Streams, Told
from mingjian.inputs.recording.track import Carried, Head, Item, Payload, Track
from mingjian.inputs.recording.web_address import host_and_port, masked_target, web_address
from mingjian.model.run import Clock, Net, Part, Session, Span

name = "pcap"

_PCAPDROID = "PCAPdroid"
_HTTP, _HTTPS = 80, 443
_MOST_PROXIED = 100_000


def recognises(head: Head) -> bool:
    """Whether a file that begins so is a packet capture."""
    return packets.is_capture(head.start)


def read(path: Path) -> Track:
    """The capture as a track. Raises `InputError` when it holds no packet."""
    survey = _survey(path)
    if not survey.count:
        raise InputError("input.run_no_packets", path=path)
    tool, _, version = survey.program.partition(" v")
    # PCAPdroid runs on the device itself; nobody knows by which clock another program went.
    clock = Clock(error_ms=0.0) if tool == _PCAPDROID else Clock()
    part = Part(tool=tool or "pcap", version=version or None, tier="capture", format=name, name=path.name, clock=clock)
    session = Session(parts=(part,), started=survey.started, ended=survey.ended)
    return Track(session, lambda: _events(path, survey))


@dataclass(slots=True)
class _Survey:
    """What can only be known when the whole file was looked through."""

    count: int = 0
    started: float | None = None
    ended: float | None = None
    program: str = ""
    packages: dict[int, str] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    secrets: list[bytes] = field(default_factory=list)


def _survey(path: Path) -> _Survey:
    survey = _Survey()
    with open_file(path, "run") as file:
        for entry in packets.entries(file):
            match entry:
                case Packet():
                    _look(survey, entry)
                case Installed():
                    survey.packages.setdefault(entry.uid, entry.package)
                case Program():
                    survey.program = survey.program or entry.name
                case Secrets():
                    survey.secrets.append(entry.content)
    return survey


def _look(survey: _Survey, packet: Packet) -> None:
    survey.count += 1
    if packet.ts is not None:
        survey.started = packet.ts if survey.started is None else min(survey.started, packet.ts)
        survey.ended = packet.ts if survey.ended is None else max(survey.ended, packet.ts)
    segment = frames.segment(packet)
    if isinstance(segment, Segment):
        if not segment.tcp and segment.source[1] == DNS:
            survey.names.take(segment.payload)
        if segment.uid is not None and not survey.program:
            survey.program = _PCAPDROID


def _events(path: Path, survey: _Survey) -> Iterator[Item]:
    with open_file(path, "run") as file:
        account = _Account(survey)
        streams, datagrams = Streams(), Datagrams()
        for entry in packets.entries(file):
            if isinstance(entry, Damage):
                account.lose(entry.what, entry.number)
            if not isinstance(entry, Packet):
                continue
            segment = frames.segment(entry)
            if isinstance(segment, str):
                account.lose(segment, entry.number)
            elif segment is not None and segment.tcp:
                for told in streams.take(segment, entry.number, entry.ts, segment.uid):
                    yield from account.stream(told)
            elif segment is not None:
                for flow in datagrams.take(segment, entry.number, entry.ts, segment.uid):
                    yield account.datagrams(flow)
        for told in streams.finish():
            yield from account.stream(told)
        for flow in datagrams.finish():
            yield account.datagrams(flow)
        if streams.cut:
            account.lose("too_large", survey.count)
        yield from account.losses()


class _Account:
    """Tells what was seen as events, and counts what was not."""

    def __init__(self, survey: _Survey) -> None:
        self._survey = survey
        self._seq = 1
        self._lost: Counter[str] = Counter()
        self._first_lost: dict[str, int] = {}
        self._proxied: set[tuple[bytes, str]] = set()
        """Proxies by address, and the hosts that clients asked them for."""

    def lose(self, what: str, number: int) -> None:
        """Counts something that was not seen, by the packet where it was met."""
        self._lost[what] += 1
        self._first_lost.setdefault(what, number)

    def losses(self) -> Iterator[Item]:
        """One event for each kind of loss, with how often it was met."""
        for what in sorted(self._lost):
            at = f"pcap:packet[{self._first_lost[what]}]"
            yield Span(seq=self._next(), at=at, channel="network", status="lost", what=what, detail=str(self._lost[what]))

    def stream(self, told: Told) -> Iterator[Item]:
        """A request, or the end of a connection that could not be read."""
        connection = told.connection
        if isinstance(told, Sent):
            item = self._request(told)
        else:
            if connection.hole is not None:
                self.lose("gap", connection.hole)
            item = self._unread(connection)
        if item is not None:
            yield item

    def _request(self, sent: Sent) -> Item | None:
        connection, request = sent.connection, sent.request
        proxy = connection.server[0]
        if request.method == "CONNECT":
            self._forward(proxy, host_and_port(request.target)[0])
            return None
        asked = web_address(request.target)
        if asked.host:
            self._forward(proxy, asked.host)
            host, port, url, forwarded = asked.host, asked.port, request.target, True
        else:
            host, port = host_and_port(request.header("host"))
            forwarded = connection.through is not None
            host = host or self._host(connection.server[0]) or ""
            port = port or (host_and_port(connection.through)[1] if connection.through else connection.server[1])
            url = f"{_scheme(connection)}://{_authority(host or _ip(connection.server[0]), port)}{request.target}"
            if not forwarded and self._is_second_leg(connection, host):
                return None
        event = Net(
            seq=self._next(),
            ts=sent.ts,
            at=f"pcap:packet[{sent.at}]",
            visibility="decrypted" if _scheme(connection) == "https" else "plain",
            proto="http",
            host=host or None,
            ip=None if forwarded else _ip(connection.server[0]),
            port=port,
            method=request.method,
            path=masked_target(asked.target),
            uid=connection.uid,
            package=self._package(connection.uid),
            sent=request.size,
        )
        encoding = request.header("content-encoding").lower()
        return Carried(event, Payload(url, request.headers, request.body, encoding, request.complete))

    def _unread(self, connection: Connection) -> Item | None:
        if connection.speaks == "http" or not (connection.up.reach or connection.down.reach):
            return None
        through, port = host_and_port(connection.through or "")
        host = connection.host or through or self._host(connection.server[0])
        if connection.through is None and self._is_second_leg(connection, host or ""):
            return None
        tunnelled = connection.through is not None
        return Net(
            seq=self._next(),
            ts=connection.begun,
            at=f"pcap:packet[{connection.at}]",
            visibility="opaque",
            proto=connection.speaks if connection.speaks not in ("", "other") else "tcp",
            host=host or None,
            ip=None if tunnelled else _ip(connection.server[0]),
            port=port if tunnelled else connection.server[1],
            end=connection.ended,
            uid=connection.uid,
            package=self._package(connection.uid),
            sent=connection.up.reach,
            received=connection.down.reach,
            unread="encrypted" if connection.speaks == "tls" else "protocol",
        )

    def datagrams(self, flow: Flow) -> Item:
        """What went over UDP, which nobody reads."""
        return Net(
            seq=self._next(),
            ts=flow.begun,
            at=f"pcap:packet[{flow.at}]",
            visibility="opaque",
            proto="quic" if flow.quic else "udp",
            host=self._host(flow.server[0]),
            ip=_ip(flow.server[0]),
            port=flow.server[1],
            end=flow.ended,
            uid=flow.uid,
            package=self._package(flow.uid),
            sent=flow.sent,
            received=flow.received,
            unread="encrypted" if flow.quic else "protocol",
        )

    def _is_second_leg(self, connection: Connection, host: str) -> bool:
        """Whether this is what a proxy sends on: the same request was told when the app sent it to the proxy."""
        return (connection.client[0], host) in self._proxied

    def _forward(self, proxy: bytes, host: str) -> None:
        if host and len(self._proxied) < _MOST_PROXIED:
            self._proxied.add((proxy, host))

    def _host(self, address: bytes) -> str | None:
        return self._survey.names.host(address)

    def _package(self, uid: int | None) -> str | None:
        return self._survey.packages.get(uid) if uid is not None else None

    def _next(self) -> int:
        self._seq += 1
        return self._seq


def _scheme(connection: Connection) -> str:
    """A program that writes down plaintext took it from before the encryption, except at the port where nobody encrypts."""
    return "https" if connection.made and connection.server[1] != _HTTP else "http"


def _authority(host: str, port: int | None) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port in (None, _HTTP, _HTTPS) else f"{bracketed}:{port}"


def _ip(address: bytes) -> str:
    return str(ipaddress.ip_address(address))
