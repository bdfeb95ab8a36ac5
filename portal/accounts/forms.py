"""The forms of sign-in, one's own account, and the people page."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.http import HttpRequest, QueryDict

from portal.accounts.models import Person, Role, Scope
from portal.accounts.models.token import LONGEST
from portal.accounts.time_zones import time_zones
from portal.lib.errors import PortalError

LIVES = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (LONGEST.days, "365 days")]


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the data of a POST, even of an empty one, else nothing."""
    return request.POST if request.method == "POST" else None


def add_error(form: forms.Form, error: PortalError) -> None:
    """Show an action's refusal: at the fields it names, else above the form."""
    fields = error.context.get("fields")
    named = [name for name in fields if name in form.fields] if isinstance(fields, dict) else []
    for name in named or [None]:
        form.add_error(name, error.message)


class SignInForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class _NewPassword(forms.Form):
    """A password typed twice."""

    password = forms.CharField(
        label="New password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="The same again",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: Person | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        password = data.get("password")
        if password and data.get("again") and password != data["again"]:
            self.add_error("again", "The two passwords differ.")
        elif password:
            try:
                validate_password(password, self.person or self._person_to_be(data))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data

    def _person_to_be(self, data: dict[str, Any]) -> Person:
        return Person(name=data.get("name", ""), email=data.get("email"))


class ChoosePasswordForm(_NewPassword):
    """The page behind a one-time link."""


class ChangePasswordForm(_NewPassword):
    current = forms.CharField(
        label="Current password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["current", "password", "again"]

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        assert self.person is not None
        if not self.person.check_password(current):
            raise forms.ValidationError("This is not your current password.")
        return current


class FirstAdminForm(_NewPassword):
    name = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    field_order = ["name", "email", "password", "again"]


class ProfileForm(forms.Form):
    name = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    time_zone = forms.ChoiceField(required=False, label="Time zone")

    def __init__(self, *args: Any, default_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(zone, zone.replace("_", " ")) for zone in time_zones()]
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", f"The portal's ({default_zone})"), *zones]


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=100,
        help_text="What it is for, so that you know later what breaks when it goes.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, initial=[Scope.READ], widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(
        label="Lives for",
        choices=LIVES,
        coerce=int,
        initial=90,
    )


class PersonForm(forms.Form):
    """Somebody new."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        choices=Role.choices,
        initial=Role.ENGINEER,
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class MembershipForm(forms.Form):
    team = forms.CharField(
        max_length=130,
        label="Key of the team",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
