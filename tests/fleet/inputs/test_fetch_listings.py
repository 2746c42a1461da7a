"""What a listing names, brought to a job's folder: files, sets, dossiers, addresses; and everything that must not get there."""

import hashlib
import ipaddress
import os
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fixtures.site import Page, reply, site
from mingjian.errors import InputError, TryAgainError
from mingjian.fleet import fetch as fetching
from mingjian.fleet import web
from mingjian.fleet.fetch import Fetched, fetch
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.inputs import plain_http
from mingjian.model.texts import in_both

PACKAGE = b"PK\x03\x04 a package"
DIGEST = hashlib.sha256(PACKAGE).hexdigest()
POLICY = "<!DOCTYPE html><html><body><p>我们收集您的手机号码。</p></body></html>"
LIMITS = Limits()
HERE = Limits(private=True)
Serve = Callable[[dict[str, Page]], Any]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def brought(listing: Listing | str, folder: Path, limits: Limits = LIMITS, *, link: bool = False) -> Fetched:
    job = folder / f"job-{len(list(folder.glob('job-*')))}"
    return fetch(listing if isinstance(listing, Listing) else Listing(listing), job, limits, link=link)


def package_of(fetched: Fetched) -> list[str]:
    """The digests of the package's files."""
    return [file.sha256 for kind, file in fetched.files if kind == "package"]


