"""How hard a text is to read, against counts by hand."""

import pytest

from mingjian.model.document import Block, Document
from mingjian.nlp.readability import readability, syllables
from mingjian.nlp.reading import Readability
from mingjian.nlp.structure import outline


def measured(*lines: str) -> Readability:
    blocks, place = [], 0
    for line in lines:
        blocks.append(Block("paragraph", place, place + len(line)))
        place += len(line) + 1
    return readability([outline(Document("a" * 64, "policy.txt", "\n".join(lines), tuple(blocks)))])


def test_chinese_counts_by_hand() -> None:
    # 9 + 6 characters in three clauses (4, 5, 6) of two sentences; one term of the trade, not explained.
    measures = dict(measured("登录之后，我们读取号OAID。我们不会共享。").measures)
    assert measures == {
        "han_characters": 15,
        "minutes": 0.0,
        "mean_sentence": 7.5,
        "p90_sentence": 9,
        "long_sentences": 0,
        "clause_characters": 5,
        "unexplained_terms": 66.7,
    }


def test_english_counts_by_hand() -> None:
    # 4 + 4 words, 2 sentences; syllables: we 1, col-lect 2, your 1, name 1, we 1, nev-er 2, sell 1, it 1 = 10.
    measures = dict(measured("We collect your name. We never sell it.").measures)
    assert measures["words"] == 8
    assert measures["sentence_words"] == 4
    assert measures["flesch_reading_ease"] == pytest.approx(206.835 - 1.015 * 4 - 84.6 * 1.25, abs=0.05)
    assert measures["flesch_kincaid"] == pytest.approx(0.39 * 4 + 11.8 * 1.25 - 15.59, abs=0.05)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("we", 1),
        ("name", 1),
        ("device", 2),
        ("privacy", 3),
        ("information", 4),
        ("people", 2),
        ("table", 2),
        ("role", 1),
        ("collected", 3),
        ("used", 1),
        ("shared", 1),
        ("services", 3),
        ("times", 1),
        ("rules", 1),
        ("the", 1),
        ("hmm", 1),
    ],
)
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


EASY = "我们会收集您的手机号，用于登录。您可以在设置里关闭它。"
LONG = (
    "为了向您持续提供稳定可靠并且符合法律法规要求的各项产品功能与配套服务" * 4
    + "，"
    + "我们将在获得授权的前提下对您在使用过程中产生的相关信息进行必要的处理" * 2
    + "。"
)


def test_an_easy_text_has_no_reasons() -> None:
    result = measured(*[EASY] * 40)
    assert (result.score, result.reasons) == (0, ())


def test_long_sentences_and_clauses_are_reasons() -> None:
    result = measured(*[LONG] * 10)
    assert result.score == 3
    assert len(result.reasons) == 3
    assert "100" in result.reasons[0].zh
    assert all(reason.zh != reason.en for reason in result.reasons)


def test_a_short_text_is_not_judged() -> None:
    assert measured(LONG).score == 0


def test_terms_that_are_explained_do_not_count() -> None:
    bare = measured(*["我们通过网络信标与哈希识别设备，并读取OAID。"] * 40)
    assert "unexplained_terms" in dict(bare.measures)
    assert bare.score == 1
    told = measured(
        "网络信标是指嵌在页面里的小图片。哈希（把内容变成固定长度的字符）不可还原。OAID（匿名设备标识符）由系统给出。",
        *["我们通过网络信标与哈希识别设备，并读取OAID。"] * 40,
    )
    assert told.score == 0


def test_contents_lift_the_length() -> None:
    body = [EASY] * 300
    parts = ["一、我们如何收集", *body, "二、我们如何共享", *body, "三、联系我们", *body]
    plain = measured(*parts)
    assert "policy has" not in plain.reasons[0].en
    assert plain.score == 1
    assert measured("目录", "一、我们如何收集", "二、我们如何共享", "三、联系我们", *parts).score == 0


def test_nothing_to_read() -> None:
    assert readability([]) == Readability((), 0, ())
    assert measured("2024-01-01") == Readability((), 0, ())


def test_hard_english() -> None:
    hard = (
        "Notwithstanding aforementioned considerations, organizational administrators continuously accumulate identification information."
    )
    result = measured(*[hard] * 30)
    assert result.score == 2
