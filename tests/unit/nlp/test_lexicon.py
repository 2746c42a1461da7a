"""Data that a sentence names."""

from pathlib import Path

import pytest
import yaml

from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.terms import Term, exists, vocabulary
from mingjian.nlp.lexicon import data
from mingjian.nlp.matcher import key
from mingjian.nlp.reading import Lang

_CASES = yaml.safe_load((Path(__file__).parent / "data" / "data_phrases.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("lang", "text", "expected"), [(lang, *case) for lang, cases in _CASES.items() for case in cases])
def test_a_sentence_names_exactly(lang: Lang, text: str, expected: str) -> None:
    found = dict.fromkeys(mention.term + ("" if mention.certain else "?") for mention in data(text, lang))
    assert list(found) == expected.split()


def test_expected_terms_exist() -> None:
    terms = {term.rstrip("?") for cases in _CASES.values() for _, expected in cases for term in expected.split()}
    assert all(exists("data", term) for term in terms)


def test_no_phrase_belongs_to_two_terms() -> None:
    owners: dict[str, set[str]] = {}
    for term in vocabulary("data").values():
        for phrase in _phrases(term):
            owners.setdefault(key(phrase), set()).add(term.id)
    assert {phrase: terms for phrase, terms in owners.items() if len(terms) > 1} == {}


@pytest.mark.parametrize("kind", ["unclear", "listed", "doubtful", "contacts"])
def test_no_rule_is_for_a_word_that_no_term_has(kind: str) -> None:
    rules = read_yaml(rules_folder() / "catalog" / "lexicon.yml")
    known = {key(phrase) for term in vocabulary("data").values() for phrase in _phrases(term)}
    assert [word for word in rules[kind].split(",") if key(word) not in known] == []


def test_no_phrase_is_both_data_and_none() -> None:
    rules = read_yaml(rules_folder() / "catalog" / "lexicon.yml")
    known = {key(phrase) for term in vocabulary("data").values() for phrase in _phrases(term)}
    assert [word for word in rules["no_data"].split(",") if key(word) in known] == []


def test_what_a_wide_term_covers_exists() -> None:
    for term in vocabulary("data").values():
        assert all(covered in vocabulary("data") for covered in term.fields.get("covers", ())), term.id


def _phrases(term: Term) -> list[str]:
    synonyms = [*term.fields.get("synonyms_zh", "").split(","), *term.fields.get("synonyms_en", "").split(",")]
    return [term.name.zh, term.name.en, *(phrase for phrase in synonyms if phrase)]
