"""What lists of apps and operators show."""

from typing import Any

from django import forms
from django.db.models import Q

from mingjian.console.inspections.forms import categories
from mingjian.console.market.models import Apps, Operators
from mingjian.console.pages.forms import label


class AppFilters(forms.Form):
    """Which apps a list shows."""

    text = forms.CharField(label=label("console.apps.text"), max_length=200, required=False)
    category = forms.ChoiceField(label=label("console.inspections.category"), choices=categories("console.inspections.any"), required=False)
    store = forms.CharField(label=label("console.inspections.store"), max_length=80, required=False)
    operator = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False, widget=forms.HiddenInput)

    def apply(self, rows: Apps) -> Apps:
        """The apps that the form asks for; a field that is no such value hides nothing."""
        told = _told(self)
        for field in ("category", "store", "operator"):
            if field in told:
                rows = rows.filter(**{field: told[field]})
        if "text" in told:
            rows = rows.called(told["text"].strip())
        return rows


class OperatorFilters(forms.Form):
    """Which operators a list shows."""

    text = forms.CharField(label=label("console.apps.operator_text"), max_length=200, required=False)

    def apply(self, rows: Operators) -> Operators:
        """The operators that the form asks for."""
        told = _told(self)
        if "text" in told:
            rows = rows.filter(Q(name__icontains=told["text"].strip()) | Q(code=told["text"].strip()))
        return rows


def _told(form: forms.Form) -> dict[str, Any]:
    form.is_valid()
    return {name: value for name, value in form.cleaned_data.items() if value not in ("", None)}
