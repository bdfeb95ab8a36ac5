"""The list of services: filters, order, columns, CSV, and what it asks of the database."""

import csv
import io
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from portal.accounts.models import Team
from portal.catalog.models import CatalogSource, Document, Relation, Service, System
from scorecards.models import Scorecard, Standing
from tests.factories import make_scorecard, make_service, make_team
from tests.portal.catalog.world import NOW, many_services
from tests.queries import queries_of

SignIn = Callable[..., Client]


def keys_at(client: Client, address: str) -> list[str]:
    response = client.get(address)
    assert response.status_code == 200
    return [row.key for row in response.context["list"].rows]


def csv_at(client: Client, address: str) -> list[list[str]]:
    response: Any = client.get(address)
    assert response["Content-Type"].startswith("text/csv")
    text = b"".join(response.streaming_content).decode()
    return list(csv.reader(io.StringIO(text)))


def test_an_empty_catalogue_says_what_would_appear(sign_in: SignIn) -> None:
    assert "No services yet" in sign_in("engineer").get("/services/").content.decode()
    page = sign_in("admin").get("/services/").content.decode()
    assert "Import a catalogue" in page


def test_services_are_found_by_any_case_of_name_and_title(sign_in: SignIn) -> None:
    make_service("Checkout-API")
    make_service("ledger", title="Books of Checkout")
    make_service("other")
    client = sign_in()
    assert keys_at(client, "/services/?q=CHECKOUT") == ["checkout-api", "ledger"]


def test_an_owner_means_its_sub_teams_too(sign_in: SignIn) -> None:
    commerce = make_team("commerce")
    payments = make_team("payments", parent=commerce)
    make_service("a", owner=commerce)
    make_service("b", owner=payments)
    make_service("c", owner=make_team("data"))
    make_service("d")
    client = sign_in()
    assert keys_at(client, "/services/?owner=commerce") == ["a", "b"]
    assert keys_at(client, "/services/?owner=payments") == ["b"]
    assert keys_at(client, "/services/?owner=-") == ["d"]
    assert keys_at(client, "/services/?owner=nothing") == []


def test_tier_lifecycle_type_system_and_tag_narrow_the_list(sign_in: SignIn) -> None:
    shop = System.objects.create(key="shop", name="shop")
    System.objects.create(key="shop-admin", name="shop-admin")
    make_service("a", tier=1, lifecycle="production", type="service", system=shop, tags=["go"])
    make_service("b", tier=2, lifecycle="deprecated", type="website", tags=["golang"])
    make_service("c", lifecycle="", type="library")
    client = sign_in()
    assert keys_at(client, "/services/?tier=1") == ["a"]
    assert keys_at(client, "/services/?tier=-") == ["c"]
    assert keys_at(client, "/services/?tier=x") == []
    assert keys_at(client, "/services/?lifecycle=deprecated") == ["b"]
    assert keys_at(client, "/services/?lifecycle=-") == ["c"]
    assert keys_at(client, "/services/?type=library") == ["c"]
    assert keys_at(client, "/services/?system=shop") == ["a"]
    assert keys_at(client, "/services/?system=sho") == ["a"]
    assert keys_at(client, "/services/?tag=go") == ["a"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("tier", ["b", "a", "c"]), ("-tier", ["a", "b", "c"]), ("-name", ["c", "b", "a"])],
)
def test_the_list_is_sorted_with_unset_values_last(
    sign_in: SignIn, sort: str, expected: list[str]
) -> None:
    make_service("a", tier=3)
    make_service("b", tier=1)
    make_service("c")
    assert keys_at(sign_in(), f"/services/?sort={sort}") == expected


def test_vanished_services_are_not_listed(sign_in: SignIn) -> None:
    make_service("gone", vanished_at=NOW)
    assert keys_at(sign_in(), "/services/") == []


def test_csv_holds_what_the_filters_leave_and_no_formula(sign_in: SignIn) -> None:
    make_service("a", title="=1+1", tier=1, owner=make_team("payments"), repository="acme/a")
    make_service("b", tier=2)
    head, row = csv_at(sign_in(), "/services/?tier=1&format=csv")
    assert head[:7] == ["Key", "Name", "Owner", "Tier", "Lifecycle", "Type", "System"]
    assert row[:6] == ["a", "'=1+1", "payments", "1", "production", "service"]
    assert row[-2:] == ["acme/a", ""]


def test_a_partial_holds_the_list_alone(sign_in: SignIn) -> None:
    make_service("a")
    response = sign_in().get("/services/", headers={"HX-Request": "true", "HX-Target": "services"})
    page = response.content.decode()
    assert 'id="services"' in page
    assert "<html" not in page


ADDRESSES = [
    "/services/",
    "/services/?q=service-000&owner=team-0&sort=-level",
    "/services/?system=system-7&tag=go",
    "/services/service-00007/",
    "/teams/",
    "/teams/team-0/",
    "/systems/",
    "/systems/system-7/",
]


def stand(scorecard: Scorecard) -> None:
    """Give every service a standing."""
    Standing.objects.bulk_create(
        (
            Standing(service_id=pk, scorecard=scorecard, score=pk % 100, evaluated_at=NOW)
            for pk in Service.objects.values_list("pk", flat=True)
        ),
        batch_size=1000,
    )


def relate() -> None:
    """A document with relations to all kinds for the service whose page is asked."""
    source, _ = CatalogSource.objects.get_or_create(key="page", kind="page", title="Page")
    service = Service.objects.get(key="service-00007")
    Document.objects.all().delete()
    service.document = Document.objects.create(
        kind="component", key=service.key, body={}, digest="", source=source, seen_at=NOW
    )
    service.save()
    for kind in ("component", "api", "resource", "system"):
        Relation.objects.create(
            document=service.document,
            type="dependsOn",
            from_kind="component",
            from_key=service.key,
            to_kind=kind,
            to_key="x",
        )


def test_pages_ask_the_same_few_queries_at_any_size(sign_in: SignIn) -> None:
    client = sign_in("engineer")
    scorecard = make_scorecard("ready")
    asked: dict[str, list[int]] = {address: [] for address in ADDRESSES}
    for services, teams in ((100, 20), (20_000, 500)):
        for model in (Service, System, Team):
            model._default_manager.all().delete()
        many_services(services, teams=teams)
        stand(scorecard)
        relate()
        for address in ADDRESSES:
            cache.clear()
            assert client.get(address).status_code == 200  # fills what the frame keeps
            statements = queries_of(partial(client.get, address))
            assert len(statements) <= 12, "\n".join(statements)
            asked[address].append(len(statements))
    assert all(few == many for few, many in asked.values()), asked
