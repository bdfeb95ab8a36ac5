import gzip
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html import escape
from math import hypot
from time import process_time
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from radar.blip import Blip
from radar.compare import compare
from radar.drawing import Picture, draw
from radar.drawing_comparison import draw_comparison
from radar.drawing_labels import FAR, LINE, SIZE, text_width
from radar.geometry import lay_out
from radar.slots import assign

SVG = "{http://www.w3.org/2000/svg}"
SECTORS = [
    SimpleNamespace(title=title)
    for title in (
        "Techniques",
        "Platforms",
        "Tools",
        "Languages & frameworks",
        "Data",
        "Security",
        "Delivery",
        "Infrastructure",
    )
]
RINGS = [
    SimpleNamespace(order=order, title=title)
    for order, title in enumerate(("Adopt", "Trial", "Assess", "Hold", "Endure", "Retire"))
]
MEANINGS = ("adopt", "trial", "assess", "hold", "hold", "hold")
NAMES = (
    "Kafka",
    "Progressive delivery",
    "uv",
    "LLM evaluation suites",
    "Angular",
    "Contract tests",
)
MOVEMENTS = ("new", "moved_in", "moved_out")


def blip(number, sector=0, ring=0, slot=0, **fields):
    values = {
        "number": number,
        "slug": f"t-{number}",
        "name": f"{NAMES[number % len(NAMES)]} {number}",
        "remark": "",
        "url": f"/radar/technologies/t-{number}/",
        "sector": sector,
        "ring": ring,
        "slot": slot,
        "meaning": MEANINGS[ring],
        "movement": "unchanged",
        "from_ring": "",
        "description": "",
        "tags": (),
        "owner": "",
        "owner_key": "",
        "used_by": number % 4,
        "is_overdue": False,
        "next_review_on": None,
        "is_featured": True,
        "technology_id": number,
    }
    return Blip(**values | fields)


def picture(demand, *, changed=7, overdue=11, **fields):
    """Blips as many as `demand[sector][ring]` says; every so many changed, or are overdue."""
    geometry = lay_out(demand)
    segments = [
        (sector, ring)
        for sector, loads in enumerate(demand)
        for ring, load in enumerate(loads)
        for _ in range(load)
    ]
    blips = []
    for number, (sector, ring) in enumerate(segments, 1):
        how = MOVEMENTS[number % 3] if number % changed == 0 else "unchanged"
        came_from = "Assess" if how.startswith("moved") else ""
        is_overdue = number % overdue == 0
        blips.append(
            blip(number, sector, ring, movement=how, from_ring=came_from, is_overdue=is_overdue)
        )
    slots = assign(geometry, {b.slug: (b.sector, b.ring) for b in blips}, {})
    seated = [replace(b, slot=slots[b.slug]) for b in blips]
    sectors, rings = SECTORS[: len(demand)], RINGS[: len(demand[0])]
    return Picture(geometry, "Technology radar, Q4 2026", sectors, rings, seated, **fields)


def parsed(svg):
    """The elements without their namespace, which only a file that stands alone has."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
    return root


def marks(root):
    return root.findall(".//g[@class='sg']/a")


def spot(mark):
    x, y = re.fullmatch(r"translate\((\S+) (\S+)\)", mark.get("transform")).groups()
    return float(x), float(y)


def label_boxes(root):
    """Each name's box: left, top, right, bottom."""
    boxes = {}
    for text in root.find(".//g[@class='lbs']").iter("text"):
        lines = [text.text, *(line.text for line in text)]
        width = max(text_width(line, SIZE) for line in lines)
        left = (
            float(text.get("x"))
            - {None: 0, "middle": width / 2, "end": width}[text.get("text-anchor")]
        )
        top = float(text.get("y")) - 11.5
        boxes[" ".join(lines)] = (left, top, left + width, top + LINE * len(lines))
    return boxes


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def meets(box, point, radius):
    left, top, right, bottom = box
    x, y = min(max(point[0], left), right), min(max(point[1], top), bottom)
    return hypot(point[0] - x, point[1] - y) < radius


