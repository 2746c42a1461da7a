"""A webhook's message as its receiver checks it, by the rule of docs/api.md and with a program that is not ours."""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.test import override_settings

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.api import hooks
from mingjian.console.cases import ledger
from mingjian.console.market.models import App
from mingjian.console.work.queue import run_due
from tests.console.api.test_hooks import Receiver

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl: apt-get install openssl")


@pytest.fixture
def received(person: Callable[..., User]) -> Iterator[tuple[str, str, bytes]]:
    """Secret, `Mingjian-Signature` and body of one message, as they came over the wire."""
    with Receiver() as server, override_settings(WEBHOOKS_INSIDE=True):
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        owner = person("inspector")
        _, secret = hooks.register(owner, server.address, frozenset({"case.event"}))
        ledger.open_case(App.objects.create(package="com.example", label="快吃", updated_at=clock.now()), "miit", owner)
        run_due()
        server.shutdown()
        thread.join()
    [(headers, body)] = server.told
    yield secret, headers["Mingjian-Signature"], body


def _fits(secret: str, signature: str, body: bytes) -> bool:
    """Whether openssl computes the same code over the moment, a dot and the body."""
    told = dict(part.split("=", 1) for part in signature.split(","))
    key = f"hexkey:{secret.encode().hex()}"
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", key, "-r"]
    said = subprocess.run(command, input=told["t"].encode() + b"." + body, capture_output=True, check=True).stdout
    return said.split()[0].decode() == told["v1"]


def test_openssl_agrees_with_the_signature(received: tuple[str, str, bytes]) -> None:
    secret, signature, body = received
    assert _fits(secret, signature, body)
    moment = int(signature.split(",")[0].removeprefix("t="))
    assert abs(moment - time.time()) < hooks.WINDOW, "a receiver that keeps to the window takes it"


def test_openssl_refuses_what_was_tampered_with(received: tuple[str, str, bytes]) -> None:
    secret, signature, body = received
    moment, code = signature.split(",")
    assert b'"seq":1' in body
    tampered = {
        "body": (secret, signature, body.replace(b'"seq":1', b'"seq":2')),
        "end of the body": (secret, signature, body + b"\n"),
        "moment": (secret, f"{moment[:-1]}{(int(moment[-1]) + 1) % 10},{code}", body),
        "code": (secret, f"{moment},{code[:-1]}{(int(code[-1], 16) + 1) % 16:x}", body),
        "secret of another webhook": (secret.swapcase(), signature, body),
    }
    assert [what for what, message in tampered.items() if _fits(*message)] == []
