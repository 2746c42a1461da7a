"""Words of the procedure, in templates of cases."""

from datetime import date, datetime
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mingjian.console.access import may_open
from mingjian.console.cases import deadlines, documents, telling
from mingjian.console.cases.comparing import Outcome
from mingjian.console.cases.models import Reminder
from mingjian.console.cases.state import Due
from mingjian.console.pages.context import lang
from mingjian.model.printable import printable
from mingjian.model.texts import say

register = template.Library()


@register.simple_tag
def part(key: str, name: str) -> str:
    """The text of a key whose last part is a value: `{% part "console.states.act" deadline.act %}`."""
    return say(f"{key}.{name}", lang())


@register.simple_tag
def body_name(id: str) -> str:
    """What a reader calls an issuing body."""
    known = deadlines.bodies().get(id)
    return known.name.of(lang()) if known else id


@register.simple_tag
def document_name(kind: str) -> str:
    """What a reader calls a kind of document."""
    return documents.name(kind, lang())


@register.simple_tag
def reminder(row: Reminder) -> str:
    """A reminder in words."""
    told = say(f"console.states.reminder.{row.occasion}", lang(), day=deadlines.last_day(row.ends).isoformat())
    return f"{told} {say('console.states.term.provisional', lang())}" if row.provisional and row.occasion != "calendar_missing" else told


@register.simple_tag
def due_in_words(due: Due) -> str:
    """What has to leave the house, and to whom."""
    act = say(f"console.states.act.{due.act}", lang())
    return say(f"console.cases.due.{due.step}", lang(), act=act, to=telling.addressee(due.to, lang()) if due.to else "")


@register.simple_tag
def terms(terms: tuple[dict[str, Any], ...]) -> str:
    """The times that a deadline is counted from, one after another."""
    return say("console.cases.then", lang()).join(deadlines.term_in_words(term, lang()) for term in terms)


@register.simple_tag
def either(zh: str, en: str) -> str:
    """The words of the reader's language."""
    return printable(zh if lang() == "zh" else en)


@register.simple_tag
def missing(outcome: Outcome) -> str:
    """What has to be recorded to decide a problem."""
    return say("list.and", lang()).join(outcome.missing_words(lang()))


@register.simple_tag(takes_context=True)
def page_link(context: dict[str, Any], name: str, pk: object) -> SafeString:
    """A number as the link to its page, where the reader may open it."""
    try:
        address = reverse(name, args=[pk]) if may_open(context["request"].user, name) else ""
    except NoReverseMatch:
        address = ""
    return format_html('<a href="{}">#{}</a>', address, pk) if address else format_html("#{}", pk)


@register.filter
def shown(value: object) -> str:
    """A name that others chose, without the characters that nobody sees; a dash for none."""
    return "–" if value is None else printable(str(value))


@register.filter
def words(names: str) -> list[str]:
    """The words of a literal, to go through them."""
    return names.split()


@register.filter
def last_day(ends: datetime) -> date:
    """The last day on which a deadline can be met."""
    return deadlines.last_day(ends)
