"""HAR in the dialects of its writers: what each request says, what stays unknown, and what is lost. All samples are written here."""

import base64
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from har_readings import ASKED_AT, events, lone, one, session

from fixtures.recordings.traffic import FORM, HOST, entry, har, posted
from mingjian.inputs.recording.track import Carried, Payload
from mingjian.model.run import Net


def test_a_request_and_what_it_carried(tmp_path: Path) -> None:
    net, payload = one(
        tmp_path, entry(f"https://{HOST}/v1/beacon?imei=860000000000001&v=1#top", request=posted(FORM), serverIPAddress="203.0.113.7")
    )
    assert net == Net(
        seq=2,
        ts=ASKED_AT,
        at="har:entries[0]",
        visibility="decrypted",
        proto="http/1.1",
        host=HOST,
        ip="203.0.113.7",
        port=443,
        method="POST",
        path="/v1/beacon?imei=*&v=*",
        status=200,
        end=ASKED_AT + 12.5,
        sent=len(FORM),
        received=2,
        body_sha256=hashlib.sha256(FORM.encode()).hexdigest(),
    )
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    assert payload == Payload(f"https://{HOST}/v1/beacon?imei=860000000000001&v=1#top", (kind,), FORM.encode())


def test_the_tool_is_the_one_that_the_file_names(tmp_path: Path) -> None:
    (part,) = session(tmp_path, har(entry())).parts
    assert (part.tool, part.version, part.tier, part.format, part.name) == ("Tool", "1.0", "proxy", "har", "sample.har")
    assert part.clock.error_ms is None
    assert session(tmp_path, har(creator={"name": "PCAPdroid", "version": "1.8"})).parts[0].tier == "capture"
    assert session(tmp_path, b'{"log": {"entries": [], "creator": 5}}').parts[0].tool == "HAR"


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ("2026-09-21T14:13:20.250Z", 250.0),
        ("2026-09-21T14:13:20.25+00:00", 250.0),
        ("2026-09-21T22:13:20.2500000+08:00", 250.0),
        ("2026-09-21T22:13:20.250123456789+0800", 250.123456789),
        ("2026-09-21T07:43:20-06:30", 0.0),
        ("2026-09-21 14:13:20,250Z", 250.0),
        ("2026-09-21T14:13:20.250", None),
        ("2026-09-21T14:13:60Z", None),
        ("2026-02-30T14:13:20Z", None),
        ("Mon, 21 Sep 2026 14:13:20 GMT", None),
        ("", None),
        (1_790_000_000_250, None),
        (None, None),
    ],
)
def test_moments_have_a_zone_or_are_unknown(written: object, milliseconds: float | None, tmp_path: Path) -> None:
    net, _ = one(tmp_path, entry(startedDateTime=written))
    assert net.ts == (None if milliseconds is None else pytest.approx(1_790_000_000_000.0 + milliseconds))
    assert (net.end is None) == (net.ts is None)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("HTTP/1.1", "http/1.1"),
        ("http/1.0", "http/1.0"),
        ("HTTP/2.0", "h2"),
        ("HTTP/2", "h2"),
        ("h2", "h2"),
        ("h3", "h3"),
        ("HTTP/3.0", "h3"),
        ("http/2.0+quic/46", "h2"),
        ("h3-29", "h3"),
        ("", "http/1.1"),
        ("unknown", "unknown"),
    ],
)
def test_spellings_of_the_protocol(written: str, known: str, tmp_path: Path) -> None:
    assert one(tmp_path, entry(request={"httpVersion": written}))[0].proto == known


@pytest.mark.parametrize(
    ("url", "host", "port", "visibility"),
    [
        ("http://a.example/", "a.example", 80, "plain"),
        ("https://A.Example./", "a.example", 443, "decrypted"),
        ("https://user:secret@a.example:8443/", "a.example", 8443, "decrypted"),
        ("http://[2001:db8::1]:8080/", "2001:db8::1", 8080, "plain"),
        ("wss://a.example/ws", "a.example", 443, "decrypted"),
        ("ws://a.example/ws", "a.example", 80, "plain"),
        ("https://a.example:99999/", "a.example", 443, "decrypted"),
        ("https://a.example?q=1", "a.example", 443, "decrypted"),
        ("https://[::1", "::1", 443, "decrypted"),
    ],
)
def test_addresses(url: str, host: str, port: int | None, visibility: str, tmp_path: Path) -> None:
    net, _ = one(tmp_path, entry(url))
    assert (net.host, net.port, net.visibility) == (host, port, visibility)


