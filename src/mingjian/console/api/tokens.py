"""Keys of programs. A key is told once, ends by itself, and opens what its owner may do and its scopes name, never more."""

import hashlib
import secrets
from datetime import timedelta

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction

from mingjian.console import clock
from mingjian.console.access import OPERATOR
from mingjian.console.accounts.models import User
from mingjian.console.api.models import Token
from mingjian.console.audit.chain import record
from mingjian.console.refused import RefusedError

SCOPES = (
    "inspections:read",
    "inspections:write",
    "decisions:write",
    "conclusions:write",
    "findings:read",
    "cases:read",
    "cases:write",
    "notices:write",
    "figures:read",
)
"""What a key may be good for. Complaints have none: no program reads what citizens wrote."""
MOST_DAYS = 365
MOST_KEYS = 20
_PREFIX = "mj_"
_NOTED_AGAIN = timedelta(minutes=1)


def make(owner: User, name: str, scopes: frozenset[str], days: int) -> tuple[Token, str]:
    """A new key and its secret, which is told here and never again. Raises `RefusedError`."""
    if not scopes or not scopes <= set(SCOPES) or not name.strip() or not 1 <= days <= MOST_DAYS:
        raise RefusedError("console.api.refused.token")
    secret = _PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)
        if Token.objects.filter(owner=owner, revoked_at=None, expires_at__gt=clock.now()).count() >= MOST_KEYS:
            raise RefusedError("console.api.refused.too_many", most=MOST_KEYS)
        token = Token.objects.create(
            name=name.strip()[:80],
            digest=_digest(secret),
            owner=owner,
            scopes=sorted(scopes),
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=days),
        )
        record("token.made", f"token:{token.pk}", actor=owner.username, scopes=token.scopes, days=days)
    return token, secret


def revoke(token: Token, by: User) -> None:
    """Ends a key at once."""
    with transaction.atomic():
        if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now()):
            record("token.revoked", f"token:{token.pk}", actor=by.username)


def find(secret: str) -> Token | None:
    """The key of that secret, if it still holds and its owner may work; its use is noted once a minute at most."""
    if not secret.startswith(_PREFIX) or len(secret) > 100:
        return None
    now = clock.now()
    token = Token.objects.select_related("owner").filter(digest=_digest(secret), revoked_at=None, expires_at__gt=now).first()
    if token is None or not token.owner.is_active:
        return None
    if settings.SECOND_FACTOR_REQUIRED and token.owner.roles - {OPERATOR} and not is_mfa_enabled(token.owner):
        return None
    if token.used_at is None or token.used_at <= now - _NOTED_AGAIN:
        Token.objects.filter(pk=token.pk).update(used_at=now)
    return token


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
