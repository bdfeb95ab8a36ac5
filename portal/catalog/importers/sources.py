"""From what a person names to the place it means, with the portal's own settings."""

from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from portal.catalog.importers.gather import Fetch, is_address
from portal.catalog.importers.mirrors import MirrorPlace, is_mirror
from portal.catalog.importers.places import FolderPlace, Place
from portal.catalog.importers.problems import WrongCall
from portal.catalog.importers.remote import Addresses, AddressPlace, GitHubPlace
from portal.catalog.importers.repositories import RepositoryFiles
from portal.jobs import github
from portal.lib.guard import AddressGuard


def place_of(source: str, *, every: bool = False, job_id: int | None = None) -> Place:
    """The place that `source` names: a path, an address, `github:owner[/repository]`.

    `every` reads all YAML files of a folder, whatever they are called. Raises `WrongCall` with a
    sentence where it is none of these.
    """
    if source.startswith("github:"):
        return _github(source.removeprefix("github:"), job_id)
    if is_address(source):
        parts = urlsplit(source)
        steps = [step for step in parts.path.split("/") if step]
        if parts.hostname == urlsplit(github.web_url()).hostname and 1 <= len(steps) <= 2:
            return _github("/".join(steps), job_id)
        return AddressPlace(source)
    try:
        path = Path(source).expanduser()
        if not source.strip():
            raise WrongCall("The source has no name.")
        if path.is_file():
            return FolderPlace(
                path.parent, shown=source, only=path.name, github_hosts=github_hosts()
            )
        if path.is_dir() and is_mirror(path):
            return MirrorPlace(path, shown=source, every=every)
        if path.is_dir():
            return FolderPlace(path, shown=source, every=every, github_hosts=github_hosts())
    except (OSError, ValueError, RuntimeError) as error:
        raise WrongCall(f"{source[:200]} can't be opened: {error}") from None
    raise WrongCall(
        f"{source[:200]} is no file and no folder that exists, no http(s) address, and not "
        "github:OWNER."
    )


def github_hosts() -> frozenset[str]:
    """Hosts whose repositories the portal means by owner/name."""
    return frozenset({urlsplit(github.web_url()).hostname or "github.com"})


def fetch(*, job_id: int | None = None) -> Fetch:
    """Reads addresses through the guard with the networks that the settings allow, and patterns
    where GitHub is connected."""
    connect = partial(github.connect, job_id=job_id)
    return Addresses(
        AddressGuard.allowing(settings.ENV.portal_allowed_networks),
        github_hosts=github_hosts(),
        repositories=None if github.why_off() else RepositoryFiles(connect),
    )


def _github(name: str, job_id: int | None) -> GitHubPlace:
    owner, _, repository = name.strip("/").partition("/")
    if not owner or "/" in repository:
        raise WrongCall(f"github:{name[:200]} is not github:OWNER or github:OWNER/REPOSITORY.")
    reason = github.why_off()
    if reason:
        raise WrongCall(reason)
    connect = partial(github.connect, job_id=job_id)
    return GitHubPlace(connect, owner, repository.removesuffix(".git"))
