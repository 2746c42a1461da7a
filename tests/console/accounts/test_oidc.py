"""Signing in by the house's identity provider, with a real one: only into an account that an invitation made.

Never by an address that the provider has not verified."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client, override_settings
from oidc_provider_mock import User as Identity
from oidc_provider_mock import run_server_in_thread

from mingjian.console.accounts.models import User
from mingjian.console.audit.models import Entry

IDENTITIES = (
    Identity(sub="li", claims={"email": "li@example.com", "email_verified": True}),
    Identity(sub="unverified", claims={"email": "li@example.com", "email_verified": False}),
    Identity(sub="silent", claims={"email": "li@example.com"}),
    Identity(sub="stranger", claims={"email": "stranger@example.com", "email_verified": True}),
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread(user_claims=IDENTITIES) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def provider(issuer: str) -> Iterator[None]:
    app = {
        "provider_id": "house",
        "name": "House",
        "client_id": "mingjian",
        "secret": "not much of a secret",
        "settings": {"server_url": f"{issuer}/.well-known/openid-configuration"},
    }
    with override_settings(SOCIALACCOUNT_PROVIDERS={"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}):
        yield


@pytest.fixture
def li(person: Callable[..., User]) -> User:
    user = person("inspector", name="li")
    user.email = "Li@example.com"
    user.save()
    return user


def _sign_in(client: Client, identity: str, process: str = "login") -> int:
    """Goes the whole way: our form, the provider's page, back to us; the status of what came last."""
    begun = client.post(f"/accounts/oidc/house/login/?process={process}")
    assert begun.status_code == 302
    with httpx.Client(follow_redirects=False) as browser:
        answer = browser.post(begun.headers["Location"], data={"sub": identity})
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/accounts/oidc/house/login/callback/"
    return client.get(f"{back.path}?{back.query}").status_code


def test_a_verified_address_leads_to_the_account_that_was_invited_under_it(li: User, client: Client) -> None:
    _sign_in(client, "li")
    assert client.get("/people/me/data.json").json()["account"]["name"] == "li"
    assert SocialAccount.objects.get().user == li
    assert {"account.identity_connected", "account.signed_in"} <= set(Entry.objects.values_list("action", flat=True))
    again = Client()
    _sign_in(again, "li")
    assert again.get("/people/me/").status_code == 200
    assert User.objects.count() == 1


@pytest.mark.parametrize("identity", ["unverified", "silent", "stranger"])
def test_no_other_address_leads_anywhere(identity: str, li: User, client: Client) -> None:
    assert _sign_in(client, identity) == 200
    assert client.get("/people/me/").status_code == 302
    assert (SocialAccount.objects.count(), User.objects.count()) == (0, 1)


def test_a_closed_account_is_not_opened_by_the_provider(li: User, client: Client) -> None:
    User.objects.filter(pk=li.pk).update(is_active=False)
    _sign_in(client, "li")
    assert client.get("/people/me/").status_code == 302


def test_two_accounts_with_one_address_are_left_alone(li: User, person: Callable[..., User], client: Client) -> None:
    other = person("auditor")
    User.objects.filter(pk=other.pk).update(email="li@example.com")
    _sign_in(client, "li")
    assert client.get("/people/me/").status_code == 302


def test_who_is_signed_in_connects_an_identity_by_hand(li: User, signed_in: Callable[[User], Client]) -> None:
    session = signed_in(li)
    _sign_in(session, "stranger", "connect")
    assert SocialAccount.objects.get().user == li
    elsewhere = Client()
    _sign_in(elsewhere, "stranger")
    assert elsewhere.get("/people/me/").status_code == 200


def test_an_answer_that_nobody_asked_for_is_refused(li: User, client: Client) -> None:
    answer = client.get("/accounts/oidc/house/login/callback/?code=x&state=forged")
    assert client.get("/people/me/").status_code == 302
    assert answer.status_code in {200, 401, 403}
    assert SocialAccount.objects.count() == 0


def test_the_way_begins_with_a_form_of_ours(li: User, client: Client) -> None:
    assert client.get("/accounts/oidc/house/login/").status_code == 200, "a link from elsewhere must not sign anybody in"
    assert Client(enforce_csrf_checks=True).post("/accounts/oidc/house/login/").status_code == 403
