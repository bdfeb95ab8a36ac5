"""From files to entities: several documents, Locations, substitutions, and bad input."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from portal.catalog.importers.gather import Fetch, Gathered, gather
from portal.catalog.importers.places import FolderPlace, TextPlace, by_pattern
from portal.catalog.kinds import EXPORT_MARK
from tests.portal.catalog.world import component, documents, entity, group, write


def gathered(root: Path, fetch: Fetch | None = None) -> Gathered:
    return gather(FolderPlace(root, shown="here"), fetch=fetch)


class Pages:
    """Addresses that answer from a table."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.pages = pages

    def read(self, address: str) -> bytes:
        return self.pages[address].encode()

    def match(self, pattern: str) -> list[str]:
        return by_pattern(self.pages, pattern)

    def repository(self, address: str) -> tuple[str, str]:
        return "acme/shop", "c"


def refusals(found: Gathered) -> list[tuple[str, int, str]]:
    return [(item.file, item.line, item.rule) for item in found.problems if item.refused]


def remarks(found: Gathered) -> list[tuple[int, str]]:
    return [(item.line, item.rule) for item in found.problems if not item.refused]


def test_several_documents_of_a_file_know_their_lines(tmp_path: Path) -> None:
    found = gathered(write(tmp_path, documents(component("a"), component("b"))))
    assert [(entity.key, entity.line) for entity in found.entities.values()] == [
        ("a", 1),
        ("b", 10),
    ]
    assert found.is_complete


def test_a_broken_document_is_named_and_the_rest_is_taken(tmp_path: Path) -> None:
    text = documents(component("a"), "kind: [\n", component("b"), component("c", owner="''"))
    found = gathered(write(tmp_path, text))
    assert sorted(key for _, key in found.entities) == ["a", "b"]
    assert refusals(found) == [
        ("here/catalog-info.yaml", 11, "yaml"),
        ("here/catalog-info.yaml", 28, "required"),
    ]
    assert not found.is_complete
    assert found.skipped == ["other", "service"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: b: c\n", "yaml"),
        ("a: " + "[" * 100 + "\n", "yaml"),
        ("a: &a [x]\nb: &b [*a, *a]\n" + "c: [" + "*b, " * 300_000 + "]\n", "yaml"),
        ("a: '" + "x" * 2_200_000 + "'\n", "yaml"),
        ("\x00\x01", "yaml"),
        ("just text\n", "envelope"),
        ("services:\n  web: {}\n", "envelope"),
        ("kind: Component\n", "apiVersion"),
    ],
    ids=["malformed", "deep", "aliases", "huge", "binary", "text", "no-entity", "half"],
)
def test_bad_input_gives_a_sentence_with_its_place(tmp_path: Path, text: str, rule: str) -> None:
    found = gathered(write(tmp_path, documents(component(), text)))
    assert len(found.entities) == 1
    assert rule in [item.rule for item in found.problems]
    assert all(item.file == "here/catalog-info.yaml" and item.line for item in found.problems)


def test_a_name_that_stands_twice_counts_once_and_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, component("Shop"))
    write(tmp_path, component("shop", owner="other"), "z/catalog-info.yaml")
    found = gathered(tmp_path)
    assert [entity.body["metadata"]["name"] for entity in found.entities.values()] == ["Shop"]
    (problem,) = found.problems
    assert (problem.file, problem.rule) == ("here/z/catalog-info.yaml", "duplicate")
    assert "here/catalog-info.yaml, line 1" in problem.message


def test_unknown_kinds_and_keys_are_kept_and_said(tmp_path: Path) -> None:
    text = documents(entity("Rocket", "r", fuel="3"), component("a", color="blue"))
    found = gathered(write(tmp_path, text))
    rocket, service = found.entities.values()
    assert rocket.body["spec"] == {"fuel": 3}
    assert rocket.known.noun == "other"
    assert service.body["spec"]["color"] == "blue"
    assert remarks(found) == [(2, "unknown-kind"), (16, "unknown-key")]


def test_what_backstage_would_refuse_is_taken_and_said(tmp_path: Path) -> None:
    text = component(system="").replace("kind: Component", "kind: component")
    found = gathered(write(tmp_path, text))
    assert remarks(found) == [(2, "kind-case"), (9, "empty-key")]
    assert found.problems[0].message.startswith("component is read as Component")
    assert found.problems[1].message.endswith("refuses them: spec.system.")


