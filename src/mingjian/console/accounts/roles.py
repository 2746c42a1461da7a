"""Giving roles."""

from django.contrib.auth.models import Group

from mingjian.console.access import ADMINISTRATOR, AUDITOR, INSPECTOR, PUBLISHER, REVIEWER
from mingjian.console.accounts.models import User

HOUSE_ROLES = (INSPECTOR, REVIEWER, PUBLISHER, AUDITOR, ADMINISTRATOR)
"""The roles of those who work in the house; nobody has one of these and is an operator's person too."""


def give(user: User, *roles: str) -> None:
    """Makes these the person's roles, and no others."""
    user.groups.set(Group.objects.filter(name__in=roles))
    user.__dict__.pop("_roles", None)
