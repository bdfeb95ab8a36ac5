"""Forms of the catalogue."""

from django import forms


class ImportForm(forms.Form):
    """What to import: a place, or text."""

    source = forms.CharField(
        label="Address or folder",
        required=False,
        max_length=500,
        help_text=(
            "An http(s) address of a catalog-info.yaml, github:OWNER, or a folder below "
            "PORTAL_CHECKOUTS."
        ),
        widget=forms.TextInput(attrs={"class": "field", "autocomplete": "off"}),
    )
    text = forms.CharField(
        label="YAML",
        required=False,
        strip=False,
        help_text="One or several entities, separated by ---.",
        widget=forms.Textarea(attrs={"class": "field mono", "rows": 16, "spellcheck": "false"}),
    )
