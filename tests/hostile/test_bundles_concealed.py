"""What a package made to conceal does not get past: nothing that was left unread passes for what is not there."""

import json
import plistlib
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from fixtures.bundles import Ipa, Module, Part, hap, ipa, macho
from fixtures.bundles.hap import entries as module_entries
from fixtures.bundles.ipa import entries
from fixtures.bundles.zips import zipped
from mingjian.inputs.bundles import child, ios, json5, plists
from mingjian.inputs.bundles import macho as macho_reader
from mingjian.inputs.bundles.asked import Asked
from mingjian.inputs.bundles.reader import checked
from mingjian.inputs.bundles.sniff import may_be_ios
from mingjian.inputs.bundles.unreadable import UnreadableError

APP = "Payload/Sample.app"
CAMERA = {"NSCameraUsageDescription": "scan"}
ASKED = Asked(frozenset(["_sysctl"]), frozenset(), frozenset(), ())
CODE = macho(imports={"/usr/lib/libSystem.B.dylib": ["_sysctl"]})


def opened(content: bytes) -> Any:
    return child._app(BytesIO(content), ios)


def declared(content: bytes) -> dict[str, Any]:
    said: dict[str, Any] = opened(content).declared()
    return said


def told(content: bytes) -> set[str]:
    """The codes of all faults, of lists and of code."""
    app = opened(content)
    faults = [*app.declared()["faults"], *app.code(ASKED, lambda: False)["faults"]]
    assert all(checked(each["code"]) == f"bundle.fault.{each['code']}" for each in faults)
    return {each["code"] for each in faults}


def with_privacy(**tree: Any) -> bytes:
    return ipa(Ipa(privacy=tree))


def with_entry(name: str, content: bytes) -> bytes:
    return zipped(entries(Ipa()) | {name: content})


def with_module(**module: Any) -> bytes:
    config = json.dumps({"app": {"bundleName": "cn.example.a"}, "module": {"name": "entry", **module}}).encode()
    return zipped(module_entries(Module()) | {"module.json": config})


def squeezed() -> bytes:
    out = BytesIO(ipa())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(f"{APP}/PrivacyInfo.xcprivacy", plistlib.dumps({"NSPrivacyTracking": True}), zipfile.ZIP_BZIP2)
    return out.getvalue()


CONCEALED: dict[str, tuple[Callable[[], bytes], str]] = {
    "another way to the same entry": (lambda: with_entry(f"{APP}/./Info.plist", b""), "strange_entry"),
    "an empty step of a path": (lambda: with_entry(f"{APP}//Info.plist", b""), "strange_entry"),
    "a method that systems do not unpack": (squeezed, "entry"),
    "modes that are no list": (lambda: ipa(Ipa(info={"UIBackgroundModes": "location"})), "shape"),
    "more modes than are read": (lambda: ipa(Ipa(info={"UIBackgroundModes": ["a"] * 1000 + ["location"]})), "too_long"),
    "more purposes than are read": (lambda: ipa(Ipa(info={f"NSA{at}UsageDescription": "" for at in range(1001)})), "too_long"),
    "collected data that is no list": (lambda: with_privacy(NSPrivacyCollectedDataTypes={"a": 1}), "shape"),
    "tracking that is a text": (lambda: with_privacy(NSPrivacyTracking="false"), "shape"),
    "rows that are none": (lambda: with_privacy(NSPrivacyAccessedAPITypes=["a"]), "shape"),
    "code that is not where a list says": (lambda: ipa(Ipa(parts=(Part("A", kind="appex"),))), "no_entry"),
    "permissions that are no list": (lambda: with_module(requestPermissions={"name": "ohos.permission.CAMERA"}), "shape"),
    "permissions that are texts": (lambda: with_module(requestPermissions=["ohos.permission.CAMERA"]), "shape"),
    "more permissions than are read": (lambda: with_module(requestPermissions=[{"name": "a"}] * 1001), "too_long"),
    "a second configuration": (lambda: hap(Module(others={"config.json": b"{}"})), "two_configs"),
    "modules inside a module": (lambda: hap(Module(others={"inner.hap": hap()})), "inside"),
}


@pytest.mark.parametrize("what", sorted(CONCEALED))
def test_what_is_not_read_is_told(what: str) -> None:
    made, code = CONCEALED[what]
    assert code in told(made())


@pytest.mark.parametrize("content", [ipa(Ipa(parts=(Part("A", kind="appex", code=CODE),))), hap()], ids=["ios", "harmony"])
def test_an_honest_package_has_nothing_to_tell(content: bytes) -> None:
    assert told(content) == set()


def names(content: bytes) -> set[str]:
    return {row["name"] for row in declared(content)["permissions"]}


def test_many_keys_and_folders_before_what_matters_hide_nothing() -> None:
    many = {f"A{at:04}": "" for at in range(2500)}
    assert names(ipa(Ipa(info=many | CAMERA))) == set(CAMERA)
    folders = {f"{APP}/A{at:04}/x": b"" for at in range(2500)}
    assert names(zipped(folders | entries(Ipa(parts=(Part("Z", kind="appex", info=CAMERA),))))) == set(CAMERA)


