"""Phrases in a text, whatever their case, width, spaces and hyphens."""

import pytest

from mingjian.nlp.matcher import Phrases, Spans, compiled, folded

_PHRASES = Phrases(
    [
        ("Wi-Fi", "wifi"),
        ("Wi-Fi MAC地址", "mac"),
        ("IP", "ip"),
        ("手机号", "phone"),
        ("手机号码", "phone"),
        ("Android ID", "android"),
        ("I-P", "second"),
    ]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WIFI", [("WIFI", "wifi")]),
        ("ＷｉＦｉ", [("ＷｉＦｉ", "wifi")]),
        ("wi fi", [("wi fi", "wifi")]),
        ("Wi‑Fi Mac 地址", [("Wi‑Fi Mac 地址", "mac")]),
        ("android_id", [("android_id", "android")]),
        ("您的手机号码和手机\n号", [("手机号码", "phone"), ("手机\n号", "phone")]),
        ("ip、IP", [("ip", "ip"), ("IP", "ip")]),
        ("ship, IPv4, IP2", []),
        ("http://example.org/ip and a@ip.example", []),
        ("ip.example.com", []),
        ("手机", []),
        ("", []),
    ],
)
def test_phrases_are_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[start:end], value) for start, end, value in _PHRASES.find(folded(text))] == expected


@pytest.mark.parametrize("text", ["ＡＢＣ，：；１２３", "İstanbul ẞ", "见https://example.com/a，b", "a.b@example.cn"])
def test_a_folded_text_keeps_its_length(text: str) -> None:
    assert len(folded(text)) == len(text)


def test_a_pattern_may_be_written_with_full_width_marks() -> None:
    assert compiled("电话[：，]").search(folded("电话：1")) is not None
    assert compiled("电话[：，]").search(folded("电话:1")) is not None


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(0, 2, False), (0, 3, True), (5, 6, True), (9, 10, True), (10, 12, False), (12, 12, False)]
)
def test_spans_tell_what_they_touch(start: int, end: int, expected: bool) -> None:
    assert Spans([(4, 6), (2, 10)]).touch(start, end) is expected
    assert not Spans([]).touch(start, end)
