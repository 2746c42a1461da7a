from typing import Any

import pytest
from package_samples import class_found, component, permission, reader

from mingjian.extract import Context, manifest, sdk
from mingjian.extract.libraries import owner_of_library
from mingjian.model.line import format_line

META = {"name": "com.amap.api.v2.apikey", "value": "0", "locator": "/application/meta-data[1]"}


def stated(extractor: Any, **answers: Any) -> list[str]:
    observations, _ = extractor.extract(reader(**answers), Context("a" * 64))
    return [format_line(each) for each in observations]


def receiver(action: str, name: str = "com.example.food.BootReceiver", **more: Any) -> dict[str, Any]:
    filters = [{"actions": [action], "categories": [], "schemes": [], "hosts": [], "priority": 0}]
    return component("receiver", name, filters=filters, **more)


DECLARED = "declared declare permission.camera.CAMERA by app via manifest"
GRANTED = "declared declare.install_time permission.camera.CAMERA by app via manifest"


@pytest.mark.parametrize(
    ("name", "target", "more", "lines"),
    [
        ("android.permission.CAMERA", 33, {}, [DECLARED]),
        ("android.permission.CAMERA", 23, {}, [DECLARED]),
        ("android.permission.CAMERA", 22, {}, [GRANTED]),
        # `uses-permission-sdk-23` counts on Android 6 and later, which grants an old target everything all the same.
        ("android.permission.CAMERA", 22, {"min_sdk_only": True}, [GRANTED]),
        # A preview's name or a reference that leads nowhere does not make a target old.
        ("android.permission.CAMERA", None, {}, [DECLARED, GRANTED.replace("declared ", "declared perhaps ", 1)]),
        ("android.permission.INTERNET", None, {}, ["declared declare permission.normal.INTERNET by app via manifest"]),
        ("android.permission.INTERNET", 22, {}, ["declared declare permission.normal.INTERNET by app via manifest"]),
    ],
)
def test_permissions_of_old_targets_are_granted_at_install_time(
    name: str, target: int | None, more: dict[str, Any], lines: list[str]
) -> None:
    assert stated(manifest, manifest={"permissions": [permission(name, **more)], "target_sdk": target, "components": []}) == lines


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (("CAMERA", "READ_SMS"), 2),
        (("CAMERA", "READ_SMS", "SEND_SMS"), 2),
        (("READ_SMS", "SEND_SMS"), None),
        (("CAMERA", "INTERNET"), None),
    ],
)
def test_one_batch_at_installation_counts_groups(names: tuple[str, ...], groups: int | None) -> None:
    asked = [permission(f"android.permission.{each}") for each in names]
    found = stated(manifest, manifest={"permissions": asked, "target_sdk": 22, "components": []})
    together = [line for line in found if "ask.together" in line]
    assert together == ([f"declared ask.together permission by app via manifest count {groups}"] if groups else [])


@pytest.mark.parametrize(
    ("each", "permissions", "lines"),
    [
        (receiver("android.intent.action.BOOT_COMPLETED"), ["RECEIVE_BOOT_COMPLETED"], ["declared start.self by app via manifest"]),
        (
            receiver("android.intent.action.BOOT_COMPLETED", "cn.jpush.android.service.PushReceiver"),
            ["RECEIVE_BOOT_COMPLETED"],
            ["declared start.self by sdk.jpush via manifest"],
        ),
        (receiver("android.intent.action.BOOT_COMPLETED"), [], ["declared perhaps start.self by app via manifest"]),
        (receiver("android.intent.action.BOOT_COMPLETED", enabled=False), ["RECEIVE_BOOT_COMPLETED"], []),
        # Not delivered to receivers of the manifest from target SDK 24 on.
        (receiver("android.net.conn.CONNECTIVITY_CHANGE"), [], ["declared perhaps start.self by app via manifest"]),
        (receiver("android.intent.action.MY_PACKAGE_REPLACED"), [], []),
    ],
)
def test_receivers_that_start_the_app(each: dict[str, Any], permissions: list[str], lines: list[str]) -> None:
    declared = [permission(f"android.permission.{name}") for name in permissions]
    found = stated(manifest, manifest={"components": [each], "permissions": declared})
    assert [line for line in found if "start.self" in line] == lines


def test_a_lost_manifest_is_no_empty_manifest() -> None:
    fault = {"where": "AndroidManifest.xml", "code": "cut", "what": "It ends early."}
    _, (row,) = manifest.extract(reader(manifest={"complete": False, "faults": [fault]}), Context("a" * 64))
    assert (row.channel, row.status) == ("manifest", "partial")
    assert row.reason is not None and "It ends early." in row.reason.zh
    _, (row,) = manifest.extract(reader(manifest={"package": "", "complete": False}), Context("a" * 64))
    assert row.status == "failed"


def test_a_base_without_its_splits_is_half_a_package() -> None:
    meta = [{"name": "com.android.vending.splits.required", "value": "true", "locator": "/application/meta-data[1]"}]
    _, rows = manifest.extract(reader(manifest={"meta": meta}), Context("a" * 64))
    assert {(row.channel, row.status) for row in rows} == {("manifest", "partial"), ("code", "partial"), ("layout", "partial")}
    whole = {"containers": [{"path": "base.apk", "split": None}, {"path": "split_config.zh.apk", "split": "config.zh"}]}
    _, (row,) = manifest.extract(reader(manifest={"meta": meta}, identity=whole), Context("a" * 64))
    assert row.status == "complete"


def test_an_sdk_is_seen_in_code_component_meta_data_library_and_asset() -> None:
    found = stated(
        sdk,
        found={"finds": [class_found("sdk:bugly:com.tencent.bugly/", "Lcom/tencent/bugly/Bugly;", 12)]},
        manifest={"components": [component("service", "cn.jpush.android.service.PushService")], "meta": [META]},
        entries=["lib/arm64-v8a/libRongIMLib.so", "assets/gdt_plugin/gdtadv2.jar", "lib/arm64-v8a/libown.so"],
    )
    assert sorted(found) == [
        "declared embed by sdk.amap via manifest",
        "declared embed by sdk.jpush via manifest",
        "possible embed by sdk.bugly via code",
        "possible embed by sdk.gdt via code",
        "possible embed by sdk.rongcloud via code",
    ]


def test_the_longest_prefix_takes_the_classes() -> None:
    inner = class_found("sdk:jverify:cn.jiguang.verifysdk/", "Lcn/jiguang/verifysdk/A;", 7)
    outer = class_found("sdk:jpush:cn.jiguang/", "Lcn/jiguang/verifysdk/A;", 7)
    assert stated(sdk, found={"finds": [inner, outer]}) == ["possible embed by sdk.jverify via code"]
    more = outer | {"count": 8}
    assert stated(sdk, found={"finds": [inner, more]}) == ["possible embed by sdk.jverify via code", "possible embed by sdk.jpush via code"]


def test_the_apps_own_component_under_a_vendors_prefix_is_no_sdk() -> None:
    own = component("activity", "com.tencent.map.demo.Main")
    assert stated(sdk, manifest={"package": "com.tencent.map.demo", "components": [own]}) == []


def test_a_library_name_that_two_sdks_use_tells_of_neither() -> None:
    assert owner_of_library("lib/arm64-v8a/libBugly.so") == "bugly"
    assert owner_of_library("lib/arm64-v8a/libcrashsdk.so") is None
    assert owner_of_library("lib/arm64-v8a/libjcore412.so") == "jpush"
