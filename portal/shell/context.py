"""What every page's frame needs. Nothing is asked of the database until the frame is drawn."""

from django.http import HttpRequest

from portal.shell.frame import Frame


def shell(request: HttpRequest) -> dict[str, object]:
    return {"shell": Frame(request)}
