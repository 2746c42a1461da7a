"""The words of duties, compiled as they are asked for."""

import re
from functools import cache
from typing import Any

from mingjian.model.shipped import catalog
from mingjian.nlp.reading import Lang


@cache
def table() -> dict[str, Any]:
    """The whole of `catalog/duties.yml`, by language."""
    words: dict[str, Any] = catalog("duties")
    return words


@cache
def entry(lang: Lang, name: str) -> Any:
    """What stands under the dotted `name` for the language."""
    found: Any = table()[lang]
    for part in name.split("/"):
        found = found[part]
    return found


@cache
def words(lang: Lang, name: str) -> re.Pattern[str]:
    """The expression under `name`, case aside."""
    return compiled(entry(lang, name))


@cache
def ending(lang: Lang, name: str) -> re.Pattern[str]:
    """The expression under `name` where it ends a text, case aside."""
    return compiled(f"(?:{entry(lang, name).removesuffix('$')})$")


@cache
def compiled(expression: str) -> re.Pattern[str]:
    """An expression, case aside."""
    return re.compile(expression, re.IGNORECASE)
