"""`import_catalog` and `export_catalog`: what they print, how they end, and that they fit."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import Membership, Team
from portal.catalog.kinds import EXPORT_MARK
from portal.catalog.models import API, Document, Domain, Relation, Resource, Service, System
from portal.lib import yaml
from tests.factories import make_person, make_service, make_team
from tests.portal.catalog.world import (
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


def run(*arguments: str) -> tuple[int, str]:
    """Run `import_catalog`; answers its exit status and what it printed."""
    out = io.StringIO()
    try:
        call_command("import_catalog", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def counts(*arguments: str) -> tuple[int, dict[str, dict[str, int]], list[dict[str, Any]]]:
    status, text = run(*arguments, "--json")
    answer = json.loads(text)
    assert set(answer) == {"by_kind", "problems"}
    return status, answer["by_kind"], answer["problems"]


def test_json_holds_counts_and_problems_only(tmp_path: Path) -> None:
    write(tmp_path, documents(group(), component("a"), component("b", owner="''")))
    status, by_kind, problems = counts(str(tmp_path))
    assert status == 1
    assert by_kind == {
        "service": {"created": 1, "changed": 0, "unchanged": 0, "conflict": 0, "skipped": 1},
        "team": {"created": 1, "changed": 0, "unchanged": 0, "conflict": 0, "skipped": 0},
    }
    assert problems == [
        {
            "file": f"{tmp_path}/catalog-info.yaml",
            "line": 25,
            "rule": "required",
            "message": "spec.owner is missing; Component needs it.",
        }
    ]


def test_all_taken_ends_with_zero_even_with_remarks(tmp_path: Path) -> None:
    write(tmp_path, documents(component("a"), entity("Rocket", "r", fuel="1")))
    status, by_kind, problems = counts(str(tmp_path))
    assert status == 0
    assert by_kind["other"]["created"] == 1
    assert sorted(problem["rule"] for problem in problems) == ["dangling", "unknown-kind"]


@pytest.mark.parametrize("source", ["/no/such/folder", "github:", ""])
def test_a_wrong_source_ends_with_two_and_a_sentence(source: str) -> None:
    status, text = run(source)
    assert status == 2
    assert text.endswith(".")


def test_a_missing_source_among_others_takes_nothing(tmp_path: Path) -> None:
    write(tmp_path, component())
    assert run(str(tmp_path), "/no/such/folder")[0] == 2
    assert not Service.objects.exists()


def test_a_dry_run_shows_and_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, component())
    status, text = run(str(tmp_path), "--dry-run")
    assert status == 0
    assert "service: 1 created" in text
    assert "nothing is written" in text
    assert not Document.objects.exists()


def test_strict_says_that_nothing_was_written(tmp_path: Path) -> None:
    write(tmp_path, documents(component("a"), "broken: [\n"))
    status, text = run(str(tmp_path), "--strict")
    assert status == 1
    assert "nothing was written" in text
    assert not Document.objects.exists()


def test_strict_takes_all_sources_or_none(tmp_path: Path) -> None:
    write(tmp_path / "a", component("a"))
    write(tmp_path / "b", component("a", owner="others"))
    sources = [str(tmp_path / "a"), str(tmp_path / "b")]
    status, by_kind, problems = counts(*sources, "--strict")
    assert status == 1
    assert [item["rule"] for item in problems if item["rule"] != "dangling"] == ["conflict"]
    assert by_kind["service"]["created"] == 0
    assert by_kind["service"]["skipped"] == 1
    assert not Document.objects.exists()


def test_every_yaml_file_is_read_where_the_format_is_given(tmp_path: Path) -> None:
    write(tmp_path, component("a"))
    write(tmp_path, component("b"), "other.yaml")
    assert counts(str(tmp_path))[1]["service"]["created"] == 1
    assert counts(str(tmp_path), "--format", "backstage")[1]["service"]["created"] == 1


def test_many_remarks_are_told_in_short(tmp_path: Path) -> None:
    write(tmp_path, documents(*(component(f"s-{n}") for n in range(30))))
    text = run(str(tmp_path))[1]
    assert text.count("dangling)") == 20
    assert "10 more of dangling" in text


def exported(tmp_path: Path, *arguments: str) -> list[Any]:
    path = tmp_path / "export.yaml"
    call_command("export_catalog", "--output", str(path), *arguments, stderr=io.StringIO())
    return [document.value for document in yaml.load_documents(path.read_text())]


ODD = documents(
    component("shop", owner="Team-A", lifecycle_note="'yes'")
    + "  zebra: {b: 1, a: [1.5, true, ~]}\n  text: |\n    two\n    lines\n",
    entity("API", "a", type="x", lifecycle="y", owner="o", definition="{$text: ./missing.txt}"),
    entity("Location", "l", targets="[./nowhere.yaml]"),
    entity("Template", "t", type="service"),
    "apiVersion: acme.com/v1\nkind: Component\nmetadata: {name: theirs, since: 2024-05-01}\n",
    group("team-a", children="team-b"),
    user("ilse", "team-a", "ilse@example.com"),
)


def test_an_export_holds_what_was_read_in_its_order(tmp_path: Path) -> None:
    paste(ODD)
    bodies = exported(tmp_path)
    expected = [document.value for document in yaml.load_documents(ODD)]
    assert sorted(map(repr, bodies)) == sorted(map(repr, expected))


@pytest.mark.parametrize("target", ["export.yaml", "export/"])
def test_importing_our_own_export_changes_nothing(tmp_path: Path, target: str) -> None:
    paste(ODD)
    make_team("by-hand", parent=Team.objects.get(key="team-a"), email="a@example.com")
    Membership.objects.create(team=Team.objects.get(key="by-hand"), person=make_person(key="jun"))
    before = list(Document.objects.order_by("pk").values())
    output = f"{tmp_path}/{target}"
    call_command("export_catalog", "--output", output, stderr=io.StringIO())
    status, by_kind, problems = counts(output)
    assert status == 0
    assert all(
        states["unchanged"] and sum(states.values()) == states["unchanged"]
        for states in by_kind.values()
    ), by_kind
    assert {problem["rule"] for problem in problems} <= {"unknown-key", "unknown-kind"}
    assert list(Document.objects.order_by("pk").values()) == before


def test_an_export_fills_a_fresh_portal_and_gives_the_same_export(tmp_path: Path) -> None:
    write(tmp_path / "catalog", entity("Location", "l", target="./more.yaml"))
    write(tmp_path / "catalog", component("shop"), "more.yaml")
    run(str(tmp_path / "catalog"))
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    call_command("export_catalog", "--output", str(first), stderr=io.StringIO())
    for model in (Relation, Service, Document):
        model.objects.all().delete()
    status, by_kind, problems = counts(str(first))
    assert status == 0
    assert {noun: states["created"] for noun, states in by_kind.items()} == {
        "service": 1,
        "location": 1,
    }
    assert sorted(problem["rule"] for problem in problems) == ["dangling", "export"]
    call_command("export_catalog", "--output", str(second), stderr=io.StringIO())
    assert first.read_bytes() == second.read_bytes()


def test_entries_without_a_file_are_written_as_their_rows_say(tmp_path: Path) -> None:
    payments = make_team("payments")
    domain = Domain.objects.create(key="selling", name="selling", owner=payments)
    system = System.objects.create(key="eu:checkout", name="checkout", domain=domain)
    make_service("Shop", system=system, owner=payments, tier=2, repository="acme/shop", tags=["go"])
    API.objects.create(key="a", name="a", type="grpc", definition="syntax")
    Resource.objects.create(key="db", name="db", type="database", owner_ref="user:ilse")
    bodies = {body["kind"]: body for body in exported(tmp_path)}
    assert bodies["Component"] == {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {
            "name": "Shop",
            "annotations": {
                "github.com/project-slug": "acme/shop",
                "command-center/tier": "2",
            },
            "tags": ["go"],
        },
        "spec": {
            "type": "service",
            "lifecycle": "production",
            "owner": "payments",
            "system": "eu/checkout",
        },
    }
    assert bodies["System"]["metadata"]["namespace"] == "eu"
    assert bodies["API"]["spec"]["definition"] == "syntax"
    status, by_kind, _ = counts(str(tmp_path / "export.yaml"))
    assert status == 0
    assert all(states["unchanged"] == sum(states.values()) for states in by_kind.values())


def test_kinds_narrow_an_export_by_either_name(tmp_path: Path) -> None:
    paste(documents(component(), group()))
    assert [body["kind"] for body in exported(tmp_path, "--kind", "service")] == ["Component"]
    assert [body["kind"] for body in exported(tmp_path, "--kind", "Group")] == ["Group"]


def test_vanished_entities_are_not_exported(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", documents(component("a"), component("b")))
    take(folder)
    take(write(folder, component("a")))
    assert [body["metadata"]["name"] for body in exported(tmp_path)] == ["a"]


def test_an_export_that_cannot_be_written_ends_with_two(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("export_catalog", "--output", str(tmp_path / "no" / "where.yaml"))
    assert caught.value.returncode == 2


def test_without_an_output_the_export_is_printed() -> None:
    paste(component("shop"))
    out = io.StringIO()
    call_command("export_catalog", stdout=out)
    start = "---\napiVersion: backstage.io/v1alpha1\nkind: Component\n"
    assert out.getvalue().startswith(EXPORT_MARK + start)


names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True)
text = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
extras: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | text
        | st.lists(extras, max_size=3)
        | st.dictionaries(text, extras, max_size=3)
    )
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    names=st.lists(names, min_size=1, max_size=5, unique_by=str.lower),
    description=text,
    extra=st.dictionaries(text.filter(lambda key: key not in ("type", "owner", "system")), extras),
)
def test_any_entity_comes_back_as_it_was(
    tmp_path: Path, names: list[str], description: str, extra: dict[str, Any]
) -> None:
    Service.objects.all().delete()
    Document.objects.all().delete()
    reserved = {"lifecycle", "providesApis", "consumesApis", "dependsOn", "dependencyOf"}
    reserved |= {"subcomponentOf"}
    bodies: list[Any] = [
        {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": {"name": name, "description": description, "x": extra},
            "spec": {
                "owner": "o",
                "type": "service",
                "lifecycle": "l",
                **{key: value for key, value in extra.items() if key not in reserved},
            },
        }
        for name in names
    ]
    result = paste("".join(yaml.dump_documents(bodies)))
    assert result.counts()["service"]["created"] == len(names)
    read = exported(tmp_path)
    by_name = {body["metadata"]["name"]: body for body in bodies}
    assert {body["metadata"]["name"]: body for body in read} == by_name
    assert all(repr(body) == repr(by_name[body["metadata"]["name"]]) for body in read)
    again = counts(str(tmp_path / "export.yaml"))[1]
    assert again["service"]["unchanged"] == len(names)
