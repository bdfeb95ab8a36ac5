"""Forms of the radar. What a rule of `radar.actions` refuses comes back at the field it names."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from portal.accounts.models import Team
from portal.lib.registry import link_targets
from radar.actions import RingSpec, SectorSpec
from radar.models import Meaning, Radar, Technology
from radar.models.radar import MOST_RINGS, MOST_SECTORS
from radar.models.technology import name_key
from radar.state import current

USUAL_SECTORS = ("Techniques", "Platforms", "Tools", "Languages & Frameworks")
OFF = "off"  # the choice of a ring that stands for "not on the radar"
EVIDENCE_KINDS = ("evaluation", "decision")  # what a ring change may point at, where there is such
_SPARE_LINKS = 2
_TEXT = {"autocomplete": "off"}

Row = dict[str, str]


class RowsWidget(forms.Widget):
    """Several inputs a row, named `<field>-<column>` and repeated; the page draws them."""

    columns: Sequence[str] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        if not isinstance(data, QueryDict):
            return []
        lists = [data.getlist(f"{name}-{column}") for column in self.columns]
        cells = zip(*lists, strict=False)
        return [dict(zip(self.columns, row, strict=True)) for row in cells]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(f"{name}-{column}" in data for column in self.columns)


class RowsField(forms.Field):
    """A small table that people fill in; rows whose first column is empty do not count."""

    widget = RowsWidget

    def __init__(self, *, columns: Sequence[str], rows: int, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.widget.columns = columns
        self.columns, self.rows = columns, rows

    def clean(self, value: Any) -> list[Row]:
        rows = [{key: text.strip() for key, text in row.items()} for row in value or ()]
        return [row for row in rows if row[self.columns[0]]]

    def drawn(self, value: Iterable[Row] | None) -> list[Row]:
        """The rows to draw: as they are there or were typed, then empty ones."""
        rows = list(value or ())
        missing = max(0, self.rows - len(rows))
        return [*rows, *(dict.fromkeys(self.columns, "") for _ in range(missing))]


class RadarForm(forms.Form):
    """A radar's words, its sectors and its rings."""

    title = forms.CharField(max_length=120, widget=forms.TextInput(attrs=_TEXT))
    description = forms.CharField(
        required=False,
        help_text="What the radar is about and who it is for. Markdown.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    review_months = forms.IntegerField(
        label="Months between two reviews",
        initial=3,
        min_value=1,
        max_value=36,
        help_text="Each technology is looked at again after so long.",
    )
    sectors = RowsField(
        columns=("title", "description", "key"),
        rows=MOST_SECTORS,
        help_text=(
            "Three to eight, clockwise from the top left. One without a name goes; that only "
            "works while nothing is in it."
        ),
    )
    rings = RowsField(
        columns=("title", "meaning", "aliases", "description", "key"),
        rows=MOST_RINGS,
        help_text=(
            "Two to six, from the centre. What a ring means decides its colour, its shape and "
            "what counts as hold; other names are understood in files, separated by commas."
        ),
    )

    def sector_rows(self) -> list[Row]:
        return _rows(self, "sectors")

    def ring_rows(self) -> list[Row]:
        return _rows(self, "rings")

    @property
    def meanings(self) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Meaning.choices]

    def specs(self) -> dict[str, Any]:
        """What `create_radar` and `change_radar` take."""
        data = dict(self.cleaned_data)
        data["sectors"] = [SectorSpec(**row) for row in data["sectors"]]
        data["rings"] = [
            RingSpec(**{**row, "aliases": tuple(_words(row["aliases"]))}) for row in data["rings"]
        ]
        return data


class NewRadarForm(RadarForm):
    slug = forms.CharField(
        label="Address",
        max_length=80,
        required=False,
        help_text="The last part of its address; made of the title where it is empty.",
        widget=forms.TextInput(attrs=_TEXT),
    )
    field_order = ["title", "slug", "description", "review_months", "sectors", "rings"]


