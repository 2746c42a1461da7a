"""How the sign-in library behaves in this house: no sign-up, no account by a stranger's word, secrets of second factors sealed."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from mingjian.console.accounts.models import User
from mingjian.console.accounts.sealing import opened, sealed
from mingjian.console.address import address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Signing up happens through an invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  the library's signature
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts nothing: the library counts by name alone, so that anybody could lock anybody out. Axes counts by name and address."""

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Answers in the language that this person chose last."""
        response = cast(HttpResponse, super().post_login(request, user, **details))
        if user.language:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,
                max_age=settings.SESSION_COOKIE_AGE,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite="Lax",
            )
        return response


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library has no types
    """A person of an identity provider signs in to the account that an invitation made, and to no other."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002  the library's signature
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connects the identity with the one account whose invitation went to an address that the provider has verified.

        The address of an account is the inviter's choice and nobody can change it by themselves."""
        if sociallogin.is_existing or sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        verified = {row.email.lower() for row in sociallogin.email_addresses if row.verified and row.email}
        if len(verified) != 1:
            return
        people = list(User.objects.filter(email__iexact=verified.pop(), is_active=True)[:2])
        if len(people) == 1:
            sociallogin.connect(request, people[0])


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    """The secrets of second factors are stored encrypted."""

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def encrypt(self, text: str) -> str:
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        return opened(encrypted_text)
