"""Two reports of one app: what the policy said before and says now."""

from dataclasses import replace
from pathlib import Path

from mingjian.judge.compare import compare
from mingjian.model.codec import load_report
from mingjian.model.line import parse
from mingjian.model.types import Evidence, Report
from mingjian.render.changes import render_text

SAMPLE = Path(__file__).parents[2] / "formats" / "report-1.json"


def report(*lines: str) -> Report:
    claims = tuple(
        replace(parse(line), evidence=(Evidence("0", f"text:{place}-{place + 9}", f"sentence {place}"),))
        for place, line in enumerate(lines)
    )
    return replace(load_report(SAMPLE.read_bytes()), observations=claims, findings=(), clauses=())


def test_a_changed_deadline_is_one_statement_gone_and_one_new() -> None:
    same = "claimed collect basic.phone_number by app for service.account"
    changes = compare(report(same, "claimed answer.rights by app count 15"), report(same, "claimed answer.rights by app count 30")).changes
    assert [(each.what, each.state, each.name) for each in changes] == [
        ("statement", "gone", "claimed answer.rights by app via policy count 15"),
        ("statement", "new", "claimed answer.rights by app via policy count 30"),
    ]


def test_moved_sentences_and_another_length_are_no_change() -> None:
    first, second = "claimed complain by app", "claimed withdraw by app"
    old = report(first, second, "claimed publish.rules by app count 6000")
    assert compare(old, report("claimed publish.rules by app count 7000", second, first)).changes == ()


def test_a_denial_taken_back_is_told_with_its_sentence() -> None:
    changes = compare(report("claimed not collect contacts by app"), report("claimed collect contacts by app for ads"))
    shown = render_text(changes, "en").decode()
    assert [(each.state, each.name) for each in changes.changes] == [
        ("new", "claimed collect contacts by app for ads via policy"),
        ("gone", "claimed not collect contacts by app via policy"),
    ]
    assert shown.count("“sentence 0”") == 2
    assert "Statements of the policy" in shown
