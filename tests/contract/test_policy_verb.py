"""`mingjian policy` and `mingjian diff` over policies, as a user meets them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BAD = ROOT / "fixtures" / "apps" / "kuaichi" / "policy.html"
GOOD = ROOT / "fixtures" / "apps" / "kuaichi-innocent" / "policy.html"


def run(*arguments: object, lang: str = "en", seed: str = "0") -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"MINGJIAN_LANG": lang, "PYTHONHASHSEED": seed}
    return subprocess.run([sys.executable, "-m", "mingjian.cli", *map(str, arguments)], capture_output=True, env=environment, check=False)


def read(*arguments: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("policy", *arguments, "--format", "json").stdout)
    return document


@pytest.mark.parametrize(("lang", "words"), [("zh", ("撤回同意", "友盟", "可读性")), ("en", ("withdraw consent", "友盟", "Readability"))])
def test_it_tells_what_is_said_and_what_is_not(lang: str, words: tuple[str, ...]) -> None:
    found = run("policy", BAD, lang=lang)
    assert found.returncode == 1
    assert all(word in found.stdout.decode() for word in words)
    assert found.stderr == b""


def test_a_policy_without_faults_ends_well() -> None:
    found = run("policy", GOOD)
    assert found.returncode == 0, found.stdout.decode()


def test_json_holds_the_whole_reading() -> None:
    document = read(BAD)
    assert document["schema"] == "mingjian-policy/1"
    assert document["documents"][0]["lang"] == "zh"
    states = {slot["action"]: slot["state"] for slot in document["slots"]}
    assert states["withdraw"] == "missing"
    assert states["prompt.change"] == "denied"
    assert states["complain"] == "told"
    assert [row["sdks"] for row in document["third_parties"]] == [["umeng_analytics"], ["amap"]]
    late = next(each for each in document["statements"] if each["action"] == "answer.rights")
    start, end = (int(number) for number in late["locator"].removeprefix("text:").split("-"))
    assert "30个工作日内处理" in BAD.read_text(encoding="utf-8")[start:end]
    assert {"clause": "cac-2019/6.3", "verdict": "suspected", "capped": "recalled"} in document["findings"]


def test_two_runs_give_the_same_bytes() -> None:
    first, second = (run("policy", BAD, "--format", "json", seed=seed).stdout for seed in ("1", "2"))
    assert first == second


def test_verbose_shows_each_statement_with_its_sentence() -> None:
    shown = run("policy", BAD, "-v").stdout.decode()
    assert "我们不收集您的银行卡密码。" in shown
    assert "does not collect" in shown or "not collect" in shown


def test_what_is_no_policy_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text("It will rain in the north today.\nThe match starts in the afternoon.\n" * 30, encoding="utf-8")
    found = run("policy", tmp_path / "news.txt")
    assert found.returncode == 0
    assert "does not look like a privacy policy" in found.stdout.decode()
    assert run("policy", tmp_path / "news.txt", "--fail-on", "inconclusive").returncode == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.html", b""), ("noise.bin", bytes(range(256)) * 64), ("missing.html", None), ("app.apk", b"PK\x03\x04" + b"\0" * 99)],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    found = run("policy", tmp_path / name)
    assert found.returncode == 65
    assert len(found.stderr.decode().strip().splitlines()) == 1


def test_an_endpoint_needs_its_model() -> None:
    found = run("policy", BAD, "--endpoint", "http://127.0.0.1:9/v1")
    assert found.returncode == 64
    assert "--endpoint-model" in found.stderr.decode()


def test_a_model_that_does_not_answer_changes_no_verdict() -> None:
    alone = read(BAD)
    asked = read(BAD, "--endpoint", "http://127.0.0.1:9/v1", "--endpoint-model", "small")
    assert asked["findings"] == alone["findings"]
    assert [row["status"] for row in asked["coverage"]] == ["complete", "absent"]


def test_two_versions_differ_by_statement() -> None:
    found = json.loads(run("diff", BAD, GOOD, "--format", "json").stdout)
    changes = {(each["state"], each["name"]) for each in found["changes"] if each["what"] == "statement"}
    assert ("gone", "claimed answer.rights by app via policy count 30") in changes
    assert ("new", "claimed answer.rights by app via policy count 15") in changes
    assert ("new", "claimed withdraw by app via policy") in changes
    assert ["cac-2019/6.3", "suspected", "inconclusive"] in found["verdicts"]
    shown = run("diff", BAD, GOOD, lang="zh").stdout.decode()
    assert "政策陈述" in shown
    assert "30个工作日内处理" in shown


def test_a_version_does_not_differ_from_itself() -> None:
    assert "nothing changed" in run("diff", GOOD, GOOD).stdout.decode()


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    found = run("policy", BAD, "-o", tmp_path / "taken")
    assert found.returncode == 65
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
