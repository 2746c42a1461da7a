"""Forms of the portal."""

from typing import Any

from django import forms

from mingjian.console.cases.events import MOST_WORKING_DAYS
from mingjian.console.pages.forms import label


class Step(forms.Form):
    """A step in a case; `seq` is the last event that the person has seen."""

    seq = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def data_of_event(self) -> dict[str, Any]:
        """The data of the event that the form records."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seq" and value not in ("", None)}


class Answer(Step):
    """The answer to one problem."""

    problem = forms.CharField(max_length=110, widget=forms.HiddenInput)
    cause = forms.CharField(label=label("console.portal.answer.cause"), max_length=2000, widget=forms.Textarea)
    change = forms.CharField(label=label("console.portal.answer.change"), max_length=2000, widget=forms.Textarea)
    version = forms.CharField(label=label("console.portal.answer.version"), max_length=100, required=False)
    disputed = forms.BooleanField(label=label("console.portal.answer.disputed"), required=False)


class Rectified(Step):
    """That everything is rectified."""

    statement = forms.CharField(label=label("console.portal.report.statement"), max_length=4000, widget=forms.Textarea)
    version = forms.CharField(label=label("console.portal.report.version"), max_length=100, required=False)


class Extension(Step):
    """A request for more time."""

    days = forms.IntegerField(label=label("console.portal.extension.days"), min_value=1, max_value=MOST_WORKING_DAYS)
    reason = forms.CharField(label=label("console.portal.extension.reason"), max_length=2000, widget=forms.Textarea)

    def data_of_event(self) -> dict[str, Any]:
        """The data of the event, the days as a term."""
        return {"term": {"unit": "working_days", "amount": self.cleaned_data["days"]}, "reason": self.cleaned_data["reason"]}


class Version(forms.Form):
    """A corrected version."""

    package = forms.FileField(label=label("console.portal.version.package"))
    policy = forms.FileField(label=label("console.portal.version.policy"), required=False)
    run = forms.FileField(label=label("console.portal.version.run"), required=False)
