"""Pages by plain HTTP from a real server on this machine: what is saved, what is refused, and that everything ends."""

import gzip
import ipaddress
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fixtures.site import reply, site
from mingjian.errors import InputError, MingjianError, TryAgainError, UsageError
from mingjian.inputs import open_policy, plain_http
from mingjian.inputs.fetch import Page, checked, fetch
from mingjian.inputs.gate import gate

SENTENCE = "我们收集您的手机号码，用于注册账号和登录。"
POLICY = f"<!DOCTYPE html><html><head><title>隐私政策</title></head><body><h1>隐私政策</h1><p>{SENTENCE}</p></body></html>"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def plain(address: str, seconds: float = 20.0, **more: Any) -> Page:
    return fetch(address, time.monotonic() + seconds, **more)


def drip(request: Any) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.end_headers()
    while True:
        request.wfile.write(b"<p>")
        time.sleep(0.02)


def drip_headers(request: Any) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        request.wfile.write(b"a")
        time.sleep(0.02)


def endless(request: Any) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.end_headers()
    while True:
        request.wfile.write(b"<p>more</p>" * 5000)


def to(target: str, status: int = 302) -> Any:
    return reply(b"", status, Location=target)


def test_the_saved_page_says_where_it_is_from_and_reads_as_before(tmp_path: Path) -> None:
    with site({"/old": to("new"), "/new": POLICY}) as there:
        page = plain(f"{there.address}/old")
    first = page.content.decode("utf-8-sig").splitlines()[0]
    assert first.startswith("<!--")
    assert first.endswith("-->")
    assert f"{there.address}/old" in first
    assert f"{there.address}/new" in first
    assert "plain HTTP" in first
    assert page.address == f"{there.address}/new"
    stamp = next(word for word in first.split() if word.startswith("20"))
    assert datetime.fromisoformat(stamp).tzinfo is not None
    file = tmp_path / "policy.html"
    file.write_bytes(page.content)
    (document,) = open_policy([file])[1]
    assert document.text == f"隐私政策\n{SENTENCE}"
    start, end = map(int, document.locator(5, 5 + len(SENTENCE)).removeprefix("text:").split("-"))
    assert page.content.decode("utf-8-sig")[start:end] == SENTENCE


def test_no_address_ends_the_comment_or_starts_a_page(tmp_path: Path) -> None:
    with site({"/": POLICY}) as there:
        content = plain(f"{there.address}/?a=--><h1>b</h1>&c=--!>").content.decode("utf-8-sig")
    assert content.index("-->") == content.index("\n") - 3
    assert "--!>" not in content


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("text/html; charset=gbk", POLICY.encode("gbk")),
        ("text/html; charset=gb2312", POLICY.encode("gb18030")),
        ("text/html", POLICY.replace("<head>", "<head><meta charset=gbk>").encode("gbk")),
        ("text/html; charset=no-such-charset", POLICY.replace("<head>", "<head><meta charset=gbk>").encode("gbk")),
        ("text/html; charset=big5", POLICY.encode("utf-8")),
        ("text/html; charset=utf-8", POLICY.replace("<head>", "<head><meta charset=gbk>").encode()),
        ("text/html", POLICY.encode("utf-16")),
    ],
)
def test_characters_survive_whatever_names_their_charset(header: str, body: bytes, tmp_path: Path) -> None:
    with site({"/": reply(body, Content_Type=header)}) as there:
        page = plain(there.address)
    file = tmp_path / "policy.html"
    file.write_bytes(page.content)
    assert open_policy([file])[1][0].text == f"隐私政策\n{SENTENCE}"


@pytest.mark.parametrize(
    ("header", "body", "kind"),
    [
        ("application/pdf", b"%PDF-1.7\n\x00\x01", "pdf"),
        ("text/html", b"%PDF-1.7\n\x00\x01", "pdf"),
        ("application/octet-stream", b"PK\x03\x04\x14\x00word/document.xml\x00", "docx"),
        ("text/plain; charset=utf-8", SENTENCE.encode(), "text"),
        ("text/markdown", f"# 隐私政策\n\n{SENTENCE}".encode(), "text"),
    ],
)
def test_files_are_saved_as_they_are(header: str, body: bytes, kind: str) -> None:
    with site({"/": reply(body, Content_Type=header)}) as there:
        # A browser is not even started for them: this one does not exist.
        page = plain(there.address, browser=Path("/no/such/browser"))
    assert (page.content, page.kind, page.way) == (body, kind, "")


