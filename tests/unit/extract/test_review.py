from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.extract import Context, review
from mingjian.model.line import format_line
from mingjian.model.texts import keys

GOOD = """
- {clause: cac-2019/2.4, question: 2.4-legible, answer: yes, by: 王敏, at: 2026-11-01, note: 通读全文}
- {clause: cac-2019/3.7, question: 3.7-misled, answer: "no", by: 王敏, at: "2026-11-01T10:00:00+08:00"}
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "review.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_answers_become_attestations(tmp_path: Path) -> None:
    observations, (row,) = review.extract(written(tmp_path, GOOD), Context("a" * 64))
    assert [format_line(each) for each in observations] == [
        "shown attest.2.4-legible via review",
        "shown not attest.3.7-misled via review",
    ]
    assert observations[0].evidence[0].excerpt == "cac-2019/2.4 2.4-legible: yes (王敏, 2026-11-01) — 通读全文"
    assert (row.channel, row.status, row.count) == ("review", "complete", 2)


@pytest.mark.parametrize(
    ("text", "key", "field"),
    [
        ("clause: x", "input.review_wrong", "-"),
        ("- yes", "input.review_wrong", "-"),
        ("- {clause: a/1, question: q, answer: maybe, by: w, at: 2026-11-01}", "input.review_wrong", "answer"),
        ("- {clause: a/1, question: q, answer: yes, by: w}", "input.review_wrong", "at"),
        ("- {clause: a/1, question: q, answer: yes, by: w, at: soon}", "input.review_wrong", "at"),
        ("- {clause: a, question: q, answer: yes, by: w, at: 2026-11-01}", "input.review_wrong", "clause"),
        ("- {clause: a/1, question: q r, answer: yes, by: w, at: 2026-11-01}", "input.review_wrong", "question"),
        ("- {clause: a/1, question: [q], answer: yes, by: w, at: 2026-11-01}", "input.review_wrong", "question"),
        ("- {clause: a/1, question: q, answer: yes, by: w, at: 2026-11-01, verdict: satisfied}", "input.review_wrong", "verdict"),
        ("- {clause: a/1", "input.review_not_yaml", None),
        ("- !!python/object:os.system {}", "input.review_not_yaml", None),
        ("- &a [x]\n- *a", "input.review_trick", None),
        ("[" * 5000, "input.review_trick", None),
        ("#" * (1 << 20) + "\n[]", "input.review_too_large", None),
        (b"\xff\xfe\x00", "input.review_not_yaml", None),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str | bytes, key: str, field: str | None) -> None:
    with pytest.raises(InputError) as refused:
        review.extract(written(tmp_path, text), Context("a" * 64))
    assert refused.value.key == key
    assert refused.value.values.get("field") == field
    assert key in keys()
