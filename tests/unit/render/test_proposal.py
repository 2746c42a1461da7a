"""A proposed type is never printed as if somebody had said it."""

from dataclasses import replace

import pytest
from report_sample import HOSTILE, report

from mingjian.model.codec import dump_report, load_report
from mingjian.model.types import Ground, Proposal, Report
from mingjian.render import renderer

PROPOSED = Proposal("proposed", "food_delivery", "online_shopping", 0.7, (Ground("label", ("外卖", HOSTILE)), Ground("sdk", ("map",))))


def told(proposal: Proposal, category: str | None = None) -> Report:
    known = report("Food")
    return replace(known, subject=replace(known.subject, category=category, proposed=proposal))


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "zh",
            ("餐饮外卖类：程序推测，未经人工确认", "名称（外卖、", "SDK种类（map）", "其次可能：网上购物类", "--category food_delivery"),
        ),
        ("en", ("Food delivery: proposed by the program, not confirmed", "Second choice: Online shopping", "--category food_delivery")),
    ],
)
def test_text_and_page_say_who_proposed_the_type_and_why(lang: str, words: tuple[str, ...]) -> None:
    for format_name in ("text", "html"):
        output = renderer(format_name)(told(PROPOSED), lang, False).decode()
        assert [word for word in words if word not in output] == []
    assert "<script>alert" not in output


@pytest.mark.parametrize("format_name", ["text", "html"])
def test_a_type_that_a_person_named_needs_no_proposal(format_name: str) -> None:
    output = renderer(format_name)(told(PROPOSED, "hotel"), "en", False).decode()
    assert "proposed by the program" not in output


@pytest.mark.parametrize(
    ("proposal", "words"),
    [
        (Proposal("unknown"), "what is known of the app does not carry one"),
        (Proposal("none", None, "news", 0.5, (Ground("label", ("crm",)),)), "it looks like none of the 39"),
        (Proposal("proposed", "news", "none", 0.5), "Second choice: none of the 39"),
        (Proposal("proposed", "gone_type", None, 0.5), "gone_type: proposed"),
    ],
)
def test_every_outcome_has_words(proposal: Proposal, words: str) -> None:
    assert words in renderer("text")(told(proposal), "en", False).decode()


def test_a_proposal_survives_being_stored_and_older_reports_have_none() -> None:
    assert load_report(dump_report(told(PROPOSED))).subject.proposed == PROPOSED
    plain = dump_report(report())
    assert b"proposed" not in plain
    assert load_report(plain).subject.proposed is None


def test_a_clause_that_turns_on_a_proposed_type_says_so() -> None:
    known = told(PROPOSED)
    capped = replace(known.findings[0], verdict="suspected", capped="proposed")
    for lang, words in (("zh", "类型系程序推测，未经人工确认，只作疑似"), ("en", "proposed by the program and not confirmed")):
        output = renderer("text")(replace(known, findings=(capped, *known.findings[1:])), lang, False).decode()
        assert words in output
