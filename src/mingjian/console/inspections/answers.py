"""A person's answers to the questions of a checklist; all together are the review with which the report is judged again."""

from collections.abc import Iterable

import yaml

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.inspections.models import Answer, Inspection
from mingjian.console.inspections.rejudging import judged_afterwards, refuse_others
from mingjian.console.refused import RefusedError
from mingjian.judge import asked, load
from mingjian.model.printable import printable

LONGEST_NOTE = 2000


def answer(inspection: Inspection, clause: str, said: Iterable[tuple[str, bool]], note: str, by: User) -> None:
    """Writes down answers to questions of one clause, each with its yes or no, and orders a new judgement.

    Raises `RefusedError` for a question that nobody asked, for nothing said, and for an inspection that is concluded or not done."""
    given = list(said)
    note = printable(note.strip())
    refuse_others(by)
    if not given:
        raise RefusedError("console.inspections.refused.no_answer")
    if len(note) > LONGEST_NOTE:
        raise RefusedError("console.inspections.refused.long", most=LONGEST_NOTE, what=note[:20])
    # Only a clause that was judged names a pack: what a request names could be any folder.
    if not inspection.findings.filter(clause=clause).exists() or not _are_asked(clause, [question for question, _ in given]):
        raise RefusedError("console.inspections.refused.unasked")
    with judged_afterwards(inspection) as found:
        now = clock.now()
        for question, yes in given:
            Answer.objects.create(inspection=found, clause=clause, question=question, yes=yes, note=note, by=by, at=now)
        record("inspection.answered", f"inspection:{found.pk}", actor=by.get_username(), clause=clause, answers=dict(given))


def _are_asked(clause: str, questions: Iterable[str]) -> bool:
    return {(clause, question) for question in questions} <= asked([load(clause.partition("/")[0], examples=False)])


def newest(inspection: Inspection) -> dict[tuple[str, str], Answer]:
    """The answers that count, by clause and question: of each question the newest."""
    rows = inspection.answers.select_related("by").order_by("at", "pk")
    return {(row.clause, row.question): row for row in rows}


def as_review(inspection: Inspection) -> bytes:
    """The answers that count as a file that `inputs.review` reads; the same answers give the same bytes, and none give none."""
    rows = [
        {
            "clause": row.clause,
            "question": row.question,
            "answer": "yes" if row.yes else "no",
            "by": row.by.get_username(),
            "at": row.at.astimezone(clock.PLACE).isoformat(timespec="seconds"),
            **({"note": row.note} if row.note else {}),
        }
        for _, row in sorted(newest(inspection).items())
    ]
    return yaml.safe_dump(rows, allow_unicode=True, sort_keys=False).encode() if rows else b""
