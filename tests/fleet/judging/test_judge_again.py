"""A lake judged again says what fresh scans under the new packs say, word for word; it is kept, asked, and adopted whole or not at all."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.builder import build
from mingjian import lake
from mingjian.errors import TryAgainError, UsageError
from mingjian.fleet import verdicts
from mingjian.fleet.flips import flips
from mingjian.fleet.judging import Question, adopt, judge, loaded
from mingjian.judge import pack_folder
from mingjian.lake import Staged
from mingjian.lake.again import judgements
from mingjian.lake.checking import check
from mingjian.lake.manifest import load
from mingjian.model.codec import dump_report, load_report
from mingjian.model.types import VERDICTS, Report
from mingjian.scan import Options, scan

ROOT = Path(__file__).parents[3]
APPS = ("old-target", "settings-other-key")
AT = "2026-11-22T13:00:00+00:00"
PERIOD = "2026H2"


def quiet(done: int, total: int) -> None:
    assert done <= total


def pack_b(folder: Path) -> Path:
    """The shipped pack with a clause that can never be broken, one that is gone and one that is new."""
    shutil.copytree(pack_folder("cac-2019"), folder)
    clauses = folder / "clauses"
    first = clauses / "1.1-no-policy.yml"
    head, _, rest = first.read_text(encoding="utf-8").partition("violated_if:")
    never = "violated_if:\n  seen: {mode: claimed, action: publish.rules, data: none, actor: sdk.nobody}\n"
    first.write_text(head.replace("[policy, ui@before_consent, ui@foreground]", "[policy]") + never + rest[rest.index("message:") :])
    second = clauses / "1.2-no-prompt-at-first-run.yml"
    second.write_text(second.read_text(encoding="utf-8").replace("cac-2019/1.2", "cac-2019/1.9"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("apps")
    return [build(ROOT / "fixtures" / "apps" / name, folder / f"{name}.apk").path for name in APPS]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(pack_b(tmp_path_factory.mktemp("pack") / "new"))


def fresh(app: Path, pack: str) -> Report:
    return replace(scan(app, options=Options(packs=(pack,))), created_at=AT)


def key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def stored(folder: Path, reports: dict[str, Report]) -> Path:
    """A lake of these reports, each listed once; downloads grow with their order."""
    staging = folder / "staged"
    staging.mkdir(parents=True)
    staged = []
    for number, (name, report) in enumerate(reports.items()):
        path = staging / f"{key(name)}.json"
        path.write_bytes(dump_report(report))
        staged.append(Staged(key(name), path, PERIOD, [("run-1", number, {"store": "a", "downloads": number})]))
    lake.compact(folder / "lake", staged)
    return folder / "lake"


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
