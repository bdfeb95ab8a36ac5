"""The handbook's radar, as the portal starts with it."""

from datetime import UTC, datetime

import pytest

from portal.audit.models import Event
from radar import starting
from radar.actions import edit_technology
from radar.importers.handbook import split
from radar.layout import place
from radar.models import Edition, Entry, Placement, Radar, Technology
from tests.factories import make_person, make_technology

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LINES = {
    "adopt": [
        "TypeScript (strict mode)",
        "React 18+ with Server Components",
        "PostgreSQL with proper indexing",
        "Redis for caching",
        "Kubernetes for orchestration",
        "Terraform for IaC",
        "GitHub Actions for CI/CD",
    ],
    "trial": [
        "Bun runtime",
        "Drizzle ORM",
        "tRPC for type-safe APIs",
        "Turborepo for monorepos",
        "OpenTelemetry",
        "Feature flags (LaunchDarkly/Unleash)",
    ],
    "assess": [
        "WebAssembly for compute-heavy features",
        "Edge computing (Cloudflare Workers)",
        "GraphQL Federation",
        "Event sourcing patterns",
        "Vector databases for AI features",
    ],
    "hold": [
        "jQuery (legacy only)",
        "REST without OpenAPI spec",
        "Manual deployments",
        "Untyped JavaScript",
        "Monolithic databases without read replicas",
    ],
}


def test_every_line_of_the_handbook_is_in_the_first_edition():
    starting.write(NOW)

    rows = Placement.objects.values_list("ring__key", "technology__name", "remark")
    wanted = {(ring, *split(line)) for ring, lines in LINES.items() for line in lines}
    assert set(rows) == wanted
    assert ("adopt", "TypeScript", "strict mode") in wanted
    assert rows.count() == 23


def test_the_edition_is_published_and_everything_gets_a_review_date():
    starting.write(NOW)

    radar = Radar.objects.get()
    edition = radar.editions.get()
    assert (radar.slug, radar.title, radar.order) == ("technology-radar", "Technology radar", 0)
    assert (edition.key, edition.state, edition.origin) == ("first-edition", "published", "portal")
    assert not edition.placements.exclude(movement="unchanged").exists()
    assert Entry.objects.filter(next_review_on="2027-02-24").count() == 23
    assert radar.rings.get(key="hold").aliases == ["caution"]
    assert [sector.title for sector in radar.sectors.all()] == [
        "Techniques",
        "Platforms",
        "Tools",
        "Languages & Frameworks",
    ]


def test_every_technology_is_described_and_every_sector_is_used():
    starting.write(NOW)

    assert not Technology.objects.filter(description="").exists()
    assert all(sector.placements.exists() for sector in Radar.objects.get().sectors.all())


def test_loading_again_changes_nothing_that_people_wrote():
    starting.write(NOW)
    technology = Technology.objects.get(name="jQuery")
    edit_technology(
        by=make_person("admin"),
        technology=technology,
        name="jQuery",
        owner=None,
        description="Ours.",
        tags=[],
        links=[],
    )
    events = Event.objects.count()

    assert starting.write(NOW) is None

    technology.refresh_from_db()
    assert technology.description == "Ours."
    assert Edition.objects.count() == 1
    assert Event.objects.count() == events


def test_a_technology_that_is_known_already_keeps_its_words():
    known = make_technology("bun RUNTIME", description="Ours.", is_sample=True)

    starting.write(NOW)

    known.refresh_from_db()
    assert (known.name, known.description, known.is_sample) == ("bun RUNTIME", "Ours.", False)
    assert Placement.objects.get(technology=known).ring.key == "trial"


def test_first_edition_is_laid_out_for_what_it_holds():
    starting.write(NOW)
    edition = Edition.objects.get()
    placements = list(edition.placements.select_related("technology", "sector", "ring"))
    fresh = Edition(radar=edition.radar)
    slots = {placement.pk: placement.slot for placement in placements}
    place(fresh, placements, None)
    assert {placement.pk: placement.slot for placement in placements} == slots
    assert fresh.geometry == edition.geometry
