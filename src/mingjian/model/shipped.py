"""Reads the data that ships inside the package."""

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from yaml import CSafeLoader


def rules_folder() -> Traversable:
    """The shipped `rules/` folder: terms, texts, catalogue, signals and packs."""
    return resources.files("mingjian") / "rules"


def read_yaml(file: Traversable) -> Any:
    """The content of one shipped YAML file."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=CSafeLoader)


@cache
def catalog(name: str) -> Any:
    """The content of `rules/catalog/<name>.yml`, read once for everybody who asks: nobody may change it."""
    return read_yaml(rules_folder() / "catalog" / f"{name}.yml")