def test_a_line_break_in_a_folder_hides_no_extension() -> None:
    inside = plistlib.dumps({"CFBundleIdentifier": "cn.example.sample.x", **CAMERA})
    assert names(with_entry(f"{APP}/a\nb/X.appex/Info.plist", inside)) == set(CAMERA)


def test_purposes_that_end_otherwise_are_read() -> None:
    info = {"NFCReaderUsageDescription": "-", "NSLocationTemporaryUsageDescriptionDictionary": {"a": "b"}}
    assert names(ipa(Ipa(info=info))) == set(info)


def patched(at: int, value: int) -> bytes:
    data = bytearray(CODE)
    struct.pack_into("<I", data, at, value)
    return bytes(data)


def command(kind: int) -> int:
    at = 32
    while struct.unpack_from("<I", CODE, at)[0] != kind:
        at += struct.unpack_from("<I", CODE, at + 4)[0]
    return at


DAMAGED = {
    "fewer commands than there are": lambda: patched(16, 2),
    "more commands than there are": lambda: patched(16, 9),
    "a command of no length": lambda: patched(command(0x2) + 4, 0),
    "a command longer than all": lambda: patched(command(0x2) + 4, 0xFFFFFFF0),
    "symbols outside": lambda: patched(command(0x2) + 8, 0x7FFFFFF0),
    "more symbols than fit": lambda: patched(command(0x2) + 12, 0xFFFFFFFF),
    "names of symbols outside": lambda: patched(command(0x2) + 16, 0x7FFFFFF0),
    "a section outside": lambda: patched(32 + 72 + 80 + 48, 0x7FFFFFF0),
    "a head alone": lambda: CODE[:20],
}


@pytest.mark.parametrize("what", sorted(DAMAGED))
def test_damaged_code_is_no_code_without_imports(what: str) -> None:
    assert [each["value"] for each in macho_reader.read("a", CODE, ASKED)["hits"] if each["kind"] == "import"] == ["_sysctl"]
    with pytest.raises(UnreadableError):
        macho_reader.read("a", DAMAGED[what](), ASKED)


def test_objects_of_a_list_that_lie_on_one_another_are_refused_at_once() -> None:
    count = 60_000
    body = b"bplist00\x51a" + b"\xdf\x12" + struct.pack(">I", count) + bytes(8 * count)
    top = len(body)
    body += b"\xaf\x12" + struct.pack(">I", count) + b"".join(struct.pack(">I", at + 1) for at in range(count))
    table = b"".join(struct.pack(">I", place) for place in (8, *[10] * count, top))
    trailer = struct.pack(">6xBBQQQ", 4, 4, count + 2, count + 1, len(body))
    with pytest.raises(UnreadableError, match="one another"):
        plists.tree(body + table + trailer)


@pytest.mark.parametrize(
    "document",
    [b"{a:1," + b"/**/" * 60 + b"x}", b"/*" * 100_000, b"{" + b"a" * 300_000, b'{"' + b'\\"' * 100_000],
    ids=["comments after a comma", "comments without an end", "a long name", "a text without an end"],
)
def test_a_document_made_to_be_read_forever_ends(document: bytes) -> None:
    with pytest.raises(UnreadableError):
        json5.tree(document)


def test_json_by_hand_is_read_wherever_its_comments_stand() -> None:
    said = b"{a /* : */ : 'it\\'s \"so\"', // ,\n b: [true, 1, /* ] */ ], $c: {}, 'd': -1.5e3, }"
    assert json5.tree(said) == {"a": 'it\'s "so"', "b": [True, 1], "$c": {}, "d": -1500.0}


def test_half_a_character_and_a_number_that_is_none_are_no_end_of_reading(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    config = json.dumps({"app": {"bundleName": "a.\ud800b", "versionCode": deep}, "module": {"name": "entry"}}).encode()
    said = declared(zipped({"module.json": config}))
    assert said["version"] == ""
    child._write({"package": said["package"]})
    assert capsysbinary.readouterr().out == b'{"package": "a.?b"}\n'


@pytest.mark.parametrize(
    "more",
    [module_entries(Module()), entries(Ipa()) | {"AndroidManifest.xml": b""}],
    ids=["ios and harmony", "ios and android"],
)
def test_a_file_of_two_systems_is_refused(more: dict[str, bytes]) -> None:
    with pytest.raises(UnreadableError) as refused:
        opened(zipped(entries(Ipa()) | more))
    assert refused.value.code == "two_systems"


def test_an_android_package_inside_does_not_take_the_place_of_a_module() -> None:
    assert declared(hap(Module(others={"resources/rawfile/x.apk": b"PK"})))["package"] == "cn.example.sample"


def test_bytes_before_an_archive_do_not_keep_its_reader_away(tmp_path: Path) -> None:
    (tmp_path / "a.ipa").write_bytes(b"before" + ipa())
    (tmp_path / "a.hap").write_bytes(b"before" + hap())
    assert may_be_ios(tmp_path / "a.ipa")
    assert not may_be_ios(tmp_path / "a.hap")
