"""Signing in: wrong passwords lock a name for an address and nobody else, the chain tells what happened, sessions end when they should."""

import re
import time
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client, override_settings

from mingjian.console.accounts import people
from mingjian.console.accounts.models import User
from mingjian.console.audit.models import Entry
from tests.console.conftest import PASSWORD

LOGIN = "/accounts/login/"


def _try(client: Client, name: str, password: str, **meta: str) -> int:
    return client.post(LOGIN, {"login": name, "password": password}, **meta).status_code


def _actions() -> list[str]:
    return list(Entry.objects.order_by("seq").values_list("action", flat=True))


def _code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_who_knows_the_password_is_in_and_the_chain_tells_so(person: Callable[..., User], client: Client) -> None:
    person("inspector")
    assert _try(client, "inspector", PASSWORD) == 302
    assert client.get("/people/me/").status_code == 200
    assert _actions() == ["account.signed_in"]


def test_five_wrong_passwords_lock_the_name_for_that_address_only(person: Callable[..., User], client: Client) -> None:
    person("inspector")
    for number in range(5):
        # Another case of the letters is the same name, another browser the same address.
        _try(client, "inspector" if number % 2 else "INSPECTOR", "wrong password", HTTP_USER_AGENT=str(number), REMOTE_ADDR="192.0.2.7")
    assert _try(client, "inspector", PASSWORD, REMOTE_ADDR="192.0.2.7") == 429
    assert _try(client, "Inspector", PASSWORD, REMOTE_ADDR="192.0.2.7") == 429
    assert _actions() == ["account.sign_in_failed"] * 4 + ["account.locked_out"]
    assert "192.0.2.7" not in str(list(Entry.objects.values()))
    assert _try(client, "inspector", PASSWORD, REMOTE_ADDR="198.51.100.1") == 302


def test_a_forged_header_is_not_another_address(person: Callable[..., User], client: Client) -> None:
    person("inspector")
    for number in range(5):
        _try(client, "inspector", "wrong password", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert _try(client, "inspector", PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.99") == 429


def test_behind_a_proxy_the_address_is_what_the_proxy_saw(person: Callable[..., User], client: Client) -> None:
    person("inspector")
    with override_settings(TRUSTED_PROXIES=1):
        for number in range(5):
            _try(client, "inspector", "wrong password", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 192.0.2.9")
        assert _try(client, "inspector", PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.99, 192.0.2.9") == 429
        assert _try(client, "inspector", PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.9, 203.0.113.99") == 302


def test_a_name_that_nobody_has_is_locked_alike_and_not_written_down(db: None, client: Client) -> None:
    statuses = [_try(client, "my-secret-password", "wrong password") for _ in range(6)]
    assert statuses[-1] == 429
    assert "my-secret-password" not in "".join(str(row) for row in Entry.objects.values_list("actor", "object", "body"))


def test_a_new_session_begins_with_signing_in(person: Callable[..., User], client: Client) -> None:
    person("inspector")
    client.cookies["sessionid"] = "0" * 32
    _try(client, "inspector", PASSWORD)
    assert client.cookies["sessionid"].value != "0" * 32


def test_signing_out_everywhere_ends_the_other_sessions_and_keeps_this_one(
    person: Callable[..., User], signed_in: Callable[[User], Client]
) -> None:
    user = person("inspector")
    here, there = signed_in(user), signed_in(user)
    assert here.post("/people/me/sessions").status_code == 302
    assert here.get("/people/me/").status_code == 200
    assert there.get("/people/me/").status_code == 302


def test_a_closed_account_is_out_at_once(person: Callable[..., User], signed_in: Callable[[User], Client], client: Client) -> None:
    user, administrator = person("inspector"), person("administrator")
    session = signed_in(user)
    people.deactivate(administrator, user)
    assert session.get("/people/me/").status_code == 302
    _try(client, "inspector", PASSWORD)
    assert client.get("/people/me/").status_code == 302
    people.reactivate(administrator, user)
    assert session.get("/people/me/").status_code == 302, "an old session must not come back to life"


@pytest.mark.parametrize("role", ["inspector", "reviewer", "publisher", "auditor", "administrator"])
def test_nobody_of_the_house_gets_past_without_a_second_factor(
    role: str, person: Callable[..., User], signed_in: Callable[[User], Client]
) -> None:
    session = signed_in(person(role))
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        answer = session.get("/people/me/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/2fa/totp/activate/")
        assert session.get("/people/me/data.json").status_code == 302
        assert session.post("/people/me/sessions").status_code == 302
    assert session.get("/people/me/").status_code == 200


def test_an_operators_person_needs_none(person: Callable[..., User], signed_in: Callable[[User], Client]) -> None:
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        assert signed_in(person("operator")).get("/people/me/").status_code == 200


def test_the_second_factor_is_set_up_in_the_pages_and_asked_at_the_next_sign_in(person: Callable[..., User], client: Client) -> None:
    user = person("inspector")
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        _try(client, "inspector", PASSWORD)
        asked = client.get("/accounts/2fa/totp/activate/").headers["Location"]
        assert client.post(asked, {"password": PASSWORD}).status_code == 302
        form = client.get("/accounts/2fa/totp/activate/")
        found = re.search(r'value="([A-Z2-7]{16,})"', form.content.decode())
        assert found
        assert client.post("/accounts/2fa/totp/activate/", {"code": _code(found.group(1))}).status_code == 302
        assert client.get("/people/me/").status_code == 200
        client.logout()
        assert _try(client, "inspector", PASSWORD) == 302
        assert client.get("/people/me/").status_code == 302, "the password alone must not do"
        assert "Two-Factor" in client.get("/accounts/2fa/authenticate/", headers={"accept-language": "en"}).content.decode()
        assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
        assert client.get("/people/me/").status_code == 302
    assert "account.second_factor_added" in _actions()
    stored = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert found.group(1) not in stored, "the secret must not stand in the database as it is"


def test_codes_cannot_be_guessed_at_will(person: Callable[..., User], client: Client) -> None:
    user = person("inspector")
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    _try(client, "inspector", PASSWORD)
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client.post("/accounts/2fa/authenticate/", {"code": _code(secret)})
    assert client.get("/people/me/").status_code == 302


def test_the_language_that_a_person_chose_comes_back_at_the_next_sign_in(person: Callable[..., User], client: Client) -> None:
    person("inspector")
    _try(client, "inspector", PASSWORD)
    client.post("/language/", {"language": "en", "next": "/"})
    elsewhere = Client()
    _try(elsewhere, "inspector", PASSWORD)
    assert "My account" in elsewhere.get("/people/me/").content.decode()


@pytest.mark.parametrize(("language", "words"), [("zh-hans", ("登录", "用户名", "密码")), ("en", ("Sign in", "Username", "Password"))])
def test_the_sign_in_page_reads_in_both_languages(db: None, client: Client, language: str, words: tuple[str, ...]) -> None:
    client.post("/language/", {"language": language, "next": "/"})
    page = client.get(LOGIN).content.decode()
    assert all(word in page for word in words)
    assert "console.css" in page


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/email/", "/accounts/password/reset/", "/accounts/social/signup/"])
def test_pages_of_the_library_that_the_house_does_not_use_are_closed(
    path: str, person: Callable[..., User], signed_in: Callable[[User], Client]
) -> None:
    assert signed_in(person("administrator")).get(path).status_code in {403, 404}


def test_the_sign_in_page_leads_to_no_closed_page(db: None, client: Client) -> None:
    page = client.get(LOGIN).content.decode()
    assert "password/reset" not in page
    assert "signup" not in page
