"""Imports into the database: states, conflicts, what vanishes, and that nothing is lost."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError

from portal.accounts.models import Team
from portal.audit.models import Event
from portal.catalog.importers.rows import Rows
from portal.catalog.models import (
    API,
    CatalogSource,
    Document,
    Domain,
    Relation,
    Resource,
    Service,
    System,
)
from portal.jobs.leases import lease
from portal.jobs.models import Lease
from portal.lib.errors import Conflict
from tests.portal.catalog.world import (
    NOW,
    component,
    documents,
    entity,
    group,
    paste,
    rules_of,
    take,
    write,
)

pytestmark = pytest.mark.django_db

WORLD = documents(
    group("payments"),
    entity("Domain", "selling", owner="payments"),
    entity("System", "checkout", owner="payments", domain="selling"),
    entity("API", "pay-api", type="grpc", lifecycle="production", owner="payments", definition="x"),
    entity("Resource", "db", type="database", owner="payments", system="checkout"),
    component("Shop", system="checkout", dependsOn="[resource:db]", providesApis="[pay-api]"),
    entity("Template", "t", type="service"),
)


def test_everything_becomes_a_row_with_its_references(tmp_path: Path) -> None:
    result = take(write(tmp_path, WORLD))
    counts = {noun: states["created"] for noun, states in result.counts().items()}
    assert counts == {
        "service": 1,
        "system": 1,
        "domain": 1,
        "api": 1,
        "resource": 1,
        "team": 1,
        "other": 1,
    }
    shop = Service.objects.get()
    assert (shop.key, shop.name, shop.lifecycle) == ("shop", "Shop", "production")
    assert shop.owner == Team.objects.get(key="payments")
    assert shop.system == System.objects.get(key="checkout")
    assert System.objects.get().domain == Domain.objects.get()
    assert Resource.objects.get().system == shop.system
    assert API.objects.get().definition == "x"
    edges = set(Relation.objects.filter(from_key="shop").values_list("type", "to_kind", "to_key"))
    assert edges == {
        ("ownedBy", "group", "payments"),
        ("partOf", "system", "checkout"),
        ("dependsOn", "resource", "db"),
        ("providesApi", "api", "pay-api"),
    }


def test_a_second_import_changes_nothing(tmp_path: Path) -> None:
    take(write(tmp_path, WORLD))
    events = Event.objects.count()
    result = take(tmp_path)
    assert all(
        states["unchanged"] and not states["created"] and not states["changed"]
        for states in result.counts().values()
    )
    assert Event.objects.count() == events


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    result = take(write(tmp_path, WORLD), dry_run=True)
    assert result.counts()["service"]["created"] == 1
    assert not Document.objects.exists()
    assert not CatalogSource.objects.exists()
    assert not Event.objects.exists()


def test_every_entity_leaves_one_event_that_says_what_changed(tmp_path: Path) -> None:
    take(write(tmp_path, component("shop")))
    take(write(tmp_path, component("shop", owner="others")))
    created, changed = Event.objects.order_by("id")
    assert (created.verb, created.subject_kind, created.subject_key) == (
        "catalog.created",
        "service",
        "shop",
    )
    assert changed.verb == "catalog.changed"
    assert changed.before is not None
    assert changed.after is not None
    assert changed.before["spec.owner"] == "payments"
    assert changed.after["spec.owner"] == "others"


def test_a_moved_line_is_no_change_and_is_followed(tmp_path: Path) -> None:
    take(write(tmp_path, component("shop")))
    result = take(write(tmp_path, "# a comment\n\n" + component("shop")))
    assert result.counts()["service"]["unchanged"] == 1
    assert Document.objects.get().line == 3


def test_names_are_the_same_in_any_case(tmp_path: Path) -> None:
    take(write(tmp_path, component("Shop")))
    result = take(write(tmp_path, component("SHOP")))
    assert result.counts()["service"]["changed"] == 1
    assert Service.objects.get().name == "SHOP"


def test_namespaces_keep_names_apart(tmp_path: Path) -> None:
    text = component("shop").replace("name: shop", "name: shop\n  namespace: EU")
    take(write(tmp_path, documents(component("shop"), text)))
    assert list(Service.objects.values_list("key", "namespace")) == [
        ("eu:shop", "eu"),
        ("shop", "default"),
    ]


def test_references_are_relative_to_the_entitys_namespace(tmp_path: Path) -> None:
    text = component("shop").replace("name: shop", "name: shop\n  namespace: eu")
    team = group("payments").replace("name: payments", "name: payments\n  namespace: eu")
    take(write(tmp_path, documents(group("payments"), team, text)))
    assert Service.objects.get().owner == Team.objects.get(key="eu:payments")


def test_a_reference_to_nothing_is_kept_said_and_taken(tmp_path: Path) -> None:
    result = take(write(tmp_path, component("shop", dependsOn="[component:ghost]")))
    assert not result.has_refusals
    dangling = [(problem.line, problem.message) for problem in result.problems]
    assert dangling[0][0] == 8
    assert dangling[0][1].startswith("group:payments does not exist")
    assert dangling[1][0] == 9
    shop = Service.objects.get()
    assert (shop.owner, shop.owner_ref) == (None, "payments")
    assert Relation.objects.filter(to_key="ghost").exists()


def test_what_dangled_is_linked_once_it_exists(tmp_path: Path) -> None:
    take(write(tmp_path / "a", component("shop", system="checkout")))
    take(write(tmp_path / "b", documents(group(), entity("System", "checkout", owner="payments"))))
    shop = Service.objects.get()
    assert shop.owner == Team.objects.get()
    assert shop.system == System.objects.get()


def test_a_name_of_another_source_is_a_conflict_that_stays_visible(tmp_path: Path) -> None:
    take(write(tmp_path / "a", component("shop")))
    result = take(write(tmp_path / "b", component("shop", owner="others")))
    assert rules_of(result) == ["conflict"]
    assert result.counts()["service"]["conflict"] == 1
    document = Document.objects.get()
    assert document.body["spec"]["owner"] == "payments"
    assert document.conflict is not None
    assert document.conflict["path"] == "catalog-info.yaml"
    assert document.conflict["source"] == str(tmp_path / "b")
    take(write(tmp_path / "b", component("shop")))  # now they agree
    assert Document.objects.get().conflict is None


def test_a_conflict_can_be_decided_by_taking_over(tmp_path: Path) -> None:
    take(write(tmp_path / "a", component("shop")))
    result = take(write(tmp_path / "b", component("shop", owner="others")), take_over=True)
    assert result.counts()["service"]["changed"] == 1
    assert Document.objects.get().source.title == str(tmp_path / "b")


def test_duplicates_of_one_run_are_a_conflict_with_both_places(tmp_path: Path) -> None:
    write(tmp_path, component("shop"))
    write(tmp_path, component("SHOP", owner="others"), "z/catalog-info.yaml")
    result = take(tmp_path)
    assert rules_of(result) == ["duplicate"]
    assert result.counts()["service"] == {
        "created": 1,
        "changed": 0,
        "unchanged": 0,
        "conflict": 1,
        "skipped": 0,
    }
    conflict: Any = Document.objects.get().conflict
    assert conflict["path"] == "z/catalog-info.yaml"
    (tmp_path / "z" / "catalog-info.yaml").unlink()
    take(tmp_path)
    assert Document.objects.get().conflict is None


def test_a_file_read_alone_and_in_its_folder_is_the_same_place(tmp_path: Path) -> None:
    take(write(tmp_path, component("shop")))
    result = take(write(tmp_path, component("shop", owner="others")) / "catalog-info.yaml")
    assert result.counts()["service"]["changed"] == 1
    assert rules_of(result) == []


def test_what_is_gone_is_marked_and_comes_back(tmp_path: Path) -> None:
    take(write(tmp_path, documents(component("a"), component("b"), group("t"))))
    result = take(write(tmp_path, component("a")))
    assert result.vanished == 2
    assert Service.objects.get(key="b").vanished_at == NOW
    assert Team.objects.get(key="t").vanished_at == NOW
    assert Document.objects.get(key="b").vanished_at == NOW
    assert Event.objects.filter(verb="catalog.vanished").count() == 2
    take(write(tmp_path, documents(component("a"), component("b"))))
    assert Service.objects.get(key="b").vanished_at is None
    assert Event.objects.filter(verb="catalog.reappeared").count() == 1


@pytest.mark.parametrize(
    "broken",
    ["kind: [\n", component("c", owner="''"), entity("Location", "l", target="./missing.yaml")],
    ids=["malformed", "invalid", "unreadable"],
)
def test_a_broken_file_keeps_its_last_good_entities(tmp_path: Path, broken: str) -> None:
    take(write(tmp_path, documents(component("a"), component("c"))))
    result = take(write(tmp_path, documents(component("a"), broken)))
    assert result.has_refusals
    assert result.vanished == 0
    assert Service.objects.get(key="c").vanished_at is None


def test_a_file_that_became_a_skeleton_keeps_its_last_good_entities(tmp_path: Path) -> None:
    take(write(tmp_path, documents(component("a"), component("c"))))
    result = take(write(tmp_path, documents(component("a"), component("{{ name }}"))))
    assert [problem.rule for problem in result.problems if "placeholders" in problem.message]
    assert result.vanished == 0
    assert Service.objects.get(key="c").vanished_at is None


def test_a_definition_that_cannot_be_read_keeps_the_last_one(tmp_path: Path) -> None:
    fields = {"type": "grpc", "lifecycle": "x", "definition": "{$text: ./a.proto}"}
    write(tmp_path, documents(entity("API", "a", owner="o", **fields)))
    take(tmp_path)
    assert API.objects.get().definition == ""
    take(write(tmp_path, "service A {}", "a.proto"))
    assert API.objects.get().definition == "service A {}"
    (tmp_path / "a.proto").unlink()
    result = take(write(tmp_path, documents(entity("API", "a", owner="others", **fields))))
    assert result.counts()["api"]["changed"] == 1
    api = API.objects.get()
    assert (api.owner_ref, api.definition) == ("others", "service A {}")


def test_an_invalid_file_does_not_hold_back_what_vanished_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, component("gone"), "x/catalog-info.yaml")
    take(write(tmp_path, component("a")))
    (tmp_path / "x" / "catalog-info.yaml").unlink()
    take(write(tmp_path, component("a", owner="''")))
    assert Service.objects.get(key="gone").vanished_at == NOW
    assert Service.objects.get(key="a").vanished_at is None


def test_an_emptied_or_missing_folder_keeps_everything(tmp_path: Path) -> None:
    take(write(tmp_path, component("a")))
    (tmp_path / "catalog-info.yaml").unlink()
    result = take(tmp_path)
    assert rules_of(result) == ["unreadable"]
    assert "The 1 entities known from there are kept" in result.problems[0].message
    assert Service.objects.get().vanished_at is None
    source = CatalogSource.objects.get()
    assert source.last_failure_at == NOW
    assert "no catalogue file" in source.failure_reason
    take(write(tmp_path, component("a")))
    assert CatalogSource.objects.get().failure_reason == ""


def test_pasting_again_takes_nothing_away() -> None:
    paste(component("a"))
    result = paste(component("b"))
    assert result.vanished == 0
    assert Service.objects.filter(vanished_at=None).count() == 2


def test_what_vanished_from_one_source_may_move_to_another(tmp_path: Path) -> None:
    take(write(tmp_path / "a", documents(component("keep"), component("shop"))))
    take(write(tmp_path / "a", component("keep")))
    result = take(write(tmp_path / "b", component("shop", owner="others")))
    assert rules_of(result) == []
    assert Service.objects.get(key="shop").vanished_at is None


def test_strict_refuses_the_whole_run(tmp_path: Path) -> None:
    result = take(
        write(tmp_path, documents(component("a"), component("b", owner="''"))), strict=True
    )
    assert result.is_refused
    assert result.counts()["service"] == {
        "created": 0,
        "changed": 0,
        "unchanged": 0,
        "conflict": 0,
        "skipped": 2,
    }
    assert not Document.objects.exists()


def test_strict_lets_remarks_pass(tmp_path: Path) -> None:
    assert not take(write(tmp_path, component("a")), strict=True).is_refused


def test_what_the_database_refuses_takes_nothing_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_entries = Rows.write_entries

    def refusing(self: Rows, plan: Any, entities: Any, documents: Any) -> None:
        if any(entity.key == "b" for entity in entities):
            raise DatabaseError("value too strange")
        write_entries(self, plan, entities, documents)

    monkeypatch.setattr(Rows, "write_entries", refusing)
    result = take(write(tmp_path, documents(component("a"), component("b"), component("c"))))
    assert list(Service.objects.values_list("key", flat=True)) == ["a", "c"]
    assert not Document.objects.filter(key="b").exists()
    assert not Event.objects.filter(subject_key="b").exists()
    assert rules_of(result) == ["database"]
    assert result.counts()["service"]["skipped"] == 1


def test_strict_takes_back_everything_where_the_database_refuses_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(self: Rows, plan: Any, entities: Any, documents: Any) -> None:
        raise DatabaseError("value too strange")

    monkeypatch.setattr(Rows, "write_entries", refusing)
    result = take(write(tmp_path, documents(group(), component("a"))), strict=True)
    assert result.is_refused
    assert rules_of(result) == ["database"]
    assert not Document.objects.exists()
    assert not Team.objects.exists()


def test_domains_are_a_tree_without_cycles(tmp_path: Path) -> None:
    text = documents(
        entity("Domain", "low", owner="o", subdomainOf="high"),
        entity("Domain", "high", owner="o"),
    )
    take(write(tmp_path, text))
    assert Domain.objects.get(key="low").parent == Domain.objects.get(key="high")
    result = take(
        write(
            tmp_path, text.replace("name: high\nspec:\n", "name: high\nspec:\n  subdomainOf: low\n")
        )
    )
    assert rules_of(result) == ["cycle"]
    assert Domain.objects.get(key="high").parent is None


def test_real_entities_replace_sample_ones_and_never_the_other_way_round(tmp_path: Path) -> None:
    take(write(tmp_path / "sample", component("shop")), is_sample=True)
    assert Service.objects.get().is_sample
    take(write(tmp_path / "real", component("shop", owner="others")))
    assert not Service.objects.get().is_sample
    assert not Document.objects.get().is_sample
    assert not Relation.objects.filter(is_sample=True).exists()
    result = take(write(tmp_path / "sample", component("shop")), is_sample=True)
    assert rules_of(result) == []
    assert Service.objects.get().owner_ref == "others"


def test_sample_data_leaves_rows_made_by_hand_alone(tmp_path: Path) -> None:
    Team.objects.create(key="payments", name="payments", description="Ours.")
    take(write(tmp_path, documents(group("payments"), component("shop"))), is_sample=True)
    team = Team.objects.get()
    assert (team.is_sample, team.description) == (False, "Ours.")
    assert Service.objects.get().owner == team


def test_one_import_writes_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.catalog.importers.run._PATIENCE", 0.0)
    write(tmp_path, component("shop"))
    with lease("catalogue import", timedelta(minutes=1)), pytest.raises(Conflict):
        take(tmp_path)
    assert not Document.objects.exists()
    take(tmp_path)
    assert Document.objects.exists()
    assert not Lease.objects.exists()


def test_key_order_and_odd_values_survive_the_database(tmp_path: Path) -> None:
    text = component("shop") + "  zebra: {b: 1, a: [1.5, true, null, 'yes', 0o17, 1e3]}\n"
    take(write(tmp_path, text))
    body: Any = Document.objects.get().body
    assert list(body["spec"])[-1] == "zebra"
    assert list(body["spec"]["zebra"]) == ["b", "a"]
    assert body["spec"]["zebra"]["a"] == [1.5, True, None, "yes", 15, 1000.0]


def test_an_import_is_safe_at_any_size_of_text(tmp_path: Path) -> None:
    text = component("shop").replace("name: shop", f"name: shop\n  title: {'x' * 500}")
    result = take(write(tmp_path, text))
    assert rules_of(result) == []
    assert len(Service.objects.get().title) == 200


def test_more_entities_than_a_transaction_takes_are_all_taken(tmp_path: Path) -> None:
    text = documents(group(), *(component(f"s-{n}") for n in range(2500)))
    result = take(write(tmp_path, text))
    assert result.counts()["service"]["created"] == 2500
    assert Service.objects.filter(owner__key="payments").count() == 2500
    assert Event.objects.count() == 2501
