"""What intercepted calls state: by row and arguments as for code, by what came back, by phase."""

import pytest
from run_samples import ARTIFACT, AT_APP, AT_SDK, IMEI, PACKAGE, USUAL, call, gained, hook_part, lines, marks, session, source

from mingjian.extract.known_values import KnownValues
from mingjian.inputs.recording.track import Carried
from mingjian.model.line import format_line, parse
from mingjian.model.run import Api, File, Mark, Member, Net, Ui

TELEPHONY = "android.telephony.TelephonyManager"
SECURE = "android.provider.Settings$Secure.getString"
QUERY = "android.content.ContentResolver.query"
CODE_QUERY = ("android.net.Uri", "java.lang.String[]", "java.lang.String", "java.lang.String[]", "java.lang.String")
INFO = "android.app.ApplicationPackageManager.getPackageInfo"


def acts(*events: Api) -> list[str]:
    """The acts alone: `collect device.imei`."""
    return [line.removeprefix("observed ").split(" by ")[0] for line in lines(*events)]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        # By the catalogue's id, by name alone, by overload; on the class that carries it out, and on one that inherits it.
        (call("x.Y.z", hook="API-0001"), ["collect device.imei"]),
        (call(f"{TELEPHONY}.getDeviceId"), ["collect device.imei"]),
        (call(f"{TELEPHONY}.getDeviceId", sig=("int",)), ["collect device.imei"]),
        (call("android.telephony.TelephonyManager.getDeviceId()"), ["collect device.imei"]),
        (call("android.app.ApplicationPackageManager.getInstalledPackages", args=(None,)), ["collect device.installed_apps"]),
        (call("android/content/pm/PackageManager.getInstalledPackages", sig=("I",)), ["collect device.installed_apps"]),
        (call("android.hardware.SystemSensorManager.getSensorList", args=("1",)), ["collect device.sensor_motion"]),
        (call("android.accounts.AccountManager.getAccounts", sig=()), ["collect contacts.device_accounts"]),
        # A call of no row states nothing, nor does one that only corroborates, nor the agent's own.
        (call(f"{TELEPHONY}.getNothing"), []),
        (call(f"{TELEPHONY}.getPhoneType", sig=()), []),
        (call("x.Y.z", hook="API-0025"), []),
        (call("java.util.UUID.fromString", hook="canary"), []),
        # An overload that nobody listed is the same by its name alone, which is not certain.
        (call(f"{TELEPHONY}.getDeviceId", sig=("int", "java.lang.String")), ["perhaps collect device.imei"]),
        (
            call("android.content.pm.PackageManager.getPackageInfo", sig=("android.content.pm.VersionedPackage", "int"), args=("a.b", "0")),
            [],
        ),
        # A name without its class is probably the one that the catalogue knows; one that many classes have tells nothing.
        (call(".getInstalledPackages"), ["perhaps collect device.installed_apps"]),
        (call(".getString"), []),
        # Types as different tools spell them.
        (call(SECURE, sig=("ContentResolver", "String"), args=(None, "android_id")), ["collect device.android_id"]),
        (
            call("java.lang.Runtime.exec", sig=("[Ljava.lang.String;",), args=("[sh, -c, pm list packages]",)),
            ["collect device.installed_apps"],
        ),
        (call("android.provider.Settings.Secure.getString", args=(None, "android_id")), ["collect device.android_id"]),
        # Settings are decided by their key; one that was not recorded may be any.
        (call(SECURE, args=(None, "adb_enabled")), ["probe device.environment"]),
        (call(SECURE, args=(None, "screen_brightness")), []),
        (call(SECURE, args=(None, None)), ["perhaps collect unknown"]),
        (call(SECURE, args=("android_id",)), ["collect device.android_id"]),
        (call(SECURE, args=()), ["perhaps collect unknown"]),
        (call(SECURE), ["perhaps collect unknown"]),
        # Content by its address, whatever follows it.
        (call(QUERY, sig=CODE_QUERY, args=("content://com.android.contacts/data/phones?limit=5", None)), ["collect contacts.address_book"]),
        (call(QUERY, args=("content://0@sms/inbox", None, None, None, None)), ["collect comms.sms"]),
        (call(QUERY, args=("content://settings/secure/android_id",)), ["collect device.android_id"]),
        (call(QUERY, args=("content://settings/secure/location_mode",)), ["probe device.environment"]),
        (call(QUERY, args=(f"content://{PACKAGE}.provider/orders",)), []),
        (call(QUERY, args=(None,)), ["perhaps collect unknown"]),
        # One other app that is asked for by name is probed for; the app itself is nobody else.
        (call(INFO, args=("com.example.rival", "0")), ["probe device.installed_apps"]),
        (call(INFO, args=(PACKAGE, "0")), []),
        (call(INFO, args=(None, "0")), ["perhaps collect device.installed_apps"]),
        # Properties, commands, paths.
        (call("android.os.SystemProperties.get", args=("ro.serialno",)), ["collect device.serial"]),
        (call("android.os.SystemProperties.get", args=("ro.kernel.qemu", "")), ["probe device.environment"]),
        (call("libc.native.system_property", hook="native.system_property", args=("ro.serialno",)), ["collect device.serial"]),
        (call("libc.native.system_property", hook="native.system_property", args=("debug.x",)), []),
        (call("java.lang.Runtime.exec", args=("cat /sys/class/net/wlan0/address",)), ["collect device.mac_wifi"]),
        (call("java.lang.ProcessBuilder.$init", args=('["getprop","ro.serialno"]',), sig=("java.util.List",)), ["collect device.serial"]),
        (call("java.lang.ProcessBuilder.<init>", args=("ls /data",), sig=("java.util.List",)), []),
        (call("java.io.FileInputStream.<init>", sig=("java.lang.String",), args=("/sdcard/DCIM/1.jpg",)), ["collect media.album"]),
        (call("java.io.FileInputStream.<init>", sig=("java.lang.String",), args=("/data/data/com.example.food/x",)), []),
        (call("java.io.File.listFiles", sig=(), args=("/storage/emulated/0/DCIM",)), ["collect media.album"]),
        (call("java.io.File.listFiles", sig=(), args=("/data/user/0/com.example.food",)), []),
        (call("java.io.File.listFiles", sig=()), []),
        # Numbers: sensors, states of the phone, consent switches.
        (call("android.hardware.SensorManager.registerListener", args=(None, "19", "3")), ["collect health.steps"]),
        (
            call("android.hardware.SensorManager.registerListener", args=(None, '{Sensor name="x", vendor="y", type=1, power=0.1}', "3")),
            ["collect device.sensor_motion"],
        ),
        (call("android.hardware.SensorManager.registerListener", args=(None, "5", "3")), []),
        (call(f"{TELEPHONY}.listen", args=(None, "0x30"), result="value"), ["collect network.cell", "collect comms.call_content"]),
        (call("com.mob.MobSDK.submitPolicyGrantResult", args=("true",), result=None), ["consent.sdk_switch"]),
        (call("com.mob.MobSDK.submitPolicyGrantResult", args=("false",), result=None), []),
        # Permissions: each of the request, and that several groups are asked for at once; what opens nothing is only requested.
        (
            call(
                "android.app.Activity.requestPermissions",
                args=("android.permission.CAMERA,android.permission.READ_CONTACTS", "7"),
                result=None,
            ),
            ["ask permission.camera.CAMERA", "ask permission.contacts.READ_CONTACTS", "ask.together permission"],
        ),
        (
            call("com.example.food.Main.ask", hook="API-0254", args=('["android.permission.POST_NOTIFICATIONS"]', None), result=None),
            ["request permission.notifications.POST_NOTIFICATIONS"],
        ),
        (call("android.app.Activity.requestPermissions", result=None), ["perhaps ask unknown"]),
        (call("androidx.activity.result.ActivityResultLauncher.launch", result=None), []),
        # Another app is started when the intent names it; dialogs of the system are none.
        (
            call("android.app.ContextImpl.startService", args=("intent:#Intent;component=com.rival.app/com.rival.app.S;end",)),
            ["start.other"],
        ),
        (call("android.app.Activity.startActivity", args=("Intent { act=a.b.C cmp=com.rival.app/.Main }",)), ["start.other"]),
        (call("android.content.Context.startActivity", args=(f"Intent {{ cmp={PACKAGE}/.Main }}",)), []),
        (call("android.content.Context.startActivity", args=("intent:#Intent;package=com.android.permissioncontroller;end",)), []),
        (call("android.content.Context.startActivity", args=("intent:#Intent;action=android.intent.action.VIEW;end",)), []),
        (call("android.content.Context.startActivity"), []),
    ],
)
def test_what_a_call_does(event: Api, expected: list[str]) -> None:
    assert acts(event) == expected
    for each in gained(event).observations:
        assert parse(format_line(each)).action == each.action