def test_an_address_without_its_server_is_completed_from_the_headers(tmp_path: Path) -> None:
    pseudo = [{"name": ":method", "value": "GET"}, {"name": ":scheme", "value": "https"}, {"name": ":authority", "value": "a.example"}]
    net, payload = one(tmp_path, entry("/x", request={"headers": [*pseudo, {"name": "X-Id", "value": "7"}]}))
    assert (net.host, net.port, net.visibility, payload.headers) == ("a.example", 443, "decrypted", (("X-Id", "7"),))
    net, payload = one(tmp_path, entry("/x", request={"headers": [{"name": "HOST", "value": "a.example:8080"}]}))
    assert (net.host, net.port, payload.url) == ("a.example", 8080, "//a.example:8080/x")


def test_a_query_that_stands_apart_is_put_back(tmp_path: Path) -> None:
    query = [{"name": "imei", "value": "86 1"}, {"name": "flag"}]
    net, payload = one(tmp_path, entry("https://a.example/x", request={"queryString": query}))
    assert (net.path, payload.url) == ("/x?imei=*&flag=*", "https://a.example/x?imei=86+1&flag=")


@pytest.mark.parametrize(
    ("written", "known"), [("203.0.113.7", "203.0.113.7"), ("[2001:db8::1]", "2001:db8::1"), ("", None), ("name", None), (7, None)]
)
def test_addresses_of_servers(written: object, known: str | None, tmp_path: Path) -> None:
    assert one(tmp_path, entry(serverIPAddress=written))[0].ip == known


def test_headers_as_a_map_and_cookies_apart(tmp_path: Path) -> None:
    _, payload = one(
        tmp_path, entry(request={"headers": {"X-Id": "7"}, "cookies": [{"name": "uid", "value": "42"}, {"name": "a", "value": "b"}]})
    )
    assert payload.headers == (("X-Id", "7"), ("Cookie", "uid=42; a=b"))
    headers = [{"name": "cookie", "value": "uid=42"}, {"name": "", "value": "x"}, {"value": "y"}, "z", {"name": "N", "value": 5}]
    _, payload = one(tmp_path, entry(request={"headers": headers, "cookies": [{"name": "uid", "value": "42"}]}))
    assert payload.headers == (("cookie", "uid=42"), ("N", "5"))


@pytest.mark.parametrize("missing", ["request", "response", "startedDateTime", "time", "cache", "timings"])
def test_entries_that_lack_members(missing: str, tmp_path: Path) -> None:
    whole = entry(request=posted(FORM))
    del whole[missing]
    net, payload = one(tmp_path, whole)
    assert net.status == (None if missing == "response" else 200)
    assert net.ts == (None if missing == "startedDateTime" else ASKED_AT)
    assert payload.body == (b"" if missing == "request" else FORM.encode())


@pytest.mark.parametrize(
    "wrong", [None, 5, "x", [], True, {"status": "200", "headers": "x", "url": 5, "postData": [], "method": None, "comment": 7}]
)
def test_members_of_the_wrong_type_are_unknown(wrong: object, tmp_path: Path) -> None:
    net, payload = one(tmp_path, dict.fromkeys(("startedDateTime", "time", "request", "response", "serverIPAddress", "connection"), wrong))
    assert (net.ts, net.status, net.ip, net.method) == (None, None, None, None)
    assert payload.body == b""


def test_a_reply_that_never_came(tmp_path: Path) -> None:
    """PCAPdroid writes status 0 and times of -1."""
    net, payload = one(tmp_path, entry(time=-1, request=posted(FORM), response={"status": 0, "bodySize": -1}, connection="12"))
    assert (net.status, net.end, net.received, net.error, net.visibility) == (None, None, None, None, "decrypted")
    assert payload.body == FORM.encode()


