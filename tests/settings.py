"""The portal's settings as the tests run them: the same, but quick."""

import os

from portal.settings import *  # noqa: F403
from portal.settings import DATA, DATABASES, STORAGES, database_settings

# Static files are served as they lie in the tree, by their plain names.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# A slow hash protects nobody here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The database under test is apart from the way to run: everything else is as embedded. SQLite is
# a file, as in real life: threads have connections of their own, and WAL is WAL.
DATABASES["default"] = database_settings(os.environ.get("TEST_DATABASE_URL", ""), DATA)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA / "test.sqlite3")}
