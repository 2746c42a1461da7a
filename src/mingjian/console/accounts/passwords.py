"""What a name and a password must be."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from mingjian.console.accounts.models import User
from mingjian.console.refused import RefusedError


def checked_name(name: str) -> str:
    """The name, if an account may have it. Raises `RefusedError` for one that is taken, in any case of its letters, or has signs that
    names do not have."""
    name = User.normalize_username(name.strip())
    try:
        User._meta.get_field("username").run_validators(name)
    except ValidationError as error:
        raise RefusedError("console.accounts.refused.name") from error
    if not name or User.objects.filter(username__iexact=name).exists():
        raise RefusedError("console.accounts.refused.name")
    return name


def checked_password(password: str, user: User) -> str:
    """The password, if the house's rules allow it for that person. Raises `RefusedError` with the rules' own words."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise RefusedError("console.accounts.refused.password", why=" ".join(error.messages)) from error
    return password
