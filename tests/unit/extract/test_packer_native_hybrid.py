import json
from typing import Any

import pytest
from package_samples import call, class_found, component, reader

from mingjian.extract import Context, hybrid, native, packer, questions
from mingjian.model.line import format_line
from mingjian.model.types import Coverage


def covered(extractor: Any, **answers: Any) -> list[Coverage]:
    _, rows = extractor.extract(reader(**answers), Context("a" * 64))
    return list(rows)


def stub(name: str) -> dict[str, Any]:
    return {"application": {"name": name, "locator": "/application"}}


def test_an_ordinary_package_is_not_packed() -> None:
    (row,) = covered(packer)
    assert (row.status, row.reason) == ("complete", None)


def test_a_named_packer_by_its_application_class() -> None:
    packages = {"packages": [{"name": "com.tencent.StubShell", "dex": "classes.dex", "classes": 3}]}
    (row,) = covered(packer, manifest=stub("com.tencent.StubShell.TxAppEntry"), packages=packages)
    assert row.status == "failed"
    assert row.reason is not None and "packed by" in row.reason.en and "com.example.food.ui.MainActivity" in row.reason.en


def test_a_named_packer_by_its_file_costs_part_of_the_code() -> None:
    (row,) = covered(packer, entries=["assets/libjiagu.so"])
    assert row.status == "partial"
    # Every component is in the DEX files, so nothing more is claimed.
    assert row.reason is not None and "packed by" not in row.reason.en and "may be hidden" in row.reason.en


@pytest.mark.parametrize(
    ("library", "status"),
    [("libshellutils.so", "complete"), ("libshell.so", "partial"), ("libshella-2.10.so", "partial"), ("libshell-super.2019.so", "partial")],
)
def test_a_library_is_a_packers_by_its_whole_name(library: str, status: str) -> None:
    (row,) = covered(packer, entries=[f"lib/arm64-v8a/{library}"])
    assert row.status == status


def test_a_file_that_an_sdk_ships_as_well_is_no_packer() -> None:
    (row,) = covered(packer, entries=["lib/arm64-v8a/libsgmain.so"])
    assert row.status == "complete"


def test_a_launcher_that_no_dex_holds_means_hidden_code() -> None:
    (row,) = covered(packer, packages={"packages": [{"name": "x", "dex": "classes.dex", "classes": 1}]})
    assert row.status == "failed"
    assert row.reason is not None and "com.example.food.App" in row.reason.zh


def test_a_few_stale_components_of_sdks_mean_nothing() -> None:
    stale = [component("activity", f"com.gone.sdk{number}.A") for number in range(3)]
    (row,) = covered(packer, manifest={"components": stale})
    assert row.status == "complete"


def library(path: str, **more: Any) -> dict[str, Any]:
    return {
        "container": "base.apk",
        "path": path,
        "abi": "arm64-v8a",
        "size": 1,
        "hits": [],
        "jni": [],
        "readable": True,
        "packed": False,
        **more,
    }


def test_a_text_in_a_native_library_is_a_doubt() -> None:
    hit = {"q": "API-0359", "kind": "string", "value": "ro.serialno", "offset": 120}
    libraries = [library("lib/arm64-v8a/libsmsdk.so", hits=[hit]), library("lib/arm64-v8a/libown.so", hits=[hit])]
    observations, (row,) = native.extract(reader(natives={"libraries": libraries}), Context("a" * 64))
    assert [format_line(each) for each in observations] == [
        "possible perhaps collect device.serial by sdk.shumei during unknown via code",
        "possible perhaps collect device.serial by unknown during unknown via code",
    ]
    assert observations[0].evidence[0].locator == "entry:lib/arm64-v8a/libsmsdk.so#120-131"
    assert row.status == "complete"


def test_an_import_of_a_native_library_is_a_doubt_at_the_whole_file() -> None:
    hit = {"q": "API-1032", "kind": "import", "value": "AMediaDrm_getPropertyByteArray", "offset": None}
    (seen,), _ = native.extract(reader(natives={"libraries": [library("lib/arm64-v8a/libown.so", hits=[hit])]}), Context("a" * 64))
    assert format_line(seen) == "possible perhaps collect device.drm_id by unknown during unknown via code"
    assert (seen.evidence[0].locator, seen.evidence[0].excerpt) == ("entry:lib/arm64-v8a/libown.so", "AMediaDrm_getPropertyByteArray")


def test_imports_are_asked_by_name() -> None:
    asked = json.loads(questions().natives)["imports"]
    assert {"id": "API-1030", "name": "getifaddrs"} in asked


@pytest.mark.parametrize("more", [{"readable": False}, {"packed": True}])
def test_a_native_library_that_was_not_read_is_coverage_lost(more: dict[str, Any]) -> None:
    (row,) = covered(native, natives={"libraries": [library("lib/arm64-v8a/libx.so", **more)]})
    assert row.status == "partial"
    assert row.reason is not None and "lib/arm64-v8a/libx.so" in row.reason.en


@pytest.mark.parametrize(
    ("answers", "code", "layout"),
    [
        ({}, "complete", "complete"),
        ({"entries": ["lib/arm64-v8a/libflutter.so"]}, "partial", "partial"),
        ({"entries": ["assets/index.android.bundle"]}, "partial", "partial"),
        ({"entries": ["assets/apps/__UNI__1/www/app-service.js"]}, "partial", "partial"),
        ({"entries": ["assets/bin/Data/global-metadata.dat"]}, "partial", "partial"),
        ({"found": {"finds": [class_found("hybrid:compose:androidx.compose.ui/", "Landroidx/compose/ui/A;", 9)]}}, "complete", "partial"),
        ({"found": {"finds": [call("web", "https://example.com")]}}, "complete", "partial"),
        ({"entries": ["assets/app.json", "lib/arm64-v8a/libflutterish.so"]}, "complete", "complete"),
    ],
)
def test_frameworks_take_logic_and_screens_out_of_sight(answers: dict[str, Any], code: str, layout: str) -> None:
    assert {row.channel: row.status for row in covered(hybrid, **answers)} == {"code": code, "layout": layout}


def test_the_reason_names_the_framework_and_where_its_logic_is() -> None:
    rows = covered(hybrid, entries=["lib/arm64-v8a/libflutter.so"])
    assert [row.reason.en if row.reason else None for row in rows] == [
        "built with Flutter: the app's own logic is Dart compiled to native code (libapp.so), which was not read",
        "built with Flutter: its screens are not in layout files",
    ]