@pytest.mark.parametrize(
    ("header", "body", "key"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n\x00", "fetch.no_document"),
        ("text/html", b"\x7fELF\x00\x00\x00", "fetch.no_document"),
        ("application/json", b'{"text": "policy"}', "fetch.no_document"),
        ("application/zip", b"PK\x03\x04 other things \x00", "fetch.no_document"),
        ("text/html", b"", "fetch.empty"),
        ("text/html", b" \n ", "fetch.empty"),
    ],
)
def test_what_is_no_document_is_refused(header: str, body: bytes, key: str) -> None:
    with site({"/": reply(body, Content_Type=header)}) as there, pytest.raises(InputError) as told:
        plain(there.address)
    assert told.value.key == key


@pytest.mark.parametrize(
    ("kind", "status"),
    [*((InputError, status) for status in (401, 403, 404, 410)), *((TryAgainError, status) for status in (429, 500, 503))],
)
def test_a_status_is_told(kind: type[MingjianError], status: int) -> None:
    with site({"/": reply(POLICY.encode(), status, Content_Type="text/html")}) as there, pytest.raises(kind) as told:
        plain(there.address)
    assert told.value.key == "fetch.status"
    assert told.value.values["status"] == status


def test_ten_redirects_are_followed_and_no_more() -> None:
    steps = {f"/{number}": to(f"/{number + 1}", (301, 302, 303, 307, 308)[number % 5]) for number in range(11)}
    with site({**steps, "/11": POLICY}) as there:
        assert plain(f"{there.address}/1").address.endswith("/11")
        with pytest.raises(InputError) as told:
            plain(f"{there.address}/0")
    assert told.value.key == "fetch.redirects"


def test_a_redirect_in_a_circle_ends() -> None:
    with site({"/a": to("/b"), "/b": to("/a")}) as there, pytest.raises(InputError) as told:
        plain(f"{there.address}/a")
    assert told.value.key == "fetch.redirects"
    assert len(there.asked) == plain_http.MOST_REDIRECTS + 1


@pytest.mark.parametrize("target", ["file:///etc/hostname", "data:text/html,<p>x</p>", "ftp://127.0.0.1/x", "javascript:1", "about:blank"])
def test_redirects_lead_to_no_other_kind_of_address(target: str) -> None:
    with site({"/": to(target)}) as there, pytest.raises(InputError) as told:
        plain(there.address)
    assert told.value.key == "fetch.scheme"


def test_a_redirect_with_an_endless_page_is_followed() -> None:
    def stream(request: Any) -> None:
        request.send_response(302)
        request.send_header("Location", "/new")
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 100_000)

    with site({"/": stream, "/new": POLICY}) as there:
        assert SENTENCE.encode() in plain(there.address).content


@pytest.fixture
def _second_address_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_http, "is_public", lambda host: host == "127.0.0.2")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers at every address of 127.0.0.0/8")
@pytest.mark.usefixtures("_second_address_is_public")
def test_the_internet_leads_into_no_private_network() -> None:
    with site({"/": POLICY}) as inside:
        with site({"/": to(inside.address)}, "127.0.0.2") as outside, pytest.raises(InputError) as told:
            plain(outside.address)
        assert told.value.key == "fetch.private"
        with pytest.raises(InputError):
            plain(inside.address, public=True)
        assert inside.asked == []
        with site({"/": to(inside.address)}) as neighbour:
            assert SENTENCE.encode() in plain(neighbour.address).content
            assert not plain(inside.address).public


@pytest.mark.parametrize(
    ("address", "public"),
    [*((address, False) for address in ("127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0")),
     *((address, False) for address in ("::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1")), ("8.8.8.8", True), ("2400:3200::1", True)],
)  # fmt: skip
def test_which_addresses_belong_to_the_internet(address: str, public: bool) -> None:
    assert plain_http.is_public(address) is public


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_too_large_is_refused(packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_http, "MOST_BYTES", 1 << 20)
    bomb = reply(gzip.compress(b"<p>" * 2_000_000), Content_Type="text/html", Content_Encoding="gzip")
    with site({"/": bomb if packed else endless}) as there, pytest.raises(InputError) as told:
        plain(there.address)
    assert told.value.key == "fetch.too_large"


def test_a_packed_page_is_unpacked() -> None:
    with site({"/": reply(gzip.compress(POLICY.encode()), Content_Type="text/html", Content_Encoding="gzip")}) as there:
        assert SENTENCE.encode() in plain(there.address).content


