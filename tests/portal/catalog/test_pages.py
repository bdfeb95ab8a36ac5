"""Pages of services, teams, people, systems, domains, APIs and resources."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from portal.accounts.models import Team
from portal.catalog.models import CatalogSource, Service
from tests.factories import make_person, make_service, make_team
from tests.portal.catalog.world import (
    NOW,
    component,
    documents,
    entity,
    group,
    paste,
    take,
    user,
    write,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]

SHOP = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: Shop.Web
  title: Web shop
  description: The shop in the browser.
  tags: [go, c++]
  annotations:
    github.com/project-slug: acme/shop
    command-center/tier: "1"
    command-center/on-call: https://oncall.example.com/pay
  links:
    - url: https://grafana.example.com/d/1
      title: Dashboard
    - url: javascript:alert(1)
      title: Bad
spec:
  type: website
  lifecycle: production
  owner: payments
  system: checkout
  dependsOn: [component:ledger, resource:ghost]
  providesApis: [pay]
"""
WORLD = documents(
    group("payments", parent="commerce"),
    group("commerce"),
    user("ilse", "payments", "ilse@example.com"),
    entity("Domain", "selling", owner="payments"),
    entity("System", "checkout", owner="payments", domain="selling"),
    entity(
        "API",
        "pay",
        type="openapi",
        lifecycle="production",
        owner="user:ilse",
        definition="'openapi: 3.1.0 <b>'",
        system="checkout",
    ),
    entity("Resource", "db", type="database", owner="ghosts", dependencyOf="[component:ledger]"),
    component("ledger"),
    SHOP,
)


