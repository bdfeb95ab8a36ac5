"""docs/radar-formats.md names every format with what it carries, and every rule."""

import re

from django.conf import settings

from radar.exporters.formats import EXPORTS
from radar.importers.formats import FORMATS

PAGE = (settings.BASE_DIR / "docs" / "radar-formats.md").read_text()
CALLS = re.compile(
    r"(?:\.(?:refuse|remark|lose|fail)\(\s*|Problem\()[^\"]*?\"([a-z]+(?:-[a-z]+)*)\"", re.DOTALL
)


def rows(heading):
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:2] == "| "]
    return {line[0].strip("`"): line[1:] for line in lines[1:]}


def test_every_format_is_there_with_what_it_carries():
    documented = rows("What each carries")
    assert set(documented) == {*FORMATS, *EXPORTS}
    for key, (_, is_read, is_written, carries) in documented.items():
        assert (is_read == "yes") == (key in FORMATS)
        assert (is_written == "yes") == (key in EXPORTS)
        if key in FORMATS:
            assert carries.split(", ") == sorted(FORMATS[key].carries)


def test_every_rule_is_there():
    used = {
        rule
        for path in (settings.BASE_DIR / "radar" / "importers").glob("*.py")
        for rule in CALLS.findall(path.read_text())
    }
    assert used == set(rows("Rules"))
