"""The other formats: each as its program writes it, with its own traps."""

import json
from textwrap import dedent

import pytest

from portal.lib import yaml
from radar.importers.formats import guess
from tests.radar.importers.world import read, read_all, rules

HANDBOOK = dedent("""\
    # technology-radar.yml
    # Review quarterly
    adopt:
    - Kafka 4+ with tiers
    trial:
    - Feature flags (Flipt/Unleash)
    - tRPC
    assess:
    hold:
    - jQuery (legacy only)
    - {name: Foo (bar)}
    """)
CONFIG = {
    "date": "2026.05",
    "entries": [
        {"quadrant": 3, "ring": 1, "label": "Athena", "active": True, "moved": 0},
        {"quadrant": 0, "ring": 3, "label": "Perl", "moved": -1, "link": "https://perl.example/"},
        {"quadrant": 7, "ring": 9, "label": "Odd", "moved": 2},
    ],
}
PAGE = """<html><script>
function radar_visualization(config) {}
fetch('./config.json').then(function(data) {
  radar_visualization({
    title: "Acme " + 'Radar',  // of the year
    date: data.date, /* later */
    quadrants: [{ name: "Languages" }, { name: 'Infra' }, { name: "Stores" }, { name: "Data" },],
    rings: [{ name: "ADOPT", color: "#5ba300" }, { name: "TRIAL" }, { name: "ASSESS" },
      { name: "HOLD" }],
    entries: %s
  });
});
</script></html>"""
QIWI = dedent("""\
    name,                quadrant,   ring,   description,           moved
    TypeScript,          lang,       Adopt,  "Types, mostly",       1
    Next.js     ,        lang,       trial,  ,
    Scrum,               Techniques, Trial,  Meetings,              -1
    ===
    date
    2023-10-17
    ===
    quadrant,   title
    q1,         "Languages, libs"
    q4,         Techniques
    ===
    title
    Acme JS
    ===
    quadrant,   alias
    q1,         lang
    """)
BACKSTAGE = {
    "quadrants": [{"id": "infra", "name": "Infrastructure"}, {"id": "lang", "name": "Languages"}],
    "rings": [{"id": "use", "name": "USE"}, {"id": "stop", "name": "STOP"}],
    "entries": [
        {
            "key": "go",
            "id": "go",
            "title": "Go",
            "quadrant": "lang",
            "url": "https://go.example/",
            "description": "A *language*",
            "links": [{"url": "https://tour.example/", "title": "Tour"}],
            "timeline": [
                {"ringId": "use", "date": "2020-07-05", "description": "old"},
                {"moved": 1, "ringId": "stop", "date": "2020-08-06T00:00:00.000Z"},
                {"ringId": "stop", "date": "2020-02-30"},
            ],
        },
        {"key": "x", "title": "X", "quadrant": "infra", "timeline": []},
    ],
}
SAP = dedent("""\
    [page]
    title = "Ada"
    description = "Old<br/>but gold<script>x()</script>"
    reason = "Safe"
    [links]
    Home = "https://ada.example/"
    [config]
    label = "Ada 95"
    ring = "ADOPT"
    quadrant = "Languages"
    active = true
    moved = 1
    """)


def test_handbook_keeps_remarks_and_passes_over_comments():
    document = read(HANDBOOK, "technology-radar.yml")
    assert [(row.ring, row.name, row.remark, row.line) for row in document.rows] == [
        ("adopt", "Kafka 4+ with tiers", "", 4),
        ("trial", "Feature flags", "Flipt/Unleash", 6),
        ("trial", "tRPC", "", 7),
        ("hold", "jQuery", "legacy only", 10),
        ("hold", "Foo (bar)", "", 11),
    ]
    assert not document.problems


def test_a_ring_of_the_handbook_without_a_list_is_refused():
    text = "title: Ours\nadopt: [Kafka]\ntrial: Kotlin\nhold: []\n"
    assert guess("radar.yaml", text) == "handbook"
    document = read(text, "radar.yaml")
    assert [row.name for row in document.rows] == ["Kafka"]
    assert [(problem.line, problem.refused) for problem in document.problems] == [
        (1, False),
        (3, True),
    ]


def test_handbook_leaves_out_what_is_no_list():
    document = read("owner: me\nadopt: [A, 7]\n", "radar.yaml", "handbook")
    assert [row.name for row in document.rows] == ["A", "7"]
    assert rules(document) == ["no-list"]


def test_zalando_takes_names_from_the_page_beside():
    files = {"docs/config.json": json.dumps(CONFIG), "docs/index.html": PAGE % "data.entries"}
    key = guess("docs/config.json", files["docs/config.json"])
    assert (key, guess("docs/index.html", files["docs/index.html"])) == ("zalando", "zalando")
    document = read_all(files, "zalando")[0]
    assert document.title == "Acme Radar"
    assert document.day.key == "2026-05"
    assert [sector.title for sector in document.sectors] == ["Stores", "Data", "Languages", "Infra"]
    assert [(row.name, row.sector, row.ring, row.movements) for row in document.rows] == [
        ("Athena", "Data", "TRIAL", ("unchanged",)),
        ("Perl", "Languages", "HOLD", ("moved_out",)),
        ("Odd", "7", "9", ("new",)),
    ]
    assert document.rows[1].links == (("", "https://perl.example/"),)


