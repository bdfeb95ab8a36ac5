"""The list of evaluations: its columns and filters, shared by the page and its CSV."""

import csv
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.http import QueryDict

from portal.accounts.models import Person
from portal.audit.export import cell
from portal.lib.lists import Column, Filter, ListPage, list_page, ordering
from radar.models import Candidate, Evaluation, Invitation, Radar
from radar.models.technology import name_key

DEFAULT_SORT = "state"
CSV_ROWS = 100_000
_CHUNK = 500
_ORDER = {
    state: at for at, state in enumerate(("open", "submitted", "draft", "reviewed", "closed"))
}

COLUMNS = (
    Column(key="number", title="No.", sort=("pk",), numeric=True, descends_first=True),
    Column(key="technology", title="Technology", sort=("name_key",)),
    Column(key="state", title="State", sort=("rank", "newest_first")),
    Column(key="owner", title="Owner", sort=("owner_name",), priority=2),
    Column(key="ends", title="Time box ends", sort=("ends_on",), priority=2),
    Column(key="total", title="Total", sort=("subject_total",), numeric=True, descends_first=True),
    Column(key="verdict", title="Verdict", priority=3),
)


class EvaluationList:
    """The list as one request asks for it. Totals and verdicts are there once submitted."""

    def __init__(self, params: QueryDict, person: Person, today: date) -> None:
        self.params, self.person, self.today = params, person, today

    def page(self) -> ListPage[Evaluation]:
        listed: ListPage[Evaluation] = list_page(
            self.params,
            self._rows,
            columns=COLUMNS,
            filters=self.filters,
            default_sort=DEFAULT_SORT,
        )
        for row in listed.rows:
            self._tell(row)
        return listed

    def csv(self) -> Iterator[str]:
        """All evaluations that the filters leave, in the order asked for, as lines of CSV."""
        writer = csv.writer(_Line())
        yield str(writer.writerow([*(column.title for column in COLUMNS), "Question"]))
        rows: Any = self._ordered()
        for row in rows.iterator(chunk_size=_CHUNK):
            self._tell(row)
            values = (
                row.pk,
                row.name,
                row.get_state_display(),
                row.owner_name,
                row.ends_on or "",
                "" if row.subject_total is None else row.subject_total,
                row.verdict_title,
                row.question,
            )
            yield str(writer.writerow([cell(value) for value in values]))

    @property
    def _rows(self) -> QuerySet[Evaluation]:
        rank = Case(
            *(When(state=state, then=Value(at)) for state, at in _ORDER.items()),
            output_field=IntegerField(),
        )
        return Evaluation.objects.with_names().annotate(rank=rank, newest_first=F("pk") * -1)

    def _tell(self, row: Any) -> None:
        """What a row says beside its columns."""
        band = row.scheme.scale.band(row.subject_verdict) if row.subject_verdict else None
        row.verdict_title = band.title if band else ""
        row.late = row.is_overdue(self.today)

    @cached_property
    def filters(self) -> list[Filter]:
        states = [(value, str(label)) for value, label in Evaluation.State.choices]
        return [
            Filter(key="q", title="Find evaluations", apply=_named),
            Filter(
                key="state",
                title="State",
                apply=self._in_state,
                options=lambda: [*states, ("overdue", "Time box over")],
            ),
            Filter(key="mine", title="Yours", apply=self._of_mine, options=lambda: _MINE),
            Filter(
                key="radar",
                title="Radar",
                apply=lambda rows, value: rows.filter(radar__slug=value),
                options=lambda: Radar.objects.order_by("order").values_list("slug", "title"),
            ),
        ]

    def _in_state(self, rows: Any, value: str) -> Any:
        return rows.overdue(self.today) if value == "overdue" else rows.filter(state=value)

    def _of_mine(self, rows: Any, value: str) -> Any:
        if value == "to_score":
            return rows.to_score(self.person)
        if value == "owned":
            return rows.filter(owner_id=str(self.person.pk))
        mine = Invitation.objects.filter(evaluation=OuterRef("pk"), person=self.person)
        return rows.filter(Exists(mine))

    def _ordered(self) -> QuerySet[Evaluation]:
        rows = self._rows
        for item in self.filters:
            value = self.params.get(item.key, "").strip()[:200]
            if value:
                rows = item.apply(rows, value)
        sort = self.params.get("sort", "") or DEFAULT_SORT
        fields = {column.key: column.sort for column in COLUMNS}.get(sort.removeprefix("-"))
        order = ordering(fields or ("rank", "newest_first"), sort.startswith("-"), Evaluation)
        return rows.order_by(*order, "pk")[:CSV_ROWS]


_MINE = [("to_score", "To score"), ("invited", "Invited"), ("owned", "Owned")]


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _named(rows: QuerySet[Evaluation], words: str) -> QuerySet[Evaluation]:
    """Those with the words in their question, or in a candidate's name."""
    named = Candidate.objects.filter(evaluation=OuterRef("pk"), name_key__contains=name_key(words))
    return rows.filter(Exists(named) | Q(question__icontains=words))
