"""What a repository is built with: packages, images, Terraform providers and Helm charts.

Pure. Direct dependencies come from manifests, their versions from the lock file beside or above;
a lock file without a manifest counts with what it holds. Of a service that lives in a folder of
its repository, the files of that folder count; those above it only say versions.
`docs/technologies-in-use.md` says which files are read. First `wanted()` says which texts are
needed, then `readings()` answers the facts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scorecards.sources.base import FactValue, Measured, Reading
from scorecards.sources.stack_base import Contents, Dependency, Malformed
from scorecards.sources.stack_files import CHARTS, IMAGES, PACKAGES, PROVIDERS, Kind, kind_of

MOST_FILES = 40  # of a repository; so many more again for each eighth folder with a service
MOST_BYTES = 400 * 1024  # of their texts, in the same way; see the costs in docs/github.md
FOLDERS_A_SHARE = 8
MOST_SHARES = 5
MOST_COMPONENTS = 1_000  # of one subject
MOST_NOTES = 3
SUBJECTS = (PACKAGES, IMAGES, PROVIDERS, CHARTS)
FACTS = (*(f"stack.{subject}" for subject in SUBJECTS), "stack.files")


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


@dataclass
class Stack:
    """Components by subject, and what could not be read: path and why."""

    components: dict[str, list[Component]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def told_by(paths: Iterable[str], folders: Collection[str] = ()) -> list[str]:
    """The files that tell of the repository, or of a service in one of the folders."""
    paths = list(paths)
    found = {path for folder in ["", *folders] for path, _, _ in _kinds(paths, folder)}
    return sorted(found)


def wanted(sizes: Mapping[str, int], *, folders: Collection[str] = ()) -> tuple[str, ...]:
    """The paths whose texts are needed; `sizes` without what is too large to be read.

    Manifests before lock files, upper folders before lower ones, small before large; before all
    others those of the `folders` in which services live.
    """
    ranks: dict[str, tuple[int, int, int, int]] = {}
    for first, folder in enumerate([*folders, ""]):
        is_other = first == len(folders)
        for path, kind, _ in _kinds(sizes, folder):
            if sizes[path] > 0:
                rank = (int(is_other), kind.rank, path.count("/"), sizes[path])
                ranks[path] = min(rank, ranks.get(path, rank))
    shares = min(1 + len(folders) // FOLDERS_A_SHARE, MOST_SHARES)
    chosen: list[str] = []
    total = 0
    for path in sorted(ranks, key=lambda path: (ranks[path], path)):
        if len(chosen) < MOST_FILES * shares and total + sizes[path] <= MOST_BYTES * shares:
            chosen.append(path)
            total += sizes[path]
    return tuple(sorted(chosen))


def read(texts: Mapping[str, str], folder: str = "") -> Stack:
    """What the files tell of a service in the folder (empty: of the repository); texts that are
    not of a known kind are passed over."""
    stack = Stack()
    files: dict[str, list[_File]] = {}
    for path, kind, is_above in sorted(_kinds(texts, folder), key=lambda found: found[0]):
        try:
            contents = kind.read(texts[path].replace("\r\n", "\n"))
        except Malformed as error:
            stack.notes.append(f"{path} {error}"[:200])
        except RecursionError:
            stack.notes.append(f"{path} is nested too deeply")
        else:
            is_lock = kind.is_lock or contents.is_lock
            file = _File(path, kind, contents, is_lock, is_above)
            files.setdefault(kind.ecosystem, []).append(file)
    for group in files.values():
        for file, dependency in _resolved(group):
            component = Component(
                file.path, file.kind.ecosystem, dependency.name, dependency.version
            )
            stack.components.setdefault(file.kind.subject, []).append(component)
    for subject, found in stack.components.items():
        distinct = _distinct(found)
        stack.components[subject] = distinct[:MOST_COMPONENTS]
        if len(distinct) > MOST_COMPONENTS:
            left_out = len(distinct) - MOST_COMPONENTS
            stack.notes.append(f"{left_out} of {len(distinct)} {subject} are left out")
    return stack


def readings(
    sizes: Mapping[str, int],
    texts: Mapping[str, str],
    *,
    folder: str = "",
    at: datetime,
    address: str = "",
) -> dict[str, Reading]:
    """The facts `stack.*`, with what was not read in their evidence. `address` is what a path is
    put behind for the address of its file."""
    stack = read(texts, folder)
    notes = [*_unread(sizes, texts, folder), *stack.notes[:MOST_NOTES]]
    if len(stack.notes) > MOST_NOTES:
        notes.append(f"and {len(stack.notes) - MOST_NOTES} more problems")
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
    files = "1 file" if len(counts) == 1 else f"{len(counts)} files"
    words = "; ".join([files, *notes])
    found["stack.files"] = Measured(value=counts, measured_at=at, evidence=words, url=address)
    return found


def _unread(sizes: Mapping[str, int], texts: Mapping[str, str], folder: str) -> list[str]:
    paths = sorted(
        path for path, _, _ in _kinds(sizes, folder) if sizes[path] > 0 and path not in texts
    )
    if not paths:
        return []
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return [f"not read: {', '.join(paths[:5])}{more}"]


@dataclass(frozen=True)
class _File:
    path: str
    kind: Kind
    contents: Contents
    is_lock: bool
    is_above: bool  # the folder of the service: it only says versions

    @property
    def folder(self) -> str:
        return _folder_of(self.path)


def _folder_of(path: str) -> str:
    """Where a file counts from: requirements and Gradle's catalogues have folders of their own."""
    folder = path.rpartition("/")[0]
    above, _, last = folder.rpartition("/")
    return above if last in ("requirements", "gradle") else folder


