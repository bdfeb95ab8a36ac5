"""Who owns an entry, as pages draw it: a team, a person, or a name that leads nowhere."""

from portal.catalog.models.entry import Entry
from portal.catalog.references import BadReference, parse_ref
from portal.catalog.relations import Target, resolve


def owner_of(entry: Entry) -> Target | None:
    """The owner; None where nobody is named. One query, unless a team was selected along."""
    if entry.owner is not None:
        return Target("team", str(entry.owner), entry.owner.url)
    if not entry.owner_ref:
        return None
    try:
        ref = parse_ref(entry.owner_ref, kind="group", namespace=entry.namespace)
    except BadReference:
        return Target("team", entry.owner_ref, "")
    identity = (ref.kind, ref.key)
    return resolve([identity])[identity]
