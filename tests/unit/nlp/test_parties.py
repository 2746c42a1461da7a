from pathlib import Path
from typing import Any

import pytest
import yaml

from mingjian.nlp.parties import parties, sdks
from mingjian.nlp.products import catalogue, vocabulary, words_of
from mingjian.nlp.reading import Lang

FOLDER = Path(__file__).parent / "data" / "parties"
NAMES = yaml.safe_load((FOLDER / "names.yml").read_text("utf-8"))
TEXT: dict[Lang, list[list[str]]] = yaml.safe_load((FOLDER / "text.yml").read_text("utf-8"))
CASES: list[tuple[Lang, str, list[str]]] = [(lang, case[0], case[1:]) for lang, cases in TEXT.items() for case in cases]


def test_there_are_enough_cases() -> None:
    assert len(NAMES["known"]) + len(NAMES["several"]) + len(NAMES["near_misses"]) >= 120
    assert len(NAMES["near_misses"]) >= 30
    assert len(CASES) >= 80


@pytest.mark.parametrize(("name", "id"), NAMES["known"].items())
def test_a_published_name_stands_for_one_sdk(name: str, id: str) -> None:
    assert sdks(name) == (id,)


@pytest.mark.parametrize(("name", "ids"), NAMES["several"].items())
def test_a_makers_name_stands_for_all_its_sdks(name: str, ids: list[str]) -> None:
    assert sorted(sdks(name)) == ids


@pytest.mark.parametrize("name", NAMES["near_misses"])
def test_common_words_and_other_products_stand_for_none(name: str) -> None:
    assert sdks(name) == ()


@pytest.mark.parametrize("case", [*NAMES["makers"], *NAMES["prefixes"]], ids=str)
def test_makers_and_prefixes_tell_what_names_do_not(case: dict[str, Any]) -> None:
    assert sorted(sdks(case.get("name", ""), case.get("company", ""), case.get("prefix", ""))) == case["ids"]


@pytest.mark.parametrize(("lang", "text", "expected"), CASES)
def test_recipients_in_running_text(lang: Lang, text: str, expected: list[str]) -> None:
    found = [f"{text[each.start : each.end]} -> {each.term}{'' if each.certain else ' perhaps'}" for each in parties(text, lang)]
    assert found == expected


def test_every_name_in_the_catalogue_stands_for_its_sdk() -> None:
    missing = [(id, alias) for id, product in catalogue().items() for alias in product.aliases if id not in sdks(alias)]
    assert missing == []


def test_what_is_listed_as_an_app_is_a_name_in_the_catalogue() -> None:
    unknown = [name for name in vocabulary()["apps"] if [word.kind for word in words_of(name)][:1] != ["product"]]
    assert unknown == []


def test_every_maker_has_sdks() -> None:
    vendors = [vendor for product in catalogue().values() for vendor in product.vendors]
    for maker in vocabulary()["makers"]:
        assert all(any(part in vendor for vendor in vendors) for part in maker["vendors"]), maker


def test_words_of_function_mean_kinds_that_exist() -> None:
    kinds = {kind for product in catalogue().values() for kind in product.kinds}
    assert set(vocabulary()["functions"]) <= kinds


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        ("我们把订单编号发送给小程序的运营方。", "zh", ["program.mini"]),
        ("您在小程序中填写的内容由您自己决定。", "zh", []),
        ("We pass the order number to the developer of the mini program.", "en", ["program.mini"]),
    ],
)
def test_programs_opened_from_inside_are_recipients(text: str, lang: Lang, found: list[str]) -> None:
    assert [mention.term for mention in parties(text, lang)] == found
