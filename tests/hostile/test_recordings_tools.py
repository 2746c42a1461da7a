"""Records of the system and exports of hook tools that were damaged in every way: events come out, losses told, or one error of the input.
Nothing else is ever raised, every event can be written to a run file, and numbers stay unique."""

import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from fixtures.recordings.hook_tools import SUMMARY, frooky, mobsf
from fixtures.recordings.workbooks import APPSCAN, CALLS, CAMILLE, COUNTS, SENTRY_STACK, STACK_TEXT, call, camille, xls, xlsx
from mingjian.errors import InputError
from mingjian.inputs.recording import appops, appscan, eventlog, frida_trace, privacysentry
from mingjian.inputs.recording import camille as camille_
from mingjian.inputs.recording import frooky as frooky_
from mingjian.inputs.recording import mobsf as mobsf_
from mingjian.inputs.recording.track import Carried, Head
from mingjian.model.run import AnyEvent, Session

DUMP = """# captured 2026-01-05T09:00:00+08:00
# package com.example.mall
Current AppOps Service state:
  Uid u10a277:
    Package com.example.mall:
      GPS (allow / switch COARSE_LOCATION=allow):
        null=[
          Access: [cch-s] 2026-01-04 08:01:05.251
          (-1d58m54s749ms) duration=+84ms
          Reject: [fg-tp]2026-01-05 07:13:47.892 (-1h46m12s108ms)
        ]
  Historical ops:
      begin = 2026-01-04 00:00:00.000, end = 2026-01-04 12:00:00.000
      Uid u0a123:
        Package com.example.mall:
          Attribution null:
            READ_CLIPBOARD: [bg-s] = access=3, reject=1, duration=+1m3s8ms
  Discrete accesses:
    Uid: 10123
      Package: com.example.mall
        CAMERA
          Access [bg-p] at 2026-01-05 08:30:00.000 for 120000 milliseconds
CAMERA: ignore; time=+1d0h0m0s1ms ago; rejectTime=+30m0s0ms ago
"""
LOG = """# package com.example.mall
2026-10-26 15:05:27.753 +0800  1765  1866 I am_proc_start: [0,4660,10123,com.example.mall,top-activity,{com.example.mall/.A}]
2026-10-26 15:05:28.753 +0800  1765  1866 I wm_set_resumed_activity: [0,com.example.mall/.A,x]
2026-10-26 15:05:29.753 +0800  1765  1866 I screen_toggled: 0
2026-10-26 15:05:30.753 +0800  1765  1866 I am_proc_died: [0,4660,com.example.mall,900,19]
"""
COUNTED = [COUNTS, ["a", "getSSID", SENTRY_STACK, "3"]]
WHOLE: dict[str, tuple[ModuleType, bytes]] = {
    "appops": (appops, DUMP.encode()),
    "eventlog": (eventlog, LOG.encode()),
    "mobsf lines": (mobsf_, f"MobSF-API-Monitor: {mobsf(arguments=['a', 1, None, {}])},\nx\nMobSF-API-Monitor: {mobsf()}\n".encode()),
    "mobsf file": (mobsf_, f"{mobsf()},{mobsf(arguments=[['a']])},".encode()),
    "frooky": (frooky_, (SUMMARY + frooky(inputParameters=[{"declaredType": "int", "value": 1}]) + frooky(exception="a.B")).encode()),
    "frida-trace": (frida_trace, b"/* TID 0x1 */\n 10 ms  open()\nfork()\n"),
    "camille": (camille_, xls([CAMILLE, camille(), camille(arguments='参数0："a"\r\n参数7：[1')])),
    "camille again": (camille_, xlsx([CAMILLE, camille()], shared=True)),
    "appscan": (appscan, xlsx([APPSCAN, ["1", "main", "获取安卓ID", STACK_TEXT]])),
    "privacysentry": (
        privacysentry,
        xls([CALLS, call(), call(function="点击隐私协议确认")], [COUNTS, ["a", "getSSID", SENTRY_STACK, "3"]]),
    ),
}
STRANGE = (b"\x00", b"\xff", b"\xed\xa0\x80", b"\n", b'"', b"\\ud800", b"]", b"[" * 3000, b"9" * 400, b"\r", b"\t" * 500, "；".encode())


