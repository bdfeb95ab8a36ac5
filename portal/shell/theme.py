"""Light and dark: the system's choice, or a person's own, remembered in a cookie."""

from typing import Literal, cast, get_args

from django.http import HttpRequest, HttpResponse

COOKIE = "theme"
ONE_YEAR = 365 * 24 * 60 * 60

Theme = Literal["", "light", "dark"]


def chosen_theme(request: HttpRequest) -> Theme:
    """The theme a person chose; "" follows the system."""
    return parse_theme(request.COOKIES.get(COOKIE, ""))


def parse_theme(value: str) -> Theme:
    """A theme by its name; anything else follows the system."""
    return cast(Theme, value) if value in get_args(Theme) else ""


def next_theme(now: Theme) -> Theme:
    """What the switch turns to. Without a choice the page is taken for a light one."""
    return "light" if now == "dark" else "dark"


def remember_theme(response: HttpResponse, theme: Theme, *, secure: bool) -> None:
    if theme:
        response.set_cookie(
            COOKIE, theme, max_age=ONE_YEAR, samesite="Lax", secure=secure, httponly=True
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
