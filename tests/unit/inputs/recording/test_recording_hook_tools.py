"""Calls as tools that hook an app tell them: what is kept of arguments, results and stacks, and what never enters an event."""

from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from fixtures.recordings.hook_tools import IMEI, OWNER, STACK, SUMMARY, frooky, mobsf
from mingjian.errors import InputError
from mingjian.inputs.recording import frida_trace
from mingjian.inputs.recording import frooky as frooky_
from mingjian.inputs.recording import mobsf as mobsf_
from mingjian.inputs.recording.hook_call import deciding, returned, stack_of
from mingjian.inputs.recording.track import Carried, Head
from mingjian.model.run import Api, Member, Span

CALL = ("android.telephony.TelephonyManager", "getDeviceId", None, (), "value", IMEI)


def read(importer: ModuleType, content: str, folder: Path) -> list[tuple[object, ...]]:
    """What each event says, with the raw value that travels beside it."""
    file = folder / "recording.txt"
    file.write_text(content, encoding="utf-8")
    assert importer.recognises(Head(file.name, file.read_bytes()[:65536]))
    told: list[tuple[object, ...]] = []
    for number, item in enumerate(importer.read(file).events(), 2):
        event = item.event if isinstance(item, Carried) else item
        raw = item.raw if isinstance(item, Carried) else None
        assert event.seq == number
        assert raw is None or raw.encode() not in msgspec.json.encode(event), "a value never stands in the event"
        if isinstance(event, Api):
            told.append((event.api.cls, event.api.method, event.ts, event.args, event.result, raw))
        else:
            assert isinstance(event, Span) and event.channel == "api" and event.status == "lost"
            told.append((event.what, event.at))
    return told


@pytest.mark.parametrize(
    "argument",
    [
        "android_id",
        "content://sms/inbox",
        "android.permission.READ_CONTACTS",
        "cat /sys/class/net/wlan0/address",
        "/storage/emulated/0/DCIM",
        "ro.serialno",
    ],
)
def test_what_decides_is_kept(argument: str) -> None:
    assert deciding(argument) == argument


@pytest.mark.parametrize(
    "argument",
    [
        IMEI,
        "13800138000",
        "someone@example.com",
        "张三",
        "02:00:00:12:ab:cd",
        "192.168.1.20",
        "550e8400-e29b-41d4-a716-446655440000",
        "9774d56d682e549c",
        "QWxhZGRpbjpvcGVuIHNlc2FtZUFuZE1vcmVPZlRoZVNhbWVBZ2Fpbg",
        "x" * 201,
        "<instance: android.content.ContentResolver>",
        "a.b.C@1f3a",
        "line\nbreak",
        "12",
        "",
        7,
        None,
        {"a": 1},
        ["android_id", IMEI],
        [],
    ],
)
def test_what_may_be_a_value_of_somebody_is_not_kept(argument: object) -> None:
    assert deciding(argument) is None


def test_a_list_is_kept_whole_or_not_at_all() -> None:
    assert (
        deciding(["android.permission.CAMERA", "android.permission.READ_SMS"])
        == '["android.permission.CAMERA", "android.permission.READ_SMS"]'
    )
    assert deciding("content://com.android.contacts/data?name=zhang") == "content://com.android.contacts/data"


@pytest.mark.parametrize(
    ("told", "result", "raw"),
    [
        (None, None, None),
        ("", "empty", None),
        (" null ", "empty", None),
        ("undefined", "empty", None),
        ("[]", "empty", None),
        (IMEI, "value", IMEI),
        (0, "value", "0"),
        (["a", "b"], "value", '["a", "b"]'),
        ("android.location.Location@1f3a", "value", None),
        ("[Ljava.lang.String;@1f3a", "value", None),
        ("[object Object]", "value", None),
        ("java.lang.SecurityException: getDeviceId: not allowed", "denied", None),
        ("Error: java.lang.SecurityException: no", "denied", None),
        ("java.lang.IllegalStateException", "error", None),
        ("Exceptional Person", "value", "Exceptional Person"),
    ],
)
def test_what_came_back(told: object, result: str | None, raw: str | None) -> None:
    assert returned(told) == (result, raw)


def test_a_stack_in_text_loses_only_what_is_no_frame() -> None:
    assert stack_of("   a.B.c(D.java:1)\r\n   e.F.g(H.java:2)\r\n") == ("a.B.c(D.java:1)", "e.F.g(H.java:2)")
    assert stack_of("a.B.c() 1,536 <- \nd.E.f() -2") == ("a.B.c() 1,536", "d.E.f() -2")


