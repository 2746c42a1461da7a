"""Forms of inspections: what is uploaded, what is decided, what a list shows."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.cases.deadlines import regulators
from mingjian.console.inspections.decisions import LONGEST_DISMISSAL, LONGEST_REASON, Wish
from mingjian.console.inspections.file import About
from mingjian.console.inspections.models import BAD, Decision, Finding, Inspection, InspectionQuerySet, Material
from mingjian.console.market.models import App
from mingjian.console.pages.context import lang
from mingjian.console.pages.forms import label
from mingjian.model.periods import bounds
from mingjian.model.terms import vocabulary
from mingjian.model.texts import say
from mingjian.model.types import VERDICTS

Choices = list[tuple[str, str]]
_DIGEST = re.compile(r"[0-9a-f]{64}")
_USUAL_DISMISSAL = timedelta(days=180)


def categories(*first: str) -> Callable[[], Choices]:
    """The 39 types in the reader's language behind what the keys in `first` say of no type."""

    def choices() -> Choices:
        named = [(id, f"{term.name.of(lang())}") for id, term in vocabulary("categories").items()]
        return [(key.rpartition(".")[2] if key.endswith(".auto") else "", say(key, lang())) for key in first] + named

    return choices


def _choices(prefix: str, values: Sequence[str], any_key: str = "console.inspections.any") -> Callable[[], Choices]:
    return lambda: [("", say(any_key, lang())), *((value, say(f"{prefix}.{value}", lang())) for value in values)]


