"""Ways to be reached, over a table of phrases."""

from pathlib import Path

import pytest
import yaml

from mingjian.nlp.contacts import contacts
from mingjian.nlp.reading import Lang

TABLE: dict[Lang, list[list[str]]] = yaml.safe_load((Path(__file__).parent / "data" / "contacts.yml").read_text(encoding="utf-8"))
PHRASES: list[tuple[Lang, list[str]]] = [(lang, row) for lang, rows in TABLE.items() for row in rows]


def holds(lang: Lang, row: list[str]) -> bool:
    return [f"{contact.kind} {contact.value}" for contact in contacts(row[0], lang)] == row[1:]


def test_the_share_of_phrases_that_are_read_as_they_should() -> None:
    assert len(PHRASES) >= 200
    assert sum(holds(lang, row) for lang, row in PHRASES) >= 0.98 * len(PHRASES)


@pytest.mark.parametrize(("lang", "row"), PHRASES, ids=[row[0] for _, row in PHRASES])
def test_phrase(lang: Lang, row: list[str]) -> None:
    assert [f"{contact.kind} {contact.value}" for contact in contacts(row[0], lang)] == row[1:]


@pytest.mark.parametrize("text", ["邮箱：privacy＠example.com。", "电话：（010）８８８８６６６６", "请联系在线客服"])
def test_offsets_are_those_of_the_words(text: str) -> None:
    (contact,) = contacts(text, "zh")
    assert text[contact.start : contact.end] in text
    assert text[contact.start - 1 : contact.start] in "：系"


@pytest.mark.parametrize("hostile", ["@", "1", "a@a.", "1-", "+1 ", "地址：", "客服", "12 Aa ", "（010）", "http://a", "QQ"])
def test_endless_lines_end(hostile: str) -> None:
    text = hostile * (200_000 // len(hostile))
    assert all(contact.end <= len(text) for lang in ("zh", "en") for contact in contacts(text, lang))