@pytest.mark.parametrize(
    ("result", "said", "expected"),
    [
        ("value", IMEI, ["collect device.imei"]),
        ("value", None, ["collect device.imei"]),
        ("empty", None, ["attempt device.imei"]),
        ("denied", None, ["attempt device.imei"]),
        ("error", None, ["attempt device.imei"]),
        (None, None, ["perhaps collect device.imei", "attempt device.imei"]),
        (None, IMEI, ["collect device.imei"]),
        # What the system gives everybody instead of a value is none, by its hash as well.
        ("value", "000000000000000", ["attempt device.imei"]),
        ("value", "unknown", ["attempt device.imei"]),
        (None, "02:00:00:00:00:00", ["attempt device.imei"]),
    ],
)
def test_what_came_back(result: str | None, said: str | None, expected: list[str]) -> None:
    assert acts(call(f"{TELEPHONY}.getDeviceId", sig=(), result=result, said=said)) == expected


def test_a_method_without_a_result_cannot_come_back_empty() -> None:
    listening = "android.location.LocationManager.registerGnssStatusCallback"
    updates = "android.location.LocationManager.requestLocationUpdates"
    assert acts(call(updates, result="empty")) == ["perhaps collect location.precise", "attempt location.precise"]
    assert acts(call(updates, result="denied")) == ["attempt location.precise"]
    assert acts(call(listening, result="empty")) == ["attempt location.precise"]


