"""Flow files of mitmproxy, of old and new versions, cut, hostile, and with what is not the app's. All samples are written here."""

import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest

from fixtures.recordings.traffic import FORM, HOST, START, flow, tnetstring
from mingjian.errors import InputError
from mingjian.inputs.recording import flows as importer
from mingjian.inputs.recording import tnetstring as tnetstring_
from mingjian.inputs.recording.track import Carried, Head, Item, Payload
from mingjian.model.run import Net, Span

WHOLE = tnetstring(flow())


def events(tmp_path: Path, content: bytes) -> list[Item]:
    path = tmp_path / "sample.flows"
    path.write_bytes(content)
    found = list(importer.read(path).events())
    assert [(item.event if isinstance(item, Carried) else item).seq for item in found] == list(range(2, 2 + len(found)))
    return found


def carried(tmp_path: Path, *flows: dict[str, Any]) -> list[tuple[Net, Payload]]:
    found = []
    for item in events(tmp_path, b"".join(map(tnetstring, flows))):
        assert isinstance(item, Carried)
        assert isinstance(item.event, Net)
        assert item.payload is not None
        found.append((item.event, item.payload))
    return found


def spans(found: list[Item]) -> list[tuple[str | None, str]]:
    return [(item.at, item.what) for item in found if isinstance(item, Span)]


def test_a_request_and_what_it_carried(tmp_path: Path) -> None:
    assert importer.recognises(Head("any", WHOLE[:65536]))
    ((net, payload),) = carried(tmp_path, flow(path=b"/v1/beacon?imei=861"))
    assert net == Net(
        seq=2,
        ts=START * 1000,
        at="flow:0",
        visibility="decrypted",
        proto="http/1.1",
        host=HOST,
        ip="203.0.113.7",
        port=443,
        method="POST",
        path="/v1/beacon?imei=*",
        status=200,
        end=(START + 0.06) * 1000,
        sent=len(FORM),
        received=2,
        body_sha256=hashlib.sha256(FORM.encode()).hexdigest(),
    )
    headers = (("Host", HOST), ("Content-Type", "application/x-www-form-urlencoded"))
    assert payload == Payload(f"https://{HOST}/v1/beacon?imei=861", headers, FORM.encode())


def old(version: list[int]) -> dict[str, Any]:
    """A flow as versions before 5 stored it: byte strings everywhere, addresses in maps before 2, other names for TLS, no peer name."""
    whole = flow()
    address: Any = [HOST.encode(), 443]
    ip: Any = [b"203.0.113.7", 443]
    if version < [2]:
        address, ip = {"address": address, "use_ipv6": False}, {"address": ip, "use_ipv6": False}
    client = {"address": {"address": [b"192.0.2.10", 5], "use_ipv6": False}, "ssl_established": True, "timestamp_ssl_setup": START}
    server = {"address": address, "ip_address": ip, "ssl_established": True, "sni": HOST.encode()}
    whole |= {"version": version, "type": b"http", "client_conn": client, "server_conn": server}
    for name in ("websocket", "is_replay", "comment", "timestamp_created"):
        del whole[name]
    request = whole["request"] | {"first_line_format": b"relative", "is_replay": False, "host": HOST.encode()}
    for name in ("authority", "trailers"):
        del request[name]
    return whole | {"request": request}


