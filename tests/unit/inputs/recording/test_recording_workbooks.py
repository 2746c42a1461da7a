"""Workbooks of calls: what columns and cells tell, and what they cannot. All of them are written here after the tools' formats."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fixtures.recordings.hook_tools import STACK
from fixtures.recordings.workbooks import APPSCAN, CALLS, CAMILLE, COUNTS, SENTRY_STACK, STACK_TEXT, Rows, call, camille, xls, xlsx
from mingjian.errors import InputError
from mingjian.inputs.recording import appscan, privacysentry
from mingjian.inputs.recording import camille as camille_
from mingjian.inputs.recording.track import Head
from mingjian.model.run import Api, Member, Span

AGREED = call("12-26 12:37:28.145", "点击隐私协议确认", "点击隐私协议确认", "点击隐私协议确认")
PERMISSIONS = ["android.permission.CAMERA", "android.permission.READ_SMS"]
SETTINGS = "   android.provider.Settings$Secure.getString(Native Method)\r\n   com.example.mall.Main.onCreate(Main.java:3)\r\n"


def read(importer: ModuleType, content: bytes, folder: Path, name: str = "demo.xls") -> list[Api | Span]:
    file = folder / name
    file.write_bytes(content)
    assert importer.recognises(Head(name, content[:65536]))
    found = list(importer.read(file).events())
    assert [event.seq for event in found] == list(range(2, len(found) + 2))
    assert all(event.ts is None for event in found)
    return found


def calls(found: list[Api | Span]) -> list[tuple[object, ...]]:
    return [(event.api.method, event.args, event.told, event.at) if isinstance(event, Api) else (event.what, event.at) for event in found]


@pytest.mark.parametrize("write", [xls, xlsx, lambda rows: xlsx(rows, shared=True)])
@pytest.mark.parametrize("name", ["demo.xls", "demo.xlsx"])
def test_camille_in_any_container_under_any_name(write: Callable[[Rows], bytes], name: str, tmp_path: Path) -> None:
    arguments = '参数0："<instance: android.content.ContentResolver>"\r\n参数1："android_id"\r'
    rows = [CAMILLE, camille(), camille("同意隐私政策后", arguments, SETTINGS), camille("", '参数0："861234567890126"'), camille(stack="")]
    found = read(camille_, write(rows), tmp_path, name)
    assert calls(found) == [
        ("getDeviceId", (), "before_consent", "sheet:0!R2"),
        ("getString", (None, "android_id"), "after_consent", "sheet:0!R3"),
        ("getDeviceId", (None,), None, "sheet:0!R4"),
        ("bad_row", "sheet:0!R5"),
    ]
    first = found[0]
    assert isinstance(first, Api)
    assert (first.api, first.stack, first.stack_cut, first.result) == (
        Member(cls="android.telephony.TelephonyManager", method="getDeviceId"),
        STACK,
        False,
        None,
    )


def test_the_list_of_appscan_holds_no_arguments_but_what_an_action_tells(tmp_path: Path) -> None:
    rows = [APPSCAN, ["1", "main", "获取安卓ID", SETTINGS], ["2", "com.umeng", "获取IMEI", STACK_TEXT]]
    found = read(appscan, xlsx(rows), tmp_path, "关注列表.xlsx")
    assert calls(found) == [("getString", ("android_id",), None, "sheet:0!R2"), ("getDeviceId", None, None, "sheet:0!R3")]


def test_the_first_sheet_of_privacysentry_counts_and_the_second_would_double_it(tmp_path: Path) -> None:
    rows = [
        CALLS,
        call(alias="系统设置-Settings$Secure--参数: android_id", function="getString"),
        call("12-26 12:37:27.000", function="TelephonyManager-getDeviceId-\n线程名: main", alias="IMEI-getDeviceId()-无权限"),
        call("12-26 12:37:27.500", "命中缓存--IMEI-getDeviceId()"),
        AGREED,
        call("12-26 12:37:29.000", "移动设备标识符-getMeid()", "meid"),
        call("12-26 12:37:30.000", "查询服务: content://sms/inbox", "query"),
        call(
            "12-26 12:37:31.000",
            f"a.B-请求权限，权限列表：[{', '.join(PERMISSIONS)}]",
            "requestPermissions",
        ),
        call("12-26 12:37:32.000", "访问文件", "FileReader"),
        call("", "", "别的"),
    ]
    found = read(privacysentry, xls(rows, [COUNTS, ["IMEI-getDeviceId()", "getDeviceId", SENTRY_STACK, "9"]]), tmp_path)
    assert calls(found) == [
        ("getString", ("android_id",), "before_consent", "sheet:0!R2"),
        ("getDeviceId", None, "before_consent", "sheet:0!R3"),
        ("getMeid", None, "after_consent", "sheet:0!R6"),
        ("query", ("content://sms/inbox",), "after_consent", "sheet:0!R7"),
        ("requestPermissions", (json.dumps(PERMISSIONS),), "after_consent", "sheet:0!R8"),
        ("FileReader", None, "after_consent", "sheet:0!R9"),
        ("bad_row", "sheet:0!R10"),
    ]
    assert [event.result for event in found if isinstance(event, Api)] == [None, "denied", None, None, None, None]
    first = found[0]
    assert isinstance(first, Api)
    assert (first.api.cls, first.stack[3]) == ("android.provider.Settings$Secure", "com.umeng.commonsdk.statistics.DeviceInfo.read() 1,088")


@pytest.mark.parametrize("rows", [[], [CALLS]])
def test_counts_stand_in_where_the_sheet_of_calls_is_missing(rows: Rows, tmp_path: Path) -> None:
    counts = [COUNTS, ["IMEI-getDeviceId()", "getDeviceId", SENTRY_STACK, "3"], ["SSID", "getSSID", SENTRY_STACK, "many"]]
    found = read(privacysentry, xls(rows, counts), tmp_path)
    assert [(method, told) for method, _, told, _ in calls(found)] == [("getDeviceId", None)] * 3 + [("getSSID", None)]


@pytest.mark.parametrize(
    "rows",
    [
        [call()],
        [call(), AGREED, call("12-26 12:37:40.000", "点击隐私协议确认", "点击隐私协议确认")],
        [call("01-01 00:00:01.000"), call("12-31 23:59:59.000", "点击隐私协议确认", "点击隐私协议确认")],
        [call(), call("soon", "点击隐私协议确认", "点击隐私协议确认")],
    ],
)
def test_where_nobody_knows_when_the_user_agreed_nothing_is_told(rows: Rows, tmp_path: Path) -> None:
    assert {event.told for event in read(privacysentry, xls([CALLS, *rows]), tmp_path)} == {None}


@pytest.mark.parametrize("importer", [camille_, appscan, privacysentry])
def test_another_workbook_is_not_taken_for_one_of_calls(importer: ModuleType) -> None:
    rows = [["姓名", "电话"], ["张三", "无"]]
    for content in (xls(rows), xlsx(rows), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b""):
        assert not importer.recognises(Head("demo.xls", content[:65536]))


@pytest.mark.parametrize("content", [xls([CAMILLE, camille()])[:3000], xlsx([CAMILLE, camille()])[:-40], b"PK\x03\x04", b"nothing"])
def test_a_damaged_workbook_is_one_line(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "demo.xls"
    file.write_bytes(content)
    with pytest.raises(InputError, match="run_bad_workbook"):
        camille_.read(file)


def test_a_workbook_without_calls_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "demo.xls"
    file.write_bytes(xls([CAMILLE]))
    with pytest.raises(InputError, match="run_no_calls"):
        camille_.read(file)
