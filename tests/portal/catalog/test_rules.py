"""What makes an entity valid, by Backstage's rules."""

from typing import Any

import pytest

from portal.catalog.rules import Fault, faults
from portal.lib import yaml
from tests.portal.catalog.world import component, entity, group, user


def found(text: str) -> list[Fault]:
    return list(faults(yaml.load_document(text).value))


def changed(path: str, value: Any) -> list[Fault]:
    """The faults of a good Component with one value changed."""
    body: Any = yaml.load_document(component()).value
    *steps, last = path.split(".")
    at = body
    for step in steps:
        at = at.setdefault(step, {})
    at[last] = value
    return list(faults(body))


@pytest.mark.parametrize(
    "text",
    [
        component(),
        component(name="A.b_c-9", owner="group:other/payments"),
        component(dependsOn="[component:a, 'resource:ns/db']", system="null"),
        entity("API", "a", type="grpc", lifecycle="x", owner="o", definition="{$text: ./a.proto}"),
        entity("API", "m", type="mcp-server", lifecycle="x", owner="o", remotes="[{type: sse}]"),
        entity("API", "n", type="ai-model-server", lifecycle="x", owner="o", serverUrl="http://n"),
        entity("Resource", "db", type="database", owner="o"),
        entity("System", "s", owner="o"),
        entity("Domain", "d", owner="o", subdomainOf="up"),
        group(),
        user(),
        entity("Location", "l", target="./x.yaml"),
        entity("Rocket", "unknown-kinds-are-fine", fuel="3"),
        "apiVersion: acme.com/v1\nkind: Component\nmetadata: {name: a}\n",
    ],
)
def test_good_entities_have_no_fault(text: str) -> None:
    assert found(text) == []


def test_any_text_is_a_lifecycle_and_a_type() -> None:
    assert changed("spec.lifecycle", "retired in 2019, mostly") == []
    assert changed("spec.type", "🚀") == []


@pytest.mark.parametrize("body", [None, [], "text", 3])
def test_what_is_no_mapping_is_no_entity(body: Any) -> None:
    (fault,) = faults(body)
    assert fault.rule == "envelope"


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("apiVersion", None, "apiVersion"),
        ("apiVersion", "a/b/c", "apiVersion"),
        ("kind", "", "kind"),
        ("kind", "My Kind", "kind"),
        ("metadata", [], "metadata"),
        ("metadata.name", None, "name"),
        ("metadata.name", 12, "name"),
        ("metadata.name", "a" * 64, "name"),
        ("metadata.name", "-a", "name"),
        ("metadata.name", "a b", "name"),
        ("metadata.namespace", "a_b", "namespace"),
        ("metadata.namespace", "a" * 64, "namespace"),
        ("metadata.title", ["a"], "title"),
        ("metadata.description", 3, "description"),
        ("metadata.labels", ["a"], "labels"),
        ("metadata.labels", {"tier": 1}, "labels"),
        ("metadata.labels", {"tier": "a b"}, "labels"),
        ("metadata.labels", {"Acme.com/tier": "1"}, "labels"),
        ("metadata.labels", {"/tier": "1"}, "labels"),
        ("metadata.annotations", {"a": None}, "annotations"),
        ("metadata.annotations", {"a b": "x"}, "annotations"),
        ("metadata.tags", "go", "tags"),
        ("metadata.tags", ["Go"], "tags"),
        ("metadata.tags", ["a" * 64], "tags"),
        ("metadata.links", {"url": "x"}, "links"),
        ("metadata.links", [{"title": "no address"}], "links"),
        ("metadata.links", [{"url": "https://a", "title": 3}], "links"),
        ("spec", "text", "spec"),
        ("spec.owner", None, "required"),
        ("spec.owner", "", "required"),
        ("spec.lifecycle", 3, "required"),
        ("spec.dependsOn", "component:a", "spec"),
        ("spec.dependsOn", ["a"], "reference"),
        ("spec.dependsOn", [3], "reference"),
        ("spec.owner", "a:b:c", "reference"),
        ("spec.system", "a/b/c", "reference"),
        ("spec.system", 3, "reference"),
        ("spec.providesApis", ["api:" + "x" * 200], "reference"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: Any, rule: str) -> None:
    assert [fault.rule for fault in changed(path, value)] == [rule]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (entity("API", "a", type="grpc", lifecycle="x", owner="o"), "spec.definition"),
        (entity("Resource", "a", owner="o"), "spec.type"),
        (entity("System", "a"), "spec.owner"),
        (entity("Group", "a", type="team"), "spec.children"),
        (entity("User", "a"), "spec.memberOf"),
    ],
)
def test_each_kind_needs_its_own_fields(text: str, missing: str) -> None:
    (fault,) = found(text)
    assert fault.rule == "required"
    assert fault.message.startswith(missing)


def test_numbers_as_labels_say_how_to_write_them() -> None:
    (fault,) = changed("metadata.labels", {"tier": 1})
    assert fault.message == 'tier has to be text; write "1" in quotes.'
    assert fault.path == ("metadata", "labels", "tier")


def test_every_fault_is_named_not_only_the_first() -> None:
    body = {"apiVersion": "", "kind": "", "metadata": {"name": "a b", "tags": ["B"]}}
    assert [fault.rule for fault in faults(body)] == ["apiVersion", "kind", "name", "tags"]
