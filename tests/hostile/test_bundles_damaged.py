"""Damaged and hostile packages of iOS and HarmonyOS: one clear line and the documented code, or a report that says what was lost."""

import json
import plistlib
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

import mingjian
from fixtures.bundles import Ipa, Module, Part, abc, app, fat, hap, ipa, macho
from fixtures.bundles.hap import entries as hap_entries
from fixtures.bundles.ipa import entries
from fixtures.bundles.macho import ARM64
from fixtures.bundles.zips import zipped
from mingjian.errors import InputError
from mingjian.inputs import Limits
from mingjian.inputs.bundles import json5, plists
from mingjian.inputs.bundles.unreadable import UnreadableError
from mingjian.model.texts import say
from mingjian.model.types import Report
from mingjian.scan import Options
from tests.hostile import bundle_fuzz

APP = "Payload/Sample.app"
LIST, CODE = f"{APP}/Info.plist", f"{APP}/Sample"
BOMB = b"""<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><plist version="1.0"><dict><key>CFBundleIdentifier</key><string>&c;</string></dict></plist>"""
CHANGES = 300


def run(*arguments: str) -> tuple[int, str]:
    """How the program ends, and all that it says."""
    command = [sys.executable, "-m", "mingjian.cli", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def nested_list(depth: int) -> bytes:
    """A binary property list of arrays in arrays."""
    body, places = b"bplist00", []
    for at in range(depth):
        places.append(len(body))
        body += b"\xa1" + struct.pack(">H", at + 1)
    places.append(len(body))
    body += b"\x10\x01"
    table = b"".join(struct.pack(">I", place) for place in places)
    return body + table + struct.pack(">6xBBQQQ", 4, 2, len(places), 0, len(body))


def with_entry(name: str, content: bytes) -> bytes:
    return zipped(entries(Ipa()) | {name: content})


def lying(entry: str, size: int) -> bytes:
    """An archive that states another size for one entry in its directory."""
    data = bytearray(ipa())
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(entry.encode()))
    struct.pack_into("<I", data, at + 24, size)
    return bytes(data)


def twice(name: str, content: bytes) -> bytes:
    out = BytesIO(zipped(entries(Ipa())))
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(name, content)
    return out.getvalue()


