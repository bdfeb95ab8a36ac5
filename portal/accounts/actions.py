"""What people do to people, teams and tokens. `by` is a person, or the portal by command."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from portal.accounts import links
from portal.accounts.models import Membership, Person, Purpose, Role, Scope, Team, Token
from portal.accounts.models import token as token_rules
from portal.accounts.roles import Permission, forget_teams, require
from portal.accounts.time_zones import is_time_zone
from portal.audit.actions import Subject, System, record
from portal.lib.errors import Conflict, Forbidden, Invalid

By = Person | System


def person_subject(person: Person) -> Subject:
    return ("person", person.key, person.name)


def team_subject(team: Team) -> Subject:
    return ("team", team.key, str(team))


@transaction.atomic
def create_person(
    *, by: By, email: str, role: str, name: str = "", password: str | None = None
) -> Person:
    """Let somebody in under a role.

    Somebody whom the catalogue names already keeps key and teams and gets the role and the
    password. Without a password nobody can sign in until a link was used to choose one.
    Raises `Conflict` where the address has an account already.
    """
    require(by, Permission.MANAGE_PEOPLE)
    email, role = checked_email(email), checked_role(role)
    person = _known(email)
    before: dict[str, object] | None = None
    if person is None:
        person = Person.objects.create_user(email, name=name or email.partition("@")[0], role=role)
    elif person.has_password:
        raise Conflict(f"{email} has an account already.", context={"key": person.key})
    else:
        before = {"role": person.role, "is_active": person.is_active}
        person.email, person.role, person.is_active = email, role, True
        person.name = name or person.name
        person.save()
    if password is not None:
        _set_password(person, password)
    after = {"email": email, "role": role, "is_active": True}
    record("person.created", by=by, subject=person_subject(person), before=before, after=after)
    return person


def _known(email: str) -> Person | None:
    """Whom the address belongs to: its person, or a catalogue's without any address."""
    found: Person | None = Person.objects.filter(email=email).first()
    if found is None:
        named = Person.objects.filter(email=None, key=email.partition("@")[0], is_sample=False)
        found = named.first()
    elif found.is_sample:
        raise Conflict(f"{email} is the address of a sample person.", context={"key": found.key})
    return found


@transaction.atomic
def change_role(*, by: By, person: Person, role: str) -> Person:
    """Give a person another role. Nobody changes their own, and the last admin stays one."""
    require(by, Permission.MANAGE_PEOPLE)
    role = checked_role(role)
    if isinstance(by, Person) and by.pk == person.pk:
        raise Forbidden("Nobody changes their own role; ask another admin.")
    if role == person.role:
        return person
    if role != Role.ADMIN:
        _keep_an_admin(person)
    before, person.role = person.role, role
    person.save(update_fields=["role"])
    record(
        "person.role_changed",
        by=by,
        subject=person_subject(person),
        before={"role": before},
        after={"role": role},
    )
    return person


@transaction.atomic
def set_active(*, by: By, person: Person, is_active: bool) -> Person:
    """Switch an account off (sessions and tokens stop at once, nothing is lost) or on again."""
    require(by, Permission.MANAGE_PEOPLE)
    if isinstance(by, Person) and by.pk == person.pk:
        raise Forbidden("Nobody switches off their own account; ask another admin.")
    if is_active == person.is_active:
        return person
    if not is_active:
        _keep_an_admin(person)
    person.is_active = is_active
    person.save(update_fields=["is_active"])
    verb = "person.reactivated" if is_active else "person.deactivated"
    record(
        verb,
        by=by,
        subject=person_subject(person),
        before={"is_active": not is_active},
        after={"is_active": is_active},
    )
    return person


def _keep_an_admin(person: Person) -> None:
    """Raise `Conflict` where without this person no real admin would be left."""
    admins = Person.objects.real_admins().select_for_update()
    left = [admin for admin in admins if admin.pk != person.pk]
    if not left and not person.is_sample and person.role == Role.ADMIN and person.is_active:
        raise Conflict("This is the last active admin. Make somebody else an admin first.")


@transaction.atomic
def update_profile(*, by: Person, name: str, time_zone: str) -> Person:
    """Change one's own name and time zone."""
    name = name.strip()
    if not name or len(name) > 200:
        raise Invalid("A name has 1 to 200 characters.", context={"fields": {"name": "is empty"}})
    if time_zone and not is_time_zone(time_zone):
        raise Invalid(
            f"{time_zone} is no time zone.", context={"fields": {"time_zone": "is unknown"}}
        )
    before = {"name": by.name, "time_zone": by.time_zone}
    after = {"name": name, "time_zone": time_zone}
    if before != after:
        by.name, by.time_zone = name, time_zone
        by.save(update_fields=["name", "time_zone"])
        record("person.updated", by=by, subject=person_subject(by), before=before, after=after)
    return by


