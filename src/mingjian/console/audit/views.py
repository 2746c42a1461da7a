"""The chain as a page."""

import json
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mingjian.console.audit.chain import head
from mingjian.console.audit.models import Entry
from mingjian.console.clock import PLACE
from mingjian.console.pages.forms import label
from mingjian.console.pages.paging import page


class Filters(forms.Form):
    """What of the chain is shown; each filter is exact, so that an index answers it."""

    actor = forms.CharField(label=label("console.audit.actor"), required=False, max_length=150)
    action = forms.CharField(label=label("console.audit.action"), required=False, max_length=60)
    object = forms.CharField(label=label("console.audit.object"), required=False, max_length=120)
    since = forms.DateTimeField(
        label=label("console.audit.since"), required=False, widget=forms.DateInput(attrs={"type": "date"}), input_formats=["%Y-%m-%d"]
    )


def _found(form: Filters) -> QuerySet[Entry]:
    rows = Entry.objects.all()
    if not form.is_valid():
        return rows.none()
    rows = rows.filter(**{name: form.cleaned_data[name] for name in ("actor", "action", "object") if form.cleaned_data[name]})
    if since := form.cleaned_data["since"]:
        rows = rows.filter(at__gte=since.replace(tzinfo=PLACE))
    return rows


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The entries, newest first, and the end of the chain."""
    form = Filters(request.GET)
    found = page(_found(form), request, "-seq")
    seq, digest = head()
    return render(request, "audit/list.html", {"form": form, "page": found, "seq": seq, "digest": digest})


@require_GET
def listing_json(request: HttpRequest) -> JsonResponse:
    """The entries for a program, with their digests, so that it can check the chain itself."""
    found = page(_found(Filters(request.GET)), request, "-seq")
    return JsonResponse({"entries": [_row(entry) for entry in found.rows], "next": found.next})


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "body": json.loads(entry.body),
        "previous": entry.previous,
        "digest": entry.digest,
    }