def assert_nothing_is_covered(shown, root):
    plane = shown.plane
    boxes = list(label_boxes(root).values())
    for number, box in enumerate(boxes):
        assert all(0 <= length <= 1000 for length in box)
        assert not any(overlap(box, other) for other in boxes[:number])
        assert not any(meets(box, spot(mark), plane.blip - 0.1) for mark in marks(root))
        for text in root.iter("text"):
            if text.get("class") == "rn":
                half = text_width(text.text, float(text.get("font-size"))) / 2
                x, y = float(text.get("x")), float(text.get("y"))
                assert not overlap(box, (x - half, y - 10, x + half, y))


MOCK = [[7, 7, 6, 3]] * 4
LARGE = [[19] * 4] * 4


def test_every_blip_is_a_link_that_says_all_of_itself():
    kafka = blip(
        27,
        name="Kafka 4",
        meaning="adopt",
        movement="moved_in",
        from_ring="Trial",
        used_by=12,
        is_overdue=True,
    )
    shown = picture(MOCK)
    root = parsed(draw(replace(shown, blips=[kafka])))
    (mark,) = marks(root)
    assert mark.get("aria-label") == (
        "27 Kafka 4, Adopt, moved in from Trial, used by 12 services, review overdue"
    )
    assert mark.get("href") == "/radar/technologies/t-27/"
    assert mark.find("title").text == "Kafka 4"
    assert mark.find("text").text == "27"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"movement": "new"}, "1 Go, Adopt, new"),
        ({"used_by": 1}, "1 Go, Adopt, used by 1 service"),
        ({"remark": "legacy only"}, "1 Go, legacy only, Adopt"),
        ({"movement": "moved_out"}, "1 Go, Adopt, moved out"),
    ],
)
def test_words_of_a_mark(fields, words):
    go = blip(1, name="Go", **{"used_by": 0} | fields)
    (mark,) = marks(parsed(draw(replace(picture(MOCK), blips=[go]))))
    assert mark.get("aria-label") == words


def test_movement_is_told_by_shape_and_the_ring_s_meaning_by_class():
    blips = [
        blip(1, 0, 3, 0),
        blip(2, 0, 3, 3, movement="new"),
        blip(3, 0, 3, 6, movement="moved_in"),
        blip(4, 0, 3, 9, movement="moved_out"),
    ]
    unchanged, new, moved_in, moved_out = marks(parsed(draw(replace(picture(MOCK), blips=blips))))
    assert [mark.get("class") for mark in (unchanged, new)] == ["hold", "hold ch"]
    assert unchanged.find("circle[@class='s']") is not None
    assert new.find("path").get("transform") is None
    for mark, towards in ((moved_in, 1), (moved_out, -1)):
        (turn,) = re.findall(r"rotate\((-?\d+)\)", mark.find("path").get("transform"))
        x, y = spot(mark)
        to_centre = complex(500 - x, 500 - y) / hypot(500 - x, 500 - y)
        points = complex(0, 1) ** (int(turn) / 90)
        assert (points * to_centre.conjugate()).real == pytest.approx(towards, abs=0.01)


def test_overdue_review_has_a_ring_around_the_mark_that_stays_off_its_neighbours():
    for demand in (MOCK, LARGE, [[38] * 4] * 4):
        shown = picture(demand, overdue=2)
        radii = [
            float(mark.find("circle[@class='od']").get("r"))
            for mark in marks(parsed(draw(shown)))
            if "overdue" in mark.get("aria-label")
        ]
        assert len(radii) == len(shown.blips) // 2
        assert max(radii) < shown.geometry.pitch / 2


def test_links_come_by_sector_ring_and_number_in_named_groups():
    shown = picture(MOCK)
    root = parsed(draw(replace(shown, blips=shown.blips[::-1])))
    numbers = [int(mark.find("text").text) for mark in marks(root)]
    assert numbers == sorted(numbers)
    groups = [group.get("aria-label") for group in root.findall(".//g[@class='sg']")]
    assert groups[:5] == [
        "Techniques, Adopt",
        "Techniques, Trial",
        "Techniques, Assess",
        "Techniques, Hold",
        "Platforms, Adopt",
    ]
    assert all(group.get("role") == "group" for group in root.findall(".//g[@class='sg']"))