REFUSED: dict[str, Callable[[], bytes]] = {
    "cut.ipa": lambda: ipa()[:-40],
    "half.ipa": lambda: ipa()[: len(ipa()) // 2],
    "text.ipa": lambda: b"this is no archive",
    "no-app.ipa": lambda: zipped({"Payload/readme": b"", "iTunesMetadata.plist": b""}),
    "empty-list.ipa": lambda: with_entry(LIST, b""),
    "bomb.ipa": lambda: with_entry(LIST, BOMB),
    "deep-binary.ipa": lambda: with_entry(LIST, nested_list(60_000)),
    "array-list.ipa": lambda: with_entry(LIST, plistlib.dumps([1])),
    "no-identifier.ipa": lambda: with_entry(LIST, plistlib.dumps({"CFBundleIdentifier": 7})),
    "lying-size.ipa": lambda: lying(LIST, 0x7FFFFFFF),
    "short-size.ipa": lambda: lying(LIST, 3),
    "twice.ipa": lambda: twice(LIST, plistlib.dumps({"CFBundleIdentifier": "cn.example.other"})),
    "cut.hap": lambda: hap()[:-40],
    "bad-json.hap": lambda: zipped({"module.json": b"{"}),
    "deep-json.hap": lambda: zipped({"module.json": b'{"a":' * 200_000}),
    "no-module.hap": lambda: zipped({"module.json": b'{"app": {"bundleName": "a.b"}}'}),
    "no-name.hap": lambda: zipped({"module.json": b'{"app": {}, "module": {"name": "entry"}}'}),
    "bad-inside.app": lambda: zipped({"pack.info": b"{}", "entry.hap": b"PK\x03\x04 and nothing"}),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(REFUSED[name]())
    with pytest.raises(InputError) as refused:
        mingjian.scan(path)
    assert refused.value.key == "input.bundle_unreadable"
    for lang in ("zh", "en"):
        (line,) = say(refused.value.key, lang, **refused.value.values).splitlines()
        assert name in line


def test_the_program_ends_with_the_documented_code_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "bomb.ipa"
    path.write_bytes(REFUSED["bomb.ipa"]())
    code, said = run("scan", str(path), "--lang", "en")
    assert code == 65
    (line,) = said.strip().splitlines()
    assert "bomb.ipa" in line
    assert "entity" in line.lower()


BAD_PART = {f"{APP}/PlugIns/A.appex/Info.plist": b"x"}
PARTIAL: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "bad-code.ipa": (lambda: with_entry(CODE, b"\xcf\xfa\xed\xfe" + b"\xff" * 200), "code", "executable"),
    "text-code.ipa": (lambda: with_entry(CODE, b"#!/bin/sh"), "code", "executable"),
    "cut-code.ipa": (lambda: with_entry(CODE, macho(texts=["a" * 30_000])[:5000]), "code", "cut off"),
    "bad-fat.ipa": (lambda: with_entry(CODE, fat((ARM64, macho()))[:3000]), "code", "several processors"),
    "many-slices.ipa": (lambda: with_entry(CODE, struct.pack(">II", 0xCAFEBABE, 2**31) + bytes(100)), "code", "several processors"),
    "bad-privacy.ipa": (lambda: with_entry(f"{APP}/PrivacyInfo.xcprivacy", BOMB), "manifest", "property list"),
    "bad-part.ipa": (lambda: zipped(entries(Ipa(parts=(Part("A", kind="appex"),))) | BAD_PART), "manifest", "property list"),
    "outside.ipa": (lambda: with_entry(f"{APP}/../../x", b""), "manifest", "leads outside"),
    "bad-code.hap": (lambda: hap(Module(code=b"PANDA\0\0\0" + bytes(100))), "code", "Ark bytecode"),
    "text-code.hap": (lambda: hap(Module(code=b"text")), "code", "Ark bytecode"),
    "cut-code.hap": (lambda: hap(Module(code=abc(texts=["a" * 100])[:-20])), "code", "cut off"),
    "flipped.hap": (lambda: hap(Module(code=bytes([*abc()[:-1], 7]))), "code", "checksum"),
    "bad-table.hap": (lambda: zipped(hap_entries(Module()) | {"resources.index": b"Restool" + b"\xff" * 300}), "manifest", "resources"),
    "bad-inside.app": (lambda: zipped({"pack.info": b"{}", "a.hap": hap(), "b.hap": b"nothing"}), "manifest", "archive"),
}


def reason(report: Report, channel: str) -> str:
    return " ".join(row.reason.en for row in report.coverage if row.channel == channel and row.reason)


@pytest.mark.parametrize("name", sorted(PARTIAL))
def test_what_is_lost_of_a_package_costs_its_channel_and_is_told(tmp_path: Path, name: str) -> None:
    made, channel, words = PARTIAL[name]
    path = tmp_path / name
    path.write_bytes(made())
    report = mingjian.scan(path)
    assert {row.status for row in report.coverage if row.channel == channel} <= {"partial", "failed"}
    assert words in reason(report, channel)
    assert not [each for each in report.findings if each.verdict == "satisfied"]


def test_whose_code_was_lost_keeps_what_its_lists_say(tmp_path: Path) -> None:
    path = tmp_path / "a.ipa"
    path.write_bytes(ipa(Ipa(info={"NSCameraUsageDescription": "-"}, code=b"nothing")))
    report = mingjian.scan(path)
    assert [each.data for each in report.observations] == ["permission.camera.NSCameraUsageDescription"]
    assert [row.status for row in report.coverage if row.channel == "code"] == ["failed"]


def test_what_ends_the_reading_of_code_takes_nothing_else_along(tmp_path: Path) -> None:
    path = tmp_path / "a.ipa"
    path.write_bytes(ipa(Ipa(info={"NSCameraUsageDescription": "-"}, code=macho() + bytes(96 << 20))))
    report = mingjian.scan(path, options=Options(limits=Limits(memory=48 << 20)))
    assert [each.data for each in report.observations] == ["permission.camera.NSCameraUsageDescription"]
    assert [row.status for row in report.coverage if row.channel == "code"] == ["failed"]
    assert "more memory than allowed" in reason(report, "code")


def test_a_list_that_holds_itself_ends() -> None:
    body = b"bplist00\xd1\x01\x00\x5f\x10\x12CFBundleIdentifier"
    cyclic = body + bytes((8, 11)) + struct.pack(">6xBBQQQ", 1, 1, 2, 0, len(body))
    assert plists.text(plists.tree(cyclic)["CFBundleIdentifier"]) == ""


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    evil = "\x1b[31m\n<script>" + "A" * 5000
    path = tmp_path / "a.hap"
    path.write_bytes(hap(Module(permissions=[{"name": evil, "reason": evil}], label=evil)))
    code, said = run("facts", "-v", str(path))
    assert code == 0
    assert "\x1b" not in said
    assert "permission.custom." in said


@pytest.mark.parametrize("name", ["app.hap", "app.bin", "app.apk"])
def test_a_name_decides_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(ipa())
    assert mingjian.scan(path).subject.platform == "ios"


def test_an_archive_of_nothing_is_no_package_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "b.hap"
    path.write_bytes(zipped({"readme.txt": b"hello"}))
    with pytest.raises(InputError) as refused:
        mingjian.scan(path)
    assert refused.value.key == "input.not_a_package"


def test_what_only_reads_android_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.ipa"
    path.write_bytes(ipa())
    code, said = run("why", str(path), "android.telephony.TelephonyManager.getDeviceId")
    assert code == 65
    assert "mingjian scan" in said


def test_two_packages_are_not_one(tmp_path: Path) -> None:
    paths = [tmp_path / "a.ipa", tmp_path / "b.ipa"]
    for path in paths:
        path.write_bytes(ipa())
    with pytest.raises(InputError) as refused:
        mingjian.scan(paths)
    assert refused.value.key == "input.one_bundle"


def test_without_the_library_ios_packages_are_refused_and_others_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingjian.inputs.bundles.reader.find_spec", lambda _: None)
    (tmp_path / "a.ipa").write_bytes(ipa())
    (tmp_path / "a.app").write_bytes(app(Module()))
    with pytest.raises(InputError) as refused:
        mingjian.scan(tmp_path / "a.ipa")
    assert "LIEF" in str(refused.value.values["why"])
    assert mingjian.scan(tmp_path / "a.app").subject.platform == "harmony"


def test_changed_bytes_never_raise_what_the_child_does_not_know() -> None:
    """In a process of its own: the library is C++, and what it does to its process must not be done to this one."""
    command = [sys.executable, "-m", "tests.hostile.bundle_fuzz", str(CHANGES)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout)
    assert set(told) == set(bundle_fuzz.KINDS)
    for kind, (read, refused) in told.items():
        # Of so many changes some must be noticed and some must not, or nothing was tried.
        assert read >= 10, kind
        assert refused >= 10, kind


def test_the_changes_are_the_same_on_every_machine() -> None:
    first, second = (bundle_fuzz.changed(b"0123456789" * 40, random.Random(7)) for _ in range(2))
    assert first == second != b"0123456789" * 40


def test_json_with_comments_keeps_what_only_looks_like_one() -> None:
    said = b'{"a": "http://x//y", b: \'it"s\', /* c */ "d": [1, 2,], // e\n}'
    assert json5.tree(said) == {"a": "http://x//y", "b": 'it"s', "d": [1, 2]}
    with pytest.raises(UnreadableError):
        json5.tree(b"[1]")
