"""YAML: what is read as what, where it stands, what is refused, and that writing loses nothing."""

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.lib import yaml
from portal.lib.yaml import Limits, YamlDocument, YamlError


def value_of(text: str) -> Any:
    return yaml.load_document(text).value


def errors_of(text: str | bytes, **limits: int) -> list[YamlError]:
    items = yaml.read_documents(text, Limits(**limits))
    return [item for item in items if isinstance(item, YamlError)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("no", "no"),
        ("true", True),
        ("False", False),
        ("2024-05-01", "2024-05-01"),
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("1e3", 1000.0),
        ("1.10", 1.1),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ("-", None),
        (".inf", math.inf),
        ("'true'", "true"),
        ('"12"', "12"),
        ("!!str 12", "12"),
        ("!!float 3", 3.0),
        ("!!int '3'", 3),
    ],
)
def test_scalars_follow_the_core_schema(text: str, expected: Any) -> None:
    if text == "-":
        assert value_of("- \n") == [None]
        return
    value = value_of(f"a: {text}")["a"]
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("text", ["", "~", "null", "Null"])
def test_nothing_is_null(text: str) -> None:
    assert value_of(f"a: {text}") == {"a": None}


def test_keys_are_always_strings() -> None:
    assert value_of("1: a\ntrue: b\n2024-01-01: c\n") == {"1": "a", "true": "b", "2024-01-01": "c"}


def test_key_order_is_kept() -> None:
    assert list(value_of("z: 1\na: 2\nm: 3\n")) == ["z", "a", "m"]


def test_documents_and_keys_know_their_lines() -> None:
    first, second = yaml.load_documents(
        "# a comment\napiVersion: v1\nspec:\n  tags:\n    - x\n    - y\n---\n\nkind: Component\n"
    )
    assert first.line == 2
    assert first.line_of("spec") == 3
    assert first.line_of("spec", "tags", 1) == 6
    assert first.line_of("spec", "owner") == 3  # the nearest part that exists
    assert second.line == 9
    assert second.line_of("kind") == 9


def test_empty_documents_are_left_out() -> None:
    assert [item.value for item in yaml.load_documents("---\n---\na: 1\n---\n# end\n---\n")] == [
        {"a": 1}
    ]


def test_directives_and_document_ends_are_understood() -> None:
    text = "%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n...\n"
    assert [item.value for item in yaml.load_documents(text)] == [{"a": 1}, {"b": 2}]


def test_a_byte_order_mark_is_no_content() -> None:
    assert value_of("\ufeffa: 1") == {"a": 1}
    assert yaml.load_document(b"\xef\xbb\xbfa: 1").value == {"a": 1}


def test_json_may_write_a_character_as_two_halves() -> None:
    pair = r"\ud83d\ude00"
    joined = value_of('{"a": "' + pair + '", "b": "\\\\ud83d"}')
    assert joined == {"a": "\U0001f600", "b": r"\ud83d"}
    assert value_of(f"a: {pair}\n") == {"a": pair}
    assert [error.line for error in errors_of('{"a":\n "\\ud83d"}')] == [2]


def test_merge_keys_are_written_out() -> None:
    text = "base: &base {a: 1, b: 2}\nmine:\n  <<: *base\n  b: 3\n"
    assert value_of(text)["mine"] == {"b": 3, "a": 1}


def test_quoted_merge_keys_are_ordinary_keys() -> None:
    assert value_of('"<<": 1') == {"<<": 1}


def test_a_broken_document_does_not_take_its_neighbours_along() -> None:
    text = "a: 1\n---\nb: [1, 2\n---\nc: 'open\n---\nd: 4\n"
    items = list(yaml.read_documents(text))
    assert [type(item) for item in items] == [YamlDocument, YamlError, YamlError, YamlDocument]
    assert isinstance(items[3], YamlDocument)
    assert items[3].value == {"d": 4}
    assert items[3].line == 7


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: c: d\n", 2, "mapping values are not allowed"),
        ("a:\n\t- b\n", 2, "cannot start any token"),
        ("a: 'open\n", 2, "unexpected end of stream"),
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands twice"),
        ("a: *nothing\n", 1, "refers to nothing"),
        ("a: &a [*a]\n", 1, "refers to what it is part of"),
        ("a: 1\n? [b]\n: 2\n", 2, "plain text"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "is not allowed"),
        ("a: 1\nb: !Ref x\n", 2, "'!Ref' is not allowed"),
        ("a: !!int x\n", 1, "not of the type"),
        ('a: 1\nb: "\\0"\n', 2, "NUL"),
        ("a: 1\nb: \x01\n", 2, "U+0001"),
        ("a: 1\n<<: 3\n", 2, "merge key"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, words: str) -> None:
    (error,) = errors_of(text)
    assert error.line == line
    assert words in error.message
    assert error.at("catalog-info.yaml").startswith(f"catalog-info.yaml:{line}: ")


