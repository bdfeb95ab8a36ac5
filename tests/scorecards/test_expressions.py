import math
from datetime import UTC, datetime, timedelta

import pytest

from scorecards.expressions import (
    MAX_ITEMS,
    MAX_LENGTH,
    MAX_TEXT,
    ExpressionError,
    Missing,
    Undecided,
    compile_expression,
    context_of,
    namespaces_of,
    rehearse,
    tokenize,
    typed,
)

KINDS = {
    "repo.has_readme": "bool",
    "repo.coverage": "float",
    "repo.languages": "map",
    "repo.manifests": "list",
    "repo.last_commit_at": "timestamp",
    "repo.ci_state": "string",
    "live.coverage": "float",
    "live.alerts_firing": "int",
}
KNOWN = frozenset(KINDS)
NOW = datetime(2025, 11, 24, 9, 14, tzinfo=UTC)


def run(source, **facts):
    values = {name.replace("__", "."): value for name, value in facts.items()}
    expression = compile_expression(source, KNOWN)
    return expression(context_of(values, namespaces_of(KNOWN), NOW))


@pytest.mark.parametrize(
    ("source", "facts", "expected"),
    [
        ("repo.has_readme", {"repo__has_readme": True}, True),
        ("repo.coverage > 80.0", {"repo__coverage": 80.0}, False),
        ("repo.coverage > 80", {"repo__coverage": 80.5}, True),
        ("has(repo.coverage)", {}, False),
        ("repo.has_readme || repo.coverage > 80.0", {"repo__has_readme": True}, True),
        ("repo.coverage > 80.0 || repo.has_readme", {"repo__has_readme": True}, True),
        ("repo.coverage > 80.0 && repo.has_readme", {"repo__has_readme": False}, False),
        ("repo.has_readme ? true : live.coverage > 1.0", {"repo__has_readme": True}, True),
        ("repo.manifests.exists(m, m == 'go.mod')", {"repo__manifests": ["go.mod"]}, True),
        ("'Go' in repo.languages", {"repo__languages": {"Go": 10}}, True),
        (
            'now - repo.last_commit_at < duration("48h")',
            {"repo__last_commit_at": NOW - timedelta(hours=47)},
            True,
        ),
    ],
)
def test_expression_over_facts(source, facts, expected):
    assert run(source, **facts) is expected


@pytest.mark.parametrize(
    "source",
    ["repo.coverage > 80.0", "!repo.has_readme", "repo.coverage > 80.0 || repo.has_readme"],
)
def test_expression_that_needs_an_absent_fact_names_it(source):
    with pytest.raises(Missing) as caught:
        run(source, repo__ci_state="success")
    assert caught.value.names[0] in {"repo.coverage", "repo.has_readme"}


def test_absent_fact_whose_name_two_namespaces_have_names_both():
    with pytest.raises(Missing) as caught:
        run("repo.coverage > 1.0 && live.coverage > 1.0", repo__coverage=2.0)
    assert caught.value.names == ("repo.coverage", "live.coverage")


@pytest.mark.parametrize(
    ("source", "facts"),
    [
        ("repo.languages['Go'] > 1", {"repo__languages": {}}),
        ("repo.manifests[0] == 'go.mod'", {"repo__manifests": []}),
        ("live.alerts_firing / 0 == 1", {"live__alerts_firing": 1}),
        ("live.alerts_firing + 9223372036854775807 > 0", {"live__alerts_firing": 1}),
        ("repo.ci_state.matches('a(')", {"repo__ci_state": "a"}),
        ("repo.ci_state + 1 == 'a'", {"repo__ci_state": "a"}),
        ("repo.coverage", {"repo__coverage": 1.0}),
        ("null", {}),
    ],
)
def test_expression_without_an_answer_is_undecided_with_words(source, facts):
    with pytest.raises(Undecided) as caught:
        run(source, **facts)
    assert str(caught.value)


