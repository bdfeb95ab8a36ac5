"""`/scorecards/checks/<slug>/`: why, how to fix, what it says exactly, and who fails it."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.models import Team
from portal.lib.htmx import render_page
from portal.lib.lists import Column, Filter, list_page, query_string
from portal.lib.registry import facts as fact_registry
from scorecards.cards import STATE_ORDER, STATE_TITLES
from scorecards.counts import states_by_check
from scorecards.expressions import ExpressionError, compile_expression
from scorecards.fact_lines import FactLine, fact_line
from scorecards.models import Check, CheckVersion, Result, ResultState
from scorecards.ruleset import keep_until_due
from scorecards.teams import family

COLUMNS = [
    Column(key="service", title="Service", sort=("service__key",)),
    Column(key="team", title="Team", sort=("service__owner__name",), priority=2),
    Column(key="tier", title="Tier", sort=("service__tier",), priority=3),
    Column(key="evidence", title="Evidence"),
    Column(key="since", title="Since", sort=("changed_at",), priority=2, descends_first=True),
]


@dataclass(frozen=True)
class Row:
    result: Result
    facts: list[FactLine]


@require_safe
def check(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(
        Check.objects.select_related("scorecard", "current"), slug=slug, current__isnull=False
    )
    newest = found.current
    keep_until_due([found], timezone.now())
    version = found.current
    assert version is not None
    state = request.GET.get("state", "")
    if state not in ResultState.values:
        state = ResultState.FAIL
    results = Result.objects.filter(check_row=found, state=state)
    listed = list_page(
        request.GET,
        results.select_related("service__owner"),
        columns=COLUMNS,
        filters=_filters(),
        default_sort="service",
    )
    counts = states_by_check(found.scorecard).get(found.pk, {})
    rank = found.scorecard.rank_of(version.level)
    context = {
        "check": found,
        "version": version,
        "coming": newest if newest != version else None,
        "versions": list(found.versions.all()),
        "level": found.scorecard.level_title(rank),
        "rank": rank,
        "levels": len(found.scorecard.levels),
        "facts": _facts_of(version),
        "state": state,
        "state_title": STATE_TITLES[state],
        "tabs": [
            (key, STATE_TITLES[key], counts[key], query_string(request.GET, state=key, page=""))
            for key in STATE_ORDER
            if counts.get(key)
        ],
        "list": listed,
        "kept": [("state", state)],
        "rows": [
            Row(row, [fact_line(name, entry) for name, entry in row.facts.items()])
            for row in listed.rows
        ],
    }
    return render_page(request, "scorecards/check.html", context, partials=["services"])


def _facts_of(version: CheckVersion) -> list[object]:
    """The specs of the facts that a version reads."""
    known = frozenset(spec.key for spec in fact_registry)
    names: dict[str, None] = {}
    for source in (version.expression, version.filter):
        try:
            names |= dict.fromkeys(compile_expression(source, known).facts if source else ())
        except ExpressionError:
            continue
    return [spec for name in names if (spec := fact_registry.get(name))]


def _filters() -> list[Filter]:
    def by_team(rows: QuerySet[Result], value: str) -> QuerySet[Result]:
        roots = list(Team.objects.filter(key=value).values_list("pk", flat=True))
        return rows.filter(service__owner__in=family(roots))

    return [
        Filter(
            key="q",
            title="Find services",
            apply=lambda rows, value: rows.filter(
                Q(service__key__icontains=value) | Q(service__title__icontains=value)
            ),
        ),
        Filter(
            key="team",
            title="Team",
            apply=by_team,
            options=lambda: [
                (team.key, str(team)) for team in Team.objects.filter(vanished_at=None)
            ],
        ),
    ]
