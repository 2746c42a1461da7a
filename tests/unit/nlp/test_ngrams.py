"""Rows of weights: what is packed comes back, and sums are those of single weights."""

from zlib import crc32

from mingjian.nlp.ngrams import LONGEST, Rows, grams, pack


def test_chinese_grams_are_runs_of_one_to_four_characters() -> None:
    expected = {crc32(run.encode("utf-32-le")) for run in ("收", "集", "收集")}
    assert grams("收集", "zh") == expected
    assert len(grams("一二三四五", "zh")) == 5 + 4 + 3 + 2


def test_english_grams_are_runs_of_words_without_case() -> None:
    expected = {crc32(run.encode()) for run in ("we", "collect", "data", "we collect", "collect data", "we collect data")}
    assert grams("We collect data", "en") == expected


def test_a_text_without_grams_has_none() -> None:
    assert grams("", "zh") == set()
    assert grams("   ", "en") == set()


def test_lone_surrogates_are_read_as_any_character() -> None:
    assert len(grams("\ud800", "zh")) == 1


def test_sums_are_those_of_the_known_rows() -> None:
    rows = Rows.unpack(pack([7, 9, 4_000_000_000], [[-128, 127, 100], [5, -1, 127], [0, 0, 3]]), 3)
    assert rows.add([7]) == [-128, 127, 100]
    assert rows.add([7, 9, 12345]) == [-123, 126, 227]
    assert rows.add([]) == [0, 0, 0]


def test_a_lane_holds_as_many_grams_as_a_sentence_can_have() -> None:
    keys = range(4 * LONGEST)
    rows = Rows.unpack(pack(keys, [[127, -128, 1]] * len(keys)), 3)
    assert rows.add(keys) == [127 * len(keys), -128 * len(keys), len(keys)]