def test_locations_lead_to_more_files(tmp_path: Path) -> None:
    write(tmp_path, entity("Location", "all", targets="[./teams/*.yaml, ./one.yaml]"))
    write(tmp_path, group("a"), "teams/a.yaml")
    write(tmp_path, group("b"), "teams/b.yaml")
    write(tmp_path, entity("Location", "deeper", target="./teams/a.yaml"), "one.yaml")
    found = gathered(tmp_path)
    assert sorted(key for _, key in found.entities) == ["a", "all", "b", "deeper"]
    assert found.files == 4  # each once


def test_locations_that_name_each_other_are_read_once(tmp_path: Path) -> None:
    write(tmp_path, entity("Location", "a", target="./b.yaml"))
    write(tmp_path, entity("Location", "b", target="./catalog-info.yaml"), "b.yaml")
    found = gathered(tmp_path)
    assert found.files == 2
    assert found.is_complete


def test_locations_lead_ten_levels_deep_at_most(tmp_path: Path) -> None:
    write(tmp_path, entity("Location", "l0", target="./1.yaml"))
    for n in range(1, 15):
        write(tmp_path, entity("Location", f"l{n}", target=f"./{n + 1}.yaml"), f"{n}.yaml")
    found = gathered(tmp_path)
    assert len(found.entities) == 11
    assert "more than 10 levels" in found.problems[0].message


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("./missing.yaml", "does not exist"),
        ("../outside.yaml", "lies outside"),
        ("/etc/hostname", "lies outside"),
        ("http://127.0.0.1/x.yaml", "is not followed here"),
    ],
)
def test_a_location_that_leads_nowhere_is_said_and_nothing_counts_as_vanished(
    tmp_path: Path, target: str, words: str
) -> None:
    found = gathered(write(tmp_path, entity("Location", "l", target=target)))
    (problem,) = found.problems
    assert problem.rule == "location"
    assert words in problem.message
    assert not found.is_complete


def test_an_optional_location_may_lead_nowhere(tmp_path: Path) -> None:
    text = entity("Location", "l", target="./missing.yaml", presence="optional")
    found = gathered(write(tmp_path, text))
    assert found.problems == []
    assert found.is_complete


def test_locations_at_addresses_are_fetched_and_relative_to_them(tmp_path: Path) -> None:
    pages = {
        "https://example.com/c/all.yaml": entity("Location", "inner", target="./shop.yaml"),
        "https://example.com/c/shop.yaml": component("shop"),
    }
    text = entity("Location", "l", type="url", target="https://example.com/c/all.yaml")
    found = gathered(write(tmp_path, text), fetch=Pages(pages))
    assert ("component", "shop") in found.entities
    assert found.entities["component", "shop"].file == "https://example.com/c/shop.yaml"
    assert found.entities["component", "shop"].repository == ("acme/shop", "c")


def test_patterns_at_addresses_are_followed_by_whoever_fetches(tmp_path: Path) -> None:
    pages = {f"https://example.com/{name}/c.yaml": component(name) for name in ("a", "b")}
    text = entity("Location", "l", type="url", target="https://example.com/*/c.yaml")
    found = gathered(write(tmp_path, text), fetch=Pages(pages))
    assert sorted(found.entities) == [("component", "a"), ("component", "b"), ("location", "l")]


def test_patterns_at_addresses_are_refused_where_none_is_followed(tmp_path: Path) -> None:
    text = entity("Location", "l", type="url", target="https://example.com/*/c.yaml")
    found = gathered(write(tmp_path, text))
    assert "is not followed here" in found.problems[0].message
    assert not found.is_complete


def api(definition: str) -> str:
    return entity("API", "a", type="openapi", lifecycle="x", owner="o", definition=definition)


@pytest.mark.parametrize(
    ("how", "content", "expected"),
    [
        ("$text", "openapi: 3.1.0\n", "openapi: 3.1.0\n"),
        ("$yaml", "openapi: 3.1.0\n", {"openapi": "3.1.0"}),
        ("$json", '{"openapi": "3.1.0"}', {"openapi": "3.1.0"}),
    ],
)
def test_substitutions_are_followed_and_the_body_stays_as_written(
    tmp_path: Path, how: str, content: str, expected: object
) -> None:
    write(tmp_path, content, "docs/openapi.yaml")
    write(tmp_path, api(f"\n    {how}: ./docs/openapi.yaml"))
    (made,) = gathered(tmp_path).entities.values()
    assert made.body["spec"]["definition"] == {how: "./docs/openapi.yaml"}
    assert made.resolved["spec"]["definition"] == expected


