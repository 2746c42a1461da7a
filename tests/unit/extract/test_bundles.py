"""Packages of iOS and HarmonyOS made by hand, from the bytes to the verdicts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mingjian
from fixtures.bundles import Ipa, Module, Part, abc, app, fat, hap, ipa, macho
from fixtures.bundles.hap import entries
from fixtures.bundles.macho import ARM64, ARMV7
from fixtures.bundles.zips import zipped
from mingjian.model.line import format_line
from mingjian.model.types import Observation, Report

AD_SUPPORT = "/System/Library/Frameworks/AdSupport.framework/AdSupport"
IDFA = macho(imports={AD_SUPPORT: ["_OBJC_CLASS_$_ASIdentifierManager"]}, selectors=["advertisingIdentifier"])
READS_IDFA = "possible collect device.idfa_idfv by unknown during unknown via code"


def scanned(folder: Path, name: str, content: bytes, **more: Any) -> Report:
    path = folder / name
    path.write_bytes(content)
    return mingjian.scan(path, **more)


def lines(report: Report) -> set[str]:
    return {format_line(each) for each in report.observations}


def one(report: Report, line: str) -> Observation:
    return next(each for each in report.observations if format_line(each) == line)


def coverage(report: Report) -> dict[str, str]:
    return {row.channel: row.status for row in report.coverage if row.extractor.startswith("bundle")}


def reasons(report: Report, channel: str) -> tuple[str, str]:
    rows = [row.reason for row in report.coverage if row.channel == channel and row.reason]
    return " ".join(row.zh for row in rows), " ".join(row.en for row in rows)


def test_an_ios_app_is_who_its_list_says(tmp_path: Path) -> None:
    report = scanned(tmp_path, "a.ipa", ipa(Ipa(chinese={"CFBundleDisplayName": "样例"})))
    subject = report.subject
    assert (subject.platform, subject.package, subject.version, subject.label) == ("ios", "cn.example.sample", "1.2.3", "样例")
    assert subject.signer is None
    assert report.tool.confined in ("full", "partial")


def test_a_usage_description_is_a_permission_and_its_words_are_the_evidence(tmp_path: Path) -> None:
    info = {
        "NSCameraUsageDescription": "scan",
        "NSLocationAlwaysAndWhenInUseUsageDescription": "ride",
        "UIBackgroundModes": ["location", "audio"],
    }
    report = scanned(tmp_path, "a.ipa", ipa(Ipa(info=info, chinese={"NSCameraUsageDescription": "用于扫码"})))
    assert lines(report) == {
        "declared declare permission.camera.NSCameraUsageDescription by app via manifest",
        "declared declare permission.location.NSLocationAlwaysAndWhenInUseUsageDescription by app via manifest",
        "declared declare permission.background_location.NSLocationAlwaysAndWhenInUseUsageDescription by app via manifest",
        "declared declare permission.background_location.UIBackgroundModes_location by app via manifest",
    }
    (evidence,) = one(report, "declared declare permission.camera.NSCameraUsageDescription by app via manifest").evidence
    assert evidence.excerpt == "NSCameraUsageDescription: 用于扫码"
    assert evidence.locator == "plist:Payload/Sample.app/Info.plist!NSCameraUsageDescription"


def test_lists_in_xml_say_the_same_as_binary_ones(tmp_path: Path) -> None:
    made = Ipa(info={"NSContactsUsageDescription": "朋友 <&>"})
    first, second = (scanned(tmp_path, f"{form}.ipa", ipa(replace(made, binary_lists=form))) for form in (True, False))
    assert lines(first) == lines(second) == {"declared declare permission.contacts.NSContactsUsageDescription by app via manifest"}


def test_a_privacy_manifest_speaks_for_whom_it_lies_with(tmp_path: Path) -> None:
    def manifest(kind: str, *purposes: str, tracking: bool) -> dict[str, Any]:
        row = {
            "NSPrivacyCollectedDataType": f"NSPrivacyCollectedDataType{kind}",
            "NSPrivacyCollectedDataTypePurposes": [f"NSPrivacyCollectedDataTypePurpose{each}" for each in purposes],
        }
        return {"NSPrivacyTracking": tracking, "NSPrivacyCollectedDataTypes": [row]}

    reasoned = {"NSPrivacyAccessedAPIType": "NSPrivacyAccessedAPICategorySystemBootTime", "NSPrivacyAccessedAPITypeReasons": ["35F9.1"]}
    own = manifest("EmailAddress", "AppFunctionality", "Analytics", tracking=True) | {"NSPrivacyAccessedAPITypes": [reasoned]}
    parts = (
        Part("UMCommon", privacy=manifest("DeviceID", "Analytics", tracking=False)),
        Part("HomeMade", privacy=manifest("PreciseLocation", tracking=False)),
        Part("Odd", privacy=manifest("Thoughts", tracking=False)),
    )
    report = scanned(tmp_path, "a.ipa", ipa(Ipa(privacy=own, parts=parts)))
    assert {line for line in lines(report) if line.startswith("declared")} == {
        "declared collect basic.email by app for service via manifest",
        "declared collect basic.email by app for analytics via manifest",
        "declared use.reasoned device.environment by app via manifest",
        "declared track by app via manifest",
        "declared collect device.identifier by sdk.umeng_analytics for analytics via manifest",
        "declared not track by sdk.umeng_analytics via manifest",
        "declared collect location.precise by unknown via manifest",
        "declared perhaps collect other.unlisted by unknown via manifest",
        "declared not track by unknown via manifest",
    }
    assert one(report, "declared use.reasoned device.environment by app via manifest").evidence[0].excerpt.endswith(": 35F9.1")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (IDFA, True),
        (macho(imports={AD_SUPPORT: ["_OBJC_CLASS_$_ASIdentifierManager"]}, selectors=["isAdvertisingTrackingEnabled"]), False),
        (macho(selectors=["advertisingIdentifier"]), False),
        (macho(classes=["ASIdentifierManager"], selectors=["advertisingIdentifier"]), False),
        (fat((ARMV7, macho(cpu=ARMV7)), (ARM64, IDFA)), True),
        (fat((ARMV7, IDFA), (ARM64, macho())), False),
    ],
    ids=["class and selector", "another selector", "no class", "a class of its own by that name", "the slice that runs", "another slice"],
)
def test_a_class_of_the_system_and_its_selector_make_a_way_to_data(tmp_path: Path, code: bytes, found: bool) -> None:
    report = scanned(tmp_path, "a.ipa", ipa(Ipa(code=code)))
    assert (READS_IDFA in lines(report)) is found
    assert coverage(report) == {"manifest": "complete", "layout": "absent", "code": "partial", "flow": "absent"}


def test_only_the_code_of_a_known_framework_has_an_owner(tmp_path: Path) -> None:
    parts = (Part("UMCommon", code=IDFA, info={"CFBundleShortVersionString": "7.4.1"}), Part("HomeMade", code=IDFA))
    report = scanned(tmp_path, "a.ipa", ipa(Ipa(parts=parts)))
    assert lines(report) == {
        READS_IDFA,
        READS_IDFA.replace("unknown", "sdk.umeng_analytics", 1),
        "possible embed by sdk.umeng_analytics via code",
    }
    assert one(report, "possible embed by sdk.umeng_analytics via code").version == "7.4.1"
    (class_, selector) = one(report, READS_IDFA).evidence
    assert class_.locator == "macho:Payload/Sample.app/Frameworks/HomeMade.framework/HomeMade!_OBJC_CLASS_$_ASIdentifierManager"
    assert AD_SUPPORT in class_.excerpt
    offset = int(selector.locator.rpartition("#")[2])
    assert IDFA[offset:].startswith(b"advertisingIdentifier\0")


def test_sdks_linked_in_and_schemes_handed_out_are_seen(tmp_path: Path) -> None:
    info = {"CFBundleURLTypes": [{"CFBundleURLSchemes": ["wx0123456789abcdef", "wxhome", "sample"]}]}
    report = scanned(tmp_path, "a.ipa", ipa(Ipa(info=info, code=macho(classes=["AppDelegate", "JPUSHService", "JPUSHServiceLike"]))))
    assert lines(report) == {"possible embed by sdk.jpush via code", "declared embed by sdk.wechat via manifest"}


@pytest.mark.parametrize(("count", "found"), [(19, False), (20, True)])
def test_a_long_list_of_schemes_of_others_may_show_what_is_installed(tmp_path: Path, count: int, found: bool) -> None:
    report = scanned(tmp_path, "a.ipa", ipa(Ipa(info={"LSApplicationQueriesSchemes": [f"app{at}" for at in range(count)]})))
    assert ("possible perhaps collect device.installed_apps by app during unknown via code" in lines(report)) is found


def test_encrypted_code_keeps_its_imports_and_the_report_says_what_is_hidden(tmp_path: Path) -> None:
    code = macho(
        imports={"/System/Library/Frameworks/SystemConfiguration.framework/SystemConfiguration": ["_CNCopyCurrentNetworkInfo"]},
        classes=["JPUSHService"],
        encrypted=True,
    )
    report = scanned(tmp_path, "a.ipa", ipa(Ipa(code=code)))
    assert lines(report) == {"possible collect network.ssid by unknown during unknown via code"}
    zh, en = reasons(report, "code")
    assert "加密" in zh
    assert "encrypted by the store" in en


HARMONY = Module(
    permissions=[
        {"name": "ohos.permission.CAMERA", "reason": "用于扫码", "usedScene": {"abilities": ["EntryAbility"], "when": "inuse"}},
        {"name": "ohos.permission.INTERNET"},
        {"name": "cn.example.permission.OWN"},
    ],
    abilities=[{"name": "EntryAbility", "backgroundModes": ["location", "dataTransfer"]}],
    code=abc(
        classes=["Lcn.example/entry/Index;", "L&@jg/push/Index&1.0.0;"],
        texts=["@ohos:geoLocationManager", "getCurrentLocation", "getLinkedInfo"],
    ),
    packages={"@umeng/common": "1.1.3", "entry": ""},
    libraries=["libentry.so"],
)


@pytest.mark.parametrize("second", [False, True], ids=["first table of resources", "second"])
def test_a_harmony_module_says_who_it_is_and_what_it_asks_for(tmp_path: Path, second: bool) -> None:
    report = scanned(tmp_path, "a.hap", hap(replace(HARMONY, second_table=second)))
    subject = report.subject
    assert (subject.platform, subject.package, subject.version, subject.label) == ("harmony", "cn.example.sample", "2.0.1", "样例")
    assert lines(report) == {
        "declared declare permission.camera.CAMERA by app via manifest",
        "declared declare permission.normal.INTERNET by app via manifest",
        "declared declare permission.custom.cn_example_permission_OWN by app via manifest",
        "declared declare permission.background_location.backgroundModes_location by app via manifest",
        "possible perhaps collect location.precise by unknown during unknown via code",
        "possible embed by sdk.umeng_analytics via code",
        "possible embed by sdk.jpush via code",
    }
    (evidence,) = one(report, "declared declare permission.camera.CAMERA by app via manifest").evidence
    assert evidence.locator == "json:module.json!/module/requestPermissions[0]"
    assert evidence.excerpt.splitlines() == ["ohos.permission.CAMERA: 用于扫码", "usedScene: inuse EntryAbility", "in entry"]
    assert coverage(report) == {"manifest": "complete", "layout": "absent", "code": "partial", "flow": "absent"}
    assert "libentry.so" in reasons(report, "code")[1]


def test_an_app_of_several_modules_is_one_subject(tmp_path: Path) -> None:
    more = Module(name="pay", permissions=[{"name": "ohos.permission.MICROPHONE", "reason": "语音"}])
    report = scanned(tmp_path, "a.app", app(HARMONY, more))
    (evidence,) = one(report, "declared declare permission.microphone.MICROPHONE by app via manifest").evidence
    assert evidence.locator == "json:pay-default.hap!module.json!/module/requestPermissions[0]"
    assert "declared declare permission.camera.CAMERA by app via manifest" in lines(report)
    assert coverage(report)["manifest"] == "complete"


def test_a_module_of_another_app_is_said(tmp_path: Path) -> None:
    report = scanned(tmp_path, "a.app", app(HARMONY, Module(name="pay", package="cn.example.other")))
    assert coverage(report)["manifest"] == "partial"
    assert "cn.example.other" in reasons(report, "manifest")[1]


def test_an_older_module_and_one_in_json5_are_read(tmp_path: Path) -> None:
    asked = '[{"name": "ohos.permission.LOCATION"}]'
    old = f'{{"app": {{"bundleName": "cn.example.old", "version": {{"name": "1.0"}}}}, "module": {{"reqPermissions": {asked}}}}}'
    new = f"// by hand\n{{app: {{bundleName: 'cn.example.new', versionName: '3.0',}}, module: {{requestPermissions: {asked},}},}}"
    for name, content, package in (("config.json", old, "cn.example.old"), ("module.json5", new, "cn.example.new")):
        made = Module(others={name: content.encode()})
        kept = {path: entry for path, entry in entries(made).items() if path != "module.json"}
        report = scanned(tmp_path, f"{package}.hap", zipped(kept))
        assert report.subject.package == package
        assert "declared declare permission.location.LOCATION by app via manifest" in lines(report)


@pytest.mark.parametrize("suffix", [".ipa", ".hap"])
def test_no_clause_is_satisfied_by_a_package_alone(tmp_path: Path, suffix: str) -> None:
    report = scanned(tmp_path, f"a{suffix}", ipa() if suffix == ".ipa" else hap(), category="food_delivery")
    assert {finding.verdict for finding in report.findings} <= {"inconclusive", "not_applicable"}


def test_a_permission_of_low_relevance_raises_a_suspicion_on_every_system(tmp_path: Path) -> None:
    made = {
        "a.ipa": ipa(Ipa(info={"NSMicrophoneUsageDescription": "-"})),
        "a.hap": hap(Module(permissions=[{"name": "ohos.permission.MICROPHONE"}])),
    }
    for name, content in made.items():
        report = scanned(tmp_path, name, content, category="food_delivery")
        assert {finding.clause: finding.verdict for finding in report.findings}["cac-2019/4.1"] == "suspected"