def test_bytes_in_base64(tmp_path: Path) -> None:
    content = bytes(range(256))
    packed = base64.b64encode(content).decode()
    _, payload = one(tmp_path, entry(request=posted(packed, "application/octet-stream", encoding="base64")))
    assert (payload.body, payload.complete) == (content, True)
    _, payload = one(tmp_path, entry(request=posted(packed.replace("+", "-").replace("/", "_").rstrip("="), "x/y", encoding="BASE64")))
    assert (payload.body, payload.complete) == (content, True)
    _, payload = one(tmp_path, entry(request=posted("no *base64*", "x/y", encoding="base64")))
    assert (payload.body, payload.complete) == (b"no *base64*", False)
    aside = {"method": "POST", "_content": {"text": packed, "encoding": "base64", "size": 256}}
    assert one(tmp_path, entry(request=aside))[1].body == content


def test_bytes_shown_as_characters_one_by_one(tmp_path: Path) -> None:
    """mitmproxy shows a body without a charset as latin-1: the length tells it from UTF-8."""
    content = bytes(range(256))
    for told in ({"bodySize": 256}, {"headers": [{"name": "Content-Length", "value": "256"}]}, {}):
        _, payload = one(tmp_path, entry(request=posted(content.decode("latin-1"), "application/octet-stream") | told))
        assert (payload.body, payload.complete) == (content, True)


def test_bytes_shown_as_half_surrogates(tmp_path: Path) -> None:
    """mitmproxy shows bytes that its charset cannot read so; a strict parser gives up on them."""
    content = b'{"a": "\x80\xff\xfe"}'
    escaped = json.dumps(entry(request=posted(content.decode("utf-8", "surrogateescape"), "application/json; charset=utf-8")))
    assert "\\udc80" in escaped
    (found,) = events(tmp_path, b'{"log": {"entries": [' + escaped.encode() + b"]}}")
    assert isinstance(found, Carried)
    assert found.payload is not None
    assert (found.payload.body, found.payload.complete) == (content, True)


def test_text_in_the_charset_of_its_type(tmp_path: Path) -> None:
    for charset in ("utf-8", "gbk"):
        content = "name=张三".encode(charset)
        told = {"bodySize": len(content)}
        _, payload = one(tmp_path, entry(request=posted("name=张三", f"text/plain; charset={charset}") | told))
        assert (payload.body, payload.complete) == (content, True)
    _, payload = one(tmp_path, entry(request=posted("name=张三", "text/plain; charset=none-such")))
    assert (payload.body, payload.complete) == ("name=张三".encode(), True)


def test_text_that_lost_bytes_is_not_complete(tmp_path: Path) -> None:
    assert not one(tmp_path, entry(request=posted("a\ufffd\ufffdb", "application/octet-stream")))[1].complete
    cut = posted("only the beg") | {"headers": [{"name": "Content-Length", "value": "500"}]}
    assert not one(tmp_path, entry(request=cut))[1].complete
    assert not one(tmp_path, entry(method="DELETE", request={"bodySize": 3}))[1].complete
    assert one(tmp_path, entry(request={"bodySize": -1}))[1].complete
    counted = posted("姓名") | {"bodySize": 2}
    assert one(tmp_path, entry(request=counted))[1].complete


def test_headers_that_firefox_puts_before_an_upload(tmp_path: Path) -> None:
    shown = posted(f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(FORM)}\r\n\r\n{FORM}")
    _, payload = one(tmp_path, entry(request=shown | {"headers": [{"name": "Content-Length", "value": str(len(FORM))}]}))
    assert (payload.body, payload.complete) == (FORM.encode(), True)


NEVER_SENT = [
    entry("data:text/plain;base64,aW1laQ=="),
    entry("blob:https://a.example/0c1d"),
    entry("chrome-extension://abcdef/x.js"),
    entry("file:///sdcard/page.html"),
    entry("about:blank"),
    entry(_fromCache="disk"),
    entry(_fromCache="memory", serverIPAddress="203.0.113.7", response={"_transferSize": 0}),
    entry("http://a.example/?imei=861", response={"status": 307, "statusText": "Internal Redirect"}),
    entry("http://a.example/?imei=861", response={"status": 307, "headers": [{"name": "Non-Authoritative-Reason", "value": "HSTS"}]}),
]


@pytest.mark.parametrize("inside", NEVER_SENT, ids=range(len(NEVER_SENT)))
def test_what_a_browser_lists_and_never_sent(inside: dict[str, Any], tmp_path: Path) -> None:
    (found,) = events(tmp_path, har(inside, entry(_fromCache=False)))
    assert isinstance(found, Carried)
    assert found.event.at == "har:entries[1]"


