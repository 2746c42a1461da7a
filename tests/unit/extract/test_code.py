from typing import Any

import pytest
from package_samples import PACKAGE, UNKNOWN, call, class_found, component, dex, reader

from mingjian.extract import Context, code
from mingjian.model.line import format_line, parse
from mingjian.model.way import told
from mingjian.native import PackageReader

SECURE_STRING = "API-0099"
QUERY = "API-0172"
PACKAGE_INFO = "API-0147"
EXEC = "API-0241"
EXEC_LIST = "API-0242"
PROPERTY = "API-0097"
ASK = "API-0254"
IN_SHOP = "Lcom/example/food/Shop;"


def lines(*finds: dict[str, Any], **answers: Any) -> list[str]:
    observations, _ = code.extract(package(*finds, **answers), Context("a" * 64))
    for each in observations:
        assert parse(format_line(each)).action == each.action
    return [format_line(each).removesuffix(" via code").replace(" via code ", " ") for each in observations]


def package(*finds: dict[str, Any], **answers: Any) -> PackageReader:
    return reader(found={"finds": list(finds)}, **answers)


def uri(text: str) -> dict[str, Any]:
    return {"k": "call", "v": "Landroid/net/Uri;->parse(Ljava/lang/String;)Landroid/net/Uri;", "a": [{"k": "str", "v": text}]}


def uri_field(member: str) -> dict[str, Any]:
    return {"k": "field", "v": f"{member}:Landroid/net/Uri;"}


def name_of(owner: str) -> dict[str, Any]:
    return {"k": "call", "v": f"L{owner};->getPackageName()Ljava/lang/String;", "a": []}


CONTACTS = "Landroid/provider/ContactsContract$Contacts;->CONTENT_URI"


