"""Writes packet captures for tests, after the formats themselves: nothing in them was ever sent over a network."""

import struct
from dataclasses import dataclass, field

PHONE = "10.0.0.2"
SERVER = "203.0.113.7"


def number(address: str) -> bytes:
    return bytes(int(part) for part in address.split(".")) if "." in address else bytes.fromhex(address)


def ip4(payload: bytes, source: str = PHONE, target: str = SERVER, protocol: int = 6, fragment: int = 0x4000, checksum: int = 1) -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, fragment, 64, protocol, checksum)
    return head + number(source) + number(target) + payload


def ip6(payload: bytes, following: int = 6, extensions: bytes = b"") -> bytes:
    source, target = number("20010db8" + "00" * 11 + "02"), number("20010db8" + "00" * 11 + "07")
    return struct.pack(">IHBB", 6 << 28, len(extensions) + len(payload), following, 64) + source + target + extensions + payload


def tcp(payload: bytes, ports: tuple[int, int], seq: int, flags: int = 0x18, ack: int = 0, checksum: int = 1) -> bytes:
    return struct.pack(">HHIIBBHHH", *ports, seq % (1 << 32), ack, 0x50, flags, 0xFFFF, checksum, 0) + payload


def udp(payload: bytes, ports: tuple[int, int]) -> bytes:
    return struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload


def ethernet(packet: bytes, tags: bytes = b"") -> bytes:
    return bytes(12) + tags + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00") + packet


def trailer(frame: bytes, uid: int, app: str) -> bytes:
    """What PCAPdroid appends to its frames."""
    padded = frame + bytes(-len(frame) % 4)
    return padded + struct.pack(">Ii20sI", 0x01072021, uid, app.encode(), 0)


def pcap(frames: list[bytes], link: int = 101, order: str = "<", nano: bool = False, zone: int = 0, start: int = 1_700_000_000) -> bytes:
    """One packet a second."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, zone, 0, 65535, link)]
    for index, frame in enumerate(frames):
        fraction = 500_000_000 if nano else 500_000
        parts += [struct.pack(order + "IIII", start + index, fraction, len(frame), len(frame)), frame]
    return b"".join(parts)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<", program: bytes = b"") -> bytes:
    options = option(4, program, order) + bytes(4) if program else b""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options, order)


def interface(link: int = 101, order: str = "<", resolution: int | None = None, offset: int = 0, snap: int = 0) -> bytes:
    options = b"" if resolution is None else option(9, bytes([resolution]), order)
    options += option(14, struct.pack(order + "q", offset), order) if offset else b""
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def enhanced(frame: bytes, ticks: int, order: str = "<", index: int = 0, comment: bytes = b"") -> bytes:
    head = struct.pack(order + "IIIII", index, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    options = option(1, comment, order) if comment else b""
    return block(6, head + frame + bytes(-len(frame) % 4) + options, order)


def installed(uid: int, package: str, app: str) -> bytes:
    """The block in which PCAPdroid says to which package a uid belongs."""
    names = package.encode() + app.encode()
    return block(0x0BAD, struct.pack("<IHBBiBB", 62652, 1, 1, 0, uid, len(package), len(app.encode())) + names)


@dataclass
class Talk:
    """The IPv4 packets of one TCP connection, in the order in which they are said."""

    port: int = 80
    client_port: int = 40_000
    client: str = PHONE
    server: str = SERVER
    seq: int = 1000
    back: int = 9000
    packets: list[bytes] = field(default_factory=list)

    def open(self) -> "Talk":
        self._up(b"", 0x02, self.seq)
        self._down(b"", 0x12, self.back)
        self.seq, self.back = self.seq + 1, self.back + 1
        self._up(b"", 0x10, self.seq)
        return self

    def say(self, *pieces: bytes) -> "Talk":
        for piece in pieces:
            self._up(piece, 0x18, self.seq)
            self.seq += len(piece)
        return self

    def answer(self, *pieces: bytes) -> "Talk":
        for piece in pieces:
            self._down(piece, 0x18, self.back)
            self.back += len(piece)
        return self

    def _up(self, payload: bytes, flags: int, seq: int) -> None:
        segment = tcp(payload, (self.client_port, self.port), seq, flags, self.back)
        self.packets.append(ip4(segment, self.client, self.server))

    def _down(self, payload: bytes, flags: int, seq: int) -> None:
        segment = tcp(payload, (self.port, self.client_port), seq, flags, self.seq)
        self.packets.append(ip4(segment, self.server, self.client))


def hello(host: str | None, padding: int = 0) -> bytes:
    """A ClientHello without its record."""
    name = host.encode() if host else b""
    sni = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name if host else b""
    extensions = struct.pack(">HH", 21, padding) + bytes(padding) + sni
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00" + struct.pack(">H", len(extensions)) + extensions
    return b"\x01" + len(body).to_bytes(3, "big") + body


def record(content: bytes, kind: int = 22) -> bytes:
    return struct.pack(">BHH", kind, 0x0301, len(content)) + content


def dns(host: str, *addresses: str) -> bytes:
    """An answer of the domain name system, as the payload of a datagram."""
    name = b"".join(bytes([len(label)]) + label.encode() for label in host.split(".")) + b"\0"
    answers = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + number(address) for address in addresses)
    return struct.pack(">HHHHHH", 7, 0x8180, 1, len(addresses), 0, 0) + name + b"\0\x01\0\x01" + answers
