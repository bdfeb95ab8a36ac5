"""The sample organisation in the catalogue, and its way out of the whole portal."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model

from portal.accounts.models import Membership, Person, Team
from portal.audit.actions import System as Portal
from portal.audit.actions import record
from portal.catalog import sample
from portal.catalog.importers.places import TextPlace
from portal.catalog.importers.run import import_place
from portal.catalog.models import (
    API,
    CatalogSource,
    Document,
    Domain,
    Link,
    Relation,
    Resource,
    Service,
    System,
)
from portal.catalog.sample_organisation import SERVICES, entities
from portal.catalog.starting import load_portal_itself
from portal.lib.errors import Conflict
from portal.operations.sample import load_sample, remove_sample
from scorecards.publishing import publish_packs
from tests.factories import make_person, make_service, make_team
from tests.portal.catalog.world import component

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CATALOGUE: list[type[Model]] = [
    Team,
    Person,
    Membership,
    Domain,
    System,
    Service,
    API,
    Resource,
    Document,
    Relation,
    CatalogSource,
]
# What two databases number and time on their own, and passwords nobody has.
OWN = {"id", "created_at", "password"}


@pytest.fixture(autouse=True)
def _short_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scorecards.sample.HISTORY_DAYS", 3)


def load(now: datetime = NOW) -> None:
    sample.load(now, lambda done, current: None)


def rows(model: type[Model]) -> list[dict[str, Any]]:
    """All rows with the keys of what they point at in the place of numbers."""
    names = [
        f"{field.name}__{'key' if hasattr(field.related_model, 'key') else 'pk'}"
        if field.is_relation
        else field.name
        for field in model._meta.concrete_fields
        if field.name not in OWN
    ]
    return sorted(model._default_manager.values(*names), key=repr)


def with_a_sample_mark() -> Iterator[type[Model]]:
    """Every model of the portal that has an `is_sample` field."""
    for model in apps.get_models():
        if any(field.name == "is_sample" for field in model._meta.concrete_fields):
            yield model


def counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_it_has_sixty_services_eight_teams_and_a_person_of_each_role() -> None:
    load()

    assert Service.objects.filter(is_sample=True).count() == 60
    assert Team.objects.filter(is_sample=True).count() == 8
    people = Person.objects.filter(is_sample=True).values_list("role", flat=True)
    assert sorted(people) == ["admin", "architect", "engineer", "lead"]
    assert not Service.objects.filter(system=None).exists()
    assert not Person.objects.filter(teams=None).exists()


def test_one_service_has_an_owner_that_does_not_exist() -> None:
    load()

    orphans = Service.objects.filter(owner=None)
    assert [(row.name, row.owner_ref) for row in orphans] == [("invoice-render", "billing")]


def test_everything_it_refers_to_is_in_it_but_that_owner() -> None:
    load()

    known = {(row.kind, row.key) for row in Document.objects.all()}
    named = Relation.objects.values_list("to_kind", "to_key")
    assert set(named) - known == {("group", "billing")}
    assert len({row[0] for row in SERVICES}) == len(SERVICES)


def test_two_portals_show_the_same_organisation() -> None:
    load()
    first = {model: rows(model) for model in CATALOGUE}
    sample.remove()
    assert not Service.objects.exists()
    make_service("something-else")  # so that the numbers of rows are others
    make_team("another")
    Service.objects.all().delete()
    Team.objects.all().delete()

    load()

    for model in CATALOGUE:
        assert rows(model) == first[model], model._meta.label


def test_loading_it_twice_changes_nothing() -> None:
    load()
    before = {model: rows(model) for model in CATALOGUE}
    everything = counts()

    load()

    assert {model: rows(model) for model in CATALOGUE} == before
    assert counts() == everything


def test_a_changed_role_of_a_sample_person_is_set_back() -> None:
    load()
    Person.objects.filter(key="ilse").update(role="admin")

    load()

    assert Person.objects.get(key="ilse").role == "engineer"


def test_a_real_person_of_the_same_key_keeps_the_role() -> None:
    make_person("lead", key="priya", email="priya@real.example")

    load()

    assert Person.objects.get(key="priya").role == "lead"
    assert not Person.objects.get(key="priya").is_sample


def test_a_broken_organisation_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "entities", lambda: [*entities(), {"kind": "Component"}])

    with pytest.raises(ValueError, match="the sample organisation is broken"):
        load()


def _real_world() -> Person:
    """Real rows of every noun, some of them tied to the sample."""
    admin = make_person("admin")
    text = component("real-shop", system="shop", dependsOn='["component:ledger-api"]')
    assert import_place(TextPlace(text), by=Portal(), now=NOW).problems == []
    real = make_team("real-team", parent=Team.objects.get(key="payments"), members=(admin,))
    Membership.objects.create(person=admin, team=Team.objects.get(key="payments"))
    Membership.objects.create(person=Person.objects.get(key="ilse"), team=real)
    ends = {"from_kind": "service", "from_key": "real-shop", "to_kind": "service"}
    Link.objects.create(**ends, to_key="ledger-api", role="see-also")
    Link.objects.create(**ends, to_key="fx-rates", role="see-also", is_sample=True)
    record("link.added", by=admin, subject=("service", "real-shop", ""), after={"to": "x"})
    return admin


def test_removing_it_leaves_no_sample_row_of_any_model() -> None:
    publish_packs()
    load_sample(NOW)
    _real_world()
    filled = {
        m._meta.label for m in with_a_sample_mark() if m._default_manager.filter(is_sample=True)
    }

    remove_sample(by=Portal())

    for model in with_a_sample_mark():
        assert not model._default_manager.filter(is_sample=True).exists(), model._meta.label
    assert {m._meta.label for m in with_a_sample_mark()} == filled, "loading fills all of them"


def test_removing_it_touches_no_real_row() -> None:
    admin = _prepare_real_rows_without_sample()
    before = {model: _real_rows(model) for model in with_a_sample_mark()}
    load_sample(NOW)

    remove_sample(by=Portal())

    for model, expected in before.items():
        found = _real_rows(model)
        if model._meta.label == "audit.Event":
            assert [row for row in found if row["verb"] == "sample.removed"] == found[-1:]
            found = found[:-1]
        assert found == expected, model._meta.label
    assert Membership.objects.filter(person=admin, team__key="real-team").exists()


def _prepare_real_rows_without_sample() -> Person:
    admin = make_person("admin")
    team = make_team("real-team", members=(admin,))
    make_service("real-service", owner=team)
    for model in (API, Resource, System, Domain):
        model.objects.create(key="real", name="real", owner=team)
    text = component("real-shop", owner="real-team")
    assert import_place(TextPlace(text), by=Portal(), now=NOW).problems == []
    return admin


def _real_rows(model: type[Model]) -> list[dict[str, Any]]:
    return list(model._default_manager.filter(is_sample=False).order_by("pk").values())


def test_real_rows_that_named_sample_ones_name_nobody_afterwards() -> None:
    load_sample(NOW)
    admin = _real_world()

    remove_sample(by=Portal())

    shop = Service.objects.get(key="real-shop")
    assert (shop.owner, shop.system, shop.owner_ref) == (None, None, "payments")
    assert Team.objects.get(key="real-team").parent is None
    assert list(admin.teams.values_list("key", flat=True)) == ["real-team"]
    assert Link.objects.get().to_key == "ledger-api"
    assert Relation.objects.filter(from_key="real-shop", to_key="ledger-api").exists()


def test_it_stays_until_a_real_admin_exists() -> None:
    load()
    before = counts()

    with pytest.raises(Conflict, match="Create an admin first"):
        remove_sample(by=Portal())

    assert counts() == before


def test_portal_with_its_own_service_is_as_before_after_the_removal() -> None:
    """The portal's own team has the name of a sample one, and is never taken for it."""
    load_portal_itself()
    before = {model: _real_rows(model) for model in (Team, Service, Document, Relation)}

    load()
    assert Team.objects.count() == 8
    assert Service.objects.get(key="secrets-broker").owner == Team.objects.get(key="platform")
    sample.remove()

    assert {model: _real_rows(model) for model in before} == before


def test_after_removal_it_can_be_loaded_again() -> None:
    make_person("admin")
    load_sample(NOW)
    before = counts()
    remove_sample(by=Portal())

    load_sample(NOW)

    # The removal itself is an event, and events' numbers go on.
    assert {k: v for k, v in counts().items() if k != "audit.Event"} == {
        k: v for k, v in before.items() if k != "audit.Event"
    }
