from datetime import UTC, datetime

import pytest

from portal.audit.models import Event
from portal.lib.registry import facts as fact_registry
from scorecards.expressions import compile_expression
from scorecards.models import Check, CheckVersion, Scorecard
from scorecards.publishing import PACKS, publish_packs, read_packs

NOW = datetime(2025, 11, 24, tzinfo=UTC)
PACK = """\
title: Basics
levels:
  - key: bronze
    title: Bronze
checks:
  - slug: owner
    title: Owner
    level: bronze
    weight: 3
    expression: service.has_owner
    why: Somebody must answer.
    fix: Set the owner.
  - slug: tier
    title: Tier
    level: bronze
    weight: 1
    expression: service.has_tier
    why: It says how much an outage costs.
    fix: Set the tier.
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "basics.yaml").write_text(PACK)
    return tmp_path


def test_shipped_packs_hold_enough_checks_over_every_kind_of_fact():
    packs = {pack.slug: pack for pack in read_packs()}
    assert len(packs["production-readiness"].checks) >= 12
    assert len(packs["quality-gates"].checks) >= 12
    known = frozenset(spec.key for spec in fact_registry)
    for slug, namespaces in {
        "production-readiness": {"service", "repo", "live", "probe", "alerts"},
        "quality-gates": {"repo", "alerts"},
    }.items():
        read = {
            name.partition(".")[0]
            for check in packs[slug].checks
            for name in compile_expression(check.expression, known).facts
        }
        assert namespaces <= read


def test_shipped_packs_keep_the_figures_of_the_handbook():
    checks = {check.slug: check for pack in read_packs() for check in pack.checks}
    assert checks["coverage-above-80"].expression == "repo.coverage > 80.0"
    assert checks["availability-kept"].expression == "live.availability >= 99.9"
    assert checks["errors-rare"].expression == "live.error_rate < 0.1"
    assert "latency_p95_ms < 150.0" in checks["latency-within-target"].expression
    assert "latency_p99_ms < 300.0" in checks["latency-within-target"].expression


@pytest.mark.django_db
def test_pack_is_published_with_first_versions(folder):
    assert publish_packs(folder, now=NOW) == ["basics"]
    card = Scorecard.objects.get(slug="basics")
    owner = card.checks.get(slug="owner")
    assert (owner.current.number, owner.current.weight) == (1, 3)
    event = Event.objects.get(verb="scorecard.published")
    assert event.after == {"new": 2, "changed": 0, "retired": 0}


@pytest.mark.django_db
def test_unchanged_pack_is_left_alone(folder, django_assert_num_queries):
    publish_packs(folder, now=NOW)
    with django_assert_num_queries(2):
        assert publish_packs(folder) == []


@pytest.mark.django_db
def test_changed_check_gets_a_new_version_and_the_others_keep_theirs(folder):
    publish_packs(folder, now=NOW)
    (folder / "basics.yaml").write_text(PACK.replace("weight: 3", "weight: 4"))
    assert publish_packs(folder) == ["basics"]
    owner, tier = Check.objects.get(slug="owner"), Check.objects.get(slug="tier")
    assert (owner.current.number, owner.current.weight) == (2, 4)
    assert list(owner.versions.values_list("number", "weight")) == [(2, 4), (1, 3)]
    assert tier.current.number == 1


@pytest.mark.django_db
def test_level_that_moves_among_the_levels_is_a_new_version(folder):
    publish_packs(folder, now=NOW)
    lower = PACK.replace("levels:\n", "levels:\n  - key: start\n    title: Start\n")
    (folder / "basics.yaml").write_text(lower)
    publish_packs(folder, now=NOW)
    assert {check.current.number for check in Check.objects.all()} == {2}
    higher = lower.replace("checks:\n", "  - key: gold\n    title: Gold\nchecks:\n")
    (folder / "basics.yaml").write_text(higher)
    publish_packs(folder, now=NOW)
    assert {check.current.number for check in Check.objects.all()} == {2}


@pytest.mark.django_db
def test_comment_in_a_pack_makes_no_new_version(folder):
    publish_packs(folder, now=NOW)
    (folder / "basics.yaml").write_text(PACK + "# reviewed\n")
    publish_packs(folder)
    assert CheckVersion.objects.count() == 2


@pytest.mark.django_db
def test_check_that_left_its_pack_is_retired_and_can_come_back(folder):
    publish_packs(folder, now=NOW)
    (folder / "basics.yaml").write_text(PACK[: PACK.index("  - slug: tier")])
    publish_packs(folder, now=NOW)
    assert Check.objects.get(slug="tier").retired_at == NOW
    assert [check.slug for check in Check.objects.active()] == ["owner"]
    (folder / "basics.yaml").write_text(PACK)
    publish_packs(folder)
    tier = Check.objects.get(slug="tier")
    assert (tier.retired_at, tier.current.number) == (None, 1)


@pytest.mark.django_db
def test_check_that_moves_to_another_pack_keeps_its_row(folder):
    publish_packs(folder, now=NOW)
    row = Check.objects.get(slug="tier").pk
    start = PACK.index("  - slug: tier")
    head = PACK[: PACK.index("checks:")].replace("Basics", "More") + "checks:\n"
    (folder / "basics.yaml").write_text(PACK[:start])
    (folder / "more.yaml").write_text(head + PACK[start:])
    publish_packs(folder, now=NOW)
    tier = Check.objects.get(slug="tier")
    assert (tier.pk, tier.scorecard.slug, tier.retired_at) == (row, "more", None)


@pytest.mark.django_db
def test_pack_whose_file_is_gone_is_retired(folder):
    publish_packs(folder, now=NOW)
    (folder / "basics.yaml").unlink()
    assert publish_packs(folder, now=NOW) == ["basics"]
    assert list(Scorecard.objects.active()) == []
    assert list(Check.objects.active()) == []
    (folder / "basics.yaml").write_text(PACK)
    assert publish_packs(folder) == ["basics"]
    assert Check.objects.active().count() == 2


@pytest.mark.django_db
def test_shipped_packs_can_be_published_twice():
    assert set(publish_packs()) == {"production-readiness", "quality-gates"}
    assert publish_packs(PACKS) == []
