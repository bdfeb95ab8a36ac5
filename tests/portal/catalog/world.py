"""Catalogue files and imports for tests."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.accounts.models import Team
from portal.audit.actions import System
from portal.catalog.importers.places import FolderPlace, TextPlace
from portal.catalog.importers.run import Result, import_place
from portal.catalog.models import Service
from portal.catalog.models import System as SystemRow

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
BY = System("Tests")

COMPONENT = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: {name}
spec:
  type: service
  lifecycle: production
  owner: {owner}
"""
GROUP = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: {name}
spec:
  type: team
  children: [{children}]
"""


def component(name: str = "shop", owner: str = "payments", **spec: str) -> str:
    """A Component; `spec` adds lines such as `system="checkout"`."""
    text = COMPONENT.format(name=name, owner=owner)
    return text + "".join(f"  {key}: {value}\n" for key, value in spec.items())


def group(name: str = "payments", children: str = "", **spec: str) -> str:
    text = GROUP.format(name=name, children=children)
    return text + "".join(f"  {key}: {value}\n" for key, value in spec.items())


def user(name: str = "ilse", member_of: str = "", email: str = "") -> str:
    text = (
        "apiVersion: backstage.io/v1alpha1\nkind: User\n"
        f"metadata:\n  name: {name}\nspec:\n  memberOf: [{member_of}]\n"
    )
    return text + (f"  profile:\n    email: {email}\n" if email else "")


def entity(kind: str, name: str, **spec: str) -> str:
    """An entity of any kind: `entity("System", "checkout", owner="payments")`."""
    lines = "".join(f"  {key}: {value}\n" for key, value in spec.items())
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\n"
        f"metadata:\n  name: {name}\nspec:\n{lines}"
    )


def documents(*texts: str) -> str:
    return "---\n".join(texts)


def write(folder: Path, text: str, name: str = "catalog-info.yaml") -> Path:
    """Write a file below a folder; answers the folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def take(folder: Path, **options: Any) -> Result:
    """Import a folder, or a file."""
    only = folder.name if folder.is_file() else ""
    root = folder.parent if only else folder
    place = FolderPlace(root, shown=folder.name, only=only, github_hosts={"github.com"})
    return import_place(place, **{"by": BY, "now": NOW, "github_hosts": {"github.com"}, **options})


def paste(text: str, **options: Any) -> Result:
    """Import pasted text."""
    options = {"by": BY, "now": NOW, "github_hosts": {"github.com"}, **options}
    return import_place(TextPlace(text), **options)


def rules_of(result: Result) -> list[str]:
    """The rules behind what was refused."""
    return [problem.rule for problem in result.problems if problem.refused]


def many_services(count: int, teams: int = 20) -> None:
    """Services in bulk, each with an owner, a system and something it depends on."""
    owners = [Team(key=f"team-{n}", name=f"team-{n}") for n in range(teams)]
    for number, owner in enumerate(owners[1:], 1):
        owner.parent = owners[(number - 1) // 4]
    for owner in owners:
        owner.save()
    systems = SystemRow.objects.bulk_create(
        SystemRow(key=f"system-{n}", name=f"system-{n}", owner=owners[n % teams]) for n in range(50)
    )
    Service.objects.bulk_create(
        (
            Service(
                key=f"service-{n:05}",
                name=f"service-{n:05}",
                description="What it does, in a sentence.",
                owner=owners[n % teams],
                system=systems[n % 50],
                type=("service", "website", "library")[n % 3],
                lifecycle=("production", "experimental")[n % 2],
                tier=n % 4 + 1,
                tags=["go", f"tag-{n % 7}"],
            )
            for n in range(count)
        ),
        batch_size=1000,
    )
