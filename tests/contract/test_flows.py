"""Flows through the whole boundary: the question, the confined reading process, the answer."""

import json
from pathlib import Path
from typing import Any

import pytest

import fixtures.builder
import mingjian
from mingjian.errors import InputError
from mingjian.extract import flow_rules
from mingjian.extract.queries import questions
from mingjian.native import Limits, flow_answers, reader
from mingjian.native.reader import PackageReader, Questions, read_package
from mingjian.scan import Options

APPS = Path(__file__).parents[2] / "fixtures" / "apps"
ANDROID_ID = {
    "id": "android id",
    "class": "Landroid/provider/Settings$Secure;",
    "name": "getString",
    "what": "result",
    "when": [{"argument": 1, "texts": ["android_id"]}],
}
MAC = {"id": "mac", "class": "Landroid/net/wifi/WifiInfo;", "name": "getMacAddress", "what": "result"}
CONTEXT = {"id": "context", "class": "Landroid/content/Context;", "name": "getApplicationContext", "what": "result"}
WRITE = {"id": "network", "class": "Ljava/io/OutputStream;", "name": "write"}


def question(more: dict[str, Any], asked: dict[str, Any]) -> bytes:
    flows = {"sources": [ANDROID_ID, MAC], "sinks": [WRITE], "models": flow_rules.models(), **more}
    return json.dumps({"app": flow_rules.app(), "flows": flows, **asked}).encode()


def flows(app: str, folder: Path, **more: Any) -> flow_answers.Flows:
    path = fixtures.builder.build(APPS / app, folder / "app.apk").path
    read = read_package((path,), Questions(flows=question(more, {})))
    assert read.flows is not None
    return read.flows


def told(app: str, folder: Path, **asked: Any) -> PackageReader:
    path = fixtures.builder.build(APPS / app, folder / "app.apk").path
    return read_package((path,), Questions(find=questions().find, flows=question({}, asked)))


def test_identifiers_go_through_a_thread_of_the_sdk_to_the_network(tmp_path: Path) -> None:
    found = flows("kuaichi", tmp_path)
    ends = [(flow["source"]["id"], flow["sink"]["id"], flow["sink"]["method"]) for flow in found["flows"]]
    sender = "Lcom/umeng/commonsdk/statistics/Sender;->run()V"
    assert ends == [("android id", "network", sender), ("mac", "network", sender)]
    assert found["complete"]
    for flow in found["flows"]:
        assert [flow["path"][0]["what"], flow["path"][-1]["what"]] == ["source", "sink"]
        assert any(step["method"].startswith("Lcom/umeng/commonsdk/UMConfigure;->init") for step in flow["path"])


def test_what_nothing_reaches_is_no_source(tmp_path: Path) -> None:
    found = flows("tap-reads-id", tmp_path)
    assert (found["sources"], found["flows"]) == (0, [])


def test_a_small_budget_is_told(tmp_path: Path) -> None:
    found = flows("kuaichi", tmp_path, source_budget=3)
    assert not found["complete"]
    assert [cut["id"] for cut in found["cut"]] == ["android id", "mac"]


def test_flows_are_not_asked_by_themselves(tmp_path: Path) -> None:
    path = fixtures.builder.build(APPS / "tap-reads-id", tmp_path / "app.apk").path
    assert read_package((path,), Questions()).flows is None


def test_ways_lead_to_finds_and_to_both_ends_of_flows(tmp_path: Path) -> None:
    read = told("kuaichi", tmp_path, ways=True)
    assert read.flows is not None
    finds = {(find["method_id"], find["offset"] or 0): find for find in read.found["finds"]}
    ends = {(end["method"], end["unit"]) for flow in read.flows["flows"] for end in (flow["source"], flow["sink"])}
    places = {(way["method"], way["unit"]) for way in read.flows["ways"]}
    assert ends <= places
    starts = set()
    for way in read.flows["ways"]:
        assert way["chain"][-1] == {"method": way["method"], "unit": way["unit"]}
        found = finds.get((way["method_id"], way["unit"]))
        assert found or (way["method"], way["unit"]) in ends
        if found:
            assert way["method"] == f"{found['class']}->{found['method']}{found['proto']}"
        if way["phase"] == "app_start":
            starts.add(way["kind"])
    # The SDK is started by the application class.
    assert "application" in starts


