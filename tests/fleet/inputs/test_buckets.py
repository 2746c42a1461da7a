"""Packages in an object store: a real server that speaks S3, on this machine, filled and asked through its own protocol."""

import hashlib
import logging
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from urllib.request import Request, urlopen

import obstore
import pytest
from moto.server import ThreadedMotoServer

from mingjian.errors import InputError, TryAgainError
from mingjian.fleet import fetch as fetching
from mingjian.fleet import objects
from mingjian.fleet.fetch import Fetched, fetch
from mingjian.fleet.inputs import listings
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.model.texts import in_both

KEYS = ["z/last.apk", "a/1.apk", "a/1 空 %20?#.apk", "a/10.apk", "a/0" * 20, "ab/x.XAPK", "readme.txt", "a/empty.apk"]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The bucket `market` with one object a key, whose content is the key."""
    variables = {"ENDPOINT_URL": server, "ACCESS_KEY_ID": "who", "SECRET_ACCESS_KEY": "secret", "REGION": "us-east-1"}
    for name, value in variables.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    objects.bucket.cache_clear()
    urlopen(Request(f"{server}/market", method="PUT")).close()
    for key in KEYS:
        obstore.put(objects.bucket("market", 60.0), key, b"" if "empty" in key else b"PK\x03\x04" + key.encode())
    yield server
    urlopen(Request(f"{server}/moto-api/reset", method="POST")).close()
    objects.bucket.cache_clear()


def got(location: str, folder: Path, limits: Limits | None = None) -> Fetched:
    return fetch(Listing(location), folder / "job", limits or Limits())


def test_a_bucket_is_listed_by_key_page_by_page(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_PAGE", 2)
    expected = sorted((f"s3://market/{key}" for key in KEYS if "readme" not in key and "empty" not in key), key=str.encode)
    assert [(place, each.location) for place, each in listings("s3://market")] == list(enumerate(expected))
    # A prefix ends where a key's part does: `ab` is no part of `a`.
    assert [each.location for _, each in listings("s3://market/a/")] == [each for each in expected if each.startswith("s3://market/a/")]


def test_what_is_listed_can_be_fetched(store: str, tmp_path: Path) -> None:
    for place, listing in listings("s3://market"):
        fetched = got(listing.location, tmp_path / str(place))
        content = b"PK\x03\x04" + listing.location.removeprefix("s3://market/").encode()
        assert fetched.package[0].read_bytes() == content
        ((_, file),) = fetched.files
        assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content))


@pytest.mark.parametrize(
    ("location", "key"),
    [
        ("s3://market/none.apk", "fleet.fetch.missing"),
        ("s3://no-such-bucket/a.apk", "fleet.fetch.missing"),
        ("s3://market/../other/a.apk", "fleet.fetch.key"),
        ("s3://market/a//b.apk", "fleet.fetch.key"),
        ("s3://market/", "fleet.fetch.no_key"),
        ("s3://market", "fleet.fetch.no_key"),
        ("s3://MARKET PLACE/a", "fleet.input.s3"),
        ("s3:///a", "fleet.input.s3"),
        ("s3://market/a/empty.apk", "fleet.fetch.empty"),
    ],
)
def test_what_is_no_object_is_refused(location: str, key: str, store: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        got(location, tmp_path)
    assert told.value.key == key
    in_both(told.value.key, **told.value.values)


def test_an_object_over_the_limit_is_not_kept(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", {**fetching.MOST_BYTES, "package": 5})
    with pytest.raises(InputError, match=r"fleet.fetch.too_large"):
        got("s3://market/a/1.apk", tmp_path)


def test_another_content_than_the_list_says_is_refused(store: str, tmp_path: Path) -> None:
    right = Listing("s3://market/a/1.apk", hashlib.sha256(b"PK\x03\x04a/1.apk").hexdigest())
    assert fetch(right, tmp_path / "right", Limits()).files[0][1].sha256 == right.sha256
    with pytest.raises(InputError, match=r"fleet.fetch.digest"):
        fetch(replace(right, sha256="00" * 32), tmp_path / "wrong", Limits())


def test_empty_and_missing_buckets_and_a_store_that_is_away_are_told_apart(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"fleet.input.nothing"):
        list(listings("s3://market/no/such/prefix"))
    with pytest.raises(InputError, match=r"fleet.fetch.missing"):
        list(listings("s3://no-such-bucket"))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        objects.bucket.cache_clear()
        with pytest.raises(TryAgainError) as told:
            list(listings("s3://market"))
    assert told.value.exit_code == 75
    in_both(told.value.key, **told.value.values)


@pytest.mark.parametrize(
    ("answer", "error", "key"),
    [
        (b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n", TryAgainError, "fleet.fetch.no_answer"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 40\r\n\r\n<Error><Code>AccessDenied</Code></Error>", InputError, "fleet.fetch.denied"),
        (
            b"HTTP/1.1 403 Forbidden\r\nContent-Length: 40\r\n\r\n<Error><Code>ExpiredToken</Code></Error>",
            TryAgainError,
            "fleet.fetch.no_credentials",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it", TryAgainError, "fleet.fetch.no_answer"),
        (b"no HTTP at all\r\n\r\n", TryAgainError, "fleet.fetch.no_answer"),
    ],
)
def test_a_faulty_store_is_the_house_and_a_forbidden_object_is_not(
    answer: bytes, error: type[Exception], key: str, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "_RETRIES", 1)
    with _says(answer) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        objects.bucket.cache_clear()
        with pytest.raises(error, match=key):
            got("s3://market/a.apk", tmp_path)


def test_a_store_that_drips_is_left(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_RETRIES", 0)
    monkeypatch.setattr(objects, "_LEAST_SECONDS", 0.5)
    with _says(b"HTTP/1.1 200 OK\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 1000000\r\n\r\n", drip=True) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        objects.bucket.cache_clear()
        with pytest.raises(TryAgainError):
            got("s3://market/a.apk", tmp_path, Limits(timeout=0.5))


class _says:  # noqa: N801  reads as a phrase in `with`
    """A server that answers everything with the same bytes, and then, if told so, with one more every now and then."""

    def __init__(self, answer: bytes, drip: bool = False) -> None:
        self._answer = answer
        self._drip = drip
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> str:
        Thread(target=self._serve, daemon=True).start()
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._speak, args=(line,), daemon=True).start()

    def _speak(self, line: socket.socket) -> None:
        with line:
            try:
                line.recv(1 << 16)
                line.sendall(self._answer)
                while self._drip:
                    line.sendall(b"x")
                    time.sleep(0.05)
            except OSError:
                return
