"""Labels and choices of forms in the reader's language, which is known only when the page is made."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import lazy

from mingjian.console.pages.context import lang
from mingjian.model.texts import say


def _say(key: str) -> str:
    return say(key, lang())


label: Callable[[str], Any] = lazy(_say, str)
"""The text of a key, looked up when the form is shown."""
