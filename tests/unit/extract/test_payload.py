"""Personal data in requests as SDKs pack them: each sample says what is in it, and nothing else may be found."""

import base64
import gzip
import hashlib
import json
import struct
import zlib
from urllib.parse import quote

import brotli
import pytest
from payload_samples import (
    ANDROID_ID,
    APPS,
    CARD,
    CLIP,
    EMAIL,
    ICCID,
    IMEI,
    MAC,
    MODEL,
    OAID,
    OTHER_IMEI,
    OTHER_PHONE,
    PHONE,
    SERIAL,
    SSID,
    URL,
    as_json,
    digest,
    known_values,
    message,
    noise,
    packed,
    packed_map,
    sealed_values,
    sent,
    token,
)

from mingjian.extract.payload import is_hashed, search
from mingjian.inputs.recording.track import Payload


def found(payload: Payload, *, known: bool = True) -> set[str]:
    """`data by`, with `hashed` for digests."""
    matches, _ = search(payload, known_values() if known else None, 2000.0)
    return {f"{match.data} {match.by}{' hashed' if is_hashed(match) else ''}" for match in matches}


_NESTED = message((1, "8.7.1"), (2, message((1, "a1b2"), (2, message((3, IMEI))))), (9, noise(12)))
_LOGIN = {"query": "mutation Login($p:String!){login(phone:$p){token}}", "variables": {"p": PHONE}}
_CUSTOM = b"\x7f\x01\x00\x00TLV\x00\x0f" + IMEI.encode() + b"\x00\x01\xff\xfe\xfd\x80"


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


_MULTIPART = (
    (f'--Xb7\r\nContent-Disposition: form-data; name="imei"\r\n\r\n{IMEI}\r\n').encode()
    + b'--Xb7\r\nContent-Disposition: form-data; name="log"; filename="l.gz"\r\nContent-Type: application/gzip\r\n\r\n'
    + gzip.compress(as_json({"p": PHONE}))
    + b"\r\n--Xb7--\r\n"
)
_GRPC = message((1, PHONE), (2, 3))

