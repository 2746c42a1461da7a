"""People and their invitations."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from mingjian.console import clock


class User(AbstractUser):
    """Somebody who signs in. Roles are groups; an operator's person belongs to one `operator` and to no house role.

    `body` limits a person of the house to what that issuing body does; empty means the whole house. A new `epoch` ends every session.
    """

    operator = models.ForeignKey("market.Operator", null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    body = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=8, blank=True)
    epoch = models.PositiveIntegerField(default=0)

    class Meta(AbstractUser.Meta):
        constraints = [models.UniqueConstraint(Lower("username"), name="one_name_in_any_case")]

    @property
    def roles(self) -> frozenset[str]:
        """The roles, of `access.ROLES`, that this person holds; read once a request."""
        found: frozenset[str] | None = self.__dict__.get("_roles")
        if found is None:
            found = frozenset(self.groups.values_list("name", flat=True)) if self.is_active else frozenset()
            self.__dict__["_roles"] = found
        return found

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session carries of the account: it ends when the password or the epoch changes."""
        return salted_hmac("mingjian.console.session", f"{self.password} {self.epoch}", secret=secret, algorithm="sha256").hexdigest()


class Invitation(models.Model):
    """A link, good once and for a time, by which an operator's person or a colleague makes an account. Only its digest is kept."""

    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    role = models.CharField(max_length=20)
    operator = models.ForeignKey("market.Operator", null=True, blank=True, on_delete=models.CASCADE)
    body = models.CharField(max_length=40, blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"])]

    @property
    def ended(self) -> bool:
        """Whether nobody can use it any more."""
        return self.used_at is not None or self.expires_at <= clock.now()
