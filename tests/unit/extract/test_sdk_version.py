import zipfile
from pathlib import Path
from typing import Any

import pytest
from package_samples import class_found, reader

import mingjian
from fixtures.builder import build
from mingjian.extract import Context, sdk
from mingjian.model.codec import dump_report, encode, load_report
from mingjian.model.types import Observation

APPS = Path(__file__).parents[3] / "fixtures" / "apps"
FIREBASE = {"finds": [class_found("sdk:firebase:com.google.firebase/", "Lcom/google/firebase/A;", 3)]}
HUAWEI = {"finds": [class_found("sdk:huawei_push:com.huawei.hms.push/", "Lcom/huawei/hms/push/A;", 3)]}
OWN_FILE = "firebase-common.properties"
VERSION_FILE = "META-INF/com.google.firebase_firebase-common.version"
POM = "META-INF/maven/com.google.firebase/firebase-common/pom.properties"


def told(version: str, client: str = "firebase-common") -> str:
    return f"version={version}\nclient={client}\n{client}_client={version}\n"


def embeds(**answers: Any) -> list[Observation]:
    observations, _ = sdk.extract(reader(**answers), Context("a" * 64))
    return [each for each in observations if each.action == "embed"]


@pytest.mark.parametrize(
    "texts",
    [
        {OWN_FILE: told("20.4.2")},
        {OWN_FILE: told("20.4.2").replace("\n", "\r\n")},
        {VERSION_FILE: "20.4.2\n"},
        {POM: "#Generated\nversion=20.4.2\ngroupId=com.google.firebase\n"},
        {OWN_FILE: told("20.4.2"), VERSION_FILE: "20.4.2"},
        {f"base/root/{VERSION_FILE}": "20.4.2"},
    ],
)
def test_a_version_stands_with_the_code_it_is_of_and_shows_where_it_is_stated(texts: dict[str, str]) -> None:
    (found,) = embeds(found=FIREBASE, texts=texts)
    assert (found.actor, found.mode, found.version) == ("sdk.firebase", "possible", "20.4.2")
    assert [each.locator for each in found.evidence[1:]] == [f"entry:{name}" for name in sorted(texts)]
    assert all(each.excerpt.endswith(": 20.4.2") for each in found.evidence[1:])


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {OWN_FILE: "version=20.4.2\n"},
        {OWN_FILE: told("20.4.2", client="of-the-app")},
        {OWN_FILE: told("")},
        {OWN_FILE: "client=firebase-common\n"},
        {OWN_FILE: told("1" * 65)},
        {OWN_FILE: told("20.4.2\x1b[2J")},
        {OWN_FILE: told("<script>")},
        {OWN_FILE: told("１.０")},
        {VERSION_FILE: "20.4.2\n1.0\n"},
        {f"assets/{VERSION_FILE}": "20.4.2"},
        {VERSION_FILE: "task ':firebase-common:writeVersionFile' property 'version'"},
        {VERSION_FILE: "\ufffd\ufffd"},
        {"META-INF/androidx.core_core.version": "1.0"},
    ],
)
def test_what_states_no_version_leaves_it_unknown(texts: dict[str, str]) -> None:
    (found,) = embeds(found=FIREBASE, texts=texts)
    assert found.version is None
    assert len(found.evidence) == 1
    assert "version" not in encode(found)


def test_several_versions_are_each_told_beside_code_that_may_be_of_any() -> None:
    found = embeds(found=FIREBASE, texts={OWN_FILE: told("2.0"), VERSION_FILE: "1.0"})
    assert [(each.version, [place.locator for place in each.evidence]) for each in found] == [
        (None, ["dex:classes.dex!Lcom/google/firebase/A;"]),
        ("1.0", [f"entry:{VERSION_FILE}"]),
        ("2.0", [f"entry:{OWN_FILE}"]),
    ]


def test_a_version_alone_shows_no_sdk() -> None:
    assert embeds(texts={OWN_FILE: told("20.4.2")}) == []


@pytest.mark.parametrize(
    ("value", "version"), [("push:6.3.0.304", "6.3.0.304"), ("6.3.0.304", "6.3.0.304"), ("push:", None), ("@0x7f0a", None), (None, None)]
)
def test_meta_data_states_a_version(value: str | None, version: str | None) -> None:
    meta = {"name": "com.huawei.hms.client.service.name:push", "value": value, "locator": "/application/meta-data[1]"}
    (found,) = embeds(found=HUAWEI, manifest={"meta": [meta]})
    assert found.version == version
    assert [each.locator for each in found.evidence[1:]] == (["manifest:/application/meta-data[1]@value"] if version else [])


def scanned(tmp_path: Path, files: dict[str, bytes]) -> list[Observation]:
    path = tmp_path / "app.apk"
    build(APPS / "old-target", path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        # The library by whose name the SDK is known.
        archive.writestr("lib/arm64-v8a/libBugly.so", b"\x7fELF")
        for name, content in files.items():
            archive.writestr(name, content)
    report = mingjian.scan(path)
    assert load_report(dump_report(report)) == report
    return [each for each in report.observations if each.actor == "sdk.bugly" and each.action == "embed"]


BUGLY = "META-INF/com.tencent.bugly_crashreport.version"


def test_a_package_is_asked_for_what_its_files_state(tmp_path: Path) -> None:
    pytest.importorskip("mingjian._core", reason="the core is not built")
    (found,) = scanned(tmp_path, {BUGLY: b"4.1.9\n", "META-INF/other.version": b"9"})
    assert found.version == "4.1.9"
    assert [each.locator for each in found.evidence] == ["entry:lib/arm64-v8a/libBugly.so", f"entry:{BUGLY}"]


@pytest.mark.parametrize("content", [b"", b" " * 4097 + b"4.1.9", b"1" * (8 << 20), b"\xff\xfe4\x00"])
def test_a_file_that_is_large_or_no_text_costs_nothing_else(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("mingjian._core", reason="the core is not built")
    (found,) = scanned(tmp_path, {BUGLY: content})
    assert found.version is None
