"""Forms of cases. A step's form is made from the data that the procedure declares for it, and from what the case has to choose from."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from mingjian.console import clock
from mingjian.console.cases import telling
from mingjian.console.cases.deadlines import bodies, regulators, term_in_words
from mingjian.console.cases.events import MOST_HOURS, MOST_WORKING_DAYS, schema_of
from mingjian.console.cases.guards import sharper_fault
from mingjian.console.cases.machine import Choice
from mingjian.console.cases.state import CaseState, Proposal
from mingjian.console.pages.context import lang
from mingjian.console.pages.forms import label
from mingjian.model.printable import printable
from mingjian.model.texts import say

_COUNTED = {"ends", "provisional", "number", "document", "act", "of", "old", "new", "ended", "request"}
"""What the console fills in."""
_LONG = 1000
"""From how many characters a text gets more than one line."""
_MOMENT = "%Y-%m-%dT%H:%M"


class TermWidget(forms.MultiWidget):
    """A number, its unit, and for a date the date; the page without scripts shows all three."""

    def __init__(self) -> None:
        units = [(unit, label(f"console.cases.unit.{unit}")) for unit in ("working_days", "hours", "date")]
        amount = forms.NumberInput(attrs={"min": 1, "max": MOST_HOURS, "aria-label": label("console.cases.field.amount")})
        unit = forms.Select(choices=units, attrs={"aria-label": label("console.cases.field.unit")})
        day = forms.DateInput(attrs={"type": "date", "aria-label": label("console.cases.field.date")})
        super().__init__([amount, unit, day])

    def decompress(self, value: Mapping[str, Any] | None) -> list[Any]:
        return [value.get("amount"), value["unit"], value.get("date")] if value else [None, "working_days", None]


class TermField(forms.MultiValueField):
    """The time that somebody is given, as events carry it."""

    def __init__(self, **options: Any) -> None:
        amount = forms.IntegerField(min_value=1, max_value=MOST_HOURS, required=False)
        unit = forms.ChoiceField(choices=[(unit, unit) for unit in ("working_days", "hours", "date")])
        super().__init__((amount, unit, forms.DateField(required=False)), widget=TermWidget(), require_all_fields=False, **options)

    def compress(self, data_list: list[Any]) -> dict[str, Any] | None:
        amount, unit, day = data_list or (None, "", None)
        if not amount and not day:
            return None
        if unit == "date" and day:
            return {"unit": "date", "date": day.isoformat()}
        if unit in ("working_days", "hours") and amount and (unit == "hours" or amount <= MOST_WORKING_DAYS):
            return {"unit": unit, "amount": amount}
        raise forms.ValidationError(label("console.cases.wrong.term"))

    def clean(self, value: Any) -> Any:
        term = super().clean(value)
        if term is None and self.required:
            raise forms.ValidationError(label("console.cases.wrong.term"))
        return term


class Lines(forms.Field):
    """Several short texts, one a line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> list[str]:
        lines = (line.strip() for line in str(value or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))