@pytest.mark.parametrize(
    ("find", "expected"),
    [
        (call("API-0001"), ["possible collect device.imei by app during unknown"]),
        # Settings are decided by their key.
        (call(SECURE_STRING, UNKNOWN, "android_id"), ["possible collect device.android_id by app during unknown"]),
        (call(SECURE_STRING, UNKNOWN, "bluetooth_address"), ["possible collect device.mac_bluetooth by app during unknown"]),
        (call(SECURE_STRING, UNKNOWN, "adb_enabled"), ["possible probe device.environment by app during unknown"]),
        (call(SECURE_STRING, UNKNOWN, "tts_default_synth"), []),
        (call(SECURE_STRING, UNKNOWN, UNKNOWN), ["possible perhaps collect unknown by app during unknown"]),
        (
            call(SECURE_STRING, UNKNOWN, {"k": "any", "v": [{"k": "str", "v": "android_id"}, {"k": "str", "v": "tts_default_synth"}]}),
            ["possible collect device.android_id by app during unknown"],
        ),
        # The package's own entry in the package manager is no app list.
        (call(PACKAGE_INFO, PACKAGE, 0), []),
        (call(PACKAGE_INFO, {"k": "call", "v": "Landroid/content/Context;->getPackageName()Ljava/lang/String;", "a": []}, 0), []),
        (call(PACKAGE_INFO, name_of("android/app/Activity"), 0), []),
        (call(PACKAGE_INFO, name_of("com/example/food/Shop"), 0), []),
        # Others have a getPackageName as well.
        (
            call(PACKAGE_INFO, name_of("android/content/ComponentName"), 0),
            ["possible perhaps collect device.installed_apps by app during unknown"],
        ),
        (
            call(PACKAGE_INFO, name_of("android/app/usage/UsageStats"), 0),
            ["possible perhaps collect device.installed_apps by app during unknown"],
        ),
        (call(PACKAGE_INFO, "com.tencent.mm", 0), ["possible probe device.installed_apps by app during unknown"]),
        (call(PACKAGE_INFO, {"k": "param", "v": 1}, 0), ["possible perhaps collect device.installed_apps by app during unknown"]),
        # A query is decided by its URI.
        (call(QUERY, uri("content://sms/inbox")), ["possible collect comms.sms by app during unknown"]),
        (call(QUERY, uri("content://smsarchive.example/x")), []),
        (call(QUERY, uri("content://com.example.food.provider/orders")), []),
        (call(QUERY, uri_field(CONTACTS)), ["possible collect contacts.address_book by app during unknown"]),
        (call(QUERY, {"k": "param", "v": 1}), ["possible perhaps collect unknown by app during unknown"]),
        # Commands and properties.
        (call(EXEC, "/system/bin/cat /sys/class/net/wlan0/address"), ["possible collect device.mac_wifi by app during unknown"]),
        (call(EXEC, "getprop ro.serialno"), ["possible collect device.serial by app during unknown"]),
        (call(EXEC, "sh -c which su"), ["possible probe device.environment by app during unknown"]),
        (call(EXEC, "mkdir /data/local/tmp"), []),
        # Newer systems show an app its own processes and its own log only.
        (call(EXEC, "ps"), ["possible perhaps collect device.running_apps by app during unknown"]),
        (call(EXEC, "logcat -d"), ["possible perhaps collect weblog.behaviour by app during unknown"]),
        (call("API-1029", UNKNOWN), ["possible perhaps collect unknown by app during unknown"]),
        (call(EXEC_LIST, ["pm", "list", "packages"]), ["possible collect device.installed_apps by app during unknown"]),
        (call(EXEC_LIST, ["sh", UNKNOWN]), ["possible perhaps collect unknown by app during unknown"]),
        (call(PROPERTY, "ro.serialno"), ["possible collect device.serial by app during unknown"]),
        (call(PROPERTY, "ro.product.cpu.abi"), []),
        (call(PROPERTY, "gsm.serial"), ["possible perhaps collect device.serial by app during unknown"]),
        # A row whose condition code does not show.
        (call("API-0157"), ["possible perhaps collect device.running_apps by app during unknown"]),
        # The DRM identifier is one property of several.
        (call("API-0209", "deviceUniqueId"), ["possible collect device.drm_id by app during unknown"]),
        (call("API-0209", "vendor"), []),
        # PhoneStateListener: 32 is the call state, 16 the cell; 0 ends listening.
        (
            call("API-0038", UNKNOWN, 48),
            ["possible collect network.cell by app during unknown", "possible collect comms.call_content by app during unknown"],
        ),
        (call("API-0038", UNKNOWN, 0), []),
        # The time between two positions, in milliseconds, is the second argument.
        (call("API-0179", "gps", 2000, UNKNOWN, UNKNOWN), ["possible collect location.precise by app during unknown count 1 period 2"]),
        (call("API-0179", "gps", UNKNOWN, UNKNOWN, UNKNOWN), ["possible collect location.precise by app during unknown"]),
        (call("API-0179", "gps", 0, UNKNOWN, UNKNOWN), ["possible collect location.precise by app during unknown"]),
        # Reflection by name.
        (call("API-1027", "getSubscriberId", UNKNOWN), ["possible perhaps collect device.imsi by app during unknown"]),
        (call("API-1028", "getInstance", UNKNOWN), []),
        (call("API-1028", UNKNOWN, UNKNOWN), []),
        # Files of the shared storage.
        (call("API-1006", "/storage/emulated/0/DCIM/Camera"), ["possible collect media.album by app during unknown"]),
        # A file that is only named may be about to be written; one of the system is there to be read.
        (call("API-1005", "/storage/emulated/0/DCIM/Camera"), ["possible perhaps collect media.album by app during unknown"]),
        (call("API-1005", "/sys/class/net/wlan0/address"), ["possible collect device.mac_wifi by app during unknown"]),
        # The app's own folder on shared storage holds its own files.
        (call("API-1006", f"/sdcard/Android/data/{PACKAGE}/files/a.pdf"), []),
        (call("API-1006", "/sdcard/Android/data/com.tencent.mm/x"), ["possible collect media.files by app during unknown"]),
        (call("API-0415", kind="string", target=f"/sdcard/Android/data/{PACKAGE}"), []),
        (call("API-1005", "/data/data/com.example.food/x"), []),
        (call("API-1005", UNKNOWN), []),
        (
            call("API-0240", on={"k": "call", "v": "Landroid/os/Environment;->getExternalStorageDirectory()Ljava/io/File;", "a": []}),
            ["possible collect media.files by app during unknown"],
        ),
        (call("API-0240", on={"k": "param", "v": 1}), []),
        # Waking others, and an SDK's consent switch.
        (
            call(
                "API-0257",
                {
                    "k": "call",
                    "v": "Landroid/content/Intent;->setPackage(Ljava/lang/String;)Landroid/content/Intent;",
                    "a": [{"k": "str", "v": "com.tencent.mm"}],
                },
            ),
            ["possible start.other by app during unknown"],
        ),
        (
            call(
                "API-0257",
                {
                    "k": "call",
                    "v": "Landroid/content/Intent;->setPackage(Ljava/lang/String;)Landroid/content/Intent;",
                    "a": [{"k": "str", "v": PACKAGE}],
                },
            ),
            [],
        ),
        (call("API-0257", {"k": "new", "v": "Landroid/content/Intent;"}), []),
        (call("API-0325", UNKNOWN, 1), ["possible consent.sdk_switch by sdk.umeng_analytics during unknown"]),
        (call("API-0325", UNKNOWN, 0), []),
        (call("API-0325", UNKNOWN, UNKNOWN), ["possible consent.sdk_switch by sdk.umeng_analytics during unknown"]),
        # The call that begins an SDK's collection is an act of the SDK.
        (call("API-0326", UNKNOWN), ["possible collect device.android_id by sdk.jpush during unknown"]),
        # A field, and a text that stands alone.
        (call("API-0084", kind="field"), ["possible collect device.serial by app during unknown"]),
        (call("API-0359", kind="string", target="ro.serialno"), ["possible perhaps collect device.serial by app during unknown"]),
        (call("API-0335", kind="string", target="content://smsarchive.example"), []),
    ],
)
def test_arguments_decide(find: dict[str, Any], expected: list[str]) -> None:
    assert lines(find) == expected


