"""Services and teams: `/services`, `/teams`."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from portal.accounts.models import Team
from portal.accounts.tree import with_descendants
from portal.api.pages import Page, PageQuery, page
from portal.catalog.models import Service
from portal.catalog.relations import related
from portal.lib.errors import NotFound

router = Router()


class LinkOut(Schema):
    url: str
    title: str
    type: str = ""


class ServiceOut(Schema):
    key: str
    name: str
    namespace: str
    title: str
    type: str
    lifecycle: str
    tier: int | None
    owner: str | None
    system: str | None
    repository: str
    on_call: str
    is_sample: bool
    vanished_at: datetime | None


class RelationOut(Schema):
    kind: str
    title: str
    url: str
    is_dangling: bool


class ServiceDetail(ServiceOut):
    """`relations` are by their words, such as "Depends on"; `owner_ref` is what the file says."""

    description: str
    owner_ref: str
    repository_path: str
    tags: list[str]
    links: list[LinkOut]
    annotations: dict[str, str]
    source: str | None
    path: str | None
    line: int | None
    relations: dict[str, list[RelationOut]]


class TeamOut(Schema):
    key: str
    name: str
    title: str
    type: str
    parent: str | None
    is_sample: bool
    vanished_at: datetime | None


class TeamDetail(TeamOut):
    description: str
    email: str
    links: list[LinkOut]
    members: list[str]
    children: list[str]


@router.get("/services", response=Page[ServiceOut], summary="Services")
def services(
    request: HttpRequest,
    at: Query[PageQuery],
    owner: str | None = None,
    tier: int | None = None,
    lifecycle: str | None = None,
    q: str | None = None,
) -> dict[str, object]:
    """Services by key, without those that their source no longer has.

    `owner` is a team's key and means the teams below it too; `q` is part of a key or title.
    """
    rows: Any = Service.objects
    rows = rows.visible().listed()
    if owner is not None:
        rows = rows.owned_by(_team_and_below(owner))
    if tier is not None:
        rows = rows.filter(tier=tier)
    if lifecycle is not None:
        rows = rows.filter(lifecycle=lifecycle)
    if q:
        rows = rows.named(q)
    return page(rows, cursor=at.cursor, limit=at.limit, to=lambda row: ServiceOut(**_service(row)))


@router.get("/services/{key}", response=ServiceDetail, summary="A service")
def service(request: HttpRequest, key: str) -> ServiceDetail:
    rows = Service.objects.select_related("owner", "system", "document__source")
    row = rows.defer("document__body").filter(key=key.lower()).first()
    if row is None:
        raise NotFound(f"There is no service {key}.", context={"key": key})
    document = row.document
    relations = {
        group.title: [
            RelationOut(
                kind=target.noun,
                title=target.title,
                url=target.url,
                is_dangling=target.is_dangling,
            )
            for target in group.targets
        ]
        for group in related("component", row.key)
    }
    return ServiceDetail(
        **_service(row),
        description=row.description,
        owner_ref=row.owner_ref,
        repository_path=row.repository_path,
        tags=row.tags,
        links=row.links,
        annotations=row.annotations,
        source=document.source.title if document else None,
        path=document.path if document else None,
        line=document.line if document else None,
        relations=relations,
    )


@router.get("/teams", response=Page[TeamOut], summary="Teams")
def teams(request: HttpRequest, at: Query[PageQuery], q: str | None = None) -> dict[str, object]:
    """Teams by key; `q` is part of a key."""
    rows = Team.objects.filter(vanished_at=None).select_related("parent")
    if q:
        rows = rows.filter(key__contains=q.lower())
    return page(rows, cursor=at.cursor, limit=at.limit, to=lambda row: TeamOut(**_team(row)))


@router.get("/teams/{key}", response=TeamDetail, summary="A team")
def team(request: HttpRequest, key: str) -> TeamDetail:
    row = Team.objects.select_related("parent").filter(key=key.lower()).first()
    if row is None:
        raise NotFound(f"There is no team {key}.", context={"key": key})
    return TeamDetail(
        **_team(row),
        description=row.description,
        email=row.email,
        links=row.links,
        members=list(row.members.order_by("key").values_list("key", flat=True)),
        children=list(row.children.order_by("key").values_list("key", flat=True)),
    )


def _service(row: Service) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "namespace": row.namespace,
        "title": row.title,
        "type": row.type,
        "lifecycle": row.lifecycle,
        "tier": row.tier,
        "owner": row.owner.key if row.owner else None,
        "system": row.system.key if row.system else None,
        "repository": row.repository,
        "on_call": row.on_call,
        "is_sample": row.is_sample,
        "vanished_at": row.vanished_at,
    }


def _team(row: Team) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "title": row.title,
        "type": row.type,
        "parent": row.parent.key if row.parent else None,
        "is_sample": row.is_sample,
        "vanished_at": row.vanished_at,
    }


def _team_and_below(key: str) -> frozenset[int]:
    """A team and those below it. Raises `NotFound`."""
    found = list(Team.objects.values_list("pk", "key", "parent_id"))
    roots = [pk for pk, name, _ in found if name == key.lower()]
    if not roots:
        raise NotFound(f"There is no team {key}.", context={"key": key})
    return with_descendants(roots, {pk: parent for pk, _, parent in found})
