"""One's own account: what the console keeps about the person, as a page and as a file, and the way to end one's sessions."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from mingjian.console.access import signed_in
from mingjian.console.accounts import people
from mingjian.console.accounts.models import Invitation, User
from mingjian.console.api.models import Token
from mingjian.console.audit.models import Entry
from mingjian.console.pages.context import lang
from mingjian.model.texts import say

_SHOWN, _EXPORTED = 20, 10_000


@require_GET
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """What is kept about the person who asks."""
    person = signed_in(request)
    return render(
        request,
        "accounts/me.html",
        {
            "person": person,
            "factors": Authenticator.objects.filter(user=person),
            "identities": SocialAccount.objects.filter(user=person),
            "acts": Entry.objects.filter(actor=person.username).order_by("-seq")[:_SHOWN],
            "tokens": Token.objects.filter(owner=person, revoked_at=None).count(),
            "identity_provider": bool(settings.SOCIALACCOUNT_PROVIDERS),
        },
    )


@require_GET
@never_cache
def export(request: HttpRequest) -> HttpResponse:
    """All of it as one file: the account, and what the person did as the chain tells it (the newest ten thousand acts)."""
    person = signed_in(request)
    response = JsonResponse(_everything(person), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


def _everything(person: User) -> dict[str, Any]:
    return {
        "account": {
            "id": person.pk,
            "name": person.username,
            "email": person.email,
            "roles": sorted(person.roles),
            "body": person.body,
            "operator": person.operator.name if person.operator else None,
            "language": person.language,
            "made_at": person.date_joined,
            "last_sign_in": person.last_login,
        },
        "second_factors": list(Authenticator.objects.filter(user=person).values("type", "created_at", "last_used_at")),
        "identities": list(SocialAccount.objects.filter(user=person).values("provider", "uid", "extra_data", "date_joined", "last_login")),
        "tokens": list(Token.objects.filter(owner=person).values("name", "scopes", "created_at", "expires_at", "used_at", "revoked_at")),
        "invitation": list(Invitation.objects.filter(used_by=person).values("email", "role", "created_at", "used_at")),
        "acts": list(islice(_acts(person), _EXPORTED)),
    }


def _acts(person: User) -> Iterator[Mapping[str, Any]]:
    rows = Entry.objects.filter(actor=person.username).order_by("-seq")
    yield from rows.values("seq", "at", "action", "object").iterator(chunk_size=2000)


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Signs the person out everywhere else."""
    person = signed_in(request)
    people.sign_out_everywhere(person)
    person.refresh_from_db()
    update_session_auth_hash(request, person)
    messages.success(request, say("console.accounts.ended_elsewhere", lang()))
    return redirect("people:me")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """The framework's choice of language, remembered for who is signed in."""
    response: HttpResponse = set_language(request)
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    return response