def test_zalando_page_alone_has_its_entries_in_javascript():
    entries = "[{label: 'C\\x2b+', quadrant: 1, ring: 0, moved: 2, active: !0,}, ...more]"
    document = read(PAGE % entries, "index.html")
    assert [(row.name, row.sector, row.ring, row.line) for row in document.rows] == [
        ("C++", "Infra", "ADOPT", 10)
    ]


@pytest.mark.parametrize("end", ["", "[{label: 'x", "[" * 200])
def test_zalando_page_that_is_cut_off_is_refused(end):
    document = read((PAGE % "!").split("!")[0] + end, "index.html", "zalando")
    assert document.is_unusable
    assert rules(document) == ["malformed"]


def test_zalando_date_that_does_not_exist_is_said():
    document = read(json.dumps(CONFIG | {"date": "2026.13"}), "config.json")
    assert (rules(document), document.day) == (["date-invalid"], None)


def test_qiwi_sections_come_in_any_order():
    document = read(QIWI, "js.csv")
    assert (document.title, document.day.key) == ("Acme JS", "2023-10-17")
    assert [
        (row.name, row.sector, row.ring, row.description, row.movements, row.line)
        for row in document.rows
    ] == [
        ("TypeScript", "Languages, libs", "Adopt", "Types, mostly", ("moved_in",), 2),
        ("Next.js", "Languages, libs", "trial", "", (), 3),
        ("Scrum", "Techniques", "Trial", "Meetings", ("moved_out",), 4),
    ]


def test_qiwi_may_have_sectors_and_rings_of_its_own():
    text = "sector, title\ns1, Backend\n===\nring, title\nr1, Use\nr2, Stop\n===\n"
    text += "name, sector, ring\nGo, s1, r1\nPerl, Backend, Stop\n"
    document = read(text, "2026-05-12.csv")
    assert [(row.sector, row.ring) for row in document.rows] == [
        ("Backend", "Use"),
        ("Backend", "Stop"),
    ]
    assert document.day.key == "2026-05-12"


@pytest.mark.parametrize("as_json", [True, False])
def test_qiwi_as_yaml_and_json(as_json):
    value = {
        "meta": {"title": "T", "date": "2021-06-11"},
        "data": [{"name": "Go", "quadrant": "Lang", "ring": "Adopt", "moved": 1}],
        "quadrantAliases": {"lang": "q1"},
        "quadrantTitles": {"q1": "Languages"},
    }
    text = json.dumps(value) if as_json else yaml.dump(value)
    document = read(text, "r.json" if as_json else "r.yml")
    [row] = document.rows
    assert (row.name, row.sector, row.movements) == ("Go", "Languages", ("moved_in",))
    assert document.day.key == "2021-06-11"


def test_backstage_sorts_timelines_and_says_what_is_wrong():
    document = read(json.dumps(BACKSTAGE), "radar.json")
    [row] = document.rows
    assert (row.name, row.ring, row.sector, row.summary) == (
        "Go",
        "STOP",
        "Languages",
        "A *language*",
    )
    assert [(moment.at.isoformat(), moment.ring) for moment in row.timeline] == [
        ("2020-08-06T00:00:00+00:00", "STOP"),
        ("2020-07-05T00:00:00+00:00", "USE"),
    ]
    assert row.movements == ("moved_in",)
    assert row.links == (("", "https://go.example/"), ("Tour", "https://tour.example/"))
    assert rules(document, refused=True) == ["date-invalid", "missing-ring"]
    assert rules(document, refused=False) == ["timeline-sorted"]


def test_sap_reads_a_folder_as_one_edition():
    [document] = read_all({"definitions/l/ada.toml": SAP, "template/info.toml": 'eol "x"'}, "sap")
    [row] = document.rows
    assert (row.name, row.ring, row.sector) == ("Ada 95", "ADOPT", "Languages")
    assert row.description == "Old\\\nbut gold\n\nSafe"
    assert row.links == (("Home", "https://ada.example/"),)
    assert sorted(rules(document)) == ["html-sanitised", "malformed"]


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("a.yml", HANDBOOK, "handbook"),
        ("pasted", HANDBOOK, "handbook"),
        ("pasted", QIWI, "qiwi-csv"),
        ("pasted", json.dumps(BACKSTAGE), "backstage"),
        ("pasted", "name,ring,quadrant\nA,adopt,tools", "byor-csv"),
        ("pasted", PAGE % "[]", "zalando"),
        ("a.json", '[{"name": "A", "ring": "b"}]', "byor-json"),
        ("a.json", '[{"name": "A", "ring": "b", "relatedBlips": []}]', "thoughtworks-json"),
        ("a.csv", "name,ring,relatedBlips\n", "thoughtworks-csv"),
        ("radar/2024-01-15/react.md", "x", "aoe"),
        ("a.toml", SAP, "sap"),
        ("package.json", '{"name": "x", "entries": []}', ""),
        ("README.md", "# Adopt", ""),
        ("ci.yaml", "on: push\njobs: {}\n", ""),
        ("a.csv", "date,amount\n1,2\n", ""),
        ("pasted", "", ""),
    ],
)
def test_the_format_is_guessed_by_content(name, text, key):
    assert guess(name, text) == key
