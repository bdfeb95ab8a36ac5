"""Build Your Own Radar and Thoughtworks' volumes, with what is wrong in real files."""

import json

import pytest

from tests.radar.importers.world import BYOR, read, rules

VOLUME = "name,ring,quadrant,isNew,status,description,relatedBlips\n"
NAME = "Some Technology Radar Volume 29 (Sep 2023)"


def test_a_row_says_everything():
    document = read(
        VOLUME + 'Pulsar,adopt,platforms,FALSE,moved in,"<p>Use <b>it</b></p>","Kafka;NATS"\n',
        f"{NAME}.csv",
    )
    [row] = document.rows
    assert (row.name, row.ring, row.sector, row.line) == ("Pulsar", "adopt", "platforms", 2)
    assert row.movements == ("moved_in",)
    assert row.description == "Use **it**"
    assert row.related == ("Kafka", "NATS")
    assert (document.day.key, document.day.title) == ("2023-09", "Volume 29 (Sep 2023)")
    assert document.title == "Some Technology Radar"
    assert not document.problems


@pytest.mark.parametrize(
    "row",
    [
        'Ada, the good parts,adopt,tools,FALSE,no change,"x"',
        'Ada, the good parts,adopt,tools,FALSE,no change,"x",',
        'Ada, the good parts,caution,tools,FALSE,no change,"x",A;B',
    ],
)
def test_a_name_with_commas_that_nobody_quoted_is_put_together(row):
    document = read(f"{VOLUME}{row}\nGo,trial,tools,TRUE,new,,\n", "volume.csv")
    assert [row.name for row in document.rows] == ["Ada, the good parts", "Go"]
    assert [row.description for row in document.rows] == ["x", ""]
    assert [(one.rule, one.line) for one in document.problems] == [("unquoted-comma", 2)]


def test_a_name_with_several_commas_is_put_together():
    document = read(f"{VOLUME}One, two, and three,hold,tools,FALSE,new,text,\n", "volume.csv")
    assert document.rows[0].name == "One, two, and three"


def test_a_text_with_commas_in_the_last_column_is_put_together():
    document = read("name,ring,quadrant,isNew,description\nA,hold,tools,TRUE,b, c, d\n", "r.csv")
    assert document.rows[0].description == "b, c, d"
    assert rules(document, refused=False) == ["unquoted-comma"]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_table_may_have_other_marks_between_its_cells(mark):
    text = "Name;Ring;Quadrant;Description\nA,B;adopt;Tools;Text, with; more\nC;D;hold;Tools;\n"
    document = read(text.replace(";", mark), "radar.csv")
    assert document.format == "byor-csv"
    assert [(row.name, row.ring, row.sector) for row in document.rows] == [
        ("A,B", "adopt", "Tools"),
        (f"C{mark}D".replace("\t", " "), "hold", "Tools"),
    ]
    assert document.rows[0].description == f"Text, with{mark} more".replace("\t ", " ")
    assert rules(document) == ["unquoted-comma", "unquoted-comma"]


def test_a_row_with_too_many_cells_is_refused():
    document = read(f"{VOLUME}A,b,c,d,e,f,g,h,i\nGo,adopt,tools,TRUE,new,,\n", "volume.csv")
    assert [row.name for row in document.rows] == ["Go"]
    assert (rules(document, refused=True), document.skipped) == (["unquoted-comma"], 1)


def test_json_with_the_quotes_of_csv_is_read_as_it_was_meant():
    items = [
        {"name": "A", "ring": "hold", "quadrant": "tools", "relatedBlips": ["B"]},
        {"name": "B", "ring": "hold", "description": '"<p>The ""one""</p>"', "relatedBlips": []},
        {"name": "C", "ring": "hold", "description": '"a" and "b"', "relatedBlips": []},
    ]
    document = read(json.dumps(items, indent=1), "volume.json")
    assert [row.description for row in document.rows] == ["", 'The "one"', '"a" and "b"']
    assert [row.related for row in document.rows] == [("B",), (), ()]
    assert [(one.rule, one.line) for one in document.problems] == [("doubled-quotes", 10)]


@pytest.mark.parametrize("end", ["", 'D,trial,Tools,,,"x"\n'])
def test_a_quote_that_is_not_closed_is_refused_with_the_rows_it_holds(end):
    document = read(
        BYOR + 'A,adopt,Tools,,,x\nB,adopt,Tools,,,"x\nC,hold,Tools,,,y\n' + end, "r.csv"
    )
    assert [row.name for row in document.rows] == ["A"]
    [problem] = document.problems
    assert (problem.rule, problem.line, problem.refused) == ("unclosed-quote", 3, True)
    assert document.has_nameless


