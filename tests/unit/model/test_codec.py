"""JSON in and out."""

import json
from dataclasses import replace

import pytest

from mingjian.model.codec import DecodeError, decode, dump_report, encode, load_report
from mingjian.model.types import Artifact, Observation, Report, Signer, Subject, Tally, Tool, Why

REPORT = Report(
    tool=Tool("1", "c", "full"),
    subject=Subject("a", "android", "p", "1", "l", Signer("s", "CN", "v2", "unknown"), (Artifact("a", "package", "n", 1),)),
    packs=(),
    clauses=(),
    coverage=(),
    observations=(Observation("possible", "code", "collect", "device.imei", tally=Tally(2, period=0.5)),),
    findings=(),
    created_at="2026-01-01T00:00:00Z",
)


def test_a_report_comes_back_the_same() -> None:
    assert load_report(dump_report(REPORT)) == REPORT


def test_a_tree_comes_back_the_same() -> None:
    tree = Why("yes", "any of", (Why("no", "x"), Why("yes", "y", (), (1, 2), ("api",))))
    assert decode(Why, encode(tree)) == tree


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"created_at": 5}, "created_at"),
        ({"unheard": 1}, ""),
        ({"observations": [{"mode": "dreamt", "channel": "code", "action": "collect"}]}, "observations[0].mode"),
        ({"observations": {}}, "observations"),
        ({"subject": None}, "subject"),
        ({"coverage": [{"channel": "code"}]}, "coverage[0].extractor"),
        ({"observations": [{"mode": "possible", "channel": "code", "action": "a", "sites": True}]}, "observations[0].sites"),
    ],
)
def test_a_damaged_report_is_refused_with_its_place(change: dict[str, object], path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        load_report(json.dumps(json.loads(dump_report(REPORT)) | change).encode())
    assert caught.value.path == path


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": "mingjian-report/99"}', b"[" * 100_000])
def test_what_is_no_report_is_refused(text: bytes) -> None:
    with pytest.raises(DecodeError):
        load_report(text)


def test_defaults_are_left_out() -> None:
    assert "negated" not in encode(REPORT.observations[0])
    assert encode(replace(REPORT.observations[0], negated=True))["negated"] is True
