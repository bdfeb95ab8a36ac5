"""What people do with the catalogue."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.catalog.importers.gather import is_address
from portal.catalog.models import ImportRun
from portal.lib.errors import Conflict, Invalid
from portal.lib.yaml import LIMITS

_LONGEST_SOURCE = 500


@transaction.atomic
def check_import(*, by: Person, source: str = "", text: str = "") -> ImportRun:
    """Ask what an import would do; nothing is written to the catalogue.

    `source` is an address, `github:OWNER`, or a path that the settings allow; without it, `text`
    is what is read. Raises `Invalid` with messages by field.
    """
    require(by, Permission.IMPORT_CATALOG)
    source = source.strip()
    if bool(source) == bool(text.strip()):
        message = "Give an address or folder, or paste YAML; one of the two."
        raise Invalid(message, context={"fields": {"text": message}})
    if len(text) > LIMITS.document_bytes:
        message = f"The text is longer than {LIMITS.document_bytes // 1024**2} MB; import a file."
        raise Invalid(message, context={"fields": {"text": message}})
    if source:
        source = _allowed(source)
    run = ImportRun.objects.create(
        source=source,
        text=text.replace("\0", "") if not source else "",
        requested_by_id=str(by.pk),
        requested_by_name=by.name,
        created_at=timezone.now(),
    )
    record("catalog.import_checked", by=by, subject=_subject(run))
    return run


@transaction.atomic
def confirm_import(run: ImportRun, *, by: Person) -> ImportRun:
    """Take over what was checked. Raises `Conflict` where it was not checked, or is confirmed."""
    require(by, Permission.IMPORT_CATALOG)
    if run.checked_at is None:
        raise Conflict("This import has not been checked yet.")
    now = timezone.now()
    confirmed = ImportRun.objects.filter(pk=run.pk, confirmed_at=None).update(
        confirmed_at=now, requested_by_id=str(by.pk), requested_by_name=by.name
    )
    if not confirmed:
        raise Conflict("This import was confirmed already.")
    run.refresh_from_db()
    record("catalog.import_confirmed", by=by, subject=_subject(run))
    return run


def _subject(run: ImportRun) -> tuple[str, str, str]:
    return ("import", str(run.pk), run.source or "pasted text")


def _allowed(source: str) -> str:
    """The source as the page may read it: a folder as a whole path. Raises `Invalid`."""
    if len(source) > _LONGEST_SOURCE or "\0" in source:
        message = f"An address or path has at most {_LONGEST_SOURCE} characters."
        raise Invalid(message, context={"fields": {"source": message}})
    if is_address(source) or source.startswith("github:"):
        return source
    if source in settings.ENV.catalog_sources:
        return source
    root = settings.ENV.portal_checkouts
    if root is not None:
        path = (root / source).resolve()
        if path.is_relative_to(root.resolve()):
            return str(path)
    message = (
        "The page reads folders below PORTAL_CHECKOUTS and those in CATALOG_SOURCES only; "
        "use the command import_catalog for others."
    )
    raise Invalid(message, context={"fields": {"source": message}})
