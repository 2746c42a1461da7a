"""Packet captures: every framing of every format, and what is lost told as lost."""

import random
import struct
import tracemalloc
from pathlib import Path

import pytest
from capture_readings import BODY, CHUNKED, GET, POST, losses, opened, requests, told
from captures import (
    SERVER,
    Talk,
    block,
    dns,
    enhanced,
    ethernet,
    hello,
    installed,
    interface,
    ip4,
    ip6,
    pcap,
    record,
    section,
    tcp,
    trailer,
    udp,
)

from mingjian.errors import InputError
from mingjian.inputs.recording import pcap as importer
from mingjian.inputs.recording.track import Carried, Head
from mingjian.model.run import Net


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_both_byte_orders_and_both_clocks_of_pcap(order: str, nano: bool, tmp_path: Path) -> None:
    track = opened(pcap(Talk().open().say(GET).packets, order=order, nano=nano, zone=-28800), tmp_path)
    (found,) = track.events()
    assert isinstance(found, Carried)
    event = found.event
    assert isinstance(event, Net)
    # Three packets of the handshake, then the request: 3 seconds after the first packet, half a second into it.
    assert event.ts == 1_700_000_003_500.0
    assert (event.host, event.ip, event.port, event.method, event.visibility) == ("api.example", SERVER, 80, "GET", "plain")
    assert event.path == "/v1/config?channel=*"
    assert event.at == "pcap:packet[4]"
    assert found.payload
    assert found.payload.url == "http://api.example/v1/config?channel=abc"
    assert (track.session.started, track.session.ended) == (1_700_000_000_500.0, 1_700_000_003_500.0)
    assert track.session.parts[0].tier == "capture"
    assert track.session.parts[0].clock.error_ms is None


def _framed(link: int, packet: bytes) -> bytes:
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
    match link:
        case 1:
            return ethernet(packet)
        case 113:
            return bytes(14) + kind + packet
        case 276:
            return kind + bytes(18) + packet
        case 0:
            return struct.pack("<I", 30 if packet[0] >> 4 == 6 else 2) + packet
        case 108:
            return struct.pack(">I", 24 if packet[0] >> 4 == 6 else 2) + packet
        case _:
            return packet


@pytest.mark.parametrize("link", [0, 1, 12, 101, 108, 113, 228, 276])
def test_every_link_type_that_is_known(link: int, tmp_path: Path) -> None:
    content = pcap([_framed(link, packet) for packet in Talk().open().say(GET).packets], link=link)
    assert [method for method, *_ in requests(content, tmp_path)] == ["GET"]


@pytest.mark.parametrize("link", [0, 1, 101, 113, 229, 276])
def test_ip_version_6(link: int, tmp_path: Path) -> None:
    packets = [ip6(tcp(b"", (40_000, 80), 99, 2)), ip6(tcp(POST, (40_000, 80), 100))]
    (found,) = told(pcap([_framed(link, packet) for packet in packets], link=link), tmp_path)
    assert found.event.ip == "2001:db8::7"
    assert found.payload.body == BODY


def test_extension_headers_lie_before_tcp(tmp_path: Path) -> None:
    """Hop-by-hop options of 8 bytes, then a routing header of 16, then an atomic fragment."""
    extensions = bytes([43, 0]) + bytes(6) + bytes([44, 1]) + bytes(14) + bytes([6, 0, 0, 0]) + bytes(4)
    content = pcap([ip6(tcp(POST, (40_000, 80), 100), following=0, extensions=extensions)])
    assert [body for _, _, body, _ in requests(content, tmp_path)] == [BODY]


def test_a_later_fragment_is_told_as_lost(tmp_path: Path) -> None:
    whole = tcp(POST, (40_000, 80), 100)
    content = pcap([ip4(whole[:48], fragment=0x2000), ip4(whole[48:], fragment=6)])
    assert losses(content, tmp_path) == {"fragment": "2"}
    six = pcap([ip6(whole, following=44, extensions=bytes([6, 0, 0, 1]) + bytes(4))])
    assert losses(six, tmp_path) == {"fragment": "1"}


@pytest.mark.parametrize("tags", [b"\x81\x00\x00\x05", b"\x88\xa8\x00\x01\x81\x00\x00\x05"])
def test_tags_of_virtual_networks(tags: bytes, tmp_path: Path) -> None:
    content = pcap([ethernet(packet, tags) for packet in Talk().open().say(POST).packets], link=1)
    assert len(requests(content, tmp_path)) == 1


def test_an_unknown_link_type_is_told_once(tmp_path: Path) -> None:
    assert losses(pcap([b"x" * 60, b"y" * 60], link=127), tmp_path) == {"link_type": "2"}


