"""Forms of evaluations and their schemes. What a rule of `radar.actions` refuses comes back at the
field it names."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from django import forms

from portal.accounts.models import Person
from radar.actions import Plan
from radar.evaluation_rules import (
    MEANINGS,
    MOST_BANDS,
    MOST_CRITERIA,
    SCORES,
    Band,
    Criterion,
    KnockOut,
    Scale,
    Scores,
)
from radar.forms import RowsField
from radar.models import Evaluation, Invitation, Radar, Ring, Scheme, Sector
from radar.names import slug_for

NO_RING = "none"  # the choice of a ring that stands for "no placement"
_TEXT = {"autocomplete": "off"}
_SPARE = 2
_ANCHORS = tuple(f"anchor{score}" for score in SCORES)
_PLANNED = {row.name for row in fields(Plan)}
Row = dict[str, str]


class EvaluationForm(forms.Form):
    """What an evaluation asks, of what, by when."""

    name = forms.CharField(
        label="Technology",
        max_length=200,
        help_text="One that is known, or the name of one that is not.",
        widget=forms.TextInput(attrs={**_TEXT, "list": "technologies"}),
    )
    alternatives = forms.CharField(
        required=False,
        help_text="What it is compared with, one a line. Everybody scores them too.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    question = forms.CharField(
        help_text="What do you want to know? One sentence that ends in a question mark.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    success_criteria = forms.CharField(
        required=False,
        label="What counts as success",
        help_text="Written before anybody scores, and fixed from then on. Markdown.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    starts_on = forms.DateField(
        required=False,
        label="Time box starts",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    ends_on = forms.DateField(
        required=False,
        label="Time box ends",
        help_text="The last day. Needed before scoring opens, as the success criteria are.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    quorum = forms.IntegerField(
        label="Complete sheets needed",
        initial=1,
        min_value=1,
        max_value=100,
        help_text="With fewer there is no total and no verdict.",
    )
    place = forms.ModelChoiceField(
        queryset=Radar.objects.none(), to_field_name="slug", empty_label=None, label="Radar"
    )
    scheme = forms.ModelChoiceField(
        queryset=Scheme.objects.none(), label="Scored by", empty_label=None
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _among(self, "scheme", Scheme.objects.current())
        if is_new:
            _among(self, "place", Radar.objects.order_by("order"))
            del self.fields["revision"]
        else:
            del self.fields["place"]

    @staticmethod
    def said_of(evaluation: Evaluation) -> dict[str, object]:
        """What is there now, as the form holds it."""
        others = [row.name for row in evaluation.candidates.all() if not row.is_subject]
        return {
            "name": evaluation.name,
            "alternatives": "\n".join(others),
            "question": evaluation.question,
            "success_criteria": evaluation.success_criteria,
            "starts_on": evaluation.starts_on,
            "ends_on": evaluation.ends_on,
            "quorum": evaluation.quorum,
            "scheme": evaluation.scheme_id,
            "revision": evaluation.revision,
        }

    def clean_alternatives(self) -> list[str]:
        lines = self.cleaned_data["alternatives"].splitlines()
        return [line.strip() for line in lines if line.strip()]

    def radar(self) -> Radar:
        """The radar that a new evaluation is for."""
        found: Radar = self.cleaned_data["place"]
        return found

    def plan(self) -> Plan:
        """What the form says, as `draft_evaluation` and `edit_evaluation` take it."""
        said = {key: value for key, value in self.cleaned_data.items() if key in _PLANNED}
        return Plan(**said)

    def go_on_from(self, revision: object) -> None:
        """Let what is sent next replace that revision."""
        self.data = {**self.data.dict(), "revision": str(revision)}  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    """Who shall score; those who are asked already are left out."""

    person = forms.ModelChoiceField(
        queryset=Person.objects.none(), to_field_name="key", empty_label="Choose a person"
    )

    def __init__(self, *args: Any, invitations: Iterable[Invitation] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = [row.person_id for row in invitations]
        _among(self, "person", Person.objects.filter(is_active=True).exclude(pk__in=asked))


class ReviewForm(forms.Form):
    """The ring that is proposed, and why where it is another than the verdict's. The sector is
    asked for where the radar has the technology nowhere."""

    ring = forms.ChoiceField(label="Propose")
    sector = forms.ChoiceField(required=False, help_text="Where it comes onto the radar.")
    reason = forms.CharField(
        required=False,
        help_text="Needed where you choose another ring than the verdict proposes. Markdown.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, rings: Iterable[Ring], sectors: Iterable[Sector], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rings = {ring.key: ring for ring in rings}
        self.sectors = {sector.key: sector for sector in sectors}
        rings_shown = [(key, ring.title) for key, ring in self.rings.items()]
        _choices(self, "ring", [*rings_shown, (NO_RING, "No placement")])
        if self.sectors:
            _choices(self, "sector", [(key, row.title) for key, row in self.sectors.items()])
        else:
            del self.fields["sector"]

    @staticmethod
    def starting_from(proposed: Ring | None) -> dict[str, str]:
        return {"ring": proposed.key if proposed else NO_RING}

    def asked(self) -> dict[str, Any]:
        """What `accept_evaluation` takes."""
        data = self.cleaned_data
        return {
            "ring": self.rings.get(data["ring"]),
            "sector": self.sectors.get(data.get("sector", "")),
            "reason": data["reason"],
        }


class CloseForm(forms.Form):
    reason = forms.CharField(
        required=False,
        help_text="Why it ends here. Markdown.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SchemeForm(forms.Form):
    """By what is scored, and what a total means."""

    title = forms.CharField(max_length=120, widget=forms.TextInput(attrs=_TEXT))
    description = forms.CharField(
        required=False,
        help_text="What it is for. Markdown.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    criteria = RowsField(
        columns=("title", "group", "question", *_ANCHORS, "key"),
        rows=_SPARE,
        help_text=(
            "Each needs a group and a sentence for every score from 1 to 5. One without a name "
            "goes."
        ),
    )
    bands = RowsField(
        columns=("title", "from", "ring", "verdict"),
        rows=MOST_BANDS,
        help_text="What a total from so many points on means, and the ring that it proposes.",
    )
    knock_outs = RowsField(
        columns=("at_most", "criterion"),
        rows=_SPARE,
        help_text="So low a score is flagged beside the verdict. Without a criterion: any of them.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, most in (("criteria", MOST_CRITERIA), ("knock_outs", MOST_CRITERIA)):
            field = self.fields[name]
            assert isinstance(field, RowsField)
            field.rows = min(most, len(self[name].value() or ()) + _SPARE)

    @staticmethod
    def said_of(scheme: Scheme) -> dict[str, object]:
        """What is there now, as the form holds it."""
        criteria = [
            {
                **{key: row[key] for key in ("title", "group", "question", "key")},
                **dict(zip(_ANCHORS, row["anchors"], strict=True)),
            }
            for row in scheme.criteria
        ]
        titles = {row["key"]: row["title"] for row in scheme.criteria}
        knock_outs = [
            {"at_most": str(row["at_most"]), "criterion": titles.get(row["criterion"], "")}
            for row in scheme.knock_outs
        ]
        return {
            "title": scheme.title,
            "description": scheme.description,
            "criteria": criteria,
            "bands": [{**row, "from": str(row["from"])} for row in scheme.bands],
            "knock_outs": knock_outs,
        }

    @staticmethod
    def copied_from(scheme: Scheme) -> dict[str, object]:
        """What a new scheme starts from: another without its name."""
        return {**SchemeForm.said_of(scheme), "title": "", "description": ""}

    def clean_bands(self) -> list[Row]:
        for row in self.cleaned_data["bands"]:
            if not _is_number(row["from"]):
                raise forms.ValidationError(f"“{row['title']}” needs a total to start from.")
        return list(self.cleaned_data["bands"])

    def clean_knock_outs(self) -> list[Row]:
        for row in self.cleaned_data["knock_outs"]:
            if not _is_number(row["at_most"]):
                raise forms.ValidationError(f"“{row['at_most'][:40]}” is no score.")
        return list(self.cleaned_data["knock_outs"])

    def asked(self) -> dict[str, Any]:
        """What `create_scheme` and `edit_scheme` take."""
        data = self.cleaned_data
        keys = {row["title"]: row["key"] or slug_for(row["title"]) for row in data["criteria"]}
        scale = Scale(
            criteria=tuple(
                Criterion(
                    keys[row["title"]],
                    row["group"],
                    row["title"],
                    row["question"],
                    tuple(row[anchor] for anchor in _ANCHORS),
                )
                for row in data["criteria"]
            ),
            bands=tuple(
                Band(int(row["from"]), row["verdict"], row["title"], row["ring"])
                for row in data["bands"]
            ),
            knock_outs=tuple(
                KnockOut(keys.get(row["criterion"], row["criterion"]), int(row["at_most"]))
                for row in data["knock_outs"]
            ),
        )
        return {"title": data["title"], "description": data["description"], "scale": scale}

    @property
    def meanings(self) -> list[tuple[str, str]]:
        return [("", "no placement"), *((meaning, meaning.capitalize()) for meaning in MEANINGS)]

    def criterion_rows(self) -> list[dict[str, Any]]:
        """Each with its cells, and the anchors' names and sentences."""
        return [
            {"cells": row, "anchors": [(name, row[name]) for name in _ANCHORS]}
            for row in self._drawn("criteria")
        ]

    def band_rows(self) -> list[Row]:
        return self._drawn("bands")

    def knock_out_rows(self) -> list[Row]:
        return self._drawn("knock_outs")

    def _drawn(self, name: str) -> list[Row]:
        field = self.fields[name]
        assert isinstance(field, RowsField)
        return field.drawn(self[name].value())


def scores_of(posted: Mapping[str, str], keys: Iterable[str]) -> Scores:
    """The scores that a sheet was sent with, by criterion, as they were typed: a figure becomes a
    number, anything else stays what it is for the rules to refuse."""
    found: dict[str, dict[str, Any]] = {}
    for key in keys:
        score = posted.get(f"score-{key}", "").strip()
        found[key] = {
            "score": int(score) if score.isdecimal() and len(score) <= 3 else score or None,
            "evidence": posted.get(f"evidence-{key}", "").replace("\r\n", "\n"),
        }
    return found


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= 4


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _among(form: forms.Form, name: str, rows: Any) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows
