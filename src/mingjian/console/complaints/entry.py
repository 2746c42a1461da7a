"""Writing down a complaint that came by telephone, by letter or in person: the same intake as the public form."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mingjian.console.access import signed_in
from mingjian.console.complaints.attachments import MOST_BYTES, MOST_FILES
from mingjian.console.complaints.forms import EntryForm
from mingjian.console.complaints.intake import take
from mingjian.console.complaints.views import ROOM_FOR_FILES, sent_files
from mingjian.console.pages.context import lang
from mingjian.console.refused import RefusedError
from mingjian.model.texts import say


@ROOM_FOR_FILES
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The form; its answer is the receipt code for the complainant, shown this once."""
    form, words, by = EntryForm(), "", signed_in(request)
    if request.method == "POST":
        form = EntryForm(request.POST)
        try:
            if form.is_valid():
                taken = take(form.told(), sent_files(request), channel=form.cleaned_data["channel"], body=by.body, by=by)
                return render(request, "complaints/handed_over.html", {"code": taken.code, "complaint": taken.complaint})
        except RefusedError as error:
            words = say(error.key, lang(), **error.values)
    shown = {"form": form, "words": words, "most_files": MOST_FILES, "most_megabytes": MOST_BYTES >> 20}
    return render(request, "complaints/enter.html", shown, status=422 if request.method == "POST" else 200)
