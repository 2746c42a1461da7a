"""What recordings of other tools state: acts with owner and phase, and never that nothing else happened."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.recordings.hook_tools import IMEI, SUMMARY, frooky, mobsf
from fixtures.recordings.workbooks import APPSCAN, CALLS, CAMILLE, STACK_TEXT, call, camille, xls, xlsx
from fixtures.scenario import record
from mingjian.extract import runtime
from mingjian.extract.context import Context
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Known
from mingjian.inputs import open_recording
from mingjian.model.types import Coverage, Observation

PACKAGE = "com.example.mall"
SDK = "sdk.umeng_analytics"
SETTINGS = "   android.provider.Settings$Secure.getString(Native Method)\r\n   com.example.mall.Main.onCreate(Main.java:3)\r\n"
AGREED = call("12-26 12:37:28.145", "点击隐私协议确认", "点击隐私协议确认", "点击隐私协议确认")
MARKS = {
    "app": PACKAGE,
    "events": [{"at": 0, "mark": "install"}, {"at": 1, "mark": "launch"}, {"at": 30, "mark": "accepted"}, {"at": 90, "mark": "end"}],
}
"""A session that begins at 2026-01-05T01:03:20Z."""


def stated(observations: list[Observation]) -> list[tuple[object, ...]]:
    return sorted((item.action, item.data, item.actor, item.phase, item.certain) for item in observations)


def said(*files: Path) -> tuple[list[Observation], list[Coverage]]:
    _, recording = open_recording(files)
    found: tuple[list[Observation], list[Coverage]] = runtime.extract(
        recording, Context("0" * 64, known=Known(Owners(PACKAGE, ()), PACKAGE, frozenset()))
    )
    return found


def written(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def unsure(phase: str) -> list[tuple[object, ...]]:
    """A call of which nobody knows what came back."""
    return [("attempt", "device.imei", SDK, phase, True), ("collect", "device.imei", SDK, phase, False)]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("mobsf_api_monitor.txt", f"{mobsf()},".encode, [("collect", "device.imei", SDK, "unknown", True)]),
        ("frooky.json", (SUMMARY + frooky()).encode, [("collect", "device.imei", SDK, "unknown", True)]),
        (
            "refused.json",
            lambda: frooky(exception="java.lang.SecurityException: no").encode(),
            [("attempt", "device.imei", SDK, "unknown", True)],
        ),
        ("camille.xls", lambda: xls([CAMILLE, camille()]), unsure("before_consent")),
        ("camille.xlsx", lambda: xls([CAMILLE, camille("同意隐私政策后")]), unsure("unknown")),
        ("appscan.xlsx", lambda: xlsx([APPSCAN, ["1", "com.umeng", "获取IMEI", STACK_TEXT]]), unsure("unknown")),
        ("sentry.xls", lambda: xls([CALLS, call(), AGREED]), unsure("before_consent")),
        ("sentry2.xls", lambda: xls([CALLS, AGREED, call("12-26 12:40:00.000")]), unsure("unknown")),
    ],
)
def test_acts_have_owner_phase_and_result_and_silence_means_nothing(
    name: str, content: Callable[[], bytes], expected: list[tuple[object, ...]], tmp_path: Path
) -> None:
    observations, coverage = said(written(tmp_path, name, content()))
    assert stated(observations) == expected
    assert [(row.channel, row.status) for row in coverage] == [("api", "partial")]
    assert IMEI not in repr(observations)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("camille.xls", lambda: xls([CAMILLE, camille(arguments='参数0："<instance: a.B>"\r\n参数1："android_id"', stack=SETTINGS)])),
        ("appscan.xlsx", lambda: xlsx([APPSCAN, ["1", "main", "获取安卓ID", SETTINGS]])),
        (
            "sentry.xls",
            lambda: xls([CALLS, call(alias="系统设置--参数: android_id", function="getString", stack="com.example.mall.Main.read() 12")]),
        ),
    ],
)
def test_the_argument_that_decides_is_found_wherever_a_tool_puts_it(name: str, content: Callable[[], bytes], tmp_path: Path) -> None:
    observations, _ = said(written(tmp_path, name, content()))
    assert {(item.data, item.actor) for item in observations} == {("device.android_id", "app")}


def test_what_an_alias_of_privacysentry_tells(tmp_path: Path) -> None:
    rows = [
        call(alias="查询服务: content://sms/inbox", function="query"),
        call(alias="请求权限，权限列表：[android.permission.CAMERA, android.permission.READ_SMS]", function="requestPermissions"),
        call(alias="IMEI-getDeviceId()-无权限"),
    ]
    observations, _ = said(written(tmp_path, "sentry.xls", xls([CALLS, *rows])))
    told = {(item.action, item.data) for item in observations}
    assert {("collect", "comms.sms"), ("ask", "permission.camera.CAMERA"), ("ask", "permission.sms.READ_SMS")} <= told
    assert {action for action, data in told if data == "device.imei"} == {"attempt"}


def test_times_of_the_device_take_the_phases_of_a_session_beside(tmp_path: Path) -> None:
    run = written(tmp_path, "run.jsonl", record(MARKS))
    calls = (frooky(time="2026-01-05T01:03:25.000Z") + frooky(time="2026-01-05T01:04:05.000Z")).encode()
    observations, _ = said(run, written(tmp_path, "frooky.json", calls))
    phases = [(item.actor, item.phase) for item in observations if item.data == "device.imei"]
    assert sorted(phases) == [(SDK, "before_consent"), (SDK, "foreground")]


def test_marks_count_more_than_the_word_of_a_tool(tmp_path: Path) -> None:
    said_before = {"at": 45, "api": "API-0001", "by": "com.umeng.commonsdk.A.read", "value": IMEI}
    content = record({**MARKS, "events": [*MARKS["events"], said_before]})
    stamped = content.replace(b'"kind":"api"', b'"kind":"api","told":"before_consent"')
    assert stamped != content
    observations, _ = said(written(tmp_path, "run.jsonl", stamped))
    assert {item.phase for item in observations if item.data == "device.imei"} == {"foreground"}


def test_records_of_the_system_state_the_use_of_permissions(tmp_path: Path) -> None:
    dump = (
        "# captured 2026-01-05T09:02:00+08:00\nDiscrete accesses:\n  Uid: 10123\n    Package: com.example.mall\n      FINE_LOCATION\n"
        "        Attribution: null\n          Access [bg-s] at 2026-01-05 09:00:00.000\n"
        "    Package: com.example.other\n      CAMERA\n        Attribution: null\n          Access [bg-s] at 2026-01-05 09:00:00.000\n"
    )
    observations, coverage = said(written(tmp_path, "appops.txt", dump.encode()))
    assert stated(observations) == [("open", "permission.location.ACCESS_FINE_LOCATION", "unknown", "unknown", True)]
    assert [row.status for row in coverage] == ["partial"]


def test_an_app_that_a_broadcast_starts_while_it_is_closed_started_itself(tmp_path: Path) -> None:
    def line(second: int, tag: str, told: str) -> str:
        return f"2026-01-05 09:00:{second:02d}.000 +0800  1765  1866 I {tag}: {told}\n"

    log = (
        f"# package {PACKAGE}\n"
        + line(1, "am_proc_start", f"[0,9,10123,{PACKAGE},next-top-activity,{{{PACKAGE}/.Main}}]")
        + line(5, "am_proc_died", f"[0,9,{PACKAGE},900,19]")
        + line(20, "am_proc_start", f"[0,10,10123,{PACKAGE},broadcast,{{{PACKAGE}/.Boot}}]")
        + line(21, "am_proc_start", "[0,11,10124,com.example.other,broadcast,{com.example.other/.Boot}]")
    )
    observations, _ = said(written(tmp_path, "events.txt", log.encode()))
    assert [(item.action, item.certain, "closed" in item.phase) for item in observations if item.phase == "closed"] == [
        ("start.self", True, True)
    ]
