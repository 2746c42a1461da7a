"""Proposals of a language model, asked of a real server on this machine that says what the test wants."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from mingjian.errors import UsageError
from mingjian.model.document import Document
from mingjian.nlp.endpoint import Endpoint, propose
from mingjian.nlp.reading import Outline, Readability, Reading, Statement

TEXT = "我们可能处理您的步态样本。我们收集您的手机号码用于注册。"
UNSURE = Statement("collect", 0, 13, data="other.unlisted", certain=False)
SURE = Statement("collect", 13, len(TEXT), data="basic.phone_number", purpose="service.account")


class Server(HTTPServer):
    answer: Any = None
    status = 200
    requests: list[dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body | {"path": self.path, "key": self.headers.get("Authorization")})
        if self.server.status == 302:
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            return
        answer = self.server.answer
        raw = answer if isinstance(answer, bytes) else json.dumps({"choices": [{"message": {"content": json.dumps(answer)}}]}).encode()
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        """Says nothing: the test reads `requests`."""


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(("127.0.0.1", 0), Handler)
    running.requests = []
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def reading(*statements: Statement) -> Reading:
    outline = Outline(Document("0" * 64, "policy.txt", TEXT, ()), TEXT, "zh", "zh-Hans", (), ())
    return Reading((outline,), statements, (), Readability((), 0, ()), True)


def endpoint(server: Server, **values: Any) -> Endpoint:
    return Endpoint(f"http://127.0.0.1:{server.server_port}/v1", "small", **values)


def proposal(**values: Any) -> dict[str, Any]:
    return {"sentence": 1, "quote": "步态样本", "action": "collect", "data": "biometric.other", "purpose": None, "recipient": None} | values


def test_a_proposal_quotes_its_sentence_and_stays_uncertain(server: Server) -> None:
    server.answer = {"statements": [proposal()]}
    found = propose(reading(UNSURE, SURE), endpoint(server, key="k"))
    assert found is not None
    assert found.statements == (Statement("collect", 0, 13, data="biometric.other", certain=False, words=(8, 12)),)
    assert found.fault is None
    (request,) = server.requests
    assert (request["path"], request["key"], request["model"], request["temperature"]) == ("/v1/chat/completions", "Bearer k", "small", 0)
    assert request["messages"][1]["content"] == "1. 我们可能处理您的步态样本。"


def test_the_digest_is_that_of_the_request(server: Server) -> None:
    server.answer = {"statements": []}
    first, again = (propose(reading(UNSURE), endpoint(server)) for _ in range(2))
    other = propose(reading(UNSURE), Endpoint(endpoint(server).url, "large"))
    assert first is not None and again is not None and other is not None
    assert first.digest == again.digest != other.digest


@pytest.mark.parametrize(
    "wrong",
    [
        proposal(quote="步态的样本"),
        proposal(quote=""),
        proposal(quote="手机号码"),
        proposal(sentence=2),
        proposal(sentence=0),
        proposal(sentence=True),
        proposal(sentence="1"),
        proposal(action="embezzle"),
        proposal(action="declare"),
        proposal(data="device.tea"),
        proposal(data=["device.imei"]),
        proposal(purpose="fun"),
        proposal(recipient="company.invented"),
        proposal(action=None),
        "collect",
        None,
    ],
)
def test_a_proposal_that_breaks_a_rule_is_left_out(server: Server, wrong: Any) -> None:
    server.answer = {"statements": [wrong, proposal(negated=True)]}
    found = propose(reading(UNSURE), endpoint(server))
    assert found is not None
    assert [(each.data, each.negated, each.certain) for each in found.statements] == [("biometric.other", True, False)]


@pytest.mark.parametrize("answer", [b"", b"{", b"[]", b'{"choices": []}', b"\xff" * 100, b"[" * 100_000, b"x" * (2 << 20)])
def test_an_answer_that_is_none_is_told(server: Server, answer: bytes) -> None:
    server.answer = answer
    found = propose(reading(UNSURE), endpoint(server))
    assert found is not None
    assert found.statements == ()
    assert found.fault


def test_neither_an_error_nor_a_redirection_is_followed(server: Server) -> None:
    for status in (500, 302):
        server.status = status
        found = propose(reading(UNSURE), endpoint(server))
        assert found is not None
        assert found.fault
        assert str(status) in found.fault


def test_a_server_that_is_not_there_is_told() -> None:
    found = propose(reading(UNSURE), Endpoint("http://127.0.0.1:9/v1", "small", timeout=2))
    assert found is not None
    assert found.fault


def test_nothing_uncertain_asks_nobody(server: Server) -> None:
    assert propose(reading(SURE), endpoint(server)) is None
    assert server.requests == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "localhost:8000", "ftp://x/", "http://", "http://[x"])
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(UsageError, match="endpoint_address"):
        Endpoint(url, "small")


@pytest.mark.parametrize("answer", [b'{"choices": [{"message": {"content": null}}]}', b'[{"choices": []}]', b'"no"'])
def test_an_answer_of_another_shape_is_a_fault(server: Server, answer: bytes) -> None:
    server.answer = answer
    found = propose(reading(UNSURE), endpoint(server))
    assert found is not None
    assert found.fault
    assert found.statements == ()