def in_bytes(value: Any) -> Any:
    """Names as bytes, as Python 2 wrote them."""
    return {name.encode(): in_bytes(member) for name, member in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("version", [[0, 18], [1, 0, 0], [2, 0, 0], [3, 0, 0]])
def test_old_versions_say_the_same(version: list[int], tmp_path: Path) -> None:
    ((new, _),) = carried(tmp_path, flow())
    for written in (old(version), in_bytes(old(version))):
        assert importer.recognises(Head("any", tnetstring(written)))
        ((net, payload),) = carried(tmp_path, written)
        assert (net, payload.body) == (new, FORM.encode())


def test_the_oldest_names_of_members(tmp_path: Path) -> None:
    whole = old([0, 13])
    whole["request"]["body"] = whole["request"].pop("content")
    whole["response"] = {"code": 204, "body": b"", "timestamp_end": START + 1}
    ((net, payload),) = carried(tmp_path, whole)
    assert (net.status, net.end, payload.body) == (204, (START + 1) * 1000, FORM.encode())


def test_a_later_version_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    ((net, _),) = carried(tmp_path, flow(version=99, unheard_of={"a": [1, 2.5, None, True, "x"]}))
    assert net.host == HOST


def test_the_name_that_the_app_wrote_comes_first(tmp_path: Path) -> None:
    ((net, payload),) = carried(tmp_path, flow(request_host="203.0.113.7", request_port=8443))
    assert (net.host, net.port, payload.url) == (HOST, 8443, f"https://{HOST}:8443/v1/beacon")
    two = flow(
        request_headers=[[b":authority", b"two.example"], [b"x-id", b"7"]],
        request_authority=b"two.example",
        request_http_version=b"HTTP/2.0",
    )
    ((net, payload),) = carried(tmp_path, two)
    assert (net.host, net.proto, payload.headers) == ("two.example", "h2", (("x-id", "7"),))
    ((net, _),) = carried(tmp_path, flow(request_headers=[], request_host="203.0.113.7"))
    assert net.host == "203.0.113.7"


def test_tls_tells_what_was_clear(tmp_path: Path) -> None:
    clear = {"peername": ["192.0.2.10", 5], "tls": False, "timestamp_tls_setup": None}
    http = {"request_scheme": b"http", "request_port": 80}
    seen = carried(tmp_path, flow(client_conn=clear, **http), flow(**http), flow(client_conn=clear), flow(client_conn={}))
    assert [net.visibility for net, _ in seen] == ["plain", "decrypted", "decrypted", "decrypted"]


def test_a_body_that_mitmproxy_did_not_keep_is_not_complete(tmp_path: Path) -> None:
    length = [[b"Host", HOST.encode()], [b"Content-Length", b"32"]]
    seen = carried(tmp_path, flow(content=None), flow(content=None, request_headers=length), flow(content=b"cut", request_headers=length))
    assert [(payload.body, payload.complete) for _, payload in seen] == [(b"", True), (b"", False), (b"cut", False)]


def test_a_packed_body_stays_packed(tmp_path: Path) -> None:
    packed = gzip.compress(FORM.encode(), mtime=0)
    ((_, payload),) = carried(tmp_path, flow(packed, request_headers=[[b"content-encoding", b"GZIP"]]))
    assert (payload.body, payload.encoding) == (packed, "gzip")


def test_failures(tmp_path: Path) -> None:
    refused = "Client TLS handshake failed. The client does not trust the proxy's certificate for a.example (tlsv1 alert unknown ca)"
    upstream = "Server TLS handshake failed. The certificate of the server is not trusted: certificate verify failed"
    first = flow(error={"msg": refused, "timestamp": START}, response=None, request_method=b"CONNECT")
    second = flow(error={"msg": upstream, "timestamp": START}, response=None)
    found = events(tmp_path, tnetstring(first) + tnetstring(second))
    assert isinstance(found[0], Net)
    assert (found[0].visibility, found[0].error, found[0].status) == ("refused", refused, None)
    assert isinstance(found[1], Carried)
    assert isinstance(found[1].event, Net)
    assert (found[1].event.visibility, found[1].event.error) == ("decrypted", upstream)


def test_a_tunnel_is_opaque(tmp_path: Path) -> None:
    (net,) = events(tmp_path, tnetstring(flow(b"", b"", request_method=b"CONNECT", request_authority=b"a.example:443", request_scheme=b"")))
    assert isinstance(net, Net)
    assert (net.visibility, net.host, net.port) == ("opaque", "a.example", 443)


MESSAGES = [
    [1, True, b"imei=861", START + 1, False, False],
    [1, False, b"ok", START + 2, False, False],
    [2, True, b"\x00\xff", START + 3, False, False],
    [1, True, b"operator", START + 4, False, True],
    [1, True],
]


def test_messages_of_a_web_socket(tmp_path: Path) -> None:
    seen = carried(tmp_path, flow(websocket={"messages": MESSAGES, "close_code": 1000}))
    assert [(net.at, net.proto, net.ts, payload.body) for net, payload in seen] == [
        ("flow:0", "http/1.1", START * 1000, FORM.encode()),
        ("flow:0.messages[0]", "websocket", (START + 1) * 1000, b"imei=861"),
        ("flow:0.messages[2]", "websocket", (START + 3) * 1000, b"\x00\xff"),
    ]
    assert {(net.host, net.visibility) for net, _ in seen} == {(HOST, "decrypted")}


def test_web_sockets_were_flows_of_their_own_before_version_12(tmp_path: Path) -> None:
    whole = old([3, 0, 0]) | {
        "type": b"websocket",
        "messages": [message[:4] for message in MESSAGES],
        "metadata": {"websocket_handshake": "x"},
    }
    del whole["request"], whole["response"]
    seen = carried(tmp_path, whole)
    assert [(net.host, net.port, net.visibility, payload.body) for net, payload in seen] == [
        (HOST, 443, "decrypted", b"imei=861"),
        (HOST, 443, "decrypted", b"\x00\xff"),
        (HOST, 443, "decrypted", b"operator"),
    ]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_other_protocols_carry_what_the_client_sent(transport: str, tmp_path: Path) -> None:
    whole = flow(type=transport, messages=[[False, b"hello", START], [True, b"imei=", START + 1], [True, b"861", START + 2]])
    del whole["request"], whole["response"]
    ((net, payload),) = carried(tmp_path, whole)
    assert (net.proto, net.host, net.port, net.ts, net.path) == (transport, HOST, 443, (START + 1) * 1000, None)
    assert (net.visibility, payload.url, payload.body) == ("decrypted", f"{transport}://{HOST}:443", b"imei=861")


def test_a_look_up_names_no_recipient(tmp_path: Path) -> None:
    server = {"address": ["192.0.2.53", 53], "peername": ["192.0.2.53", 53]}
    request = {"questions": [{"name": "ads.example", "type": 1, "class_": 1}], "timestamp": START}
    ((net, _),) = carried(tmp_path, flow(type="dns", request=request, response=None, server_conn=server, client_conn={}))
    assert (net.proto, net.visibility, net.host, net.ip, net.path, net.ts) == (
        "dns",
        "plain",
        None,
        "192.0.2.53",
        "ads.example",
        START * 1000,
    )


def test_what_the_operator_replayed_is_not_the_apps(tmp_path: Path) -> None:
    assert events(tmp_path, tnetstring(flow(is_replay="request"))) == []
    assert len(events(tmp_path, tnetstring(flow(is_replay="response")))) == 1
    replayed = old([3, 0, 0])
    replayed["request"]["is_replay"] = True
    assert events(tmp_path, tnetstring(replayed)) == []


def test_a_cut_tail_is_normal_after_a_kill(tmp_path: Path) -> None:
    for cut in (1, 10, len(WHOLE) - 5, len(WHOLE) - 1):
        found = events(tmp_path, WHOLE + WHOLE[:-cut])
        assert spans(found) == [("flow:1", "truncated")]
        assert len(found) == 2


@pytest.mark.parametrize("tail", [b"1000000000000000000:", b"999999999999:4:true!", b"64000000000:x"])
def test_lengths_that_no_file_has(tail: bytes, tmp_path: Path) -> None:
    found = events(tmp_path, WHOLE + tail)
    assert len(found) == 2
    assert spans(found)[0][1] in ("truncated", "bad_frame")


@pytest.mark.parametrize("tail", [b"{}", b":", b"5:ab", b"-1:,", b"3:abc?", b"x" * 5000])
def test_what_follows_and_is_no_flow_ends_the_reading(tail: bytes, tmp_path: Path) -> None:
    found = events(tmp_path, WHOLE + tail + WHOLE)
    assert spans(found) in ([("flow:1", "bad_frame")], [("flow:1", "truncated")])


@pytest.mark.parametrize("other", [b"0:~", b"4:true!", b"3:abc;", b"0:]"])
def test_another_value_between_flows_is_lost_alone(other: bytes, tmp_path: Path) -> None:
    found = events(tmp_path, WHOLE + other + WHOLE)
    assert spans(found) == [("flow:1", "bad_record")]
    assert len(found) == 3


def test_a_flow_that_is_too_large_is_lost_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tnetstring_, "MOST_RECORD", 10_000)
    for large in (flow(b"x" * 20_000), flow(websocket={"messages": [[1, True, b"x" * 20_000, START]]})):
        found = events(tmp_path, WHOLE + tnetstring(large) + WHOLE)
        assert spans(found) == [("flow:1", "too_large")]
        assert len(found) == 3