def test_the_whole_is_named_and_described():
    root = parsed(draw(picture(MOCK)))
    assert root.get("role") == "group"
    title, words = root.get("aria-labelledby").split()
    assert root.find(f"title[@id='{title}']").text == "Technology radar, Q4 2026"
    assert root.find(f"desc[@id='{words}']").text == (
        "92 technologies in 4 sectors; the rings from the centre are Adopt, Trial, Assess, Hold."
        " 4 new, 5 moved in, 4 moved out."
    )


def test_what_a_filter_leaves_out_is_dimmed_where_it_is_and_out_of_the_way():
    shown = picture(MOCK)
    everything = marks(parsed(draw(shown)))
    filtered = marks(parsed(draw(replace(shown, matching={"t-7", "t-8"}))))
    assert [spot(mark) for mark in filtered] == [spot(mark) for mark in everything]
    left = [mark for mark in filtered if "dim" not in mark.get("class").split()]
    assert [mark.find("text").text for mark in left] == ["7", "8"]
    for mark in filtered:
        is_dim = mark not in left
        assert (mark.get("aria-hidden"), mark.get("tabindex")) == (
            ("true", "-1") if is_dim else (None, None)
        )


def test_what_a_filter_leaves_has_its_name_as_long_as_it_is_little():
    shown = picture(MOCK)
    few = replace(shown, matching={"t-7", "t-8"})
    assert set(label_boxes(parsed(draw(few)))) == {blip.name for blip in shown.blips[6:8]}
    much = replace(shown, matching={blip.slug for blip in shown.blips[:80]})
    changed = {blip.name for blip in shown.blips[:80] if blip.movement != "unchanged"}
    assert set(label_boxes(parsed(draw(much)))) == changed


def body_of(mark, height):
    """Half of how wide the filled body is at half a figure's `height` above its middle."""
    circle, path = mark.find("circle[@class='s']"), mark.find("path")
    if circle is not None:
        return float(circle.get("r"))
    arc = re.search(r"A([\d.]+)", path.get("d"))
    return float(arc[1]) if arc else float(re.match(r"M0-([\d.]+)", path.get("d"))[1]) - height


@pytest.mark.parametrize("demand", [MOCK, LARGE, [[38] * 4] * 4])
def test_every_mark_however_it_moved_is_a_target_of_24_and_holds_its_number(demand):
    root = parsed(draw(picture(demand, changed=2, overdue=5)))
    letters = root.find(".//g[@class='bl']").get("font-size")
    for mark in marks(root):
        size = float(mark.find("text").get("font-size", letters))
        radii = [float(circle.get("r")) + 0.7 for circle in mark.findall("circle")]
        assert max([*radii, body_of(mark, 0)]) >= 12
        assert 0.62 * size * len(mark.find("text").text) <= 2 * body_of(mark, 0.3 * size)


def test_selected_blip_is_ringed_and_current():
    root = parsed(draw(picture(MOCK, selected="t-9")))
    ringed = [mark for mark in marks(root) if mark.find("circle[@class='halo']") is not None]
    assert [mark.find("text").text for mark in ringed] == ["9"]
    assert ringed[0].get("aria-current") == "true"


def test_what_is_not_featured_is_counted_but_not_drawn():
    blips = [blip(1), blip(2, is_featured=False)]
    svg = draw(replace(picture(MOCK), blips=blips))
    assert [mark.find("text").text for mark in marks(parsed(svg))] == ["1"]
    assert ">2</tspan>" in svg


def test_names_are_escaped_wherever_they_stand():
    name = "<script>alert('x')</script> & \"co\""
    evil = blip(1, name=name, movement="new", url='/x"/<y>')
    shown = replace(
        picture(MOCK),
        blips=[evil],
        title=name,
        sectors=[SimpleNamespace(title=name)] * 4,
        rings=[SimpleNamespace(title=name)] * 4,
        sector_urls=['?sector="><b>'] * 4,
    )
    for svg in (draw(shown), draw(replace(shown, sector=0)), draw(shown, standalone=True)):
        assert "<script" not in svg
        assert "<b>" not in svg
        assert marks(parsed(svg))[0].find("title").text == name
        assert f'href="{escape(evil.url)}"' in svg


