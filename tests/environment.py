"""Loaded before Django's settings (`-p tests.environment`): the environment tests run in."""

import os
import tempfile

for name in list(os.environ):
    if name.startswith(("PORTAL_", "GITHUB_", "PROMETHEUS_")) or name in {"PORT", "REDIS_URL"}:
        del os.environ[name]
os.environ["PORTAL_DATA"] = tempfile.mkdtemp(prefix="portal-tests-")
os.environ["PORTAL_SECRET_KEY"] = "only-for-tests-" + "x" * 32
os.environ.pop("DATABASE_URL", None)
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
