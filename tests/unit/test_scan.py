import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

import mingjian
from fixtures.builder import build
from fixtures.scenario import record
from mingjian.errors import InputError
from mingjian.nlp.endpoint import Endpoint
from mingjian.scan import Options, inspect_policy, judge_again

APP = Path(__file__).parents[2] / "fixtures" / "apps" / "kuaichi"
CASE = Path(__file__).parents[1] / "golden" / "box-ticked-in-advance" / "input"


def review(folder: Path, clause: str, question: str, answer: str) -> Path:
    path = folder / f"{question}.yml"
    path.write_text(f"- {{clause: {clause}, question: {question}, answer: {answer}, by: Li, at: 2026-11-01}}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("clause", "question"), [("cac-2019/2.4", "jargn"), ("cac-2019/2.3", "jargon"), ("cac-2020/2.4", "jargon"), ("cac-2019/9.9", "jargon")]
)
def test_an_answer_that_no_clause_asks_for_is_refused(tmp_path: Path, clause: str, question: str) -> None:
    package = build(CASE, tmp_path / "app.apk").path
    with pytest.raises(InputError) as refused:
        mingjian.scan(package, review=[review(tmp_path, clause, question, "yes")])
    assert refused.value.key == "input.review_unasked"
    assert (refused.value.values["item"], refused.value.values["clause"]) == (1, clause)


@pytest.mark.parametrize(
    ("answer", "verdict", "capped"), [(None, "suspected", None), ("no", "satisfied", None), ("yes", "suspected", "recalled")]
)
def test_a_suspicion_stands_until_somebody_answers(tmp_path: Path, answer: str | None, verdict: str, capped: str | None) -> None:
    """The text of item 4.1 is recalled: what a person confirms stays suspected, and says why."""
    package = build(APP, tmp_path / "app.apk").path
    answers = [review(tmp_path, "cac-2019/4.2", "unneeded", "no")]
    answers += [review(tmp_path, "cac-2019/4.1", "no-function", answer)] if answer else []
    report = mingjian.scan(package, category="food_delivery", review=answers)
    assert {each.clause: (each.verdict, each.capped) for each in report.findings}["cac-2019/4.1"] == (verdict, capped)


@pytest.mark.parametrize(("answer", "verdict"), [("yes", "violated"), ("no", "inconclusive")])
def test_an_answer_decides_the_clause_that_asks_for_it(tmp_path: Path, answer: str, verdict: str) -> None:
    package = build(CASE, tmp_path / "app.apk").path
    report = mingjian.scan(package, review=[review(tmp_path, "cac-2019/2.4", "jargon", answer)])
    assert {finding.clause: finding.verdict for finding in report.findings}["cac-2019/2.4"] == verdict


POLICY = """<html><head><meta charset="utf-8"></head><body><h1>样例隐私政策</h1>
<p>本应用由样例科技有限公司运营。您注册账号时，我们收集您的手机号码，用于创建账号。</p>
<p>我们在实现本政策所述目的所必需的期限内保存您的个人信息。</p>
<p>您可以通过邮箱 privacy@sample.example 投诉，我们在30个工作日内答复您的投诉。</p></body></html>"""