def survives(importer: ModuleType, content: bytes, path: Path) -> int:
    """How many events came out; all of them are sound."""
    path.write_bytes(content)
    importer.recognises(Head(path.name, content[:65536]))
    try:
        track = importer.read(path)
    except InputError:
        return 0
    assert msgspec.json.decode(msgspec.json.encode(track.session), type=Session) == track.session
    events = [item.event if isinstance(item, Carried) else item for item in track.events()]
    assert [event.seq for event in events] == list(range(2, len(events) + 2))
    assert [msgspec.json.decode(msgspec.json.encode(event), type=AnyEvent) for event in events] == events
    assert all(event.ts is None or 0 < event.ts < 4_102_444_800_000 for event in events)
    assert set(track.marks()) <= set(events)
    return len(events)


def cuts(content: bytes) -> Iterator[bytes]:
    """The content cut off at every byte, or, where it is long, at many."""
    yield from (content[:size] for size in range(1, len(content), max(1, len(content) // 600)))


def damaged(content: bytes, seed: int) -> Iterator[bytes]:
    """The content with bytes changed, left out, doubled, and strange ones put in."""
    chance = random.Random(seed)
    for _ in range(150):
        changed = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(changed))
            match chance.randrange(4):
                case 0:
                    changed[at] = chance.randrange(256)
                case 1:
                    del changed[at : at + chance.randint(1, 40)]
                case 2:
                    changed[at:at] = changed[at : at + chance.randint(1, 200)]
                case _:
                    changed[at:at] = chance.choice(STRANGE)
            changed = changed or bytearray(b"x")
        yield bytes(changed)


@pytest.mark.parametrize("name", WHOLE)
def test_the_samples_are_whole(name: str, tmp_path: Path) -> None:
    importer, content = WHOLE[name]
    assert importer.recognises(Head("recording", content[:65536]))
    assert survives(importer, content, tmp_path / "recording") or importer is frida_trace


@pytest.mark.parametrize("name", WHOLE)
def test_a_recording_that_was_cut_off(name: str, tmp_path: Path) -> None:
    importer, content = WHOLE[name]
    for cut in cuts(content):
        survives(importer, cut, tmp_path / "recording")


@pytest.mark.parametrize("name", WHOLE)
def test_a_recording_with_wrong_bytes(name: str, tmp_path: Path) -> None:
    importer, content = WHOLE[name]
    for each in damaged(content, seed=7):
        survives(importer, each, tmp_path / "recording")


@pytest.mark.parametrize("name", WHOLE)
def test_every_importer_is_given_what_is_anothers(name: str, tmp_path: Path) -> None:
    for importer, _ in WHOLE.values():
        survives(importer, WHOLE[name][1], tmp_path / "recording")


def packed(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(f"xl/{name.replace('__', '/')}.xml", part)
    return content.getvalue()


@pytest.mark.parametrize(
    "sheet",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><row><c><v>&b;</v></c></row></worksheet>',
        b"<worksheet>" + b"<row>" * 50_000,
        b'<worksheet><row r="999999999"><c r="A1"><v>x</v></c></row></worksheet>',
        b'<worksheet><row r="2"/><row r="1"/></worksheet>',
        b'<worksheet><row r="1"><c r="ZZZ1" t="s"><v>99999999</v></c></row></worksheet>',
        b"<worksheet><c><v>x</v></c></worksheet>",
        b"<worksheet><row><c><v>" + b"x" * (80 << 20) + b"</v></c></row></worksheet>",
        b"not xml",
        b"",
    ],
)
def test_workbooks_that_are_made_to_exhaust_a_reader(sheet: bytes, tmp_path: Path) -> None:
    content = packed(worksheets__sheet1=sheet)
    assert len(content) < 1 << 20
    assert survives(camille_, content, tmp_path / "recording") == 0


def test_many_cells_that_refer_to_one_long_text(tmp_path: Path) -> None:
    row = b"<row>" + b'<c t="s"><v>0</v></c>' * 60 + b"</row>"
    strings = b"<sst><si><t>" + b"x" * 30_000 + b"</t></si></sst>"
    content = packed(sharedStrings=strings, worksheets__sheet1=b"<worksheet>" + row * 400 + b"</worksheet>")
    (tmp_path / "recording").write_bytes(content)
    with pytest.raises(InputError, match="too_large"):
        camille_.read(tmp_path / "recording")


@pytest.mark.parametrize("importer", [appops, eventlog, mobsf_, frooky_, frida_trace])
@pytest.mark.parametrize(
    "content", [b"x" * (20 << 20), b" " * (4 << 20), b"\n" * 300_000, b"[" * (4 << 20), b"(=" * 500_000, b"\xff\xfe" + b"A" * 99_999]
)
def test_long_lines_and_many(importer: ModuleType, content: bytes, tmp_path: Path) -> None:
    assert survives(importer, content, tmp_path / "recording") == 0
