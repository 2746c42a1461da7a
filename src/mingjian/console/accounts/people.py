"""What an administrator may do to an account. Nobody changes their own roles, and the house keeps an administrator."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from mingjian.console import clock
from mingjian.console.access import ADMINISTRATOR
from mingjian.console.accounts.models import User
from mingjian.console.accounts.roles import HOUSE_ROLES, give
from mingjian.console.api.models import Token
from mingjian.console.audit.chain import record
from mingjian.console.cases.deadlines import regulators
from mingjian.console.refused import RefusedError


def change_roles(by: User, person: User, roles: frozenset[str], body: str) -> None:
    """Gives somebody of the house these roles and that body, and ends their sessions when anything changed.

    Raises `RefusedError` for one's own roles, for an operator's person, for a body that is none, and for the last administrator."""
    _administrator(by)
    if person.pk == by.pk:
        raise RefusedError("console.accounts.refused.oneself")
    if person.operator_id is not None or not roles or not roles <= set(HOUSE_ROLES):
        raise RefusedError("console.accounts.refused.role")
    if body and body not in regulators():
        raise RefusedError("console.accounts.refused.unknown_body")
    with transaction.atomic():
        _keep_an_administrator(person, stays=ADMINISTRATOR in roles)
        before = sorted(person.roles), person.body
        if before == (sorted(roles), body):
            return
        give(person, *roles)
        User.objects.filter(pk=person.pk).update(body=body, epoch=F("epoch") + 1)
        record(
            "account.roles", f"user:{person.pk}", actor=by.username,
            before=before[0], after=sorted(roles), body_before=before[1], body_after=body,
        )  # fmt: skip


def deactivate(by: User, person: User) -> None:
    """Closes an account: every session ends, every token of a program is revoked. What the person did stays under their name."""
    _administrator(by)
    if person.pk == by.pk:
        raise RefusedError("console.accounts.refused.oneself")
    with transaction.atomic():
        _keep_an_administrator(person, stays=False)
        if not User.objects.filter(pk=person.pk, is_active=True).update(is_active=False, epoch=F("epoch") + 1):
            return
        Token.objects.filter(owner=person, revoked_at=None).update(revoked_at=clock.now())
        record("account.deactivated", f"user:{person.pk}", actor=by.username)


def reactivate(by: User, person: User) -> None:
    """Opens a closed account again, with the roles it had; revoked tokens stay revoked."""
    _administrator(by)
    with transaction.atomic():
        if User.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
            record("account.reactivated", f"user:{person.pk}", actor=by.username)


def recover(by: User, person: User, *, second_factor: bool) -> str:
    """A path, good once and for a time, by which somebody sets a new password; told here and never again.

    `second_factor` also removes the second factor, for who has lost it with its recovery codes. Every session ends."""
    _administrator(by)
    if person.pk == by.pk or not person.is_active:
        raise RefusedError("console.accounts.refused.oneself")
    with transaction.atomic():
        if second_factor:
            Authenticator.objects.filter(user=person).delete()
        User.objects.filter(pk=person.pk).update(epoch=F("epoch") + 1)
        record("account.recovery", f"user:{person.pk}", actor=by.username, second_factor=second_factor)
    key = default_token_generator.make_token(person)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})


def sign_out_everywhere(person: User) -> None:
    """Ends every session of that person."""
    with transaction.atomic():
        User.objects.filter(pk=person.pk).update(epoch=F("epoch") + 1)
        record("account.signed_out_everywhere", f"user:{person.pk}", actor=person.username)


def _administrator(by: User) -> None:
    if ADMINISTRATOR not in by.roles:
        raise RefusedError("console.accounts.refused.role")


def _keep_an_administrator(person: User, *, stays: bool) -> None:
    """Two administrators who remove each other at the same time wait here for each other."""
    Group.objects.select_for_update().get(name=ADMINISTRATOR)
    others = User.objects.filter(groups__name=ADMINISTRATOR, is_active=True).exclude(pk=person.pk)
    if not stays and ADMINISTRATOR in person.roles and not others.exists():
        raise RefusedError("console.accounts.refused.last_administrator")