BY_VALUE = {
    "query": (sent(url=f"{URL}?im={IMEI}"), {"device.imei value"}),
    "part of a path": (sent(url=f"https://api.foo.cn/v1/devices/{IMEI}/report"), {"device.imei value"}),
    "part of a path in Base64": (
        sent(url="https://api.foo.cn/t/" + base64.urlsafe_b64encode(OAID.encode()).decode().rstrip("=")),
        {"device.oaid value"},
    ),
    "text in a query": (sent(url=f"{URL}?txt={quote(CLIP)}"), {"clipboard.content value"}),
    "user agent": (sent(User_Agent=f"Foo/1.2 imei/{IMEI} net/wifi"), {"device.imei value"}),
    "cookie": (sent(Cookie=f"sid=abc123; did={ANDROID_ID}; theme=dark"), {"device.android_id value"}),
    "header, digest in capitals": (sent(X_Device_Id=digest("md5", IMEI).upper()), {"device.imei value hashed"}),
    "vendor's head before zlib": (
        sent(b"\x01\x00\x1a\x07UMENV\x00\x02" + zlib.compress(as_json({"header": {"idmd5": digest("md5", IMEI)}, "e": [1, 2]}))),
        {"device.imei value hashed"},
    ),
    "vendor's head before gzip": (
        sent(struct.pack(">HBIQ", 900, 1, 77, 123456) + gzip.compress(as_json({"content": [{"android_id": ANDROID_ID}]}))),
        {"device.android_id value"},
    ),
    "protocol buffer": (
        sent(_NESTED),
        {"device.imei value"},
    ),
    "protocol buffer, doubles": (sent(message((1, "loc"), (2, message((1, 31.230416), (2, 121.473701))))), {"location.precise value"}),
    "frame of gRPC": (sent(b"\x00" + struct.pack(">I", len(_GRPC)) + _GRPC), {"basic.phone_number value"}),
    "protocol buffer in Base64 in JSON": (
        sent(as_json({"payload": packed(message((1, "t"), (2, message((5, OAID), (6, 1)))))})),
        {"device.oaid value"},
    ),
    "MessagePack": (sent(packed_map({"v": "1", "im": IMEI, "os": "android"})), {"device.imei value"}),
    "gzip": (sent(gzip.compress(as_json({"d": IMEI})), encoding="gzip"), {"device.imei value"}),
    "gzip that the tool took off": (sent(as_json({"d": IMEI}), encoding="gzip"), {"device.imei value"}),
    "gzip that nobody names": (sent(gzip.compress(as_json({"d": IMEI}))), {"device.imei value"}),
    "brotli": (sent(brotli.compress(as_json({"m": MAC.lower()})), encoding="br"), {"device.mac_wifi value"}),
    "bare deflate": (sent(_deflated(as_json({"x": IMEI})), encoding="deflate"), {"device.imei value"}),
    "gzip in Base64 in JSON": (sent(as_json({"p": packed(gzip.compress(as_json({"k": IMEI})))})), {"device.imei value"}),
    "zlib in hexadecimal": (sent(zlib.compress(as_json({"k": OAID})).hex().encode()), {"device.oaid value"}),
    "JSON in JSON in JSON": (sent(as_json({"a": json.dumps({"b": json.dumps({"sn": SERIAL})})})), {"device.serial value"}),
    "lines of JSON": (sent(b"\n".join((as_json({"a": 1}), as_json({"who": EMAIL})))), {"basic.email value"}),
    "batch": (sent(as_json([{"props": {"oaid": OAID, "aid": ANDROID_ID}}] * 50)), {"device.oaid value", "device.android_id value"}),
    "GraphQL": (
        sent(as_json(_LOGIN)),
        {"basic.phone_number value"},
    ),
    "multipart with a file": (
        sent(_MULTIPART),
        {"device.imei value", "basic.phone_number value"},
    ),
    "text with bars": (sent(f"v1|{IMEI}|{MAC}|android|13".encode()), {"device.imei value", "device.mac_wifi value"}),
    "sentence": (sent(f"来电：+86 {PHONE}，请处理".encode()), {"basic.phone_number value"}),
    "padding escaped in a form": (sent(("d=" + quote(packed(json.dumps({"q": IMEI})))).encode()), {"device.imei value"}),
    "Base64 of a raw digest": (sent(as_json({"i": packed(hashlib.md5(IMEI.encode()).digest())})), {"device.imei value hashed"}),
    "digest of capitals without colons": (sent(url=f"{URL}?k={digest('md5', MAC.replace(':', ''))}"), {"device.mac_wifi value hashed"}),
    "digest without hyphens": (sent(as_json({"h": digest("sha256", OAID.replace("-", ""))})), {"device.oaid value hashed"}),
    "digest of Base64": (sent(as_json({"h": digest("sha1", packed(IMEI))})), {"device.imei value hashed"}),
    "digest of a digest": (sent(url=f"{URL}?u={digest('md5', digest('md5', PHONE))}"), {"basic.phone_number value hashed"}),
    "middle of a digest": (sent(url=f"{URL}?u={digest('md5', IMEI)[8:24]}"), {"device.imei value hashed"}),
    "hexadecimal of Base64": (sent(as_json({"p": packed(PHONE).encode().hex()})), {"basic.phone_number value"}),
    "rounded place under other names": (sent(as_json({"x": 121.4737, "y": 31.2304, "z": 4.2})), {"location.precise value"}),
    "list joined otherwise, in Base64": (sent(as_json({"al": packed("|".join(APPS))})), {"device.installed_apps value"}),
    "list as objects": (sent(as_json({"pk": [{"n": name, "v": "1.0"} for name in APPS]})), {"device.installed_apps value"}),
    "short text": (sent(as_json({"wifi": {"s": SSID}})), {"network.ssid value"}),
    "model under its name": (sent(as_json({"model": MODEL, "brand": "Redmi"})), {"device.model value"}),
    "model in every request": (sent(User_Agent=f"Dalvik/2.1.0 (Linux; Android 13; {MODEL} Build/TKQ1)"), set()),
    "damaged head, custom binary": (
        sent(_CUSTOM),
        {"device.imei value"},
    ),
    "once in plain, once hashed": (sent(as_json({"a": IMEI, "b": digest("md5", IMEI)})), {"device.imei value", "device.imei value hashed"}),
}

