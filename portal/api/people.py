"""Who I am, and who is who: `/me`, `/me/tokens`, `/people`."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Query, Router, Schema

from portal.accounts.models import Person, Role, Scope, Token
from portal.api.pages import Page, PageQuery, page
from portal.lib.errors import NotFound

router = Router()


class PersonOut(Schema):
    key: str
    name: str
    role: Role
    is_active: bool
    is_sample: bool
    teams: list[str]


class MeOut(PersonOut):
    email: str | None
    time_zone: str


class TokenOut(Schema):
    id: int
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def current(request: HttpRequest) -> Person:
    """The person who calls: authentication has set it."""
    person = request.user
    assert isinstance(person, Person)
    return person


def _person(person: Person) -> PersonOut:
    return PersonOut(
        key=person.key,
        name=person.name,
        role=Role(person.role),
        is_active=person.is_active,
        is_sample=person.is_sample,
        teams=sorted(team.key for team in person.teams.all()),
    )


@router.get("/me", response=MeOut, summary="Who I am")
def me(request: HttpRequest) -> MeOut:
    """The person behind the token or session."""
    person = current(request)
    known = _person(person).model_dump()
    return MeOut(**known, email=person.email, time_zone=person.time_zone)


@router.get("/me/tokens", response=Page[TokenOut], summary="My tokens")
def my_tokens(request: HttpRequest, at: Query[PageQuery]) -> dict[str, object]:
    """My tokens, newest first, without their secrets; revoked and expired ones too."""
    return page(
        Token.objects.filter(person=current(request)),
        cursor=at.cursor,
        limit=at.limit,
        order=("-created_at",),
        to=TokenOut.from_orm,
    )


@router.get("/people", response=Page[PersonOut], summary="People")
def people(
    request: HttpRequest, at: Query[PageQuery], role: Role | None = None
) -> dict[str, object]:
    """Everybody the portal knows, by key: who signs in, and whom the catalogue names."""
    everybody = Person.objects.prefetch_related("teams")
    return page(
        everybody.filter(role=role) if role else everybody,
        cursor=at.cursor,
        limit=at.limit,
        to=_person,
    )


@router.get("/people/{key}", response=PersonOut, summary="A person")
def person(request: HttpRequest, key: str) -> PersonOut:
    found = Person.objects.prefetch_related("teams").filter(key=key.lower()).first()
    if found is None:
        raise NotFound(f"There is no person {key}.", context={"key": key})
    return _person(found)
