from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict

from portal.lib.registry import (
    Act,
    Change,
    ChangeSource,
    DeskItem,
    DeskSource,
    change_sources,
    desk_sources,
)
from portal.shell.desk import CHANGES_SHOWN, ITEMS_SHOWN, changed, waiting

NOW = datetime(2026, 11, 24, 9, 48, tzinfo=UTC)


def item(title: str, kind: str = "Checks", hours: float | None = None, **fields) -> DeskItem:
    due = None if hours is None else NOW + timedelta(hours=hours)
    return DeskItem(kind=kind, icon="scorecards", title=title, url="/x/", due_at=due, **fields)


def source(*items: DeskItem, key: str = "a", order: int = 0) -> DeskSource:
    return DeskSource(key=key, load=lambda person, now: items, order=order)


def change(title: str, hours: float, **fields) -> Change:
    return Change(at=NOW - timedelta(hours=hours), title=title, url="/x/", **fields)


def titles(queue) -> list[str]:
    return [item.title for item in queue.items]


def test_late_comes_first_then_what_is_due_first_then_the_undated(only):
    only(
        desk_sources,
        source(item("undated"), item("next week", hours=168)),
        source(item("soon", hours=1), item("late", hours=-5, is_late=True), key="b"),
    )

    assert titles(waiting(None, NOW, QueryDict())) == ["late", "soon", "next week", "undated"]


def test_tabs_count_each_kind_and_narrow_the_queue(only):
    only(desk_sources, source(item("a"), item("b", "Waiver"), item("c")))

    queue = waiting(None, NOW, QueryDict("sort=name&kind=Waiver"))

    assert titles(queue) == ["b"]
    assert queue.total == 3
    assert [(tab.title, tab.count, tab.href, tab.is_current) for tab in queue.tabs] == [
        ("All", 3, "?sort=name", False),
        ("Checks", 2, "?sort=name&kind=Checks", False),
        ("Waiver", 1, "?sort=name&kind=Waiver", True),
    ]


def test_unknown_kind_shows_all(only):
    only(desk_sources, source(item("a")))

    assert waiting(None, NOW, QueryDict("kind=nothing")).tabs[0].is_current


def test_long_queue_is_cut_and_says_by_how_many(only):
    only(desk_sources, source(*[item(str(n)) for n in range(ITEMS_SHOWN + 3)]))

    queue = waiting(None, NOW, QueryDict())

    assert (len(queue.items), queue.hidden) == (ITEMS_SHOWN, 3)


def test_changes_of_all_sources_are_newest_first_and_bounded(only):
    asked: list[tuple[datetime, int]] = []

    def load(person, since, limit):
        asked.append((since, limit))
        return [change(f"a{n}", n) for n in range(1, CHANGES_SHOWN)]

    only(
        change_sources,
        ChangeSource(key="a", load=load),
        ChangeSource(key="b", load=lambda *_: [change("b", 1.5), change("c", 0)]),
    )

    found = changed(None, NOW)

    assert [entry.title for entry in found[:4]] == ["c", "a1", "b", "a2"]
    assert len(found) == CHANGES_SHOWN
    assert asked == [(NOW - timedelta(days=1), CHANGES_SHOWN)]


@pytest.mark.django_db
def test_page_draws_items_with_their_acts(sign_in, only):
    acts = (Act(title="Grant", url="/grant/", method="post"), Act(title="Read", url="/read/"))
    only(desk_sources, source(item("3 checks fail on <ledger>", acts=acts, detail="Coverage")))

    html = sign_in("lead").get("/").content.decode()

    assert "3 checks fail on &lt;ledger&gt;" in html
    assert '<form method="post" action="/grant/">' in html
    assert 'href="/read/"' in html


@pytest.mark.django_db
def test_page_draws_changes_with_their_reason(sign_in, only):
    only(
        change_sources,
        ChangeSource(
            key="a",
            load=lambda *_: [
                change(
                    "fx-rates",
                    1,
                    lead="The rule changed.",
                    detail="Probes v3 wants a startup probe.",
                    before="Silver",
                    after="Bronze",
                    got_worse=True,
                )
            ],
        ),
    )

    html = sign_in("engineer").get("/").content.decode()

    assert "<b>The rule changed.</b> Probes v3 wants a startup probe." in html
    assert '<b class="fail">Bronze</b>' in html


@pytest.mark.django_db
def test_empty_desk_says_what_would_appear(sign_in, only):
    only(desk_sources)
    only(change_sources)

    html = sign_in("engineer").get("/").content.decode()

    assert "Nothing waits for you" in html
    assert "No change in 24 hours" in html


@pytest.mark.django_db
def test_tab_by_htmx_gets_the_queue_only(sign_in, only):
    only(desk_sources, source(item("a")))

    response = sign_in().get(
        "/?kind=Checks", headers={"HX-Request": "true", "HX-Target": "waiting"}
    )

    html = response.content.decode()
    assert html.strip().startswith('<section id="waiting"')
    assert "<html" not in html