@pytest.mark.parametrize("order", ["<", ">"])
def test_sections_and_interfaces_of_pcapng(order: str, tmp_path: Path) -> None:
    """The second interface counts in 1/1024 seconds and its clock begins 100 seconds later; a second section has interfaces of its own."""
    talk = Talk().open().say(GET, GET, GET)
    first, second, third = talk.packets[3:]
    content = section(order) + interface(101, order) + interface(1, order, resolution=0x8A, offset=100)
    content += enhanced(first, 5_000_000, order) + enhanced(ethernet(second), 10 * 1024 + 512, order, index=1)
    other = "<" if order == ">" else ">"
    content += section(other) + interface(101, other, resolution=9) + enhanced(third, 7_000_000_000, other)
    moments = [each.event.ts for each in told(content, tmp_path)]
    assert moments == [5_000.0, 110_500.0, 7_000.0]


def test_a_packet_without_time_has_none(tmp_path: Path) -> None:
    packet = Talk().say(GET).packets[0]
    content = section() + interface(snap=65_535) + block(3, struct.pack("<I", len(packet)) + packet)
    (found,) = told(content, tmp_path)
    assert found.event.ts is None
    assert opened(content, tmp_path).session.started is None


def test_the_uid_and_the_package_that_pcapdroid_writes_beside_its_packets(tmp_path: Path) -> None:
    """The name of the package may come after the packets, and an unknown uid is -1."""
    talk, other = Talk().open().say(GET), Talk(client_port=40_001).open().say(GET)
    content = section(program=b"PCAPdroid v1.8.3") + interface()
    content += b"".join(enhanced(packet, 1_700_000_000_000_000, comment=b"u-10234") for packet in talk.packets)
    content += b"".join(enhanced(packet, 1_700_000_001_000_000, comment=b"u--1") for packet in other.packets)
    content += installed(10234, "com.example.shop", "商店")
    track = opened(content, tmp_path)
    known, unknown = (each.event for each in track.events() if isinstance(each, Carried))
    assert isinstance(known, Net)
    assert isinstance(unknown, Net)
    assert (known.uid, known.package) == (10234, "com.example.shop")
    assert (unknown.uid, unknown.package) == (None, None)
    part = track.session.parts[0]
    assert (part.tool, part.version, part.clock.error_ms) == ("PCAPdroid", "1.8.3", 0.0)


def test_a_name_that_pcapdroid_cut_is_no_name(tmp_path: Path) -> None:
    content = section() + interface() + enhanced(Talk().say(GET).packets[0], 1, comment=b"u-7") + installed(7, "a" * 63, "x")
    (found,) = told(content, tmp_path)
    assert (found.event.uid, found.event.package) == (7, None)


def test_a_wrong_size_at_the_end_of_a_block_stops_nothing(tmp_path: Path) -> None:
    """PCAPdroid writes one byte of it for interfaces that it adds."""
    content = section() + interface()[:-4] + b"\x14\xff\xff\xff" + enhanced(Talk().say(GET).packets[0], 1)
    assert len(requests(content, tmp_path)) == 1


def test_the_trailer_of_pcapdroid_names_the_app_and_is_no_content(tmp_path: Path) -> None:
    frames = [trailer(ethernet(packet), 10099, "Shop") for packet in Talk().open().say(POST).packets]
    track = opened(pcap(frames, link=1), tmp_path)
    (found,) = track.events()
    assert isinstance(found, Carried)
    assert isinstance(found.event, Net)
    assert found.payload
    assert (found.event.uid, found.payload.body, found.payload.complete) == (10099, BODY, True)
    assert track.session.parts[0].tool == "PCAPdroid"


def test_a_trailer_inside_the_content_is_the_apps_own_words(tmp_path: Path) -> None:
    forged = struct.pack(">Ii20sI", 0x01072021, 10001, b"Other", 0)
    request = b"POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 32\r\n\r\n" + forged
    (found,) = told(pcap([ethernet(packet) for packet in Talk().open().say(request).packets], link=1), tmp_path)
    assert found.event.uid is None
    assert found.payload.body == forged


def test_plaintext_written_down_by_hooks_was_not_sent_in_clear(tmp_path: Path) -> None:
    """r0capture: checksums are zero, sequence numbers random and shared, addresses used again, and the zone of the header is filled."""
    numbers = random.Random(4)
    packets = []
    for port in (443, 80, 443):
        for piece in (POST[:70], POST[70:]):
            packets.append(ip4(tcp(piece, (50_000, port), numbers.randrange(1 << 32), checksum=0), checksum=0))
    content = pcap(packets, link=228, zone=-28800)
    events = [each.event for each in told(content, tmp_path) if isinstance(each, Carried)]
    assert sorted((event.port, event.visibility) for event in events if isinstance(event, Net)) == [
        (8080, "decrypted"),
        (8080, "decrypted"),
        (8080, "plain"),
    ]
    assert [(body, complete) for _, _, body, complete in requests(content, tmp_path)] == [(BODY, True)] * 3
    assert losses(content, tmp_path) == {}


