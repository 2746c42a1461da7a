"""Invitations: the only way to an account. A link is told once, works once and ends by itself; the table holds its digest."""

import hashlib
import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from mingjian.console import clock
from mingjian.console.access import ADMINISTRATOR, INSPECTOR, OPERATOR
from mingjian.console.accounts.models import Invitation, User
from mingjian.console.accounts.passwords import checked_name, checked_password
from mingjian.console.accounts.roles import HOUSE_ROLES, give
from mingjian.console.audit.chain import record
from mingjian.console.cases.deadlines import regulators
from mingjian.console.cases.models import Case
from mingjian.console.market.models import Operator
from mingjian.console.refused import RefusedError

GOOD_FOR = timedelta(days=7)


def may_invite(inviter: User) -> tuple[str, ...]:
    """The roles to which this person may invite."""
    if ADMINISTRATOR in inviter.roles:
        return (*HOUSE_ROLES, OPERATOR)
    return (OPERATOR,) if INSPECTOR in inviter.roles else ()


def operators_for(inviter: User) -> Q:
    """Which operators' people this person may invite: an administrator all, an inspector those of cases that he may see."""
    if ADMINISTRATOR in inviter.roles:
        return Q()
    return Q(pk__in=Case.objects.visible_to(inviter).values("operator"))


def invite(inviter: User, email: str, role: str, *, operator: Operator | None = None, body: str = "") -> tuple[Invitation, str]:
    """Makes an invitation and the secret of its link, which is told here and never again.

    Raises `RefusedError` when the inviter may not give that role or invite that operator's people, or the address has an account."""
    if role not in may_invite(inviter):
        raise RefusedError("console.accounts.refused.role")
    if (role == OPERATOR) != (operator is not None) or (role == OPERATOR and body):
        raise RefusedError("console.accounts.refused.operator_needed")
    if operator is not None and not Operator.objects.filter(operators_for(inviter), pk=operator.pk).exists():
        raise RefusedError("console.accounts.refused.operator")
    if body and body not in regulators():
        raise RefusedError("console.accounts.refused.unknown_body")
    if inviter.body and role != OPERATOR and body != inviter.body:
        raise RefusedError("console.accounts.refused.body")
    try:
        validate_email(email)
    except ValidationError as error:
        raise RefusedError("console.accounts.refused.email") from error
    if User.objects.filter(email__iexact=email).exists():
        raise RefusedError("console.accounts.refused.email_taken")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            digest=_digest(token),
            email=email,
            role=role,
            operator=operator,
            body=body,
            invited_by=inviter,
            created_at=clock.now(),
            expires_at=clock.now() + GOOD_FOR,
        )
        record(
            "account.invited",
            f"invitation:{invitation.pk}",
            actor=inviter.username,
            role=role,
            body=body,
            operator=operator.pk if operator else None,
        )
    return invitation, token


def pending(token: str) -> Invitation | None:
    """The invitation of a link, if it still holds."""
    return Invitation.objects.filter(digest=_digest(token), used_at=None, expires_at__gt=clock.now(), invited_by__is_active=True).first()


def accept(token: str, name: str, password: str) -> User:
    """Makes the account: role, operator and body are what the inviter fixed. Raises `RefusedError`; the link is used up by success only."""
    with transaction.atomic():
        invitation = (
            Invitation.objects.select_for_update(of=("self",))
            .select_related("invited_by")
            .filter(digest=_digest(token), used_at=None, expires_at__gt=clock.now(), invited_by__is_active=True)
            .first()
        )
        # The inviter may have lost the right since.
        if invitation is None or invitation.role not in may_invite(invitation.invited_by):
            raise RefusedError("console.accounts.refused.invitation")
        user = User(username=checked_name(name), email=invitation.email, operator=invitation.operator, body=invitation.body)
        user.set_password(checked_password(password, user))
        user.save()
        give(user, invitation.role)
        invitation.used_at, invitation.used_by = clock.now(), user
        invitation.save(update_fields=["used_at", "used_by"])
        record("account.made", f"user:{user.pk}", actor=user.username, invitation=invitation.pk, role=invitation.role)
    return user


def withdraw(by: User, invitation: Invitation) -> None:
    """Ends an invitation that nobody has used; by who sent it, or by an administrator."""
    if invitation.invited_by_id != by.pk and ADMINISTRATOR not in by.roles:
        raise RefusedError("console.accounts.refused.role")
    with transaction.atomic():
        changed = Invitation.objects.filter(pk=invitation.pk, used_at=None, expires_at__gt=clock.now()).update(expires_at=clock.now())
        if not changed:
            raise RefusedError("console.accounts.refused.invitation", conflict=True)
        record("account.invitation_withdrawn", f"invitation:{invitation.pk}", actor=by.username)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