def test_ways_lead_to_methods_by_name(tmp_path: Path) -> None:
    read = told("kuaichi", tmp_path, methods=["Landroid/provider/Settings$Secure;->getString"])
    assert read.flows is not None
    asked = read.flows["ways"]
    assert "app_start" in {way["phase"] for way in asked}
    # Of a method of the platform the calls are meant.
    calls = {(find["method_id"], find["offset"]) for find in read.found["finds"] if find["q"] == "API-0099"}
    assert {(way["method_id"], way["unit"]) for way in asked} <= calls


def test_no_ways_are_told_when_none_are_asked(tmp_path: Path) -> None:
    read = told("kuaichi", tmp_path)
    assert read.flows is not None
    assert (read.flows["ways"], read.flows["further_ways"]) == ([], 0)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed"),
        ("sys.stderr.write('memory allocation of 12 bytes failed'); raise SystemExit(3)", "memory"),
        ("import time; time.sleep(60)", "timeout"),
        ("sys.stdout.write('x' * 5_000_000)", "output"),
    ],
)
def test_flows_that_end_the_process_cost_nothing_else(end: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fixtures.builder.build(APPS / "tap-reads-id", tmp_path / "app.apk").path
    head, answers = reader._run((str(path),), Questions(), Limits(), "")
    written = b"".join([json.dumps(head).encode(), b"\n", *answers.values()])
    (tmp_path / "written").write_bytes(written)
    start = f"import sys; sys.stdout.buffer.write(open({str(tmp_path / 'written')!r}, 'rb').read()); sys.stdout.flush()"
    monkeypatch.setattr(reader, "_START", f"{start}\n{end}")
    read = read_package((path,), Questions(flows=b"{}"), Limits(timeout=2, output=4_000_000))
    assert read.flows is not None
    assert [fault["code"] for fault in read.flows["faults"]] == [code]
    assert not read.flows["complete"]
    assert read.manifest["complete"]
    # Without the question a process that ends so has not answered.
    with pytest.raises(InputError, match=code):
        read_package((path,), Questions(), Limits(timeout=2, output=4_000_000))


def test_a_wrong_question_for_flows_costs_the_flows(tmp_path: Path) -> None:
    path = fixtures.builder.build(APPS / "tap-reads-id", tmp_path / "app.apk").path
    read = read_package((path,), Questions(flows=b'{"app": {}, "flows": {}}'))
    assert read.flows is not None
    assert [fault["code"] for fault in read.flows["faults"]] == ["bad_query"]
    assert read.manifest["complete"]


def test_the_answer_is_the_same_on_any_number_of_threads(tmp_path: Path) -> None:
    wide = {"sources": [ANDROID_ID, MAC, CONTEXT], "sinks": [WRITE, {"id": "map", "class": "Ljava/util/Map;", "name": "put"}]}
    answers = [json.dumps(flows("kuaichi", tmp_path / str(turn), threads=threads, **wide)) for turn, threads in enumerate((1, 1, 2, 4))]
    assert json.loads(answers[0])["sources"] > 1
    assert len(set(answers)) == 1


def test_a_budget_of_seconds_gives_a_part_and_says_so(tmp_path: Path) -> None:
    found = flows("kuaichi", tmp_path, seconds=0)
    assert (found["complete"], found["flows"]) == (False, [])
    assert [cut["id"] for cut in found["cut"]] == ["android id", "mac"]
    assert flows("kuaichi", tmp_path, seconds=600)["complete"]


def test_a_report_whose_flows_were_given_up_says_so(tmp_path: Path) -> None:
    path = fixtures.builder.build(APPS / "kuaichi", tmp_path / "app.apk").path
    hurried, whole = (mingjian.scan(path, options=Options(flow_seconds=seconds)) for seconds in (0, 600))
    rows = [next(row for row in report.coverage if row.channel == "flow") for report in (hurried, whole)]
    told = [str(row.reason.en) if row.reason else "" for row in rows]
    assert ["not followed to the end" in each for each in told] == [True, False]
    assert not [each for each in hurried.observations if each.channel == "flow"]
    # What the code could do does not hang on it.
    possible = [{each for each in report.observations if each.channel == "code"} for report in (hurried, whole)]
    assert possible[0] == possible[1]
