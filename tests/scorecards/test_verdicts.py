from datetime import UTC, datetime, timedelta

import pytest

from portal.lib.registry import FactSpec
from scorecards.expressions import compile_expression, context_of, namespaces_of
from scorecards.verdicts import (
    Known,
    Rule,
    SourceView,
    Unknown,
    Verdict,
    fingerprint,
    judge,
    merge,
    moment_words,
    span_words,
)

NOW = datetime(2025, 11, 24, 9, 48, tzinfo=UTC)
COVERAGE = FactSpec(
    key="repo.coverage",
    type="float",
    title="Coverage",
    sources=("github", "checkout"),
    stale_after=timedelta(hours=24),
)
FIRING = FactSpec(
    key="live.alerts_firing",
    type="int",
    title="Alerts firing",
    sources=("prometheus",),
    stale_after=timedelta(minutes=30),
)
SPECS = [COVERAGE, FIRING]
KNOWN = frozenset(spec.key for spec in SPECS)


def entry(value, minutes_ago, **more):
    at = NOW - timedelta(minutes=minutes_ago)
    return {"value": value, "measured_at": at.isoformat(), **more}


def view(key, facts=None, **fields):
    fields.setdefault("last_success_at", NOW if facts else None)
    title = {"github": "GitHub", "checkout": "Local checkout", "prometheus": "Prometheus"}[key]
    return SourceView(key=key, title=title, facts=facts or {}, **fields)


def one(spec, *views, now=NOW):
    return merge([spec], views, now)[spec.key]


def verdict(source, *views, now=NOW, **rule):
    facts = merge(SPECS, views, now)
    values = {name: fact.value for name, fact in facts.items() if isinstance(fact, Known)}
    applies = rule.pop("applies", None)
    made = Rule(
        expression=compile_expression(source, KNOWN),
        applies=compile_expression(applies, KNOWN) if applies else None,
        **rule,
    )
    return judge(made, facts, context_of(values, namespaces_of(KNOWN), now), now)


def test_fact_of_two_sources_is_the_freshest():
    fact = one(
        COVERAGE,
        view("github", {"repo.coverage": entry(70.0, 30)}),
        view("checkout", {"repo.coverage": entry(90.0, 10)}),
    )
    assert isinstance(fact, Known)
    assert (fact.value, fact.entry["source"]) == (90.0, "checkout")


def test_fact_of_two_sources_at_the_same_moment_is_the_first_ones():
    fact = one(
        COVERAGE,
        view("github", {"repo.coverage": entry(70.0, 10)}),
        view("checkout", {"repo.coverage": entry(90.0, 10)}),
    )
    assert fact.entry["source"] == "github"


def test_fresh_error_does_not_hide_a_value_of_the_other_source():
    error = {"error": "no report", "measured_at": NOW.isoformat()}
    fact = one(
        COVERAGE,
        view("github", {"repo.coverage": error}),
        view("checkout", {"repo.coverage": entry(90.0, 10)}),
    )
    assert fact.value == 90.0


def test_fact_exactly_at_its_limit_still_counts():
    assert isinstance(one(FIRING, view("prometheus", {"live.alerts_firing": entry(0, 30)})), Known)
    assert isinstance(
        one(FIRING, view("prometheus", {"live.alerts_firing": entry(0, 31)})), Unknown
    )


@pytest.mark.parametrize(
    ("views", "reason"),
    [
        ([], "Never measured: no source for live.alerts_firing is connected."),
        (
            [view("prometheus", is_on=False)],
            "Never measured: no source for live.alerts_firing is connected.",
        ),
        (
            [view("prometheus", applies=False)],
            "Never measured: this service gives Prometheus nothing to go by.",
        ),
        ([view("prometheus")], "Not measured yet: Prometheus has not been asked."),
        (
            [view("prometheus", failing_since=NOW - timedelta(minutes=34))],
            "Prometheus: no answer since 24 Nov 2025, 09:14 UTC.",
        ),
        (
            [view("prometheus", last_success_at=NOW)],
            "Never measured: Prometheus reports no live.alerts_firing.",
        ),
        (
            [
                view(
                    "prometheus",
                    {
                        "live.alerts_firing": {
                            "error": "The query returns no series.",
                            "measured_at": "",
                        }
                    },
                )
            ],
            "Prometheus: The query returns no series.",
        ),
        (
            [view("prometheus", {"live.alerts_firing": entry(2, 36)})],
            "Stale since 24 Nov 2025, 09:42 UTC: Prometheus counts for 30 min.",
        ),
        (
            [
                view(
                    "prometheus",
                    {"live.alerts_firing": entry(2, 36)},
                    failing_since=NOW - timedelta(minutes=34),
                )
            ],
            "Prometheus: no answer since 24 Nov 2025, 09:14 UTC.",
        ),
        (
            [view("prometheus", {"live.alerts_firing": entry("many", 1)})],
            "Prometheus gave a value that is no int.",
        ),
    ],
)
def test_fact_that_is_unknown_says_why(views, reason):
    fact = one(FIRING, *views)
    assert isinstance(fact, Unknown)
    assert fact.reason == reason
    assert fact.entry["error"] == reason


