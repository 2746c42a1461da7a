"""What `doctor --device` finds on devices of every kind."""

from collections.abc import Callable

import pytest

from fixtures.adb_server import Server
from fixtures.played_phone import PlayedPhone
from mingjian.record.device import Device
from mingjian.record.doctor import Finding, examine

Phones = Callable[..., tuple[PlayedPhone, Device, Server]]


def by_part(serial: str | None = None) -> dict[str, Finding]:
    return {found.part: found for found in examine(serial)}


def test_a_device_without_root_gives_screens_and_the_systems_records(phones: Phones) -> None:
    phones()
    found = by_part()
    assert found["doctor.device"].good
    assert found["doctor.device"].values["abi"] == "arm64-v8a"
    assert not found["doctor.root"].good
    assert found["doctor.tier_ui"].good
    assert found["doctor.tier_os_record"].good
    assert not found["doctor.tier_hook"].good


@pytest.mark.parametrize(("version", "words"), [("17.1.0", "doctor.version"), ("16.7.19", "doctor.versions_differ")])
def test_frida_on_both_sides_is_of_one_major_version(phones: Phones, monkeypatch: pytest.MonkeyPatch, version: str, words: str) -> None:
    monkeypatch.setattr("mingjian.record.doctor.version", lambda _: "17.26.2")
    monkeypatch.setattr("mingjian.record.doctor.frida_device", lambda _: None)
    phones(rooted=True, frida_server=version)
    found = by_part()["doctor.frida_server"]
    assert found.words == words
    assert found.good == (words == "doctor.version")
    assert found.values["version"] == version


def test_a_rooted_device_without_the_server_gives_no_calls(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingjian.record.doctor.frida_device", lambda _: None)
    phones(rooted=True)
    found = by_part()
    assert found["doctor.root"].good
    assert found["doctor.frida_server"].words == "doctor.no_frida_server"
    assert not found["doctor.tier_hook"].good


def test_a_device_that_is_not_there_is_a_finding(phones: Phones) -> None:
    phones()
    found = by_part("OTHER")
    assert found["doctor.device"].words == "record.no_device"
    assert "doctor.tier_ui" not in found
