"""The forms of the public. What counts is checked by `intake` and `followup`, so that every way in has the same rules."""

from dataclasses import fields
from datetime import date
from typing import Any

from django import forms

from mingjian.console import clock
from mingjian.console.complaints.intake import CHANNELS, LIMITS, Told
from mingjian.console.complaints.problems import clauses
from mingjian.console.pages.context import lang
from mingjian.console.pages.forms import label
from mingjian.console.refused import RefusedError
from mingjian.model.texts import say


def _words(name: str, *, required: bool = False, long: bool = False, auto: str = "off") -> forms.CharField:
    attributes = {"autocomplete": auto, "aria-describedby": f"id_{name}_help"}
    widget = forms.Textarea(attrs={**attributes, "rows": 6}) if long else forms.TextInput(attrs=attributes)
    return forms.CharField(
        required=required,
        max_length=LIMITS[name],
        strip=True,
        widget=widget,
        label=label(f"console.complaints.field.{name}"),
        help_text=label(f"console.complaints.help.{name}"),
    )


def _problems() -> list[tuple[str, str]]:
    titles = ((id, f"{id.rpartition('/')[2]} {title.of(lang())}") for id, title in clauses().items())
    return [("", say("console.complaints.problem.any", lang())), *titles]


class IdentityForm(forms.Form):
    """Name, contact, and the consent without which neither is kept."""

    name = _words("name", auto="name")
    contact = _words("contact", auto="email")
    may_contact = forms.BooleanField(required=False, label=label("console.complaints.field.may_contact"))


class _About(IdentityForm):
    """What may be told; only the app's name and the description are needed."""

    app_name = _words("app_name", required=True)
    description = _words("description", required=True, long=True)
    clause = forms.ChoiceField(choices=_problems, required=False, label=label("console.complaints.field.clause"))
    package = _words("package")
    version = _words("version")
    store = _words("store")
    device = _words("device")
    happened_on = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"}), label=label("console.complaints.field.happened_on")
    )
    ABOUT_APP = ("app_name", "clause", "description")
    DETAILS = ("package", "version", "store", "device", "happened_on")
    ABOUT_YOU = ("name", "contact")

    @property
    def about_app(self) -> list[forms.BoundField]:
        return [self[name] for name in self.ABOUT_APP]

    @property
    def details(self) -> list[forms.BoundField]:
        return [self[name] for name in self.DETAILS]

    @property
    def about_you(self) -> list[forms.BoundField]:
        return [self[name] for name in self.ABOUT_YOU]

    def told(self) -> Told:
        """What was told, of a form that is valid. Raises `RefusedError`."""
        return Told(**{field.name: self.cleaned_data[field.name] for field in fields(Told)})

    def clean_happened_on(self) -> date | None:
        """The day of the event, which cannot lie ahead."""
        day: date | None = self.cleaned_data["happened_on"]
        if day and not date(2008, 1, 1) <= day <= clock.today():
            raise forms.ValidationError(say("console.complaints.refused.day", lang()))
        return day


class ComplaintForm(_About):
    """What the public fills in."""

    website = forms.CharField(
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
        label=label("console.complaints.field.website"),
    )

    def told(self) -> Told:
        """What was told. Raises `RefusedError` for what a machine filled in."""
        if self.cleaned_data["website"]:
            # Nobody sees this field; what fills it in is a machine.
            raise RefusedError("console.complaints.refused.machine")
        return super().told()


class EntryForm(_About):
    """What somebody of the house writes down of a complaint that came by telephone, by letter or in person."""

    channel = forms.ChoiceField(
        choices=lambda: [("", "—"), *((id, say(f"console.complaints.channel.{id}", lang())) for id in CHANNELS if id != "web")],
        label=label("console.complaints.field.channel"),
    )

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.fields["may_contact"].label = label("console.complaints.enter.may_contact")
