"""Which finds show the use of a permission, level by level, and when nothing found means something."""

from dataclasses import replace
from typing import Any

import pytest
from package_samples import UNKNOWN, call, component, permission, reader

from mingjian.extract import Context, uses
from mingjian.extract.permission_needs import needs
from mingjian.model.line import format_line

ANDROID = "android.permission."
SCAN = "API-0139"
BONDED = "API-0133"
IMEI = "API-0003"
LINE_NUMBER = "API-0011"
QUERY = "API-0172"
SPOTS = dict.fromkeys(needs().spots, 0)


def package(name: str, *finds: dict[str, Any], spots: dict[str, int] | None = SPOTS, min_sdk: int = 21, **answers: Any) -> Any:
    max_sdk = answers.pop("max_sdk", None)
    manifest = {"permissions": [permission(ANDROID + name, max_sdk=max_sdk)], "min_sdk": min_sdk, **answers.pop("manifest", {})}
    plain = reader(found={"finds": list(finds)}, manifest=manifest, **answers)
    return plain if spots is None else replace(plain, flows={"spots": spots, "methods": 0})


def said(*args: Any, **more: Any) -> str:
    observations, coverage = uses.extract(package(*args, **more), Context("a" * 64))
    assert coverage == []
    words = [format_line(each).split() for each in observations]
    return " ".join(words[0][1 : 3 if words[0][1] == "perhaps" else 2]) if words else ""


@pytest.mark.parametrize(
    ("name", "find", "more", "expected"),
    [
        ("BLUETOOTH_SCAN", SCAN, {}, "open"),
        ("BLUETOOTH_CONNECT", SCAN, {}, "perhaps unused"),
        ("BLUETOOTH_CONNECT", BONDED, {}, "open"),
        # The old permission is needed up to API level 30 only.
        ("BLUETOOTH_ADMIN", SCAN, {}, "open"),
        ("BLUETOOTH_ADMIN", SCAN, {"min_sdk": 31}, "perhaps unused"),
        ("BLUETOOTH_SCAN", SCAN, {"max_sdk": 30}, "perhaps unused"),
        # Identifiers are closed to apps from 29 on.
        ("READ_PHONE_STATE", IMEI, {}, "open"),
        ("READ_PHONE_STATE", IMEI, {"min_sdk": 29}, "perhaps unused"),
        ("READ_PHONE_NUMBERS", LINE_NUMBER, {}, "open"),
        ("READ_PHONE_STATE", LINE_NUMBER, {"min_sdk": 30}, "perhaps unused"),
        ("READ_SMS", LINE_NUMBER, {}, "open"),
    ],
)
def test_a_call_needs_another_permission_on_another_level(name: str, find: str, more: dict[str, Any], expected: str) -> None:
    assert said(name, call(find), **more) == expected


def test_a_query_is_decided_by_its_address() -> None:
    def at(text: str) -> dict[str, Any]:
        parse = {"k": "call", "v": "Landroid/net/Uri;->parse(Ljava/lang/String;)Landroid/net/Uri;", "a": [{"k": "str", "v": text}]}
        return call(QUERY, parse)

    assert said("READ_CONTACTS", at("content://com.android.contacts/contacts")) == "open"
    assert said("READ_CONTACTS", at("content://com.example.food.provider/orders")) == "unused"
    assert said("READ_CONTACTS", call(QUERY, UNKNOWN)) == "perhaps unused"


def test_an_address_in_a_write_is_not_looked_at() -> None:
    insert = call("use:Landroid/content/ContentResolver;->insert")
    assert said("WRITE_CONTACTS", insert) == "perhaps open"
    assert said("WRITE_CONTACTS") == "unused"


def test_a_receiver_uses_what_its_broadcast_needs() -> None:
    filters = [{"actions": ["android.provider.Telephony.SMS_RECEIVED"], "categories": [], "data": []}]
    receiver = component("receiver", "com.example.food.Sms", filters=filters)
    assert said("RECEIVE_SMS", manifest={"components": [receiver]}) == "open"
    assert said("RECEIVE_SMS", manifest={"components": [receiver | {"enabled": False}]}) == "perhaps unused"


@pytest.mark.parametrize("spot", sorted(SPOTS))
def test_a_blind_spot_leaves_it_unknown(spot: str) -> None:
    assert said("READ_CALL_LOG") == "unused"
    assert said("READ_CALL_LOG", spots=SPOTS | {spot: 1}) == "perhaps unused"


@pytest.mark.parametrize(
    "answers",
    [
        {"found": {"complete": False}},
        {"natives": {"libraries": [{"path": "lib/x86/libx.so"}]}},
    ],
)
def test_what_was_not_read_leaves_it_unknown(answers: dict[str, Any]) -> None:
    found = reader(manifest={"permissions": [permission(ANDROID + "CAMERA")], "min_sdk": 21}, **answers)
    found = replace(found, flows={"spots": SPOTS, "methods": 0})
    observations, _ = uses.extract(found, Context("a" * 64))
    assert [each.certain for each in observations] == [False]


def test_without_the_flow_analysis_it_is_unknown() -> None:
    assert said("CAMERA", spots=None) == "perhaps unused"


def test_what_the_catalogue_does_not_know_is_passed_over() -> None:
    assert said("INTERNET") == ""
