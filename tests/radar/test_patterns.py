"""The matching table: the rows that come with the portal, and those of people."""

from datetime import UTC, datetime

import pytest

from portal.audit.models import Event
from portal.lib.errors import Conflict, Forbidden, Invalid
from radar.actions.patterns import add_pattern, remove_pattern
from radar.models import Pattern, PatternKind
from radar.patterns import ECOSYSTEMS, is_range, load_starting_patterns, load_table, starting_rows
from tests.factories import make_person, make_team, make_technology

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def rows(technology) -> set[tuple[str, str, str, str]]:
    found = technology.patterns.in_force()
    return set(found.values_list("kind", "ecosystem", "name", "version"))


def test_every_starting_row_can_be_used():
    for name, signs in starting_rows().items():
        assert signs, name
        for kind, ecosystem, sign, version in signs:
            assert kind in PatternKind.values
            assert not ecosystem or ecosystem in ECOSYSTEMS
            assert sign == sign.strip() != ""
            assert is_range(version), (name, sign, version)


@pytest.mark.django_db
def test_handbooks_radar_is_recognised():
    names = [
        "TypeScript",
        "React 18+ with Server Components",
        "PostgreSQL with proper indexing",
        "Redis for caching",
        "Kubernetes for orchestration",
        "Terraform for IaC",
        "GitHub Actions for CI/CD",
        "Bun runtime",
        "Drizzle ORM",
        "tRPC for type-safe APIs",
        "Turborepo for monorepos",
        "OpenTelemetry",
        "Feature flags",
        "WebAssembly for compute-heavy features",
        "Edge computing",
        "GraphQL Federation",
        "Event sourcing patterns",
        "Vector databases for AI features",
        "jQuery",
    ]
    known = [make_technology(name) for name in names]

    load_starting_patterns(NOW)

    assert [row.name for row in known if not rows(row)] == []


@pytest.mark.django_db
def test_loading_again_changes_nothing():
    jquery = make_technology("jQuery")
    load_starting_patterns(NOW)
    before = list(Pattern.objects.order_by("pk").values())

    load_starting_patterns(NOW)

    assert list(Pattern.objects.order_by("pk").values()) == before
    assert ("package", "npm", "jquery", "") in rows(jquery)


@pytest.mark.django_db
def test_rows_of_people_stay_and_so_do_their_removals():
    jquery, person = make_technology("jQuery"), make_person("architect")
    load_starting_patterns(NOW)
    own = add_pattern(
        by=person, technology=jquery, kind="package", ecosystem="npm", name="jquery-ui", now=NOW
    )
    builtin = jquery.patterns.get(name="jquery")
    remove_pattern(by=person, pattern=builtin, now=NOW)

    load_starting_patterns(NOW)

    assert own in jquery.patterns.in_force()
    assert builtin not in jquery.patterns.in_force()


@pytest.mark.django_db
def test_builtin_row_that_the_portal_no_longer_brings_goes():
    jquery = make_technology("jQuery")
    old = {"kind": "package", "added_at": NOW}
    Pattern.objects.create(technology=jquery, name="old", is_builtin=True, **old)
    Pattern.objects.create(technology=jquery, name="mine", **old)

    load_starting_patterns(NOW)

    names = {name for *_, name, _ in rows(jquery)}
    assert "mine" in names
    assert "old" not in names


@pytest.mark.django_db
def test_mark_changes_with_the_table():
    technology = make_technology("Own")
    _, before = load_table()
    pattern = add_pattern(
        by=make_person("admin"), technology=technology, kind="tag", name="own", now=NOW
    )
    _, after = load_table()
    remove_pattern(by=make_person("admin"), pattern=pattern, now=NOW)
    _, at_last = load_table()

    assert before == at_last != after


@pytest.mark.django_db
def test_sign_that_is_there_is_refused_and_one_taken_out_comes_back():
    jquery, person = make_technology("jQuery"), make_person("admin")
    load_starting_patterns(NOW)
    sign = {"kind": "package", "ecosystem": "npm", "name": "jquery"}
    with pytest.raises(Conflict):
        add_pattern(by=person, technology=jquery, now=NOW, **sign)
    remove_pattern(by=person, pattern=jquery.patterns.get(ecosystem="npm"), now=NOW)

    row = add_pattern(by=person, technology=jquery, now=NOW, **sign)

    assert row.is_builtin
    assert row in jquery.patterns.in_force()
    verbs = Event.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["technology.sign_removed", "technology.sign_added"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "shape", "name": "a"},
        {"kind": "package", "name": ""},
        {"kind": "package", "name": "a", "ecosystem": "cpan"},
        {"kind": "package", "name": "a", "version": "new ones"},
    ],
)
def test_sign_that_means_nothing_is_refused(wrong):
    with pytest.raises(Invalid):
        add_pattern(by=make_person("admin"), technology=make_technology(), now=NOW, **wrong)
    assert not Pattern.objects.exists()


@pytest.mark.django_db
def test_only_owners_architects_and_admins_change_signs():
    engineer = make_person()
    own = make_technology(owner=make_team(members=(engineer,)))
    other = make_technology()

    assert add_pattern(by=engineer, technology=own, kind="tag", name="own", now=NOW)
    with pytest.raises(Forbidden):
        add_pattern(by=engineer, technology=other, kind="tag", name="other", now=NOW)