@pytest.mark.parametrize(
    ("caller", "owner"),
    [
        ("Lcom/example/food/Shop;", "app"),
        ("Lcom/example/foodie/Shop;", "unknown"),
        ("Lcn/jpush/android/service/PushService;", "sdk.jpush"),
        ("Lcn/jiguang/internal/A;", "sdk.jpush"),
        ("Lcn/jiguang/verifysdk/B;", "sdk.jverify"),
        ("Lcn/jiguangx/B;", "unknown"),
        ("La/b;", "unknown"),
    ],
)
def test_the_owner_is_exact_or_unknown(caller: str, owner: str) -> None:
    assert lines(call("API-0001", within=caller)) == [f"possible collect device.imei by {owner} during unknown"]


def test_a_service_that_the_manifest_does_not_offer_is_a_doubt() -> None:
    reads_screens = call("API-0225", kind="override", within="Lcom/example/food/Clicker;")
    service = component("service", "com.example.food.Clicker")
    certain = ["possible collect media.screen by app during unknown"]
    doubtful = ["possible perhaps collect media.screen by app during unknown"]
    assert lines(reads_screens, manifest={"components": [service]}) == certain
    assert lines(reads_screens, manifest={"components": [service | {"enabled": False}]}) == doubtful
    assert lines(reads_screens) == doubtful