class _Model(BaseHTTPRequestHandler):
    """Says of every sentence that it offers everything that a policy owes."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"][1]["content"]
        quote = asked.partition("\n")[0].removeprefix("1. ")
        actions = ("withdraw", "correct", "delete", "prompt.change", "complain")
        statements = [{"sentence": 1, "quote": quote, "action": action} for action in actions]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"choices": [{"message": {"content": json.dumps({"statements": statements})}}]}).encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def model() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Model)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_a_model_proposes_weakens_no_verdict(tmp_path: Path, model: str) -> None:
    (tmp_path / "policy.html").write_text(POLICY, encoding="utf-8")
    policy = [tmp_path / "policy.html"]
    _, alone = inspect_policy(policy)
    _, asked = inspect_policy(policy, Options(endpoint=Endpoint(model, "yes-sayer")))
    proposed = [each for each in asked.observations if each.extractor == "endpoint"]
    assert {each.action for each in proposed} == {"withdraw", "correct", "delete", "prompt.change", "complain"}
    assert not any(each.certain for each in proposed)
    before = {finding.clause: finding.verdict for finding in alone.findings}
    after = {finding.clause: finding.verdict for finding in asked.findings}
    assert before["cac-2019/3.8"] == "suspected"
    assert before == after
    (row,) = [row for row in asked.coverage if row.extractor == "endpoint"]
    assert row.status == "absent"
    assert row.reason is not None and "yes-sayer" in row.reason.en
    assert judge_again(asked, ["cac-2019"]).findings == asked.findings


def test_every_file_of_a_policy_is_on_record(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(POLICY, encoding="utf-8")
    (tmp_path / "b.txt").write_text("第三方SDK清单\n", encoding="utf-8")
    package = build(CASE, tmp_path / "app.apk").path
    report = mingjian.scan(package, policy=[tmp_path / "a.html", tmp_path / "b.txt"])
    assert [(each.kind, each.name) for each in report.subject.artifacts] == [
        ("package", "app.apk"),
        ("policy", "a.html"),
        ("policy", "b.txt"),
    ]
    assert [row.status for row in report.coverage if row.channel == "policy"] == ["complete"]


def test_what_is_no_policy_judges_nothing(tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text("今天天气很好。\n运动会在下午开始。\n" * 20, encoding="utf-8")
    reading, report = inspect_policy([tmp_path / "news.txt"])
    assert not reading.is_policy
    assert {finding.verdict for finding in report.findings} == {"inconclusive"}
    assert [row.status for row in report.coverage if row.channel == "policy"] == ["failed"]


def test_what_the_recorded_run_of_the_demo_app_adds_is_found(tmp_path: Path) -> None:
    """The second table: the verdicts that stand on what happened."""
    told = (APP / "PLANTED.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in told.splitlines() if line.startswith("| cac-2019/")]
    run = tmp_path / "run.jsonl"
    run.write_bytes(record(yaml.safe_load((APP / "run.yml").read_text(encoding="utf-8"))))
    package = build(APP, tmp_path / "app.apk").path
    report = mingjian.scan(package, policy=[APP / "policy.html"], runs=[run], category="food_delivery")
    found = {finding.clause: finding.verdict for finding in report.findings}
    assert len(rows) >= 10
    assert {row[0]: found[row[0]] for row in rows} == {row[0]: row[1] for row in rows}


@pytest.mark.parametrize("with_policy", [False, True])
def test_what_is_planted_in_the_demo_app_is_found(tmp_path: Path, with_policy: bool) -> None:
    """The table was written before the program: every row names its clauses and the verdict with and without the policy."""
    rows = [
        line.strip("| ").split(" | ") for line in (APP / "PLANTED.md").read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", line)
    ]
    policy = [APP / "policy.html"] if with_policy else []
    report = mingjian.scan(build(APP, tmp_path / "app.apk").path, policy=policy, category="food_delivery")
    found = {finding.clause: finding.verdict for finding in report.findings}
    strongest: dict[str, str] = {}
    for row in rows:
        for clause in row[3].split(", "):
            verdict = row[5 if with_policy else 4]
            strongest[clause] = min(strongest.get(clause, verdict), verdict, key=("violated", "suspected", "inconclusive").index)
    assert len(rows) >= 25
    assert {clause: found[clause] for clause in strongest} == strongest


def test_a_proposed_type_is_no_category_until_a_person_names_it(tmp_path: Path) -> None:
    package = build(APP, tmp_path / "app.apk").path
    report = mingjian.scan(package, category="auto", flows=False)
    assert report.subject.category is None
    assert report.subject.proposed is not None
    assert report.subject.proposed.category == "food_delivery"
    confirmed = judge_again(report, ["cac-2019"], "food_delivery")
    named = mingjian.scan(package, category="food_delivery", flows=False)
    assert confirmed.subject.category == "food_delivery"
    assert confirmed.findings == named.findings
    assert judge_again(confirmed, ["cac-2019"]).subject.category == "food_delivery"


def test_what_the_store_says_of_an_app_speaks_for_its_type(tmp_path: Path) -> None:
    package = build(APP.parent / "tap-reads-id", tmp_path / "app.apk").path
    silent = mingjian.scan(package, category="auto", flows=False).subject.proposed
    told = mingjian.scan(package, category="auto", description="海量网文连载，书架追更，离线章节，听书。", flows=False).subject.proposed
    assert silent is not None
    assert (silent.outcome, silent.category) == ("unknown", None)
    assert told is not None
    assert told.category == "ebook"
