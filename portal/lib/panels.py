"""The parts of a page that other apps fill."""

from typing import Any

from portal.lib.registry import panels


def load_panels(
    place: str, subject: object, person: object, column: str = "main"
) -> list[dict[str, Any]]:
    """The panels of one column of a page, in their order, each with its loaded context.

    A panel whose `load` answers None has nothing to draw and is left out. The subject is in
    every context under the name of its place ("service", "team" …), the person as `person`.
    """
    loaded = []
    for panel in panels:
        if panel.place != place or panel.column != column:
            continue
        context = panel.load(subject, person)
        if context is not None:
            loaded.append(
                {
                    "key": panel.key,
                    "template": panel.template,
                    "context": {place: subject, "person": person, **context},
                }
            )
    return loaded
