"""Signing in and out, failures, lock-outs and second factors go into the chain, whichever library did them."""

from typing import Any
from urllib.parse import quote

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from allauth.socialaccount.signals import social_account_added, social_account_removed
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.cache import cache
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from mingjian.console.accounts.lockout import name
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record

PUBLIC = "public"
"""The actor of what somebody did without an account."""

_ACTS = {
    password_changed: "account.password_changed",
    password_set: "account.password_changed",
    password_reset: "account.password_changed",
    authentication_failed: "account.second_factor_failed",
    social_account_added: "account.identity_connected",
    social_account_removed: "account.identity_removed",
}


@receiver(user_logged_in)
def signed_in(user: User, **_: Any) -> None:
    """Somebody signed in."""
    record("account.signed_in", f"user:{user.pk}", actor=user.username)


@receiver(user_logged_out)
def signed_out(user: User | None, **_: Any) -> None:
    """Somebody signed out."""
    if user is not None:
        record("account.signed_out", f"user:{user.pk}", actor=user.username)


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """A password was wrong. A name that no account has is not kept: people type passwords into the wrong field. Nor is the address: an
    entry stays for ever, while the lock-out keeps the address for a day."""
    if request is None or getattr(request, "axes_locked_out", False):
        return
    user = User.objects.filter(username__iexact=name(request, credentials)).first()
    record("account.sign_in_failed", f"user:{user.pk}" if user else "", actor=PUBLIC)


@receiver(user_locked_out)
def locked_out(username: str, ip_address: str, **_: Any) -> None:
    """A name was closed to an address. Told once for each time that it is closed, however often it is tried meanwhile."""
    if cache.add(f"locked:{ip_address}:{quote(username or '')[:150]}", value=True, timeout=int(settings.AXES_COOLOFF_TIME * 3600)):
        user = User.objects.filter(username__iexact=username or "").first()
        record("account.locked_out", f"user:{user.pk}" if user else "", actor=PUBLIC)


@receiver(post_save, sender=Authenticator)
def factor_added(instance: Authenticator, *, created: bool, **_: Any) -> None:
    """A second factor or a set of recovery codes was made; in the same transaction, which the library's own signal is not."""
    if created:
        record("account.second_factor_added", f"user:{instance.user_id}", actor=instance.user.username, type=instance.type)


@receiver(post_delete, sender=Authenticator)
def factor_removed(instance: Authenticator, **_: Any) -> None:
    """A second factor or a set of recovery codes was removed."""
    record("account.second_factor_removed", f"user:{instance.user_id}", type=instance.type)


def _note(action: str) -> Any:
    def note(user: User | None = None, sociallogin: Any = None, socialaccount: Any = None, **_: Any) -> None:
        person = user or (sociallogin.user if sociallogin else socialaccount.user)
        record(action, f"user:{person.pk}", actor=person.username)

    return note


def connect() -> None:
    """Connects what the libraries tell with the chain."""
    for signal, action in _ACTS.items():
        signal.connect(_note(action), weak=False, dispatch_uid=action + str(id(signal)))
