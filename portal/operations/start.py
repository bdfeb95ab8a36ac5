"""The steps of a start, in the order `up` takes them. Each is safe to repeat."""

import fcntl
import hashlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from portal.accounts.models import Person
from portal.jobs.models import Job
from portal.lib.errors import PortalError
from portal.lib.registry import starting_content

DATABASE_SECONDS = 60.0
Say = Callable[[str], None]


class CanNotStart(Exception):
    """One sentence that says why, and what to do."""


def take_port(port: int) -> socket.socket:
    """Listen on the port from now on, so that nobody else gets it; port 0 takes any free one.

    Whoever comes before the web server runs waits for it.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(512)
    except PermissionError as error:
        listening.close()
        raise CanNotStart(f"Port {port} may not be used by you; set PORT to another.") from error
    except OSError as error:
        listening.close()
        raise CanNotStart(f"Port {port} is taken; set PORT to another.") from error
    return listening


def take_folder(data: Path) -> int:
    """Lock the data folder for as long as the answered file descriptor is open, here or in what
    this process becomes."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / "up.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise CanNotStart(
            f"The data folder {data} can't be written ({error.strerror}); set PORTAL_DATA to "
            "another."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise CanNotStart(
            f"A portal already runs on {data} (process {holder}); stop it, or set PORTAL_DATA "
            "to another folder."
        ) from error
    os.truncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """A full disk, or a database that breaks in the middle, is no reason for a traceback."""
    try:
        yield
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise CanNotStart(f"The database {_named(connection)} can't be used: {reason}.") from error
    except OSError as error:
        where = error.filename or settings.DATA
        raise CanNotStart(f"{where} can't be written: {error.strerror or error}.") from error


def wait_for_database(
    say: Say,
    *,
    database: Any = connection,
    seconds: float = DATABASE_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Return when the database answers; a server that is away is waited for."""
    until = clock() + seconds
    has_said = False
    while True:
        try:
            database.ensure_connection()
            return
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            if database.vendor == "sqlite":
                raise CanNotStart(
                    f"The database {_named(database)} can't be opened: {reason}."
                ) from (error)
            if clock() >= until:
                raise CanNotStart(
                    f"The database {_named(database)} did not answer for {seconds:.0f} seconds; "
                    f"check DATABASE_URL and whether it runs. It last said: {reason}"
                ) from error
            if not has_said:
                say(f"Waiting for the database {_named(database)}: {reason}")
                has_said = True
            sleep(1.0)
        except DatabaseError as error:
            raise CanNotStart(f"The database {_named(database)} can't be used: {error}.") from error


def migrate(say: Say) -> None:
    """Bring the database to this version of the portal."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return
    say("Preparing the database.")
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)


def is_first_start() -> bool:
    """Whether nobody has used this database yet. Holds until starting content is loaded, so a
    first start that was cut short is still one."""
    return not Person.objects.exists() and not Job.objects.exists()


def wants_sample(*, is_first: bool) -> bool:
    """Sample data comes with an empty embedded database, or where it is asked for."""
    wish = settings.ENV.portal_sample
    return is_first and (settings.EMBEDDED if wish is None else bool(wish))


def load_starting_content() -> None:
    for content in starting_content:
        try:
            content.load()
        except PortalError as error:
            raise CanNotStart(
                f"The starting content “{content.key}” can't be loaded: {error.message}"
            ) from error


def collect_static(say: Say) -> None:
    """Copy and compress static files, if what they are made of has changed."""
    mark = settings.DATA / "static.json"
    digest = static_digest()
    try:
        if json.loads(mark.read_text())["digest"] == digest and settings.STATIC_ROOT.is_dir():
            return
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass
    say("Preparing static files.")
    mark.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, skip_checks=True)
    mark.write_text(json.dumps({"digest": digest}))


def static_digest() -> str:
    """SHA-256 over all static files and the programs that process them."""
    digest = hashlib.sha256()
    digest.update(json.dumps([version("django"), version("whitenoise")]).encode())
    digest.update(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: str(found[0])):
            digest.update(name.encode())
            with storage.open(name) as file:
                digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def _named(database: Any) -> str:
    """The database in words, without its password."""
    given = database.settings_dict
    if database.vendor == "sqlite":
        return str(given["NAME"])
    return f"{given['NAME']} at {given['HOST'] or 'localhost'}:{given['PORT'] or 5432}"