class ProposeForm(forms.Form):
    """Where a technology, known or not, should be."""

    name = forms.CharField(
        label="Technology",
        max_length=200,
        help_text="One that is known, or the name of one that is not.",
        widget=forms.TextInput(attrs={**_TEXT, "list": "technologies"}),
    )
    sector = forms.ChoiceField(
        required=False, help_text="Needed for what is not on the radar; else it stays in its own."
    )
    ring = forms.ChoiceField(label="Should be in")
    reason = forms.CharField(
        help_text="What you saw, and why it should move now. Markdown.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    because_kind = forms.ChoiceField(label="Evidence", required=False)
    because = forms.CharField(
        label="Its number or key",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=_TEXT),
    )

    def __init__(self, *args: Any, radar: Radar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.radar = radar
        self.sectors = {sector.key: sector for sector in radar.sectors.all()}
        self.rings = {ring.key: ring for ring in radar.rings.all()}
        sectors = [(key, sector.title) for key, sector in self.sectors.items()]
        _choices(self, "sector", [("", "Where it is"), *sectors])
        rings = [(key, ring.title) for key, ring in self.rings.items()]
        _choices(self, "ring", [("", "Choose a ring"), *rings, (OFF, "Off the radar")])
        kinds = [
            (kind, target.title)
            for kind in EVIDENCE_KINDS
            if (target := link_targets.get(kind)) is not None
        ]
        if kinds:
            _choices(self, "because_kind", [("", "None"), *kinds])
        else:
            del self.fields["because_kind"], self.fields["because"]

    def clean(self) -> dict[str, Any]:
        """Without a sector, that of the technology now; of what is not there, any to leave."""
        data: dict[str, Any] = self.cleaned_data
        if data.get("name") and data.get("sector") == "":
            data["sector"] = self._sector_of(data["name"])
            if not data["sector"]:
                self.add_error("sector", "Say in which sector: it is not on the radar yet.")
        return data

    def _sector_of(self, name: str) -> str:
        """The key of the sector that a technology is in where the work stands, "" where none is."""
        edition = current(self.radar)
        if edition is None:
            return ""
        there = edition.placements.filter(technology__name_key=name_key(name))
        return there.values_list("sector__key", flat=True).first() or ""

    def asked(self) -> dict[str, Any]:
        """What `propose` takes."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "sector": self.sectors[data["sector"]],
            "ring": self.rings.get(data["ring"]),
            "reason": data["reason"],
            "because": (data.get("because_kind", ""), data.get("because", "")),
        }


class CommentForm(forms.Form):
    text = forms.CharField(label="Comment", widget=forms.Textarea(attrs={"rows": 3}))


class DecideForm(forms.Form):
    """Why a proposal was accepted or declined; only declining asks for it."""

    reason = forms.CharField(
        required=False,
        help_text="Whoever proposed it reads this. Declining needs one.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PublishForm(forms.Form):
    title = forms.CharField(
        max_length=120,
        help_text="Such as Q4 2026. Its address is made of it.",
        widget=forms.TextInput(attrs=_TEXT),
    )
    day = forms.DateField(
        label="Counts from",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        required=False,
        help_text="What this edition is about, for those who read it later. Markdown.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    seen_at = forms.DateTimeField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, taken: Collection[str] = (), **kwargs: Any) -> None:
        """`taken` are the titles of the radar's other editions."""
        super().__init__(*args, **kwargs)
        self.taken = {title.casefold() for title in taken}

    def clean_title(self) -> str:
        title: str = self.cleaned_data["title"]
        if title.casefold() in self.taken:
            raise forms.ValidationError("Another edition has this title.")
        return title

    @classmethod
    def suggested(cls, today: date, taken: Collection[str] = ()) -> dict[str, object]:
        """The quarter of a day as the title, or the month or day where that is taken; and the
        day."""
        titles = (
            f"Q{(today.month + 2) // 3} {today.year}",
            f"{today:%B %Y}",
            f"{today:%-d %B %Y}",
        )
        return {"title": next((row for row in titles if row not in taken), ""), "day": today}


class TechnologyForm(forms.Form):
    """What a technology is, wherever it stands."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs=_TEXT))
    owner = forms.ModelChoiceField(
        queryset=Team.objects.none(), to_field_name="key", required=False, empty_label="Nobody"
    )
    tags = forms.CharField(
        required=False,
        max_length=1000,
        help_text="Lower-case words, separated by commas.",
        widget=forms.TextInput(attrs=_TEXT),
    )
    description = forms.CharField(
        required=False,
        help_text=(
            "What it is, in a sentence or two. Why it stands where it does belongs to its ring "
            "changes. Markdown."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    links = RowsField(columns=("url", "title"), rows=_SPARE_LINKS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = Team.objects.filter(vanished_at=None)
        links = self.fields["links"]
        assert isinstance(links, RowsField)
        links.rows = len(self["links"].value() or ()) + _SPARE_LINKS

    @staticmethod
    def said_of(technology: Technology) -> dict[str, object]:
        """What is there now, as the form holds it."""
        return {
            "name": technology.name,
            "owner": technology.owner and technology.owner.key,
            "tags": ", ".join(technology.tags),
            "description": technology.description,
            "links": technology.links,
        }

    def clean_tags(self) -> list[str]:
        return _words(self.cleaned_data["tags"])

    def link_rows(self) -> list[Row]:
        return _rows(self, "links")


def radar_as_it_is(radar: Radar) -> dict[str, object]:
    """What a `RadarForm` shows of a radar that is there."""
    return {
        "title": radar.title,
        "description": radar.description,
        "review_months": radar.review_months,
        "sectors": [
            {"title": row.title, "description": row.description, "key": row.key}
            for row in radar.sectors.all()
        ],
        "rings": [
            {
                "title": row.title,
                "meaning": row.meaning,
                "aliases": ", ".join(row.aliases),
                "description": row.description,
                "key": row.key,
            }
            for row in radar.rings.all()
        ],
    }


def usual_radar() -> dict[str, object]:
    """What a new radar starts from: the sectors and rings that most radars have."""
    sectors = [{"title": title, "description": "", "key": ""} for title in USUAL_SECTORS]
    rings = [
        {
            "title": str(label),
            "meaning": value,
            "aliases": "caution" if value == Meaning.HOLD else "",
            "description": "",
            "key": "",
        }
        for value, label in Meaning.choices
    ]
    return {"sectors": sectors, "rings": rings}


def _rows(form: forms.Form, name: str) -> list[Row]:
    field = form.fields[name]
    assert isinstance(field, RowsField)
    return field.drawn(form[name].value())


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
