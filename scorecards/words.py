"""Small words that pages and the desk share."""


def effort(minutes: int) -> str:
    """How long a fix takes, in the unit people plan in: "30 min", "2 h", "1.5 h"."""
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:g} h"
