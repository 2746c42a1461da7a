"""tshark as an oracle and as the reader of TLS: true sessions made in memory, whose content must come back whole, each request once."""

import gzip
import ssl
import struct
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "inputs"))

from captures import SERVER, Talk, block, enhanced, interface, pcap, section
from tls_sessions import Session, certificate

from mingjian.inputs.recording import pcap as importer
from mingjian.inputs.recording import tshark
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import Net, Span

HOST = "api.example"
BODY = bytes(range(256)) * 20
POST = b"POST /v1/beacon?id=1 HTTP/1.1\r\nHost: api.example\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 5120\r\n\r\n" + BODY
CHUNKED = b"POST /c HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
GET = b"GET /second HTTP/1.1\r\nHost: api.example\r\n\r\n"
READ = ("https://api.example", "decrypted")

needs_tshark = pytest.mark.skipif(tshark.find() is None, reason="tshark is not installed")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificate"), HOST)


def read(file: Path) -> tuple[list[tuple[str, str, bytes, bool]], list[Net], dict[str, str]]:
    """Requests (visibility, address, body, complete), connections nobody read, and losses."""
    requests, opaque, lost = [], [], {}
    for each in importer.read(file).events():
        if isinstance(each, Carried) and isinstance(each.event, Net) and each.payload:
            requests.append((each.event.visibility, each.payload.url, each.payload.body, each.payload.complete))
        elif isinstance(each, Net):
            opaque.append(each)
        elif isinstance(each, Span):
            lost[each.what] = each.detail
    return requests, opaque, lost


def http2(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "big") + bytes([kind, flags]) + struct.pack(">I", stream) + body


def headers(path: bytes, *more: tuple[bytes, bytes]) -> bytes:
    fields = ((b":method", b"POST"), (b":scheme", b"https"), (b":authority", HOST.encode()), (b":path", path), *more)
    return b"".join(b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in fields)


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2(4, 0, 0, b"")


