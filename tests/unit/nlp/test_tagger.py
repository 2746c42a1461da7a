"""Phrases in sentences of our own; and the chain's rules, which hold whatever was learnt."""

from itertools import pairwise

import pytest

from mingjian.nlp.reading import Lang, Mention
from mingjian.nlp.tagger import TAGS, features, mentions, places, spans

NAMED: list[tuple[Lang, str, str, str]] = [
    ("zh", "您注册账号时，我们会收集您的手机号码、昵称、头像。", "data", "手机号码"),
    ("zh", "您注册账号时，我们会收集您的手机号码、昵称、头像。", "data", "头像"),
    ("zh", "为了向您推荐附近的门店，我们需要获取您的位置信息。", "purpose", "向您推荐附近的门店"),
    ("zh", "我们会将订单信息提供给第三方支付机构。", "recipient", "第三方支付机构"),
    ("en", "We collect your order information, address and contact information.", "data", "order information"),
]


@pytest.mark.parametrize(("lang", "text", "kind", "phrase"), NAMED)
def test_a_plain_phrase_is_found(lang: Lang, text: str, kind: str, phrase: str) -> None:
    assert (kind, phrase) in [(each.term, text[each.start : each.end]) for each in spans(text, lang)]


def test_data_that_no_list_knows_is_found_where_data_stand() -> None:
    text = "我们会收集您的量子纠缠记录、昵称和头像，用于完成注册。"
    assert "量子纠缠记录" in [text[each.start : each.end] for each in spans(text, "zh") if each.term == "data"]


def test_a_sentence_without_phrases_has_none() -> None:
    assert spans("请您仔细阅读以下内容。", "zh") == []
    assert spans("", "zh") == []
    assert spans(" \n", "en") == []


@pytest.mark.parametrize(
    ("lang", "text"), [("zh", "我们收集您的IMEI、" * 2_000), ("en", "We collect your name. " * 2_000), ("zh", "（" * 9_000)]
)
def test_long_lines_are_read_to_a_bound_and_phrases_are_apart(lang: Lang, text: str) -> None:
    found = spans(text, lang)
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert all(each.end <= 4_000 and not each.certain for each in found)


def test_words_are_characters_runs_of_letters_and_runs_of_digits() -> None:
    text = "读取 IMEI号15次"
    assert [text[start:end] for start, end in places(text)] == ["读", "取", "IMEI", "号", "15", "次"]


def test_tags_become_phrases() -> None:
    tags = ["B-data", "I-data", "B-data", "O", "B-recipient"]
    assert mentions([(0, 1), (1, 2), (2, 3), (3, 4), (4, 9)], tags) == [
        Mention(0, 2, "data", certain=False),
        Mention(2, 3, "data", certain=False),
        Mention(4, 9, "recipient", certain=False),
    ]
    assert set(tags) <= set(TAGS)


def test_a_word_sees_its_neighbours_and_the_lists() -> None:
    text = "收集IMEI"
    rows = features(text, places(text), "zh")
    assert "1收" in rows[1]
    assert "2imei" in rows[1]
    assert any(feature.startswith("d") for feature in rows[2])
