"""What people do with imports of a radar on its page: check a file, then take it over."""

from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.catalog.importers.gather import is_address
from portal.catalog.importers.problems import Unreadable
from portal.lib.errors import Conflict, Invalid
from radar import fields
from radar.importers.archives import is_archive, pack_text, unpack
from radar.importers.texts import decode
from radar.models import Radar, RadarImport

MOST_BYTES = 8 * 1024 * 1024  # of a file or a text
_LONGEST_SOURCE = 500


@transaction.atomic
def check_import(
    *,
    by: Person,
    radar: Radar,
    source: str = "",
    text: str = "",
    file: tuple[str, bytes] | None = None,
    format: str = "",  # noqa: A002 as everywhere in the importers
    edition: str = "",
    day: date | None = None,
) -> RadarImport:
    """Ask what an import would do; nothing is written to the radar.

    One of three is read: `source`, an address or a folder below PORTAL_CHECKOUTS; `file`, a name
    with content; or `text`. Raises `Invalid` with messages by field.
    """
    require(by, Permission.PUBLISH_RADAR)
    source = source.strip()
    if [bool(source), bool(text.strip()), file is not None].count(True) != 1:
        fields.refuse("file", "Choose a file, or give an address, or paste text: one of the three.")
    name = ""
    if file is not None:
        name, text = file[0][:200], _text_of(file[1])
    elif len(text.encode()) > MOST_BYTES:
        fields.refuse("text", f"The text is larger than {MOST_BYTES // 1024**2} MB.")
    run = RadarImport.objects.create(
        radar_slug=radar.slug,
        format=format,
        source=_allowed(source) if source else "",
        file_name=name,
        text="" if source else text.replace("\0", ""),
        edition_title=" ".join(edition.split())[:120],
        edition_date=day,
        requested_by_id=str(by.pk),
        requested_by_name=by.name,
        created_at=timezone.now(),
    )
    record("radar.import_checked", by=by, subject=_subject(run, radar))
    return run


@transaction.atomic
def confirm_import(run: RadarImport, *, by: Person, radar: Radar) -> RadarImport:
    """Take over what was checked. Raises `Conflict` where it was not checked, or is confirmed."""
    require(by, Permission.PUBLISH_RADAR)
    if run.checked_at is None:
        raise Conflict("This import has not been checked yet.")
    confirmed = RadarImport.objects.filter(pk=run.pk, confirmed_at=None).update(
        confirmed_at=timezone.now(), requested_by_id=str(by.pk), requested_by_name=by.name
    )
    if not confirmed:
        raise Conflict("This import was confirmed already.")
    run.refresh_from_db()
    record("radar.import_confirmed", by=by, subject=_subject(run, radar))
    return run


def _subject(run: RadarImport, radar: Radar) -> tuple[str, str, str]:
    return ("radar", radar.slug, radar.title)


def _text_of(data: bytes) -> str:
    """A file's text; that of a ZIP has all its files. Raises `Invalid`."""
    if len(data) > MOST_BYTES:
        fields.refuse("file", f"The file is larger than {MOST_BYTES // 1024**2} MB.")
    if not is_archive(data):
        return decode(data)[0]
    try:
        return pack_text(unpack(data))
    except Unreadable as error:
        fields.refuse("file", f"The file can't be read: {error}.")


def _allowed(source: str) -> str:
    """The source as the page may read it: a folder as a whole path. Raises `Invalid`."""
    if len(source) > _LONGEST_SOURCE or "\0" in source:
        fields.refuse("source", f"An address has at most {_LONGEST_SOURCE} characters.")
    if is_address(source):
        return source
    root = settings.ENV.portal_checkouts
    if root is not None:
        path = (root / source).resolve()
        if path.is_relative_to(root.resolve()):
            return str(path)
    message = (
        "The page reads addresses, and folders below PORTAL_CHECKOUTS; use the command "
        "import_radar for others."
    )
    raise Invalid(message, context={"fields": {"source": message}})