def test_a_launcher_does_not_make_the_code_of_others_the_apps() -> None:
    def owner(launcher: str, caller: str) -> str:
        components = [component("activity", launcher, launcher=True)]
        (line,) = lines(call("API-0001", within=caller), manifest={"application": None, "components": components})
        return line.split(" by ")[1].split()[0]

    # A vendor under whose name several SDKs are known is no app, and neither is an engine.
    assert owner("com.tencent.MainActivity", "Lcom/tencent/unheard/of/X;") == "unknown"
    assert owner("com.unity3d.player.UnityPlayerActivity", "Lcom/unity3d/player/UnityPlayerActivity;") == "unknown"
    assert owner("com.shop.MainActivity", "Lcom/shop/pay/X;") == "app"
    assert owner("com.tencent.qqmusic.MainActivity", "Lcom/tencent/qqmusic/X;") == "app"


def test_support_code_that_nothing_is_known_to_call_is_a_doubt() -> None:
    within = "Landroidx/core/telephony/TelephonyManagerCompat;"
    assert lines(call("API-0001", within=within)) == ["possible perhaps collect device.imei by unknown during unknown"]
    reached = {"reached": [{"method_id": 1, "entry": 0, "chain": ["Lcom/example/food/App;->onCreate()V"]}]}
    assert lines(call("API-0001", within=within), reached=reached) == ["possible collect device.imei by unknown during app_start"]


@pytest.mark.parametrize(
    ("application", "caller", "owner"),
    [
        ("cn.shop.base.App", "Lcn/shop/base/net/Api;", "app"),
        # One part is everybody's.
        ("app.App", "Lapp/Api;", "unknown"),
        # A packer's or an SDK's Application does not make its code the app's.
        ("com.tencent.StubShell.TxAppEntry", "Lcom/tencent/StubShell/B;", "unknown"),
        ("io.dcloud.application.DCloudApplication", "Lio/dcloud/application/B;", "sdk.dcloud"),
        ("cn.shop.App", "Lcn/shopping/Api;", "unknown"),
    ],
)
def test_the_namespace_of_the_application_class_is_the_apps_within_reason(application: str, caller: str, owner: str) -> None:
    manifest = {"application": {"name": application, "locator": "/application"}, "components": []}
    assert lines(call("API-0001", within=caller), manifest=manifest) == [f"possible collect device.imei by {owner} during unknown"]


def test_what_app_start_reaches_says_so_and_shows_the_chain() -> None:
    chain = ["Lcom/example/food/App;->onCreate()V", "Lcom/example/food/Shop;->open()V"]
    reached = {"reached": [{"method_id": 1, "entry": 0, "chain": ["long", *chain]}, {"method_id": 1, "entry": 1, "chain": chain}]}
    observations, _ = code.extract(package(call("API-0001"), call("API-0007", method_id=2), reached=reached), Context("a" * 64))
    assert [(each.data, each.phase) for each in observations] == [("device.imei", "app_start"), ("device.imsi", "unknown")]
    way = told(observations[0].evidence[0].excerpt).way
    assert way is not None
    assert [frame.place.method for frame in way.frames] == chain


def test_places_of_one_statement_are_one_observation() -> None:
    finds = [call("API-0001", offset=offset) for offset in range(30)]
    (observation,), _ = code.extract(package(*finds), Context("a" * 64))
    assert observation.sites == 30
    assert len(observation.evidence) == 20
    assert observation.evidence[1].locator == "dex:classes.dex!Lcom/example/food/Shop;->open()V+0x1"
    assert observation.evidence[0].artifact == "a" * 64


def test_a_payload_stands_in_the_locator() -> None:
    (observation,), _ = code.extract(package(call("API-0001", dex="assets/ad.jar!classes.dex")), Context("a" * 64))
    assert observation.evidence[0].locator.startswith("dex:assets/ad.jar!classes.dex!Lcom/example/food/Shop;->open()V+0x")


def test_a_uri_constant_beside_a_query_of_an_unknown_uri_is_a_hint() -> None:
    beside = call("uri", kind="field", target=f"{CONTACTS}:Landroid/net/Uri;")
    elsewhere = call("uri", kind="field", method="close", target="Landroid/provider/CallLog$Calls;->CONTENT_URI:Landroid/net/Uri;")
    query = call(QUERY, UNKNOWN, target="Landroid/content/ContentResolver;->query(Landroid/net/Uri;)Landroid/database/Cursor;")
    assert lines(beside, elsewhere, query) == ["possible perhaps collect contacts.address_book by app during unknown"]


