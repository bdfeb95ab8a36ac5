"""The radar as a picture: SVG that stands alone. It is for looking at, and can't be read back."""

from radar.drawing import Picture, draw
from radar.exporters.content import Content

CANNOT = ("anything an import could read: a picture is for looking at",)


def write(content: Content) -> str:
    snapshot = content.snapshot
    count = len(snapshot.blips)
    picture = Picture(
        geometry=snapshot.geometry,
        title=f"{snapshot.radar.title}, {snapshot.title}, {count} technologies",
        sectors=snapshot.sectors,
        rings=snapshot.rings,
        blips=snapshot.blips,
    )
    return draw(picture, standalone=True)
