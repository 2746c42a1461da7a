"""Reads the data that ships inside the package."""

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
