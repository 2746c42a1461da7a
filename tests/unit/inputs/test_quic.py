"""Names in the first packets of QUIC: keys as RFC 9001 gives them, messages in pieces and over packets, and damage."""

import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from captures import hello, ip4, pcap, udp
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mingjian.inputs.recording import pcap as importer
from mingjian.inputs.recording.quic import FirstPackets, Keys, keys_of
from mingjian.model.run import Net

SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
SALT_2 = bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")
CONNECTION = bytes.fromhex("8394c8f03e515708")


def test_the_keys_of_the_example_in_rfc_9001() -> None:
    """Appendix A.1."""
    assert keys_of(CONNECTION, SALT, b"quic ") == Keys(
        bytes.fromhex("1f369613dd76d5467730efcbe3b1a22d"),
        bytes.fromhex("fa044b2f42a3fd3b46fb255c"),
        bytes.fromhex("9f50449e04a0e810283a1e9933adedd2"),
    )


def crypto(offset: int, content: bytes) -> bytes:
    return b"\x06" + struct.pack(">HH", 0x4000 | offset, 0x4000 | len(content)) + content


def initial(frames: bytes, number: int = 0, version: int = 1) -> bytes:
    """A client's first packet, protected as RFC 9001 section 5 says, and padded to 1200 bytes."""
    salt, label, kind = (SALT, b"quic ", 0) if version == 1 else (SALT_2, b"quicv2 ", 1)
    keys = keys_of(CONNECTION, salt, label)
    frames += bytes(1162 - len(frames))
    first = 0xC0 | kind << 4 | 1
    head = bytes([first]) + struct.pack(">I", version) + bytes([len(CONNECTION)]) + CONNECTION + b"\x00" + b"\x00"
    head += struct.pack(">H", 0x4000 | 2 + len(frames) + 16)
    nonce = (int.from_bytes(keys.iv, "big") ^ number).to_bytes(12, "big")
    sealed = AESGCM(keys.key).encrypt(nonce, frames, head + struct.pack(">H", number))
    encryptor = Cipher(algorithms.AES(keys.header), modes.ECB()).encryptor()
    mask = encryptor.update(sealed[2:18])
    shown = bytes(byte ^ hidden for byte, hidden in zip(struct.pack(">H", number), mask[1:3], strict=True))
    return bytes([head[0] ^ mask[0] & 0x0F]) + head[1:] + shown + sealed


def host(*datagrams: bytes) -> str | None:
    packets = FirstPackets()
    for datagram in datagrams:
        packets.take(datagram)
    return packets.host


@pytest.mark.parametrize("version", [1, 0x6B3343CF])
def test_the_host_in_one_packet(version: int) -> None:
    assert host(initial(crypto(0, hello("quic.example")), version=version)) == "quic.example"


def test_pieces_in_any_order_over_packets() -> None:
    message = hello("quic.example", padding=1500)
    one = crypto(700, message[700:1300]) + b"\x01" + bytes(3) + crypto(1300, message[1300:1500])
    two = b"\x02\x00\x00\x00\x00" + crypto(1500, message[1500:]) + crypto(0, message[:700])
    assert host(initial(one), initial(two, 1)) == "quic.example"
    assert host(initial(one)) is None
    assert host(initial(two, 1), initial(one)) == "quic.example"


def test_a_packet_that_was_changed_says_nothing() -> None:
    packet = bytearray(initial(crypto(0, hello("quic.example"))))
    packet[600] ^= 1
    assert host(bytes(packet)) is None


@pytest.mark.parametrize("seed", range(5))
def test_damaged_packets_never_raise(seed: int) -> None:
    chance = random.Random(seed)
    packet = initial(crypto(0, hello("quic.example")))
    for _ in range(200):
        broken = bytearray(packet)
        broken[chance.randrange(40)] = chance.randrange(256)
        host(bytes(broken[: chance.randrange(1, len(broken))]), b"\xc0\x00\x00\x00\x01")


def test_the_capture_tells_the_host(tmp_path: Path) -> None:
    file = tmp_path / "a.pcap"
    file.write_bytes(pcap([ip4(udp(initial(crypto(0, hello("quic.example"))), (50_000, 443)), protocol=17)]))
    (event,) = importer.read(file).events()
    assert isinstance(event, Net)
    assert (event.proto, event.host, event.visibility) == ("quic", "quic.example", "opaque")


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_sees_the_same_host(tmp_path: Path) -> None:
    file = tmp_path / "a.pcap"
    file.write_bytes(pcap([ip4(udp(initial(crypto(0, hello("quic.example"))), (50_000, 443)), protocol=17)]))
    command = ["tshark", "-n", "-r", file, "-T", "fields", "-e", "tls.handshake.extensions_server_name"]
    assert subprocess.run(command, capture_output=True, check=True).stdout.strip() == b"quic.example"
