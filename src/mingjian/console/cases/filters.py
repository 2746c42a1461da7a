"""What narrows the list of cases; the filters stay in the address, so that a figure can link to what it counts."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q

from mingjian.console import clock
from mingjian.console.access import INSPECTOR, REVIEWER
from mingjian.console.cases.deadlines import regulators
from mingjian.console.cases.events import procedure
from mingjian.console.cases.models import Cases, Problem
from mingjian.console.market.models import App
from mingjian.console.pages.context import lang
from mingjian.console.pages.forms import label
from mingjian.model.periods import bounds
from mingjian.model.terms import vocabulary
from mingjian.model.texts import say

Choices = Iterable[tuple[str, str]]


class Filters(forms.Form):
    """Each filter is optional; what does not fit its field shows nothing and is told beside it."""

    text = forms.CharField(label=label("console.cases.filter.text"), required=False, max_length=100)
    state = forms.ChoiceField(label=label("console.cases.filter.state"), required=False)
    body = forms.ChoiceField(label=label("console.cases.filter.body"), required=False)
    assignee = forms.ChoiceField(label=label("console.cases.filter.assignee"), required=False)
    category = forms.ChoiceField(label=label("console.cases.filter.category"), required=False)
    clause = forms.CharField(label=label("console.cases.filter.clause"), required=False, max_length=40)
    half = forms.RegexField(r"\A(?!0000)\d{4}H[12]\Z", label=label("console.cases.filter.half"), required=False, max_length=6)
    operator = forms.CharField(label=label("console.cases.filter.operator"), required=False, max_length=200)
    overdue = forms.BooleanField(label=label("console.cases.filter.overdue"), required=False)
    provisional = forms.BooleanField(label=label("console.cases.filter.provisional"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._offer("state", [(state, say(f"console.states.state.{state}", lang())) for state in procedure().states])
        self._offer("body", [(each.id, each.name.of(lang())) for each in regulators().values()])
        self._offer("category", [(term.id, term.name.of(lang())) for term in vocabulary("categories").values()])
        people = get_user_model().objects.filter(groups__name__in=(INSPECTOR, REVIEWER)).distinct().order_by("username")
        self._offer("assignee", [(str(each.pk), each.get_username()) for each in people])

    def apply(self, cases: Cases) -> Cases:
        """The cases that fit."""
        if not self.is_valid():
            return cases.none()
        told = self.cleaned_data
        if told["text"]:
            cases = cases.filter(Q(number__istartswith=told["text"]) | Q(app__in=App.objects.called(told["text"])))
        if told["state"]:
            cases = cases.in_state(told["state"], clock.now())
        if told["half"]:
            begins, ends = bounds(told["half"])
            cases = cases.filter(opened_at__gte=begins, opened_at__lt=ends)
        if told["clause"]:
            cases = cases.filter(Exists(Problem.objects.filter(case=OuterRef("pk"), clause=told["clause"])))
        if told["operator"]:
            cases = cases.filter(operator__name__icontains=told["operator"])
        if told["overdue"]:
            cases = cases.overdue(clock.now())
        exact = {"body": "body", "assignee": "assignee", "category": "app__category"}
        cases = cases.filter(**{column: told[name] for name, column in exact.items() if told[name]})
        return cases.filter(provisional=True) if told["provisional"] else cases

    def _offer(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", label("console.cases.filter.any")), *choices]
