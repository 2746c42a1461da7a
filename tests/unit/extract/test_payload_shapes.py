"""Shapes of content beyond what the usual SDKs send: logs, tables, odd escapes, texts around or before JSON."""

import base64
import gzip
import hashlib
import json
import zlib
from urllib.parse import quote

import pytest
from payload_samples import (
    ANDROID_ID,
    APPS,
    EMAIL,
    IMEI,
    MAC,
    OAID,
    OTHER_IMEI,
    OTHER_PHONE,
    PHONE,
    SERIAL,
    URL,
    as_json,
    digest,
    known_values,
    message,
    noise,
    packed,
    sent,
)

from mingjian.extract.payload import is_hashed, search
from mingjian.inputs.recording.track import Payload

_ENVELOPE = b'{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}\n{"type":"event","length":60}\n' + as_json({"device": {"s": SERIAL}})
_BLANKS = as_json({"x": IMEI, "pad": "abc " * 30})
_SCANS = {"wifi_list": "Home_5G,3c:28:6d:41:9a:02,-40;Cafe,88:25:93:10:20:30,-70", "bssid": "88:25:93:10:20:30"}

BY_VALUE = {
    "form with packed rows": (
        sent(f"crc=1&data_list={quote(packed(gzip.compress(as_json([{'distinct_id': ANDROID_ID}]))))}".encode()),
        {"device.android_id value"},
    ),
    "Base64 twice": (sent(as_json({"p": packed(packed(IMEI))})), {"device.imei value"}),
    "Base64 of hexadecimal": (sent(as_json({"p": packed(OAID.encode().hex())})), {"device.oaid value"}),
    "Base64 in lines": (sent(base64.encodebytes(_BLANKS)), {"device.imei value"}),
    "envelope of lines": (sent(_ENVELOPE), {"device.serial value"}),
    "log with double bars": (
        sent(f"1732284000||launch||{IMEI}||{MAC.lower()}||-".encode()),
        {"device.imei value", "device.mac_wifi value"},
    ),
    "cookie that holds JSON": (sent(Cookie="u=" + quote(json.dumps({"m": PHONE}))), {"basic.phone_number value"}),
    "header that holds JSON": (sent(X_Client_Data=packed(json.dumps({"a": ANDROID_ID}))), {"device.android_id value"}),
    "hyphens for colons": (sent(as_json({"m": MAC.replace(":", "-")})), {"device.mac_wifi value"}),
    "dots for colons": (sent(as_json({"m": "a450.461b.2c3d"})), {"device.mac_wifi value"}),
    "number with spaces": (sent(as_json({"p": "139 1728 4650"})), {"basic.phone_number value"}),
    "number with its country": (sent(as_json({"p": f"+86-{PHONE}"})), {"basic.phone_number value"}),
    "place in a text": (sent(b"loc=31.23042N;121.47370E"), {"location.precise value"}),
    "character data": (sent(f"<a><![CDATA[{IMEI}]]></a>".encode()), {"device.imei value"}),
    "table": (sent(f"time,im,x\n17322,{IMEI},1\n".encode()), {"device.imei value"}),
    "columns": (sent(as_json({"cols": ["t", "im"], "rows": [[1, IMEI], [2, IMEI]]})), {"device.imei value"}),
    "length before JSON": (sent(b"\x00\x00\x00\x2a" + as_json({"x": IMEI, "n": 1})), {"device.imei value"}),
    "two bytes a letter": (sent(json.dumps({"x": IMEI}).encode("utf-16")), {"device.imei value"}),
    "SHA-512": (sent(as_json({"d": hashlib.sha512(IMEI.encode()).hexdigest()})), {"device.imei value hashed"}),
    "digest in a path": (sent(url=f"https://a.cn/d/{digest('md5', IMEI)}/cfg"), {"device.imei value hashed"}),
    "list by lines, packed": (sent(as_json({"d": packed(zlib.compress("\n".join(APPS).encode()))})), {"device.installed_apps value"}),
    "value for a name": (sent(url=f"{URL}?{IMEI}"), {"device.imei value"}),
    "message that holds Base64": (sent(message((1, packed(json.dumps({"o": OAID}))), (2, 3))), {"device.oaid value"}),
    "message that holds gzip": (sent(message((1, "zip"), (2, gzip.compress(as_json({"m": PHONE}))))), {"basic.phone_number value"}),
    "number in a message": (sent(message((1, int(IMEI)), (2, "zz"))), {"device.imei value"}),
    "address in capitals": (sent(as_json({"e": EMAIL.upper()})), {"basic.email value"}),
    "digest of two values": (sent(as_json({"d": digest("md5", IMEI + MAC)})), set()),
}