def test_a_server_cannot_hide_a_request_behind_the_words_of_a_browser(tmp_path: Path) -> None:
    words = {"status": 307, "statusText": "Internal Redirect", "headers": [{"name": "Non-Authoritative-Reason", "value": "HSTS"}]}
    net, _ = one(tmp_path, entry("http://a.example/?imei=861", response=words, serverIPAddress="203.0.113.7"))
    assert net.visibility == "plain"
    net, _ = one(tmp_path, entry("http://a.example/?imei=861", response=words | {"status": 200}))
    assert net.visibility == "plain"
    strange = {"status": 999, "statusText": "certificate unknown", "headers": [{"name": "Server", "value": "x"}]}
    assert one(tmp_path, entry(response=strange))[0].visibility == "decrypted"


def test_a_packed_body_stays_packed_where_it_is(tmp_path: Path) -> None:
    packed = gzip.compress(FORM.encode(), mtime=0)
    headers = {"headers": [{"name": "Content-Encoding", "value": "gzip"}, {"name": "Content-Length", "value": str(len(packed))}]}
    for shown in (posted(packed.decode("latin-1")), posted(base64.b64encode(packed).decode(), encoding="base64")):
        _, payload = one(tmp_path, entry(request=shown | headers))
        assert (payload.body, payload.encoding, payload.complete) == (packed, "gzip", True)
    _, payload = one(tmp_path, entry(request=posted(FORM) | headers))
    assert (payload.body, payload.encoding, payload.complete) == (FORM.encode(), "", True)


@pytest.mark.parametrize("text", [{}, {"text": ""}, {"text": None}])
def test_a_form_of_parameters_alone(text: dict[str, Any], tmp_path: Path) -> None:
    parameters = [{"name": "imei", "value": "86&1"}, {"name": "姓名", "value": "张 三"}]
    request = {"method": "POST", "postData": {"mimeType": "application/x-www-form-urlencoded", "params": parameters} | text}
    _, payload = one(tmp_path, entry(request=request))
    assert payload.body == b"imei=86%261&%E5%A7%93%E5%90%8D=%E5%BC%A0+%E4%B8%89"
    assert payload.complete


def test_a_multipart_form_of_parameters_alone(tmp_path: Path) -> None:
    parameters = [{"name": "imei", "value": "861"}, {"name": "photo", "fileName": 'my "face".jpg', "contentType": "image/jpeg"}]
    request = {"method": "POST", "postData": {"mimeType": "multipart/form-data; boundary=xYz", "params": parameters}}
    _, payload = one(tmp_path, entry(request=request))
    assert payload.body == (
        b'--xYz\r\nContent-Disposition: form-data; name="imei"\r\n\r\n861\r\n'
        b'--xYz\r\nContent-Disposition: form-data; name="photo"; filename="my %22face%22.jpg"\r\n\r\n\r\n--xYz--\r\n'
    )
    assert not payload.complete


def test_messages_of_a_web_socket(tmp_path: Path) -> None:
    messages = [
        {"type": "send", "time": 1_790_000_001.5, "opcode": 1, "data": "imei=861"},
        {"type": "receive", "time": 1_790_000_002.0, "opcode": 1, "data": "ok"},
        {"type": "send", "time": 1_790_000_003.0, "opcode": 2, "data": base64.b64encode(b"\x00\xff").decode()},
        {"type": "send", "opcode": 1, "data": "AAE=", "encoding": "base64"},
        "no message",
    ]
    whole = entry("wss://a.example/ws", _resourceType="websocket", _webSocketMessages=messages)
    sent = [item for item in events(tmp_path, har(whole)) if isinstance(item, Carried) and isinstance(item.event, Net)]
    assert [(item.event.at, item.event.ts, item.payload.body if item.payload else None) for item in sent] == [
        ("har:entries[0]", ASKED_AT, b""),
        ("har:entries[0]._webSocketMessages[0]", 1_790_000_001_500.0, b"imei=861"),
        ("har:entries[0]._webSocketMessages[2]", 1_790_000_003_000.0, b"\x00\xff"),
        ("har:entries[0]._webSocketMessages[3]", None, b"\x00\x01"),
    ]


REFUSED = [
    "Client TLS handshake failed. The client does not trust the proxy's certificate for a.example (tlsv1 alert unknown ca)",
    "net::ERR_CERT_AUTHORITY_INVALID",
    'Cannot establish TLS with client (sni: a.example): TlsException("SSL handshake error")',
    "SSL handshake with client failed: Remote host terminated the handshake",
    "javax.net.ssl.SSLHandshakeException: java.security.cert.CertPathValidatorException: Trust anchor for certification path not found.",
]