def test_asking_and_probing_are_done_whatever_comes_back() -> None:
    for result in ("value", "empty", "denied", "error", None):
        assert acts(call(INFO, args=("com.example.rival", "0"), result=result)) == ["probe device.installed_apps"]
    assert acts(call("android.app.Activity.startActivity", args=("com.rival.app",), result="error")) == []


def test_a_placeholder_that_only_the_raw_value_shows() -> None:
    event = call(f"{TELEPHONY}.getDeviceId", sig=(), result="value", said=None)
    values = KnownValues()
    found = gained(Carried(event, raw="unknown"), values=values)
    assert [each.action for each in found.observations] == ["attempt"]
    assert values.empty
    gained(Carried(event, raw=IMEI), values=values)
    assert not values.empty


def test_the_actor_is_the_caller_or_whom_the_row_names() -> None:
    assert lines(call(f"{TELEPHONY}.getDeviceId", stack=(AT_SDK, AT_APP))) == [
        "observed collect device.imei by sdk.umeng_analytics during foreground"
    ]
    started = call("cn.jpush.android.api.JPushInterface.init", args=(None,))
    assert lines(started) == ["observed collect device.android_id by sdk.jpush during foreground"]


def test_every_phase_is_stated_for_itself() -> None:
    usual = marks(*USUAL, (70, "launch"))
    denied = Mark(seq=50, ts=80_000.0, name="permission_denied", data="android.permission.CAMERA")
    line = source(session(), (*usual, denied))
    moments = {3.0: "before_consent", 30.0: "foreground", 50.0: "background", 65.0: "closed", 75.0: "foreground"}
    for at, phase in moments.items():
        assert lines(call(f"{TELEPHONY}.getDeviceId", at), of=line) == [f"observed collect device.imei by app during {phase}"]
    assert lines(call(f"{TELEPHONY}.getDeviceId", 90.0), of=line) == [
        "observed collect device.imei by app during foreground",
        "observed collect device.imei by app during after_denial",
    ]
    assert lines(call(f"{TELEPHONY}.getDeviceId", None)) == ["observed collect device.imei by app during unknown"]


