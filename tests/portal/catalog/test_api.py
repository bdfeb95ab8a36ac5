"""Services and teams by API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_service, make_team
from tests.portal.catalog.test_pages import WORLD
from tests.portal.catalog.world import NOW, documents, group, many_services, paste
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def get(client: Client, address: str, status: int = 200) -> Any:
    response = client.get(f"/api/v1{address}")
    assert response.status_code == status, response.content
    return response.json()


def keys(client: Client, address: str) -> list[str]:
    return [row["key"] for row in get(client, address)["data"]]


def test_services_come_in_pages(sign_in: SignIn) -> None:
    many_services(45)
    client = sign_in()
    first = get(client, "/services")
    assert len(first["data"]) == 20
    cursor = first["pagination"]["next_cursor"]
    second = get(client, f"/services?limit=40&cursor={cursor}")
    assert len(second["data"]) == 25
    assert not second["pagination"]["has_more"]
    assert {row["key"] for row in first["data"]}.isdisjoint(row["key"] for row in second["data"])


def test_services_are_filtered(sign_in: SignIn) -> None:
    commerce = make_team("commerce")
    payments = make_team("payments", parent=commerce)
    make_service("a", owner=payments, tier=1)
    make_service("b", owner=commerce, lifecycle="deprecated")
    make_service("gone", vanished_at=NOW)
    client = sign_in()
    assert keys(client, "/services") == ["a", "b"]
    assert keys(client, "/services?owner=commerce") == ["a", "b"]
    assert keys(client, "/services?owner=payments") == ["a"]
    assert keys(client, "/services?tier=1") == ["a"]
    assert keys(client, "/services?lifecycle=deprecated") == ["b"]
    assert keys(client, "/services?q=A") == ["a"]
    assert get(client, "/services?owner=ghosts", 404)["error"]["code"] == "NOT_FOUND"
    assert get(client, "/services?limit=1000", 422)["error"]["code"] == "VALIDATION_ERROR"


def test_a_service_has_its_relations_and_its_place(sign_in: SignIn) -> None:
    paste(WORLD)
    client = sign_in()
    found = get(client, "/services/Shop.Web")
    assert (found["key"], found["owner"], found["system"]) == ("shop.web", "payments", "checkout")
    assert (found["source"], found["path"]) == ("Pasted on the page", "pasted.yaml")
    ends = {end["title"]: end["is_dangling"] for end in found["relations"]["Depends on"]}
    assert ends == {"ledger": False, "ghost": True}
    assert get(client, "/services/nothing", 404)["error"]["code"] == "NOT_FOUND"


def test_teams_have_members_and_children(sign_in: SignIn) -> None:
    paste(documents(WORLD, group("shop", parent="commerce")))
    client = sign_in()
    assert keys(client, "/teams?q=PAY") == ["payments"]
    assert get(client, "/teams/payments")["members"] == ["ilse"]
    assert get(client, "/teams/commerce")["children"] == ["payments", "shop"]
    assert get(client, "/teams/nothing", 404)


def test_a_page_costs_the_same_at_any_size(sign_in: SignIn) -> None:
    many_services(150)
    client = sign_in()
    few = queries_of(lambda: get(client, "/services?limit=5"))
    many = queries_of(lambda: get(client, "/services?limit=100"))
    assert len(few) == len(many) <= 4