@pytest.mark.parametrize("said", REFUSED)
def test_a_client_that_refuses_the_proxy(said: str, tmp_path: Path) -> None:
    for silent in (
        {"status": 999, "statusText": said},
        {"status": 0, "_error": said},
        {"status": -1, "comment": said},
        {"status": 0, "statusText": said},
    ):
        net = lone(tmp_path, entry("https://a.example/", request=posted(FORM), response=silent))
        assert (net.visibility, net.host, net.status, net.error, net.path) == ("refused", "a.example", None, said, None)


@pytest.mark.parametrize(
    "said",
    [
        "[Errno -2] Name or service not known",
        "Server TLS handshake failed. Certificate verify failed: unknown ca",
        "net::ERR_ABORTED",
        'Cannot establish TLS with a.example:443: TlsException("SSL handshake error")',
        "",
    ],
)
def test_other_failures_change_nothing_about_what_was_sent(said: str, tmp_path: Path) -> None:
    net, payload = one(tmp_path, entry(request=posted(FORM), response={"status": 0, "_error": said}))
    assert (net.visibility, net.error, payload.body) == ("decrypted", said or None, FORM.encode())


def test_a_note_beside_an_answered_request_is_no_failure(tmp_path: Path) -> None:
    net, _ = one(tmp_path, entry(comment="certificate unknown?"))
    assert (net.visibility, net.error) == ("decrypted", None)


@pytest.mark.parametrize("url", ["https://a.example:443/", "a.example:443", "http://a.example:443"])
def test_a_tunnel_is_opaque(url: str, tmp_path: Path) -> None:
    net = lone(tmp_path, entry(url, "CONNECT"))
    assert (net.visibility, net.host, net.port, net.path, net.method) == ("opaque", "a.example", 443, None, "CONNECT")


def test_a_tunnel_whose_requests_were_decrypted_says_nothing(tmp_path: Path) -> None:
    """Fiddler lists both, in either order; the connection's id joins them. Another connection to the same host stays opaque."""
    tunnels = [entry("a.example:443", "CONNECT", connection=f"ClientPort:{port}") for port in (5001, 5002, 5003)]
    asked = entry("https://a.example/x", connection="ClientPort:5001")
    late = entry("https://a.example/y", connection="ClientPort:5003")
    found = events(tmp_path, har(late, tunnels[0], tunnels[1], asked, tunnels[2]))
    kinds = [(item.event if isinstance(item, Carried) else item) for item in found]
    assert [(net.at, net.visibility) for net in kinds if isinstance(net, Net)] == [
        ("har:entries[0]", "decrypted"),
        ("har:entries[3]", "decrypted"),
        ("har:entries[2]", "opaque"),
    ]


def test_the_servers_port_names_no_connection(tmp_path: Path) -> None:
    tunnel, asked = entry("a.example:443", "CONNECT", connection="443"), entry("https://a.example/x", connection="443")
    found = [item.event if isinstance(item, Carried) else item for item in events(tmp_path, har(tunnel, asked))]
    assert [net.visibility for net in found if isinstance(net, Net)] == ["opaque", "decrypted"]


def test_a_list_of_failed_handshakes(tmp_path: Path) -> None:
    failed = [{"startedDateTime": "2026-09-21T14:13:20.250Z", "cause": "cert-rejected", "hostname": "pinned.example"}, {"cause": "closed"}]
    first, second = events(tmp_path, har(entry("http://a.example/"), _tlsErrors=failed))[:2]
    assert isinstance(first, Net)
    assert isinstance(second, Net)
    assert (first.at, first.visibility, first.host, first.ts) == ("har:_tlsErrors[0]", "refused", "pinned.example", ASKED_AT)
    assert (second.visibility, second.host, second.ts) == ("refused", None, None)


def test_order_of_members_does_not_matter(tmp_path: Path) -> None:
    text = json.dumps(entry())
    content = '{"x": [1, {"log": 2}], "log": {"pages": [{"id": "entries"}], "entries": [%s, %s], "creator": {"name": "Late"}}, "y": {}}'
    assert len(events(tmp_path, (content % (text, text)).encode())) == 2
