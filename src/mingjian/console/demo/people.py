"""The people of the demo: one of every role, and one of each operator that has a case. They have no password but the demo's own."""

from functools import cache
from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from mingjian.console.access import OPERATOR
from mingjian.console.accounts.models import User
from mingjian.console.accounts.roles import HOUSE_ROLES, give
from mingjian.console.audit.chain import record
from mingjian.console.home import secret
from mingjian.console.market.models import Operator


class DemoBackend(ModelBackend):
    """Lets the demo's people in with the password that the demo tells when it starts. In a console that is no demo it lets nobody in, and
    the accounts have no password of their own."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any) -> User | None:  # noqa: ARG002  the framework passes the request
        """The person of that name, when this is the demo and the password is the demo's."""
        if not settings.DEMO or username is None or not compare_digest((password or "").encode(), demo_password().encode()):
            return None
        user = User.objects.filter(username=username).first()
        return user if user is not None and not user.has_usable_password() and self.user_can_authenticate(user) else None


@cache
def demo_password() -> str:
    """The password of all of the demo's people, different in every folder that holds a demo."""
    letters = secret("demo")[:12]
    return "-".join(letters[at : at + 4] for at in range(0, 12, 4))


def make_house() -> dict[str, User]:
    """One person of every role of the house, by the name of the role."""
    return {role: _person(role, role) for role in HOUSE_ROLES}


def person_of(operator: Operator) -> User:
    """The person who answers for an operator; made when there is none yet. The first is called `operator`, as the roles are."""
    known = User.objects.filter(operator=operator).first()
    if known is not None:
        return known
    name = OPERATOR if not User.objects.filter(username=OPERATOR).exists() else f"{OPERATOR}-{operator.pk}"
    return _person(name, OPERATOR, operator)


def _person(name: str, role: str, operator: Operator | None = None) -> User:
    user = User(username=name, operator=operator)
    user.set_unusable_password()
    user.save()
    give(user, role)
    record("account.synthetic", f"user:{user.pk}", role=role)
    return user
