"""Packages of iOS and HarmonyOS, sent as files and scanned by the worker."""

import pytest

from fixtures.bundles import Ipa, Module, hap, ipa
from mingjian.console import vault
from mingjian.console.accounts.models import User
from mingjian.console.inspections.file import About, receive
from mingjian.console.work.queue import run_due
from mingjian.model.codec import load_report
from mingjian.model.texts import say

IPA = ipa(Ipa(info={"NSMicrophoneUsageDescription": "-", "CFBundleDisplayName": "Sample"}))
HAP = hap(Module(permissions=[{"name": "ohos.permission.MICROPHONE"}], label="Sample"))


@pytest.mark.parametrize(("name", "content", "platform"), [("a.ipa", IPA, "ios"), ("a.hap", HAP, "harmony")])
def test_a_package_of_another_system_is_taken_in_and_scanned(
    inspector: User, noon: object, name: str, content: bytes, platform: str
) -> None:
    found = receive(inspector, {"package": [(name, [content])]}, About(category="food_delivery"))
    assert run_due() == 1
    found.refresh_from_db()
    assert (found.state, found.fault, found.label) == ("done", None, "Sample")
    report = load_report(vault.read(found.report_sha256))
    assert (report.subject.platform, report.subject.package) == (platform, "cn.example.sample")
    assert found.findings.get(clause="cac-2019/4.1").verdict == "suspected"


def test_a_damaged_one_is_told_in_words(inspector: User, noon: object) -> None:
    found = receive(inspector, {"package": [("a.ipa", [IPA[:-40]])]})
    run_due()
    found.refresh_from_db()
    words = say(found.fault["key"], "en", **found.fault["values"])
    assert "no end record" in words
    assert "Text(" not in words
