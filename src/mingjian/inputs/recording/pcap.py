"""Packet captures, pcap and pcapng: every request in clear text, and every connection that nobody could read.

Captures of tcpdump, Wireshark and PCAPdroid, and the plaintext that hooks write down as packets (r0capture and its relatives)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mingjian.errors import InputError
from mingjian.inputs.files import open_file
from mingjian.inputs.recording import frames, packets, tshark
from mingjian.inputs.recording.capture_events import CaptureEvents
from mingjian.inputs.recording.datagrams import DNS, Datagrams
from mingjian.inputs.recording.dns import Names
from mingjian.inputs.recording.frames import Segment
from mingjian.inputs.recording.key_log import key_log
from mingjian.inputs.recording.packets import Damage, Installed, Packet, Program, Secrets
from mingjian.inputs.recording.streams import Streams
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.model.run import Clock, Part, Session

name = "pcap"

_PCAPDROID = "PCAPdroid"
_MOST_SECRETS = 32 << 20
_MOST_PACKAGES = 100_000


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
    secrets: bytearray = field(default_factory=bytearray, repr=False)


def _survey(path: Path) -> _Survey:
    survey = _Survey()
    with open_file(path, "run") as file:
        for entry in packets.entries(file):
            match entry:
                case Packet():
                    _look(survey, entry)
                case Installed() if len(survey.packages) < _MOST_PACKAGES:
                    survey.packages.setdefault(entry.uid, entry.package)
                case Program():
                    survey.program = survey.program or entry.name
                case Secrets():
                    survey.secrets += entry.content[: max(0, _MOST_SECRETS - len(survey.secrets))] + b"\n"
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
    keys = key_log(path, bytes(survey.secrets))
    events = CaptureEvents(survey.names, survey.packages, hold=bool(keys))
    streams, datagrams = Streams(), Datagrams()
    with open_file(path, "run") as file:
        for entry in packets.entries(file):
            if isinstance(entry, Damage):
                events.lose(entry.what, entry.number)
            if not isinstance(entry, Packet):
                continue
            segment = frames.segment(entry)
            if isinstance(segment, str):
                events.lose(segment, entry.number)
            elif segment is not None and segment.tcp:
                for told in streams.take(segment, entry.number, entry.ts):
                    yield from events.stream(told)
            elif segment is not None:
                for flow in datagrams.take(segment, entry.number, entry.ts):
                    yield events.datagrams(flow)
    for told in streams.finish():
        yield from events.stream(told)
    for flow in datagrams.finish():
        yield events.datagrams(flow)
    if streams.cut:
        events.lose("too_large", survey.count)
    if keys:
        yield from _decrypted(path, keys, events)
    yield from events.unread()
    yield from events.losses()


def _decrypted(path: Path, keys: bytes, events: CaptureEvents) -> Iterator[Item]:
    """The requests inside the connections for which there are keys."""
    program = tshark.find()
    if program is None:
        events.lose("no_tshark", 1)
        return
    decryption = tshark.Decryption(tshark.Asked(path, keys, events.ports(), events.proxies()))
    for found in decryption.requests(program):
        item = events.decrypted(found)
        if item is not None:
            yield item
    if decryption.lost:
        events.lose(decryption.lost, 1)
