from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.inputs import open_review
from mingjian.model.texts import keys


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "review.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


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
        ("#" * (1 << 20) + "\n[]", "input.too_large", None),
        ("- {clause: a/1, question: q, answer: yes, by: w, at: 2026-11-01, note: 5}", "input.review_wrong", "note"),
        (f"- {{clause: a/1, question: q, answer: yes, by: w, at: 2026-11-01, note: {'x' * 4001}}}", "input.review_wrong", "note"),
        (f"- {{clause: a/1, question: {'q' * 201}, answer: yes, by: w, at: 2026-11-01}}", "input.review_wrong", "question"),
        (b"\xff\xfe\x00", "input.review_not_yaml", None),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str | bytes, key: str, field: str | None) -> None:
    with pytest.raises(InputError) as refused:
        open_review(written(tmp_path, text))
    assert refused.value.key == key
    assert refused.value.values.get("field") == field
    assert key in keys()
