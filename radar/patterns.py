"""The matching table: reading it, and filling it from the list that comes with the portal."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.lib.yaml import load_document
from radar.components import HELM, IMAGE, LANGUAGE, PACKAGE, TAG, TERRAFORM
from radar.matching import Sign, Table
from radar.models import Pattern, Technology
from radar.models.technology import name_key
from radar.versions import intervals
from scorecards.sources.repository import VERSION

STARTING = Path(__file__).with_name("starting_patterns.yaml")
ECOSYSTEMS = {
    "pypi": "Python",
    "npm": "JavaScript",
    "maven": "Java",
    "golang": "Go",
    "nuget": ".NET",
    "gem": "Ruby",
    "composer": "PHP",
    "cargo": "Rust",
    "githubactions": "GitHub Actions, by a workflow's file",
    "kubernetes": "Kubernetes, by its manifests",
}
_OTHERS = (LANGUAGE, IMAGE, TERRAFORM, HELM, TAG)

Row = tuple[str, str, str, str]  # kind, ecosystem, name, version


def load_table() -> tuple[Table, str]:
    """The matching table, and a mark that changes with it and with how files are read."""
    rows = list(
        Pattern.objects.in_force()
        .order_by("pk")
        .values_list("technology_id", "kind", "ecosystem", "name", "version")
    )
    return Table(Sign(*row) for row in rows), mark_of([VERSION, rows])


def mark_of(value: object) -> str:
    return hashlib.blake2b(repr(value).encode(), digest_size=8).hexdigest()


@lru_cache(maxsize=1)
def starting_rows() -> Mapping[str, frozenset[Row]]:
    """The rows that come with the portal, by the key of a technology's name."""
    found: dict[str, set[Row]] = {}
    document: Any = load_document(STARTING.read_text()).value
    for entry in document:
        rows = set(_rows(entry))
        for name in entry["names"]:
            found.setdefault(name_key(name), set()).update(rows)
    return {name: frozenset(rows) for name, rows in found.items()}


def _rows(entry: Mapping[str, Any]) -> Iterator[Row]:
    for key, signs in entry.items():
        if key == "names":
            continue
        kind, ecosystem = (key, "") if key in _OTHERS else (PACKAGE, key)
        for sign in signs:
            name, _, version = sign.partition(" ")
            if kind == LANGUAGE:
                name, version = sign, ""
            yield kind, ecosystem, name, version


@transaction.atomic
def load_starting_patterns(now: datetime | None = None) -> None:
    """Bring the built-in rows of all technologies up to date. Rows that people added, and those
    that they took out, stay as they are."""
    wanted = {
        (pk, *row)
        for pk, key in Technology.objects.values_list("pk", "name_key")
        for row in starting_rows().get(key, ())
    }
    there: dict[tuple[int, str, str, str, str], tuple[int, bool]] = {
        (technology_id, kind, ecosystem, name, version): (pk, is_builtin)
        for pk, is_builtin, technology_id, kind, ecosystem, name, version in (
            Pattern.objects.values_list(
                "pk", "is_builtin", "technology_id", "kind", "ecosystem", "name", "version"
            )
        )
    }
    outdated = [pk for row, (pk, is_builtin) in there.items() if is_builtin and row not in wanted]
    if outdated:
        Pattern.objects.filter(pk__in=outdated).delete()
    missing = sorted(wanted - there.keys())
    if missing:
        _add(missing, now or timezone.now())


def _add(rows: Iterable[tuple[int, str, str, str, str]], now: datetime) -> None:
    rows = list(rows)
    samples = dict(
        Technology.objects.filter(pk__in={row[0] for row in rows}).values_list("pk", "is_sample")
    )
    Pattern.objects.bulk_create(
        (
            Pattern(
                technology_id=technology_id,
                kind=kind,
                ecosystem=ecosystem,
                name=name,
                version=version,
                is_builtin=True,
                added_at=now,
                is_sample=samples[technology_id],
            )
            for technology_id, kind, ecosystem, name, version in rows
        ),
        ignore_conflicts=True,
        batch_size=500,
    )


def is_range(text: str) -> bool:
    """Whether a version or range can be compared with; an empty one takes all."""
    return not text or bool(intervals(text))
