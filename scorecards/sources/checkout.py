"""The source "checkout": a repository's facts from a folder on disk, without any network.

The annotation `command-center/checkout` names the folder below PORTAL_CHECKOUTS. The portal's
own service may say `.`, its own folder. What a folder can't tell (branch protection, alerts) is
not reported at all.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from django.conf import settings

from portal.catalog.models import Service
from scorecards.sources import git, repository
from scorecards.sources.base import FactValue, Measured, Outcome, Previous, Reading, sources
from scorecards.sources.manifests import IGNORED_FOLDERS

ANNOTATION = "command-center/checkout"
OWN_SERVICE = "command-center"
MOST_FILES = 50_000
# Reports that are worth reading though Git is told to ignore them.
REPORTS = (
    "coverage.xml",
    "coverage/lcov.info",
    "coverage/coverage-summary.json",
    "coverage/cobertura-coverage.xml",
    "lcov.info",
    "target/site/jacoco/jacoco.xml",
    "build/reports/jacoco/test/jacocoTestReport.xml",
)


class Misplaced(Exception):
    """The folder can't be used; the message is a sentence."""


class CheckoutSource:
    key = "checkout"
    title = "Local checkout"
    order = 20
    every = timedelta(minutes=15)

    def why_off(self) -> str:
        return ""  # the portal's own folder is always there

    def applies_to(self, service: Service) -> bool:
        return bool(service.annotations.get(ANNOTATION))

    def measure(
        self,
        services: Sequence[Service],
        previous: Mapping[int, Previous],
        *,
        now: datetime,
        report: Callable[[Iterable[Outcome]], None],
        note: Callable[[str], None],
        job_id: int | None = None,
    ) -> None:
        for service in services:
            report([self._measure(service, now, note)])

    def _measure(self, service: Service, now: datetime, note: Callable[[str], None]) -> Outcome:
        try:
            folder, root = locate(service, settings.ENV.portal_checkouts, settings.BASE_DIR)
            inside = repository.folder_in(service.repository_path)
            if folder.as_posix().endswith(f"/{inside}"):
                inside = ""  # the annotation names the service's folder itself
            readings = read_folder(folder, below=root, now=now, note=note, inside=inside)
        except Misplaced as error:
            return Outcome(service_id=service.pk, at=now, failure=str(error))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            failure = f"The checkout of {service} can't be read: {reason}."
            return Outcome(service_id=service.pk, at=now, failure=failure)
        state = {"reading": repository.VERSION}
        return Outcome(service_id=service.pk, at=now, readings=readings, state=state)


def locate(service: Service, checkouts: Path | None, own: Path) -> tuple[Path, Path]:
    """The folder that the annotation names, and the root it lies below; raises `Misplaced`.

    Links are resolved first: neither `..` nor a link leads out of the root.
    """
    named = str(service.annotations.get(ANNOTATION, "")).strip()
    if named == "." and service.key == OWN_SERVICE:
        return own.resolve(), own.resolve()
    if checkouts is None:
        raise Misplaced(
            f"{ANNOTATION} names {named!r}, but PORTAL_CHECKOUTS, where it should lie, is not set."
        )
    if named == "." or PurePosixPath(named).is_absolute():
        raise Misplaced(f"{ANNOTATION} must name a folder below PORTAL_CHECKOUTS, not {named!r}.")
    root = checkouts.resolve()
    try:
        folder = (root / named).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise Misplaced(f"PORTAL_CHECKOUTS holds no folder {named!r}.") from None
    if folder == root or not folder.is_relative_to(root):
        raise Misplaced(f"{ANNOTATION} leads out of PORTAL_CHECKOUTS: {named!r}.")
    if not folder.is_dir():
        raise Misplaced(f"{named!r} in PORTAL_CHECKOUTS is no folder.")
    return folder, root


def read_folder(
    folder: Path,
    *,
    below: Path,
    now: datetime,
    note: Callable[[str], None] = lambda text: None,
    inside: str = "",
) -> dict[str, Reading]:
    """All facts that the folder tells of a service that lives in it, or in the folder `inside`."""
    sizes = _sizes(folder, _paths(folder, below), note)
    wanted = repository.wanted(sizes, is_alone=True, folders=[inside] if inside else ())
    for path in wanted.too_large:
        note(f"{folder.name}: {path} is larger than 1 MB and is not read.")
    texts = {path: text for path in wanted.paths if (text := _text(folder, path)) is not None}
    files = repository.Files(sizes=sizes, texts=texts, folder=inside)
    return repository.read(files, at=now) | _of_history(folder, below, now)


def _of_history(folder: Path, below: Path, now: datetime) -> dict[str, Reading]:
    """Branch, last commit and newest tag; a folder that Git does not know tells none of them."""
    try:
        found = git.history(folder, below=below)
    except git.NoGit:
        found = git.history_without_git(folder)
    facts: list[tuple[str, FactValue | None, str]] = [
        ("default_branch", found.branch or None, found.branch),
        ("last_commit_at", _utc(found.committed_at), found.commit[:12]),
        ("latest_release", found.tag or None, f"tag {found.tag}"),
        ("last_release_at", _utc(found.tagged_at), f"tag {found.tag}"),
    ]
    return {
        f"repo.{name}": Measured(value=value, measured_at=now, evidence=evidence)
        for name, value, evidence in facts
        if value is not None
    }


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _paths(folder: Path, below: Path) -> Iterator[str]:
    """The files that belong to the repository: as Git lists them, else all that lie there."""
    try:
        tracked = git.listed(folder, below=below)
    except git.NoGit:
        yield from _walk(folder)
        return
    yield from tracked
    yield from REPORTS


def _walk(folder: Path) -> Iterator[str]:
    for at, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if name not in IGNORED_FOLDERS)
        place = Path(at).relative_to(folder).as_posix()
        prefix = "" if place == "." else f"{place}/"
        yield from (f"{prefix}{name}" for name in sorted(files))


def _sizes(folder: Path, paths: Iterable[str], note: Callable[[str], None]) -> dict[str, int]:
    """Sizes of plain files, and the folders above them; links and what is ignored stay out."""
    found: dict[str, int] = {}
    count = 0
    for path in paths:
        above = PurePosixPath(path).parents
        if path in found or any(part.name in IGNORED_FOLDERS for part in above):
            continue
        try:
            details = os.lstat(folder / path)
        except OSError:
            continue  # deleted, or a report that was never made
        if not stat.S_ISREG(details.st_mode):
            continue
        count += 1
        if count > MOST_FILES:
            note(f"{folder.name} has more than {MOST_FILES:,} files; the rest is not looked at.")
            break
        found[path] = details.st_size
        for part in list(above)[:-1]:
            found.setdefault(f"{part}/", 0)
    return found


def _text(folder: Path, path: str) -> str | None:
    """A file's text; None for what is not UTF-8, or what a link leads out to."""
    try:
        target = (folder / path).resolve(strict=True)
        if not target.is_relative_to(folder):
            return None
        with target.open("rb") as file:
            content = file.read(repository.LARGEST + 1)
        return None if len(content) > repository.LARGEST else content.decode()
    except (OSError, UnicodeDecodeError, RuntimeError):
        return None


def register() -> None:
    sources.add(CheckoutSource())
