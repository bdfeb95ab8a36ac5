"""What files say of technologies themselves: tags, links, what they are. The newest counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from radar.fields import LONGEST_NAME, MOST_LINKS, MOST_TAGS, is_web_address
from radar.importers.board import Board
from radar.importers.compare import Plan
from radar.importers.document import Carries, Document, Row
from radar.models import Technology

_NOT_IN_TAG = re.compile(r"[^\w.+#-]+")
_LONGEST_TAG = 40


@dataclass
class Told:
    """A technology of the run. `before` and `after` are the values that differ."""

    technology: Technology
    is_new: bool
    before: dict[str, object]
    after: dict[str, object]


def tell(plans: Sequence[Plan], board: Board) -> list[Told]:
    """Every technology that the plans name, with what the newest of them says of it.

    What is in a newer edition of the radar than its file tells of stays as it is.
    """
    newest: dict[str, tuple[Plan, Row]] = {}
    for plan in plans:
        for item in plan.items:
            newest[item.placement.technology.name_key] = (plan, item.row)
    current = board.current()
    told = []
    for key, (plan, row) in newest.items():
        technology = board.technologies[key]
        is_old = (
            current is not None
            and (plan.edition.date or date.max) < (current.edition.date or date.max)
            and key in current.placements
        )
        values = {} if is_old else _values(row, technology, plan.document)
        after = {
            name: value for name, value in values.items() if getattr(technology, name) != value
        }
        before = {name: getattr(technology, name) for name in after}
        told.append(Told(technology, technology.pk is None, before, after))
    return told


def _values(row: Row, technology: Technology, document: Document) -> dict[str, object]:
    """What the format carries of a technology itself. Links are added, never taken away."""
    values: dict[str, object] = {}
    if Carries.TAGS in document.carries and row.tags is not None:
        values["tags"] = _tags(row.tags, row, document)
    if Carries.LINKS in document.carries and row.links:
        values["links"] = _links(row, technology, document)
    if Carries.SUMMARY in document.carries and row.summary:
        kept = technology.description.replace("\r\n", "\n").strip()
        values["description"] = technology.description if kept == row.summary else row.summary
    return values


def _tags(tags: tuple[str, ...], row: Row, document: Document) -> list[str]:
    found: dict[str, None] = {}
    for written in tags:
        tag = _NOT_IN_TAG.sub("-", written.strip().lower()).strip("-")[:_LONGEST_TAG]
        if tag != written.strip().lower():
            message = f"The tag “{written[:60]}” of “{row.name}” became “{tag}”."
            document.remark(row.line, "tag-rewritten", message, row.file)
        if tag:
            found[tag] = None
    if len(found) > MOST_TAGS:
        message = f"“{row.name}” has more than {MOST_TAGS} tags; the first are kept."
        document.remark(row.line, "too-many-tags", message, row.file)
    return list(found)[:MOST_TAGS]


def _links(row: Row, technology: Technology, document: Document) -> list[dict[str, str]]:
    links = [dict(link) for link in technology.links]
    known = {link.get("url") for link in links}
    for title, url in row.links:
        if url in known:
            continue
        if not is_web_address(url):
            message = f"“{url[:80]}” of “{row.name}” is no address on the web; it was left out."
            document.remark(row.line, "link-left-out", message, row.file)
        elif len(links) >= MOST_LINKS:
            message = f"“{row.name}” has more than {MOST_LINKS} links; “{url[:80]}” was left out."
            document.remark(row.line, "too-many-links", message, row.file)
        else:
            known.add(url)
            links.append({"title": title[:LONGEST_NAME] or url, "url": url})
    return links