@pytest.mark.parametrize(
    ("reference", "content"),
    [
        ("$text: ./missing.txt", ""),
        ("$text: ../outside.txt", ""),
        ("$text: https://example.com/x", ""),
        ("$json: ./x", "{"),
        ("$json: ./x", '"\\u0000"'),
        ("$json: ./x", '"\\ud800"'),
        ("$yaml: ./x", "a: [\n"),
        ("$text: ./x", "a\0b"),
        ("$text: ./x", "x" * 2_200_000),
    ],
)
def test_a_substitution_that_fails_is_said_and_the_entity_is_taken(
    tmp_path: Path, reference: str, content: str
) -> None:
    write(tmp_path, content, "x")
    found = gathered(write(tmp_path, api(f"\n    {reference}")))
    (made,) = found.entities.values()
    assert made.is_unresolved
    assert remarks(found)[0][1] == "substitution"
    assert refusals(found) == []


def test_a_changed_file_behind_a_substitution_changes_the_entity(tmp_path: Path) -> None:
    write(tmp_path, api("\n    $text: ./x"))
    write(tmp_path, "one", "x")
    (before,) = gathered(tmp_path).entities.values()
    write(tmp_path, "two", "x")
    (after,) = gathered(tmp_path).entities.values()
    assert before.body == after.body
    assert before.digest != after.digest


@pytest.mark.parametrize(
    "text",
    [
        component("${{ values.name | dump }}"),
        "apiVersion: backstage.io/v1alpha1\n{% if x %}\nkind: {{cookiecutter.kind}}\n",
    ],
)
def test_a_templates_skeleton_is_left_out_with_a_remark(tmp_path: Path, text: str) -> None:
    found = gathered(write(tmp_path, text))
    assert found.entities == {}
    assert found.is_complete
    assert [item.rule for item in found.problems] == ["template"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (component() + "  a: b: c\n", "yaml"),
        (component(owner="''") + "  spare: '{{ mustache }}'\n", "required"),
    ],
)
def test_braces_elsewhere_in_a_file_excuse_nothing(tmp_path: Path, text: str, rule: str) -> None:
    noted = entity("Domain", "d", owner="o", note="'{{ mustache }}'")
    found = gathered(write(tmp_path, documents(noted, text)))
    assert [item.rule for item in found.problems if item.refused] == [rule]


def test_locations_of_an_export_are_not_followed(tmp_path: Path) -> None:
    text = EXPORT_MARK + "---\n" + entity("Location", "l", target="./missing.yaml")
    found = gathered(write(tmp_path, text))
    assert [(item.rule, item.refused) for item in found.problems] == [("export", False)]
    assert found.is_complete


@pytest.mark.parametrize("how", ["$openapi", "$asyncapi"])
def test_definitions_of_several_files_are_read_as_their_first(tmp_path: Path, how: str) -> None:
    write(tmp_path, "openapi: 3.1.0\n", "spec.yaml")
    write(tmp_path, api(f"\n    {how}: ./spec.yaml"))
    (found,) = gathered(tmp_path).entities.values()
    assert found.resolved["spec"]["definition"] == "openapi: 3.1.0\n"


def test_a_folder_that_cannot_be_listed_is_said_and_nothing_counts_as_vanished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, component(), "a/catalog-info.yaml")
    write(tmp_path, component("hidden"), "b/catalog-info.yaml")
    listed = os.scandir

    def scandir(path: str) -> Any:
        if os.path.basename(path) == "b":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = gathered(tmp_path)
    assert len(found.entities) == 1
    assert [(item.file, item.rule, item.message) for item in found.problems] == [
        ("here/b", "unreadable", "The folder b can't be listed: Permission denied.")
    ]
    assert not found.is_complete


def test_pasted_text_has_no_folder_around_it() -> None:
    found = gather(TextPlace(entity("Location", "l", target="./x.yaml")))
    assert "there is no folder around this text" in found.problems[0].message
