"""References and keys."""

import pytest

from portal.catalog.references import BadReference, Ref, entity_key, parse_ref, split_key


@pytest.mark.parametrize(
    ("text", "kind", "namespace", "expected"),
    [
        ("Payments", "group", "default", Ref("group", "payments")),
        ("User:Ilse", "group", "default", Ref("user", "ilse")),
        ("other/Payments", "group", "default", Ref("group", "other:payments")),
        ("group:default/payments", "", "default", Ref("group", "payments")),
        ("payments", "group", "EU", Ref("group", "eu:payments")),
        ("default/payments", "group", "eu", Ref("group", "payments")),
        (" api:a.b ", "", "default", Ref("api", "a.b")),
    ],
)
def test_references_are_read_with_the_defaults_of_their_field(
    text: str, kind: str, namespace: str, expected: Ref
) -> None:
    assert parse_ref(text, kind=kind, namespace=namespace) == expected


@pytest.mark.parametrize("text", ["", ":", "a:", "a/b/c", "a:b:c", "a/", "plain", "x:" + "y" * 131])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(BadReference):
        parse_ref(text)


@pytest.mark.parametrize(
    ("name", "namespace", "key"),
    [("Shop", "", "shop"), ("Shop", "Default", "shop"), ("Shop", "EU", "eu:shop")],
)
def test_keys_are_lower_case_with_the_namespace_in_front(
    name: str, namespace: str, key: str
) -> None:
    assert entity_key(name, namespace) == key
    assert split_key(key) == (namespace.lower() or "default", "shop")