def test_a_large_reply_costs_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tnetstring_, "MOST_RECORD", 10_000)
    large = flow(response={"status_code": 200, "content": b"x" * 20_000})
    for written in (large, dict(reversed(large.items()))):
        found = events(tmp_path, tnetstring(written) + WHOLE)
        assert [item.payload.body for item in found if isinstance(item, Carried) and item.payload] == [FORM.encode()] * 2
    broken = tnetstring(large).replace(b"8:response;", b"x:response;")
    assert spans(events(tmp_path, WHOLE + broken + WHOLE)) == [("flow:1", "bad_record")]


def nested(depth: int) -> bytes:
    value = b"0:~"
    for _ in range(depth):
        value = b"%d:%s]" % (len(value), value)
    return value


def test_nesting_is_never_unfolded(tmp_path: Path) -> None:
    deep = nested(20_000)
    inner = tnetstring("metadata") + deep + tnetstring("type") + tnetstring("http")
    inner += tnetstring("request") + tnetstring(flow()["request"])
    found = events(tmp_path, b"%d:%s}" % (len(inner), inner))
    assert len(found) == 1
    assert isinstance(found[0], Carried)


BAD = [
    {"request": None},
    {"request": 5},
    {"request": b"x"},
    {"type": "smtp"},
]


@pytest.mark.parametrize("changes", BAD)
def test_a_flow_that_cannot_be_read_is_lost_alone(changes: dict[str, Any], tmp_path: Path) -> None:
    found = events(tmp_path, WHOLE + tnetstring(flow(**changes)) + WHOLE)
    assert [at for at, _ in spans(found)] == ["flow:1"]
    assert len(found) == 3


