"""Patterns of the catalogue, each compiled once."""

import re
from functools import cache

from mingjian.model.shipped import catalog


@cache
def pattern(table: str, *keys: str) -> re.Pattern[str]:
    """The pattern that `rules/catalog/<table>.yml` holds under the keys, one inside the other."""
    entry = catalog(table)
    for key in keys:
        entry = entry[key]
    return re.compile(str(entry))