@pytest.mark.parametrize(
    "demand",
    [
        MOCK,
        [[2, 2, 2, 1]] * 4,
        [[9, 12, 9, 6]] * 4,
        [[5, 8, 6]] * 3,
        [[6, 7, 5, 4]] * 5,
        [[4, 4, 3, 3, 2, 2]] * 8,
        [[0] * 4, [0, 0, 60, 0], [0] * 4, [0] * 4],
    ],
)
def test_everything_that_changed_has_its_name_beside_it_and_nothing_is_covered(demand):
    shown = picture(demand, changed=3)
    root = parsed(draw(shown))
    names = {b.name for b in shown.blips if b.movement != "unchanged"}
    assert set(label_boxes(root)) == names
    assert_nothing_is_covered(shown, root)


def test_300_blips_name_all_of_every_seventh_and_cover_nothing():
    shown = picture(LARGE)
    root = parsed(draw(shown))
    changed = {b.name for b in shown.blips if b.movement != "unchanged"}
    assert set(label_boxes(root)) == changed
    assert_nothing_is_covered(shown, root)


def test_names_of_a_crowd_cover_nothing_and_their_lines_stay_short():
    shown = picture(LARGE, changed=3)
    root = parsed(draw(shown))
    lines = [path.get("d") for path in root.findall(".//g[@class='lbs']/path")]
    ends = [[float(number) for number in re.findall(r"-?[0-9.]+", line)] for line in lines]
    assert len(label_boxes(root)) > 75
    assert_nothing_is_covered(shown, root)
    assert max(hypot(x2 - x1, y2 - y1) for x1, y1, x2, y2 in ends) <= FAR


def test_long_name_takes_two_lines_and_a_very_long_one_is_cut():
    long = blip(1, name="Continuous delivery for machine learning", movement="new")
    longest = blip(2, 0, 1, name="Local storage of secrets " * 4, movement="new")
    root = parsed(draw(replace(picture(MOCK), blips=[long, longest])))
    first, second = root.find(".//g[@class='lbs']").iter("text")
    assert [first.text, first[0].text] == ["Continuous delivery", "for machine learning"]
    assert second[0].text.endswith("…")


def test_a_sector_alone_has_its_blips_only_all_with_names():
    shown = picture(LARGE, sector=2)
    root = parsed(draw(shown))
    drawn = [b for b in shown.blips if b.sector == 2]
    assert len(marks(root)) == len(drawn) == 76
    assert set(label_boxes(root)) == {b.name for b in drawn}
    assert_nothing_is_covered(shown, root)
    assert min(float(mark[-2].get("r", "99")) for mark in marks(root)) > 11


def test_sector_titles_lead_to_the_sector_and_count():
    svg = draw(picture(MOCK, sector_urls=[f"?sector={number}&view=sector" for number in range(4)]))
    root = parsed(svg)
    links = root.findall(".//a[@class='to']")
    assert [link.get("href") for link in links] == [
        f"?sector={number}&view=sector" for number in range(4)
    ]
    assert links[3].find("tspan").text == "Languages & frameworks"
    assert "23, 3 changed" in svg


@pytest.mark.parametrize("sectors", [3, 5, 6, 7, 8])
def test_titles_of_other_than_four_sectors_go_around_the_disc(sectors):
    root = parsed(draw(picture([[4, 4]] * sectors)))
    paths = [path.get("href").removeprefix("#") for path in root.iter("textPath")]
    assert len(paths) == len(set(paths)) == sectors
    assert all(root.find(f".//path[@id='{path}']") is not None for path in paths)


def test_ring_titles_are_on_both_halves_and_small_where_the_ring_is_narrow():
    root = parsed(draw(picture(MOCK)))
    titles = [text for text in root.iter("text") if text.get("class") == "rn"]
    assert Counter(text.text for text in titles) == dict.fromkeys(
        ["Adopt", "Trial", "Assess", "Hold"], 2
    )
    narrow = replace(picture([[1, 1, 1, 1, 1, 1]] * 4), rings=[RINGS[2]] * 6)
    sizes = {text.get("font-size") for text in parsed(draw(narrow)).iter("text")}
    assert len(sizes) > 2


