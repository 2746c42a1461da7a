"""What could not be read is told, and hostile content costs bounded time and memory."""

import gzip
import json
import zlib

import brotli
import pytest
from payload_samples import IMEI, OTHER_IMEI, as_json, known_values, message, noise, packed, sent

from mingjian.extract.known_values import KnownValues
from mingjian.extract.payload import search
from mingjian.extract.payload.msgpack import FormatError
from mingjian.extract.payload.msgpack import decoded as from_msgpack
from mingjian.extract.payload.protobuf import WireError, fields
from mingjian.inputs.recording.track import Payload
from mingjian.model.values import sealed_value

_MASKED = bytes(each ^ 0xA7 for each in as_json({"imei": OTHER_IMEI, "words": "some more words"}))

_DIGITS = list(noise(6000))

UNREAD = {
    "encrypted body": (sent(noise(512)), "encrypted"),
    "encrypted body in Base64": (sent(packed(noise(272)).encode()), "encrypted"),
    "encrypted field": (sent(as_json({"v": 1, "data": packed(noise(272))})), "encrypted"),
    "encrypted field of a form": (sent(f"v=1&data={packed(noise(272)).replace('+', '%2B')}".encode()), "encrypted"),
    "encrypted field in hexadecimal": (sent(as_json({"v": 1, "data": noise(272).hex()})), "encrypted"),
    "encrypted bytes in a message": (sent(message((1, "v2"), (2, noise(300)))), "encrypted"),
    "encrypted query": (sent(url="https://a.cn/x?d=" + packed(noise(200)).replace("+", "%2B")), "encrypted"),
    "another alphabet of Base64": (sent(as_json({"c": packed(noise(180)).swapcase()})), "encrypted"),
    "zstd": (sent(b"\x28\xb5\x2f\xfd" + noise(90)), "packed"),
    "gzip that is none": (sent(b"\x1f\x8b" + noise(90), encoding="gzip"), "packed"),
    "part of a body": (Payload("https://a.cn", (), b'{"a":1', "", False), "truncated"),
    "gzip that ends too early": (sent(gzip.compress(as_json({"x": _DIGITS}))[:-900], encoding="gzip"), "truncated"),
    "picture": (sent(b"\xff\xd8\xff\xe0" + noise(300)), "media"),
    "archive": (sent(b"PK\x03\x04" + noise(300)), "packed"),
    "masked by one byte": (
        sent(_MASKED),
        "unknown_format",
    ),
}

