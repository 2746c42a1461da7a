"""What a pack changes is told before it is adopted, and of each app by itself, whoever else took its name."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mingjian import lake
from mingjian.cli import fleet_judged
from mingjian.errors import TryAgainError
from mingjian.fleet.flips import flips
from mingjian.fleet.judging import Question, judge, loaded
from mingjian.lake import manifest
from mingjian.model.types import Report, Signer
from tests.fleet.judging.making import golden, key, pack_b, quiet, stored

FLIPS = "food-app-runs-breaking-rules"


def signed(by: str, created_at: str = "2026-11-22T13:00:00+00:00") -> Report:
    """One package name, whoever signed it."""
    report = golden(FLIPS)
    subject = replace(report.subject, package="com.example.one", signer=Signer(by * 64, "CN=a", "v2", "yes"))
    return replace(report, subject=subject, created_at=created_at)


@pytest.fixture
def pack(tmp_path: Path) -> str:
    return str(pack_b(tmp_path / "new"))


def test_what_another_signed_is_another_app(pack: str, tmp_path: Path) -> None:
    folder = stored(tmp_path, {"own": signed("a"), "counterfeit": signed("b")})
    stored(tmp_path, {"later": signed("a", "2027-03-01T00:00:00+00:00")}, "2027H1")
    unsigned, elsewhere = signed("c"), signed("a")
    others = {
        "unsigned": replace(unsigned, subject=replace(unsigned.subject, signer=None)),
        "elsewhere": replace(elsewhere, subject=replace(elsewhere.subject, platform="unknown")),
    }
    stored(tmp_path / "more", others)
    staged = [
        lake.Staged(key(name), tmp_path / "more" / "staged-2026H2" / f"{key(name)}.json", "2026H2", [("run-9", place, {"downloads": 9})])
        for place, name in enumerate(others)
    ]
    lake.compact(folder, staged)
    judgement = judge(Question(folder, loaded([pack])), quiet)
    with lake.open(folder) as opened:
        found = flips(opened, judgement)
    assert found.newest == 4, "the app's later report takes the place of its own earlier one, and of no other's"
    flip = next(flip for flip in found.matrix if (flip.clause, flip.before, flip.after) == ("cac-2019/1.1", "suspected", "satisfied"))
    assert (flip.reports, flip.apps) == (5, 4)
    assert {(app.platform, app.signer, app.report) for app in found.apps} == {
        ("android", "a" * 64, key("later")),
        ("android", "b" * 64, key("counterfeit")),
        ("android", None, key("unsigned")),
        ("unknown", "a" * 64, key("elsewhere")),
    }
    assert found.until_now == ((("cac-2019@" + golden(FLIPS).packs[0].version,), 5),)


@pytest.mark.parametrize(
    ("lang", "change", "state"),
    [("en", "suspected → satisfied, 1 apps, 1 reports", "Adopted:"), ("zh", "涉嫌违反 → 符合，应用 1 个，报告 1 份", "已采用")],
)
def test_what_changes_is_told_before_it_is_adopted(
    lang: str, change: str, state: str, pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGJIAN_LANG", lang)
    folder = stored(tmp_path, {"one": golden(FLIPS)})
    before, real, told = manifest.load(folder), fleet_judged.adopt, []

    def adopt(*words: Any) -> Any:
        told.append(capsys.readouterr().out)
        assert manifest.load(folder) == before, "and nothing is adopted yet"
        return real(*words)

    monkeypatch.setattr(fleet_judged, "adopt", adopt)
    assert fleet_judged.judged(folder, (pack,), None, True, 1, apps=5, form="text", lang=lang) == 0
    assert change in told[0]
    assert capsys.readouterr().out.startswith(state)
    assert manifest.load(folder) != before


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_changes_is_told_as_json_even_where_the_adoption_fails(
    lang: str, pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGJIAN_LANG", lang)
    folder = stored(tmp_path, {"one": golden(FLIPS)})
    before = manifest.load(folder)

    def adopt(*words: Any) -> Any:
        raise TryAgainError("fleet.judge.busy", path=folder)

    monkeypatch.setattr(fleet_judged, "adopt", adopt)
    with pytest.raises(TryAgainError):
        fleet_judged.judged(folder, (pack,), None, True, 1, apps=5, form="json", lang=lang)
    text = capsys.readouterr().out
    assert text.index('"flipping_apps"') < text.index('"adopted"')
    told = json.loads(text)
    assert [row for row in told["verdicts"] if row["before"] == "suspected" and row["after"] == "satisfied"]
    assert (told["flipping"], told["adopted"], told["reports_adopted"]) == (1, False, 0)
    assert manifest.load(folder) == before
