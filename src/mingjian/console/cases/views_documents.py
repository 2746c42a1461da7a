"""Issued documents, and the templates by which the next ones are worded."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from mingjian.console import vault
from mingjian.console.accounts.models import User
from mingjian.console.cases import documents
from mingjian.console.cases.models import Case, Document, Template
from mingjian.console.pages.context import lang
from mingjian.console.pages.files import send
from mingjian.console.pages.forms import label
from mingjian.console.printing import page, template
from mingjian.console.printing.kinds import KINDS, known
from mingjian.console.refused import RefusedError
from mingjian.errors import MingjianError
from mingjian.model.texts import say

_MOST_VERSIONS = 50


class TemplateForm(forms.Form):
    """The wording of one kind of document in one language."""

    text = forms.CharField(
        label=label("console.cases.template.text"),
        max_length=template.MOST_CHARACTERS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false"}),
    )


@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """An issued document as it was fixed, in the language that is asked for, else the reader's."""
    paper = _seen(request, pk)
    language = "en" if request.GET.get("lang", lang()) == "en" else "zh"
    context = {
        "document": paper,
        "language": language,
        "page": page.page(documents.content(paper, "en" if language == "en" else "zh")),
        "fault": (paper.fault or {}).get(lang(), ""),
    }
    return render(request, "cases/document.html", context)


@require_GET
def document_json(request: HttpRequest, pk: int) -> JsonResponse:
    """An issued document for a program: both languages as they were fixed."""
    paper = _seen(request, pk)
    told = {"number": paper.number, "kind": paper.kind, "created_at": paper.created_at, "digest": paper.digest}
    return JsonResponse(told | {"zh": paper.zh, "en": paper.en})


@require_GET
def document_pdf(request: HttpRequest, pk: int, language: str) -> HttpResponseBase:
    """The printed document; not there until it has been printed."""
    paper = _seen(request, pk)
    sha256 = {"zh": paper.pdf_zh, "en": paper.pdf_en}.get(language)
    if not sha256:
        raise Http404
    return send(vault.path(sha256), f"{paper.number}-{language}.pdf", "application/pdf")


@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """Every kind of document, with when its wording was last changed."""
    changed = {(row.kind, row.lang): row for row in Template.objects.select_related("by").order_by("at", "pk")}
    rows = [(kind, known(kind).name, [(each, changed.get((kind, each))) for each in documents.LANGS]) for kind in KINDS]
    return render(request, "cases/templates.html", {"kinds": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def edit_template(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """The wording of one kind of document in one language: edited, previewed, and what it was before."""
    try:
        of, spoken = documents.which(kind, language)
    except RefusedError as error:
        raise Http404 from error
    form = TemplateForm(request.POST or None, initial={"text": documents.wording(of, spoken)})
    faults: list[template.Fault] = []
    preview, status = None, 200
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        if "preview" in request.POST:
            faults = template.check(of, text)
        else:
            faults = documents.reword(kind, language, text, cast(User, request.user))
            if not faults:
                messages.success(request, say("console.cases.template.saved", lang()))
                return redirect("cases:template", kind=kind, language=language)
        status = 422 if faults else 200
        preview = None if faults else _preview(of, spoken, text)
    elif request.method == "POST":
        status = 422
    else:
        preview = _preview(of, spoken, documents.wording(of, spoken))
    knows = known(of)
    context = {
        "form": form,
        "kind": kind,
        "language": language,
        "name": knows.name,
        "faults": [fault.text("zh" if lang() == "zh" else "en") for fault in faults],
        "words": list(knows.words.items()),
        "tables": list(knows.tables.items()),
        "preview": preview,
        "versions": Template.objects.filter(kind=kind, lang=language).select_related("by").order_by("-at", "-pk")[:_MOST_VERSIONS],
    }
    return render(request, "cases/template.html", context, status=status)


def _preview(kind: Any, language: Any, text: str) -> str | None:
    """The document that the wording would make, none while it cannot make any."""
    try:
        return page.page(documents.preview(kind, language, text), level=3)
    except MingjianError:
        return None


def _seen(request: HttpRequest, pk: int) -> Document:
    """A document of a case that this person may see."""
    rows: QuerySet[Document] = Document.objects.filter(case__in=Case.objects.visible_to(request.user)).select_related("case__app")
    return get_object_or_404(rows, pk=pk)
