"""`/scorecards/`: the company's numbers, then services by checks; and one scorecard's page."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.lib.htmx import render_page
from portal.lib.lists import query_string
from portal.lib.registry import facts as fact_registry
from scorecards.counts import company_cards, states_by_check
from scorecards.current import active_scorecards
from scorecards.freshness import lines_for_all
from scorecards.matrix import load_matrix
from scorecards.models import Check, Scorecard
from scorecards.ruleset import filter_of, keep_until_due


@dataclass(frozen=True)
class CheckCounts:
    """A check with how many services pass, fail, are unknown or waived."""

    check: Check
    rank: int
    level: str
    passing: int
    failing: int
    unknown: int
    waived: int

    @property
    def share(self) -> float | None:
        """Passing services of those that are known, in percent."""
        known = self.passing + self.failing
        return 100 * self.passing / known if known else None


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    cards = company_cards()
    scorecards = active_scorecards()
    wanted = request.GET.get("scorecard", "")
    chosen = next((card for card in scorecards if card.slug == wanted), None) or (
        scorecards[0] if scorecards else None
    )
    context: dict[str, object] = {
        "cards": cards,
        "scorecards": scorecards,
        "chosen": chosen,
        "sources": lines_for_all(timezone.now()),
    }
    if chosen is not None:
        matrix = load_matrix(request.GET, chosen)
        context |= {
            "matrix": matrix,
            "fault": "" if matrix.page.total else _fault(chosen),
            "list": matrix.page,
            "kept": [
                (name, value)
                for name in ("scorecard", "group")
                if (value := request.GET.get(name, ""))
            ],
            "tabs": [
                (card, query_string(request.GET, scorecard=card.slug, page="", level=""))
                for card in scorecards
            ],
            "group_href": query_string(
                request.GET, group="" if matrix.is_grouped else "team", page="", sort=""
            ),
        }
    return render_page(request, "scorecards/overview.html", context, partials=["matrix"])


@require_safe
def scorecard(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Scorecard.objects.active(), slug=slug)
    states = states_by_check(found)
    checks = []
    active = list(Check.objects.active().filter(scorecard=found))
    keep_until_due(active, timezone.now())
    for check in active:
        assert check.current is not None
        counts = states.get(check.pk, {})
        rank = found.rank_of(check.current.level)
        checks.append(
            CheckCounts(
                check=check,
                rank=rank,
                level=found.level_title(rank),
                passing=counts.get("pass", 0),
                failing=counts.get("fail", 0),
                unknown=counts.get("unknown", 0),
                waived=counts.get("waived", 0),
            )
        )
    checks.sort(key=lambda row: (-row.rank, row.check.order))
    card = next((card for card in company_cards() if card.scorecard.pk == found.pk), None)
    return render_page(
        request,
        "scorecards/scorecard.html",
        {"scorecard": found, "checks": checks, "card": card, "fault": _fault(found)},
    )


def _fault(scorecard: Scorecard) -> str:
    """Why a scorecard is about no service at all; empty where its filter can be used."""
    return filter_of(scorecard, frozenset(spec.key for spec in fact_registry))[1]