class ManyFilesInput(forms.ClearableFileInput):
    """A choice of several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files of one kind."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [cast("UploadedFile[Any]", super(FilesField, self).clean(each, initial)) for each in given]


class TypeForm(forms.Form):
    """The app type that a person gives after the scan."""

    category = forms.ChoiceField(label=label("console.inspections.category"), choices=categories())


class AboutForm(forms.Form):
    """What is told of an app, or of all apps of a batch, beside the files."""

    category = forms.ChoiceField(
        label=label("console.inspections.category"),
        choices=categories("console.inspections.category.none", "console.inspections.category.auto"),
        help_text=label("console.inspections.category.help"),
        required=False,
    )
    store = forms.CharField(label=label("console.inspections.store"), max_length=80, required=False)
    region = forms.CharField(label=label("console.inspections.region"), max_length=40, required=False)
    body = forms.ChoiceField(label=label("console.inspections.body"), required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(each.id, each.name.of(lang())) for each in regulators().values() if user.body in ("", each.id)]
        field = cast(forms.ChoiceField, self.fields["body"])
        field.choices = known if user.body else [("", say("console.inspections.body.whole", lang())), *known]

    def about(self) -> About:
        """What was told, once the form is valid."""
        told = self.cleaned_data
        return About(
            category=told["category"],
            store=told["store"],
            region=told["region"],
            operator=told.get("operator", ""),
            downloads=told.get("downloads"),
            policy_address=told.get("policy_address", ""),
        )


class UploadForm(AboutForm):
    """Files of one app."""

    package = FilesField(
        label=label("console.inspections.kind.package"), help_text=label("console.inspections.package.help"), required=False
    )
    policy = FilesField(label=label("console.inspections.kind.policy"), help_text=label("console.inspections.policy.help"), required=False)
    policy_address = forms.CharField(
        label=label("console.inspections.policy_address"),
        help_text=label("console.inspections.policy_address.help"),
        max_length=2000,
        required=False,
        widget=forms.URLInput,
    )
    run = FilesField(label=label("console.inspections.kind.run"), help_text=label("console.inspections.run.help"), required=False)
    review = FilesField(label=label("console.inspections.kind.review"), help_text=label("console.inspections.review.help"), required=False)
    dossier = FilesField(
        label=label("console.inspections.kind.dossier"), help_text=label("console.inspections.dossier.help"), required=False
    )
    operator = forms.CharField(label=label("console.inspections.operator"), max_length=200, required=False)
    downloads = forms.IntegerField(label=label("console.inspections.downloads"), min_value=0, required=False)
    field_order = [
        "package",
        "policy",
        "policy_address",
        "run",
        "review",
        "dossier",
        "category",
        "operator",
        "store",
        "region",
        "downloads",
    ]

    def files_by_kind(self) -> "dict[str, list[UploadedFile[Any]]]":
        """The files by kind, once the form is valid."""
        return {kind: self.cleaned_data[kind] for kind in Material.Kind.values}


class BatchForm(AboutForm):
    """Packages and dossiers of several apps."""

    name = forms.CharField(label=label("console.inspections.batch.name"), max_length=120)
    package = FilesField(
        label=label("console.inspections.batch.packages"), help_text=label("console.inspections.batch.packages.help"), required=False
    )
    dossier = FilesField(
        label=label("console.inspections.batch.dossiers"), help_text=label("console.inspections.batch.dossiers.help"), required=False
    )
    field_order = ["name", "package", "dossier", "category", "store", "region", "body"]


class DecisionForm(forms.Form):
    """What somebody decides of a hit, or of a clause as a whole."""

    fingerprint = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=Decision.Kind.choices)
    reason = forms.CharField(max_length=LONGEST_REASON, required=False, widget=forms.Textarea)
    expires_on = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def wish(self, clause: str) -> Wish:
        """The decision, once the form is valid."""
        told = self.cleaned_data
        return Wish(clause, Decision.Kind(told["kind"]), told["fingerprint"], told["reason"], told["expires_on"])


def dismissal_days() -> dict[str, str]:
    """The first, the usual and the last day on which a dismissal may end."""
    today = clock.today()
    days = {"first": today, "usual": today + _USUAL_DISMISSAL, "last": today + LONGEST_DISMISSAL}
    return {name: day.isoformat() for name, day in days.items()}


class Filters(forms.Form):
    """Which inspections a list shows."""

    text = forms.CharField(label=label("console.inspections.filter.text"), max_length=200, required=False)
    state = forms.ChoiceField(
        label=label("console.inspections.state"), choices=_choices("console.inspections.state", Inspection.State.values), required=False
    )
    verdict = forms.ChoiceField(label=label("console.inspections.verdict"), choices=_choices("verdict", VERDICTS), required=False)
    clause = forms.CharField(label=label("console.inspections.clause"), max_length=40, required=False)
    category = forms.ChoiceField(label=label("console.inspections.category"), choices=categories("console.inspections.any"), required=False)
    store = forms.CharField(label=label("console.inspections.store"), max_length=80, required=False)
    half = forms.CharField(label=label("console.inspections.half"), max_length=6, required=False)
    app = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False, widget=forms.HiddenInput)
    batch = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False, widget=forms.HiddenInput)

    def clean_half(self) -> str:
        half: str = self.cleaned_data["half"].strip().upper()
        if half:
            try:
                bounds(half)
            except ValueError as error:
                raise forms.ValidationError(label("console.inspections.filter.half")) from error
        return half

    def apply(self, rows: InspectionQuerySet) -> InspectionQuerySet:
        """The inspections that the form asks for; a field that is no such value hides nothing and says so beside it."""
        self.is_valid()
        told = {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}
        for field in ("state", "category", "store", "half", "app", "batch"):
            if field in told:
                rows = rows.filter(**{field: told[field]})
        if "text" in told:
            text = told["text"].strip()
            digest = _DIGEST.fullmatch(text.lower())
            rows = rows.filter(package_sha256=digest[0]) if digest else rows.filter(app__in=App.objects.called(text).values("pk"))
        if "clause" in told:
            found = Finding.objects.filter(inspection=OuterRef("pk"), clause__in=_clauses(told["clause"]))
            found = found.filter(verdict=told["verdict"]) if "verdict" in told else found.filter(verdict__in=BAD)
            rows = rows.filter(Exists(found))
        elif "verdict" in told:
            rows = rows.filter(**{f"{told['verdict']}__gt": 0})
        return rows


def _clauses(told: str) -> tuple[str, ...]:
    """A clause by its id, or by its number in the method of 2019, by which people call it."""
    told = told.strip()
    return (told,) if "/" in told else (f"cac-2019/{told}",)


class ClauseFilters(forms.Form):
    """Which clauses of one inspection a table shows."""

    verdict = forms.ChoiceField(label=label("console.inspections.verdict"), choices=_choices("verdict", VERDICTS), required=False)
    chapter = forms.ChoiceField(label=label("console.inspections.chapter"), required=False)
    severity = forms.ChoiceField(
        label=label("report.severity"), choices=_choices("severity", ("critical", "high", "medium", "low")), required=False
    )

    def __init__(self, *args: Any, chapters: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        field = cast(forms.ChoiceField, self.fields["chapter"])
        field.choices = [("", say("console.inspections.any", lang())), *((each, each) for each in chapters)]
