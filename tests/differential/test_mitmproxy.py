"""mitmproxy as an oracle: what it recorded on loopback, and every kind of flow that it writes, must be the same requests to its own reader
and to ours, in its flow file and in its HAR."""

import gzip
import hashlib
import http.client
import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mingjian.inputs.recording import flows, har
from mingjian.inputs.recording.track import Carried, Item
from mingjian.model.run import Net
from tests.conftest import CACHE

BIN = CACHE / "mitmproxy" / "bin"
HOST = "collect.fakeads.example"
TYPES = ("application/json", "application/json; charset=utf-8", "text/plain; charset=gbk", "application/octet-stream", "text/plain", "")
NOISE = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(20))
BODIES = (b"", b"imei=860000000000001&lat=31.2304", '{"name": "张三"}'.encode(), "姓名".encode("gbk"), NOISE, bytes(range(256)))
ANSWERS = """
from mitmproxy import http
class Answers:
    def request(self, flow):
        flow.response = http.Response.make(204)
addons = [Answers()]
"""
ORACLE = """
import hashlib, json, sys
from mitmproxy.io import FlowReader
digest = lambda content: hashlib.sha256(content or b"").hexdigest()
for flow in FlowReader(open(sys.argv[1], "rb")).stream():
    found = {"kind": flow.type, "ip": flow.server_conn.peername and flow.server_conn.peername[0], "error": flow.error and flow.error.msg}
    if flow.type == "http":
        request = flow.request
        found |= {"method": request.method, "host": request.pretty_host, "port": request.port, "path": request.path}
        found |= {"ts": request.timestamp_start, "status": flow.response and flow.response.status_code}
        found["headers"] = [list(pair) for pair in request.headers.items(multi=True)]
        found |= {"raw": digest(request.raw_content), "content": digest(request.get_content(strict=False))}
        found["tls"] = flow.client_conn.tls_established
        messages = flow.websocket.messages if flow.websocket else []
        found["sent"] = [digest(message.content) for message in messages if message.from_client and not message.injected]
    elif flow.type in ("tcp", "udp"):
        found["raw"] = digest(b"".join(message.content for message in flow.messages if message.from_client))
    else:
        found["asked"] = flow.request.questions[0].name
    print(json.dumps(found))
"""
WRITER = """
import sys
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow
with open(sys.argv[1], "wb") as file:
    web = (tflow.tflow(resp=True), tflow.tflow(err=True), tflow.twebsocketflow())
    for flow in (*web, tflow.ttcpflow(), tflow.tudpflow(), tflow.tdnsflow(resp=True)):
        FlowWriter(file).add(flow)
"""

pytestmark = pytest.mark.skipif(not (BIN / "python").exists(), reason="mitmproxy is not in the cache")


def run(script: str, file: Path) -> str:
    done = subprocess.run([str(BIN / "python"), "-c", script, str(file)], capture_output=True, check=True, text=True, timeout=120)
    return done.stdout


def truth(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(ORACLE, file).splitlines()]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with `flows` and `out.har` of requests that were really made, through mitmproxy, on loopback."""
    folder = tmp_path_factory.mktemp("mitmproxy")
    (folder / "answers.py").write_text(ANSWERS)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(BIN / "mitmdump"), "-q", "--listen-host", "127.0.0.1", "-p", str(port), "-s", "answers.py", "-w", "flows"]
    command += ["--set", "confdir=conf", "--set", "hardump=out.har", "--set", "connection_strategy=lazy"]
    process = subprocess.Popen(command, cwd=folder)
    try:
        reached(process, port)
        ask(port, folder / "conf" / "mitmproxy-ca-cert.pem")
    finally:
        process.terminate()
        process.wait(60)
    yield folder


def reached(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(1200):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None
            time.sleep(0.05)
    pytest.fail("mitmproxy did not start")


def ask(port: int, authority: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(authority))
    secure = http.client.HTTPSConnection("127.0.0.1", port, context=trusting, timeout=60)
    secure.set_tunnel(HOST, 443)
    for number, body in enumerate(BODIES):
        for kind in TYPES:
            headers = {"Content-Type": kind} if kind else {}
            send(secure, "POST", f"/v1/{number}?aid=9774d56d682e549c", body, headers)
    send(secure, "PUT", "/v1/put", gzip.compress(BODIES[2], mtime=0), {"Content-Encoding": "gzip", "Content-Type": "application/json"})
    send(secure, "GET", "/v1/get?a=1&a=2&b", b"", {"Cookie": "uid=42; sid=x", "X-Device": "abc"})
    send(http.client.HTTPConnection("127.0.0.1", port, timeout=60), "POST", f"http://{HOST}/clear", BODIES[1], {"Host": HOST})


def send(connection: http.client.HTTPConnection, method: str, target: str, body: bytes, headers: dict[str, str]) -> None:
    connection.request(method, target, body, headers)
    connection.getresponse().read()


def agree(item: Item, expected: dict[str, Any], *, unpacked: bool) -> None:
    assert isinstance(item, Carried)
    assert isinstance(item.event, Net)
    assert item.payload is not None
    net, payload = item.event, item.payload
    fields = ("method", "host", "port", "status", "ip")
    assert {field: getattr(net, field) for field in fields} == {field: expected[field] for field in fields}
    assert net.ts == pytest.approx(expected["ts"] * 1000, abs=0.01)
    assert net.visibility == ("decrypted" if expected["tls"] else "plain")
    assert payload.url.endswith(expected["path"])
    assert [list(pair) for pair in payload.headers] == expected["headers"]
    assert hashlib.sha256(payload.body).hexdigest() == expected["content" if unpacked else "raw"]
    assert payload.complete


def test_a_flow_file_of_real_requests(recorded: Path) -> None:
    expected = truth(recorded / "flows")
    found = list(flows.read(recorded / "flows").events())
    assert len(found) == len(expected) == len(BODIES) * len(TYPES) + 3
    for item, said in zip(found, expected, strict=True):
        agree(item, said, unpacked=False)


def test_a_har_of_real_requests(recorded: Path) -> None:
    """The HAR holds bodies unpacked, and shows bytes as characters in four different ways."""
    expected = truth(recorded / "flows")
    found = list(har.read(recorded / "out.har").events())
    assert len(found) == len(expected)
    for item, said in zip(found, expected, strict=True):
        agree(item, said, unpacked=True)


def test_every_kind_of_flow(tmp_path: Path) -> None:
    file = tmp_path / "flows"
    run(WRITER, file)
    expected = truth(file)
    found = [(item.event, item.payload) for item in flows.read(file).events() if isinstance(item, Carried)]
    assert [said["kind"] for said in expected] == ["http", "http", "http", "tcp", "udp", "dns"]
    answered, failed, socket_, *messages, tcp, udp, dns = found
    for (net, payload), said in zip((answered, failed, socket_), expected[:3], strict=True):
        assert isinstance(net, Net)
        assert payload is not None
        assert (net.method, net.host, net.port, net.status, net.error) == tuple(
            said[name] for name in ("method", "host", "port", "status", "error")
        )
        assert hashlib.sha256(payload.body).hexdigest() == said["raw"]
    assert [hashlib.sha256(payload.body).hexdigest() for _, payload in messages if payload] == expected[2]["sent"] != []
    for (net, payload), said in zip((tcp, udp), expected[3:5], strict=True):
        assert isinstance(net, Net)
        assert payload is not None
        assert (net.proto, hashlib.sha256(payload.body).hexdigest()) == (said["kind"], said["raw"])
    assert isinstance(dns[0], Net)
    assert (dns[0].proto, dns[0].path) == ("dns", expected[5]["asked"])