def test_a_permission_that_was_denied_is_asked_for_again() -> None:
    denied = Mark(seq=50, ts=25_000.0, name="permission_denied", data="permission.location.ACCESS_FINE_LOCATION")
    granted = Mark(seq=51, ts=35_000.0, name="permission_granted", data="android.permission.ACCESS_COARSE_LOCATION")
    line = source(session(), (*marks(*USUAL), denied, granted))

    def asked(permission: str, at: float) -> list[str]:
        event = call("android.app.Activity.requestPermissions", at, args=(f"android.permission.{permission}", "1"), result=None)
        return [each for each in lines(event, of=line) if "ask.again" in each]

    assert asked("ACCESS_COARSE_LOCATION", 30.0) == [
        "observed ask.again permission.location.ACCESS_COARSE_LOCATION by app during foreground",
        "observed ask.again permission.location.ACCESS_COARSE_LOCATION by app during after_denial",
    ]
    assert asked("CAMERA", 30.0) == []
    assert asked("ACCESS_FINE_LOCATION", 22.0) == []


def test_calls_of_one_kind_are_counted_in_one_observation() -> None:
    found = gained(*(call(f"{TELEPHONY}.getDeviceId", 25 + number * 0.1, seq=100 + number) for number in range(30))).observations
    assert [format_line(each) for each in found] == [
        "observed collect device.imei by app during foreground via api count 30 second 10 minute 30 same 29"
    ]
    assert found[0].sites == 30
    assert len(found[0].evidence) == 20
    assert found[0].evidence[0].locator == "run:100"
    assert found[0].evidence[0].artifact == ARTIFACT
    assert f"→ {AT_APP}" in found[0].evidence[0].excerpt
    assert IMEI not in found[0].evidence[0].excerpt


def test_a_call_within_a_call_is_counted_once() -> None:
    outer = call(f"{TELEPHONY}.getDeviceId", 30.0, sig=(), seq=101)
    inner = call(f"{TELEPHONY}.getDeviceId", 30.0, (f"{TELEPHONY}.getDeviceId(T.java:1)", AT_APP), sig=("int",), seq=102)
    other = call(f"{TELEPHONY}.getImei", 30.0, (f"{TELEPHONY}.getDeviceId(T.java:1)", AT_APP), sig=("int",), seq=103)
    (found,) = gained(outer, inner, other).observations
    assert found.tally is not None
    assert (found.tally.count, found.tally.second, found.sites) == (1, 1, 3)


def test_a_request_that_a_library_passes_on_is_one_request() -> None:
    compat = "androidx.core.app.ActivityCompat.requestPermissions"
    asked = "android.permission.CAMERA"
    outer = call(compat, 30.0, args=(None, asked, "1"), result=None, seq=101)
    inner = call("android.app.Activity.requestPermissions", 30.0, (f"{compat}(A.java:3)", AT_APP), args=(asked, "1"), result=None, seq=102)
    (found,) = gained(outer, inner).observations
    assert found.tally is not None
    assert (found.action, found.tally.count, found.sites) == ("ask", 1, 2)


def test_the_order_of_events_does_not_matter() -> None:
    events = [
        call(f"{TELEPHONY}.getDeviceId", at, (AT_SDK, AT_APP) if number % 3 else (AT_APP,), seq=100 + number, said=f"{IMEI}{number % 4}")
        for number, at in enumerate((3.0, 25.0, 25.2, 30.0, 33.0, 35.2, 41.0, 50.0, 58.9, 65.0, 77.0, 99.0))
    ]
    straight = sorted(format_line(each) for each in gained(*events).observations)
    for shift in range(1, len(events)):
        assert sorted(format_line(each) for each in gained(*events[shift:], *events[:shift]).observations) == straight
    assert sorted(format_line(each) for each in gained(*reversed(events)).observations) == straight


