from pathlib import Path

from mingjian.extract import Context, review
from mingjian.inputs import open_review
from mingjian.model.line import format_line

GOOD = """
- {clause: cac-2019/2.4, question: 2.4-legible, answer: yes, by: 王敏, at: 2026-11-01, note: 通读全文}
- {clause: cac-2019/3.7, question: 3.7-misled, answer: "no", by: 王敏, at: "2026-11-01T10:00:00+08:00"}
"""


def test_answers_become_attestations(tmp_path: Path) -> None:
    path = tmp_path / "review.yml"
    path.write_text(GOOD, encoding="utf-8")
    artifact, answers = open_review(path)
    observations, (row,) = review.extract(answers, Context(artifact.sha256))
    assert [format_line(each) for each in observations] == [
        "shown attest.2.4-legible via review",
        "shown not attest.3.7-misled via review",
    ]
    assert observations[0].evidence[0].excerpt == "cac-2019/2.4 2.4-legible: yes (王敏, 2026-11-01) — 通读全文"
    assert (row.channel, row.status, row.count) == ("review", "complete", 2)
