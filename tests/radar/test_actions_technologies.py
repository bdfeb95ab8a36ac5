"""Technologies: what is said of them, by whom, and when they are looked at again."""

from datetime import UTC, date, datetime

import pytest

from portal.audit.models import Event
from portal.lib.errors import Conflict, Forbidden, Invalid
from radar.actions import create_technology, edit_technology, review
from radar.models import Technology
from tests.factories import make_entry, make_person, make_radar, make_team, make_technology

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LINK = {"title": "Home", "url": "https://go.example/docs"}


def made(by=None, **fields) -> Technology:
    return create_technology(
        by=by or make_person("architect"), now=NOW, **({"name": "Go"} | fields)
    )


def edited(technology, by=None, **fields) -> Technology:
    fields = {
        "name": technology.name,
        "owner": technology.owner,
        "description": technology.description,
        "tags": technology.tags,
        "links": technology.links,
    } | fields
    return edit_technology(by=by or make_person("admin"), technology=technology, **fields)


def test_a_technology_is_made_with_an_address_of_its_own():
    first = made(name="C++")
    second = made(name="c plusplus")
    third = made(name="CPlusPlus")

    assert [row.slug for row in (first, second, third)] == [
        "cplusplus",
        "c-plusplus",
        "cplusplus-2",
    ]
    assert Event.objects.filter(verb="technology.created").count() == 3


def test_a_name_is_given_once_whatever_its_case():
    made(name="Kafka Streams")

    with pytest.raises(Conflict, match="Kafka Streams already"):
        made(name="kafka  STREAMS")


def test_tags_and_links_are_cleaned():
    found = made(
        tags=["JVM ", "jvm", "", "c#"],
        links=[LINK, {"title": "", "url": " http://a.example "}, {"title": "Nothing", "url": ""}],
    )

    assert found.tags == ["jvm", "c#"]
    assert found.links == [LINK, {"title": "http://a.example", "url": "http://a.example"}]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"tags": ["two words"]}, "tags"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"tags": [f"t{number}" for number in range(21)]}, "tags"),
        ({"links": [{"url": "javascript:alert(1)"}]}, "links"),
        ({"links": [{"url": "ftp://a.example"}]}, "links"),
        ({"links": [{"url": "https://"}]}, "links"),
        ({"links": [{"url": "https://a.example/ b"}]}, "links"),
        ({"links": [{"url": "https://[a.example"}]}, "links"),
        ({"links": [LINK] * 21}, "links"),
        ({"description": "x" * 20_001}, "description"),
    ],
)
def test_a_technology_that_breaks_a_rule_is_not_made(fields, field):
    with pytest.raises(Invalid) as error:
        made(**fields)

    assert list(error.value.context["fields"]) == [field]
    assert not Technology.objects.exists()


def test_an_edit_is_told_before_and_after_and_keeps_the_address():
    technology = made(name="Go")

    edited(technology, name="Golang", tags=["language"])

    technology.refresh_from_db()
    assert (technology.slug, technology.name, technology.name_key) == ("go", "Golang", "golang")
    event = Event.objects.get(verb="technology.changed")
    assert (event.before["name"], event.after["name"]) == ("Go", "Golang")


def test_an_edit_that_changes_nothing_is_not_told():
    edited(made())

    assert not Event.objects.filter(verb="technology.changed").exists()


@pytest.mark.parametrize("role", ["engineer", "lead"])
def test_a_team_edits_what_it_owns(role):
    person = make_person(role)
    mine = make_technology("Mine", owner=make_team(members=(person,)))
    theirs = make_technology("Theirs", owner=make_team("other"))
    nobodys = make_technology("Nobodys")

    edited(mine, by=person, description="Ours.")
    with pytest.raises(Forbidden, match="belongs to other"):
        edited(theirs, by=person, description="Ours.")
    with pytest.raises(Forbidden, match="Nobody owns this"):
        edited(nobodys, by=person, description="Ours.")
    with pytest.raises(Forbidden):
        made(by=person, name="New")
    made(by=person, name="New", owner=mine.owner)


def test_a_review_sets_the_next_date_and_who_looked():
    radar = make_radar("tech", review_months=6)
    person = make_person()
    technology = make_technology(owner=make_team(members=(person,)))
    make_entry(radar, technology, next_review_on=date(2026, 11, 1))

    entry = review(by=person, radar=radar, technology=technology, now=NOW)

    entry.refresh_from_db()
    assert (entry.reviewed_on, entry.reviewed_by) == (NOW.date(), person.name)
    assert entry.next_review_on == date(2027, 5, 24)
    event = Event.objects.get()
    assert event.before == {"next_review_on": "2026-11-01"}
    assert event.after["next_review_on"] == "2027-05-24"


def test_reviews_are_for_owners_and_architects():
    radar, technology = make_radar(), make_technology()
    make_entry(radar, technology, next_review_on=date(2026, 11, 1))

    with pytest.raises(Forbidden):
        review(by=make_person("lead"), radar=radar, technology=technology, now=NOW)

    review(by=make_person("architect"), radar=radar, technology=technology, now=NOW)


def test_what_is_not_on_the_radar_now_is_not_reviewed():
    radar, technology = make_radar("tech"), make_technology("Perl")
    architect = make_person("architect")
    with pytest.raises(Conflict, match="Perl is not on Tech now"):
        review(by=architect, radar=radar, technology=technology, now=NOW)
    make_entry(radar, technology, next_review_on=None)

    with pytest.raises(Conflict, match="Perl is not on Tech now"):
        review(by=architect, radar=radar, technology=technology, now=NOW)