def test_picture_is_the_same_to_the_byte_in_every_process():
    script = (
        "import hashlib; from tests.radar.test_drawing import *;"
        "print(hashlib.sha256(draw(picture(LARGE), standalone=True).encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_picture_that_stands_alone_brings_its_style_and_full_addresses():
    svg = draw(picture(MOCK, address="https://portal.example"), standalone=True)
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}style") is not None
    assert 'href="https://portal.example/radar/technologies/t-1/"' in svg
    assert "<style" not in draw(picture(MOCK))
    assert " style=" not in svg


def test_300_blips_weigh_little_and_are_drawn_fast():
    shown = picture(LARGE)
    svg = draw(shown).encode()
    assert len(svg) < 110_000
    assert len(gzip.compress(svg)) < 20_000
    start = process_time()
    for _ in range(5):
        draw(shown)
    assert (process_time() - start) / 5 < 0.02


def state(blips):
    return SimpleNamespace(blips=blips, rings=RINGS[:4])


def test_comparison_has_arrows_from_old_to_new_places_and_crosses_out_what_went():
    shown = picture(MOCK, changed=1000, overdue=1000)
    moved, come, *rest = shown.blips
    before = [replace(moved, ring=2, slot=shown.blips[14].slot), *rest, blip(99, 1, 1, 0)]
    svg = draw_comparison(shown, compare(state(before), state(shown.blips)))
    root = parsed(svg)
    by_name = {mark.find("title").text: mark for mark in marks(root)}
    assert (
        by_name[moved.name]
        .get("aria-label")
        .startswith(f"1 {moved.name}, Adopt, moved in from Assess")
    )
    assert "new" in by_name[come.name].get("aria-label")
    gone = by_name[blip(99).name]
    assert (gone.get("class"), gone.get("aria-label")) == (
        "gone",
        f"{blip(99).name}, gone, was in Trial",
    )
    assert sum(mark.get("class").endswith(" same") for mark in marks(root)) == len(rest)
    assert len(root.findall(".//path[@class='way']")) == 1
    assert len(root.findall(".//circle[@class='was']")) == 1
    assert set(label_boxes(root)) == {moved.name, come.name, blip(99).name}
    assert svg.count(" changed</tspan>") == 1  # of what is compared, in the sector of both
    assert "2 changed" in svg
    assert root.find("desc").text == (
        "1 new, 1 moved in, 0 moved out, 0 moved sector, 1 gone, 90 unchanged."
    )


def test_comparison_puts_nothing_upon_anything_and_leaves_blips_where_they_are():
    shown = picture(MOCK, changed=1000, overdue=1000)
    before = [replace(b, ring=(b.ring + 1) % 4) if b.number % 9 == 0 else b for b in shown.blips]
    root = parsed(draw_comparison(shown, compare(state(before), state(shown.blips))))
    places = [spot(mark) for mark in marks(root)]
    assert places == [spot(mark) for mark in marks(parsed(draw(shown)))]
    old = [
        (float(circle.get("cx")), float(circle.get("cy")))
        for circle in root.findall(".//circle[@class='was']")
    ]
    assert len(old) == 10
    for number, (x, y) in enumerate(everything := [*places, *old]):
        for other_x, other_y in everything[:number]:
            assert hypot(x - other_x, y - other_y) >= 2 * shown.geometry.blip


def test_comparison_that_does_not_fit_is_laid_out_for_itself():
    shown = picture([[6, 6, 6, 6]] * 4, changed=1000)
    went = [blip(number, 0, 0, slot=number % 5) for number in range(200, 200 + 60)]
    comparison = compare(state([*shown.blips, *went]), state(shown.blips))
    root = parsed(draw_comparison(shown, comparison))
    places = [spot(mark) for mark in marks(root)]
    assert len(places) == len(set(places)) == 96 + 60
