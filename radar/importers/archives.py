"""ZIP files as texts by path, within limits: an upload, or an export of AOE's Markdown."""

import io
import json
import posixpath
import zipfile

from portal.catalog.importers.problems import Unreadable
from radar.importers.formats import SUFFIXES
from radar.importers.texts import decode

MOST_FILES = 20_000
MOST_BYTES = 64 * 1024 * 1024  # unpacked
_SIGNATURE = b"PK\x03\x04"
_MARK = '{"zip": {'  # how unpacked texts begin where they are kept as one


def is_archive(data: bytes) -> bool:
    return data.startswith(_SIGNATURE)


def unpack(data: bytes) -> dict[str, bytes]:
    """The files that a radar may be in, by path, in order. Raises `Unreadable`."""
    found: dict[str, bytes] = {}
    size = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_FILES:
                raise Unreadable(f"it has more than {MOST_FILES:,} files")
            for member in members:
                path = posixpath.normpath(member.filename)
                if member.is_dir() or path.startswith(("/", "..")) or not path.endswith(SUFFIXES):
                    continue
                size += member.file_size
                if size > MOST_BYTES:
                    limit = MOST_BYTES // 1024**2
                    raise Unreadable(f"its files are larger than {limit} MB together")
                with archive.open(member) as file:
                    found[path] = file.read(member.file_size + 1)[: member.file_size]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise Unreadable(f"it is no ZIP that can be read: {error}") from None
    return dict(sorted(found.items()))


def pack_text(files: dict[str, bytes]) -> str:
    """Unpacked files as one text, to be kept until they are read."""
    return json.dumps({"zip": {path: decode(data)[0] for path, data in files.items()}})


def unpack_text(text: str) -> dict[str, bytes] | None:
    """What `pack_text` made a text of; None for any other text."""
    if not text.startswith(_MARK) and text != '{"zip": {}}':
        return None
    files: dict[str, str] = json.loads(text)["zip"]
    return {path: content.encode() for path, content in files.items()}
