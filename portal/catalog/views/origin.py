"""Where an entry comes from, as its page says it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.catalog.models import Document


@dataclass(frozen=True)
class Origin:
    """The file behind an entry. `conflict` names another place that claims the same name."""

    source: str
    path: str
    line: int
    seen_at: datetime
    vanished_at: datetime | None
    failure: str
    failed_at: datetime | None
    conflict: dict[str, Any] | None


def origin_of(document: Document | None) -> Origin | None:
    """The origin of a document, whose source has to be selected with it; None without one."""
    if document is None:
        return None
    source = document.source
    return Origin(
        source=source.title,
        path=document.path,
        line=document.line,
        seen_at=document.seen_at,
        vanished_at=document.vanished_at,
        failure=source.failure_reason,
        failed_at=source.last_failure_at if source.failure_reason else None,
        conflict=document.conflict,
    )


def document_of(kind: str, key: str) -> Document | None:
    """The document of a team or person, which do not point at theirs."""
    rows = Document.objects.filter(kind=kind, key=key).select_related("source")
    return rows.defer("body").first()