BY_FORM = {
    "escaped twice": (sent(("data=" + quote(quote(json.dumps({"imei": OTHER_IMEI})))).encode()), {"device.imei pattern"}),
    "GraphQL, inline": (sent(as_json({"query": f'mutation {{ report(imei: "{OTHER_IMEI}", os: "android") }}'})), {"device.imei pattern"}),
    "number": (sent(as_json({"imei": int(OTHER_IMEI)})), {"device.imei pattern"}),
    "escaped letters": (sent(b'{"\\u0069mei":"\\u0033' + OTHER_IMEI[1:].encode() + b'"}'), {"device.imei pattern"}),
    "form that holds JSON": (sent(f'data={{"imei":"{OTHER_IMEI}","os":"a"}}'.encode()), {"device.imei pattern"}),
    "MessagePack": (sent(packed_map({"imei": OTHER_IMEI, "os": "android"})), {"device.imei pattern"}),
    "property list": (sent(f"<plist><dict><key>imei</key><string>{OTHER_IMEI}</string></dict></plist>".encode()), {"device.imei pattern"}),
    "attributes of XML": (sent(b'<?xml version="1.0"?><req><dev mac="3c:28:6d:41:9a:02" os="13"/></req>'), {"device.mac_wifi pattern"}),
    "label and value": (sent(as_json({"params": [{"key": "androidId", "value": "9e107d9d372bb682"}]})), {"device.android_id pattern"}),
    "JSON in a query": (sent(url=f"{URL}?q=" + quote('{"dev":{"wifi_mac":"5c:02:14:ab:cd:37"}}')), {"device.mac_wifi pattern"}),
    "token": (sent(Authorization="Bearer " + token({"sub": "u_1", "phone": OTHER_PHONE})), {"basic.phone_number pattern"}),
    "call around JSON": (sent(f'cb_17({{"mobile":"{OTHER_PHONE}"}});'.encode()), {"basic.phone_number pattern"}),
    "event of a socket": (sent(f'42["login",{{"phone":"{OTHER_PHONE}"}}]'.encode()), {"basic.phone_number pattern"}),
    "country code": (sent(as_json({"user": {"mobilePhone": f"+86{OTHER_PHONE}"}})), {"basic.phone_number pattern"}),
    "country code without a name": (sent(as_json({"a": f"+86{OTHER_PHONE}"})), {"basic.phone_number pattern"}),
    "resident identity number": (sent("证件 11010519491231002X 完成".encode()), {"identity.id_card pattern"}),
    "bank card": (sent(f"amount=10&bankCardNo={CARD}".encode()), {"finance.bank_account pattern"}),
    "cards of the telephone": (sent(as_json({"imsi": "460012345678917", "iccid": ICCID})), {"device.imsi pattern", "device.iccid pattern"}),
    "address": (sent(b"email=wang.fang%40hotmail.com&x=1"), {"basic.email pattern"}),
    "address without a name": (sent(as_json({"a": "wang.fang@hotmail.com"})), {"basic.email name"}),
    "MAC without a name": (sent(as_json({"a": "3c:28:6d:41:9a:02"})), {"device.mac_wifi name"}),
    "two numbers": (sent(url=f"{URL}?lat=30.274085&lng=120.155070"), {"location.precise pattern"}),
    "two numbers of two digits": (sent(url=f"{URL}?lat=30.27&lng=120.15"), {"location.coarse pattern"}),
    "two numbers in one": (sent(as_json({"gps": "30.274085,120.155070"})), {"location.precise pattern"}),
    "GeoJSON": (sent(as_json({"type": "Point", "coordinates": [120.15507, 30.274085]})), {"location.precise pattern"}),
    "digest under a name": (sent(as_json({"imei_md5": digest("md5", OTHER_IMEI)})), {"device.imei name"}),
    "wrong check digit under a name": (sent(as_json({"imei": "864123035678905"})), {"device.imei name"}),
    "name of a person in GB 18030": (
        sent(json.dumps({"real_name": "张晓明"}, ensure_ascii=False).encode("gbk"), Content_Type="application/json; charset=GBK"),
        {"basic.name name"},
    ),
}


@pytest.mark.parametrize("name", BY_VALUE)
def test_values_that_calls_returned(name: str) -> None:
    payload, expected = BY_VALUE[name]
    assert found(payload) == expected


@pytest.mark.parametrize("name", BY_FORM)
def test_values_that_nobody_read_in_the_run(name: str) -> None:
    payload, expected = BY_FORM[name]
    assert found(payload, known=False) == expected


def test_hashes_are_enough_to_find_a_value() -> None:
    body = as_json({"a": IMEI, "b": digest("sha256", MAC), "c": "x " + PHONE})
    matches, _ = search(sent(body), sealed_values(), 2000.0)
    assert {(match.data, match.form) for match in matches} == {
        ("device.imei", ""),
        ("device.mac_wifi", "sha256"),
        ("basic.phone_number", ""),
    }


def test_a_match_says_where_how_and_which_call() -> None:
    matches, _ = search(sent(as_json({"dev": {"k": packed(digest("md5", IMEI))}})), known_values(), 2000.0)
    (match,) = matches
    assert (match.where, match.form, match.event) == ("body.json.dev.k", "base64>md5", 10)
    assert match.masked == "86***" + IMEI[-1]
    assert IMEI not in repr(matches)


def test_a_value_read_later_was_not_sent_before() -> None:
    payload = sent(as_json({"a": IMEI}))
    assert search(payload, known_values(), -60_000.0) == ((), None)
    assert search(payload, known_values(), None)[0][0].event == 10


def test_large_bodies_are_read_as_small_ones_are() -> None:
    filling = [{"event": "click", "page": f"/home/{number}", "t": 1732284000000 + number} for number in range(200)]
    for name, (payload, expected) in BY_VALUE.items():
        if payload.body.startswith(b"{") and b"\n" not in payload.body:
            large = sent(as_json([*filling, json.loads(payload.body), *filling]))
            assert found(large) == expected, name
    assert found(sent(as_json(filling))) == set()