def test_lines_of_mobsf_stand_between_others(tmp_path: Path) -> None:
    content = (
        f"[API Monitor] Cannot find a.B.c\nMobSF-API-Monitor: {mobsf()},\n"
        f"message: {{'payload': 'MobSF-API-Monitor: {mobsf(result=None, returnValue=None)},'}}\n"
        f'MobSF-API-Monitor: {{"name": "cut\nMobSF-API-Monitor: {mobsf(arguments=[["android.permission.CAMERA"], 1, IMEI])},\n'
    )
    assert read(mobsf_, content, tmp_path) == [
        CALL,
        (*CALL[:4], None, None),
        ("bad_record", "line:4"),
        (*CALL[:3], ('["android.permission.CAMERA"]', None, None), "value", IMEI),
    ]


def test_the_file_of_mobsf_holds_the_objects_alone(tmp_path: Path) -> None:
    content = f"{mobsf()},{mobsf(method='getSubscriberId', result='null')},{mobsf()[:90]}"
    assert read(mobsf_, content, tmp_path) == [
        CALL,
        (CALL[0], "getSubscriberId", None, (), "empty", None),
        ("truncated", "mobsf:[]"),
    ]


def test_of_mobsf_one_frame_is_known_and_no_hook(tmp_path: Path) -> None:
    file = tmp_path / "mobsf_api_monitor.txt"
    file.write_text(mobsf() + ",")
    track = mobsf_.read(file)
    (item,) = track.events()
    assert isinstance(item, Carried) and isinstance(item.event, Api)
    assert (item.event.stack, item.event.stack_cut) == ((f"{OWNER}.read(DeviceInfo.java:88)",), True)
    (part,) = track.session.parts
    assert (part.tier, part.hooks, part.clock.error_ms) == ("hook", None, None)


def test_frooky_tells_types_times_and_stacks(tmp_path: Path) -> None:
    settings = frooky(
        method="getString",
        **{"class": "android.provider.Settings$Secure"},
        inputParameters=[
            {"declaredType": "android.content.ContentResolver", "value": "<instance: android.content.ContentResolver>"},
            {"declaredType": "java.lang.String", "value": "android_id"},
        ],
        returnValue=[{"declaredType": "java.lang.String", "value": None}],
    )
    refused = frooky(returnValue=None, exception="java.lang.SecurityException: no")
    place = [{"declaredType": "android.location.Location", "value": "<instance: a.B>", "instanceToString": "Location[gps 31.23,121.47]"}]
    content = SUMMARY + frooky() + settings + refused + frooky(returnValue=place) + frooky(returnValue=[{"declaredType": "void"}]) + "{\n"
    time = 1767574805250.0
    assert read(frooky_, content, tmp_path) == [
        (*CALL[:2], time, (), "value", IMEI),
        ("android.provider.Settings$Secure", "getString", time, (None, "android_id"), "empty", None),
        (*CALL[:2], time, (), "denied", None),
        (*CALL[:2], time, (), "value", "Location[gps 31.23,121.47]"),
        (*CALL[:2], time, (), None, None),
        ("bad_line", "line:7"),
    ]
    first, second, *_ = [item.event if isinstance(item, Carried) else item for item in frooky_.read(tmp_path / "recording.txt").events()]
    assert isinstance(first, Api) and isinstance(second, Api)
    assert (first.stack, first.stack_cut) == (STACK, False)
    assert second.api == Member(
        cls="android.provider.Settings$Secure", method="getString", sig=("android.content.ContentResolver", "java.lang.String")
    )


@pytest.mark.parametrize(
    "content",
    [
        'Instrumenting...\nopen: Auto-generated handler at "/h/open.js"\n           /* TID 0x1a2b */\n  1234 ms  open(path="/etc/hosts")\n',
        'fork()\nopen(path="/etc/hosts", oflag=0x0)\n   | close(fd=0x3)\n',
        '  10 ms  TelephonyManager.getDeviceId()\n  11 ms  <= "861"\n  12 ms  -[NSString init]()\n',
    ],
)
def test_frida_trace_is_refused_with_what_to_use_instead(content: str, tmp_path: Path) -> None:
    file = tmp_path / "trace.txt"
    file.write_text(content)
    assert frida_trace.recognises(Head(file.name, content.encode()))
    with pytest.raises(InputError, match="run_no_evidence"):
        frida_trace.read(file)


@pytest.mark.parametrize("content", ["", "fork()\n", "a note\nfork()\nexec()\n", '{"a": 1}\n{"b": 2}\n{"c": 3}\n', "x,y\n1,2\n3,4\n"])
def test_other_text_is_no_trace(content: str) -> None:
    assert not frida_trace.recognises(Head("notes.txt", content.encode()))


@pytest.mark.parametrize("importer", [mobsf_, frooky_])
def test_a_file_without_a_call_is_refused(importer: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "recording.txt"
    file.write_text("nothing here\n" if importer is mobsf_ else SUMMARY)
    with pytest.raises(InputError, match="run_no_calls"):
        importer.read(file)
