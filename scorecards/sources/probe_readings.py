"""From one HTTP answer, or none, to the `probe.*` facts of a service. Pure.

The headers are those of OWASP's HTTP Headers Cheat Sheet
(https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html).
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from portal.lib.http import Answer
from scorecards.sources.base import FactValue, Measured, Reading, Unmeasured

_VERSION = re.compile(r"/\s*v?\d|\b\d+\.\d+")
_TELLTALES = ("server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator")


def _has_hsts(headers: Mapping[str, str]) -> bool:
    found = re.search(r"max-age\s*=\s*\"?(\d+)", headers.get("strict-transport-security", ""), re.I)
    return found is not None and int(found[1]) > 0


def _has_frame_options(headers: Mapping[str, str]) -> bool:
    """`frame-ancestors` of a content security policy takes the place of X-Frame-Options."""
    value = headers.get("x-frame-options", "").strip().upper()
    policy = headers.get("content-security-policy", "").lower()
    return value in {"DENY", "SAMEORIGIN"} or "frame-ancestors" in policy


# Fact, header, whether it is there and says something.
HEADERS: tuple[tuple[str, str, Callable[[Mapping[str, str]], bool]], ...] = (
    ("has_hsts", "Strict-Transport-Security", _has_hsts),
    (
        "has_csp",
        "Content-Security-Policy",
        lambda headers: bool(headers.get("content-security-policy", "").strip()),
    ),
    (
        "has_nosniff",
        "X-Content-Type-Options",
        lambda headers: headers.get("x-content-type-options", "").strip().lower() == "nosniff",
    ),
    ("has_frame_options", "X-Frame-Options", _has_frame_options),
    (
        "has_referrer_policy",
        "Referrer-Policy",
        lambda headers: bool(headers.get("referrer-policy", "").strip()),
    ),
    (
        "has_permissions_policy",
        "Permissions-Policy",
        lambda headers: bool(headers.get("permissions-policy", "").strip()),
    ),
)


def answered(answer: Answer, url: str, at: datetime) -> dict[str, Reading]:
    """What an answer shows. Healthy is any status from 200 to 299, after redirects."""
    request = f"GET {url}" if answer.url == url else f"GET {url}, redirected to {answer.url}"
    uses_tls = answer.url.startswith("https://")
    found: dict[str, Reading] = {}

    def put(name: str, value: FactValue, evidence: str) -> None:
        found[f"probe.{name}"] = Measured(value=value, measured_at=at, evidence=evidence, url=url)

    put("is_healthy", 200 <= answer.status <= 299, f"{request} answered {answer.status}")
    put("status", answer.status, request)
    put("latency_ms", round(answer.seconds * 1000, 1), request)
    put("uses_tls", uses_tls, request)
    missing = []
    for name, header, is_set in HEADERS:
        if name == "has_hsts" and not uses_tls:
            value, evidence = False, f"{header} counts over https only"
        else:
            value = is_set(answer.headers)
            evidence = header if value else f"{header} is missing or empty of meaning"
        put(name, value, evidence)
        if not value:
            missing.append(header)
    put("missing_headers", sorted(missing), ", ".join(sorted(missing)) or "none is missing")
    leaks = [
        f"{name}: {answer.headers[name][:80]}"
        for name in _TELLTALES
        if _VERSION.search(answer.headers.get(name, ""))
    ]
    put("leaks_server_version", bool(leaks), "; ".join(leaks) or "no header names a version")
    return found


def silent(reason: str, url: str, at: datetime) -> dict[str, Reading]:
    """What it shows that there is no answer: the service is not healthy, the rest is not known."""
    gap = Unmeasured(error=f"no answer: {reason}", measured_at=at)
    names = ["status", "latency_ms", "uses_tls", "missing_headers", "leaks_server_version"]
    names += [name for name, _, _ in HEADERS]
    return {
        "probe.is_healthy": Measured(value=False, measured_at=at, evidence=reason, url=url),
        **{f"probe.{name}": gap for name in names},
    }
