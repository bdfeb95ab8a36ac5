"""The radar at its ordinary size: rows, placement, the weight of its page, and imports."""

import csv
import gzip
import os
import time
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from django.db import transaction

from portal.accounts.models import Team
from portal.audit.actions import System
from radar.actions import SectorSpec, create_radar
from radar.drafts import ensure_draft
from radar.entries import keep_entries
from radar.geometry import lay_out
from radar.layout import place
from radar.models import Edition, Placement, Radar, Technology
from radar.movement import movement
from radar.slots import assign
from tests.bench.process import manage
from tests.bench.report import Report

SLUG = "bench"
SECTORS = ("Techniques", "Platforms", "Tools", "Languages")
RINGS = ("adopt", "trial", "assess", "hold")
TECHNOLOGIES, PAST = 1_000, 50  # what is known, and how many editions there are
SHOWN = 300  # blips in an edition
PLACED = 800
EDITIONS, ENTRIES = 34, 3_300  # of the import
SENTENCE = "It is tried out, measured, and talked about by those who keep it running. "


def generate_radar(teams: Sequence[Team], now: datetime) -> None:
    """A radar of 1,000 technologies in 50 editions that show 300 of them each: some come, some go,
    and who stays moves towards the centre."""
    radar = create_radar(
        by=System("bench"),
        title="Bench",
        slug=SLUG,
        sectors=[SectorSpec(title=title) for title in SECTORS],
        now=now,
    )
    known = Technology.objects.bulk_create(
        Technology(
            slug=f"technology-{n}",
            name=f"Technology {n}",
            name_key=f"technology {n}",
            description=SENTENCE * 2,
            owner=teams[n % len(teams)],
            tags=[f"tag-{n % 30}"],
            used_by=n % 40,
            created_at=now,
        )
        for n in range(TECHNOLOGIES)
    )
    step = (TECHNOLOGIES - SHOWN) // (PAST - 1)
    for number in range(PAST):
        first = number * step
        rings = {
            n: max(0, min(n % 5, 3) - (first + SHOWN - n) // (8 * step))
            for n in range(first, first + SHOWN)
        }
        _publish(radar, {known[n]: (n % 4, ring) for n, ring in rings.items()}, number, now)
    edition = radar.editions.published().last()
    assert edition is not None
    keep_entries(radar, edition, today=now.date() - timedelta(days=100))


@transaction.atomic
def _publish(
    radar: Radar, blips: dict[Technology, tuple[int, int]], number: int, now: datetime
) -> None:
    """The next edition of a radar: each technology with its sector and ring."""
    before = radar.editions.published().last()
    was = dict(before.placements.values_list("technology_id", "ring__order")) if before else {}
    sectors, rings = list(radar.sectors.all()), list(radar.rings.all())
    edition, _ = ensure_draft(radar, now=now)
    edition.placements.all().delete()
    placements = [
        Placement(
            edition=edition,
            technology=technology,
            sector=sectors[sector],
            ring=rings[ring],
            movement=movement(was.get(technology.pk), ring, is_first=before is None),
        )
        for technology, (sector, ring) in blips.items()
    ]
    place(edition, placements, before)
    Placement.objects.bulk_create(placements)
    edition.key, edition.title = f"edition-{number + 1}", f"Edition {number + 1}"
    edition.state, edition.published_at = Edition.State.PUBLISHED, now
    edition.date = now.date() - timedelta(days=91 * (PAST - number))
    edition.save()


def placement(report: Report) -> None:
    """Laying out 800 blips and giving each its slot, as for a radar that is seen first."""
    wanted = {f"technology-{n}": (n % 4, n // 4 % 4) for n in range(PLACED)}
    demand = [[PLACED // 16] * 4 for _ in range(4)]
    started = time.perf_counter()
    assign(lay_out(demand), wanted, {})
    report.add(f"placement of {PLACED} blips", (time.perf_counter() - started) * 1000, 50, "ms")


def weight(report: Report, base: str, cookie: str) -> None:
    """How much the radar's page with 300 blips weighs, as it travels and as it is read."""
    request = urllib.request.Request(
        f"{base}/radar/{SLUG}/", headers={"Cookie": cookie, "Accept-Encoding": "gzip"}
    )
    with urllib.request.urlopen(request) as answer:
        content = answer.read()
    report.add("radar page with 300 blips, compressed", len(content) / 1024, 40, "KB")
    report.add("radar page with 300 blips, raw", len(gzip.decompress(content)) / 1024, 250, "KB")


def radar_import(report: Report) -> None:
    """34 editions with 3,300 entries as files, into an empty database of either kind."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as postgres:
        postgres.execute("CREATE DATABASE radars")
    with TemporaryDirectory(prefix="portal-bench-radar-") as name:
        folder = Path(name) / "volumes"
        folder.mkdir()
        _write_volumes(folder)
        for title, database in {
            "PostgreSQL": url.replace("/portal", "/radars"),
            "SQLite": f"sqlite:///{name}/portal.sqlite3",
        }.items():
            manage("migrate", "--verbosity=0", DATABASE_URL=database)
            for run, what in (("first", "imported"), ("second", "unchanged")):
                seconds = manage(
                    "import_radar", str(folder), "--radar", SLUG, DATABASE_URL=database
                )
                note = f"{run} run, all {what}; the process's start included"
                report.add(f"import of 34 editions, 3,300 entries, {title}", seconds, 20, "s", note)


def _write_volumes(folder: Path) -> None:
    """CSV files in the columns of Thoughtworks' volumes: half of each is in the next one too."""
    sizes = [ENTRIES // EDITIONS + (number < ENTRIES % EDITIONS) for number in range(EDITIONS)]
    for number, size in enumerate(sizes):
        year, month = 2010 + number // 2, "Apr" if number % 2 == 0 else "Nov"
        path = folder / f"Volume {number + 1:02} ({month} {year}).csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("name", "ring", "quadrant", "isNew", "status", "description"))
            writer.writerows(_entries(number, size))


def _entries(volume: int, count: int) -> Iterator[tuple[str, ...]]:
    quadrants = ("techniques", "platforms", "tools", "languages-and-frameworks")
    for n in range(volume * 48, volume * 48 + count):
        is_new = n >= volume * 48 + 48 or not volume
        status = "new" if is_new else "no change"
        html = f"<p>{SENTENCE * 6}<strong>Technology {n}</strong> is one of them.</p>"
        place = RINGS[n * 7 % 4], quadrants[n % 4]
        yield (f"Technology {n}", *place, str(is_new).upper(), status, html)
