"""The formats a radar is exported in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from radar.exporters import aoe, backstage, byor, drawn, handbook
from radar.exporters.content import Content, content_of
from radar.state import Snapshot


@dataclass(frozen=True)
class Export:
    """`cannot` is what the format has no place for. `write` gives a whole file."""

    key: str
    title: str
    about: str
    ending: str
    content_type: str
    write: Callable[[Content], str | bytes]
    cannot: tuple[str, ...]
    is_read_back: bool = True


EXPORTS: Mapping[str, Export] = {
    one.key: one
    for one in (
        Export(
            "handbook",
            "Handbook YAML",
            "Names under each ring, with remarks in brackets.",
            ".yaml",
            "application/yaml",
            handbook.write,
            handbook.CANNOT,
        ),
        Export(
            "byor-csv",
            "Build Your Own Radar, CSV",
            "For Thoughtworks' own program; descriptions as HTML.",
            ".csv",
            "text/csv",
            byor.write_csv,
            byor.CANNOT,
        ),
        Export(
            "byor-json",
            "Build Your Own Radar, JSON",
            "The same as objects.",
            ".json",
            "application/json",
            byor.write_json,
            byor.CANNOT,
        ),
        Export(
            "backstage",
            "Backstage JSON",
            "For the Tech Radar plugin, with the timeline of every technology.",
            ".json",
            "application/json",
            backstage.write,
            backstage.CANNOT,
        ),
        Export(
            "aoe",
            "AOE and Porsche Markdown",
            "All published editions, a folder for each, as a ZIP.",
            ".zip",
            "application/zip",
            lambda content: aoe.write_zip(content.radar),
            aoe.CANNOT,
        ),
        Export(
            "svg",
            "SVG",
            "The picture, for documents and slides.",
            ".svg",
            "image/svg+xml",
            drawn.write,
            drawn.CANNOT,
            is_read_back=False,
        ),
    )
}


def export(snapshot: Snapshot, key: str) -> tuple[str, bytes]:
    """A file's name and content. Raises KeyError where there is no such format."""
    format_ = EXPORTS[key]
    content = content_of(snapshot)
    written = format_.write(content)
    data = written if isinstance(written, bytes) else written.encode()
    return content.name + format_.ending, data
