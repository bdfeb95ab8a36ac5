"""The typed reading of an entity: tier, repository, on call, links."""

from typing import Any

import pytest

from portal.catalog.importers import reading
from portal.catalog.importers.entity import Entity, digest_of, edges_of
from portal.catalog.kinds import kind_of
from portal.lib import yaml
from tests.portal.catalog.world import component, entity, group, user

HOSTS = {"github.com", "ghe.example.com"}


def entity_of(text: str, **metadata: Any) -> Entity:
    body: Any = yaml.load_document(text).value
    body["metadata"] |= metadata
    known = kind_of(body["apiVersion"], body["kind"])
    return Entity(
        kind=body["kind"].lower(),
        key=body["metadata"]["name"],
        known=known,
        body=body,
        resolved=body,
        path="catalog-info.yaml",
        file="catalog-info.yaml",
        line=1,
        edges=tuple(edges_of(known, body)),
        digest=digest_of(body, body),
        repository=("acme/found-here", "apps/shop"),
    )


@pytest.mark.parametrize(
    ("text", "tier"),
    [("1", 1), ("tier-2", 2), ("Tier 3", 3), ("tier_4", 4), ("tier1", 1), ("5", None), ("", None)],
)
def test_tiers_are_read_however_they_are_written(text: str, tier: int | None) -> None:
    assert reading.tier({"command-center/tier": text}, {}, {}) == tier


def test_tiers_are_found_in_annotation_label_and_spec_in_this_order() -> None:
    assert reading.tier({"tier": "2"}, {"tier": "3"}, {"tier": 4}) == 2
    assert reading.tier({}, {"tier": "3"}, {"tier": 4}) == 3
    assert reading.tier({}, {}, {"tier": 4}) == 4
    assert reading.tier({}, {}, {"tier": True}) is None


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("url:https://github.com/acme/shop/", ("acme/shop", "")),
        ("url:https://github.com/acme/shop/tree/main/apps/cart/", ("acme/shop", "apps/cart")),
        ("https://github.com/acme/shop/blob/main/apps/catalog-info.yaml", ("acme/shop", "apps")),
        ("url:https://ghe.example.com/acme/shop.git", ("acme/shop", "")),
        ("url:https://gitlab.com/acme/shop", ("", "")),
        ("url:https://github.com/acme", ("", "")),
        ("dir:.", ("", "")),
        ("", ("", "")),
    ],
)
def test_repositories_are_read_from_source_locations(
    location: str, expected: tuple[str, str]
) -> None:
    assert reading.location_repository(location, HOSTS) == expected


def test_the_slug_wins_over_the_location_and_over_where_the_file_was_found() -> None:
    notes = {
        "github.com/project-slug": "acme/shop",
        "backstage.io/source-location": "url:https://github.com/Acme/shop/tree/main/cart/",
    }
    found = reading.service(entity_of(component(), annotations=notes), HOSTS)
    assert (found["repository"], found["repository_path"]) == ("acme/shop", "cart")


def test_a_file_found_in_a_repository_belongs_to_it() -> None:
    found = reading.service(entity_of(component()), HOSTS)
    assert (found["repository"], found["repository_path"]) == ("acme/found-here", "apps/shop")


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ({"command-center/on-call": "Ilse"}, "Ilse"),
        ({"pagerduty.com/service-id": "P1"}, "PagerDuty service P1"),
        ({"pagerduty.com/integration-key": "secret"}, "PagerDuty"),
        ({"opsgenie.com/team": "pay", "command-center/on-call": "https://x"}, "https://x"),
        ({}, ""),
    ],
)
def test_who_is_on_call_is_read_without_secrets(notes: dict[str, str], expected: str) -> None:
    assert reading.on_call(notes) == expected


def test_only_links_that_lead_to_the_web_are_drawn() -> None:
    links = [
        {"url": "https://grafana.example.com/d/1"},
        {"url": "javascript:alert(1)", "title": "No"},
        {"url": "mailto:a@example.com", "title": "Mail"},
    ]
    assert [link["title"] for link in reading.links(links)] == ["grafana.example.com", "Mail"]


def test_long_texts_are_cut_to_their_column() -> None:
    found = reading.entry(entity_of(component(), title="x" * 500))
    assert len(found["title"]) == 200


def test_teams_take_title_and_email_from_the_profile() -> None:
    text = group() + "  profile:\n    displayName: Payments\n    email: pay@example.com\n"
    found = reading.team(entity_of(text))
    assert (found["title"], found["email"]) == ("Payments", "pay@example.com")


@pytest.mark.parametrize("email", ["nonsense", "a b@c.de", ""])
def test_emails_that_are_none_are_left_out(email: str) -> None:
    assert reading.person(entity_of(user(email=email or "''")))["email"] == ""


def test_people_are_named_by_their_profile_else_by_their_key() -> None:
    assert reading.person(entity_of(user("ilse")))["name"] == "ilse"
    assert reading.person(entity_of(user("ilse"), title="Ilse B"))["name"] == "Ilse B"


def test_definitions_read_as_data_become_text_again() -> None:
    made = entity_of(entity("API", "a", type="x", lifecycle="y", owner="o", definition="z"))
    made.resolved["spec"]["definition"] = {"openapi": "3.1.0"}
    assert reading.api(made)["definition"] == "openapi: 3.1.0\n"