@transaction.atomic
def set_password(*, by: By, person: Person, password: str) -> Person:
    """Set a password. Every other session of the person ends with it.

    A person sets their own only; commands and one-time links act as the portal or as the person.
    """
    if isinstance(by, Person) and by.pk != person.pk:
        raise Forbidden("A password is chosen by its owner only.")
    _set_password(person, password)
    record("person.password_changed", by=by, subject=person_subject(person))
    return person


@transaction.atomic
def make_password_link(*, by: By, person: Person, now: datetime) -> str:
    """File a link by which the person chooses a password; answers its secret."""
    require(by, Permission.MANAGE_PEOPLE)
    if person.is_sample:
        raise Conflict("Sample people have no password.")
    if not person.is_active:
        raise Conflict(f"The account of {person.name} is switched off.")
    secret = links.make(Purpose.PASSWORD, person=person, now=now)
    record("person.link_made", by=by, subject=person_subject(person))
    return secret


def _set_password(person: Person, password: str) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        sentence = " ".join(error.messages)
        raise Invalid(sentence, context={"fields": {"password": sentence}}) from None
    person.set_password(password)
    person.save(update_fields=["password"])
    links.end(person, now=timezone.now())


@transaction.atomic
def add_member(*, by: By, team: Team, person: Person) -> Membership:
    """Put a person into a team; doing it twice changes nothing."""
    require(by, Permission.MANAGE_TEAMS, team)
    membership, created = Membership.objects.get_or_create(team=team, person=person)
    if created:
        forget_teams(person)
        member = {"person": person.key, "name": person.name}
        record("team.member_added", by=by, subject=team_subject(team), after=member)
    return membership


@transaction.atomic
def remove_member(*, by: By, team: Team, person: Person) -> Team:
    """Take a person out of a team; doing it twice changes nothing."""
    require(by, Permission.MANAGE_TEAMS, team)
    removed, _ = Membership.objects.filter(team=team, person=person).delete()
    if removed:
        forget_teams(person)
        member = {"person": person.key, "name": person.name}
        record("team.member_removed", by=by, subject=team_subject(team), before=member)
    return team


@transaction.atomic
def create_token(
    *, by: By, person: Person, name: str, scopes: Iterable[str], days: int, now: datetime
) -> tuple[Token, str]:
    """Make a personal token; answers it and its secret, which is kept nowhere.

    Nobody makes tokens for somebody else.
    """
    require(by, Permission.OWN_TOKENS)
    if isinstance(by, Person) and by.pk != person.pk:
        raise Forbidden("A token is made by its owner only.")
    name = name.strip()
    if not name or len(name) > 100:
        raise Invalid("A token's name has 1 to 100 characters.", context={"fields": {"name": ""}})
    chosen = [scope.value for scope in Scope if scope.value in set(scopes)]
    if not chosen or len(chosen) != len(set(scopes)):
        known = ", ".join(Scope.values)
        raise Invalid(f"Choose one or more of the scopes {known}.", context={"fields": {}})
    if not 1 <= days <= token_rules.LONGEST.days:
        raise Invalid(f"A token lives for 1 to {token_rules.LONGEST.days} days.")
    secret = token_rules.new_secret()
    token = Token.objects.create(
        person=person,
        name=name,
        prefix=secret[: token_rules.SHOWN],
        digest=token_rules.digest(secret),
        scopes=chosen,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    after = {"scopes": chosen, "expires_at": token.expires_at, "person": person.key}
    record("token.created", by=by, subject=_token_subject(token), after=after)
    return token, secret


@transaction.atomic
def revoke_token(*, by: By, token: Token, now: datetime) -> Token:
    """Stop a token at once. Its owner may, and an admin."""
    if isinstance(by, Person) and by.pk != token.person_id:
        require(by, Permission.MANAGE_TOKENS)
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        token.revoked_at = now
        record("token.revoked", by=by, subject=_token_subject(token))
    return token


def _token_subject(token: Token) -> Subject:
    return ("token", token.prefix, token.name)


def checked_email(email: str) -> str:
    """An e-mail address in lower case, or `Invalid`."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(
            "This is no e-mail address.", context={"fields": {"email": "is no e-mail address"}}
        ) from None
    return email


def checked_role(role: str) -> str:
    if role not in Role.values:
        known = ", ".join(Role.values)
        raise Invalid(f"There is no role {role}; there are {known}.", context={"role": role})
    return role