class StepForm(forms.Form):
    """The form of one step on one case; `seq` is the last event that the person has seen."""

    seq = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, state: CaseState, choice: Choice, body: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._state, self._choice, self._body = state, choice, body
        self.fields["seq"].initial = state.seq
        for name, type_ in schema_of(choice.kind, choice.act if choice.kind == "proposed" else None).items():
            if name.rstrip("?") not in _COUNTED:
                field = self._field(name.rstrip("?"), type_, required=not name.endswith("?"))
                field.label = telling.field_name(name.rstrip("?"), lang())
                self.fields[name.rstrip("?")] = field

    @property
    def proposal(self) -> Proposal | None:
        """What the step is about, if it is about an act that was proposed."""
        return self._state.proposal(self._choice.of)

    def event_data(self) -> dict[str, Any]:
        """The data of the event that a valid form records."""
        data: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if name != "seq" and value not in (None, "", []):
                data[name] = self._stored(value)
        return data | self._known()

    def _known(self) -> dict[str, Any]:
        """What the case itself says."""
        state, choice = self._state, self._choice
        match choice.kind:
            case "proposed":
                request = next((each.seq for each in state.extensions if each.open), 0)
                return {"act": choice.act} | ({"request": request} if choice.act == "extension" else {})
            case "overdue_noted":
                return {"ended": state.deadline.ends.isoformat()} if state.deadline else {}
            case "deadline_recomputed":
                first = next((each.origin for each in state.running if each.provisional), 0)
                return {"of": first}
        return {"of": choice.of} if choice.of else {}

    def _field(self, name: str, type_: str, *, required: bool) -> forms.Field:
        kind, *limits = type_.split()
        match kind:
            case "ids" if name == "problems":
                return self._problems(required)
            case "ids":
                return Lines(required=required, help_text=label("console.cases.help.lines"))
            case "one":
                return forms.ChoiceField(
                    choices=[(each, telling.one_in_words(name, each, lang())) for each in limits[1:]], required=required
                )
            case "id" if name == "store":
                return forms.ChoiceField(choices=[(each, printable(each)) for each in self._stores()], required=required)
            case "text" if name == "to" and self.proposal is not None:
                left = [each.to for each in self._state.documents_due if each.step == "serve" and each.of == self._choice.of]
                return forms.ChoiceField(choices=[(each, telling.addressee(each, lang())) for each in left], required=required)
            case "body":
                known = [(each.id, each.name.of(lang())) for each in regulators().values()]
                return forms.ChoiceField(choices=known, initial=self._body, required=required)
            case "term":
                return self._term(required)
            case "date":
                return forms.DateField(
                    required=required, initial=clock.today(), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
                )
            case "moment":
                return self._moment(required)
            case "flag":
                return forms.TypedChoiceField(
                    choices=[("yes", label("console.cases.yes")), ("no", label("console.cases.no"))],
                    coerce=lambda chosen: chosen == "yes",
                    required=required,
                )
        longest = int(limits[0]) if limits else 110
        return forms.CharField(
            max_length=longest, required=required, widget=forms.Textarea(attrs={"rows": 4}) if longest > _LONG else forms.TextInput()
        )

    def _stores(self) -> list[str]:
        """The stores whose answer is waited for."""
        if self._choice.kind == "store_removed":
            return [each.name for each in self._state.stores if each.removed_on is None]
        return [each.name for each in self._state.stores if each.restoration_served and each.restored_on is None]

    def _problems(self, required: bool) -> forms.Field:
        match self._choice.act:
            case "correction":
                ids = set(self._state.to_correct)
            case "withdrawal":
                ids = {each.id for each in self._state.problems if each.status != "withdrawn"}
            case "naming" | "takedown" as act:
                ids = {each.id for each in self._state.unresolved if not sharper_fault(self._state, act, (each.id,))}
            case _:
                ids = {each.id for each in self._state.unresolved}
        known = [(each.id, printable(each.zh if lang() == "zh" else each.en)) for each in self._state.problems if each.id in ids]
        chosen = [] if self._choice.act == "withdrawal" else [id for id, _ in known]
        return forms.MultipleChoiceField(choices=known, initial=chosen, required=required, widget=forms.CheckboxSelectMultiple)

    def _term(self, required: bool) -> forms.Field:
        """The one settled term of the body is filled in; what is not settled is only told, with its source."""
        body = bodies().get(self._body)
        act = self._choice.act
        hints = [
            say(
                "console.states.term.unchecked" if not each.settled else "console.cases.help.known_term",
                lang(),
                term=term_in_words(each.term, lang()),
                source=each.source,
            )
            for each in (body.suggestions(act) if body else ())
        ]
        told = " ".join(hints) or (say("console.states.term.stated_by_you", lang()) if act in ("order", "naming", "takedown") else "")
        asked = next((each.term for each in self._state.extensions if each.open), None) if act == "extension" else None
        return TermField(required=required, initial=asked or (body.default(act) if body else None), help_text=told)

    def _moment(self, required: bool) -> forms.Field:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
        initial = clock.now().astimezone(clock.PLACE)
        return forms.DateTimeField(required=required, initial=initial, widget=widget, input_formats=[_MOMENT])

    def _stored(self, value: Any) -> Any:
        """A value as events carry it. A moment is told to the minute: in the minute of the confirmation it was after it."""
        if not isinstance(value, datetime):
            return value.isoformat() if isinstance(value, date) else value
        confirmed = self.proposal.confirmed_at if self.proposal else None
        same = confirmed is not None and value <= confirmed < value + timedelta(minutes=1)
        return (confirmed if same and confirmed else value).isoformat()
