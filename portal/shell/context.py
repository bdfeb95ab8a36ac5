"""What every page's frame needs."""

from django.http import HttpRequest

from portal.lib.registry import navigation


def shell(request: HttpRequest) -> dict[str, object]:
    return {"navigation": list(navigation)}
