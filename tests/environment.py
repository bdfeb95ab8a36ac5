"""Loaded before Django's settings (`-p tests.environment`): the environment tests run in.

Nothing of the caller's own portal leaks in: every variable the portal reads is taken out, and
`PORTAL_DATA` is a folder of this process's own. `tests.settings` chooses the database under test.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

_PREFIXES = ("PORTAL_", "GITHUB_", "PROMETHEUS_", "EMAIL_", "CATALOG_")
_NAMES = {"PORT", "DATABASE_URL", "REDIS_URL", "WEB_CONCURRENCY", "DJANGO_SETTINGS_MODULE"}


def without_portal(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without anything that the portal reads."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(_PREFIXES) and name not in _NAMES
    }


def portal_environment(data: Path, **variables: str) -> dict[str, str]:
    """The environment of a portal started as a process of its own: embedded, in `data`."""
    return without_portal(os.environ) | {"PORTAL_DATA": str(data)} | variables


def _prepare() -> None:
    clean = without_portal(os.environ)
    for name in set(os.environ) - set(clean):
        del os.environ[name]
    data = tempfile.mkdtemp(prefix="portal-tests-")
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    (Path(data) / "static").mkdir()
    os.environ["PORTAL_DATA"] = data
    os.environ["PORTAL_SECRET_KEY"] = "only-for-tests-" + "x" * 32


_prepare()
