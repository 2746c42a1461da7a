"""Every text exists in both languages with the same values, every key that the code names is defined, and none is left over."""

import re
import string
from importlib import resources
from pathlib import Path

import pytest
import yaml

from mingjian.model.texts import say

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "mingjian"
TEXTS = {
    key: row
    for file in sorted((SOURCES / "rules" / "texts").rglob("*.yml"))
    for key, row in yaml.safe_load(file.read_text(encoding="utf-8")).items()
}
_NAMED = re.compile(r'(?<!_)(?:say|text|in_both|worded|Error)\(\s*f?"([a-z_]+(?:\.[a-z_{}.]+)+)"')


def placeholders(form: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(form) if name is not None}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_carry_the_same_values(key: str) -> None:
    row = TEXTS[key]
    assert set(row) - {"one"} == {"zh", "en"}
    assert row["zh"].strip()
    assert row["en"].strip()
    assert placeholders(row["zh"]) == placeholders(row["en"])


@pytest.mark.parametrize("key", sorted(key for key, row in TEXTS.items() if "one" in row))
def test_the_form_for_one_says_what_the_others_say(key: str) -> None:
    row = TEXTS[key]
    assert "n" in placeholders(row["en"])
    assert placeholders(row["one"]) == placeholders(row["en"])
    assert row["one"] != row["en"]


def test_pages_and_documents_of_the_console_count_one_thing_as_one() -> None:
    counted = re.compile(r"\{n\} (?:(?:more|working|open) )*[a-z]+s\b")
    assert [key for key, row in TEXTS.items() if key.startswith("console.") and counted.search(row["en"]) and "one" not in row] == []
    said = {n: say("console.notices.apps", "en", n=n) for n in (0, 1, 2)}
    assert said == {0: "0 apps", 1: "1 app", 2: "2 apps"}
    assert say("console.notices.apps", "zh", n=1) == "1款"
    assert say("console.states.term.working_days", "en", n=1) == "1 working day"


def test_every_key_named_in_the_code_is_defined() -> None:
    for file in SOURCES.rglob("*.py"):
        for key in _NAMED.findall(file.read_text(encoding="utf-8")):
            if "{" in key:
                pattern = re.compile(re.sub(r"\{[^}]*\}", ".+", re.escape(key).replace(r"\{", "{").replace(r"\}", "}")))
                assert any(pattern.fullmatch(known) for known in TEXTS), f"{file.name}: {key}"
            else:
                assert key in TEXTS or f"extract.{key}" in TEXTS, f"{file.name}: {key}"


def test_no_key_stands_in_two_files() -> None:
    files = sorted((SOURCES / "rules" / "texts").rglob("*.yml"))
    assert sum(len(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files) == len(TEXTS)


def test_the_installed_package_ships_its_texts() -> None:
    assert (resources.files("mingjian") / "rules" / "texts" / "cli.yml").is_file()


def test_what_the_core_says_of_a_container_reads_in_both_languages() -> None:
    """The English form must be the core's own sentence, or it would never be found."""
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "crates" / "apk" / "src").rglob("*.rs"))
    told = [row["en"] for key, row in TEXTS.items() if key.startswith("core.words.")]
    assert len(told) >= 5
    for sentence in told:
        assert f'"{sentence}"' in sources, sentence
