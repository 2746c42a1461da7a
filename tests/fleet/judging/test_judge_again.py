"""A lake judged again says what fresh scans under the new packs say, word for word; it is kept, asked, and adopted whole or not at all."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.builder import build
from mingjian import lake
from mingjian.extract.policy import PROPOSED
from mingjian.fleet import judging
from mingjian.fleet.flips import flips
from mingjian.fleet.judging import Question, adopt, judge, loaded
from mingjian.lake import Staged
from mingjian.lake.candidates import units
from mingjian.lake.checking import check
from mingjian.lake.manifest import digest, load
from mingjian.model.codec import dump_report, load_report
from mingjian.model.types import VERDICTS, Report
from mingjian.scan import Options, scan
from tests.fleet.judging import dying
from tests.fleet.judging.making import golden, key, pack_b, quiet, stored

ROOT = Path(__file__).parents[3]
APPS = ("old-target", "settings-other-key")
AT = "2026-11-22T13:00:00+00:00"


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("apps")
    return [build(ROOT / "fixtures" / "apps" / name, folder / f"{name}.apk").path for name in APPS]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(pack_b(tmp_path_factory.mktemp("pack") / "new"))


def fresh(app: Path, pack: str) -> Report:
    return replace(scan(app, options=Options(packs=(pack,))), created_at=AT)


def documents(folder: Path, names: list[str]) -> list[bytes]:
    with lake.open(folder) as opened:
        return [opened.document(key(name)) for name in names]


def test_what_is_adopted_is_byte_for_byte_what_fresh_scans_say(apps: list[Path], pack: str, tmp_path: Path) -> None:
    old = {app.stem: fresh(app, "cac-2019") for app in apps}
    folder = stored(tmp_path, old)
    for app in apps:
        app.rename(app.with_suffix(".away"))
    question = Question(folder, loaded([pack]), by="li", processes=2)
    judgement = judge(question, quiet)
    before = load(folder)
    assert documents(folder, list(APPS)) == [dump_report(report) for report in old.values()], "a judgement alone changes nothing"
    with lake.open(folder) as opened:
        assert opened.query("select distinct judgement from candidate_findings").rows == [(judgement.id,)]
        asked = opened.query("select report, clause, verdict, hits from candidate_findings where verdict is not null order by all").rows
        found = flips(opened, judgement)
    assert (found.only("before"), found.only("after")) == (("cac-2019/1.2",), ("cac-2019/1.9",))
    flip = next(flip for flip in found.matrix if flip.clause == "cac-2019/1.1")
    assert (flip.before, flip.after, flip.reports, flip.apps) == ("inconclusive", "inconclusive", 2, 2)
    adopt(question, quiet)
    assert load(folder) != before
    assert not list(check(folder, load(folder)))
    adopted = documents(folder, list(APPS))
    for app in apps:
        app.with_suffix(".away").rename(app)
    new = [fresh(app, pack) for app in apps]
    assert adopted == [dump_report(report) for report in new]
    assert [load_report(each).findings for each in adopted] == [report.findings for report in new]
    with lake.open(folder) as opened:
        assert opened.query("select report, clause, verdict, hits from findings order by all").rows == asked
        counts = opened.query("select violated, suspected, inconclusive, satisfied, not_applicable from reports order by report").rows
        assert opened.query("select count(*) from candidate_findings").rows == [(0,)]
    verdict_counts = {
        key(name): [sum(each.verdict == verdict for each in report.findings) for verdict in VERDICTS]
        for name, report in zip(APPS, new, strict=True)
    }
    assert [list(row) for row in counts] == [verdict_counts[name] for name in sorted(verdict_counts)]
    state = load(folder)
    adopt(question, quiet)
    assert load(folder) == state, "adopted twice changes nothing"


def test_an_adoption_killed_before_any_of_its_steps_leaves_the_old_lake_or_the_new_one(pack: str, tmp_path: Path) -> None:
    stored(tmp_path, {"one": golden("target-22-grants-at-install")}).rename(tmp_path / "old")
    judgement = judge(Question(tmp_path / "old", loaded([pack])), quiet)
    command = [sys.executable, "-m", "tests.fleet.judging.dying", tmp_path, judgement.id]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    assert run.returncode == 0, run.stderr
    ends = [line.split(" ", 1) for line in run.stdout.splitlines()]
    assert [end for end, _ in ends] == ["killed"] * (len(ends) - 1) + ["whole"]
    old, new = load(tmp_path / "old"), load(Path(ends[-1][1]))
    assert old != new
    states = [load(Path(place)) for _, place in ends]
    assert set(map(digest, states)) == {digest(old), digest(new)}, "one or the other, and nothing between"
    for _, place in (ends[0], ends[len(ends) // 2]):
        assert documents(Path(place), ["one"]) == documents(tmp_path / "old", ["one"])
        dying.adopt(Path(place), judgement.id)
        assert load(Path(place)) == new
        assert not list(check(Path(place), new))


def test_only_the_half_year_that_was_asked_for_is_judged_and_adopted(pack: str, tmp_path: Path) -> None:
    report = golden("target-22-grants-at-install")
    folder = stored(tmp_path, {"first": report, "both": report, "late": report}, "2026H1")
    # A later run lists one of them again: its report stays where it is, and is one of that half-year too.
    lake.compact(folder, [Staged(key("both"), None, "2026H2", [("run-2", 0, {"store": "a"})])])
    question = Question(folder, loaded([pack]), period="2026H2")
    assert sum(part.reports for part in judge(question, quiet).parts) == 1
    lake.compact(folder, [Staged(key("late"), None, "2026H2", [("run-3", 0, {"store": "a"})])])
    judgement = adopt(question, quiet)
    assert sum(part.reports for part in judgement.parts) == 2, "what was listed after the judging is judged before the adoption"
    with lake.open(folder) as opened:
        rows = opened.query("select report, list(clause) filter (clause in ('cac-2019/1.2', 'cac-2019/1.9')) from findings group by 1").rows
    assert dict(rows) == {key("first"): ["cac-2019/1.2"], key("both"): ["cac-2019/1.9"], key("late"): ["cac-2019/1.9"]}


class Fails:
    """Judges nothing: a report that takes for ever, then one that needs all memory, then one that is none."""

    def __init__(self) -> None:
        self._faults = iter((self._hang, MemoryError, RecursionError))

    def __call__(self, document: bytes) -> Any:
        del document
        raise next(self._faults)()

    def _hang(self) -> Exception:
        while True:
            pass


def test_a_report_that_cannot_be_judged_is_told_and_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: str) -> None:
    monkeypatch.setattr(judging, "SECONDS", 0.2)
    report = golden("target-22-grants-at-install")
    folder = stored(tmp_path, {"one": report})
    staged = [Staged("a" * 63 + str(number), tmp_path / "staged-2026H2" / f"{key('one')}.json", "2026H2") for number in range(3)]
    lake.compact(folder, staged)
    unit = next(unit for unit in units(folder, load(folder), None) if unit.part.rows == 3)
    judged = judging.Judging(Fails(), "f" * 64)(unit)  # type: ignore[arg-type]  # what judges is stood in for
    assert [failed.fault for failed in judged.failed] == ["time", "memory", "memory"]
    assert (judged.reports, judged.sha256) == (0, None)


def test_a_report_whose_order_no_scan_leaves_is_not_judged_and_keeps_its_findings(pack: str, tmp_path: Path) -> None:
    good = golden("food-app-breaks-the-rules")
    first, *others = good.observations
    bad = replace(good, observations=(replace(first, extractor=PROPOSED), *others))
    folder = stored(tmp_path, {"good": good, "bad": bad})
    judgement = adopt(Question(folder, loaded([pack])), quiet)
    assert [(each.report, each.fault) for part in judgement.parts for each in part.failed] == [(key("bad"), "unreadable")]
    assert documents(folder, ["bad"]) == [dump_report(bad)]
    assert documents(folder, ["good"]) != [dump_report(good)]
    assert not list(check(folder, load(folder)))


def test_a_judgement_goes_on_where_it_was_ended_and_what_came_later_is_judged_too(pack: str, tmp_path: Path) -> None:
    folder = stored(tmp_path, {"one": golden("food-app-keeps-the-rules")})
    question = Question(folder, loaded([pack]))
    first = judge(question, quiet)
    file = folder / first.parts[0].path(first.id)
    made = file.stat().st_mtime_ns
    stored(tmp_path, {"two": golden("food-app-breaks-the-rules")}, "2027H1")
    second = judge(question, quiet)
    assert second.id == first.id
    assert [part.reports for part in second.parts] == [1, 1]
    assert file.stat().st_mtime_ns == made