def test_a_text_that_decided_a_call_is_not_stated_twice() -> None:
    text = call("API-0335", kind="string", target="content://sms")
    assert lines(call(QUERY, uri("content://sms")), text) == ["possible collect comms.sms by app during unknown"]


def test_each_permission_of_a_prompt_and_several_groups_together() -> None:
    found = call(ASK, ["android.permission.CAMERA", "android.permission.READ_CONTACTS"], 1)
    assert lines(found) == [
        "possible ask permission.camera.CAMERA by app during unknown",
        "possible ask permission.contacts.READ_CONTACTS by app during unknown",
        "possible ask.together permission by app during unknown count 2",
    ]


def test_a_right_that_opens_no_data_does_not_make_several() -> None:
    found = call(ASK, ["android.permission.POST_NOTIFICATIONS", "android.permission.CAMERA", "android.permission.INTERNET"], 1)
    assert lines(found) == [
        "possible request permission.notifications.POST_NOTIFICATIONS by app during unknown",
        "possible ask permission.camera.CAMERA by app during unknown",
    ]


def test_two_permissions_of_one_group_are_not_several_groups() -> None:
    found = call(ASK, ["android.permission.ACCESS_FINE_LOCATION", "android.permission.ACCESS_COARSE_LOCATION"], 1)
    assert [line for line in lines(found) if "ask.together" in line] == []


def test_one_permission_or_another_by_branch_is_not_both_at_once() -> None:
    either = {
        "k": "any",
        "v": [{"k": "array", "v": [{"k": "str", "v": f"android.permission.{name}"}]} for name in ("CAMERA", "READ_CONTACTS")],
    }
    assert [line for line in lines(call(ASK, either, 1)) if "ask.together" in line] == []


def test_a_prompt_known_in_part_states_the_part_and_the_doubt() -> None:
    assert lines(call(ASK, ["android.permission.CAMERA", UNKNOWN], 1)) == [
        "possible perhaps ask unknown by app during unknown",
        "possible ask permission.camera.CAMERA by app during unknown",
    ]
    assert lines(call(ASK, UNKNOWN, 1)) == ["possible perhaps ask unknown by app during unknown"]


def test_coverage_is_complete_only_when_all_was_read() -> None:
    def status(**found: Any) -> tuple[str, str]:
        _, (row,) = code.extract(reader(found=found), Context("a" * 64))
        return row.status, row.reason.en if row.reason else ""

    assert status() == ("complete", "")
    assert status(dex=[]) == ("failed", "the package holds no DEX code that could be read")
    assert status(dex=[dex(faulty_methods=2)]) == ("partial", "the code of some methods could not be decoded (2)")
    payload = {"path": "assets/x.dat", "kind": "unknown", "status": "encrypted", "entropy": 7.9, "reason": None}
    assert status(payloads=[payload]) == ("partial", "the embedded code assets/x.dat is encrypted")
    assert status(payloads=[payload | {"status": "read"}]) == ("complete", "")
    assert status(finds_cut=True)[0] == "partial"
    assert status(finds=[call("loads")])[0] == "partial"
    read = payload | {"status": "read"}
    assert status(finds=[call("loads")], payloads=[read]) == ("complete", "")
    assert status(finds=[call("loads"), call("loads", within="La/b;")], payloads=[read])[0] == "partial"
    assert status(finds=[call("loads", within="Landroidx/multidex/MultiDex;")])[0] == "complete"
    fault = {"where": "classes.dex", "code": "short", "what": "It ends early."}
    assert status(complete=False, faults=[fault]) == ("partial", "part of the code could not be read (classes.dex: It ends early.)")


def test_questions_of_other_extractors_are_left_to_them() -> None:
    assert lines(class_found("sdk:jpush:cn.jpush.android/", "Lcn/jpush/android/A;", 3)) == []
