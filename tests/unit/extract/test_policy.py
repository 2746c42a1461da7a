"""From a policy that was read to claims, and how much of it was read."""

from dataclasses import replace
from typing import Any

import pytest

from mingjian.extract.context import Context
from mingjian.extract.policy import observed
from mingjian.model.document import Document
from mingjian.model.line import format_line
from mingjian.model.types import Text
from mingjian.nlp.reading import Outline, Readability, Reading, Script, Statement

TEXT = "我们收集您的手机号码。\n我们与关联公司共享您的手机号码。"
FIRST, SECOND = (0, 11), (12, len(TEXT))


def reading(*statements: Statement, script: Script = "zh-Hans", lost: tuple[Text, ...] = (), **values: Any) -> Reading:
    outline = Outline(Document("0" * 64, "policy.txt", TEXT, (), lost=lost), TEXT, "zh", script, (), ())
    return replace(Reading((outline,), statements, (), Readability((("han_characters", 24),), 0, ()), True), **values)


def claims(*statements: Statement, **values: Any) -> list[str]:
    return [format_line(each) for each in observed(reading(*statements, **values), Context("0" * 64))[0]]


def test_a_statement_becomes_a_claim_with_its_sentence() -> None:
    (claim,), (row,) = observed(reading(Statement("collect", *FIRST, data="basic.phone_number")), Context("0" * 64))
    assert format_line(claim) == "claimed collect basic.phone_number by app via policy"
    assert [(each.artifact, each.locator, each.excerpt) for each in claim.evidence] == [("0" * 64, "text:0-11", "我们收集您的手机号码。")]
    assert (row.channel, row.status, row.reason) == ("policy", "complete", None)


def test_the_same_claim_in_two_sentences_is_one_with_two_places() -> None:
    twice = [Statement("withdraw", *FIRST), Statement("withdraw", *SECOND)]
    (claim,), _ = observed(reading(*twice), Context("0" * 64))
    assert (claim.sites, len(claim.evidence)) == (2, 2)


@pytest.mark.parametrize(
    ("condition", "lines"),
    [
        (None, ["claimed share basic.phone_number to party.affiliate by app for ads via policy"]),
        (
            "consent",
            [
                "claimed share basic.phone_number to party.affiliate by app for ads via policy",
                "claimed consent.share basic.phone_number to party.affiliate by app via policy",
            ],
        ),
        (
            "separate_consent",
            [
                "claimed share basic.phone_number to party.affiliate by app for ads via policy",
                "claimed consent.share basic.phone_number to party.affiliate by app via policy",
            ],
        ),
        (
            "choice",
            [
                "claimed share basic.phone_number to party.affiliate by app for ads via policy",
                "claimed perhaps consent.share basic.phone_number to party.affiliate by app via policy",
            ],
        ),
        ("anonymised", ["claimed share.anonymised basic.phone_number to party.affiliate by app for ads via policy"]),
        ("law", ["claimed share basic.phone_number to party.authority by app for ads via policy"]),
        ("function", ["claimed share basic.phone_number to party.affiliate by app for ads via policy"]),
    ],
)
def test_the_condition_of_a_share_is_a_claim_of_its_own(condition: Any, lines: list[str]) -> None:
    share = Statement("share", *SECOND, data="basic.phone_number", recipient="party.affiliate", purpose="ads", condition=condition)
    assert claims(share) == lines


def test_a_denied_share_promises_no_consent() -> None:
    denied = Statement("share", *SECOND, data="basic.phone_number", negated=True, condition="consent")
    assert claims(denied) == ["claimed not share basic.phone_number by app via policy"]


def test_counts_and_doubts_are_kept() -> None:
    assert claims(Statement("answer.rights", *FIRST, count=21)) == ["claimed answer.rights by app via policy count 21"]
    assert claims(Statement("withdraw", *FIRST, certain=False)) == ["claimed perhaps withdraw by app via policy"]


def test_a_list_published_elsewhere_may_name_anybody() -> None:
    assert claims(elsewhere=((0, *SECOND),)) == [
        "claimed perhaps embed by unknown via policy",
        "claimed perhaps collect personal by sdk.unlisted.elsewhere via policy",
    ]


@pytest.mark.parametrize(("score", "lines"), [(1, []), (2, ["claimed publish.obscure by app via policy count 2"])])
def test_two_measures_beyond_their_threshold_make_a_text_obscure(score: int, lines: list[str]) -> None:
    assert claims(readability=Readability((("han_characters", 24),), score, ())) == lines


def test_what_is_no_policy_claims_nothing() -> None:
    seen, (row,) = observed(reading(Statement("collect", *FIRST), is_policy=False), Context("0" * 64))
    assert (seen, row.status) == ([], "failed")
    assert row.reason is not None and "privacy policy" in row.reason.en


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"lost": (Text("第3页是图片", "page 3 is an image"),)}, "partial"),
        ({"cut": True}, "partial"),
        ({"script": "other"}, "failed"),
        ({}, "complete"),
    ],
)
def test_coverage_tells_what_was_not_read(values: Any, status: str) -> None:
    _, (row,) = observed(reading(**values), Context("0" * 64))
    assert row.status == status
    assert (row.reason is None) == (status == "complete")
    if "lost" in values:
        assert row.reason == values["lost"][0]


def test_a_wide_word_may_mean_each_of_its_kinds() -> None:
    lines = claims(Statement("collect", *FIRST, data="device.identifier"))
    assert "claimed collect device.identifier by app via policy" in lines
    assert "claimed perhaps collect device.imei by app via policy" in lines
    assert claims(Statement("collect", *FIRST, data="device.identifier", negated=True)) == [
        "claimed not collect device.identifier by app via policy"
    ]


def test_one_document_in_another_language_does_not_undo_the_rest() -> None:
    chinese = reading(Statement("withdraw", *FIRST))
    foreign = reading(script="other")
    both = replace(chinese, outlines=(*chinese.outlines, *foreign.outlines))
    seen, (row,) = observed(both, Context("0" * 64))
    assert [format_line(each) for each in seen] == ["claimed withdraw by app via policy"]
    assert row.status == "partial"
    assert row.reason is not None and "neither Chinese nor English" in row.reason.en
