"""Webhooks against a real server: signed, told once, tried again, never into a private network, never for long."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from mingjian.console import clock
from mingjian.console.accounts import people
from mingjian.console.accounts.models import User
from mingjian.console.api import hooks, sending
from mingjian.console.api.models import Delivery, Webhook
from mingjian.console.api.tasks import deliver, deliver_again
from mingjian.console.cases import ledger
from mingjian.console.market.models import App
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import run_due
from mingjian.errors import TryAgainError

EVENTS = frozenset(hooks.EVENTS)


class Receiver(HTTPServer):
    """Keeps what it was sent and answers with the statuses that stand in `answers`, then with 204."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?a=1"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((dict(self.headers), body))
        status = self.server.answers.pop(0) if self.server.answers else 204
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    with override_settings(WEBHOOKS_INSIDE=True):
        yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _announce(key: str = "k", **payload: Any) -> None:
    with transaction.atomic():
        hooks.announce("case.event", key, payload)


def test_a_step_of_a_case_is_told_once_and_signed(person: Callable[..., User], receiver: Receiver, noon: datetime) -> None:
    owner = person("inspector")
    _, secret = hooks.register(owner, receiver.address, EVENTS)
    app = App.objects.create(package="com.example", updated_at=noon)
    case = ledger.open_case(app, "miit", owner)
    run_due()
    run_due()
    [(headers, body)] = receiver.told
    told = json.loads(body)
    assert told["event"] == headers["Mingjian-Event"] == "case.event"
    assert told["data"] == {"case": case.pk, "kind": "opened", "seq": 1}
    seconds, code = (part.partition("=")[2] for part in headers["Mingjian-Signature"].split(","))
    assert int(seconds) == int(noon.timestamp())
    assert hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest() == code
    assert Delivery.objects.get().sent_at == noon
    assert secret.encode() not in bytes(Webhook.objects.get().secret)


def test_the_same_event_is_one_message(person: Callable[..., User], receiver: Receiver) -> None:
    hooks.register(person("inspector"), receiver.address, EVENTS)
    _announce()
    _announce()
    run_due()
    assert len(receiver.told) == 1


def test_an_act_that_is_undone_is_not_told(person: Callable[..., User], receiver: Receiver) -> None:
    hooks.register(person("inspector"), receiver.address, EVENTS)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        hooks.announce("case.event", "k", {})
        raise ZeroDivisionError
    run_due()
    assert receiver.told == []


def test_what_does_not_arrive_is_tried_again_with_the_same_body(person: Callable[..., User], receiver: Receiver, noon: datetime) -> None:
    hooks.register(person("inspector"), receiver.address, EVENTS)
    receiver.answers = [500, 302, 404]
    _announce()
    told = Delivery.objects.get()
    for hours, status in enumerate((500, 302, 404)):
        with clock.stopped_at(noon + timedelta(hours=hours)), pytest.raises(TryAgainError):
            deliver(told.pk)
        told.refresh_from_db()
        assert (told.status, told.sent_at) == (status, None)
    with clock.stopped_at(noon + timedelta(days=2)):
        deliver_again()
        run_due()
    told.refresh_from_db()
    assert (told.status, told.attempts) == (204, 4)
    assert [body for _, body in receiver.told] == [receiver.told[0][1]] * 4, "a redirect is not followed"
    assert len({headers["Mingjian-Signature"] for headers, _ in receiver.told}) == 4


def test_nobody_is_told_of_what_they_may_not_see(person: Callable[..., User], receiver: Receiver, noon: datetime) -> None:
    app = App.objects.create(package="com.example", updated_at=noon)
    case = ledger.open_case(app, "miit", person("inspector"))
    for name, role, body in (("a", "inspector", "cac"), ("b", "administrator", "")):
        hooks.register(person(role, name=name, body=body), receiver.address, EVENTS)
    closed = person("reviewer")
    hooks.register(closed, receiver.address, EVENTS)
    people.deactivate(person("administrator", name="c"), closed)
    hooks.register(person("auditor"), receiver.address, frozenset({"inspection.judged"}))
    _announce(case=case.pk)
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/",
        "https://user@example.com/",
        "ftp://example.com/",
        "https://exa mple.com/",
        "https:///x",
        "javascript:alert(1)",
        "https://example.com/" + "x" * 3000,
    ],
)
def test_an_address_that_is_none_is_refused(address: str, person: Callable[..., User]) -> None:
    with pytest.raises(RefusedError):
        hooks.register(person("inspector"), address, EVENTS)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
    ],
)
def test_no_message_goes_into_a_private_network(host: str) -> None:
    with pytest.raises(sending.NotSentError, match="private"):
        sending.post(f"http://{host}:1/", b"", {})


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means a public address at the first look and a private one at the second is a trap."""
    looks: list[str] = []
    met: list[tuple[str, int]] = []

    def looked_up(host: str, port: int, **_: Any) -> list[Any]:
        looks.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34" if len(looks) == 1 else "127.0.0.1", port))]

    def connected(place: tuple[str, int], timeout: float) -> socket.socket:
        met.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(sending.socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(sending.socket, "create_connection", connected)
    with pytest.raises(sending.NotSentError, match="connection"):
        sending.post("https://rebinding.example/", b"", {})
    assert (looks, met) == (["rebinding.example"], [("93.184.216.34", 443)])


@contextmanager
def _server(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                try:
                    behave(connection)
                except OSError:
                    return  # the other side had enough

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()


def _endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b"x" * 65536)


def _dripping(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(200):
        connection.sendall(b"x")
        time.sleep(0.05)


@override_settings(WEBHOOKS_INSIDE=True)
def test_an_endless_answer_is_cut() -> None:
    with _server(_endless) as address:
        assert sending.post(address, b"{}", {}) == 200


@override_settings(WEBHOOKS_INSIDE=True)
@pytest.mark.parametrize("behave", [_dripping, lambda connection: connection.sendall(b"no HTTP at all\r\n\r\n"), lambda connection: None])
def test_a_server_that_drips_or_talks_nonsense_holds_nobody_up(
    behave: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    with _server(behave) as address, pytest.raises(sending.NotSentError):
        sending.post(address, b"{}", {})