READ = {
    "empty": sent(),
    "signature and session": sent(as_json({"imei": IMEI, "sign": packed(noise(256)), "access_token": packed(noise(96))})),
    "session in a header": sent(Authorization=packed(noise(96)), Cookie="s=" + packed(noise(96)).rstrip("=")),
    "trace identifiers": sent(as_json({"a": noise(16).hex(), "b": noise(32).hex(), "c": packed(noise(20))})),
    "packed text": sent(brotli.compress(b"hello world, this is text"), encoding="br"),
    "message": sent(message((1, "hello"), (2, 77), (3, message((1, "inner text"))))),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_could_not_be_searched_is_told(name: str) -> None:
    payload, reason = UNREAD[name]
    assert search(payload, None) == ((), reason)


@pytest.mark.parametrize("name", READ)
def test_what_was_searched_is_not_told(name: str) -> None:
    assert search(READ[name], None)[1] is None


def test_what_a_damaged_body_still_holds_is_found() -> None:
    body = gzip.compress(as_json({"imei": IMEI, "x": _DIGITS}))
    matches, reason = search(sent(body[:-900], encoding="gzip"), known_values())
    assert ([match.data for match in matches], reason) == (["device.imei"], "truncated")


BOMBS = {
    "gzip": sent(gzip.compress(bytes(80 << 20)), encoding="gzip"),
    "brotli": sent(brotli.compress(b"a" * (80 << 20), quality=1), encoding="br"),
    "gzip in gzip": sent(gzip.compress(gzip.compress(b"[" * (80 << 20))), encoding="gzip, gzip"),
    "zlib in a field": sent(as_json({"a": packed(zlib.compress(bytes(80 << 20)))})),
    "many layers": sent(as_json({"a": "%25" * 200_000})),
    "deep lists": sent(b"[" * 100_000 + b"]" * 100_000),
    "deep objects": sent(b'{"imei":' * 50_000 + b"1" + b"}" * 50_000),
    "deep strings": sent(as_json({"a": json.dumps({"a": json.dumps({"a": json.dumps({"a": json.dumps({"a": "[" * 1000})})})})})),
    "many fields": sent(as_json({"a": [{"imei": str(number)} for number in range(100_000)]})),
    "many parts": sent((b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n') * 20_000 + b"--b--"),
    "many elements": sent(b"<a b='c'>d" * 100_000),
    "open elements": sent(b"<a" * 200_000),
    "one long line": sent(b"a=" * 500_000),
    "blanks": sent(b" " * 3_000_000 + b"x"),
    "blanks within": sent(b"x" + b" \t" * 1_000_000 + b"=1"),
    "open brackets of a name": sent(b"--" + b"b" * 150 + b"\r\n" * 200_000),
    "colons": sent(b"a:" * 300_000),
    "at signs": sent(b"a@" * 200_000),
    "many cookies": sent(Cookie="a=b;" * 50_000),
    "message in message": sent(b"\x0a\x80\x01" * 40_000),
    "long number": sent(b'{"imei":' + b"9" * 200_000 + b"}"),
    "lone surrogate": sent(b'{"imei":"\\ud800' + IMEI.encode() + b'"}'),
    "wrong percent signs": sent(url="https://a.cn/%zz%e4%b8?%=%&=&" + "&" * 10_000),
    "wrong address": sent(url="https://[::1/%"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_hostile_content_is_survived(name: str) -> None:
    matches, reason = search(BOMBS[name], known_values(), 2000.0)
    assert len(matches) <= 200
    assert reason in (None, "truncated", "too_large", "unknown_format", "encrypted", "packed")


@pytest.mark.parametrize("name", ["gzip", "brotli", "deep objects", "zlib in a field"])
def test_what_was_too_much_is_told(name: str) -> None:
    assert search(BOMBS[name], None)[1] in ("truncated", "too_large")


@pytest.mark.parametrize("content", [b"", b"\x0a", b"\x0a\x05abc", b"\x0b\x01", b"\x00\x01", noise(64)])
def test_bytes_that_are_no_message(content: bytes) -> None:
    with pytest.raises(WireError):
        list(fields(content))


@pytest.mark.parametrize("content", [b"", b"\x81", b"\x81\xa1a", b"\xdf\xff\xff\xff\xff", b"\xc1", b"\x05", b"\x91" * 200])
def test_bytes_that_are_no_messagepack(content: bytes) -> None:
    with pytest.raises(FormatError):
        from_msgpack(content)


def test_messagepack_values() -> None:
    content = b"\x86\xa1a\xcb?\xf8\x00\x00\x00\x00\x00\x00\xa1b\xd1\xff\xfe\xa1c\xc3\xa1d\xc0\xa1e\x92\x01\xff\xa1f\xc4\x02\xff\x00"
    assert from_msgpack(content) == {"a": 1.5, "b": -2, "c": True, "d": None, "e": [1, -1], "f": "ff00"}


def test_more_than_is_kept_of_one_request_is_told() -> None:
    mailboxes = [{"email": f"someone{number}@mail.example.cn"} for number in range(300)]
    found, unread = search(Payload("https://a.example/", (), json.dumps(mailboxes).encode()), None)
    assert {match.data for match in found} == {"basic.email"}
    assert unread is None, "the same of one kind is told once"
    values = KnownValues()
    for number in range(300):
        raw = f"{number:04d}f1e2a9c7b3d6"
        values.learn(sealed_value(raw, None), raw, "device.android_id", number, None, None)
    many = "&".join(f"a{number}={number:04d}f1e2a9c7b3d6" for number in range(300))
    found, unread = search(Payload(f"https://a.example/?{many}"), values)
    assert len(found) < 300
    assert unread == "too_large"
