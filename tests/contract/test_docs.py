"""The documentation is complete and current: schema, command line, links."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from mingjian.model.schema import report_schema

ROOT = Path(__file__).parents[2]
REPORTS = sorted(ROOT.glob("tests/golden/*/expect/report.json"))
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/cli/*.md"), *ROOT.glob("fixtures/*.md")]


@pytest.mark.parametrize("file", REPORTS, ids=lambda file: file.parents[1].name)
def test_the_published_schema_accepts_every_golden_report(file: Path) -> None:
    jsonschema.Draft202012Validator(json.loads((ROOT / "docs/report.schema.json").read_text(encoding="utf-8"))).validate(
        json.loads(file.read_text(encoding="utf-8"))
    )


def test_the_schema_refuses_what_is_no_report() -> None:
    document = json.loads(REPORTS[0].read_text(encoding="utf-8"))
    document["findings"][0]["verdict"] = "guilty"
    assert list(jsonschema.Draft202012Validator(report_schema()).iter_errors(document))


def test_generated_pages_are_current() -> None:
    found = subprocess.run([sys.executable, "tools/pages.py", "--check"], cwd=ROOT, capture_output=True, check=False)
    assert found.returncode == 0, found.stdout.decode() + found.stderr.decode()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), target


def test_the_page_of_limits_says_the_same_things_in_both_languages() -> None:
    pages = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("limits.md", "limits.zh-CN.md")]
    english, chinese = (len(re.findall(r"^\*\*", page, re.MULTILINE)) for page in pages)
    assert english == chinese > 5
