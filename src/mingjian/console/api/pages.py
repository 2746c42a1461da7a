"""Pages about programs: one's own keys and webhooks, and the description of the interface."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mingjian.console.access import signed_in
from mingjian.console.accounts.views import told
from mingjian.console.api import hooks, tokens
from mingjian.console.api.bearer import CALLS_A_MINUTE
from mingjian.console.api.interface import api
from mingjian.console.api.models import Delivery, Token, Webhook
from mingjian.console.pages.context import lang
from mingjian.console.pages.forms import label
from mingjian.console.refused import RefusedError
from mingjian.model.texts import say


class TokenForm(forms.Form):
    """A new key."""

    name = forms.CharField(label=label("console.api.name"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=label("console.api.scopes"),
        choices=[(scope, label(f"console.api.scope.{scope}")) for scope in tokens.SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(label=label("console.api.days"), min_value=1, max_value=tokens.MOST_DAYS, initial=90)


class WebhookForm(forms.Form):
    """A new webhook."""

    address = forms.CharField(label=label("console.api.address"), max_length=500, help_text=label("console.api.address_help"))
    events = forms.MultipleChoiceField(
        label=label("console.api.events"),
        choices=[(event, label(f"console.api.event.{event}")) for event in hooks.EVENTS],
        widget=forms.CheckboxSelectMultiple,
    )


@require_http_methods(["GET", "POST"])
@never_cache
def keys(request: HttpRequest) -> HttpResponse:
    """One's own keys; a new one is shown once."""
    person = signed_in(request)
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            _, secret = tokens.make(person, data["name"], frozenset(data["scopes"]), data["days"])
        except RefusedError as error:
            form.add_error(None, told(error))
        else:
            return render(request, "api/secret.html", {"secret": secret, "back": "people:tokens"})
    rows = Token.objects.filter(owner=person).order_by("-pk")[:100]
    return render(request, "api/tokens.html", {"form": form, "rows": rows}, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one's own key."""
    person = signed_in(request)
    tokens.revoke(get_object_or_404(Token, pk=pk, owner=person), person)
    messages.success(request, say("console.api.revoked", lang()))
    return redirect("people:tokens")


@require_http_methods(["GET", "POST"])
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """One's own webhooks and how their last messages went."""
    person = signed_in(request)
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = hooks.register(person, form.cleaned_data["address"], frozenset(form.cleaned_data["events"]))
        except RefusedError as error:
            form.add_error(None, told(error))
        else:
            return render(request, "api/secret.html", {"secret": secret, "back": "people:webhooks"})
    rows = Webhook.objects.filter(owner=person, disabled_at=None).order_by("-pk")
    sent = Delivery.objects.filter(webhook__owner=person).select_related("webhook").order_by("-pk")[:20]
    return render(request, "api/webhooks.html", {"form": form, "rows": rows, "sent": sent}, status=422 if form.errors else 200)


@require_POST
def disable(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one's own webhook."""
    person = signed_in(request)
    hooks.disable(get_object_or_404(Webhook, pk=pk, owner=person), person)
    return redirect("people:webhooks")


@require_GET
def describe(request: HttpRequest) -> HttpResponse:
    """Every operation in words; the machine-readable description is beside it."""
    found = {"operations": _operations(), "calls": CALLS_A_MINUTE, "window": hooks.WINDOW}
    return render(request, "api/describe.html", found)


def _operations() -> list[dict[str, Any]]:
    schema = api.get_openapi_schema()
    return [
        {"method": method.upper(), "path": path, "name": row["operationId"]}
        for path, rows in schema["paths"].items()
        for method, row in rows.items()
    ]