def page_at(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.content.decode()


@pytest.fixture
def client_of_world(sign_in: SignIn) -> Client:
    paste(WORLD)
    return sign_in()


def test_a_service_says_what_it_is(client_of_world: Client) -> None:
    page = page_at(client_of_world, "/services/shop.web/")
    assert "<h1>Web shop</h1>" in page
    assert "The shop in the browser." in page
    assert 'href="/teams/payments/"' in page
    assert 'href="/systems/checkout/"' in page
    assert 'href="https://github.com/acme/shop"' in page
    assert "critical" in page
    assert 'href="https://oncall.example.com/pay"' in page
    assert 'href="https://grafana.example.com/d/1"' in page
    assert "javascript:" not in page
    assert "pasted.yaml:" in page


def test_a_service_shows_what_it_relates_to_and_what_dangles(client_of_world: Client) -> None:
    page = page_at(client_of_world, "/services/shop.web/")
    assert 'href="/services/ledger/"' in page
    assert 'href="/apis/pay/"' in page
    assert "resource, not in the catalogue" in page
    back = page_at(client_of_world, "/services/ledger/")
    assert "Used by" in back
    assert 'href="/services/shop.web/"' in back
    assert 'href="/resources/db/"' in back


def test_keys_are_found_in_any_case_and_unknown_ones_are_missing(client_of_world: Client) -> None:
    assert page_at(client_of_world, "/services/SHOP.Web/")
    for address in ("services", "teams", "people", "systems", "domains", "apis", "resources"):
        assert client_of_world.get(f"/{address}/nothing/").status_code == 404


def test_a_service_called_like_a_page_has_its_own_address(sign_in: SignIn) -> None:
    make_service("import", title="The importer")
    client = sign_in()
    assert "The importer" in page_at(client, "/services/default:import/")
    assert 'href="/services/default:import/"' in page_at(client, "/services/")


def test_an_owner_that_leads_nowhere_is_shown_as_such(sign_in: SignIn) -> None:
    make_service("a", owner_ref="ghosts")
    make_service("b", owner_ref="a:b:c")
    make_service("c")
    client = sign_in()
    assert "not in the catalogue" in page_at(client, "/services/a/")
    assert "a:b:c" in page_at(client, "/services/b/")
    assert "Nobody" in page_at(client, "/services/c/")


def test_a_vanished_service_says_so_and_stays(sign_in: SignIn, tmp_path: Path) -> None:
    take(write(tmp_path, documents(component("a"), component("b"))))
    take(write(tmp_path, component("b")))
    page = page_at(sign_in(), "/services/a/")
    assert "No longer in its source" in page
    assert "nothing was deleted" in page


def test_a_conflict_is_shown_with_both_places(sign_in: SignIn, tmp_path: Path) -> None:
    take(write(tmp_path / "a", component("shop")))
    take(write(tmp_path / "b", component("shop", owner="others")))
    page = page_at(sign_in(), "/services/shop/")
    assert "Two places claim this name" in page
    assert str(tmp_path / "b") in page


def test_a_failed_reading_is_shown_where_the_data_is(sign_in: SignIn, tmp_path: Path) -> None:
    take(write(tmp_path, component("shop")))
    (tmp_path / "catalog-info.yaml").unlink()
    take(tmp_path)
    assert "The last reading failed" in page_at(sign_in(), "/services/shop/")


def test_a_team_shows_what_it_and_its_teams_own(client_of_world: Client) -> None:
    page = page_at(client_of_world, "/teams/commerce/")
    assert 'href="/services/ledger/"' in page
    assert 'href="/teams/payments/"' in page
    assert "with 1 team below" in page
    below = page_at(client_of_world, "/teams/payments/")
    assert 'href="/teams/commerce/"' in below
    assert 'href="/people/ilse/"' in below


def test_the_list_of_teams_counts_services_and_people(client_of_world: Client) -> None:
    page = page_at(client_of_world, "/teams/?sort=-services")
    assert page.index('href="/teams/payments/"') < page.index('href="/teams/commerce/"')
    assert (
        "commerce"
        not in page_at(client_of_world, "/teams/?q=PAY")
        .split("<tbody>")[1]
        .split('href="/teams/payments/"')[0]
    )


def test_a_person_shows_teams_and_what_they_own(client_of_world: Client) -> None:
    page = page_at(client_of_world, "/people/ilse/")
    assert 'href="/teams/payments/"' in page
    assert 'href="/apis/pay/"' in page
    assert "ilse@example.com" in page


def test_systems_show_their_parts(client_of_world: Client) -> None:
    page = page_at(client_of_world, "/systems/checkout/")
    assert 'href="/services/shop.web/"' in page
    assert 'href="/apis/pay/"' in page
    assert 'href="/domains/selling/"' in page
    assert 'href="/systems/checkout/"' in page_at(client_of_world, "/systems/?domain=sell&q=CHECK")
    assert 'href="/systems/checkout/"' in page_at(client_of_world, "/domains/selling/")


def test_an_api_shows_its_definition_as_text(client_of_world: Client) -> None:
    page = page_at(client_of_world, "/apis/pay/")
    assert "openapi: 3.1.0 &lt;b&gt;" in page
    assert "Provided by" in page
    assert 'href="/people/ilse/"' in page


def test_a_resource_shows_who_depends_on_it(client_of_world: Client) -> None:
    page = page_at(client_of_world, "/resources/db/")
    assert 'href="/services/ledger/"' in page


@pytest.mark.parametrize("address", ["/teams/", "/systems/", "/services/"])
def test_empty_lists_say_what_would_appear(sign_in: SignIn, address: str) -> None:
    assert "yet" in page_at(sign_in(), address)
    assert "fits" in page_at(sign_in(), f"{address}?q=zzz")


def test_things_made_by_hand_have_pages_too(sign_in: SignIn) -> None:
    team = make_team("payments")
    make_service("a", owner=team)
    client = sign_in(make_person(key="me"))
    for address in ("/services/a/", "/teams/payments/", "/people/me/"):
        assert "No file is behind this entry" in page_at(client, address)


def test_the_rail_counts_services_that_are_there(sign_in: SignIn) -> None:
    from portal.catalog.registration import count_services

    make_service("a")
    make_service("b", vanished_at=NOW)
    assert count_services() == 1


def test_starting_content_lists_the_portal_itself(
    settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.catalog import starting

    write(tmp_path, component("command-center", owner="portal"))
    monkeypatch.setattr(starting.settings, "BASE_DIR", tmp_path)
    starting.load_portal_itself()
    starting.load_portal_itself()
    assert Service.objects.get().key == "command-center"
    assert CatalogSource.objects.get().key == "portal"
    assert not Team.objects.exists()


def test_an_invented_repository_is_named_but_not_linked(sign_in: SignIn) -> None:
    make_service("real", repository="acme/real")
    make_service("made-up", repository="acme/made-up", is_sample=True)
    client = sign_in(make_person())
    assert 'href="https://github.com/acme/real"' in page_at(client, "/services/real/")
    made_up = page_at(client, "/services/made-up/")
    assert "acme/made-up" in made_up
    assert "github.com" not in made_up
