"""AOE's and Porsche's Markdown: `radar/<date>/<id>.md` for what changed on each edition's day,
and `config.json`. All published editions are in it, whichever is looked at.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from portal.lib import yaml
from radar.importers.aoe import EMPTY, EXTRA
from radar.models import Placement, Radar

CANNOT = (
    "the draft",
    "remarks, links and owners",
    "how a technology moved, as other programs work it out",
    "which technologies are related",
    "titles and notes of editions, and all but the last edition of a day",
    "in other programs: that a technology left (gone: true), and that a text was emptied",
)
_COLORS = {"adopt": "#5cb449", "trial": "#faa03d", "assess": "#40a7d1", "hold": "#688190"}
_SECTOR_COLORS = ("#84BFA4", "#248EA6", "#F2A25C", "#F25244", "#9C7FB8", "#C9A227", "#6B8E23")
_STAMP = (1980, 1, 1, 0, 0, 0)  # the same bytes for the same radar
_ROW = (
    *("edition__date", "edition_id", "technology__slug", "technology__name"),
    *("technology__tags", "technology__description", "ring__key", "sector__key"),
    *("description", "is_featured", "extra"),
)


@dataclass
class _Said:
    """What the folders so far say of a technology."""

    fields: Mapping[str, object] = field(default_factory=dict)
    body: str = ""


def files(radar: Radar) -> dict[str, str]:
    """Every file by its path, in order."""
    found = {"config.json": _config(radar)}
    said: dict[str, _Said] = {}
    for day, here in _by_day(radar):
        folder = f"radar/{day.isoformat()}"
        for slug in sorted({*said, *here}):
            text = _gone(said.pop(slug)) if slug not in here else _changed(slug, here[slug], said)
            if text:
                found[f"{folder}/{slug}.md"] = text
    return found


def write_zip(radar: Radar) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files(radar).items():
            archive.writestr(zipfile.ZipInfo(path, _STAMP), text, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def write_folder(radar: Radar, folder: Path) -> int:
    """Answers how many files were written."""
    found = files(radar)
    for path, text in found.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
    return len(found)


def _by_day(radar: Radar) -> Iterator[tuple[date, dict[str, _Said]]]:
    """What is in the last edition of each day, oldest first."""
    last = {edition.date: edition.pk for edition in radar.editions.published()}
    here: dict[date, dict[str, _Said]] = {day: {} for day in last if day is not None}
    rows = Placement.objects.filter(edition__in=list(last.values())).order_by("technology__slug")
    for row in rows.values_list(*_ROW):
        day, _, slug, name, tags, summary, ring, sector, words, is_featured, extra = row
        fields: dict[str, object] = {
            "title": name,
            "ring": ring,
            "quadrant": sector,
            "segment": sector,
            "featured": is_featured,
        }
        if tags:
            fields["tags"] = tags
        fields |= {key: extra[key] for key in EXTRA if extra.get(key)}
        here[day][slug] = _Said(fields, (words.strip() or summary.strip()))
    yield from sorted(here.items())


def _gone(said: _Said) -> str:
    fields = {"title": said.fields["title"], "ring": said.fields["ring"]}
    segment = {"quadrant": said.fields["quadrant"], "segment": said.fields["segment"]}
    return _file({**fields, **segment, "featured": False, "gone": True}, "")


def _changed(slug: str, now: _Said, said: dict[str, _Said]) -> str:
    """The file that says what changed; empty where nothing did."""
    before = said.get(slug)
    said[slug] = now
    if before is None:
        return _file(_shown(now.fields), now.body)
    if before.fields == now.fields and before.body == now.body:
        return ""
    lost = [key for key in EXTRA if key in before.fields and key not in now.fields]
    emptied: dict[str, object] = {key: [] for key in lost}
    body = "" if before.body == now.body else now.body or EMPTY
    was_hidden = before.fields["featured"] is False
    fields = dict(now.fields) if was_hidden else _shown(now.fields)
    return _file({**fields, **emptied}, body)


def _shown(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields without one that says nothing: everything is featured unless it is not."""
    return {key: value for key, value in fields.items() if (key, value) != ("featured", True)}


def _file(fields: Mapping[str, object], body: str) -> str:
    front = yaml.dump(dict(fields))
    return f"---\n{front}---\n" + (f"\n{body}\n" if body else "")


def _config(radar: Radar) -> str:
    sectors = [
        {
            "id": sector.key,
            "title": sector.title,
            "description": sector.description,
            "color": _SECTOR_COLORS[sector.order % len(_SECTOR_COLORS)],
        }
        for sector in radar.sectors.all()
    ]
    rings = list(radar.rings.all())
    config = {
        "labels": {"title": radar.title},
        "quadrants": sectors,
        "segments": sectors,
        "rings": [
            {
                "id": ring.key,
                "title": ring.title,
                "description": ring.description,
                "color": _COLORS[ring.meaning],
                "radius": round((ring.order + 1) / len(rings), 2),
                "strokeWidth": 2,
            }
            for ring in rings
        ],
    }
    return json.dumps(config, ensure_ascii=False, indent=2) + "\n"
