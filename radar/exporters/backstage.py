"""Backstage's `TechRadarLoaderResponse` with the whole timeline of every entry, newest first."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time

from radar.exporters.content import Content, Line
from radar.exporters.points import Point, points_of
from radar.models import Edition
from radar.movement import MOVED_IN, MOVED_OUT

CANNOT = (
    "remarks, tags and owners",
    "which technologies are new, related, or in the list only",
    "which edition it is, but for the file's name",
    "who changed a ring, and when a technology left",
)
_MOVED = {MOVED_IN: 1, MOVED_OUT: -1}
_COLORS = {"adopt": "#5BA300", "trial": "#009EB0", "assess": "#C7BA00", "hold": "#E09B96"}


def write(content: Content) -> str:
    points = points_of(content.snapshot)
    response = {
        "quadrants": [
            {"id": sector.key, "name": sector.title} for sector in content.snapshot.sectors
        ],
        "rings": [
            {
                "id": ring.key,
                "name": ring.title,
                "color": _COLORS[ring.meaning],
                **({"description": ring.description} if ring.description else {}),
            }
            for ring in content.snapshot.rings
        ],
        "entries": [
            _entry(line, points.get(line.technology_id, []), content.snapshot.edition)
            for line in content.lines
        ],
    }
    return json.dumps(response, ensure_ascii=False, indent=2) + "\n"


def _entry(line: Line, points: Sequence[Point], edition: Edition) -> dict[str, object]:
    blip = line.blip
    entry: dict[str, object] = {
        "key": blip.slug,
        "id": blip.slug,
        "title": blip.name,
        "quadrant": line.sector.key,
    }
    if line.summary.strip():
        entry["description"] = line.summary
    if line.links:
        entry["links"] = [{"url": link["url"], "title": link["title"]} for link in line.links]
    entry["timeline"] = _timeline(line, list(points), edition)
    return entry


def _timeline(line: Line, points: list[Point], edition: Edition) -> list[dict[str, object]]:
    """Newest first. The newest says where the technology is, and what the edition says of it."""
    if not points or points[-1].ring != line.ring.key:
        at = datetime.combine(edition.date, time.min, tzinfo=UTC) if edition.date else None
        last = points[-1].at if points else None
        now = max(filter(None, [at or edition.updated_at, last]))
        points.append(Point(now, line.ring.key))
    newest, *older = reversed(points)
    moments: list[dict[str, object]] = [
        {
            "moved": _MOVED.get(line.blip.movement, 0),
            "ringId": newest.ring,
            "date": _written(newest.at),
            **({"description": line.words} if line.words.strip() else {}),
        }
    ]
    for point in older:
        moment: dict[str, object] = {"ringId": point.ring, "date": _written(point.at)}
        if point.reason:
            moment["description"] = point.reason
        moments.append(moment)
    return moments


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
