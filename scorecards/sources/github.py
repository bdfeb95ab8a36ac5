"""The source "github": repositories' facts in batches of 50, alerts, and files where pushed.

`docs/github.md` says what is asked and what it costs. Services that share a repository are
asked about once. Nothing is kept here: what must be remembered of a repository is the `state`
of its snapshots, and what workers share is in `portal.jobs.github`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.utils import timezone

from portal.catalog.models import Service
from portal.jobs import github as connection
from portal.lib.github import (
    BATCH,
    Ask,
    GitHub,
    GitHubError,
    Paused,
    RepositoryAnswer,
    Slug,
)
from portal.lib.github.replies import Facts, read
from portal.lib.registry import OutsideState, outside_states
from scorecards.sources import github_files, repository, stack
from scorecards.sources.base import (
    Measured,
    Outcome,
    Previous,
    Reading,
    Unmeasured,
    sources,
)
from scorecards.sources.github_alerts import AlertLists, AlertReader, kept
from scorecards.sources.github_files import PARTS_AT_ONCE, Folder
from scorecards.sources.github_readings import RUNNING, FactReader
from scorecards.sources.github_resume import resume_later
from scorecards.sources.repository_specs import FROM_FILES
from scorecards.sources.states import with_refusals

FEW = 10  # so many repositories are refreshed for somebody who waits, not by the clock
LISTS_STAY_FRESH = timedelta(minutes=15)  # for a refresh of few
MOST_NOTES = 20  # of one kind
_FILE_FACTS = (*(f"repo.{name}" for name in FROM_FILES), *stack.FACTS)


class GitHubSource:
    key = "github"
    title = "GitHub"
    order = 10
    every = timedelta(hours=1)

    def why_off(self) -> str:
        return connection.why_off()

    def applies_to(self, service: Service) -> bool:
        return bool(service.repository)

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
        with connection.connect(job_id=job_id) as github:
            _Run(github, previous, now, report, note).measure(services)


@dataclass
class Target:
    """One repository, the services that live in it, and what is found out about it."""

    slug: Slug
    services: list[Service]
    known: Previous | None  # what the first of its services remembers, if all agree
    answer: RepositoryAnswer | None = None
    facts: Facts | None = None
    folder: Folder | None = None
    failure: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders in which its services live, the root apart."""
        return tuple(sorted({part for part in map(_part, self.services) if part}))

    def remembers(self, name: str) -> object:
        return self.known.state.get(name) if self.known else None

    def has_moved(self) -> bool:
        """Whether its files must be read: a push, another repository, or another reading."""
        facts = self.facts
        return facts is not None and (
            self.remembers("pushed_at") != _moment(facts.pushed_at)
            or self.remembers("id") != facts.id
            or self.remembers("reading") != repository.VERSION
        )


