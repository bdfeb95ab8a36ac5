"""What is exported and imported into the same radar changes nothing, whatever the radar holds."""

import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.audit.models import Event
from radar.exporters.aoe import write_folder
from radar.exporters.formats import EXPORTS, export
from radar.layout import place
from radar.models import Edition, Meaning, Movement, Placement, Radar, Ring, RingChange, Sector
from radar.models.technology import Technology, name_key
from radar.names import free_slug
from radar.state import current, snapshot
from tests.radar.importers.world import NOW, TODAY, counts, take_path

pytestmark = pytest.mark.django_db

LETTERS = st.characters(
    codec="utf-8",
    exclude_categories=("Cs", "Cc", "Co", "Cn", "Zl", "Zp"),
    exclude_characters="\ufeff",
)
AWKWARD = [
    "A, B; C",
    'The "one"',
    "=1+1",
    "-minus",
    "@at",
    "Foo (bar)",
    "yes",
    "1.0",
    "null",
    "<b>R&amp;D</b>",
    "AT&T",
    "---",
    "a: b",
    "# hash",
    "[x]",
    "adopt",
    "C++",
    "日本",
]
NAMES = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(LETTERS, min_size=1, max_size=20).map(lambda text: " ".join(text.split())),
).filter(bool)
TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "Plain words.",
            "# A *heading*\n\n- one\n- two\n\n> said [so](https://a.example/(x))",
            "---\nnot front matter\n---",
            "<script>alert(1)</script> & <b>bold</b>",
            "1. a\n2. b\n\n```\ncode <x>\n```\n",
            "line\r\nline  \nend \\",
        ]
    ),
    st.text(LETTERS, max_size=60),
)
PLACES = st.fixed_dictionaries(
    {
        "sector": st.integers(0, 2),
        "ring": st.integers(0, 2),
        "movement": st.sampled_from(Movement.values),
        "remark": st.one_of(st.just(""), NAMES),
        "description": TEXTS,
        "is_featured": st.booleans(),
        "related": st.lists(NAMES, max_size=2),
        "extra": st.sampled_from([{}, {"teams": ["a", "911"]}, {"movement": "stated"}]),
    }
)
RADARS = st.lists(  # of technologies: name, summary, tags, and its place in three editions
    st.tuples(
        NAMES,
        TEXTS,
        st.lists(st.sampled_from(["lang", "data", "c++"]), unique=True),
        st.tuples(*[st.none() | PLACES] * 3),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: name_key(one[0]),
)
DAYS = (date(2025, 3, 1), date(2025, 9, 30), None)
RINGS = (("Adopt", "adopt"), ("Try it", "trial"), ("Caution", "hold"))


def build(technologies, *, has_draft: bool) -> Radar:
    """A radar with two published editions, one of them imported, and perhaps a draft."""
    radar = Radar.objects.create(slug="company", title="Company <radar>", created_at=NOW)
    for order, title in enumerate(("Tools & Co", "Languages", "Other/things")):
        Sector.objects.create(radar=radar, key=f"s{order}", title=title, order=order)
    for order, (title, meaning) in enumerate(RINGS):
        Ring.objects.create(
            radar=radar, key=f"r{order}", title=title, order=order, meaning=Meaning(meaning)
        )
    taken: set[str] = set()
    rows = []
    for name, summary, tags, places in technologies:
        slug = free_slug(name, taken)
        taken.add(slug)
        row = Technology.objects.create(
            slug=slug,
            name=name,
            description=summary,
            tags=tags,
            links=[{"title": "Home", "url": "https://home.example/"}] if tags else [],
            created_at=NOW,
        )
        rows.append((row, places))
    origins = (Edition.Origin.IMPORT, Edition.Origin.PORTAL, Edition.Origin.PORTAL)
    before = None
    for number, day in enumerate(DAYS if has_draft else DAYS[:2]):
        wanted = [(row, places[number]) for row, places in rows if places[number]]
        before = add_edition(radar, wanted, day, origins[number], before)
    return radar


def add_edition(radar, wanted, day, origin, before) -> Edition:
    edition = Edition.objects.create(
        radar=radar,
        key=day.isoformat() if day else "draft",
        title="T",
        state="draft",
        origin=origin,
        updated_at=NOW,
    )
    sectors, rings = list(radar.sectors.all()), list(radar.rings.all())
    placements = [
        Placement(
            edition=edition,
            technology=row,
            **{**values, "sector": sectors[values["sector"]], "ring": rings[values["ring"]]},
        )
        for row, values in wanted
    ]
    place(edition, placements, before)
    Placement.objects.bulk_create(placements)
    if day:
        edition.state, edition.date = Edition.State.PUBLISHED, day
        edition.published_at = datetime.combine(day, time(12), tzinfo=UTC)
    edition.save()
    if wanted:
        row, values = wanted[0]
        moment = datetime.combine(day or TODAY, time(8), tzinfo=UTC)
        RingChange.objects.create(
            radar=radar,
            technology=row,
            at=moment,
            to_ring=rings[values["ring"]],
            sector=sectors[values["sector"]],
            reason="Because.",
            edition=edition,
        )
    return edition


def changes_nothing(path: Path) -> None:
    events, stamps = Event.objects.count(), stamps_of()
    result = take_path(path, radar="company", now=NOW + timedelta(days=9))
    assert not result.has_refusals, result.problems
    for kind, states in result.counts().items():
        assert set(counts(result, kind)) == {"unchanged"}, (kind, states, result.plans)
    assert Event.objects.count() == events
    assert stamps_of() == stamps


def stamps_of() -> list[object]:
    return [
        list(Edition.objects.values_list("pk", "updated_at").order_by("pk")),
        list(Placement.objects.values_list("pk", "movement", "slot", "description").order_by("pk")),
        list(Technology.objects.values_list("pk", "name", "description", "tags").order_by("pk")),
        RingChange.objects.count(),
        Sector.objects.count(),
    ]


def exported(radar: Radar, key: str, folder: Path) -> Path:
    """The export of where the work stands, under a name that says nothing of it."""
    newest = current(radar)
    shown = snapshot(radar, edition=newest.key, today=TODAY)
    name, data = export(shown, key)
    path = folder / f"export{Path(name).suffix}"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("key", [one.key for one in EXPORTS.values() if one.is_read_back])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(technologies=RADARS, has_draft=st.booleans())
def test_export_into_the_same_radar_changes_nothing(key, technologies, has_draft):
    with transaction.atomic(), tempfile.TemporaryDirectory() as folder:
        radar = build(technologies, has_draft=has_draft)
        here = Placement.objects.filter(edition__state="published")
        if (here if key == "aoe" else current(radar).placements).exists():  # else there are no rows
            changes_nothing(exported(radar, key, Path(folder)))
        transaction.set_rollback(True)


@pytest.mark.parametrize("key", ["handbook", "byor-csv", "byor-json", "backstage"])
def test_an_older_edition_is_known_by_its_name(key, tmp_path):
    place_ = {
        "sector": 0,
        "ring": 1,
        "movement": "new",
        "remark": "",
        "description": "Text",
        "is_featured": True,
        "related": [],
        "extra": {},
    }
    build(
        [("Go", "", [], (place_, place_ | {"ring": 0, "movement": "moved_in"}, None))],
        has_draft=False,
    )
    radar = Radar.objects.get()
    for edition in radar.editions.published():
        name, data = export(snapshot(radar, edition=edition.key, today=TODAY), key)
        (tmp_path / name).write_bytes(data)
        changes_nothing(tmp_path / name)


def test_a_folder_of_markdown_is_read_as_the_zip_is(tmp_path):
    place_ = {
        "sector": 0,
        "ring": 1,
        "movement": "new",
        "remark": "",
        "description": "Text",
        "is_featured": False,
        "related": [],
        "extra": {"teams": ["a"]},
    }
    radar = build([("Go", "", ["lang"], (place_, None, place_))], has_draft=True)
    write_folder(radar, tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["config.json", "go.md", "go.md"]
    changes_nothing(tmp_path)
