"""Pages about people: the list, one account, invitations."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mingjian.console.access import ADMINISTRATOR, signed_in
from mingjian.console.accounts import invitations, people
from mingjian.console.accounts.forms import AcceptForm, InviteForm, PeopleFilter, RolesForm
from mingjian.console.accounts.models import Invitation, User
from mingjian.console.pages.context import lang
from mingjian.console.pages.paging import page
from mingjian.console.refused import RefusedError
from mingjian.model.texts import say

_ACTS = {"deactivate": people.deactivate, "reactivate": people.reactivate}


def told(error: RefusedError) -> str:
    """Why something was refused, in the reader's language."""
    return say(error.key, lang(), **error.values)


def _found(form: PeopleFilter) -> QuerySet[User]:
    rows = User.objects.select_related("operator").prefetch_related("groups")
    rows = rows.annotate(second_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"))))
    if form.is_valid():
        if name := form.cleaned_data["name"]:
            rows = rows.filter(username__icontains=name)
        if role := form.cleaned_data["role"]:
            rows = rows.filter(groups__name=role)
    return rows


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Everybody who has an account."""
    form = PeopleFilter(request.GET)
    return render(request, "accounts/list.html", {"form": form, "page": page(_found(form), request, "username")})


@require_GET
def listing_json(request: HttpRequest) -> HttpResponse:
    """The list for a program."""
    found = page(_found(PeopleFilter(request.GET)), request, "username")
    return JsonResponse({"people": [_row(person) for person in found.rows], "next": found.next})


def _row(person: User) -> dict[str, object]:
    return {
        "id": person.pk,
        "name": person.username,
        "email": person.email,
        "roles": sorted(group.name for group in person.groups.all()),
        "body": person.body,
        "operator": person.operator_id,
        "active": person.is_active,
        "last_sign_in": person.last_login.isoformat() if person.last_login else None,
    }


@require_http_methods(["GET", "POST"])
@never_cache
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One account, and what an administrator may do to it."""
    person = get_object_or_404(User.objects.select_related("operator"), pk=pk)
    form = RolesForm(request.POST if request.method == "POST" else None, initial={"roles": list(person.roles), "body": person.body})
    if request.method == "POST" and form.is_valid():
        try:
            people.change_roles(signed_in(request), person, frozenset(form.cleaned_data["roles"]), form.cleaned_data["body"])
        except RefusedError as error:
            form.add_error(None, told(error))
        else:
            messages.success(request, say("console.accounts.saved", lang()))
            return redirect("people:detail", pk=pk)
    known = Authenticator.objects.filter(user=person).exists()
    return render(
        request, "accounts/detail.html", {"person": person, "form": form, "second_factor": known}, status=200 if not form.errors else 422
    )


@require_POST
@never_cache
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes, opens or recovers an account. The link of a recovery is shown here, once."""
    person = get_object_or_404(User, pk=pk)
    what = request.POST.get("act", "")
    try:
        if what in ("password", "second_factor"):
            path = people.recover(signed_in(request), person, second_factor=what == "second_factor")
            return render(request, "accounts/link.html", {"link": request.build_absolute_uri(path), "person": person})
        if what not in _ACTS:
            return HttpResponseBadRequest()
        _ACTS[what](signed_in(request), person)
    except RefusedError as error:
        messages.error(request, told(error))
    else:
        messages.success(request, say("console.accounts.saved", lang()))
    return redirect("people:detail", pk=pk)


@require_http_methods(["GET", "POST"])
@never_cache
def invite(request: HttpRequest) -> HttpResponse:
    """Invites somebody, and shows the invitations that one sent (an administrator: that anybody sent)."""
    inviter = signed_in(request)
    form = InviteForm(request.POST if request.method == "POST" else None, inviter=inviter)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            _, token = invitations.invite(inviter, data["email"], data["role"], operator=data["operator"], body=data["body"])
        except RefusedError as error:
            form.add_error(None, told(error))
        else:
            link = request.build_absolute_uri(reverse("people:accept", args=[token]))
            return render(request, "accounts/link.html", {"link": link, "email": data["email"]})
    rows = Invitation.objects.select_related("operator", "invited_by", "used_by")
    if ADMINISTRATOR not in inviter.roles:
        rows = rows.filter(invited_by=inviter)
    found = page(rows, request, "-created_at")
    return render(request, "accounts/invite.html", {"form": form, "page": found}, status=200 if not form.errors else 422)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends an invitation."""
    inviter = signed_in(request)
    rows = Invitation.objects.all() if ADMINISTRATOR in inviter.roles else Invitation.objects.filter(invited_by=inviter)
    try:
        invitations.withdraw(inviter, get_object_or_404(rows, pk=pk))
    except RefusedError as error:
        messages.error(request, told(error))
    return redirect("people:invite")


@require_http_methods(["GET", "POST"])
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation leads: the invited person chooses a name and a password."""
    invitation = invitations.pending(token)
    if invitation is None:
        return render(request, "accounts/ended.html", status=404)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            invitations.accept(token, form.cleaned_data["name"], form.cleaned_data["password"])
        except RefusedError as error:
            form.add_error(None, told(error))
        else:
            messages.success(request, say("console.accounts.made", lang()))
            return redirect("account_login")
    return render(request, "accounts/accept.html", {"form": form, "invitation": invitation}, status=200 if not form.errors else 422)
