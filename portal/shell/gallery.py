"""Specimens for the gallery: every component with every state, on fixed, invented data."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from django import forms
from django.contrib.staticfiles import finders
from django.http import QueryDict

from portal.catalog.models import Service
from portal.lib.charts import Chart, Point
from portal.lib.lists import Choice, Column, Heading, ListPage
from portal.lib.registry import Act, Change, DeskItem

SCHEMES = ("light", "dark")
SPECIMENS = (
    ("signs", "States, levels, rings, severities"),
    ("sources", "Outside sources and their age"),
    ("buttons", "Buttons, tabs and tags"),
    ("form", "Forms"),
    ("notices", "Notices"),
    ("table", "Tables"),
    ("heat", "Heat"),
    ("figures", "Figures"),
    ("queue", "Queue and feed"),
    ("facts", "Facts, names and values"),
    ("prose", "Text from Markdown"),
)
MARKDOWN = """\
## Restore a backup

Take the newest dump **before** the failure, and see `docs/backup.md`.

1. Stop the workers.
2. Load the dump.

> Nothing is lost that was committed.

```sql
select count(*) from catalog_service;
```

| part | minutes |
|---|---|
| load | 12 |
"""


class Specimen(forms.Form):
    """A form whose first two fields are wrong."""

    name = forms.CharField(label="Name", max_length=40, help_text="As it stands in the catalogue.")
    days = forms.IntegerField(label="Days", min_value=1)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "Service"), ("b", "Library")])
    why = forms.CharField(label="Why", widget=forms.Textarea, required=False)
    loud = forms.BooleanField(label="Tell the team", required=False)
    scope = forms.MultipleChoiceField(
        label="Scopes",
        choices=[("read", "Read"), ("write", "Write")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


def specimens(now: datetime) -> list[dict[str, object]]:
    """Each specimen twice: its template, its scheme, and what it draws."""
    return [
        {
            "key": key,
            "title": title,
            "panes": [{"scheme": scheme, "context": _context(scheme, now)} for scheme in SCHEMES],
        }
        for key, title in SPECIMENS
    ]


def _context(scheme: str, now: datetime) -> Mapping[str, object]:
    return {
        "scheme": scheme,
        "now": now,
        "icons": icon_names(),
        "states": ["pass", "fail", "unknown", "waived", "not_applicable", "now", "todo"],
        "ladder": ["pass"] * 4 + ["fail"] * 2 + ["unknown", "waived", "not_applicable", "plain"],
        "moments": [None, *(now - age for age in _AGES)],
        "form": Specimen({"name": "", "days": "0", "kind": "b"}, auto_id=f"{scheme}-%s"),
        "list": _list(),
        "items": _items(now),
        "changes": _changes(now),
        "sparks": [[62, 61, 61, 55, 48], [80, None, None, 81, 84], [90, 90, 90], []],
        "chart": _chart(scheme, now),
        "markdown": MARKDOWN,
    }


_AGES = (timedelta(seconds=20), timedelta(minutes=12), timedelta(hours=5), timedelta(days=90))


def icon_names() -> list[str]:
    """The icons of the sprite, in its order."""
    sprite = finders.find("icons.svg")
    assert isinstance(sprite, str), "static/icons.svg is missing"
    return re.findall(r'<symbol id="i-([a-z]+)"', Path(sprite).read_text(encoding="utf-8"))


def _list() -> ListPage[Service]:
    columns = [
        Column(key="name", title="Service", sort=("key",)),
        Column(key="tier", title="Tier", sort=("tier",), priority=2),
        Column(key="score", title="Score", sort=("score",), numeric=True),
        Column(key="owner", title="Owner", priority=3),
    ]
    hrefs = ["?sort=-name", "?sort=tier", "?sort=score", ""]
    sorted_by = ["ascending", "", "", ""]
    return ListPage(
        rows=[Service(key="ledger-api", tier=1), Service(key="fx-rates", tier=2)],
        total=212,
        page=2,
        pages=5,
        size=50,
        sort="name",
        headings=[Heading(*parts) for parts in zip(columns, hrefs, sorted_by, strict=True)],
        choices=[
            Choice("q", "Name", "", [], True),
            Choice("tier", "Tier", "2", [("1", "Tier 1"), ("2", "Tier 2")], False),
        ],
        params=QueryDict("page=2&tier=2"),
        values={"tier": "2"},
    )


def _items(now: datetime) -> list[DeskItem]:
    return [
        DeskItem(
            kind="Checks",
            icon="scorecards",
            title="3 checks fail on ledger-api",
            url="#queue",
            detail="Branch protection, coverage, licence",
            due_at=now - timedelta(hours=7),
            due_words="due this morning",
            is_late=True,
            acts=(Act(title="Open", url="#queue"),),
        ),
        DeskItem(
            kind="Waiver",
            icon="waiver",
            title="Coverage above 80 %, receipts-mailer",
            url="#queue",
            detail="Jun Watanabe asks until 15 Jan: the service is retired in January",
            due_at=now + timedelta(days=2),
            due_words="asked yesterday",
            acts=(Act(title="Grant", url="#queue"), Act(title="Read", url="#queue")),
        ),
        DeskItem(kind="Evaluation", icon="evaluations", title="Without a date", url="#queue"),
    ]


def _changes(now: datetime) -> list[Change]:
    return [
        Change(
            at=now - timedelta(hours=2),
            title="ledger-api",
            url="#queue",
            lead="The service changed.",
            detail="Coverage fell from 81.4 to 79.2 %; Gold asks for 80 %.",
            before="Gold",
            after="Silver",
            got_worse=True,
        ),
        Change(
            at=now - timedelta(hours=20),
            title="payout-worker",
            url="#queue",
            lead="The service changed.",
            detail="Its default branch is protected now.",
            before="Bronze",
            after="Silver",
        ),
        Change(
            at=now - timedelta(hours=23), title="fx-rates", url="#queue", lead="Not measurable."
        ),
    ]


def _chart(scheme: str, now: datetime) -> Chart:
    values = [74, 74, 75, 78, 78, None, 80, 83, 81, 84, 82]
    start = now - timedelta(days=len(values) * 9)
    points = [
        Point(at=start + timedelta(days=9 * index), value=value)
        for index, value in enumerate(values)
    ]
    points[3] = Point(at=points[3].at, value=78, note="Probes v3 published", kind="rule")
    points[8] = Point(at=points[8].at, value=81, note="Release 2.41.0")
    return Chart(key=f"score-{scheme}", title="Score", unit="points", points=points)