def refused(listing: Listing | str, folder: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(InputError) as told:
        brought(listing, folder, limits)
    in_both(told.value.key, **told.value.values)
    return told.value.key


def test_everything_that_a_listing_names_arrives_under_names_of_our_own(folder: Path) -> None:
    (folder / "weird\nname.apk").write_bytes(PACKAGE)
    (folder / "政策.HTML").write_text(POLICY)
    (folder / "run.har").write_bytes(b"{}")
    (folder / "answers.yml").write_bytes(b"a: b")
    listing = Listing(
        str(folder / "weird\nname.apk"),
        DIGEST,
        policy=(str(folder / "政策.HTML"),),
        runs=(str(folder / "run.har"),),
        review=(str(folder / "answers.yml"),),
    )
    fetched = brought(listing, folder)
    inside = fetched.folder
    assert fetched.package == (inside / "package",)
    assert (fetched.policy, fetched.runs, fetched.review) == (
        (inside / "policy-1.html",),
        (inside / "run-1.har",),
        (inside / "review-1.yml",),
    )
    assert [(kind, file.path.read_bytes() and file.sha256) for kind, file in fetched.files] == [
        ("package", DIGEST),
        ("policy", hashlib.sha256(POLICY.encode()).hexdigest()),
        ("run", hashlib.sha256(b"{}").hexdigest()),
        ("review", hashlib.sha256(b"a: b").hexdigest()),
    ]
    assert package_of(fetched) == [DIGEST]
    assert not fetched.lost


def test_the_digest_depends_on_what_arrived_and_not_on_where_it_was(folder: Path) -> None:
    for place in ("one", "two"):
        (folder / place).mkdir()
        (folder / place / f"{place}.apk").write_bytes(PACKAGE)
    (folder / "policy.txt").write_text("words")
    one, two = (brought(str(folder / place / f"{place}.apk"), folder) for place in ("one", "two"))
    more = brought(Listing(str(folder / "one" / "one.apk"), policy=(str(folder / "policy.txt"),)), folder)
    assert one.digest() == two.digest() != more.digest()
    assert package_of(one) == package_of(more)


def test_a_copy_is_no_link_unless_that_is_asked_for(folder: Path) -> None:
    source = folder / "a.apk"
    source.write_bytes(PACKAGE)
    assert not brought(str(source), folder).package[0].samefile(source)
    linked = brought(str(source), folder, link=True)
    assert linked.package[0].samefile(source)
    assert package_of(linked) == [DIGEST]


def test_a_set_arrives_whole_and_several_apps_do_not_pass_for_one(folder: Path) -> None:
    for name in ("base.apk", "split_config.zh.apk"):
        (folder / "set").mkdir(exist_ok=True)
        (folder / "set" / name).write_bytes(PACKAGE + name.encode())
    (folder / "set" / "notes.txt").write_text("no part of the package")
    fetched = brought(Listing(str(folder / "set"), hashlib.sha256(PACKAGE + b"base.apk").hexdigest()), folder)
    assert [path.name for path in fetched.package] == ["base.apk", "split_config.zh.apk"]
    assert len(fetched.files) == 2
    (folder / "set" / "other.apk").write_bytes(PACKAGE)
    assert refused(str(folder / "set"), folder) == "fleet.fetch.no_set"


def test_of_a_dossier_arrives_what_it_names(folder: Path) -> None:
    dossier = folder / "dossier"
    (dossier / "runs").mkdir(parents=True)
    (dossier / "app.apk").write_bytes(PACKAGE)
    (dossier / "runs" / "first.har").write_bytes(b"{}")
    (dossier / "secret.txt").write_text("not named")
    (dossier / "dossier.yml").write_text("package: app.apk\nruns: [runs/first.har]\noperator: A\n")
    fetched = brought(Listing(str(dossier), DIGEST), folder)
    assert fetched.package == (fetched.folder / "dossier",)
    assert (fetched.policy, fetched.runs) == ((), ())
    there = sorted(str(path.relative_to(fetched.package[0])) for path in fetched.package[0].rglob("*") if path.is_file())
    assert there == ["app.apk", "dossier.yml", "runs/first.har"]
    assert sorted(kind for kind, _ in fetched.files) == ["dossier", "package", "run"]
    assert package_of(fetched) == [DIGEST]
    before = fetched.digest()
    (dossier / "dossier.yml").write_text("package: app.apk\nruns: [runs/first.har]\noperator: B\n")
    assert brought(str(dossier), folder).digest() != before


def test_no_link_is_followed(folder: Path) -> None:
    (folder / "outside").mkdir()
    (folder / "outside" / "a.apk").write_bytes(PACKAGE)
    (folder / "given").mkdir()
    (folder / "given" / "link.apk").symlink_to(folder / "outside" / "a.apk")
    (folder / "given" / "way").symlink_to(folder / "outside")
    assert refused(str(folder / "given" / "link.apk"), folder) == "fleet.fetch.link"
    assert refused(str(folder / "given" / "way" / "a.apk"), folder) == "fleet.fetch.link"
    assert refused(str(folder / "given" / "way"), folder) == "fleet.fetch.link"
    assert refused(str(folder / "given" / ".." / "outside" / "none.apk"), folder) == "fleet.fetch.missing"


def test_what_is_no_plain_file_is_refused_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "empty").write_bytes(b"")
    (folder / "large").write_bytes(b"x" * 11)
    (folder / "nothing").mkdir()
    monkeypatch.setattr(fetching, "MOST_BYTES", {**fetching.MOST_BYTES, "package": 10})
    assert refused(str(folder / "pipe"), folder) == "fleet.fetch.no_file"
    assert refused("/dev/zero", folder) == "fleet.fetch.no_file"
    assert refused(str(folder / "empty"), folder) == "input.empty"
    assert refused(str(folder / "large"), folder) == "fleet.fetch.too_large"
    assert refused(str(folder / "nothing"), folder) == "input.no_package_in_folder"
    assert refused(str(folder / "none"), folder) == "fleet.fetch.missing"
    assert refused("/" + "x" * 300, folder) == "fleet.fetch.missing"
    assert refused("a\0b", folder) == "fleet.fetch.missing"


def test_another_file_than_the_list_says_is_refused(folder: Path) -> None:
    (folder / "a.apk").write_bytes(PACKAGE)
    assert refused(Listing(str(folder / "a.apk"), "00" * 32), folder) == "fleet.fetch.digest"


def test_a_disk_that_takes_nothing_is_the_houses_fault(folder: Path) -> None:
    (folder / "a.apk").write_bytes(PACKAGE)
    (folder / "file").write_bytes(b"")
    with pytest.raises(TryAgainError, match=r"fleet.fetch.house"):
        fetch(Listing(str(folder / "a.apk")), folder / "file", Limits())