def test_a_text_of_several_lines_is_no_row():
    document = read(
        BYOR + 'A,adopt,Tools,,,"One, two,\nthree, adopt, and, so, on, and on"\n', "r.csv"
    )
    assert [row.name for row in document.rows] == ["A"]
    assert not document.problems


def test_quotes_that_are_doubled_in_a_table_are_read_as_they_were_meant():
    document = read(BYOR + 'A,adopt,Tools,,,""One, two""\nB,adopt,Tools,,,""Three""\n', "r.csv")
    assert [row.description for row in document.rows] == ["One, two", "Three"]
    assert rules(document) == ["unquoted-comma", "doubled-quotes", "doubled-quotes"]


def test_columns_are_found_in_any_order_and_case():
    document = read("Ring, NAME ,more,ISNEW\nadopt,Go,x,true\n", "radar.csv")
    assert [(row.name, row.ring, row.movements) for row in document.rows] == [
        ("Go", "adopt", ("new",))
    ]
    assert "sector" not in document.carries


@pytest.mark.parametrize(
    ("is_new", "status", "movements"),
    [
        ("TRUE", "", ("new",)),
        ("false", "", ("unchanged", "moved_in", "moved_out")),
        ("TRUE", "Moved Out", ("moved_out",)),
        ("", "No Change", ("unchanged",)),
        ("", "", ()),
        ("TRUE", "sideways", ("new",)),
    ],
)
def test_status_counts_before_is_new(is_new, status, movements):
    document = read(f"{BYOR}Go,adopt,Tools,{is_new},{status},\n", "radar.csv")
    assert document.rows[0].movements == movements
    assert rules(document) == (["status-unknown"] if status == "sideways" else [])


def test_names_are_plain_text():
    document = read(f"{BYOR}<b>R&amp;D</b> <i>tool</i>,adopt,Tools,,,\n", "radar.csv")
    assert document.rows[0].name == "R&D tool"


@pytest.mark.parametrize(
    "html",
    [
        "<p>Fine</p><script>alert(1)</script>",
        "<p onclick='x()'>Fine</p>",
        '<a href="javascript:x()">Fine</a>',
        "Fine<iframe src=x></iframe>",
    ],
)
def test_html_that_may_not_run_is_taken_out_and_named(html):
    document = read(json.dumps([{"name": "A", "ring": "hold", "description": html}]), "r.json")
    assert document.rows[0].description == "Fine"
    assert rules(document) == ["html-sanitised"]


def test_words_that_only_look_dangerous_are_left_alone():
    html = "<p>Written in JavaScript: a language. Set on = 1, data: all.</p>"
    document = read(json.dumps([{"name": "A", "ring": "hold", "description": html}]), "r.json")
    assert not document.problems


def test_names_and_rings_that_are_missing_are_refused_row_by_row():
    document = read(f"{BYOR},adopt,Tools,,,\nGo,,Tools,,,\nZig,adopt,Tools,,,\n", "radar.csv")
    assert [row.name for row in document.rows] == ["Zig"]
    assert [(one.rule, one.line) for one in document.problems] == [
        ("missing-name", 2),
        ("missing-ring", 3),
    ]
    assert document.skipped == 2


def test_a_name_that_is_too_long_is_refused_and_a_text_is_cut():
    document = read(f"{BYOR}{'n' * 201},adopt,,,,\nGo,adopt,,,,{'x' * 30_000}\n", "radar.csv")
    assert rules(document, refused=True) == ["long-name"]
    assert len(document.rows[0].description) == 20_000
    assert rules(document, refused=False) == ["text-cut"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [("quadrant,isNew\nx,y\n", "missing-column"), ("[{]", "malformed"), ('{"a": 1}', "malformed")],
)
def test_a_file_that_is_none_is_refused_whole(text, rule):
    document = read(text, "radar", "byor-json" if text[0] in "[{" else "byor-csv")
    assert document.is_unusable
    assert rules(document) == [rule]


def test_an_item_that_is_no_object_is_refused():
    document = read('[1, {"name": "A", "ring": "hold"}]', "radar.json", "byor-json")
    assert [row.name for row in document.rows] == ["A"]
    assert rules(document) == ["no-object"]


def test_json_that_is_nested_without_end_is_refused():
    document = read("[" * 100_000, "radar.json", "byor-json")
    assert document.is_unusable
