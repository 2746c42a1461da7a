"""Forms about accounts. They read the request; what is allowed is decided by the functions they lead to."""

from typing import Any

from django import forms

from mingjian.console.accounts.invitations import may_invite, operators_for
from mingjian.console.accounts.models import User
from mingjian.console.accounts.roles import HOUSE_ROLES
from mingjian.console.cases.deadlines import regulators
from mingjian.console.market.models import Operator
from mingjian.console.pages.context import lang
from mingjian.console.pages.forms import label
from mingjian.model.texts import say


def roles_in_words(roles: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Roles as the choices of a field."""
    return [(role, label(f"console.accounts.role.{role}")) for role in roles]


def _bodies_in_words() -> list[tuple[str, str]]:
    return [("", say("console.accounts.any_body", lang())), *((id, body.name.of(lang())) for id, body in regulators().items())]


def _body_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label("console.accounts.body"), help_text=label("console.accounts.body_help"), required=False, choices=_bodies_in_words
    )


class InviteForm(forms.Form):
    """An invitation; the roles and operators are those that the inviter may give."""

    email = forms.EmailField(label=label("console.accounts.email"), max_length=254)
    role = forms.ChoiceField(label=label("console.accounts.role"))
    operator = forms.CharField(
        label=label("console.accounts.operator"), help_text=label("console.accounts.operator_help"), required=False, max_length=200
    )
    body = _body_field()

    def __init__(self, *args: Any, inviter: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._inviter = inviter
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = roles_in_words(may_invite(inviter))

    def clean_operator(self) -> Operator | None:
        """The operator of that name, among those whose people the inviter may invite."""
        name = self.cleaned_data["operator"].strip()
        if not name:
            return None
        found = Operator.objects.filter(operators_for(self._inviter), name=name).first()
        if found is None:
            raise forms.ValidationError(label("console.accounts.refused.operator"))
        return found


class AcceptForm(forms.Form):
    """The name and the password that an invited person chooses."""

    name = forms.CharField(
        label=label("console.accounts.name"),
        help_text=label("console.accounts.name_help"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=label("console.accounts.password"),
        help_text=label("console.accounts.password_help"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class RolesForm(forms.Form):
    """The roles and the body of somebody of the house."""

    roles = forms.MultipleChoiceField(
        label=label("console.accounts.roles"), choices=roles_in_words(HOUSE_ROLES), widget=forms.CheckboxSelectMultiple
    )
    body = _body_field()


class PeopleFilter(forms.Form):
    """The filters of the list of people."""

    name = forms.CharField(label=label("console.accounts.name"), required=False, max_length=150)
    role = forms.ChoiceField(
        label=label("console.accounts.role"),
        required=False,
        choices=[("", label("console.accounts.any")), *roles_in_words((*HOUSE_ROLES, "operator"))],
    )
