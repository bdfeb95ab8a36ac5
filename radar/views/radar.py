"""`/radar/<radar>/`: the picture, the list beside it, and the technology that is chosen."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from portal.accounts.models import Team
from portal.accounts.roles import Permission, may
from portal.accounts.tree import with_descendants
from portal.accounts.views.me import current
from portal.lib.cache import kept
from portal.lib.htmx import render_page
from portal.lib.lists import Choice
from radar.blip import Blip
from radar.drawing import Picture, draw
from radar.filters import CHANGED, LIST, PICTURE, SECTOR, Selection
from radar.models import Edition, Movement, Radar
from radar.state import Snapshot, snapshot_of
from radar.use import technology_ids_of_teams
from radar.views.chosen import load_chosen
from radar.views.common import pick, the_editions, today

_TEAMS_KEPT = 60  # seconds
_MOST_TAGS = 60  # in the choice of tags: those that occur most


@dataclass(frozen=True)
class Numbers:
    """The radar in figures, whatever is narrowed."""

    total: int
    new: int
    moved_in: int
    moved_out: int
    unchanged: int
    overdue: int
    held: int  # on hold and used all the same
    held_uses: int

    @property
    def moved(self) -> int:
        return self.moved_in + self.moved_out


@dataclass(frozen=True)
class Tab:
    """A choice of what the picture shows."""

    title: str
    href: str
    is_chosen: bool


@require_safe
def radar(request: HttpRequest, radar: str) -> HttpResponse:
    """A radar in one of its states, narrowed as the address says."""
    person, day = current(request), today()
    found, editions = the_editions(radar)
    selection = Selection.parse(request.GET)
    on = None if selection.edition else selection.on
    base = pick(editions, key=selection.edition, on=on)
    context: dict[str, object] = {
        "radar": found,
        "selection": selection,
        "editions": editions,
        "states": _states(editions, selection),
        "may_publish": bool(may(person, Permission.PUBLISH_RADAR)),
    }
    if base is None:
        context["first_day"] = min((row.date for row in editions if row.date), default=None)
        status = 404 if editions and not selection.on else 200
        return render_page(request, "radar/none.html", context, status=status)
    shown = snapshot_of(base, on=on, today=day)
    context |= _drawn(found, shown, selection)
    context |= {
        "snapshot": shown,
        "numbers": _numbers(shown.blips),
        "before": _before(editions, shown.edition),
        "choices": _choices(shown, selection),
        "tags": _known_tags(shown.blips),
        "chosen": load_chosen(shown, selection.blip, person),
    }
    return render_page(request, "radar/radar.html", context, partials=["radar", "chosen"])


def _drawn(radar: Radar, shown: Snapshot, selection: Selection) -> dict[str, object]:
    """The picture and the rows of the list."""
    fitting = selection.fitting(
        shown.blips,
        sectors=shown.sectors,
        rings=shown.rings,
        team_technologies=_used_by_team(selection.team),
    )
    sector = _zoomed(shown, selection)
    address = _address(selection)
    picture = ""
    if selection.view != LIST and shown.blips:
        picture = draw(
            Picture(
                geometry=shown.geometry,
                title=f"{radar.title}, {shown.title}, {len(shown.blips)} technologies",
                sectors=shown.sectors,
                rings=shown.rings,
                blips=shown.blips,
                matching={blip.slug for blip in fitting} if selection.is_narrowed else None,
                selected=selection.blip,
                sector=sector,
                choosing=address,
                sector_urls=[selection.query(sector=row.key, view=SECTOR) for row in shown.sectors],
            )
        )
    return {
        "fitting": fitting,
        "picture": SafeString(picture),  # escaped where it is drawn
        "tabs": _tabs(shown, selection, sector),
        "address": address,
        "query": "" if (query := selection.query(blip="")) == "?" else query,
        "changed_href": selection.query(movement=CHANGED),
        "everything_href": selection.everything().query(),
        "unchosen_href": selection.query(blip=""),
        "day_href": selection.query(edition=""),
    }


def _zoomed(shown: Snapshot, selection: Selection) -> int | None:
    """The order of the sector that is shown alone; None for the whole picture."""
    is_small = shown.geometry.opens_by_sector and selection.view != PICTURE
    if selection.view != SECTOR and not is_small:
        return None
    for row in shown.sectors:
        if row.key == selection.sector:
            return row.order
    chosen = next((blip for blip in shown.blips if blip.slug == selection.blip), None)
    if chosen is not None and is_small:
        return chosen.sector
    return shown.sectors[0].order if is_small else None


def _tabs(shown: Snapshot, selection: Selection, sector: int | None) -> list[Tab]:
    is_list = selection.view == LIST
    whole = selection.query(sector="", view=PICTURE if shown.geometry.opens_by_sector else "")
    return [
        Tab("All", whole, sector is None and not is_list),
        *(
            Tab(row.title, selection.query(sector=row.key, view=SECTOR), row.order == sector)
            for row in shown.sectors
        ),
        Tab("List", selection.query(view=LIST), is_list),
    ]


def _address(selection: Selection) -> str:
    """The address to put a slug behind in order to choose it."""
    query = selection.query(blip="")
    return f"{query}{'' if query == '?' else '&'}blip="


def _numbers(blips: Sequence[Blip]) -> Numbers:
    moved = Counter(blip.movement for blip in blips)
    held = [blip.used_by for blip in blips if blip.meaning == "hold" and blip.used_by]
    return Numbers(
        total=len(blips),
        new=moved[Movement.NEW],
        moved_in=moved[Movement.MOVED_IN],
        moved_out=moved[Movement.MOVED_OUT],
        unchanged=moved[Movement.UNCHANGED],
        overdue=sum(blip.is_overdue for blip in blips),
        held=len(held),
        held_uses=sum(held),
    )


def _states(editions: Sequence[Edition], selection: Selection) -> list[tuple[str, str, bool]]:
    """Value, words and whether chosen, of every state that can be picked; the empty value is the
    newest that is published."""
    published = [row for row in editions if not row.is_draft]
    usual = published[0] if published else next(iter(editions), None)
    states = []
    if selection.on and not selection.edition:
        states.append(("", f"On {selection.on:%-d %b %Y}", True))
    for row in editions:
        is_usual = row == usual and not selection.on
        words = f"{row.title}, not published" if row.is_draft else row.title
        is_chosen = row.key == selection.edition or (is_usual and not selection.edition)
        states.append(("" if is_usual else row.key, words, is_chosen))
    return states


def _before(editions: Sequence[Edition], shown: Edition) -> Edition | None:
    """The published edition before the one shown; `editions` are the newest first."""
    at = next((index for index, row in enumerate(editions) if row.pk == shown.pk), len(editions))
    return next((row for row in editions[at + 1 :] if not row.is_draft), None)


def _choices(shown: Snapshot, selection: Selection) -> list[Choice]:
    """The filters that are a choice of one."""
    moves = [(CHANGED, "New or moved"), *((row.value, str(row.label)) for row in Movement)]
    wanted = [
        ("sector", "Sector", selection.sector, [(row.key, row.title) for row in shown.sectors]),
        ("ring", "Ring", selection.ring, [(row.key, row.title) for row in shown.rings]),
        ("movement", "Movement", selection.movement, moves),
        ("team", "Used by", selection.team, [team[2:] for team in _teams()]),
    ]
    return [Choice(key, title, value, options, False) for key, title, value, options in wanted]


class _Team(NamedTuple):
    pk: int
    parent: int | None
    key: str
    title: str


def _teams() -> list[_Team]:
    """All teams as they were within the last minute."""
    return kept("radar.teams", _TEAMS_KEPT, _load_teams)


def _load_teams() -> list[_Team]:
    teams = Team.objects.filter(vanished_at=None)
    return [_Team(team.pk, team.parent_id, team.key, str(team)) for team in teams]


def _used_by_team(key: str) -> frozenset[int]:
    """The ids of what services of the team, or of teams below it, use now."""
    if not key:
        return frozenset()
    teams = _teams()
    found = next((team for team in teams if team.key == key), None)
    if found is None:
        return frozenset()
    parents = {team.pk: team.parent for team in teams}
    return technology_ids_of_teams(with_descendants([found.pk], parents))


def _known_tags(blips: Sequence[Blip]) -> list[str]:
    """The tags that occur, the most frequent ones, in alphabetical order."""
    counted = Counter(tag for blip in blips for tag in blip.tags)
    return sorted(tag for tag, _ in counted.most_common(_MOST_TAGS))