def test_a_tool_that_keeps_the_methods_own_frame() -> None:
    stack = (f"{TELEPHONY}.getDeviceId(Native Method)", AT_APP)
    events = [call(f"{TELEPHONY}.getDeviceId", at, stack, seq=int(at * 10)) for at in (30.0, 30.5)]
    (found,) = gained(*events).observations
    assert found.tally is not None
    assert (found.tally.count, found.tally.second) == (2, 2)


def test_two_tools_that_saw_the_same_call_count_it_once() -> None:
    two = session(hook_part(), hook_part())
    events = [call(f"{TELEPHONY}.getDeviceId", 30.0, seq=100 + part, part=part) for part in (0, 1)]
    (found,) = gained(*events, of=source(two)).observations
    assert found.tally is not None
    assert (found.tally.count, found.tally.second, found.sites) == (1, 1, 2)


def test_files_outside_the_apps_own_folders() -> None:
    read = File(seq=7, ts=30_000.0, op="read", path="/sdcard/DCIM/a.jpg", stack=(AT_SDK,))
    written = File(seq=8, ts=30_000.0, op="write", path="/storage/emulated/0/.hidden/id", stack=(AT_APP,))
    own = File(seq=9, ts=30_000.0, op="write", path=f"/storage/emulated/0/Android/data/{PACKAGE}/files/a", stack=(AT_APP,))
    assert lines(read, written, own) == [
        "observed collect media.album by sdk.umeng_analytics during foreground",
        "observed store.outside by app during foreground",
    ]


def test_without_the_apps_name_nobody_can_tell_its_folders() -> None:
    read = File(seq=7, ts=30_000.0, op="read", path="/data/data/com.rival.app/a", stack=(AT_SDK,))
    assert lines(read, package="", of=source(session(app=None))) == []
    assert lines(read, package="") == ["observed collect media.files by sdk.umeng_analytics during foreground"]


def test_values_are_learned_where_there_are_any() -> None:
    values = KnownValues()
    gained(
        call(f"{TELEPHONY}.getDeviceId", seq=88),
        call(f"{TELEPHONY}.getDeviceId", seq=89),
        call(INFO, args=("com.rival.app", "0"), said="com.rival.app"),
        call(f"{TELEPHONY}.getSubscriberId", result="denied"),
        values=values,
    )
    (found,) = values.sightings(IMEI)
    assert (found.held.data, found.held.call.seq) == ("device.imei", 88)
    assert found.held.call.at is not None
    assert found.held.call.at.locator == "run:88"
    assert f"→ {AT_APP}" in found.held.call.at.excerpt


def test_moments_are_the_first_places_of_each_act() -> None:
    found = gained(*(call(f"{TELEPHONY}.getDeviceId", 25 + number, seq=100 + number) for number in range(3))).moments
    assert [(each.ts, each.what, each.name, each.phase, each.locator) for each in found] == [
        (
            25_000 + number * 1000.0,
            "act",
            "observed collect device.imei by app during foreground via api",
            "foreground",
            f"run:{100 + number}",
        )
        for number in range(3)
    ]


def test_events_of_other_channels_state_nothing() -> None:
    assert lines(Net(seq=5, ts=1.0, visibility="plain"), Ui(seq=6, ts=2.0)) == []


def test_arguments_without_end_are_forgotten() -> None:
    events = (
        Api(
            seq=number,
            api=Member(cls="android.provider.Settings$Secure", method="getString"),
            args=(None, f"{number}" * 200),
            result="value",
        )
        for number in range(40_000)
    )
    assert lines(*events) == []


@pytest.mark.parametrize("between", ["android.os.Handler.dispatchMessage(Handler.java:106)", ""])
def test_whoever_called_is_found_however_deep(between: str) -> None:
    deep = [between] * 40
    told = lines(
        call(f"{TELEPHONY}.getDeviceId", stack=deep, seq=100),
        call(f"{TELEPHONY}.getDeviceId", stack=(*deep, AT_SDK), seq=101),
        call(f"{TELEPHONY}.getDeviceId", stack=(*deep, AT_APP), seq=102),
    )
    assert [line.split(" by ")[1].split(" ")[0] for line in told] == ["unknown", "sdk.umeng_analytics", "app"]