def test_broken_members_lose_one_flow(tmp_path: Path) -> None:
    broken = bytearray(WHOLE)
    broken[WHOLE.index(b"7:request;") : WHOLE.index(b"7:request;") + 1] = b"9"
    found = events(tmp_path, WHOLE + bytes(broken) + WHOLE)
    assert spans(found) == [("flow:1", "bad_record")]
    assert len(found) == 3


@pytest.mark.parametrize("wrong", [None, True, 5, 2.5, b"\xff", "x", [], {}, [[]], {"a": []}, [[b"only name"], [1, 2], b"x"]])
def test_members_of_the_wrong_type_are_unknown(wrong: object, tmp_path: Path) -> None:
    names = ("host", "port", "method", "scheme", "authority", "path", "http_version", "headers", "content", "timestamp_start")
    written = flow(client_conn=wrong, server_conn=wrong, response=wrong, error=wrong, **{f"request_{name}": wrong for name in names})
    (found,) = events(tmp_path, tnetstring(written))
    assert isinstance(found, (Carried, Net))


@pytest.mark.parametrize("content", [WHOLE[:100], b"12:", b"9999:4:type;"])
def test_a_file_without_a_whole_flow_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        events(tmp_path, content)
    assert refused.value.key == "input.run_no_traffic"


@pytest.mark.parametrize("start", [b"", b"{", b"12:3:abc;", b"200:4:name;", b"PK\x03\x04", b"7:request;"])
def test_what_is_no_flow_file(start: bytes) -> None:
    assert not importer.recognises(Head("flows", start))
