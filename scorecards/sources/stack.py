"""What a repository is built with: packages, images, Terraform providers and Helm charts.

Pure. Direct dependencies come from manifests, their versions from the lock file beside or above;
a lock file without a manifest counts with what it holds. `docs/technologies-in-use.md` says
which files are read. First `wanted()` says which texts are needed, then `read()` answers them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scorecards.sources.base import FactValue, Measured, Reading
from scorecards.sources.stack_base import Contents, Dependency, Malformed
from scorecards.sources.stack_files import CHARTS, IMAGES, PACKAGES, PROVIDERS, Kind, kind_of

MOST_FILES = 40
MOST_BYTES = 400 * 1024  # of all texts of a repository; see the costs in docs/github.md
MOST_COMPONENTS = 1_000  # of one subject
SUBJECTS = (PACKAGES, IMAGES, PROVIDERS, CHARTS)


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """Something that a file says the repository uses. `version` may be a range, or empty."""

    where: str
    ecosystem: str
    name: str
    version: str = ""

    def written(self) -> str:
        """As facts hold it: packages with their type in front, like package URLs."""
        if self.ecosystem == "docker":
            digest = self.version.startswith("@") or not self.version
            return f"{self.name}{self.version}" if digest else f"{self.name}:{self.version}"
        name = self.name if self.ecosystem in ("terraform", "helm") else self._typed()
        return f"{name}@{self.version}" if self.version else name

    def _typed(self) -> str:
        return f"{self.ecosystem}/{self.name}"


@dataclass(frozen=True)
class Wanted:
    """Paths whose texts are needed, and those left out because there are too many."""

    paths: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass
class Stack:
    """Components by subject, and what could not be read: path and why."""

    components: dict[str, list[Component]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def wanted(sizes: Mapping[str, int], *, largest: int) -> Wanted:
    """Manifests before lock files, upper folders before lower ones, small before large."""
    ordered = sorted(
        (kind.rank, path.count("/"), sizes[path], path)
        for path, kind in _kinds(sizes)
        if 0 < sizes[path] <= largest
    )
    chosen: list[str] = []
    left_out: list[str] = []
    total = 0
    for _, _, size, path in ordered:
        if len(chosen) < MOST_FILES and total + size <= MOST_BYTES:
            chosen.append(path)
            total += size
        else:
            left_out.append(path)
    return Wanted(tuple(sorted(chosen)), tuple(sorted(left_out)))


def read(texts: Mapping[str, str]) -> Stack:
    """What the files tell; texts that are not of a known kind are passed over."""
    stack = Stack()
    files: dict[str, list[_File]] = {}
    for path, kind in sorted(_kinds(texts)):
        try:
            contents = kind.read(texts[path])
        except Malformed as error:
            stack.notes.append(f"{path} {error}"[:200])
        except RecursionError:
            stack.notes.append(f"{path} is nested too deeply")
        else:
            is_lock = kind.is_lock or contents.is_lock
            files.setdefault(kind.ecosystem, []).append(_File(path, kind, contents, is_lock))
    for group in files.values():
        for file, dependency in _resolved(group):
            component = Component(
                file.path, file.kind.ecosystem, dependency.name, dependency.version
            )
            stack.components.setdefault(file.kind.subject, []).append(component)
    for subject, found in stack.components.items():
        stack.components[subject] = _distinct(found)
    return stack


def readings(
    files: Mapping[str, int], texts: Mapping[str, str], *, at: datetime
) -> dict[str, Reading]:
    """The facts `stack.*` of a repository with these files (sizes by path) and texts."""
    stack = read(texts)
    unread = [path for path, _ in _kinds(files) if files[path] > 0 and path not in texts]
    notes = [f"not read: {', '.join(sorted(unread)[:5])}"] if unread else []
    if len(unread) > 5:
        notes[0] += f" and {len(unread) - 5} more"
    notes += stack.notes[:3]
    found: dict[str, Reading] = {}
    counts: dict[str, float] = {}
    for subject in SUBJECTS:
        components = stack.components.get(subject, [])
        value: FactValue = [component.written() for component in components]
        places = list(dict.fromkeys(component.where for component in components))
        words = "; ".join([", ".join(places[:5]) or "none found", *notes])
        found[f"stack.{subject}"] = Measured(value=value, measured_at=at, evidence=words)
        for component in components:
            counts[component.where] = counts.get(component.where, 0) + 1
    found["stack.files"] = Measured(
        value=counts, measured_at=at, evidence=f"{len(counts)} files tell of components"
    )
    return found


@dataclass(frozen=True)
class _File:
    path: str
    kind: Kind
    contents: Contents
    is_lock: bool

    @property
    def folder(self) -> str:
        """Where it counts from: requirement files may lie in a folder of their own."""
        folder = self.path.rpartition("/")[0]
        if folder == "requirements" or folder.endswith("/requirements"):
            folder = folder.rpartition("/")[0]
        return folder


def _kinds(paths: Iterable[str]) -> Iterator[tuple[str, Kind]]:
    for path in paths:
        kind = kind_of(path)
        if kind is not None:
            yield path, kind


def _resolved(files: Sequence[_File]) -> Iterator[tuple[_File, Dependency]]:
    """What the files of one ecosystem ask for, with versions from the nearest file that sets
    them; a lock file that no manifest stands beside or below counts by itself."""
    manifests = {file.folder for file in files if not file.is_lock}
    locked, managed = _versions(files, of_locks=True), _versions(files, of_locks=False)
    for file in files:
        if file.is_lock and any(_lies_in(folder, file.folder) for folder in manifests):
            continue
        for one in file.contents.dependencies:
            if not one.name or len(one.name) > 200:
                continue
            version = _nearest(locked, file.folder, one) or one.version
            version = version or _nearest(managed, file.folder, one)
            yield file, Dependency(one.name, version)


def _versions(files: Iterable[_File], *, of_locks: bool) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in files:
        if file.is_lock == of_locks and file.contents.versions:
            found.setdefault(file.folder, {}).update(file.contents.versions)
    return found


def _nearest(known: Mapping[str, Mapping[str, str]], folder: str, asked: Dependency) -> str:
    if not known:
        return ""
    while True:
        versions = known.get(folder, {})
        found = versions.get(f"{asked.name}@{asked.version}") or versions.get(asked.name)
        if found or not folder:
            return found or ""
        folder = folder.rpartition("/")[0]


def _lies_in(folder: str, above: str) -> bool:
    return not above or folder == above or folder.startswith(f"{above}/")


def _distinct(found: Iterable[Component]) -> list[Component]:
    """Each once, at the first place by path; one without a version gives way to one with it."""
    ordered = sorted(found)
    versioned = {(one.ecosystem, one.name) for one in ordered if one.version}
    kept: dict[tuple[str, str, str], Component] = {}
    for one in ordered:
        if one.version or (one.ecosystem, one.name) not in versioned:
            kept.setdefault((one.ecosystem, one.name, one.version), one)
    return list(kept.values())[:MOST_COMPONENTS]