@pytest.mark.parametrize("page", [drip, drip_headers, lambda _: time.sleep(5)], ids=["body", "headers", "silence"])
def test_who_is_slow_is_given_up(page: Any) -> None:
    with site({"/": page}) as there, pytest.raises(TryAgainError) as told:
        plain(there.address, 0.5)
    assert told.value.key == "fetch.late"


@pytest.mark.parametrize(
    "answer",
    [reply(POLICY.encode(), Content_Type="text/html", Content_Length="100000"),
     reply(gzip.compress(POLICY.encode())[:-20], Content_Type="text/html", Content_Encoding="gzip")],
)  # fmt: skip
def test_half_a_page_is_none(answer: Any) -> None:
    with site({"/": answer}) as there, pytest.raises(TryAgainError) as told:
        plain(there.address)
    assert told.value.key == "fetch.cut_off"


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(TryAgainError) as told:
            plain(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    assert told.value.key == "fetch.no_connection"

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TryAgainError) as told:
        plain("http://policy.example/")
    assert told.value.key == "fetch.no_name"


def test_an_answer_that_is_no_http_is_told() -> None:
    with site({"/": lambda request: request.wfile.write(b"220 mail.example ready\r\n")}) as there, pytest.raises(InputError) as told:
        plain(there.address)
    assert told.value.key == "fetch.no_http"


def test_cookies_serve_one_request_and_are_forgotten() -> None:
    def door(request: Any) -> None:
        known = "seen=1" in request.headers.get("Cookie", "")
        reply(POLICY.encode() if known else b"", 200 if known else 302, Location="/", Set_Cookie="seen=1", Content_Type="text/html")(
            request
        )

    with site({"/": door}) as there:
        plain(there.address)
        plain(there.address)
    assert ["Cookie" in headers for _, headers in there.asked] == [False, True, False, True]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A certificate for 127.0.0.1 that only its owner vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    yield file


def test_a_certificate_that_nobody_vouches_for_is_an_error(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with site({"/": POLICY}, tls=tls) as there:
        with pytest.raises(InputError) as told:
            plain(there.address)
        assert told.value.key == "fetch.certificate"
        assert there.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert SENTENCE.encode() in plain(there.address).content


@pytest.mark.parametrize("secure", [False, True])
def test_the_gate_of_the_browser_is_a_proxy(secure: bool, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with site({"/a": to("/b?c=1"), "/b": POLICY}, tls=tls if secure else None) as there:
        for public in (False, True):
            with gate(time.monotonic() + 20, public) as proxy:
                monkeypatch.setenv("https_proxy" if secure else "http_proxy", proxy)
                if public:
                    with pytest.raises(MingjianError):
                        plain(f"{there.address}/a")
                else:
                    assert plain(f"{there.address}/a").address == f"{there.address}/b?c=1"
    assert [path for path, _ in there.asked] == ["/a", "/b?c=1"]
    assert not any("Proxy-Connection" in headers for _, headers in there.asked)


def test_the_gate_closes_what_makes_no_sense_to_it() -> None:
    with gate(time.monotonic() + 20, False) as proxy:
        port = int(proxy.rpartition(":")[2])
        asked = (b"\xff\xfe\r\n\r\n", b"GET\r\n\r\n", b"CONNECT :99999 HTTP/1.1\r\n\r\n", b"GET file:///etc/x HTTP/1.1\r\n\r\n")
        for nonsense in (*asked, b"x" * 70_000):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(nonsense)
                client.shutdown(socket.SHUT_WR)
                with suppress(ConnectionResetError):
                    assert client.recv(100) == b""


@pytest.mark.parametrize(
    "address",
    ["", "policy.html", "example.com/privacy", "--help", "file:///etc/passwd", "data:text/html,x", "ftp://example.com/",
     "javascript:alert(1)", "http://", "https:///x", "http://a:b@c/", "http://example.com:99999/", "http://example.com/a b", "http://[::1/",
     "http://example.com/\x00", "http://example.com/" + "a" * 3000],
)  # fmt: skip
def test_what_is_no_address_is_wrong_usage(address: str) -> None:
    with pytest.raises(UsageError):
        plain(address)


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("HTTPS://Example.COM", "https://example.com/"),
        ("http://例子.测试/隐私?页=1#三", "http://xn--fsqu00a.xn--0zwm56d/%E9%9A%90%E7%A7%81?%E9%A1%B5=1#%E4%B8%89"),
        ("http://[::1]:8080/a%20b", "http://[::1]:8080/a%20b"),
    ],
)
def test_addresses_are_sent_in_ascii(address: str, sent: str) -> None:
    assert checked(address) == sent
