"""Users become people, and memberships follow what groups and users declare."""

from collections.abc import Collection, Sequence

from django.contrib.auth.hashers import make_password
from django.db.models import Q

from portal.accounts.models import Membership, Person, Team
from portal.catalog.importers import reading
from portal.catalog.importers.entity import Entity
from portal.catalog.importers.problems import Problem
from portal.catalog.importers.rows import chunks
from portal.catalog.models import Relation

_BATCH = 500
_MEMBER_OF, _HAS_MEMBER = "memberOf", "hasMember"
Pairs = set[tuple[str, str]]  # team key, person key


def signs_in(person: Person) -> bool:
    """Whether somebody uses this account: then the catalogue leaves name and email alone."""
    return person.last_login is not None or person.has_usable_password()


def write_people(entities: Sequence[Entity], *, is_sample: bool) -> list[Problem]:
    """Create or update people. An email that somebody else has is left out, with a remark."""
    problems = []
    known = {
        person.key: person for person in Person.objects.filter(key__in=[e.key for e in entities])
    }
    wanted = {entity.key: reading.person(entity) for entity in entities}
    emails = [columns["email"] for columns in wanted.values() if columns["email"]]
    taken = dict(Person.objects.filter(email__in=emails).values_list("email", "key"))
    created, changed = [], []
    for entity in entities:
        columns = wanted[entity.key]
        email = columns["email"]
        if email and taken.setdefault(email, entity.key) != entity.key:
            message = f"{email} is the address of {taken[email]} already; it is left out here."
            problems.append(Problem(entity.file, entity.line, "email", message, refused=False))
            email = ""
        person = known.get(entity.key)
        if person is None:
            columns["email"] = email or None
            created.append(
                Person(key=entity.key, is_sample=is_sample, password=make_password(None), **columns)
            )
            continue
        if not signs_in(person):
            person.name, person.email = columns["name"], email or None
        person.picture = columns["picture"] or person.picture
        person.is_sample = person.is_sample and is_sample
        changed.append(person)
    Person.objects.bulk_create(created, batch_size=_BATCH)
    Person.objects.bulk_update(
        changed, ["name", "email", "picture", "is_sample"], batch_size=_BATCH
    )
    return problems


def declared(documents: Collection[int]) -> Pairs:
    """The memberships that some documents declare."""
    return _pairs(Q(document_id__in=documents))


def declared_about(kind: str, keys: Collection[str]) -> Pairs:
    """The memberships that any document declares about these groups or users."""
    return _pairs(Q(from_kind=kind, from_key__in=keys)) | _pairs(Q(to_kind=kind, to_key__in=keys))


def _pairs(condition: Q) -> Pairs:
    rows = Relation.objects.filter(condition, type__in=[_MEMBER_OF, _HAS_MEMBER])
    return {
        (there, here) if relation == _MEMBER_OF else (here, there)
        for relation, here, there in rows.values_list("type", "from_key", "to_key")
    }


def keep_memberships(kind: str, keys: Collection[str], before: Pairs) -> None:
    """Make memberships match the documents of groups or users that were just written.

    `before` is what these documents declared until now: what nobody declares any longer ends;
    memberships that people made by hand stay.
    """
    now = declared_about(kind, keys)
    ended = before - now
    if ended:
        for row in _memberships(ended):
            if (row.team.key, row.person.key) in ended:
                row.delete()
    if not now:
        return
    teams = _ids(Team, {team for team, _ in now})
    people = _ids(Person, {person for _, person in now})
    rows = [
        Membership(team_id=teams[team], person_id=people[person])
        for team, person in sorted(now)
        if team in teams and person in people
    ]
    Membership.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)


def _memberships(pairs: Pairs) -> list[Membership]:
    rows = Membership.objects.select_related("team", "person")
    return list(
        rows.filter(
            team__key__in={team for team, _ in pairs}, person__key__in={who for _, who in pairs}
        )
    )


def _ids(model: type[Team] | type[Person], keys: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(sorted(keys), _BATCH):
        rows = model._default_manager.filter(key__in=chunk).values_list("key", "pk")
        found.update(rows)
    return found
