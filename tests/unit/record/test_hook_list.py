"""The hook list that is made of the catalogue, and how the agent's words become events."""

import json
from collections import Counter

import pytest

from mingjian.extract import catalogue
from mingjian.extract.hooks import required_hooks, watched
from mingjian.model.run import Member
from mingjian.record.hooked import _dotted_type, impersonal
from mingjian.record.hooks import hookable, hooks, java_type, natives, plan


def test_every_call_whose_silence_means_something_is_watched():
    assert set(required_hooks()) <= {each.id for each in (*hooks(), *natives())}


def test_no_member_is_hooked_twice():
    """The second replacement would take the place of the first."""
    members = Counter((cls, hook.method, hook.parameters) for hook in hooks() for cls in hook.classes)
    assert [member for member, count in members.items() if count > 1] == []


def test_a_row_is_hooked_where_a_device_carries_it_out():
    apps = next(hook for hook in hooks() if hook.id == "API-0140")
    assert (apps.classes, apps.method, apps.parameters) == (("android.app.ApplicationPackageManager",), "getInstalledPackages", ("int",))


def test_what_is_hooked_is_found_again_under_its_row():
    """An event names the class that was hooked; without its id it still leads to a row that reaches the same data."""
    for hook in hooks():
        row = catalogue.apis().get(hook.id)
        if row is not None and hook.parameters is not None:
            name = "<init>" if hook.method == "$init" else hook.method
            for cls in hook.classes:
                found = watched(Member(cls=cls, method=name, sig=hook.parameters), None)
                assert found is not None, hook
                assert (found.row.data, found.row.action) == (row.data, row.action), hook


def test_rows_that_state_nothing_are_not_hooked():
    corroborating = [row for row in catalogue.apis().values() if row.action in ("corroborate", "none")]
    assert corroborating
    assert not any(map(hookable, corroborating))


def test_an_sdks_class_is_no_part_of_the_platform():
    places = {hook.id: hook.platform for hook in hooks()}
    assert (places["API-0003"], places["API-0324"], places["request.url"], places["request.okhttp"]) == (True, False, True, False)


def test_only_keys_that_identify_are_asked_of_settings():
    setting = next(hook for hook in hooks() if hook.id == "API-0099")
    assert setting.args == ((1, "text"),)
    assert setting.only is not None
    assert "android_id" in setting.only.texts
    assert "lock_pattern_autolock" not in setting.only.texts


def test_the_plan_is_json_and_says_how_each_result_is_read():
    told = json.loads(json.dumps(plan()))
    readings = {hook["id"]: hook["returns"] for hook in told["hooks"]}
    assert (readings["API-0003"], readings["API-0178"], readings["API-0118"], readings["API-0140"]) == (
        "text",
        "location",
        "mac",
        "packages",
    )
    assert (readings["API-0179"], readings["API-0110"], readings["API-0240"]) == ("none", "collection", "array")


@pytest.mark.parametrize(
    ("descriptor", "name"),
    [("I", "int"), ("[B", "[B"), ("La/b/C$D;", "a.b.C$D"), ("[Ljava/lang/String;", "[Ljava.lang.String;"), ("[[I", "[[I")],
)
def test_types_are_named_as_reflection_names_them(descriptor: str, name: str):
    assert java_type(descriptor) == name


@pytest.mark.parametrize(("name", "dotted"), [("int", "int"), ("[B", "byte[]"), ("[[I", "int[][]"), ("[La.B;", "a.B[]"), ("a.B", "a.B")])
def test_types_of_an_event_are_dotted(name: str, dotted: str):
    assert _dotted_type(name) == dotted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("content://com.android.contacts/phone_lookup/13800138000", "content://com.android.contacts/phone_lookup/***"),
        ("content://com.android.contacts/data/emails/filter/li.lei@example.com", "content://com.android.contacts/data/emails/filter/***"),
        ("/sdcard/DCIM/Camera/IMG_20260104.jpg", "/sdcard/DCIM/Camera/IMG_***.jpg"),
        ("content://10@com.android.contacts/data", "content://10@com.android.contacts/data"),
        ("android_id", "android_id"),
        ("/sdcard/tencent/MicroMsg", "/sdcard/tencent/MicroMsg"),
        ("/storage/emulated/0/DCIM", "/storage/emulated/0/DCIM"),
    ],
)
def test_arguments_lose_what_is_personal(text: str, said: str):
    assert impersonal(text) == said
