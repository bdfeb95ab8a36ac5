"""Catalogue files at addresses and on GitHub."""

import ipaddress
from collections.abc import Iterator
from functools import partial

import pytest

from portal.catalog.importers.gather import gather
from portal.catalog.importers.problems import Unreadable
from portal.catalog.importers.remote import (
    MOST_FETCHES,
    Addresses,
    AddressPlace,
    GitHubPlace,
    raw_address,
)
from portal.catalog.importers.run import import_place
from portal.catalog.models import CatalogSource, Service
from portal.lib.guard import AddressGuard
from tests.github_double import Double, World, repository
from tests.github_double.clients import client
from tests.github_double.server import Reply
from tests.portal.catalog.world import BY, NOW, component, documents, entity
from tests.portal.lib.local_server import LocalServer, answer, serving

pytestmark = pytest.mark.django_db
LOOPBACK = AddressGuard((ipaddress.ip_network("127.0.0.0/8"),))


@pytest.fixture
def web() -> Iterator[LocalServer]:
    """A server with a Location and a Component beside it."""
    pages = {
        b"/c/all.yaml": documents(entity("Location", "all", target="./shop.yaml"), component("a")),
        b"/c/shop.yaml": component("shop"),
    }

    def handle(connection: object, request: bytes) -> None:
        path = request.split(b" ")[1]
        body = pages.get(path)
        raw = answer(body.encode()) if body else answer(b"gone", "404 Not Found")
        connection.sendall(raw)  # type: ignore[attr-defined]

    with serving(handle) as server:
        yield server


@pytest.mark.parametrize(
    ("address", "raw"),
    [
        (
            "https://github.com/acme/shop/blob/main/a/catalog-info.yaml",
            "https://raw.githubusercontent.com/acme/shop/main/a/catalog-info.yaml",
        ),
        ("https://example.com/a/b/blob/c.yaml", "https://example.com/a/b/blob/c.yaml"),
    ],
)
def test_files_that_github_shows_on_a_page_are_read_as_text(address: str, raw: str) -> None:
    assert raw_address(address) == raw


def test_an_address_and_what_lies_beside_it_are_read(web: LocalServer) -> None:
    place = AddressPlace(web.url("/c/all.yaml"))
    result = import_place(place, by=BY, now=NOW, fetch=Addresses(LOOPBACK))
    assert not result.has_refusals
    assert sorted(Service.objects.values_list("key", flat=True)) == ["a", "shop"]
    assert Service.objects.get(key="shop").document.path == web.url("/c/shop.yaml")  # type: ignore[union-attr]


def test_an_address_is_refused_by_the_guard_with_the_setting_named(web: LocalServer) -> None:
    place = AddressPlace(web.url("/c/all.yaml"))
    result = import_place(place, by=BY, now=NOW, fetch=Addresses(AddressGuard()))
    (problem,) = result.problems
    assert "PORTAL_ALLOWED_NETWORKS" in problem.message
    assert web.requests == []


def test_an_address_that_is_gone_keeps_what_is_known(web: LocalServer) -> None:
    place = AddressPlace(web.url("/c/missing.yaml"))
    result = import_place(place, by=BY, now=NOW, fetch=Addresses(LOOPBACK))
    assert [problem.rule for problem in result.problems] == ["unreadable"]


def test_an_import_asks_a_bounded_number_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.catalog.importers.remote.MOST_FETCHES", 0)
    with pytest.raises(Unreadable, match="at most 0 addresses"):
        Addresses(LOOPBACK).read("http://127.0.0.1/")
    assert MOST_FETCHES == 500


def place(double: Double, name: str = "") -> GitHubPlace:
    return GitHubPlace(partial(client, double), "acme", name)


def repositories() -> list[dict[str, object]]:
    located = documents(component("cart"), entity("Location", "l", target="./deep/more.yaml"))
    return [
        repository("acme/web", files={"catalog-info.yaml": component("web")}),
        repository(
            "acme/cart", files={"catalog-info.yml": located, "deep/more.yaml": component("more")}
        ),
        repository("acme/none", files={"README.md": "no catalogue"}),
        repository("acme/old", files={"catalog-info.yaml": component("old")}, isArchived=True),
    ]


def test_an_organisation_is_read_with_two_questions() -> None:
    with Double(World(repositories())) as double:
        found = gather(place(double))
        asked = double.count()
    assert sorted(key for _, key in found.entities) == ["cart", "l", "more", "web"]
    assert found.entities["component", "web"].repository == ("acme/web", "")
    assert found.entities["component", "more"].repository == ("acme/cart", "deep")
    assert found.is_complete
    assert asked == 3  # the list, the files of all, and the one that a Location names


def test_services_belong_to_the_repository_they_were_found_in() -> None:
    with Double(World(repositories())) as double:
        import_place(place(double), by=BY, now=NOW)
    assert Service.objects.get(key="web").repository == "acme/web"
    assert CatalogSource.objects.get().key == "github:acme"


def test_one_repository_can_be_read_alone() -> None:
    with Double(World(repositories())) as double:
        found = gather(place(double, "web"))
    assert list(found.entities) == [("component", "web")]


def test_a_repository_that_is_gone_is_said_and_takes_nothing_away() -> None:
    with Double(World(repositories())) as double:
        import_place(place(double, "web"), by=BY, now=NOW)
        double.world.rename("acme/web", "acme/elsewhere")
        double.world.repositories.clear()
        result = import_place(place(double, "web"), by=BY, now=NOW)
    assert [problem.rule for problem in result.problems] == ["unreadable"]
    assert "acme/web" in result.problems[0].message
    assert Service.objects.get().vanished_at is None


def test_an_organisation_that_github_does_not_know_is_said() -> None:
    with Double(World(repositories())) as double:
        nobody = GitHubPlace(partial(client, double), "nobody")
        with pytest.raises(Unreadable, match="no organisation nobody"):
            gather(nobody)


def test_a_github_that_fails_keeps_everything() -> None:
    with Double(World(repositories())) as double:
        import_place(place(double), by=BY, now=NOW)
        double.next.extend([Reply(502, {}, {})] * 3)
        result = import_place(place(double), by=BY, now=NOW)
    assert result.has_refusals
    assert Service.objects.filter(vanished_at=None).count() == 3
