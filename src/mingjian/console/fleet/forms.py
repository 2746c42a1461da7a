"""What the pages of the market let a reader ask for. The fields are called as the parameters of the questions are."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from django import forms
from django.conf import settings
from django.core.validators import FileExtensionValidator

from mingjian.console.inspections.forms import categories
from mingjian.console.pages.context import lang
from mingjian.console.pages.forms import label
from mingjian.errors import MingjianError
from mingjian.lake.manifest import load
from mingjian.lake.questions import Allocation, Of, Purpose, Told, Weighed
from mingjian.lake.questions.asked import LONGEST
from mingjian.model.periods import half_year_before
from mingjian.model.texts import say

Choices = list[tuple[str, str]]
MOST_PLAN = 8 << 20
"""Bytes of a plan that is sent."""
ROWS = 50
_FURTHEST = (1 << 62) - 1


def periods() -> list[str]:
    """The half-years of the lake, the newest first; none where no lake can be read."""
    try:
        return sorted({part.period for part in load(settings.LAKE).parts}, reverse=True) if settings.LAKE else []
    except MingjianError:
        return []


def _periods() -> Choices:
    return [("", say("console.lake.period.newest", lang())), *((each, each) for each in periods())]


def _earlier() -> Choices:
    known = periods()
    return [(each, each) for each in (*known[1:], *(half_year_before(each) for each in known[-1:]))]


def _words(prefix: str, kind: Any, *first: str) -> Callable[[], Choices]:
    return lambda: [*(("", say(key, lang())) for key in first), *((each, say(f"{prefix}.{each}", lang())) for each in get_args(kind))]


class QuestionForm(forms.Form):
    """Which apps a question is asked of; of other questions more."""

    period = forms.ChoiceField(label=label("lake.ask.column.period"), choices=_periods, required=False)
    category = forms.ChoiceField(label=label("lake.ask.column.category"), choices=categories("console.inspections.any"), required=False)
    store = forms.CharField(label=label("lake.ask.column.store"), max_length=LONGEST, required=False)
    limit = forms.IntegerField(min_value=1, max_value=100_000, required=False, widget=forms.HiddenInput)
    offset = forms.IntegerField(min_value=0, max_value=_FURTHEST, required=False, widget=forms.HiddenInput)

    def __init__(self, told: Mapping[str, str]) -> None:
        """What is not told has the value that the field begins with."""
        begun = {name: field.initial() if callable(field.initial) else field.initial for name, field in self.base_fields.items()}
        super().__init__({**{name: value for name, value in begun.items() if value is not None}, **told})

    def given(self, usual: int) -> dict[str, Any]:
        """The parameters of the question, once the form is valid; `usual` rows, where no number of them is asked for."""
        told = {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}
        return {"limit": usual, "offset": 0} | told


class RankingForm(QuestionForm):
    """Whom to look at first."""

    purpose = forms.ChoiceField(label=label("console.lake.purpose"), choices=_words("console.lake.purpose", Purpose), initial="test")
    pack = forms.CharField(label=label("console.lake.pack"), max_length=LONGEST, required=False)
    unknown_downloads = forms.BooleanField(label=label("console.lake.unknown_downloads"), required=False)


class CarriersForm(QuestionForm):
    """Who carries one SDK."""

    sdk = forms.CharField(label=label("lake.ask.column.sdk"), max_length=LONGEST)
    version = forms.CharField(label=label("lake.ask.column.sdk_versions"), max_length=64, required=False)
    told = forms.ChoiceField(
        label=label("lake.ask.column.told"), choices=_words("lake.ask.told", Told, "console.inspections.any"), required=False
    )


class MembersForm(QuestionForm):
    """Who belongs to one cluster."""

    cluster = forms.CharField(label=label("lake.ask.column.cluster"), max_length=LONGEST)


class TrendForm(QuestionForm):
    """What changed."""

    earlier = forms.ChoiceField(label=label("lake.ask.column.earlier_period"), choices=_earlier)
    of = forms.ChoiceField(label=label("console.lake.of"), choices=_words("console.lake.of", Of), initial="clause")
    verdict = forms.ChoiceField(label=label("console.lake.verdict"), choices=_words("lake.ask.verdict", Weighed), initial="violated")

    def __init__(self, told: Mapping[str, str]) -> None:
        """Who names no earlier half-year means the one before that is in the lake."""
        later = told.get("period")
        known = [each for each, _ in _earlier() if not later or each < later]
        super().__init__({**({"earlier": known[0]} if known else {}), **told})


class TrendAppsForm(TrendForm):
    """The apps behind one change."""

    name = forms.CharField(label=label("lake.ask.column.name"), max_length=LONGEST)


class PlanForm(QuestionForm):
    """A sample of apps to test."""

    half_width = forms.FloatField(label=label("console.lake.half_width"), min_value=0.001, max_value=0.5, initial=0.05)
    confidence = forms.FloatField(label=label("lake.ask.column.confidence"), min_value=0.5, max_value=0.9999, initial=0.95)
    size = forms.IntegerField(
        label=label("console.lake.size"), help_text=label("console.lake.size.help"), min_value=1, max_value=100_000, required=False
    )
    allocation = forms.ChoiceField(
        label=label("console.lake.allocation"), choices=_words("console.lake.allocation", Allocation), initial="proportional"
    )
    least = forms.IntegerField(label=label("console.lake.least"), min_value=0, max_value=1000, initial=2)
    expected = forms.CharField(
        label=label("console.lake.expected"), help_text=label("console.lake.expected.help"), max_length=LONGEST, required=False
    )
    seed = forms.CharField(label=label("lake.ask.column.seed"), max_length=64, initial="1")


class SampleForm(forms.Form):
    """A plan whose apps were tested, and what is to be told from it."""

    file = forms.FileField(
        label=label("console.lake.sample.file"),
        help_text=label("console.lake.sample.file.help"),
        validators=[FileExtensionValidator(["csv"])],
    )
    half = forms.ChoiceField(label=label("lake.ask.column.period"), choices=lambda: [(each, each) for each in periods()])
    clause = forms.CharField(label=label("console.lake.clause"), help_text=label("console.lake.clause.help"), max_length=LONGEST)
    confidence = forms.FloatField(label=label("lake.ask.column.confidence"), min_value=0.5, max_value=0.9999, initial=0.95)


FORMS: Mapping[str, type[QuestionForm]] = {
    "ranking": RankingForm,
    "exposure": QuestionForm,
    "carriers": CarriersForm,
    "clusters": QuestionForm,
    "members": MembersForm,
    "ignored_keys": QuestionForm,
    "trend": TrendForm,
    "trend_apps": TrendAppsForm,
    "plan": PlanForm,
}
"""The questions that an address asks, by name."""
