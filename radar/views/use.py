"""Pages about real use: what is on hold and still used, and how a technology is recognised."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.forms import add_error, posted
from portal.accounts.roles import Permission, may, require
from portal.accounts.views.me import current
from portal.lib.errors import Conflict, Invalid
from portal.lib.htmx import render_page
from radar.actions.patterns import add_pattern, remove_pattern
from radar.matching import Sign
from radar.models import Pattern, PatternKind, Radar, Technology
from radar.patterns import ECOSYSTEMS, is_range
from radar.use_jobs import file_look
from radar.use_lists import HoldList
from radar.use_preview import Preview, preview


class PatternForm(forms.Form):
    """One row of the matching table."""

    kind = forms.ChoiceField(label="Sign", choices=PatternKind.choices, initial="package")
    ecosystem = forms.ChoiceField(
        label="Packages of",
        required=False,
        choices=[("", "Any"), *((key, f"{title} ({key})") for key, title in ECOSYSTEMS.items())],
    )
    name = forms.CharField(
        max_length=200,
        help_text="As it is written there; * stands for any letters: react, @angular/*, postgres.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    version = forms.CharField(
        label="Versions",
        required=False,
        max_length=100,
        help_text="Such as >=18 or <7; empty for all. Unknown versions only fit an empty one.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_version(self) -> str:
        version = " ".join(str(self.cleaned_data["version"]).split())
        if not is_range(version):
            raise forms.ValidationError("A range of versions looks like >=18, <7 or >=2 <3.")
        return version

    def sign(self) -> Sign:
        data = self.cleaned_data
        is_package = data["kind"] == PatternKind.PACKAGE
        ecosystem = data["ecosystem"] if is_package else ""
        return Sign(0, data["kind"], ecosystem, data["name"], data["version"])


@require_safe
def hold(request: HttpRequest, radar: str) -> HttpResponseBase:
    """Services that use what the radar holds back; `format=csv` hands all of them out."""
    found = get_object_or_404(Radar, slug=radar)
    known = HoldList(found, request.GET)
    if request.GET.get("format") == "csv":
        response = StreamingHttpResponse(known.csv(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{found.slug}-on-hold.csv"'
        return response
    listed = known.page()
    context = {
        "radar": found,
        "list": listed,
        "holds": len(known.holds),
        "csv_href": listed.href(format="csv", page=""),
    }
    return render_page(request, "radar/use_hold.html", context, partials=["uses"])


@require_http_methods(["GET", "HEAD", "POST"])
def patterns(request: HttpRequest, slug: str) -> HttpResponse:
    """How a technology is recognised; who may edit it adds signs, and tries them before."""
    person = current(request)
    technology = get_object_or_404(Technology.objects.select_related("owner"), slug=slug)
    form = PatternForm(posted(request))
    tried: Preview | None = None
    if request.method == "POST":
        require(person, Permission.EDIT_TECHNOLOGY, technology)
        if form.is_valid() and "try" in request.POST:
            tried = preview(form.sign())
        elif form.is_valid() and _add(form, technology, person):
            messages.success(
                request,
                f"{technology} is recognised by {form.cleaned_data['name']} too, in a moment.",
            )
            return redirect("radar:patterns", technology.slug)
    context = {
        "technology": technology,
        "patterns": technology.patterns.in_force(),
        "may_edit": bool(may(person, Permission.EDIT_TECHNOLOGY, technology)),
        "form": form,
        "tried": tried,
    }
    status = 422 if form.errors else 200
    return render_page(request, "radar/use_patterns.html", context, status=status)


def _add(form: PatternForm, technology: Technology, person: Any) -> bool:
    try:
        add_pattern(by=person, technology=technology, now=timezone.now(), **form.cleaned_data)
    except (Invalid, Conflict) as error:
        add_error(form, error)
        return False
    file_look(by=person)
    return True


@require_POST
def remove(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    person = current(request)
    pattern = get_object_or_404(
        Pattern.objects.in_force().select_related("technology__owner"),
        pk=number,
        technology__slug=slug,
    )
    technology = remove_pattern(by=person, pattern=pattern, now=timezone.now())
    file_look(by=person)
    messages.success(request, f"{technology} is no longer recognised by {pattern.name}.")
    return redirect("radar:patterns", technology.slug)
