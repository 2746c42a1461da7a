"""androguard as an oracle: on real APKs that nobody here made, both readers must see the same package and the same call sites."""

import json
from pathlib import Path
from typing import Any

import pytest

from mingjian import _core
from mingjian.extract import catalogue
from mingjian.extract.queries import call_questions

androguard = pytest.importorskip("androguard.misc", reason="androguard is not installed: make lint installs it")

APKS = ("settings", "apidemos", "uiautomator2")
KINDS = {"activity": "get_activities", "service": "get_services", "receiver": "get_receivers", "provider": "get_providers"}


@pytest.fixture(scope="module", params=APKS)
def both(request: pytest.FixtureRequest, real_apks: dict[str, Path]) -> tuple[Any, Any, Any]:
    """Our reader, androguard's APK and androguard's analysis of one package."""
    from loguru import logger  # noqa: PLC0415  androguard logs every instruction otherwise

    logger.remove()
    path = real_apks[request.param]
    apk, _, analysis = androguard.AnalyzeAPK(str(path))
    return _core.Apk.open([str(path)], b"{}"), apk, analysis


def test_same_identity(both: tuple[Any, Any, Any]) -> None:
    ours, apk, _ = both
    manifest = json.loads(ours.manifest())
    assert manifest["package"] == apk.get_package()
    assert str(manifest["version_code"]) == str(apk.get_androidversion_code())
    assert manifest["version_name"] == apk.get_androidversion_name()
    assert str(manifest["min_sdk"]) == apk.get_min_sdk_version()
    assert str(manifest["target_sdk"]) == apk.get_target_sdk_version()


def test_same_permissions(both: tuple[Any, Any, Any]) -> None:
    ours, apk, _ = both
    assert {row["name"] for row in json.loads(ours.manifest())["permissions"]} == set(apk.get_permissions())


@pytest.mark.parametrize("kind", KINDS)
def test_same_components(both: tuple[Any, Any, Any], kind: str) -> None:
    ours, apk, _ = both
    found = {row["name"] for row in json.loads(ours.manifest())["components"] if row["kind"] == kind}
    assert found == set(getattr(apk, KINDS[kind])())


def test_same_signer(both: tuple[Any, Any, Any]) -> None:
    ours, apk, _ = both
    signing = json.loads(ours.identity())["signing"]
    digests = {signer["sha256"] for scheme in signing["schemes"] for signer in scheme["signers"]}
    expected = {certificate.sha256_fingerprint.replace(" ", "").lower() for certificate in apk.get_certificates()}
    assert digests == expected
    assert signing["verified"] is True


def test_same_call_sites(both: tuple[Any, Any, Any]) -> None:
    """The same set of (calling method, called method) pairs for every method of the catalogue, without exception.

    Left out on our side: calls found in payloads inside assets, which androguard does not open, and calls that reach a catalogue
    method through a subclass (`via: inherited`), which androguard lists under the subclass's name.
    """
    ours, _, analysis = both
    rows = [row for row in catalogue.apis().values() if row.kind in ("method", "constructor")]
    finds = json.loads(ours.find(json.dumps({"calls": call_questions(rows)}).encode()))
    assert finds["complete"]
    assert not finds["finds_cut"]
    found = {
        (f"{find['class']}->{find['method']}{find['proto']}", find["target"])
        for find in finds["finds"]
        if find["via"] == "exact" and "!" not in find["dex"]
    }
    wanted = {row.signature for row in rows}
    expected = {
        (_signature(caller), signature)
        for method in analysis.get_methods()
        if (signature := _signature(method)) in wanted
        for _, caller, _ in method.get_xref_from()
    }
    assert len(expected) > 20
    assert found == expected


def _signature(method: Any) -> str:
    """A signature as we write it: androguard puts a space between parameters."""
    return f"{method.class_name}->{method.name}{method.descriptor.replace(' ', '')}"
