"""Links between things of any kind: a check and its runbook, a runbook and a technology.

A link is a row of kinds and keys, so apps that know nothing of each other can be linked. What a
key means is asked of the kind's registered `LinkTarget`; a target that is gone dangles.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from portal.audit.actions import Actor, record
from portal.catalog.models import Link
from portal.lib.errors import Invalid
from portal.lib.registry import link_targets

End = tuple[str, str]  # kind, key


@dataclass(frozen=True)
class ResolvedLink:
    """The other end of a link as a page draws it; `url` is empty where it dangles."""

    kind: str
    kind_title: str
    key: str
    title: str
    url: str
    role: str

    @property
    def is_dangling(self) -> bool:
        return not self.url


@transaction.atomic
def add_link(
    source: End, target: End, *, role: str, by: Actor, is_sample: bool = False
) -> tuple[Link, bool]:
    """Link two things; answers the link, and whether it is new. Raises `Invalid`."""
    for kind, key in (source, target):
        if kind not in link_targets:
            raise Invalid(f"Nothing of the kind {kind!r} can be linked.")
        if not key:
            raise Invalid(f"The {kind} to link has no key.")
    link, is_new = Link.objects.get_or_create(
        from_kind=source[0],
        from_key=source[1],
        to_kind=target[0],
        to_key=target[1],
        role=role,
        defaults={"is_sample": is_sample},
    )
    if is_new:
        after = {"to": f"{target[0]}:{target[1]}", "role": role}
        subject = (source[0], source[1], source[1])
        record("link.added", by=by, subject=subject, after=after, is_sample=is_sample)
    return link, is_new


@transaction.atomic
def remove_link(link: Link, *, by: Actor) -> None:
    """Take a link away. Removing one that is gone already does nothing."""
    deleted, _ = Link.objects.filter(pk=link.pk).delete()
    if deleted:
        record(
            "link.removed",
            by=by,
            subject=(link.from_kind, link.from_key, link.from_key),
            before={"to": f"{link.to_kind}:{link.to_key}", "role": link.role},
            is_sample=link.is_sample,
        )


def links_from(kind: str, key: str, *, person: object = None) -> list[ResolvedLink]:
    """Where a thing links to: one query, and one for each kind that is linked to."""
    rows = Link.objects.filter(from_kind=kind, from_key=key)
    return resolve(((row.to_kind, row.to_key, row.role) for row in rows), person)


def links_to(kind: str, key: str, *, person: object = None) -> list[ResolvedLink]:
    """What links to a thing."""
    rows = Link.objects.filter(to_kind=kind, to_key=key)
    return resolve(((row.from_kind, row.from_key, row.role) for row in rows), person)


def resolve(ends: Iterable[tuple[str, str, str]], person: object = None) -> list[ResolvedLink]:
    """Title and address of many ends (kind, key, role); kinds a person may not see are left out."""
    wanted = list(ends)
    keys: dict[str, set[str]] = defaultdict(set)
    for kind, key, _ in wanted:
        keys[kind].add(key)
    found: dict[str, dict[str, tuple[str, str]]] = {}
    hidden = set()
    for kind, some in keys.items():
        target = link_targets.get(kind)
        if target is not None and person is not None and not target.may_see(person):
            hidden.add(kind)
        elif target is not None:
            found[kind] = dict(target.resolve(some))
    resolved = []
    for kind, key, role in wanted:
        if kind in hidden:
            continue
        target = link_targets.get(kind)
        title, url = found.get(kind, {}).get(key, (key, ""))
        kind_title = kind if target is None else target.title
        resolved.append(ResolvedLink(kind, kind_title, key, title, url, role))
    return sorted(resolved, key=lambda link: (link.kind_title, link.role, link.title.lower()))
