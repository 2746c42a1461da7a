"""The host that a QUIC client names: its first packets are encrypted with keys that anybody can compute (RFC 9001, section 5; RFC 9369)."""

import hashlib
import hmac
import struct
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mingjian.inputs.recording.tls_hello import server_name

MOST_PACKETS = 16
"""First packets of one client that are looked into."""

_MOST_MESSAGE = 1 << 14
_MOST_FRAMES = 1024
_SALTS = {
    b"\x00\x00\x00\x01": (bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), b"quic ", 0),
    b"\x6b\x33\x43\xcf": (bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), b"quicv2 ", 1),
}
"""By version: the salt of the first keys, how their labels begin, and the number of the type of first packets."""
_PADDING, _PING, _ACK, _ACK_COUNTED, _CRYPTO = 0, 1, 2, 3, 6


@dataclass(frozen=True, slots=True)
class Keys:
    """What protects a client's first packets."""

    key: bytes
    iv: bytes
    header: bytes


@dataclass(slots=True)
class FirstPackets:
    """Puts together the first message of one client from its datagrams. `host` is none until it is found."""

    host: str | None = None
    _packets: int = 0
    _keys: Keys | None = None
    _pieces: dict[int, bytes] = field(default_factory=dict)

    def take(self, datagram: bytes) -> None:
        """Takes in what the client sent next. What is no first packet, or cannot be decrypted, adds nothing."""
        if self.host is not None or self._packets >= MOST_PACKETS:
            return
        self._packets += 1
        try:
            for offset, content in _crypto(self._content(datagram)):
                if offset + len(content) <= _MOST_MESSAGE:
                    self._pieces[offset] = max(self._pieces.get(offset, b""), content, key=len)
        except (struct.error, IndexError, InvalidTag, ValueError):
            return
        self.host = server_name(self._message())
        if self.host is not None:
            self._pieces.clear()

    def _content(self, datagram: bytes) -> bytes:
        """The frames of the datagram's first packet."""
        salt, label, kind = _SALTS.get(datagram[1:5], (b"", b"", -1))
        if datagram[0] >> 4 & 3 != kind:
            return b""
        at = 6 + datagram[5]
        connection = datagram[6:at]
        at += 1 + datagram[at]
        size, at = _integer(datagram, at)
        length, at = _integer(datagram, at + size)
        if self._keys is None:
            self._keys = keys_of(connection, salt, label)
        return _decrypted(datagram[: at + length], at, self._keys)

    def _message(self) -> bytes:
        """The message as far as it is here without a gap."""
        message = b""
        for offset in sorted(self._pieces):
            if offset > len(message):
                break
            message += self._pieces[offset][len(message) - offset :]
        complete = len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4], "big")
        return message if complete else b""


def keys_of(connection: bytes, salt: bytes, label: bytes) -> Keys:
    """The keys of the client's first packets, from the connection id that it chose for the server."""
    secret = _labelled(hmac.digest(salt, connection, hashlib.sha256), b"client in", 32)
    return Keys(*(_labelled(secret, label + name, size) for name, size in ((b"key", 16), (b"iv", 12), (b"hp", 16))))


def _labelled(secret: bytes, label: bytes, size: int) -> bytes:
    """HKDF-Expand-Label of TLS 1.3 (RFC 8446, section 7.1), for at most 32 bytes."""
    name = b"tls13 " + label
    return hmac.digest(secret, struct.pack(">HB", size, len(name)) + name + b"\x00\x01", hashlib.sha256)[:size]


def _decrypted(packet: bytes, at: int, keys: Keys) -> bytes:
    """The content of a packet whose number stands at `at`."""
    # The cipher that RFC 9001 section 5.4.3 prescribes for a mask, over 16 bytes that are themselves encrypted.
    encryptor = Cipher(algorithms.AES(keys.header), modes.ECB()).encryptor()  # noqa: S305
    mask = encryptor.update(packet[at + 4 : at + 20]) + encryptor.finalize()
    first = packet[0] ^ mask[0] & 0x0F
    size = (first & 3) + 1
    number = bytes(byte ^ hidden for byte, hidden in zip(packet[at : at + size], mask[1:], strict=False))
    header = bytes([first]) + packet[1:at] + number
    nonce = (int.from_bytes(keys.iv, "big") ^ int.from_bytes(number, "big")).to_bytes(12, "big")
    return AESGCM(keys.key).decrypt(nonce, packet[at + size :], header)


def _crypto(frames: bytes) -> list[tuple[int, bytes]]:
    """The pieces of the message, each with its offset."""
    pieces = []
    at = 0
    for _ in range(_MOST_FRAMES):
        while at < len(frames) and frames[at] in (_PADDING, _PING):
            at += 1
        if at >= len(frames):
            break
        kind = frames[at]
        at += 1
        if kind == _CRYPTO:
            offset, at = _integer(frames, at)
            length, at = _integer(frames, at)
            pieces.append((offset, frames[at : at + length]))
            at += length
        elif kind in (_ACK, _ACK_COUNTED):
            at = _after_ack(frames, at, kind)
        else:
            break
    return pieces


def _after_ack(frames: bytes, at: int, kind: int) -> int:
    _, at = _integer(frames, at)
    _, at = _integer(frames, at)
    ranges, at = _integer(frames, at)
    for _ in range(1 + 2 * min(ranges, _MOST_FRAMES) + (3 if kind == _ACK_COUNTED else 0)):
        _, at = _integer(frames, at)
    return at


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length (RFC 9000, section 16), and where it ends."""
    size = 1 << (data[at] >> 6)
    if at + size > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + size], "big") & (1 << size * 8 - 2) - 1, at + size
