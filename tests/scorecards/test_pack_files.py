import pytest

from scorecards.pack_files import PackError, read_pack, refuse_duplicates

KINDS = {"repo.has_readme": "bool", "repo.coverage": "float", "service.type": "string"}
PACK = """\
title: Readiness
order: 1
filter: service.type == "service"
levels:
  - key: bronze
    title: Bronze
checks:
  - slug: readme
    title: Readme
    level: bronze
    weight: 3
    expression: repo.has_readme
    why: People read it.
    fix: Write it.
    fix_minutes: 30
  - slug: covered
    title: Covered
    level: bronze
    weight: 5
    filter: repo.has_readme
    expression: >
      repo.coverage
      > 80.0
    why: Untested code
      is guesswork.
    fix: Test it.
    effective_from: 2026-01-31
"""


def problems(text, name="readiness.yaml"):
    with pytest.raises(PackError) as caught:
        read_pack(name, text, KINDS)
    return [str(problem) for problem in caught.value.problems]


def test_pack_is_read():
    pack = read_pack("readiness.yaml", PACK, KINDS)
    assert (pack.slug, pack.title, pack.order) == ("readiness", "Readiness", 1)
    assert pack.levels == [{"key": "bronze", "title": "Bronze"}]
    readme, covered = pack.checks
    assert (readme.slug, readme.weight, readme.fix_minutes) == ("readme", 3, 30)
    assert covered.expression.split() == ["repo.coverage", ">", "80.0"]
    assert covered.why == "Untested code is guesswork."
    assert covered.effective_from.isoformat() == "2026-01-31T00:00:00+00:00"


def test_digest_is_of_the_text():
    assert read_pack("a.yaml", PACK, KINDS).digest == read_pack("b.yaml", PACK, KINDS).digest
    assert read_pack("a.yaml", PACK, KINDS).digest != read_pack("a.yaml", PACK + "#", KINDS).digest


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("weight: 3", "wait: 3", ["8: weight is missing", "11: there is no key 'wait' here"]),
        ("weight: 3", "weight: 0", ["11: weight must be a whole number from 1 to 100"]),
        ("weight: 3", "weight: yes", ["11: weight must be a whole number from 1 to 100"]),
        ("level: bronze", "level: gold", ["10: there is no level 'gold'; there are bronze"]),
        ("slug: covered", "slug: readme", ["16: the check readme is there twice"]),
        ("slug: readme", "slug: Read me", ["8: 'Read me' is no slug"]),
        ("expression: repo.has_readme", "expression: repo.readme", ["12: expression: no source"]),
        ("expression: repo.has_readme", "expression: repo.has_readme &&", ["12: expression: the"]),
        ("expression: repo.has_readme", "expression: true", ["12: expression must be a CEL"]),
        ("expression: repo.has_readme", "expression: repo.coverage", ["12: expression: it gives"]),
        ("      > 80.0", "      > repo.nothing", ["22: expression: no source measures"]),
        ('filter: service.type == "service"', "filter: repo.has_readme", ["3: filter may read"]),
        ("effective_from: 2026-01-31", "effective_from: soon", ["27: effective_from must be"]),
        ("fix_minutes: 30", "fix_link: javascript:x", ["15: fix_link must be a web address"]),
        ("title: Readiness", "title: ''", ["1: title must be a text"]),
        ("title: Readiness", "title: [", ["3: Not valid YAML"]),
    ],
)
def test_mistake_is_named_with_its_line(old, new, expected):
    found = problems(PACK.replace(old, new, 1))
    assert len(found) == len(expected)
    for problem, start in zip(found, expected, strict=True):
        assert problem.startswith(f"readiness.yaml:{start}"), problem


def test_mistakes_are_reported_together():
    text = PACK.replace("weight: 3", "weight: 0").replace("level: bronze", "level: tin")
    assert [problem.split(" ")[0] for problem in problems(text)] == [
        "readiness.yaml:10:",
        "readiness.yaml:11:",
        "readiness.yaml:18:",
    ]


def test_error_within_a_literal_block_points_at_its_own_line():
    text = PACK.replace(
        "expression: repo.has_readme",
        "expression: |\n      repo.has_readme\n      && repo.nope",
    )
    assert problems(text)[0].startswith("readiness.yaml:14: ")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "checks: {}\n", "a: &a [*a]\n"])
def test_file_that_is_no_pack_is_refused(text):
    assert problems(text)


def test_file_name_is_the_slug():
    assert "is no slug" in problems(PACK, "My Pack.yaml")[0]


def test_check_in_two_packs_is_refused():
    packs = [read_pack(name, PACK, KINDS) for name in ("a.yaml", "b.yaml")]
    with pytest.raises(PackError, match=r"b\.yaml:1: the check readme is in a\.yaml already"):
        refuse_duplicates(packs)