def test_failing_source_takes_nothing_away_while_the_value_is_fresh():
    fact = one(
        FIRING,
        view(
            "prometheus",
            {"live.alerts_firing": entry(2, 20)},
            failing_since=NOW - timedelta(minutes=10),
        ),
    )
    assert isinstance(fact, Known)


def test_stale_fact_keeps_its_last_value_for_the_page():
    fact = one(FIRING, view("prometheus", {"live.alerts_firing": entry(2, 36)}))
    assert fact.entry["value"] == 2
    assert fact.entry["source"] == "prometheus"


def test_stand_in_measures_for_the_source_it_stands_for():
    stand_in = SourceView(key="other", title="Sample", measures="prometheus", last_success_at=NOW)
    assert one(FIRING, stand_in).reason == "Never measured: Sample reports no live.alerts_firing."


def test_verdict_passes_and_fails_with_the_facts_it_saw():
    github = view("github", {"repo.coverage": entry(78.6, 12, evidence="check run 88213")})
    found = verdict("repo.coverage > 80.0", github)
    assert (found.state, found.reason) == ("fail", "")
    assert found.facts["repo.coverage"] == {
        "value": 78.6,
        "evidence": "check run 88213",
        "measured_at": "2025-11-24T09:36:00+00:00",
        "source": "github",
    }
    assert verdict("repo.coverage > 78.0", github).state == "pass"


def test_verdict_that_needs_a_stale_fact_is_unknown_with_its_reason():
    found = verdict(
        "live.alerts_firing == 0", view("prometheus", {"live.alerts_firing": entry(0, 36)})
    )
    assert found.state == "unknown"
    assert found.reason.startswith("Stale since")


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("repo.coverage > 70.0 || live.alerts_firing == 0", "pass"),
        ("repo.coverage > 80.0 && live.alerts_firing == 0", "fail"),
        ("repo.coverage > 70.0 && live.alerts_firing == 0", "unknown"),
        ("!has(live.alerts_firing) || live.alerts_firing == 0", "pass"),
    ],
)
def test_verdict_is_decided_without_facts_it_does_not_need(source, state):
    assert verdict(source, view("github", {"repo.coverage": entry(75.0, 1)})).state == state


def test_unneeded_unknown_fact_is_shown_with_its_error():
    found = verdict(
        "repo.coverage > 70.0 || live.alerts_firing == 0",
        view("github", {"repo.coverage": entry(75.0, 1)}),
    )
    assert "error" in found.facts["live.alerts_firing"]


def test_filter_decides_whether_the_check_applies():
    github = view("github", {"repo.coverage": entry(75.0, 1)})
    assert verdict("true", github, applies="repo.coverage > 80.0").state == "not_applicable"
    assert verdict("true", github, applies="repo.coverage > 70.0").state == "pass"
    unknown = verdict("true", github, applies="live.alerts_firing == 0")
    assert unknown.state == "unknown"
    assert unknown.reason.startswith("Whether it applies is not known. Never measured")


def test_check_of_the_future_does_not_apply_yet():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = verdict("false", effective_from=start)
    assert (found.state, found.reason) == ("not_applicable", "Counts from 1 Jan 2026.")
    assert verdict("false", effective_from=start, now=start).state == "fail"


def test_check_that_no_longer_compiles_is_unknown():
    found = judge(Rule(expression=None, fault="no source measures x"), {}, None, NOW)
    assert found == Verdict("unknown", "The check itself is broken: no source measures x.", {})


def test_missing_entry_of_a_map_is_unknown_not_failed():
    found = verdict("{'a': 1}['b'] == 1")
    assert (found.state, found.reason) == (
        "unknown",
        "Can't be decided: nothing is listed under 'b'.",
    )


def test_fingerprint_ignores_when_it_was_measured_and_nothing_else():
    def of(value=1, at="a", state="pass", version=1, **more):
        facts = {"repo.coverage": {"value": value, "measured_at": at, **more}}
        return fingerprint(Verdict(state, "", facts), version)

    assert of() == of(at="b")
    assert len({of(), of(value=2), of(state="fail"), of(version=2), of(evidence="x")}) == 5
    assert -(2**63) <= of() < 2**63


def test_reason_of_a_stale_fact_stays_the_same_while_time_passes():
    views = [view("prometheus", {"live.alerts_firing": entry(2, 36)})]
    later = NOW + timedelta(hours=3)
    assert one(FIRING, *views).reason == one(FIRING, *views, now=later).reason


def test_moments_and_spans_in_words():
    assert moment_words(NOW) == "24 Nov 2025, 09:48 UTC"
    assert [span_words(timedelta(minutes=n)) for n in (30, 60, 1440, 2880, 90)] == [
        "30 min",
        "1 h",
        "24 h",
        "2 days",
        "90 min",
    ]