@dataclass
class _Run:
    github: GitHub
    previous: Mapping[int, Previous]
    now: datetime
    report: Callable[[Iterable[Outcome]], None]
    note: Callable[[str], None]
    noted: dict[str, int] = field(default_factory=dict)
    unread: list[Service] = field(default_factory=list)  # whose files a pause left for later
    paused: Paused | None = None
    lists: AlertLists = field(init=False)

    def measure(self, services: Sequence[Service]) -> None:
        targets = self._targets(services)
        is_few = len(targets) <= FEW
        fresh_since = self.now - LISTS_STAY_FRESH if is_few else None
        self.lists = AlertLists(self.github, fresh_since=fresh_since, note=self.note)
        for start in range(0, len(targets), BATCH):
            try:
                self._batch(targets[start : start + BATCH], is_few=is_few)
            except GitHubError as error:
                left = [service for target in targets[start:] for service in target.services]
                self.report(self._failed(service, error.message) for service in left)
                if isinstance(error, Paused):
                    self.unread, self.paused = self.unread + left, error
                break
        if self.paused is not None:
            resume_later(self.unread, self.paused.until)

    def _targets(self, services: Sequence[Service]) -> list[Target]:
        found: dict[str, list[Service]] = {}
        wrong: list[Outcome] = []
        for service in services:
            try:
                found.setdefault(Slug.parse(service.repository).key, []).append(service)
            except ValueError as error:
                wrong.append(self._failed(service, f"The catalogue's {error}."))
        if wrong:
            self.report(wrong)
        return [
            Target(Slug.parse(mine[0].repository), mine, self._known(key, mine))
            for key, mine in found.items()
        ]

    def _known(self, key: str, services: list[Service]) -> Previous | None:
        """What all services of the repository remember of it, or None where one does not, or
        lived elsewhere in it."""
        remembered = [self.previous.get(service.pk) for service in services]
        if all(
            item is not None
            and item.state.get("repository") == key
            and item.state.get("folder", "") == _part(service)
            for item, service in zip(remembered, services, strict=True)
        ):
            return remembered[0]
        return None

    # -- one batch ------------------------------------------------------------------------------

    def _batch(self, targets: list[Target], *, is_few: bool) -> None:
        by_key = {target.slug.key: target for target in targets}
        asks = [self._ask(target, is_few) for target in targets]
        for answer in self.github.ask("Facts", asks):
            self._take(by_key[answer.ask.slug.key], answer)
        self._read_files([target for target in targets if target.has_moved()])
        self.report(outcome for target in targets for outcome in self._outcomes(target))

    def _ask(self, target: Target, is_few: bool) -> Ask:
        """Facts; and files in the same call, where GitHub told us of a push."""
        last = target.known.last_success_at if target.known else None
        if not is_few or last is None or not connection.pushed_since(target.slug, last):
            return Ask(target.slug, fragments=("Facts",))
        paths = target.remembers("paths")
        remembered = tuple(str(path) for path in paths) if isinstance(paths, list) else ()
        return Ask(
            target.slug,
            fragments=("Facts", "Listing"),
            paths=remembered,
            folders=target.parts[:PARTS_AT_ONCE],
        )

    def _take(self, target: Target, answer: RepositoryAnswer) -> None:
        target.answer = answer
        target.failure = answer.failure()
        if answer.data is None:
            return
        try:
            target.facts = read(Facts, answer.data)
        except GitHubError as error:
            target.failure = error.message
            return
        self._note_changes(target, target.facts)

    def _note_changes(self, target: Target, facts: Facts) -> None:
        new_name = facts.name_with_owner
        if new_name.lower() != target.slug.key:
            text = f"{target.slug} is now called {new_name}: change it in the catalogue."
            self._note_kind("renamed", text)
        known_id = target.remembers("id")
        if known_id is not None and known_id != facts.id:
            text = f"{target.slug} is another repository than before: the old one was replaced."
            self._note_kind("replaced", text)
        if facts.is_archived:
            self._note_kind("archived", f"{new_name} is archived on GitHub.")

    def _note_file(self, text: str) -> None:
        self._note_kind("files", text)

    def _note_kind(self, kind: str, text: str) -> None:
        count = self.noted[kind] = self.noted.get(kind, 0) + 1
        if count <= MOST_NOTES:
            self.note(text)

    def _read_files(self, moved: list[Target]) -> None:
        """Read the files of repositories that moved; where that fails, facts are kept alone."""
        for target in moved:
            self._open(target)
        folders = [target.folder for target in moved if target.folder]
        try:
            github_files.read_all(self.github, folders, self._note_file)
        except GitHubError as error:
            self.note(f"Not all files could be read: {error.message}")
            if isinstance(error, Paused):
                unread = [target for target in moved if target.folder and not target.folder.is_read]
                self.unread += [service for target in unread for service in target.services]
                self.paused = error
        for folder in folders:
            if folder.failure:
                self._note_file(f"The files of {folder.slug} were not read: {folder.failure}")

    def _open(self, target: Target) -> None:
        """The folder of a repository to be read, with what came along with the facts."""
        facts, answer = target.facts, target.answer
        if facts is None or answer is None:
            return
        target.folder = Folder(target.slug, facts.url, target.parts)
        if "Listing" in answer.ask.fragments:
            github_files.take_listing(target.folder, answer, self._note_file)
            github_files.take_texts(target.folder, answer)

    # -- outcomes -------------------------------------------------------------------------------

    def _outcomes(self, target: Target) -> Iterator[Outcome]:
        if target.facts is None or target.answer is None:
            failure = target.failure or f"GitHub says nothing about {target.slug}."
            yield from (self._failed(service, failure) for service in target.services)
            return
        shared = FactReader(target.answer, target.facts, self.now).read()
        alerts = AlertReader(target.answer, target.facts, self.lists, self.now)
        shared |= alerts.read()
        folder = target.folder
        files: dict[str, dict[str, Reading]] = {}
        if folder and folder.is_read:
            files = {part: folder.readings(self.now, part) for part in ("", *target.parts)}
        for service in target.services:
            known = self.previous.get(service.pk)
            readings = self._files(target, known, files.get(_part(service))) | shared
            if known is not None and known.state.get("id") not in (None, target.facts.id):
                readings = self._gaps() | readings
                known = None
            yield Outcome(
                service_id=service.pk,
                at=self.now,
                readings=_settled(readings, known, alerts.passing),
                state=self._state(target, target.facts, service, is_current=bool(files)),
            )

    def _files(
        self, target: Target, known: Previous | None, files: dict[str, Reading] | None
    ) -> dict[str, Reading]:
        """What was read now; or what was read before, confirmed where nothing was pushed since."""
        if files is not None:
            return files
        if known is None or target.has_moved():
            return {}
        return {
            name: replace(reading, measured_at=self.now)
            for name, reading in kept(known.facts, _FILE_FACTS).items()
        }

    def _gaps(self) -> dict[str, Reading]:
        """In the place of what the files of another repository told."""
        why = "the service is in another repository than before, which does not tell"
        gap = Unmeasured(error=why, measured_at=self.now)
        return dict.fromkeys(_FILE_FACTS, gap)

    def _state(
        self, target: Target, facts: Facts, service: Service, *, is_current: bool
    ) -> dict[str, object]:
        """What to remember. While its files are unread, so is the push: next time reads them."""
        state: dict[str, object] = {
            "repository": target.slug.key,
            "folder": _part(service),
            "name": facts.name_with_owner,
            "id": facts.id,
        }
        if is_current and target.folder is not None:
            state["paths"] = list(target.folder.wanted)
        elif not target.has_moved():
            state["paths"] = target.remembers("paths") or []
        else:
            return state
        return state | {"pushed_at": _moment(facts.pushed_at), "reading": repository.VERSION}

    def _failed(self, service: Service, failure: str) -> Outcome:
        return Outcome(service_id=service.pk, at=self.now, failure=failure)


def _part(service: Service) -> str:
    return repository.folder_in(service.repository_path)


def _settled(
    readings: dict[str, Reading], known: Previous | None, passing: set[str]
) -> dict[str, Reading]:
    """Without what is unknown only for the moment and was known before: that stays as it was."""
    if known is None:
        return readings
    ci = readings.get("repo.ci_state")
    if isinstance(ci, Unmeasured) and ci.error == RUNNING:
        passing = passing | {"repo.ci_state", "repo.coverage"}  # told when the checks are through
    return {
        name: reading
        for name, reading in readings.items()
        if isinstance(reading, Measured)
        or name not in passing
        or "value" not in known.facts.get(name, {})
    }


def _moment(value: datetime | None) -> str:
    return value.isoformat() if value else ""


def register() -> None:
    source = sources.add(GitHubSource())
    outside_states.add(
        OutsideState(
            key=source.key,
            title=source.title,
            load=lambda: with_refusals(
                source.key, connection.state(timezone.now(), stale_after=2 * source.every)
            ),
            order=source.order,
        )
    )
