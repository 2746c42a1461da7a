"""A report judged again with a reviewer's answers: they count, they replace earlier ones, and nothing else changes."""

from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.model.codec import load_report
from mingjian.model.types import Report, Verdict
from mingjian.scan import judge_with_review

REPORT = Path(__file__).parents[1] / "golden" / "food-app-runs-breaking-rules" / "expect" / "report.json"


@pytest.fixture(scope="module")
def old() -> Report:
    return load_report(REPORT.read_bytes())


def _answers(folder: Path, *rows: tuple[str, str, str], name: str = "answers.yml") -> Path:
    file = folder / name
    file.write_text(
        "".join(
            f"- {{clause: {clause}, question: {question}, answer: {answer}, by: li, at: '2026-09-16'}}\n"
            for clause, question, answer in rows
        )
    )
    return file


def _verdict(report: Report, clause: str) -> Verdict:
    return next(finding.verdict for finding in report.findings if finding.clause == clause)


# 2.4 (rules obscure) rests on what a person says: of its three questions one yes breaks the clause, and three times no keeps it.
ASKED = ("jargon", "padded", "unclear")


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ((), "inconclusive"),
        (("no",), "inconclusive"),
        (("yes",), "violated"),
        (("no", "no", "yes"), "violated"),
        (("no", "no", "no"), "satisfied"),
    ],
)
def test_answers_decide_what_only_a_person_can(old: Report, tmp_path: Path, answers: tuple[str, ...], verdict: str) -> None:
    rows = [("cac-2019/2.4", question, answer) for question, answer in zip(ASKED, answers, strict=False)]
    if not rows:
        assert _verdict(old, "cac-2019/2.4") == verdict
        return
    new = judge_with_review(old, _answers(tmp_path, *rows))
    assert _verdict(new, "cac-2019/2.4") == verdict
    others = [finding for finding in new.findings if finding.clause != "cac-2019/2.4"]
    assert [(each.clause, each.verdict) for each in others] == [
        (each.clause, each.verdict) for each in old.findings if each.clause != "cac-2019/2.4"
    ]
    assert (new.tool, new.timeline, new.packs) == (old.tool, old.timeline, old.packs)


def test_a_later_answer_replaces_the_earlier(old: Report, tmp_path: Path) -> None:
    first = judge_with_review(old, _answers(tmp_path, ("cac-2019/2.4", "jargon", "yes"), name="first.yml"))
    second = judge_with_review(first, _answers(tmp_path, ("cac-2019/2.4", "jargon", "no"), name="second.yml"))
    assert _verdict(second, "cac-2019/2.4") == "inconclusive"
    assert [file.name for file in second.subject.artifacts if file.kind == "review"] == ["second.yml"]
    assert len([row for row in second.coverage if row.channel == "review"]) == 1


def test_an_earlier_answer_to_another_question_stays(old: Report, tmp_path: Path) -> None:
    first = judge_with_review(old, _answers(tmp_path, ("cac-2019/2.4", "jargon", "yes"), name="first.yml"))
    second = judge_with_review(first, _answers(tmp_path, ("cac-2019/2.4", "padded", "no"), name="second.yml"))
    assert _verdict(second, "cac-2019/2.4") == "violated"
    assert [file.name for file in second.subject.artifacts if file.kind == "review"] == ["first.yml", "second.yml"]


def test_the_same_answers_again_change_nothing(old: Report, tmp_path: Path) -> None:
    file = _answers(tmp_path, ("cac-2019/2.4", "jargon", "yes"))
    once = judge_with_review(old, file)
    again = judge_with_review(once, file)
    assert (again.observations, again.findings, again.coverage, again.subject) == (
        once.observations,
        once.findings,
        once.coverage,
        once.subject,
    )


def test_an_answer_that_nobody_asked_for_is_refused(old: Report, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        judge_with_review(old, _answers(tmp_path, ("cac-2019/2.4", "invented", "yes")))
    assert refused.value.key == "input.review_unasked"
