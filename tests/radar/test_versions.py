"""Versions and ranges of all ecosystems against the ranges of the matching table."""

import pytest

from radar.versions import fits, intervals


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("18.2.0", ">=18"),
        ("18", "18.0.0"),
        ("1.10.0", ">1.9"),
        ("16.2", "16"),
        ("16-alpine", "16"),
        ("24.0.2_12-jdk", "24"),
        ("v1.9.1", "^1.9"),
        ("1.2.3+incompatible", "1.2.3"),
        ("3.2.0.RELEASE", "3.2"),
        ("2024.7.4", ">=2024"),
        ("^18.2.0", ">=18"),
        ("^17.0.0 || ^18.0.0", ">=17 <19"),
        ("^7.4|^8.0", ">=7.4 <9"),
        ("~> 5.0", ">=5,<6"),
        ("~>5.0.1", "5.0"),
        ("~=0.10.0", "0.10"),
        ("~1.2.3", "1.2"),
        ("^0.2.3", "<0.3"),
        ("^0.0.3", "<0.0.4"),
        ("1.x", ">=1 <2"),
        ("==1.*", "1"),
        ("==2.31.0", ">=2"),
        ("<8,>=3.0.2", "<8"),
        (">= 4.2, < 6", "<7"),
        ("1.0 - 2.0", "<=2"),
        ("[1.0,2.0)", "<2"),
        ("[1.2]", "1.2"),
        ("(,3]", "<=3"),
        ("18.0.0-rc.1", "<18"),
        ("<2,!=1.5", "<2"),
    ],
)
def test_version_that_fits(version, wanted):
    assert fits(version, wanted)


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("17", "<17"),
        (">=16", ">=18"),
        ("^17.0.0 || ^18.0.0", ">=18"),
        ("18.0.0-rc.1", ">=18"),
        ("^1.0.0-beta.2", ">=1"),
        ("*", ">=1"),
        ("2.0", "<2"),
        ("1.9", "1.8"),
        ("16.2", "16.3"),
        ("(,3]", "<3"),
        ("1.0 - 2.0", "<2"),
    ],
)
def test_version_that_does_not_fit(version, wanted):
    assert not fits(version, wanted)


@pytest.mark.parametrize("version", ["", "latest", "main", "$version", "[,]", ">>1"])
def test_unknown_version_fits_only_the_empty_range(version):
    assert fits(version, "")
    assert not fits(version, ">=0")


@pytest.mark.parametrize("text", ["new", "1.2 and more", "[1", ">=", "=>1"])
def test_what_is_no_range_has_no_intervals(text):
    assert intervals(text) == []


def test_long_text_is_refused_quickly():
    assert intervals("1." * 5_000 + "x y") == []
