"""Pieces of PromQL: durations and quoted label values."""

import re
from datetime import timedelta

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_DURATION = re.compile(
    r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?"
)


def parse_duration(text: str) -> timedelta:
    """A duration as Prometheus writes it, such as `1h30m`; raises ValueError.

    https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is no duration of Prometheus, such as 5m or 24h")
    units = ("y", "w", "d", "h", "m", "s", "ms")
    return timedelta(
        seconds=sum(
            int(number) * _UNITS[unit]
            for number, unit in zip(match.groups(), units, strict=True)
            if number
        )
    )


def quoted(value: str) -> str:
    """A label value as a PromQL string."""
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'"{escaped}"'
