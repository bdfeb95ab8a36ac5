"""The portal's settings as the tests run them: the same, but quick."""

from portal.settings import *  # noqa: F403
from portal.settings import DATA, DATABASES, STORAGES

# Static files are served as they lie in the tree, by their plain names.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# A slow hash protects nobody here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# SQLite on a file, as in real life: threads have connections of their own, and WAL is WAL.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA / "test.sqlite3")}
