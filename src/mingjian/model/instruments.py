"""The instruments of law that clauses cite, from `rules/law/instruments.yml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.types import Text


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument; `date` is the day or month on which it was issued, ISO 8601, `-` for what nobody issued."""

    id: str
    name: Text
    issuer: Text
    date: str
    status: Text


@cache
def instruments() -> Mapping[str, Instrument]:
    """Every instrument by its id, such as `CAC-2019`."""
    return {
        id: Instrument(id, Text(row["zh"], row["en"]), Text(**row["issuer"]), row["date"], Text(**row["status"]))
        for id, row in read_yaml(rules_folder() / "law" / "instruments.yml").items()
    }
