"""Texts and terms in the reader's language, the only way words come into a template."""

from datetime import date, datetime
from typing import Any

from django import template

from mingjian.console import clock
from mingjian.console.access import may_open
from mingjian.console.pages.context import lang
from mingjian.model.printable import printable
from mingjian.model.terms import Vocabulary, named
from mingjian.model.texts import say
from mingjian.model.types import Text

register = template.Library()


@register.simple_tag
def t(key: str, **values: Any) -> str:
    """The text of `key`; the template escapes it, with what was filled in."""
    return say(key, lang(), **values)


@register.simple_tag
def term(vocabulary: Vocabulary, id: str) -> str:
    """A term of a vocabulary (`categories`, `data`) in words."""
    return named(vocabulary, id, lang())


@register.filter
def said(text: Text | str | None) -> str:
    """A text that exists in both languages; hostile strings lose the characters that nobody sees."""
    return printable(text.of(lang()) if isinstance(text, Text) else text or "")


@register.filter
def moment(at: datetime | None) -> str:
    """A moment as the clock in China shows it."""
    return at.astimezone(clock.PLACE).strftime("%Y-%m-%d %H:%M") if at else ""


@register.filter
def day(at: datetime | date | None) -> str:
    """A day in China."""
    if isinstance(at, datetime):
        at = at.astimezone(clock.PLACE).date()
    return at.isoformat() if at else ""


@register.simple_tag(takes_context=True)
def opens(context: dict[str, Any], name: str) -> bool:
    """Whether the reader may open the page of that name."""
    return may_open(context["request"].user, name)
