"""The packets of a capture file, pcap or pcapng, with what it says beside them: apps by their uid, secrets, the program that wrote it.

Formats: pcap (draft-ietf-opsawg-pcap), pcapng (draft-ietf-opsawg-pcapng), and what PCAPdroid adds to the latter."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

MOST_PACKET = 1 << 20
"""Bytes of one packet; what claims more is damage."""
MOST_BLOCK = 64 << 20
"""Bytes of one block of a pcapng file that is kept; a longer one is passed over."""

_PCAP = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
"""By the first four bytes: the byte order, and the fractions of a second that times count."""
_PCAPNG = b"\x0a\x0d\x0d\x0a"
_BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE, _ENHANCED, _SECRETS = 0x0A0D0D0A, 1, 2, 3, 6, 10
_CUSTOM = (0x0BAD, 0x40000BAD)
_COMMENT, _PROGRAM, _RESOLUTION, _OFFSET = 1, 4, 9, 14
_TLS_KEY_LOG = 0x544C534B
_MOST_INTERFACES = 65_536
_PCAPDROID = 62652
"""The private enterprise number of PCAPdroid's blocks."""
_UID_MAP = 1
_UID_COMMENT = re.compile(rb"u-(\d{1,10})")


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet: its place in the file (from 1), milliseconds since 1970 (none when the block has no time), the link type, the bytes
    that were kept, how many there were, and the uid of the app where the file tells it."""

    number: int
    ts: float | None
    link: int
    data: bytes
    length: int
    uid: int | None = None


@dataclass(frozen=True, slots=True)
class Installed:
    """The package that owns a uid, as PCAPdroid wrote it down."""

    uid: int
    package: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """A part of a TLS key log. Whoever has it reads the traffic, so it goes into no output."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Program:
    """The program that wrote the capture, as it calls itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Damage:
    """Where the file cannot be followed any more, or what was passed over: `truncated`, `damaged` or `too_large`, after so many packets."""

    what: str
    number: int


Entry = Packet | Installed | Secrets | Program | Damage


def is_capture(start: bytes) -> bool:
    """Whether a file that begins so is a pcap or pcapng file."""
    return start[:4] in _PCAP or (start[:4] == _PCAPNG and start[8:12] in _BYTE_ORDERS)


def entries(file: BinaryIO) -> Iterator[Entry]:
    """All entries from the start of the file, in its order. What does not fit the format is told as `Damage` and never raises."""
    file.seek(0)
    magic = file.read(4)
    if magic in _PCAP:
        yield from _pcap(file, *_PCAP[magic])
    elif magic == _PCAPNG:
        file.seek(0)
        yield from _pcapng(file)


def _pcap(file: BinaryIO, order: str, fractions: int) -> Iterator[Entry]:
    rest = file.read(20)
    if len(rest) < 20:
        yield Damage("truncated", 0)
        return
    # The upper bits of the link type tell of check sequences; the field of the zone is filled by some, though times are UTC.
    link = struct.unpack(order + "HHiIII", rest)[5] & 0xFFFF
    record = struct.Struct(order + "IIII")
    number = 0
    while head := file.read(16):
        if len(head) < 16:
            yield Damage("truncated", number)
            return
        seconds, fraction, kept, length = record.unpack(head)
        if kept > MOST_PACKET:
            yield Damage("damaged", number)
            return
        data = file.read(kept)
        if len(data) < kept:
            yield Damage("truncated", number)
            return
        number += 1
        yield Packet(number, seconds * 1000 + fraction * 1000 / fractions, link, data, max(kept, length))


@dataclass(frozen=True, slots=True)
class _Interface:
    link: int
    snap: int
    per_second: int
    offset: int


@dataclass(slots=True)
class _Section:
    """What the blocks before say about those that follow."""

    order: str
    interfaces: list[_Interface] = field(default_factory=list)


def _pcapng(file: BinaryIO) -> Iterator[Entry]:
    section = _Section("<")
    number = 0
    while head := file.read(8):
        if len(head) < 8:
            yield Damage("truncated", number)
            return
        if head[:4] == _PCAPNG:
            mark = file.read(4)
            if mark not in _BYTE_ORDERS:
                yield Damage("damaged" if len(mark) == 4 else "truncated", number)
                return
            file.seek(-4, 1)
            section = _Section(_BYTE_ORDERS[mark])
        kind, size = struct.unpack(section.order + "II", head)
        if size < 12:
            yield Damage("damaged", number)
            return
        # Writers pad the total to four bytes even where they count otherwise.
        length = (size + 3) // 4 * 4 - 8
        if length > MOST_BLOCK:
            yield Damage("too_large", number)
            if not _skipped(file, length):
                yield Damage("truncated", number)
                return
            continue
        body = file.read(length)
        if len(body) < length:
            yield Damage("truncated", number)
            return
        # The size is repeated at the end, which is not compared: PCAPdroid writes one byte of it.
        entry = _entry(kind, body[:-4], section, number)
        if isinstance(entry, Packet):
            number += 1
        if entry is not None:
            yield entry


def _skipped(file: BinaryIO, length: int) -> bool:
    here = file.tell()
    end = file.seek(0, 2)
    file.seek(min(here + length, end))
    return here + length <= end


def _entry(kind: int, body: bytes, section: _Section, number: int) -> Entry | None:
    try:
        if kind in (_ENHANCED, _OLD_PACKET):
            return _packet(kind, body, section, number + 1)
        if kind == _SIMPLE:
            return _simple_packet(body, section, number + 1)
        if kind == _INTERFACE and len(section.interfaces) < _MOST_INTERFACES:
            section.interfaces.append(_interface(body, section.order))
        if kind == _SECTION:
            return _program(body, section.order)
        if kind == _SECRETS:
            secret, length = struct.unpack_from(section.order + "II", body)
            return Secrets(body[8 : 8 + length]) if secret == _TLS_KEY_LOG else None
        if kind in _CUSTOM:
            return _installed(body, section.order)
    except (struct.error, IndexError):
        return Damage("damaged", number)
    return None


def _packet(kind: int, body: bytes, section: _Section, number: int) -> Entry:
    index, high, low, kept, length = struct.unpack_from(section.order + "IIIII", body)
    if kind == _OLD_PACKET:
        # The older block has 16 bits for the interface and 16 for the packets dropped before.
        index = struct.unpack_from(section.order + "H", body)[0]
    if kept > len(body) - 20:
        return Damage("damaged", number - 1)
    interface = section.interfaces[index]
    ts = ((high << 32 | low) * 1000) / interface.per_second + interface.offset * 1000
    data = body[20 : 20 + kept]
    uid = None
    after = 20 + (kept + 3) // 4 * 4
    if len(body) > after:
        for code, value in _options(body[after:], section.order):
            if code == _COMMENT and (found := _UID_COMMENT.fullmatch(value.rstrip(b"\0"))):
                uid = int(found[1])
    return Packet(number, ts, interface.link, data, max(kept, length), uid)


def _simple_packet(body: bytes, section: _Section, number: int) -> Entry:
    (length,) = struct.unpack_from(section.order + "I", body)
    interface = section.interfaces[0]
    kept = min(length, interface.snap or length, len(body) - 4)
    return Packet(number, None, interface.link, body[4 : 4 + kept], length)


def _interface(body: bytes, order: str) -> _Interface:
    link, _, snap = struct.unpack_from(order + "HHI", body)
    per_second, offset = 1_000_000, 0
    for code, value in _options(body[8:], order):
        if code == _RESOLUTION and value:
            per_second = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
        elif code == _OFFSET and len(value) >= 8:
            (offset,) = struct.unpack_from(order + "q", value)
    return _Interface(link, snap, per_second, offset)


def _program(body: bytes, order: str) -> Program | None:
    name = next((value for code, value in _options(body[16:], order) if code == _PROGRAM), b"")
    return Program(name.rstrip(b"\0").decode("utf-8", "replace")[:100]) if name else None


def _installed(body: bytes, order: str) -> Installed | None:
    if struct.unpack_from(order + "I", body)[0] != _PCAPDROID:
        return None
    version, kind, _, uid, length, _ = struct.unpack_from(order + "HBBiBB", body, 4)
    package = body[14 : 14 + length]
    # PCAPdroid cuts the name after 63 bytes.
    if (version, kind) != (1, _UID_MAP) or not 0 < length < 63 or uid < 0 or len(package) < length:
        return None
    return Installed(uid, package.decode("ascii", "replace"))


def _options(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, at)
        if code == 0:
            return
        yield code, data[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
