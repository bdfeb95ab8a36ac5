import re
from pathlib import Path

from portal.lib.registry import facts as fact_registry
from scorecards.pack_files import read_pack
from scorecards.verdicts import span_words

DOCS = Path(__file__).parents[2] / "docs"


def test_every_fact_is_documented_as_it_is():
    rows = re.findall(
        r"^\| `([a-z_.0-9]+)` \| (\w+) \| .* \| ([\w, ]+) \| ([\w ]+) \|$",
        (DOCS / "facts.md").read_text(),
        re.MULTILINE,
    )
    found = {name: (kind, sources, limit) for name, kind, sources, limit in rows}
    expected = {
        spec.key: (
            spec.type,
            ", ".join(spec.sources),
            "always" if spec.key.startswith("service.") else span_words(spec.stale_after),
        )
        for spec in fact_registry
    }
    assert found == expected


def test_example_of_a_pack_is_a_pack():
    text = (DOCS / "checks.md").read_text()
    example = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    kinds = {spec.key: spec.type for spec in fact_registry}
    pack = read_pack("quality.yaml", example.group(1), kinds)
    assert pack.checks[0].slug == "coverage-above-80"
