"""Labels and choices of forms in the reader's language, which is known only when the page is made."""

from collections.abc import Callable
from typing import Any

from django.forms import BoundField
from django.forms.renderers import DjangoTemplates
from django.utils.functional import lazy
from django.utils.safestring import SafeString

from mingjian.console.pages.context import lang
from mingjian.model.texts import say

_ENDS = tuple(":?.!：？。！")


def _say(key: str) -> str:
    return say(key, lang())


class Labelled(BoundField):
    """A field of a form whose label ends with the colon of the page's language, for which the framework has one colon only."""

    def label_tag(
        self, contents: str | None = None, attrs: dict[str, Any] | None = None, label_suffix: str | None = None, tag: str | None = None
    ) -> SafeString:
        if label_suffix is None:
            label_suffix = "" if str(contents or self.label).endswith(_ENDS) else say("console.colon", lang())
        return super().label_tag(contents, attrs, label_suffix, tag)


class Renderer(DjangoTemplates):
    """The framework's own way to draw forms, with our labels."""

    bound_field_class = Labelled


label: Callable[[str], Any] = lazy(_say, str)
"""The text of a key, looked up when the form is shown."""