def test_a_line_is_counted_from_the_start_of_the_file() -> None:
    (error,) = errors_of("a: 1\n---\nb: 2\n---\nc: d: e\n")
    assert error.line == 5


def test_bytes_that_are_no_utf8_are_refused_with_their_line() -> None:
    (error,) = errors_of(b"a: 1\nb: \xff\n")
    assert (error.line, error.message) == (2, "The file is not text in UTF-8.")


def test_aliases_that_explode_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for n in range(1, 12):
        lines.append(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]")
    (error,) = errors_of("\n".join(lines))
    assert "aliases expand the document beyond 8 MB" in error.message


def test_aliases_of_long_texts_are_weighed_by_their_text() -> None:
    text = f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 100)}]\n"
    (error,) = errors_of(text)
    assert "aliases expand" in error.message


def test_ordinary_aliases_are_fine() -> None:
    assert value_of("a: &a [1]\nb: *a\nc: *a\n") == {"a": [1], "b": [1], "c": [1]}


@pytest.mark.parametrize("text", ["[" * 100_000, "a: " + "{a: " * 60, "- " * 60 + "x"])
def test_deep_nesting_is_refused(text: str) -> None:
    (error,) = errors_of(text)
    assert error.message == "Nested deeper than 50 levels."


def test_depth_counts_through_aliases() -> None:
    text = f"a: &a {'[' * 30}{']' * 30}\nb: {'[' * 30}*a{']' * 30}\n"
    (error,) = errors_of(text)
    assert error.message == "Nested deeper than 50 levels."


def test_fifty_levels_are_fine() -> None:
    assert errors_of("[" * 50 + "]" * 50) == []


def test_size_is_bounded_by_file_document_and_values() -> None:
    assert errors_of("a: 1\n" * 10, file_bytes=20)[0].message.startswith("The file is larger than")
    big, small = yaml.read_documents(
        "a: 12345678901234567890\n---\nb: 1\n", Limits(document_bytes=20)
    )
    assert isinstance(big, YamlError)
    assert isinstance(small, YamlDocument)
    assert "more values" in errors_of("[" + "1," * 200 + "1]", weight=1000)[0].message


def test_one_document_is_wanted_and_said_so() -> None:
    with pytest.raises(YamlError, match="no YAML document"):
        yaml.load_document("# nothing\n")
    with pytest.raises(YamlError, match="more than one") as caught:
        yaml.load_document("a: 1\n---\nb: 2\n")
    assert caught.value.line == 3


def test_writing_keeps_order_and_uses_literal_blocks() -> None:
    text = yaml.dump({"z": "two\nlines\n", "a": "yes", "n": "12", "o": "0o17"})
    assert text == "z: |\n  two\n  lines\na: 'yes'\nn: '12'\no: '0o17'\n"


def test_long_lines_are_not_folded() -> None:
    assert yaml.dump({"a": "word " * 100 + "end"}).count("\n") == 1


texts = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")
) | st.sampled_from(
    [
        "yes",
        "0o17",
        "1e3",
        "2020-01-01",
        "",
        "~",
        "<<",
        "=",
        ".inf",
        "- a",
        "#",
        "a: b",
        "\t",
        "---",
    ]
)
values: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | texts
        | st.lists(values, max_size=4)
        | st.dictionaries(texts, values, max_size=4)
    )
)


@given(st.lists(st.dictionaries(texts, values, min_size=1), max_size=3))
@example([{"a": "\n\n  indented\n"}])
@example([{"a": "trailing \nspace\n\n"}])
@example([{"a": "---\nx"}, {"<<": {"b": 1}}])
def test_what_is_written_is_read_back_exactly(documents: list[dict[str, Any]]) -> None:
    text = "".join(yaml.dump_documents(documents))
    read = [document.value for document in yaml.load_documents(text)]
    assert read == documents
    assert [repr(value) for value in read] == [repr(value) for value in documents]
