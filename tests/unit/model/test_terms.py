"""The vocabularies."""

import pytest

from mingjian.model.terms import exists, named, vocabulary, within


@pytest.mark.parametrize(
    ("term", "ancestor", "expected"),
    [
        ("device.imei", "device", True),
        ("device.imei", "device.imei", True),
        ("device.imei", "device.im", False),
        ("devices.imei", "device", False),
        (None, "device", False),
        ("unknown", "personal", False),
        ("device.imei", "personal", True),
        ("device.environment", "personal", False),
        ("device.model", "personal", True),
        ("device.model", "identifying", False),
        ("device.imei", "identifying", True),
        ("device.environment", "identifying", False),
        ("biometric.face", "sensitive", True),
        ("biometric", "sensitive", True),
        ("health.medical", "sensitive", True),
        ("health.steps", "sensitive", False),
        ("health", "sensitive", False),
        ("location.precise", "sensitive", False),
        ("device.imei", "sensitive", False),
        ("permission.camera.CAMERA", "personal", False),
    ],
)
def test_within(term: str | None, ancestor: str, expected: bool) -> None:
    assert within(term, ancestor) is expected


def test_roots_and_permissions_exist() -> None:
    assert exists("data", "device")
    assert exists("data", "permission.camera.CAMERA")
    assert not exists("data", "device.nothing")


@pytest.mark.parametrize("name", ["data", "actions", "purposes", "phases", "channels", "categories"])
def test_every_term_is_named_in_both_languages(name: str) -> None:
    terms = vocabulary(name)  # type: ignore[arg-type]
    assert terms
    for term in terms.values():
        assert term.name.zh.strip()
        assert term.name.en.strip()


def test_an_unknown_term_is_named_by_itself() -> None:
    assert named("data", "device.nothing", "zh") == "device.nothing"
