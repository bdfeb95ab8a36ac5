"""The radar as a picture: SVG that stands alone. It is for looking at, and can't be read back."""

from collections.abc import Collection

from radar.drawing import Picture, draw
from radar.exporters.content import Content
from radar.state import Snapshot

CANNOT = ("anything an import could read: a picture is for looking at",)


def write(content: Content) -> str:
    return picture(content.snapshot)


def picture(
    snapshot: Snapshot,
    *,
    matching: Collection[str] | None = None,
    sector: int | None = None,
    address: str = "",
) -> str:
    """The whole, or a sector; what does not match is dimmed. `address` goes before links."""
    count = len(snapshot.blips)
    return draw(
        Picture(
            geometry=snapshot.geometry,
            title=f"{snapshot.radar.title}, {snapshot.title}, {count} technologies",
            sectors=snapshot.sectors,
            rings=snapshot.rings,
            blips=snapshot.blips,
            matching=matching,
            sector=sector,
            address=address,
        ),
        standalone=True,
    )
