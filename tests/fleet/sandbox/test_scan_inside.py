"""A scan behind the walls comes to the same report, byte for byte, as one without them."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import walled
import yaml
from walled import Held

import mingjian
from fixtures.builder import build
from fixtures.scenario import record
from mingjian.fleet.limits import Limits
from mingjian.model.codec import dump_report

pytest.importorskip("mingjian._core", reason="the core is not built")

APP = Path(__file__).parents[3] / "fixtures" / "apps" / "kuaichi"
WORDS = "We collect your phone number to create your account."


@dataclass(frozen=True)
class Given:
    package: Path
    policy: Sequence[Path] = ()
    runs: Sequence[Path] = ()


def scans(folder: Path, given: Given) -> None:
    report = mingjian.scan(given.package, policy=given.policy, runs=given.runs, category="food_delivery")
    (folder / "report.json").write_bytes(dump_report(replace(report, created_at="2026-01-01T00:00:00+08:00")))


def _docx(path: Path) -> Path:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p></w:body></w:document>'
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(zipfile.ZipInfo("word/document.xml"), body)
    path.write_bytes(written.getvalue())
    return path


def _pdf(path: Path) -> Path:
    text = b"BT /F 10 Tf 50 700 Td (%b) Tj ET" % WORDS.encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>/Contents 5 0 R>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(text), text),
    )
    written = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%b\nendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    path.write_bytes(written + b"trailer\n<</Size 6/Root 1 0 R>>\n%%EOF")
    return path


def _same_inside(folder: Path, given: Given) -> bytes:
    """The report of a scan inside, which is that of one outside."""
    inside, outside = folder / "inside", folder / "outside"
    for each in (inside, outside):
        each.mkdir()
    scans(outside, given)
    with walled.pool(1, os.getuid()) as pool:
        held = walled.start(pool, scans, inside, given, Limits(timeout=50), read=(folder / "given",)).result()
    assert held == Held("full", [])
    report = (inside / "report.json").read_bytes()
    assert report == (outside / "report.json").read_bytes()
    return report


def test_of_a_package_with_its_policy_and_a_recording(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    package = build(APP, given / "kuaichi.apk").path
    policy = [given / "policy.html", _docx(given / "more.docx"), _pdf(given / "sdk.pdf")]
    shutil.copy(APP / "policy.html", policy[0])
    run = given / "run.jsonl"
    run.write_bytes(record(yaml.safe_load((APP / "run.yml").read_text(encoding="utf-8"))))
    report: dict[str, Any] = json.loads(_same_inside(tmp_path, Given(package, policy, (run,))))
    assert report["tool"]["confined"] == "full"
    # Every kind was read, not merely refused in the same way.
    assert {row["status"] for row in report["coverage"]} <= {"complete", "partial", "absent"}
    channels = {each["channel"] for each in report["observations"]}
    assert channels >= {"manifest", "code", "policy", "network"}


def test_of_a_real_package(tmp_path: Path, real_apks: dict[str, Path]) -> None:
    (tmp_path / "given").mkdir()
    package = Path(shutil.copy(real_apks["settings"], tmp_path / "given"))
    assert _same_inside(tmp_path, Given(package))


def test_the_interpreter_is_all_that_can_be_started(tmp_path: Path) -> None:
    with walled.pool(1, os.getuid()) as pool:
        held = walled.start(pool, _starts, tmp_path).result()
    assert held.told == "b'1'"


def _starts(folder: Path, about: None) -> str:
    return repr(subprocess.run([sys.executable, "-ISc", "print(1, end='')"], capture_output=True, check=True).stdout)
