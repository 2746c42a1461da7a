"""What must not be taken for personal data: numbers, versions, stand-ins, masks, other people's fields."""

import json

import pytest
from payload_samples import IMEI, as_json, digest, known_values, sent

from mingjian.extract.known_values import KnownValues
from mingjian.extract.payload import search
from mingjian.inputs.recording.track import Payload

INNOCENT: list[dict[str, object]] = [
    # timestamps, orders, versions, colours, ids
    {"ts": 1732284000123},
    {"time": "2024-11-22 14:00:00.123"},
    {"order_id": "202411221530001234567"},
    {"orderNo": "4200002134202411229876543210"},
    {"trade": "86412303567890"},
    {"order": "864123035678902"},
    {"track": "356901102030408"},
    {"version": "3.12.0.4471"},
    {"v": "10.0.19041.1237"},
    {"color": "#ff8800"},
    {"argb": "ff8800cc11aa"},
    {"uid": 100234567},
    {"user_id": "13800138000000"},
    {"snowflake": 1859874563210987654},
    {"card": "ace of spades"},
    {"sku": "6228480402564890"},
    {"goods": "4111111111111111"},
    {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"},
    {"span": "00f067aa0ba902b7"},
    {"commit": "9fceb02d0ae598e95dc970b74767f19372d61af8"},
    {"sha": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"uuid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
    {"request_id": "req-7f3b1c2e-11ee"},
    {"mac": "02:00:00:00:00:00"},
    {"mac": "ff:ff:ff:ff:ff:ff"},
    {"mac": "00:00:00:00:00:00"},
    {"mac": "true"},
    {"mac": ""},
    {"imei": "000000000000000"},
    {"imei": "unknown"},
    {"imei": None},
    {"imei_enabled": True},
    {"has_imei": 1},
    {"phone": ""},
    {"phone": "0"},
    {"phone_type": "android"},
    {"phone_brand": "Xiaomi"},
    {"service_phone": "13816520947"},
    {"hotline": "4008123123"},
    {"mobile": "1"},
    {"isMobile": "true"},
    {"lat": 0, "lng": 0},
    {"lat": 0.0, "lng": 0.0},
    {"flat": 31.2304, "slang": 121.4737},
    {"shop_lat": 31.2304, "shop_lng": 121.4737},
    {"x": 0.1234, "y": 9.80665, "z": 0.0312},
    {"ratio": "0.12345,0.67891"},
    {"size": "121.5x31.2"},
    {"range": "2024-2025"},
    {"price": "31.2304,121.4737元"},
    {"icon": "logo@2x.png"},
    {"dsn": "https://4f1a0c3d2b1e4f5a9b8c7d6e5f4a3b2c@o1234.ingest.sentry.io/55"},
    {"git": "git@github.com:a/b.git"},
    {"from": "noreply@example.cn"},
    {"npm": "@babel/core@7.23.1"},
    {"ip": "127.0.0.1"},
    {"ip": "0.0.0.0"},
    {"dns_ip": "119.29.29.29"},
    {"id": "110105194912310021"},
    {"id": "11010519491331002X"},
    {"n": "99010519491231002X"},
    {"sn": "S"},
    {"name": "首页"},
    {"fingerprint": "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01"},
    {"ipv6": "2001:0db8:85a3:0000:0000:8a2e:0370:7334"},
    {"clock": "12:34:56:78:90:12:34"},
    {"tel_regex": "^1[3-9]\\d{9}$"},
    {"phone": "138****8001"},
    {"email": "***"},
    {"email": "a***@b.com"},
    {"idCard": "110***********002X"},
    {"android_id": "9774d56d682e549c"},
    {"oaid": "00000000-0000-0000-0000-000000000000"},
    {"oaid": "00000000000000000000000000000000"},
    {"gaid": "00000000-0000-0000-0000-000000000000"},
    {"iccid": ""},
    {"sessionid": "460012345678917"},
    {"seq": "8986011234567890"},
    {"barcode": "6901234567892"},
    {"isbn": "9787111128069"},
    {"build": "TKQ1.221114.001"},
    {"abi": "arm64-v8a"},
    {"locale": "zh-CN"},
    {"mcc": "460"},
    {"play": "13:45:10"},
    {"mask": "255.255.255.0"},
    {"phoneVersion": "13"},
    {"telemetry": "13816520947"},
    {"lon_lat_enabled": 1},
    {"error": "invalid imei"},
    {"msg": "请输入手机号 13800000000 格式"},
    {"contact_us_email": "service@foo.cn"},
    {"wifi_enabled": True},
    {"ssid": "<unknown ssid>"},
    {"macro": "A4:50"},
    {"email_count": 12},
    {"card_no": "1234"},
    {"pan": "left"},
    {"gps": "off"},
    {"gps": "1"},
    {"location": "homepage"},
    {"device_id": "0"},
    {"deviceid": "unknown"},
]


@pytest.mark.parametrize("fields", INNOCENT, ids=lambda fields: json.dumps(fields)[:60])
def test_nothing_is_found(fields: dict[str, object]) -> None:
    assert search(sent(json.dumps(fields, ensure_ascii=False).encode()), None) == ((), None)


def test_nothing_is_found_in_all_of_them_together() -> None:
    assert search(sent(as_json(INNOCENT)), None) == ((), None)


@pytest.mark.parametrize(
    ("data", "value", "field"),
    [
        ("network.carrier", "46000", "code"),
        ("device.locale", "zh", "lang_of_page"),
        ("device.os", "13", "page"),
        ("device.model", "M2102K1C", "campaign"),
        ("device.hardware", "HUAWEI", "q"),
        ("device.identifier", "unknown", "state"),
        ("clipboard.content", "12345678", "total"),
        ("clipboard.content", "recommend", "tab"),
        ("device.android_id", "0000000000000000", "mask"),
    ],
)
def test_a_common_value_is_no_evidence_by_itself(data: str, value: str, field: str) -> None:
    values = KnownValues()
    values.learn(None, value, data, 5, None, "00")
    payload = Payload(f"https://a.cn/x?{field}={value}", (("User-Agent", f"okhttp {value}"),), as_json({field: value}))
    assert search(payload, values)[0] == ()


def test_a_value_inside_a_longer_number_is_another_number() -> None:
    assert search(sent(as_json({"order": f"20{IMEI}77"})), known_values())[0] == ()


def test_a_place_far_away_is_another_place() -> None:
    assert search(sent(as_json({"x": 121.4837, "y": 31.2304})), known_values())[0] == ()


def test_two_packages_of_a_list_are_not_the_list() -> None:
    body = as_json({"share": ["com.tencent.mm", "com.sina.weibo"]})
    assert search(sent(body), known_values())[0] == ()


def test_a_digest_of_something_else() -> None:
    assert search(sent(as_json({"h": digest("md5", "x" + IMEI)})), known_values()) == ((), None)
