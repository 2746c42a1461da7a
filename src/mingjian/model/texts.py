"""The one translation mechanism: every text a user reads is a key of `rules/texts/**/*.yml` with a Chinese and an English form."""

from functools import cache

from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.types import Text


class MissingTextError(LookupError):
    """A key that no file of texts defines: a fault of ours, found by the tests."""


AREAS = ("console",)
"""The folders of `rules/texts` that are read only when a key that begins with their name is asked for, so that no verb waits for them."""


@cache
def _texts(area: str = "") -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for file in sorted((rules_folder() / "texts" / area).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yml"):
            table.update(read_yaml(file))
    return table


@cache
def keys() -> frozenset[str]:
    """Every key that is defined."""
    return frozenset(_texts()).union(*(_texts(area) for area in AREAS))


def say(key: str, lang: str, **values: object) -> str:
    """The text of `key` in `lang` (`zh`, else English) with `{names}` filled in; a value that is a `Text` is put in that language. A text
    may have a third form `one`, which is the English one where the value `n` is 1."""
    area = key.partition(".")[0]
    try:
        row = _texts(area if area in AREAS else "")[key]
    except KeyError as error:
        raise MissingTextError(key) from error
    form = row["zh"] if lang == "zh" else row.get("one", row["en"]) if values.get("n") == 1 else row["en"]
    if not values:
        return form
    return form.format(**{name: value.of(lang) if isinstance(value, Text) else value for name, value in values.items()})


def in_both(key: str, **values: object) -> Text:
    """The text of `key` in both languages."""
    return Text(say(key, "zh", **values), say(key, "en", **values))


def known_words(sentence: str) -> Text | str:
    """Both forms of an English sentence of the core that `core.words.*` translates; the sentence itself when none does."""
    for key, row in _texts().items():
        if key.startswith("core.words.") and row["en"] == sentence:
            return Text(row["zh"], row["en"])
    return sentence
