"""`mingjian fleet judge` as a person uses it: told before it is adopted, in both languages and as JSON; one line for every fault."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mingjian import lake
from mingjian.judge import pack_folder
from tests.fleet.judging.making import golden, key, stored
from tests.unit.lake.test_lake_verbs import mingjian


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two apps that tell no rules on any screen, the second with more downloads, and one of which nobody saw a screen."""
    silent, unseen = golden("food-app-runs-breaking-rules"), golden("target-22-grants-at-install")
    reports = {
        name: replace(report, subject=replace(report.subject, package=f"com.example.{name}"))
        for name, report in (("small", silent), ("large", silent), ("unseen", unseen))
    }
    return stored(tmp_path_factory.mktemp("verb"), reports)


@pytest.fixture(scope="module")
def milder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped pack, whose clause 1.1 asks for nothing but a policy's rules."""
    pack = tmp_path_factory.mktemp("milder") / "pack"
    shutil.copytree(pack_folder("cac-2019"), pack)
    clause = pack / "clauses" / "1.1-no-policy.yml"
    head, _, rest = clause.read_text(encoding="utf-8").partition("violated_if:")
    clause.write_text(f"{head}violated_if:\n  not:\n    seen: {{mode: claimed, action: publish.rules}}\n{rest[rest.index('message:') :]}")
    return pack


def test_what_changes_is_told_and_only_then_adopted(folder: Path, milder: Path) -> None:
    told = json.loads(mingjian("fleet", "judge", folder, "--pack", milder, "--format", "json", "--apps", "1").stdout)
    assert (told["reports"], told["apps"], told["adopted"], told["settled"], told["failed"]) == (3, 3, False, False, [])
    changed = [row for row in told["verdicts"] if row["before"] != row["after"]]
    assert changed == [{"clause": "cac-2019/1.1", "before": "suspected", "after": "satisfied", "reports": 2, "apps": 2}]
    assert told["flipping"] == 2
    (app,) = told["flipping_apps"]
    assert (app["package"], app["downloads"], app["report"]) == ("com.example.large", 1, key("large"))
    assert app["changes"] == [["cac-2019/1.1", "suspected", "satisfied"]]
    asked = "select verdict, count(*) from findings where clause = 'cac-2019/1.1' group by verdict order by verdict"
    with lake.open(folder) as opened:
        assert opened.query(asked).rows == [("inconclusive", 1), ("suspected", 2)]
    chinese = mingjian("fleet", "judge", folder, "--pack", milder, "--adopt", lang="zh")
    assert "涉嫌违反 → 符合，应用 2 个，报告 2 份" in chinese.stdout
    assert chinese.stdout.splitlines()[-1].startswith("已采用")
    with lake.open(folder) as opened:
        assert opened.query(asked).rows == [("inconclusive", 1), ("satisfied", 2)]
    after = mingjian("fleet", "judge", folder, "--pack", milder)
    assert "No verdict changes on any clause that both have." in after.stdout
    assert "nothing to adopt" in after.stdout.splitlines()[-1]
    assert "无须采用" in mingjian("fleet", "judge", folder, "--pack", milder, lang="zh").stdout.splitlines()[-1]
    assert json.loads(mingjian("fleet", "judge", folder, "--pack", milder, "--format", "json").stdout)["settled"]


def test_what_cannot_be_is_told_in_one_line(folder: Path, milder: Path, tmp_path: Path) -> None:
    for words, code, line in (
        ((tmp_path, "--pack", milder), 65, "There is no lake in"),
        ((folder, "--pack", milder, "--pack", "cac-2019"), 64, "stands in more than one of these packs"),
        ((folder, "--pack", milder, "--period", "2026"), 64, "is no half-year"),
        ((folder, "--pack", "no-such-pack"), 64, "no-such-pack"),
        ((folder,), 64, "--pack"),
    ):
        run = mingjian("fleet", "judge", *words)
        assert (run.returncode, run.stdout) == (code, ""), run.stderr
        assert line in run.stderr
        assert len(run.stderr.splitlines()) == 1
    assert not (tmp_path / "judgements").exists()