def _kinds(paths: Iterable[str], folder: str) -> Iterator[tuple[str, Kind, bool]]:
    """The files that tell of a service in the folder, and whether each lies above it."""
    prefix = f"{folder}/" if folder else ""
    for path in paths:
        is_above = not path.startswith(prefix)
        if is_above and not _lies_in(folder, _folder_of(path)):
            continue
        kind = kind_of(path.removeprefix(prefix))
        if kind is not None:
            yield path, kind, is_above


def _resolved(files: Sequence[_File]) -> Iterator[tuple[_File, Dependency]]:
    """What the files of one ecosystem ask for, with versions from the nearest file that sets
    them; a lock file that no manifest stands beside or below counts by itself."""
    manifests = {
        file.folder
        for file in files
        if file.contents.dependencies and not (file.is_lock or file.is_above)
    }
    locked, managed = _versions(files, of_locks=True), _versions(files, of_locks=False)
    for file in files:
        has_manifest = any(_lies_in(folder, file.folder) for folder in manifests)
        if file.is_above or (file.is_lock and has_manifest):
            continue
        for one in _named(file, files):
            if not one.name or len(one.name) > 200:
                continue
            version = _nearest(locked, file.folder, one) or one.version
            version = version or _nearest(managed, file.folder, one)
            yield file, Dependency(one.name, version)


def _named(file: _File, files: Sequence[_File]) -> Iterator[Dependency]:
    """What a file asks for, with what its catalogue (the nearest at or above it) calls so."""
    catalogs = (
        other for other in files if other.contents.aliases and _lies_in(file.folder, other.folder)
    )
    nearest = max(catalogs, key=lambda other: len(other.folder), default=file)
    aliases = nearest.contents.aliases
    for one in file.contents.dependencies:
        if one.name:
            yield one
        else:
            yield from aliases.get(one.key, ())


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
        for key in (f"{asked.name}@{asked.key or asked.version}", asked.key, asked.name):
            if found := versions.get(key) or versions.get(key.lower()):
                return found  # names of .NET are alike in any case
        if not folder:
            return ""
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
    return list(kept.values())
