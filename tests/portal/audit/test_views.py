import csv
import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection

from portal.audit.actions import Entry, System, record_many
from portal.audit.export import cell
from portal.audit.models import Event
from portal.audit.pages import COUNTED, SIZE
from portal.lib.registry import LinkTarget, link_targets
from tests.factories import make_person
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)


def make_events(count: int, by=None, *, step: timedelta = timedelta(minutes=1), **fields) -> None:
    entries = [
        Entry(
            verb=fields.get("verb", "service.renamed"),
            subject=(fields.get("kind", "service"), fields.get("key", f"s{n}"), f"Service {n}"),
            before={"name": f"old {n}"},
            after={"name": f"new {n}"},
            at=START + n * step,
        )
        for n in range(count)
    ]
    record_many(entries, by=by or System("Importer"))


@pytest.fixture
def reader(sign_in):
    client = sign_in()
    client.get("/me/")
    return client


def titles(response) -> list[str]:
    """The numbers of the services on the page, in its order."""
    return re.findall(r"\(.*?Service (\d+)", response.content.decode())


def href(response, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', response.content.decode())
    return "/audit/" + found.group(1).replace("&amp;", "&") if found else None


def test_newest_events_come_first(reader):
    make_events(3)

    page = reader.get("/audit/")

    assert titles(page) == ["2", "1", "0"]
    assert "3 events" in page.content.decode()


def test_empty_page_says_what_would_be_there(reader):
    assert "Nothing happened yet" in reader.get("/audit/").content.decode()


def test_before_and_after_are_shown(reader):
    make_events(1)

    page = reader.get("/audit/").content.decode()

    assert "<del>old 0</del>" in page
    assert "<ins>new 0</ins>" in page


def test_pages_forth_and_back_show_every_event_once(reader):
    make_events(2 * SIZE + 7)
    seen, pages, address = [], [], "/audit/"
    while address:
        page = reader.get(address)
        pages.append(titles(page))
        seen += pages[-1]
        address = href(page, "next")

    assert seen == [str(n) for n in reversed(range(2 * SIZE + 7))]
    back = reader.get(href(page, "prev"))
    assert titles(back) == pages[-2]
    first = reader.get(href(back, "prev"))
    assert titles(first) == pages[0]
    assert href(first, "prev") is None


def test_pages_stay_whole_while_events_arrive(reader):
    make_events(SIZE + 5)
    second = href(reader.get("/audit/"), "next")
    make_events(20, kind="team", step=timedelta(days=1))

    assert titles(reader.get(second))[:5] == ["4", "3", "2", "1", "0"]


def test_events_of_one_moment_are_paged_by_their_order(reader):
    make_events(SIZE + 3, step=timedelta(0))

    first = reader.get("/audit/")
    second = reader.get(href(first, "next"))

    assert len({*titles(first), *titles(second)}) == SIZE + 3


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("actor=importer", 3),
        ("actor=IMPORTER", 3),
        ("actor=Imp", 0),
        ("verb=team.member_added", 2),
        ("kind=team", 2),
        ("kind=team&key=payments", 2),
        ("key=s1", 1),
        ("key=s1&kind=team", 0),
        ("since=2026-03-01&until=2026-03-01", 5),
        ("since=2026-03-02", 0),
        ("until=2026-02-28", 0),
        ("since=no-date&until=2026-99-99", 5),
        ("before=999999999999999999999999", 5),
        ("before=abc", 5),
    ],
)
def test_filters(reader, asked, found):
    make_events(3)
    make_events(2, make_person(name="Ada"), kind="team", key="payments", verb="team.member_added")

    page = reader.get(f"/audit/?{asked}").content.decode()

    assert (f"{found} event" in page) is True
    assert ("No event fits" in page) is (found == 0)


def test_filter_by_a_person_s_id(reader):
    ada = make_person(name="Ada")
    make_events(2, ada)
    make_events(1)

    assert len(titles(reader.get(f"/audit/?actor={ada.pk}"))) == 2


def test_filters_stay_while_paging(reader):
    make_events(SIZE + 1)
    make_events(1, kind="team")

    following = href(reader.get("/audit/?kind=service"), "next")

    assert "kind=service" in following
    assert titles(reader.get(following)) == ["0"]


def test_queries_do_not_grow_with_events_or_kinds(reader):
    make_events(2)
    few = queries_of(lambda: reader.get("/audit/"))
    for kind in ("service", "team", "system", "person"):
        make_events(SIZE, kind=kind)

    many = queries_of(lambda: reader.get("/audit/"))

    assert len(many) == len(few) <= 12


def test_counting_ends_at_its_limit(reader, monkeypatch):
    monkeypatch.setattr("portal.audit.pages.COUNTED", 10)
    make_events(12)

    page = reader.get("/audit/").content.decode()

    assert f"More than {COUNTED:,} events" in page


def test_each_filter_is_served_by_an_index(reader):
    """At two million events a filter that scans or sorts would take seconds."""
    filters = (
        "actor=importer",
        "actor=1",
        "verb=a.b",
        "kind=service",
        "key=s1",
        "since=2026-01-01",
    )
    for asked in filters:
        for sql in queries_of(partial(reader.get, f"/audit/?{asked}")):
            if "audit_event" in sql:
                plan = explain(sql)
                assert "audit_event_" in plan, (asked, sql, plan)
                assert "TEMP B-TREE" not in plan, (asked, sql, plan)
                assert "Sort" not in plan, (asked, sql, plan)


def explain(sql: str) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return " ".join(str(row) for row in cursor.fetchall())


def test_htmx_gets_the_events_alone(reader):
    make_events(1)

    page = reader.get("/audit/", headers={"hx-request": "true", "hx-target": "events"})

    assert titles(page) == ["0"]
    assert "<html" not in page.content.decode()


def test_csv_holds_what_the_filter_asks_for(reader):
    make_events(3)
    make_events(1, kind="team")

    response = reader.get("/audit/?kind=service&format=csv")

    rows = list(csv.DictReader(b"".join(response.streaming_content).decode().splitlines()))
    assert [row["subject_key"] for row in rows] == ["s2", "s1", "s0"]
    assert rows[0]["before"] == '{"name": "old 2"}'
    assert rows[0]["hash"] == Event.objects.get(subject_key="s2").hash
    assert response["Content-Disposition"] == 'attachment; filename="audit.csv"'


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_csv_cells_are_no_formulas(value):
    assert str(cell(value)).startswith("'")


def test_csv_numbers_and_words_stay():
    assert (cell(-1), cell("a=b")) == (-1, "a=b")


@pytest.fixture
def planet_pages():
    def resolve(keys):
        return {key: (key.title(), f"/planets/{key}/") for key in keys if key == "mars"}

    link_targets.add(LinkTarget(key="planet", title="Planet", resolve=resolve))
    yield
    link_targets.remove("planet")


def test_subject_leads_to_its_page(reader, planet_pages):
    make_events(1, kind="planet", key="mars")
    [address] = re.findall(
        r'href="(/audit/subjects/[^"]+)"', reader.get("/audit/").content.decode()
    )

    assert reader.get(address)["Location"] == "/planets/mars/"


@pytest.mark.parametrize("address", ["planet/pluto", "nothing/mars"])
def test_subject_without_a_page_is_not_found(reader, planet_pages, address):
    assert reader.get(f"/audit/subjects/{address}/").status_code == 404
