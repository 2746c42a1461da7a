"""Phrases that the tagger takes for data and no list knows."""

from mingjian.model.document import Block, Document
from mingjian.nlp.read import read
from mingjian.nlp.reading import Statement
from mingjian.nlp.structure import outline
from mingjian.nlp.unlisted import MOST_SENTENCES, unlisted

KNOWN = "您注册账号时，我们收集您的手机号码。"
MIXED = "您使用支付功能时，我们会收集您的手机号码、传真号码、商户编号和终端编号。"


def found(text: str, told: bool = True, topic: float = 1.0) -> list[tuple[str, bool]]:
    whole = outline(Document("0", "policy.txt", text, (Block("paragraph", 0, len(text)),)))
    told_ = [Statement("collect", each.start, each.end, data="basic.phone_number") for each in whole.sentences] if told else []
    return [
        (text[slice(*(each.words or (0, 0)))], each.certain)
        for each in unlisted(whole, [{"collection": topic}] * len(whole.sentences), told_)
        if each.data == "other.unlisted"
    ]


def test_what_no_list_knows_is_found_and_stays_uncertain() -> None:
    phrases = dict(found(MIXED))
    assert phrases
    assert set(phrases) <= {"传真号码", "商户编号", "终端编号"}
    assert not any(phrases.values())


def test_what_a_list_knows_is_left_to_the_list() -> None:
    assert found(KNOWN) == []


def test_a_sentence_that_collects_nothing_or_is_about_something_else_is_not_searched() -> None:
    assert found(MIXED, told=False) == []
    assert found(MIXED, topic=-1.0) == []


def test_only_so_many_sentences_are_searched() -> None:
    text = MIXED * (MOST_SENTENCES * 2)
    assert len(set(_places(text))) <= MOST_SENTENCES


def _places(text: str) -> list[int]:
    whole = outline(Document("0", "policy.txt", text, (Block("paragraph", 0, len(text)),)))
    told = [Statement("collect", each.start, each.end, data="basic.phone_number") for each in whole.sentences]
    return [each.start for each in unlisted(whole, [{"collection": 1.0}] * len(whole.sentences), told)]


def test_it_is_part_of_reading_a_policy() -> None:
    text = f"样例隐私政策\n一、我们收集的信息\n{MIXED}\n{KNOWN}\n我们收集您的位置信息，用于导航。"
    blocks, at = [], 0
    for line in text.split("\n"):
        blocks.append(Block("paragraph", at, at + len(line)))
        at += len(line) + 1
    reading = read([Document("0", "policy.txt", text, tuple(blocks))])
    found_here = [each for each in reading.statements if each.data == "other.unlisted" and each.words]
    assert found_here
    assert {text[slice(*each.words)] for each in found_here if each.words} <= {"传真号码", "商户编号", "终端编号"}
    assert not any(each.certain for each in found_here)
