"""The command line as a user meets it: exit codes, help in both languages, one clear line for what goes wrong."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.builder import build

APPS = Path(__file__).parents[2] / "fixtures" / "apps"
VERBS = (
    "scan",
    "facts",
    "policy",
    "fetch",
    "judge",
    "explain",
    "diff",
    "why",
    "run",
    "rules",
    "seal",
    "verify",
    "record",
    "selftest",
    "doctor",
)


def run(*arguments: object, lang: str = "en", stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LANG", "MINGJIAN_DEBUG")}
    command = [sys.executable, "-m", "mingjian.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env=environment | {"MINGJIAN_LANG": lang}, input=stdin, check=False)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(APPS / "kuaichi", tmp_path_factory.mktemp("app") / "kuaichi.apk").path


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(APPS / "kuaichi-innocent", tmp_path_factory.mktemp("app") / "innocent.apk").path


@pytest.fixture(scope="module")
def report(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.json"
    assert run("scan", app, "--category", "food_delivery", "--format", "json", "-o", file).returncode == 2
    return file


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str, lang: str) -> None:
    found = run(verb, "--help", lang=lang)
    assert found.returncode == 0
    assert ("明鉴" in run("--help", lang=lang).stdout.decode()) == (lang == "zh")
    assert any("一" <= char <= "鿿" for char in found.stdout.decode()) == (lang == "zh")


def test_help_names_every_verb() -> None:
    shown = run("--help").stdout.decode()
    assert all(verb in shown for verb in VERBS)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("scan",), 64),
        (("scan", "--no-such-option", "x.apk"), 64),
        (("unheard-of",), 64),
        (("scan", "no-such-file.apk"), 65),
        (("scan", "/"), 65),
        (("scan", "--category", "no_such_type", "x.apk"), 64),
        (("scan", "--operator-host", "https://api.example.com/", "x.apk"), 64),
        (("judge", "no-such-report.json"), 65),
        (("rules", "lint", "--pack", "no-such-pack"), 64),
        (("rules", "list"), 0),
        (("rules", "test"), 0),
        (("run", "show", "no-such-run.jsonl"), 65),
        (("run", "mark", "no-such-run.jsonl", "--by", "me", "--reason", "none", "-o", "x"), 64),
        (("doctor",), 0),
        (("why", "x.apk"), 64),
        (("why", "x.apk", "no method"), 64),
        (("why", "no-such-file.apk", "a.b.C.d"), 65),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_exit_codes(arguments: tuple[str, ...], code: int, lang: str) -> None:
    found = run(*arguments, lang=lang)
    assert found.returncode == code, found.stderr.decode()
    if code:
        assert len(found.stderr.decode().strip().splitlines()) == 1
        assert b"Traceback" not in found.stderr


def test_verdicts_decide_the_exit_code(app: Path) -> None:
    assert run("scan", app).returncode == 2
    assert run("scan", app, "--fail-on", "suspected").returncode == 2
    assert run("scan", app, "--fail-on", "violated").returncode == 0


def test_an_innocent_app_is_inconclusive_without_recordings(twin: Path) -> None:
    found = run("scan", twin, "--category", "food_delivery")
    assert found.returncode == 3, found.stdout.decode()
    assert run("scan", twin, "--category", "food_delivery", "--fail-on", "suspected").returncode == 0


def test_what_a_person_confirms_is_violated_and_what_is_only_recalled_suspected(tmp_path: Path) -> None:
    """The item about permissions in one go (4.6) is recalled; that about rules in jargon (2.4) was read."""
    package = build(APPS / "old-target", tmp_path / "old.apk").path
    answers = tmp_path / "answers.yml"
    answers.write_text("- {clause: cac-2019/2.4, question: jargon, answer: yes, by: Li, at: 2026-11-01}\n", encoding="utf-8")
    recalled = run("scan", package)
    assert recalled.returncode == 2
    assert b"only suspected: the text of the clause is recalled" in recalled.stdout
    assert run("scan", package, "--review", answers).returncode == 1


def test_every_pack_judges_at_once_and_is_told_in_one_report(app: Path, report: Path, tmp_path: Path) -> None:
    packs = {
        name.partition("/")[0] for name in run("rules", "list", "--pack", "all").stdout.decode().split() if re.match("[a-z0-9-]+/", name)
    }
    scanned = run("scan", app, "--category", "food_delivery", "--pack", "all", "--format", "json")
    document = json.loads(scanned.stdout)
    assert {pack["id"] for pack in document["packs"]} == packs
    most = max(document["conducts"], key=lambda conduct: len(conduct["breaches"]))
    assert len({breach["clause"].partition("/")[0] for breach in most["breaches"]}) >= 4
    file = tmp_path / "all.json"
    file.write_bytes(scanned.stdout)
    judged = run("judge", report, "--pack", "all", "--pack", "cac-2019", "--format", "json")
    assert json.loads(judged.stdout)["findings"] == document["findings"]
    assert b"Conducts, each counted once" in run("judge", file).stdout
    assert (judged.returncode, run("judge", file).returncode) == (scanned.returncode, scanned.returncode)


def test_a_draft_alone_never_fails_a_build(report: Path) -> None:
    found = run("judge", report, "--pack", "draft-2026", "--format", "json")
    assert "suspected" in {finding["verdict"] for finding in json.loads(found.stdout)["findings"]}
    assert found.returncode == 0
    shown = run("judge", report, "--pack", "draft-2026")
    assert b"For information only" in shown.stdout
    assert b"suspected" in shown.stdout


def test_facts_are_lines_that_read_back(app: Path) -> None:
    from mingjian.model.line import parse  # noqa: PLC0415

    lines = [line for line in run("facts", app).stdout.decode().splitlines() if not line.startswith("#")]
    assert len(lines) > 20
    for line in lines:
        parse(line)


def test_without_flows_only_the_start_of_the_app_is_a_phase(app: Path) -> None:
    from mingjian.model.line import parse  # noqa: PLC0415

    def phases(*options: str) -> set[str | None]:
        lines = run("facts", app, *options).stdout.decode().splitlines()
        return {parse(line).phase for line in lines if " via code" in line}

    assert phases("--no-flows") - {None} == {"app_start", "unknown"}
    assert {"app_start", "ui", "receiver"} <= phases()


def test_judging_again_needs_no_package_and_agrees(report: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    assert run("judge", report, "--format", "json", "-o", again).returncode == 2
    old, new = (json.loads(file.read_bytes()) for file in (report, again))
    assert new.pop("created_at")
    old.pop("created_at")
    assert new == old


@pytest.mark.parametrize("clause", ["3.1", "cac-2019/3.1"])
def test_explain_shows_the_chain_of_one_clause(report: Path, clause: str) -> None:
    found = run("explain", report, clause)
    assert found.returncode == 0
    assert "dex:" in found.stdout.decode()


def test_explain_of_a_clause_that_is_not_there(report: Path) -> None:
    found = run("explain", report, "9.9")
    assert found.returncode == 65
    assert "9.9" in found.stderr.decode()


def test_a_number_that_several_packs_have_is_never_guessed(report: Path, tmp_path: Path) -> None:
    both = tmp_path / "both.json"
    run("judge", report, "--pack", "cac-2019", "--pack", "gb41391", "--format", "json", "-o", both)
    for found in (run("explain", both, "6.1"), run("rules", "show", "6.1")):
        assert found.returncode == 64
        assert "cac-2019/6.1, gb41391/6.1" in found.stderr.decode()
        assert not found.stdout
    assert run("explain", both, "gb41391/6.1").returncode == 0
    assert run("rules", "show", "gb41391/6.1").returncode == 0


def test_diff_tells_what_the_twin_changed(report: Path, twin: Path, tmp_path: Path) -> None:
    other = tmp_path / "twin.json"
    run("scan", twin, "--category", "food_delivery", "--format", "json", "-o", other)
    shown = run("diff", report, other).stdout.decode()
    assert "3.1" in shown
    assert "gone" in shown
    changes = json.loads(run("diff", report, other, "--format", "json").stdout)["changes"]
    gone = {change["name"] for change in changes if change["what"] == "permission" and change["state"] == "gone"}
    assert "permission.contacts.READ_CONTACTS" in gone
    assert b"nothing changed" in run("diff", report, report).stdout or all(
        change["state"] == "persisting" for change in json.loads(run("diff", report, report, "--format", "json").stdout)["changes"]
    )


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 100, b'{"schema": "mingjian-report/1"}', b"[" * 200_000])
def test_what_is_no_report_is_one_line(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(content)
    for verb in (("judge", file), ("explain", file, "3.1"), ("diff", file, file)):
        found = run(*verb)
        assert found.returncode == 65
        assert len(found.stderr.decode().strip().splitlines()) == 1


def test_a_result_that_cannot_be_written_leaves_the_old_one(report: Path, tmp_path: Path) -> None:
    old = tmp_path / "folder"
    old.mkdir()
    found = run("judge", report, "--format", "json", "-o", old)
    assert found.returncode == 65
    assert old.is_dir()


def test_broken_pack_is_66_with_its_place(report: Path, tmp_path: Path) -> None:
    pack = tmp_path / "mine"
    (pack / "clauses").mkdir(parents=True)
    (pack / "pack.yml").write_text("id: mine\nversion: [\n", encoding="utf-8")
    found = run("judge", report, "--pack", pack)
    assert found.returncode == 66
    assert "pack.yml:" in found.stderr.decode()


def test_what_is_wrong_with_a_file_reads_in_the_readers_language(tmp_path: Path) -> None:
    file = tmp_path / "notes.apk"
    file.write_text("no archive at all", encoding="utf-8")
    told = {lang: run("scan", file, lang=lang).stderr.decode() for lang in ("zh", "en")}
    assert "不是 ZIP 归档" in told["zh"]
    assert "not a ZIP archive" in told["en"]


def test_completion_knows_the_verbs() -> None:
    environment = os.environ | {"_MINGJIAN_COMPLETE": "bash_complete", "COMP_WORDS": "mingjian s", "COMP_CWORD": "1"}
    found = subprocess.run([sys.executable, "-c", "from mingjian.cli import main; import sys; sys.argv=['mingjian']; main()"],
                           capture_output=True, env=environment, check=False)  # fmt: skip
    assert b"scan" in found.stdout