@pytest.mark.parametrize(
    ("source", "message", "line", "column"),
    [
        ("repo.has_redme", "no source measures repo.has_redme", 1, 1),
        ("repo.has_readme\n  && repo.nope", "no source measures repo.nope", 2, 6),
        ("size(repo) > 1", "not repo alone", 1, 6),
        ('repo["has_readme"]', "not repo alone", 1, 1),
        ("repo.has_readme &&", "ends too early", 1, 19),
        ("frobnicate(repo.coverage)", "no function frobnicate()", 1, 1),
        ("repos.has_readme", "there is no repos here", 1, 1),
        ("repo.manifests.all(repo, true)", "repo", 1, 20),
        ("repo.manifests.all(now, true)", "now can't name", 1, 20),
        ("(" * 40 + "true" + ")" * 40, "too deeply nested", 1, 33),
        ("true || " * 300 + "true", f"{MAX_LENGTH:,} characters", 1, 1),
        ("[1].all(a, [1].all(b, [1].all(c, true)))", "one other macro", 1, 30),
        ("", "ends too early", 1, 1),
        ('"unclosed', "token recognition", 1, 1),
    ],
)
def test_expression_that_is_refused(source, message, line, column):
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source, KNOWN)
    assert message in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)


def test_macro_within_a_macro_is_allowed():
    source = "repo.manifests.exists(a, repo.manifests.exists(b, a == b))"
    assert run(source, repo__manifests=["x"]) is True


@pytest.mark.parametrize(
    "source",
    [
        "'repo.nope' == 'x'",
        '"repo.nope" == "x"',
        "'''it's repo.nope''' == 'x'",
        "r'\\' == 'repo.nope'",
        "'\\' repo.nope' == 'x'",
        "true // repo.nope",
        '{"repo": 1}.repo == 1',
    ],
)
def test_names_in_texts_and_comments_are_no_facts(source):
    assert compile_expression(source, KNOWN).facts == ()


def test_facts_are_listed_once_in_order():
    source = "live.coverage > 1.0 && repo . has_readme || live.coverage < 0.0"
    assert compile_expression(source, KNOWN).facts == ("live.coverage", "repo.has_readme")


def test_every_character_belongs_to_a_token_or_to_space():
    source = "a.b == 'x y' // end"
    assert [token.text for token in tokenize(source)] == ["a", ".", "b", "=", "=", "'x y'"]


@pytest.mark.parametrize(
    "source",
    ["repo.coverage", "repo.ci_state + 1 == 'x'", "!repo.coverage"],
)
def test_rehearsal_refuses_what_mixes_types(source):
    with pytest.raises(ExpressionError):
        rehearse(compile_expression(source, KNOWN), KINDS)


@pytest.mark.parametrize(
    "source",
    ["repo.manifests[0] == 'x'", "repo.languages['Go'] > 1.0", "1 / live.alerts_firing > 0"],
)
def test_rehearsal_accepts_what_only_some_values_break(source):
    rehearse(compile_expression(source, KNOWN), KINDS)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (3, "float", 3.0),
        (True, "bool", True),
        ("2025-11-24T09:14:00Z", "timestamp", NOW),
        ("2025-11-24T09:14:00", "timestamp", NOW),
        ("x" * 3000, "string", "x" * MAX_TEXT),
        (["y" * 3000] * 1200, "list", ["y" * MAX_TEXT] * MAX_ITEMS),
        (5.0, "int", 5),
        ("half \ud800", "string", "half ?"),
        (["half \ud800", 1], "list", ["half ?", 1]),
        ({"half \ud800": 1.0}, "map", {"half ?": 1.0}),
    ],
)
def test_stored_value_becomes_its_kind(value, kind, expected):
    found = typed(value, kind)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "bool"),
        ("x", "int"),
        ("5", "int"),
        (5.7, "int"),
        (True, "int"),
        (math.inf, "int"),
        ("99.9", "float"),
        (True, "float"),
        (math.nan, "float"),
        (math.inf, "float"),
        (2**2000, "float"),
        (None, "string"),
        ("soon", "timestamp"),
        ([], "map"),
    ],
)
def test_stored_value_of_another_kind_is_refused(value, kind):
    with pytest.raises(ValueError, match=kind):
        typed(value, kind)
