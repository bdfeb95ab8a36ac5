"""SAP's radar: a TOML file for each technology, `definitions/<quadrant>/<name>.toml`.

All files of a folder are one edition. [page] title, description (HTML), reason; [links] titles
with addresses; [config] label, ring, quadrant, active, moved, link.
"""

import re
import tomllib
from typing import Any

from radar.importers.bundle import Bundle
from radar.importers.descriptions import is_dangerous, plain, to_markdown
from radar.importers.document import Carries, Document, Row
from radar.importers.texts import mapping, word
from radar.movement import MOVED_IN, MOVED_OUT, NEW, UNCHANGED

CARRIES = frozenset({Carries.SECTOR, Carries.DESCRIPTION, Carries.MOVEMENT, Carries.LINKS})
_MOVED = {-1: (MOVED_OUT,), 0: (UNCHANGED, NEW), 1: (MOVED_IN,), 2: (NEW,)}
_LINE = re.compile(r"\(at line (\d+)")


def read(bundle: Bundle) -> list[Document]:
    """One edition of all files."""
    document = Document(bundle.show(""), bundle.format, CARRIES)
    for path, text in bundle.files.items():
        shown = bundle.show(path)
        try:
            content = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            found = _LINE.search(str(error))
            message = f"This is no TOML: {error}."
            document.refuse(int(found[1]) if found else 1, "malformed", message, shown)
            continue
        if "config" in content:
            document.add(_row(content, shown, _config_line(text), document))
    return [document]


def _config_line(text: str) -> int:
    return text.count("\n", 0, max(text.find("[config]"), 0)) + 1


def _row(content: dict[str, Any], file: str, line: int, document: Document) -> Row:
    page, config = mapping(content.get("page")), mapping(content.get("config"))
    name = plain(word(config.get("label")) or word(page.get("title")))
    html = word(page.get("description"))
    if is_dangerous(html):
        message = f"HTML that may not run was taken out of the description of “{name}”."
        document.remark(line, "html-sanitised", message, file)
    reason = to_markdown(word(page.get("reason")))
    links = [(title, word(url)) for title, url in mapping(content.get("links")).items()]
    if word(config.get("link")).startswith("http"):
        links.append(("", word(config.get("link"))))
    return Row(
        line=line,
        name=name,
        ring=word(config.get("ring")),
        sector=word(config.get("quadrant")),
        description="\n\n".join(filter(None, [to_markdown(html), reason])),
        movements=_MOVED.get(config.get("moved", 0), ()),
        links=tuple((title.strip(), url.strip()) for title, url in links if url.strip()),
        file=file,
    )