def test_what_lies_beside_the_package_may_be_missing(folder: Path) -> None:
    (folder / "a.apk").write_bytes(PACKAGE)
    fetched = brought(Listing(str(folder / "a.apk"), policy=(str(folder / "none.html"),), runs=(str(folder / "none.har"),)), folder)
    assert (fetched.policy, fetched.runs) == ((), ())
    assert [str(folder / name) in lost.en for name, lost in zip(("none.html", "none.har"), fetched.lost, strict=True)] == [True, True]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
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
    return file


@pytest.fixture
def secure(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """A site by TLS whose certificate this process trusts."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return lambda pages: site(pages, tls=tls)


def to(target: str) -> Page:
    return reply(b"", 302, Location=target)


def test_a_package_comes_by_https_with_its_query_over_redirects_and_in_chunks(secure: Serve, folder: Path) -> None:
    def chunked(request: Any) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        request.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(PACKAGE), PACKAGE))

    with secure({"/get": to("/file?x=1"), "/file": reply(PACKAGE), "/chunked": chunked}) as there:
        for way in ("/get?sha256=1", "/file?a=%20b", "/chunked"):
            assert package_of(brought(Listing(there.address + way, DIGEST), folder, HERE)) == [DIGEST]
        assert [path for path, _ in there.asked] == ["/get?sha256=1", "/file?x=1", "/file?a=%20b", "/chunked"]


@pytest.mark.parametrize(
    ("page", "key"),
    [
        (reply(b"", 404), "fleet.fetch.status"),
        (reply(b"", 403), "fleet.fetch.status"),
        (reply(b""), "fleet.fetch.empty"),
        (reply(b"x", Content_Encoding="gzip"), "fleet.fetch.no_http"),
        (to("/"), "fleet.fetch.redirects"),
        (to("file:///etc/passwd"), "fleet.fetch.scheme"),
        (to("http://127.0.0.1/"), "fleet.fetch.scheme"),
        (reply(b"x" * 200), "fleet.fetch.too_large"),
    ],
)
def test_what_a_server_will_not_give_is_refused(page: Page, key: str, secure: Serve, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", {**fetching.MOST_BYTES, "package": 100})
    with secure({"/": page}) as there:
        assert refused(f"{there.address}/", folder, HERE) == key


@pytest.mark.parametrize("page", [reply(b"", 503), reply(b"", 429), reply(PACKAGE, Content_Length="1000")])
def test_a_server_that_fails_is_asked_again_later(page: Page, secure: Serve, folder: Path) -> None:
    with secure({"/": page}) as there, pytest.raises(TryAgainError):
        brought(f"{there.address}/", folder, HERE)
    with pytest.raises(TryAgainError):
        brought(f"{there.address}/", folder, HERE)


def test_nothing_is_sent_into_a_private_network(secure: Serve, folder: Path) -> None:
    with secure({"/": reply(PACKAGE)}) as there:
        assert refused(f"{there.address}/", folder) == "fleet.fetch.private"
        assert refused(f"{there.address.replace('127.0.0.1', '[::ffff:127.0.0.1]')}/", folder) == "fleet.fetch.private"
        assert there.asked == []


def test_a_redirect_leads_into_no_private_network(secure: Serve, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with secure({"/": reply(PACKAGE)}) as inside, secure({"/": to(inside.address)}) as outside:
        monkeypatch.setattr(plain_http, "is_public", _only_the_first())
        assert refused(f"{outside.address}/", folder) == "fleet.fetch.private"
        assert inside.asked == []


def _only_the_first() -> Callable[[str], bool]:
    answers = iter([True])
    return lambda _: next(answers, False)


def test_plain_http_and_users_in_addresses_are_refused(folder: Path) -> None:
    with site({"/": reply(PACKAGE)}) as there:
        assert refused(f"{there.address}/", folder, HERE) == "fleet.fetch.insecure"
        assert refused(there.address.replace("http://", "https://user:word@"), folder, HERE) == "fleet.fetch.address"
        assert there.asked == []
        assert package_of(brought(f"{there.address}/", folder, Limits(private=True, insecure=True))) == [DIGEST]


def drip_body(request: Any) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    _drip(request)


def drip_headers(request: Any) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(request)


def _drip(request: Any) -> None:
    while True:
        request.wfile.write(b"a")
        time.sleep(0.02)


@pytest.mark.parametrize("page", [drip_body, drip_headers])
def test_a_server_that_drips_is_left_and_nobody_goes_on_waiting(page: Page, secure: Serve, folder: Path) -> None:
    before = set(threading.enumerate())
    with secure({"/": page}) as there:
        with pytest.raises(TryAgainError, match=r"fleet.fetch.late"):
            brought(f"{there.address}/", folder, Limits(private=True, timeout=0.5))
        waiting = [thread for thread in set(threading.enumerate()) - before if "work" in thread.name]
        for thread in waiting:
            thread.join(10)
        assert not any(thread.is_alive() for thread in waiting)


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Serve, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with secure({"/": reply(PACKAGE)}) as there:
        assert refused(f"{there.address}/", folder, HERE) == "fleet.fetch.certificate"
        assert there.asked == []


def test_a_policy_page_is_the_same_file_each_time(secure: Serve, folder: Path) -> None:
    (folder / "a.apk").write_bytes(PACKAGE)
    pages: dict[str, Page] = {"/p": POLICY, "/f.pdf": reply(b"%PDF-1.7\n\0", Content_Type="application/pdf")}
    with secure(pages) as there:
        listing = Listing(str(folder / "a.apk"), policy=(f"{there.address}/p", f"{there.address}/f.pdf"))
        first, second = (brought(listing, folder, HERE) for _ in range(2))
        assert [path.name for path in first.policy] == ["policy-1.html", "policy-2.pdf"]
        assert first.policy[0].read_text("utf-8-sig") == POLICY
        assert first.digest() == second.digest()
        assert not first.lost


def test_a_policy_that_cannot_be_had_leaves_the_package(secure: Serve, folder: Path) -> None:
    (folder / "a.apk").write_bytes(PACKAGE)
    with secure({"/down": reply(b"", 500)}) as there:
        asked = tuple(f"{there.address}/{way}" for way in ("down", "none"))
        fetched = brought(Listing(str(folder / "a.apk"), policy=asked), folder, HERE)
        inside = brought(Listing(str(folder / "a.apk"), policy=asked), folder)
        assert fetched.policy == ()
        assert ["500" in fetched.lost[0].en, "404" in fetched.lost[1].en] == [True, True]
        assert len(inside.lost) == 2
        assert len(there.asked) == 2


def test_a_key_of_androzoo_stands_in_no_message(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"https://androzoo.uni.lu/api/download?sha256={DIGEST}"
    monkeypatch.delenv("ANDROZOO_APIKEY", raising=False)
    with pytest.raises(TryAgainError, match=r"fleet.fetch.key_missing"):
        brought(address, folder)
    monkeypatch.setenv("ANDROZOO_APIKEY", "hidden")
    # Nobody is met: what is sent where is told by the proxy that stands for the internet.
    with site({}) as proxy:
        monkeypatch.setenv("https_proxy", proxy.address)
        with pytest.raises((TryAgainError, InputError)) as told:
            brought(address, folder)
    assert "hidden" not in str(told.value)
    assert "hidden" not in str(in_both(told.value.key, **told.value.values))


def test_a_key_that_is_not_taken_ends_no_job(secure: Serve, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "hidden & wrong")
    with secure({"/get": reply(b"", 403)}) as there:
        monkeypatch.setattr(web, "_KEYED", {f"{there.address}/get?": ("apikey", "KEY")})
        with pytest.raises(TryAgainError, match=r"fleet.fetch.status") as told:
            brought(f"{there.address}/get?sha256={DIGEST}", folder, HERE)
        assert [path for path, _ in there.asked] == [f"/get?sha256={DIGEST}&apikey=hidden+%26+wrong"]
    assert "hidden" not in str(told.value)
