from pathlib import Path

import pytest

import mingjian
from fixtures.builder import build
from mingjian.errors import InputError

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


@pytest.mark.parametrize(("answer", "verdict"), [(None, "suspected"), ("no", "satisfied"), ("yes", "violated")])
def test_a_suspicion_stands_until_somebody_answers(tmp_path: Path, answer: str | None, verdict: str) -> None:
    package = build(APP, tmp_path / "app.apk").path
    answers = [review(tmp_path, "cac-2019/4.2", "unneeded", "no")]
    answers += [review(tmp_path, "cac-2019/4.1", "no-function", answer)] if answer else []
    report = mingjian.scan(package, category="food_delivery", review=answers)
    assert {finding.clause: finding.verdict for finding in report.findings}["cac-2019/4.1"] == verdict


@pytest.mark.parametrize(("answer", "verdict"), [("yes", "violated"), ("no", "inconclusive")])
def test_an_answer_decides_the_clause_that_asks_for_it(tmp_path: Path, answer: str, verdict: str) -> None:
    package = build(CASE, tmp_path / "app.apk").path
    report = mingjian.scan(package, review=[review(tmp_path, "cac-2019/2.4", "jargon", answer)])
    assert {finding.clause: finding.verdict for finding in report.findings}["cac-2019/2.4"] == verdict
