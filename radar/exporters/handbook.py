"""The handbook's YAML: a list of names under each ring."""

from portal.lib import yaml
from radar.exporters.content import Content, Line
from radar.importers.handbook import HEAD, split

CANNOT = (
    "sectors",
    "descriptions, links, tags and owners",
    "how a technology moved",
    "which edition it is, but for the file's name",
)


def write(content: Content) -> str:
    """Names with their remarks in brackets, by ring and name."""
    rings: dict[str, list[object]] = {ring.key: [] for ring in content.snapshot.rings}
    for line in sorted(content.lines, key=lambda line: line.blip.name.casefold()):
        rings[line.ring.key].append(_entry(line))
    title = " ".join(f"{content.radar.title}, {content.snapshot.title}".split())
    return f"{HEAD}: {title}\n{yaml.dump(rings)}"


def _entry(line: Line) -> object:
    """`Name (remark)`; a mapping where that would be read as something else."""
    name, remark = line.blip.name, line.blip.remark
    text = f"{name} ({remark})" if remark else name
    if split(text) == (name, remark):
        return text
    return {"name": name, "remark": remark} if remark else {"name": name}