BY_FORM = {
    "brackets in a name": (sent(f"device%5Bimei%5D={OTHER_IMEI}&x=1".encode()), {"device.imei pattern"}),
    "dots in a name": (sent(f"DEVICE.IMEI={OTHER_IMEI}&x=1".encode()), {"device.imei pattern"}),
    "parameter of a path": (sent(url=f"https://a.cn/v1;imei={OTHER_IMEI}/x"), {"device.imei pattern"}),
    "header": (sent(X_Android_Id="9e107d9d372bb682"), {"device.android_id pattern"}),
    "escaped colons": (sent(url=f"{URL}?mac=5c%3A02%3A14%3Aab%3Acd%3A37"), {"device.mac_wifi pattern"}),
    "envelope of XML": (sent(f"<s:E xmlns:s='x'><s:B><n:imei>{OTHER_IMEI}</n:imei></s:B></s:E>".encode()), {"device.imei pattern"}),
    "lines of settings": (sent(f"[dev]\nimei={OTHER_IMEI}\nos=13\n".encode()), {"device.imei pattern"}),
    "indented lines": (sent(b"user:\n  email: wang.fang@hotmail.com\n  n: 1\n"), {"basic.email pattern"}),
    "table": (sent(f"time,imei,x\n17322,{OTHER_IMEI},1\n".encode()), {"device.imei pattern"}),
    "single quotes": (sent(f"{{'imei': '{OTHER_IMEI}', 'os': 'a'}}".encode()), {"device.imei pattern"}),
    "comma too many": (sent(f'{{"mobile":"{OTHER_PHONE}","a":[1,2,],}}'.encode()), {"basic.phone_number pattern"}),
    "two values of JSON": (sent(f'{{"a":1}}{{"imei":"{OTHER_IMEI}"}}'.encode()), {"device.imei pattern"}),
    "mark of byte order": (sent(b"\xef\xbb\xbf" + as_json({"imei": OTHER_IMEI})), {"device.imei pattern"}),
    "list of pairs": (sent(as_json([["imei", OTHER_IMEI], ["os", "13"]])), {"device.imei pattern"}),
    "surroundings": (sent(as_json(_SCANS)), {"network.wifi_list name", "network.bssid pattern"}),
    "list of people": (
        sent(as_json({"contacts": [{"n": "王小明", "phone": OTHER_PHONE}]})),
        {"contacts.address_book name", "basic.phone_number pattern"},
    ),
    "opaque header": (sent(as_json({"a": 1}), X_Gorgon=packed(noise(100))), set()),
}


NO_JSON = ("single quotes", "comma too many", "two values of JSON", "opaque header", "header", "cookie that holds JSON")


def found(payload: Payload, *, known: bool) -> set[str]:
    matches, _ = search(payload, known_values() if known else None, 2000.0)
    return {f"{match.data} {match.by}{' hashed' if is_hashed(match) else ''}" for match in matches}


@pytest.mark.parametrize("name", BY_VALUE)
def test_values_that_calls_returned(name: str) -> None:
    payload, expected = BY_VALUE[name]
    assert found(payload, known=True) == expected


def test_large_bodies_are_read_as_small_ones_are() -> None:
    filling = [{"event": "click", "page": f"/home/{number}", "t": 1732284000000 + number} for number in range(200)]
    for name, (payload, expected) in {
        **BY_VALUE,
        **BY_FORM,
        "line in a text": (sent(as_json({"log": f"x\n{IMEI}"})), {"device.imei value"}),
    }.items():
        if payload.body.startswith(b"{") and payload.body.endswith(b"}") and name not in ("envelope of lines", *NO_JSON):
            large = sent(as_json([*filling, json.loads(payload.body), *filling]))
            assert found(large, known=name not in BY_FORM) == expected, name


@pytest.mark.parametrize("name", BY_FORM)
def test_values_that_nobody_read_in_the_run(name: str) -> None:
    payload, expected = BY_FORM[name]
    assert found(payload, known=False) == expected
