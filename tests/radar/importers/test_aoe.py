"""AOE's and Porsche's Markdown folders: what a later folder leaves out stays."""

import json

from tests.radar.importers.world import read_all, rules

CONFIG = json.dumps(
    {
        "labels": {"title": "Acme Radar"},
        "segments": [{"id": "tools", "title": "Tools & Co"}, {"id": "lang", "title": "Languages"}],
        "rings": [{"id": "adopt", "title": "Adopt"}, {"id": "hold", "title": "Hold"}],
    }
)
FILES = {
    "radar/2023-01-01/go.md": (
        "---\ntitle: Go\nring: hold\nquadrant: lang\ntags: [Coding]\n---\n\nOld.\n"
    ),
    "radar/2023-01-01/make.md": "---\nring: adopt\nsegment: tools\nteams: [a, '911']\n---\n",
    "radar/2024-02-01/go.md": "---\nring: adopt\nfeatured: false\n---\n",
    "radar/2024-02-01/zig.md": "---\ntitle: Zig\nring: hold\nsegment: lang\n---\nNew.\n",
    "radar/2025-03-01/make.md": "---\ngone: true\n---\n",
    "radar/2025-03-01/zig.md": "---\nring: hold\n---\n<!-- empty -->\n",
}


def editions(**more):
    return read_all({**FILES, "config.json": CONFIG, **more}, "aoe")


def test_every_folder_is_an_edition_of_everything_so_far():
    first, second, third = editions()
    assert [one.day.key for one in (first, second, third)] == [
        "2023-01-01",
        "2024-02-01",
        "2025-03-01",
    ]
    assert [row.name for row in first.rows] == ["Go", "make"]
    assert [row.name for row in second.rows] == ["Go", "make", "Zig"]
    assert [row.name for row in third.rows] == ["Go", "Zig"]
    assert first.title == "Acme Radar"


def test_a_later_folder_sets_only_what_it_says():
    first, second, _ = editions()
    go, later = first.rows[0], second.rows[0]
    assert (go.ring, go.sector, go.description, go.tags) == (
        "Hold",
        "Languages",
        "Old.",
        ("Coding",),
    )
    assert (later.ring, later.sector, later.description) == ("Adopt", "Languages", "Old.")
    assert (go.is_featured, later.is_featured) == (True, False)


def test_a_text_is_emptied_by_its_mark_only():
    _, second, third = editions()
    assert (second.rows[-1].description, third.rows[-1].description) == ("New.", "")


def test_teams_are_kept_and_tags_that_are_not_named_say_nothing():
    make = editions()[0].rows[1]
    assert make.extra == {"teams": ["a", "911"]}
    assert make.tags is None


def test_a_folder_of_a_day_that_does_not_exist_is_refused_and_its_neighbours_are_read():
    documents = editions(**{"radar/2023-02-30/go.md": "---\nring: hold\n---\n"})
    assert [rules(one) for one in documents] == [[], ["date-invalid"], [], []]
    assert [row.ring for row in documents[2].rows][:1] == ["Adopt"]


def test_front_matter_that_is_broken_is_refused_with_its_file():
    documents = editions(**{"radar/2023-01-01/bad.md": "---\nring: [\n---\n"})
    problems = documents[0].problems
    assert [(one.rule, one.file) for one in problems] == [("malformed", "radar/2023-01-01/bad.md")]


def test_without_a_configuration_ids_are_the_names():
    documents = read_all(dict(list(FILES.items())[:2]), "aoe")
    assert [(row.ring, row.sector) for row in documents[0].rows] == [
        ("hold", "lang"),
        ("adopt", "tools"),
    ]
