"""`/api/docs`: the API's reference for people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.api.app import api
from portal.api.reference import groups, shapes


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    document = api.get_openapi_schema()
    context = {
        "document": document,
        "groups": groups(document),
        "shapes": shapes(document),
        "base": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "api/docs.html", context)
