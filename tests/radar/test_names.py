import pytest

from radar.names import LONGEST_SLUG, edition_key, free_slug, slug_for


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Kafka", "kafka"),
        ("C++", "cplusplus"),
        ("C#", "csharp"),
        (".NET", "dotnet"),
        ("ASP.NET Core", "asp-net-core"),
        ("Node.js", "node-js"),
        ("React 18+ with Server Components", "react-18plus-with-server-components"),
        ("Languages & Frameworks", "languages-and-frameworks"),
        ("Größe und Ærø", "grosse-und-aero"),
        ("Événement", "evenement"),
        ("  K6 / load  ", "k6-load"),
        ("日本", "technology"),
        ("", "technology"),
    ],
)
def test_slug_of_a_name(name, slug):
    assert slug_for(name) == slug


def test_slug_of_a_very_long_name_fits_and_does_not_end_in_a_hyphen():
    slug = slug_for("ab " * 100)

    assert len(slug) <= LONGEST_SLUG
    assert not slug.endswith("-")


def test_taken_slugs_get_the_first_free_number():
    assert free_slug("C#", {"csharp", "csharp-2"}) == "csharp-3"
    assert free_slug("C#", set()) == "csharp"
    long = "x" * LONGEST_SLUG
    assert free_slug(long, {long}) == "x" * (LONGEST_SLUG - 2) + "-2"


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Q4 2026", "2026-q4"),
        ("2026 Q4", "2026-q4"),
        ("2026-Q4", "2026-q4"),
        ("Volume 34", "volume-34"),
        ("Draft", "draft-2"),
    ],
)
def test_key_of_an_edition(title, key):
    assert edition_key(title, {"draft"}) == key
