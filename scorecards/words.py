"""Small words that pages, the desk and commands share."""

import math
from urllib.parse import urlsplit


def effort(minutes: int) -> str:
    """How long a fix takes, in the unit people plan in: "30 min", "2 h", "1.5 h"."""
    return f"{minutes} min" if minutes < 90 else f"{round(minutes / 60, 1):g} h"


def points(value: float | None, digits: int = 0) -> str:
    """A score or share from 0 to 100. 100 is only what is whole, and 0 only what is nothing:
    rounding must not hide a last check that fails, or the first that passes."""
    if value is None:
        return ""
    scale = 10**digits
    whole = round(value * scale)
    if whole >= 100 * scale and value < 100:
        whole = math.floor(value * scale)
    elif whole <= 0 < value:
        whole = 1
    return f"{whole / scale:.{digits}f}"


def web_address(text: str) -> str:
    """An address that a page may link to; empty for anything else, such as `javascript:`."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    is_path = not parts.scheme and not parts.netloc and text.startswith("/")
    return text if is_path or (parts.scheme in ("http", "https") and parts.netloc) else ""
