"""Sessions of Charles exported as JSON. All samples are written here."""

import base64
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import only
import pytest

from fixtures.recordings.traffic import FORM, HOST, charles, session
from mingjian.errors import InputError
from mingjian.inputs.recording import chlsj as importer
from mingjian.inputs.recording.track import Head, Item, Payload
from mingjian.model.run import Net, Span

ASKED_AT = 1_790_000_000_250.0
"""2026-09-21T22:13:20.250+08:00."""


def events(tmp_path: Path, content: bytes, name: str = "sample.chlsj") -> list[Item]:
    path = tmp_path / name
    path.write_bytes(content)
    return list(importer.read(path).events())


def one(tmp_path: Path, **changes: object) -> tuple[Net, Payload]:
    return only.request(events(tmp_path, session(charles(**changes))))


def lone(tmp_path: Path, **changes: object) -> Net:
    return only.connection(events(tmp_path, session(charles(**changes))))


def test_a_request_and_what_it_carried(tmp_path: Path) -> None:
    content = session(charles(query="imei=861&v=2"))
    assert importer.recognises(Head("any.json", content))
    net, payload = one(tmp_path, query="imei=861&v=2")
    assert net == Net(
        seq=2,
        ts=ASKED_AT,
        at="charles:[0]",
        visibility="decrypted",
        proto="http/1.1",
        host=HOST,
        ip="203.0.113.7",
        port=443,
        method="POST",
        path="/v1/beacon?imei=*&v=*",
        status=200,
        end=ASKED_AT + 250,
        sent=len(FORM),
        received=2,
        body_sha256=hashlib.sha256(FORM.encode()).hexdigest(),
    )
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    assert payload == Payload(f"https://{HOST}/v1/beacon?imei=861&v=2", (kind,), FORM.encode())


def test_a_tunnel_is_opaque(tmp_path: Path) -> None:
    net = lone(tmp_path, tunnel=True, method="CONNECT", path=None, request={}, response={})
    assert (net.visibility, net.host, net.port, net.method, net.path) == ("opaque", HOST, 443, "CONNECT", None)
    assert lone(tmp_path, tunnel=True, method="GET").visibility == "opaque"


def test_a_client_that_refuses_the_proxy(tmp_path: Path) -> None:
    said = "SSL handshake with client failed: An unknown issue occurred processing the certificate (certificate_unknown)"
    for field in ({"errorMessage": said}, {"exception": said}, {"notes": said}):
        net = lone(tmp_path, status="FAILED", tunnel=True, method="CONNECT", request={}, response={}, **field)
        assert (net.visibility, net.host, net.error) == ("refused", HOST, said)
    net = lone(tmp_path, status="FAILED", tunnel=True, method="CONNECT", request={}, response={})
    assert (net.visibility, net.error) == ("opaque", "failed")


def test_clear_text(tmp_path: Path) -> None:
    net, payload = one(tmp_path, scheme="http", actualPort=None, port=None)
    assert (net.visibility, net.port, payload.url) == ("plain", 80, f"http://{HOST}/v1/beacon")


def test_an_address_is_written_as_far_as_it_is_known(tmp_path: Path) -> None:
    assert one(tmp_path, scheme=None, actualPort=8443)[1].url == f"//{HOST}:8443/v1/beacon"
    assert one(tmp_path, host="2001:db8::1", actualPort=8443)[1].url == "https://[2001:db8::1]:8443/v1/beacon"


def body(shown: dict[str, Any], **told: object) -> dict[str, Any]:
    headers = [{"name": name.replace("_", "-"), "value": value} for name, value in told.items() if isinstance(value, str)]
    return {"sizes": {"body": told.get("size", -1)}, "header": {"headers": headers}, "body": shown}


def test_bodies(tmp_path: Path) -> None:
    packed = gzip.compress(FORM.encode(), mtime=0)
    encoded = base64.b64encode(packed).decode()
    _, payload = one(tmp_path, request=body({"encoding": "base64", "encoded": encoded}, content_encoding="gzip", size=len(packed)))
    assert (payload.body, payload.encoding, payload.complete) == (packed, "gzip", True)
    _, payload = one(tmp_path, request=body({"encoded": encoded}) | {"contentEncoding": "gzip"})
    assert (payload.body, payload.encoding) == (packed, "gzip")
    _, payload = one(tmp_path, request=body({"text": FORM, "charset": "UTF-8", "decoded": True}, content_encoding="gzip", size=len(packed)))
    assert (payload.body, payload.encoding, payload.complete) == (FORM.encode(), "", True)
    _, payload = one(tmp_path, request=body({"text": "姓名", "charset": "GBK"}, size=4))
    assert (payload.body, payload.complete) == ("姓名".encode("gbk"), True)
    _, payload = one(tmp_path, request=body({}, size=100))
    assert (payload.body, payload.complete) == (b"", False)


@pytest.mark.parametrize(
    ("times", "ts"),
    [
        ({"start": "2026-09-21T22:13:20.250+08:00"}, ASKED_AT),
        ({"start": "2026-09-21T22:13:19+08:00", "requestBegin": "2026-09-21T14:13:20.250Z"}, ASKED_AT),
        ({"start": "2026-09-21T22:13:20.250"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_moments_have_a_zone_or_are_unknown(times: object, ts: float | None, tmp_path: Path) -> None:
    assert one(tmp_path, times=times)[0].ts == ts


@pytest.mark.parametrize("wrong", [None, 5, "x", [], {}, True, -1, 1e300])
def test_members_of_the_wrong_type_are_unknown(wrong: object, tmp_path: Path) -> None:
    names = (
        "method",
        "protocolVersion",
        "actualPort",
        "port",
        "remoteAddress",
        "times",
        "request",
        "response",
        "status",
        "query",
        "webSocket",
    )
    net, _ = one(tmp_path, **dict.fromkeys(names, wrong))
    assert (net.host, net.ts, net.ip) == (HOST, None, None)
    assert len(events(tmp_path, session(dict.fromkeys(charles(), wrong)))) == 1


@pytest.mark.parametrize("name", ["a.chls", "A.CHLS", "a.chlz", "a.chlsx"])
def test_a_session_of_its_own_format_is_refused_with_what_to_do(name: str, tmp_path: Path) -> None:
    content = b"\xac\xed\x00\x05sr\x00\x10"
    assert importer.recognises(Head(name, content))
    with pytest.raises(InputError) as refused:
        events(tmp_path, content, name)
    assert refused.value.key == "input.run_charles_session"


def test_what_a_cut_file_still_holds(tmp_path: Path) -> None:
    content = session(charles(), charles())
    found = events(tmp_path, content[:-20])
    assert [(item.at, item.what) for item in found if isinstance(item, Span)] == [("charles:", "truncated")]
    assert len(found) == 2
    with pytest.raises(InputError) as refused:
        events(tmp_path, content[:100])
    assert refused.value.key == "input.run_no_traffic"


def test_a_broken_entry_is_lost_alone(tmp_path: Path) -> None:
    good = json.dumps(charles()).encode()
    for bad in (b"{nonsense}", b"7", b"null", b"[" * 500 + b"]" * 500):
        found = events(tmp_path, b"[" + good + b"," + bad + b"," + good + b"]")
        assert [item.at for item in found if isinstance(item, Span)] == ["charles:[1]"]
        assert len(found) == 3


@pytest.mark.parametrize("start", [b"", b"[1, 2]", b'[{"a": 1}]', b'{"log": {}}', b'[{"tunnel": true}]'])
def test_what_is_no_session(start: bytes) -> None:
    assert not importer.recognises(Head("sample.json", start))