@needs_tshark
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("port", [443, 18443])
def test_requests_inside_tls_come_back_as_they_were_sent(version: ssl.TLSVersion, port: int, pem: Path, tmp_path: Path) -> None:
    talk = Talk(port=port).open()
    session = Session(talk, pem, tmp_path / "a.keys", HOST, (version, ["http/1.1"]))
    session.send(POST)
    session.reply(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    session.send(CHUNKED + GET)
    (tmp_path / "a.pcap").write_bytes(pcap(talk.packets))
    requests, opaque, lost = read(tmp_path / "a.pcap")
    at = "https://api.example" if port == 443 else "https://api.example:18443"
    assert requests == [
        ("decrypted", at + "/v1/beacon?id=1", BODY, True),
        ("decrypted", at + "/c", b"abcde", True),
        ("decrypted", at + "/second", b"", True),
    ]
    assert (opaque, lost) == ([], {})


@needs_tshark
def test_streams_of_http_2_are_told_apart(pem: Path, tmp_path: Path) -> None:
    talk = Talk(port=443).open()
    session = Session(talk, pem, tmp_path / "a.keys", HOST, (ssl.TLSVersion.TLSv1_3, ["h2"]))
    packed = gzip.compress(b"imei=490154203237518", mtime=0)
    session.send(PREFACE + http2(1, 4, 1, headers(b"/one", (b"x-q", b"1"))) + http2(1, 4, 3, headers(b"/two")) + http2(0, 0, 1, b"aa"))
    session.reply(http2(4, 0, 0, b"") + http2(0, 0, 1, b"from the server"))
    session.send(http2(0, 0, 3, b"bbb") + http2(0, 1, 1, b"AA") + http2(0, 1, 3, b"BBB"))
    session.send(http2(1, 4, 5, headers(b"/packed", (b"content-encoding", b"gzip"))) + http2(0, 9, 5, b"\x03" + packed + bytes(3)))
    session.send(http2(1, 5, 7, headers(b"/empty")) + http2(1, 4, 9, headers(b"/cut")) + http2(0, 0, 9, b"begun"))
    (tmp_path / "a.pcap").write_bytes(pcap(talk.packets))
    requests, opaque, lost = read(tmp_path / "a.pcap")
    assert requests == [
        ("decrypted", "https://api.example/one", b"aaAA", True),
        ("decrypted", "https://api.example/two", b"bbbBBB", True),
        ("decrypted", "https://api.example/packed", packed, True),
        ("decrypted", "https://api.example/empty", b"", True),
        ("decrypted", "https://api.example/cut", b"begun", False),
    ]
    assert (opaque, lost) == ([], {})


@needs_tshark
def test_secrets_may_come_after_their_packets_and_for_some_sessions_only(pem: Path, tmp_path: Path) -> None:
    one, two = Talk(port=443).open(), Talk(port=443, client_port=40_001).open()
    Session(one, pem, tmp_path / "one", HOST).send(GET)
    Session(two, pem, tmp_path / "two", HOST).send(GET)
    secrets = (tmp_path / "one").read_bytes()
    content = (
        section() + interface() + b"".join(enhanced(packet, 1_700_000_000_000_000 + index) for index, packet in enumerate(one.packets))
    )
    content += b"".join(enhanced(packet, 1_700_000_001_000_000 + index) for index, packet in enumerate(two.packets))
    content += block(10, struct.pack("<II", 0x544C534B, len(secrets)) + secrets)
    (tmp_path / "a.pcapng").write_bytes(content)
    requests, opaque, lost = read(tmp_path / "a.pcapng")
    assert requests == [("decrypted", "https://api.example/second", b"", True)]
    assert [event.host for event in opaque] == [HOST]
    assert lost == {}


@needs_tshark
@pytest.mark.parametrize("asked", [b"api.example:443", SERVER.encode() + b":443"])
def test_a_request_that_a_proxy_sends_on_is_decrypted_once(asked: bytes, pem: Path, tmp_path: Path) -> None:
    """Whichever of the two sessions there are keys for: one request, and nothing left unread."""
    app = Talk(port=8080, client="127.0.0.1", server="127.0.0.1").open()
    app.say(b"CONNECT " + asked + b" HTTP/1.1\r\nHost: " + asked + b"\r\n\r\n").answer(b"HTTP/1.1 200 OK\r\n\r\n")
    Session(app, pem, tmp_path / "app", HOST).send(GET)
    behind = Talk(port=443, client="127.0.0.1", client_port=50_000).open()
    Session(behind, pem, tmp_path / "behind", HOST).send(GET)
    file = tmp_path / "a.pcap"
    file.write_bytes(pcap(app.packets + behind.packets))
    for keys in (("app",), ("behind",), ("app", "behind")):
        (tmp_path / "a.keys").write_bytes(b"".join((tmp_path / name).read_bytes() for name in keys))
        requests, opaque, lost = read(file)
        assert requests == [("decrypted", "https://api.example/second", b"", True)], keys
        assert (opaque, lost) == ([], {})


def test_without_tshark_the_connection_stays_unread_and_the_reason_is_told(
    pem: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tshark, "find", lambda: None)
    talk = Talk(port=443).open()
    Session(talk, pem, tmp_path / "a.keys", HOST).send(GET)
    (tmp_path / "a.pcap").write_bytes(pcap(talk.packets))
    requests, opaque, lost = read(tmp_path / "a.pcap")
    assert (requests, lost) == ([], {"no_tshark": "1"})
    assert [(event.host, event.visibility, event.port) for event in opaque] == [(HOST, "opaque", 443)]


@needs_tshark
def test_tshark_that_takes_too_long_is_stopped(pem: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that never ends stands in for it."""
    stuck = tmp_path / "stuck"
    stuck.write_text("#!/bin/sh\nsleep 1000 & wait\n")
    stuck.chmod(0o755)
    monkeypatch.setattr(tshark, "find", lambda: str(stuck))
    monkeypatch.setattr(tshark, "SECONDS", 0.3)
    talk = Talk(port=443).open()
    Session(talk, pem, tmp_path / "a.keys", HOST).send(GET)
    (tmp_path / "a.pcap").write_bytes(pcap(talk.packets))
    _, opaque, lost = read(tmp_path / "a.pcap")
    assert lost == {"timeout": "1"}
    assert len(opaque) == 1


@needs_tshark
def test_no_secret_is_left_behind(pem: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    talk = Talk(port=443).open()
    Session(talk, pem, tmp_path / "a.keys", HOST).send(GET)
    (tmp_path / "a.pcap").write_bytes(pcap(talk.packets))
    secret = (tmp_path / "a.keys").read_text().splitlines()[-1].split()[-1]
    events = list(importer.read(tmp_path / "a.pcap").events())
    assert not list(temporary.iterdir())
    assert secret not in repr(events)


@needs_tshark
def test_the_same_hosts_and_requests_in_clear_text(pem: Path, tmp_path: Path) -> None:
    """What tshark says of names in TLS and of requests in clear text, field by field."""
    plain = Talk().open().say(POST[:300], POST[300:], CHUNKED, GET)
    talk = Talk(port=443, client_port=40_001).open()
    Session(talk, pem, tmp_path / "a.unused", HOST).send(GET)
    file = tmp_path / "b.pcap"
    file.write_bytes(pcap(plain.packets + talk.packets))
    fields = ["-e", "http.request.full_uri", "-e", "tls.handshake.extensions_server_name"]
    command = ["tshark", "-n", "-r", file, "-Y", "http.request or tls.handshake.type == 1", "-T", "fields", *fields]
    shown = subprocess.run(command, capture_output=True, check=True).stdout.decode().split()
    requests, opaque, _ = read(file)
    assert [url for _, url, _, _ in requests] + [event.host for event in opaque] == [
        address for line in shown for address in line.split(",")
    ]
