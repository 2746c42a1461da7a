"""The first administrator, whom nobody can invite."""

from django.contrib.auth.models import Group
from django.db import transaction

from mingjian.console.access import ADMINISTRATOR
from mingjian.console.accounts.models import User
from mingjian.console.accounts.passwords import checked_name, checked_password
from mingjian.console.accounts.roles import give
from mingjian.console.audit.chain import record
from mingjian.console.refused import RefusedError


def make(name: str, password: str) -> User:
    """Makes the first administrator. Raises `RefusedError` when there is an active one, who then invites everybody else."""
    with transaction.atomic():
        Group.objects.select_for_update().get(name=ADMINISTRATOR)
        if User.objects.filter(groups__name=ADMINISTRATOR, is_active=True).exists():
            raise RefusedError("console.accounts.refused.not_first")
        user = User(username=checked_name(name))
        user.set_password(checked_password(password, user))
        user.save()
        give(user, ADMINISTRATOR)
        record("account.first_administrator", f"user:{user.pk}")
    return user