def test_a_request_that_hooks_did_not_finish_does_not_swallow_the_next(tmp_path: Path) -> None:
    packets = [ip4(tcp(piece, (50_000, 443), seq, checksum=0), checksum=0) for seq, piece in ((5, POST[:-5]), (900, POST))]
    assert [(body, complete) for *_, body, complete in requests(pcap(packets, link=228), tmp_path)] == [(BODY[:-5], False), (BODY, True)]


@pytest.mark.parametrize("cut", [1, 10, 17, 60])
def test_a_truncated_tail_is_told_and_the_rest_is_read(cut: int, tmp_path: Path) -> None:
    packets = Talk().open().say(GET, GET).packets
    for content in (pcap(packets), section() + interface() + b"".join(enhanced(packet, 1) for packet in packets)):
        shorter = content[:-cut]
        assert len(requests(shorter, tmp_path)) == 1
        assert losses(shorter, tmp_path) == {"truncated": "1"}


@pytest.mark.parametrize("size", [0, 1, 8, 11])
def test_a_block_without_length_ends_the_reading(size: int, tmp_path: Path) -> None:
    content = section() + interface() + enhanced(Talk().say(GET).packets[0], 1) + struct.pack("<II", 6, size) + bytes(64)
    assert len(requests(content, tmp_path)) == 1
    assert losses(content, tmp_path) == {"damaged": "1"}


def test_lengths_over_the_file_cost_no_memory(tmp_path: Path) -> None:
    start = pcap(Talk().say(GET).packets)
    content = start + struct.pack("<IIII", 1, 1, 0xFFFFFFF0, 0xFFFFFFF0) + bytes(100)
    large = section() + interface() + enhanced(Talk().say(GET).packets[0], 1) + struct.pack("<II", 6, 0xFFFFFFF0) + bytes(100)
    tracemalloc.start()
    assert losses(content, tmp_path) == {"damaged": "1"}
    assert losses(large, tmp_path) == {"too_large": "1", "truncated": "1"}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_many_connections_are_followed_in_bounded_memory(tmp_path: Path) -> None:
    """Each of 20,000 connections leaves an unfinished request behind."""
    packets = [
        ip4(tcp(POST[:60], (1024 + index % 60_000, 80), 5), source=f"10.{index >> 16}.{index >> 8 & 255}.{index & 255}")
        for index in range(20_000)
    ]
    track = opened(pcap(packets), tmp_path)
    tracemalloc.start()
    count = sum(isinstance(each, Carried) for each in track.events())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 64 << 20


@pytest.mark.parametrize("content", [pcap([]), section() + interface(), pcap([])[:12]])
def test_a_capture_without_packets_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        opened(content, tmp_path)
    assert error.value.key == "input.run_no_packets"


@pytest.mark.parametrize("content", [b"", b"\xd4\xc3", b"\x0a\x0d\x0d\x0a" + bytes(8), b"PK\x03\x04", b"{}"])
def test_what_is_no_capture_is_not_recognised(content: bytes) -> None:
    assert not importer.recognises(Head("capture.pcap", content))


@pytest.mark.parametrize("seed", range(8))
def test_damaged_bytes_never_raise(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    talk = Talk().open().say(POST, CHUNKED).answer(b"HTTP/1.1 200 OK\r\n\r\n")
    tls = Talk(port=443, client_port=4).open().say(record(hello("a.example")))
    answer = ip4(udp(dns("a.example", SERVER), (53, 9)), protocol=17)
    frames = [*talk.packets, *tls.packets, answer, ip6(tcp(POST, (9, 80), 1), 0, bytes([6, 0]) + bytes(6))]
    whole = section() + interface() + b"".join(enhanced(frame, 5, comment=b"u-5") for frame in frames) + installed(5, "a.b", "c")
    for content in (pcap(frames), whole):
        for _ in range(60):
            broken = bytearray(content)
            for _ in range(chance.randrange(1, 12)):
                broken[chance.randrange(24, len(broken))] = chance.randrange(256)
            file = tmp_path / "broken.pcap"
            file.write_bytes(broken[: chance.randrange(40, len(broken))])
            try:
                list(importer.read(file).events())
            except InputError as error:
                assert error.key == "input.run_no_packets"
