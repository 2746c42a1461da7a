"""Requests and connections of captures, put together in order however they were cut."""

import random
import struct
from pathlib import Path

import pytest
from capture_readings import BODY, CHUNKED, GET, POST, losses, opaque, requests, told
from captures import (
    PHONE,
    SERVER,
    Talk,
    dns,
    hello,
    ip4,
    pcap,
    record,
    tcp,
    udp,
)


def _segments(content: bytes, size: int) -> list[bytes]:
    return Talk().open().say(*(content[at : at + size] for at in range(0, len(content), size))).packets


@pytest.mark.parametrize("size", [1, 2, 7, 100, 1400])
def test_requests_are_the_same_however_they_are_cut_into_segments(size: int, tmp_path: Path) -> None:
    found = requests(pcap(_segments(POST + CHUNKED + GET, size)), tmp_path)
    assert found == [
        ("POST", "http://ads.example:8080/v1/beacon", BODY, True),
        ("POST", "http://c.example/c", BODY, True),
        ("GET", "http://api.example/v1/config?channel=abc", b"", True),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_order_and_repetition_of_segments_do_not_matter(seed: int, tmp_path: Path) -> None:
    order = random.Random(seed)
    opening, _, _, *segments = _segments(POST + CHUNKED + GET, 9)
    segments += [order.choice(segments) for _ in range(10)]
    order.shuffle(segments)
    assert [body for _, _, body, complete in requests(pcap([opening, *segments]), tmp_path) if complete] == [BODY, BODY, b""]


def test_segments_that_overlap_are_read_once(tmp_path: Path) -> None:
    packets = [ip4(tcp(POST[at : at + 30], (40_000, 80), 100 + at)) for at in range(0, len(POST), 10)]
    assert [(body, complete) for *_, body, complete in requests(pcap(packets), tmp_path)] == [(BODY, True)]


def test_sequence_numbers_begin_again_after_the_highest(tmp_path: Path) -> None:
    talk = Talk(seq=(1 << 32) - 20).open().say(POST[:40], POST[40:])
    assert [body for *_, body, _ in requests(pcap(talk.packets), tmp_path)] == [BODY]


def test_a_hole_in_a_body_is_told_and_the_next_request_is_read(tmp_path: Path) -> None:
    head = b"POST /l HTTP/1.1\r\nHost: l.example\r\nContent-Length: 300\r\n\r\n"
    packets = Talk().open().say(head, b"a" * 100, b"b" * 100, b"c" * 100, GET).packets
    del packets[5]
    content = pcap(packets)
    found = requests(content, tmp_path)
    assert [(body, complete) for *_, body, complete in found] == [(b"a" * 100 + b"c" * 100, False), (b"", True)]
    assert losses(content, tmp_path) == {"gap": "1"}


def test_a_hole_in_the_headers_leaves_what_stands_before_it(tmp_path: Path) -> None:
    talk = Talk().open().say(POST[:50])
    talk.seq += 40
    content = pcap(talk.say(POST[-10:], GET).packets)
    found = requests(content, tmp_path)
    assert [(method, complete) for method, _, _, complete in found] == [("POST", False), ("GET", True)]
    assert losses(content, tmp_path) == {"gap": "1"}


def test_a_packet_of_which_the_end_was_not_captured(tmp_path: Path) -> None:
    packets = Talk().open().say(POST, GET).packets
    content = pcap(packets[:3]) + struct.pack("<IIII", 1_700_000_009, 0, len(packets[3]) - 8, len(packets[3])) + packets[3][:-8]
    content += pcap(packets[4:])[24:]
    assert [(body, complete) for *_, body, complete in requests(content, tmp_path)] == [(BODY[:-8], False), (b"", True)]


def test_a_capture_that_begins_amid_a_request_says_so(tmp_path: Path) -> None:
    content = pcap(Talk().say(POST[60:], GET).packets)
    assert [method for method, *_ in requests(content, tmp_path)] == ["GET"]
    assert losses(content, tmp_path) == {"gap": "1"}


def test_the_same_ports_used_again_are_another_connection(tmp_path: Path) -> None:
    first = Talk(port=443).open().say(record(hello("one.example"))).answer(b"x" * 50)
    second = Talk(port=443, seq=77_000_000).open().say(record(hello("two.example")), b"y" * 100)
    found = opaque(pcap(first.packets + second.packets), tmp_path)
    assert [(event.host, event.sent, event.received) for event in found] == [
        ("one.example", len(record(hello("one.example"))), 50),
        ("two.example", len(record(hello("two.example"))) + 100, 0),
    ]


def test_the_host_of_tls_over_records_and_segments(tmp_path: Path) -> None:
    message = hello("deep.api.example", padding=3000)
    records = b"".join(record(message[at : at + 700]) for at in range(0, len(message), 700))
    talk = Talk(port=443).open().say(*(records[at : at + 555] for at in range(0, len(records), 555))).answer(b"\x16\x03\x03" + bytes(99))
    (event,) = opaque(pcap(talk.packets), tmp_path)
    assert (event.host, event.visibility, event.proto, event.port) == ("deep.api.example", "opaque", "tls", 443)
    assert (event.sent, event.received) == (len(records), 102)
    assert event.ts == 1_700_000_000_500.0
    assert event.end == 1_700_000_000_500.0 + (len(talk.packets) - 1) * 1000


@pytest.mark.parametrize("name", ["", "a b.example", "x" * 64 + ".example", "ex\x00ample"])
def test_a_host_that_is_none_is_unknown(name: str, tmp_path: Path) -> None:
    talk = Talk(port=443).open().say(record(hello(name)))
    assert opaque(pcap(talk.packets), tmp_path)[0].host is None


def test_an_address_gives_a_host_only_when_one_name_was_answered(tmp_path: Path) -> None:
    """The answer may come after the connection in the file; a shared address tells nothing."""
    talks = [
        Talk(port=443, client_port=40_000 + index, server=f"198.51.100.{index}").open().say(record(hello(None))) for index in (1, 2, 3)
    ]
    answers = [dns("one.example", "198.51.100.1", "198.51.100.2"), dns("two.example", "198.51.100.2"), dns("one.example", "198.51.100.1")]
    packets = [packet for talk in talks for packet in talk.packets]
    packets += [ip4(udp(answer, (53, 5000)), "192.0.2.53", PHONE, 17) for answer in answers]
    assert [event.host for event in opaque(pcap(packets), tmp_path)] == ["one.example", None, None]


def test_datagrams(tmp_path: Path) -> None:
    initial = b"\xc3\x00\x00\x00\x01" + bytes(1195)
    packets = [
        ip4(udp(initial, (50_000, 443)), protocol=17),
        ip4(udp(bytes(500), (443, 50_000)), SERVER, PHONE, 17),
        ip4(udp(b"\x17\xfe\xfd" + bytes(40), (50_001, 3478)), protocol=17),
        ip4(udp(bytes(40), (5353, 5353)), target="224.0.0.251", protocol=17),
        ip4(udp(dns("a.example", SERVER)[:20], (50_002, 53)), protocol=17),
    ]
    found = opaque(pcap(packets), tmp_path)
    assert [(event.proto, event.port, event.sent, event.received) for event in found] == [("quic", 443, 1200, 500), ("udp", 3478, 43, 0)]


def test_other_protocols_are_told_as_unread(tmp_path: Path) -> None:
    (event,) = opaque(pcap(Talk(port=1883).open().say(b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02id").packets), tmp_path)
    assert (event.visibility, event.proto, event.unread) == ("opaque", "tcp", "protocol")
    (event,) = opaque(pcap(Talk().open().say(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").packets), tmp_path)
    assert event.proto == "h2"


def test_a_web_socket_is_unread_after_its_request(tmp_path: Path) -> None:
    upgrade = b"GET /s HTTP/1.1\r\nHost: w.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    content = pcap(Talk().open().say(upgrade, b"\x81\x85\x00\x00\x00\x00hello", GET).packets)
    assert [method for method, *_ in requests(content, tmp_path)] == ["GET"]
    assert [event.proto for event in opaque(content, tmp_path)] == ["websocket"]


def _legs(second: bytes, host: str = "127.0.0.1") -> list[bytes]:
    """What an app sends to a proxy on the same machine, and what the proxy sends on."""
    return Talk(port=443, client_port=60_000, client=host, server="203.0.113.9").open().say(second).packets


def test_a_connection_that_a_proxy_sends_on_counts_once(tmp_path: Path) -> None:
    ask = b"CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n\r\n"
    app = Talk(port=8080, client="127.0.0.1", server="127.0.0.1").open().say(ask).answer(b"HTTP/1.1 200 OK\r\n\r\n")
    app.say(record(hello("api.example")))
    (event,) = opaque(pcap(app.packets + _legs(record(hello("api.example")))), tmp_path)
    assert (event.host, event.ip, event.port, event.proto) == ("api.example", None, 443, "tls")
    both = opaque(pcap(app.packets + _legs(record(hello("other.example")))), tmp_path)
    assert sorted(each.host or "" for each in both) == ["api.example", "other.example"]


def test_a_request_that_a_proxy_sends_on_counts_once(tmp_path: Path) -> None:
    asked = b"GET http://api.example/v1?id=5 HTTP/1.1\r\nHost: api.example\r\n\r\n"
    sent_on = b"GET /v1?id=5 HTTP/1.1\r\nHost: api.example\r\n\r\n"
    app = Talk(port=8080, client="127.0.0.1", server="127.0.0.1").open().say(asked)
    found = requests(pcap(app.packets + _legs(sent_on)), tmp_path)
    assert found == [("GET", "http://api.example/v1?id=5", b"", True)]
    elsewhere = requests(pcap(app.packets + _legs(sent_on, "10.0.0.2")), tmp_path)
    assert len(elsewhere) == 2


def test_a_proxy_that_was_asked_and_nothing_more_is_no_traffic(tmp_path: Path) -> None:
    content = pcap(Talk(port=8080).open().say(b"CONNECT a.example:443 HTTP/1.1\r\n\r\n").packets)
    assert told(content, tmp_path) == []
