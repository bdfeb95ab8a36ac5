"""What a repository's files say: from paths with sizes, and the texts of a few, to `repo.*`.

Pure: the GitHub source and the checkout source list and read in their own way and share this
reading, so that both give the same facts. First `wanted()` says which texts are needed, then
`read()` answers the facts. Paths are relative; a folder ends in a slash.
"""

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scorecards.sources import codeowners, coverage, licenses, stack, workflows
from scorecards.sources import manifests as names
from scorecards.sources.base import FactValue, Measured, Reading, Unmeasured

VERSION = 3
"""Raised when the same files would be read differently; repositories are then read again."""

IN_FOLDER = (
    "has_readme",
    "readme_bytes",
    "has_changelog",
    "manifests",
    "lock_files",
    "has_dockerfile",
    "has_tests",
)
LARGEST = 1024 * 1024  # bytes of a file that is read at most
MOST_TEXTS = 80
MOST_NAMED = 100  # entries of a list fact

_WORKFLOWS = ".github/workflows/"
_ACTION_FILES = ("action.yml", "action.yaml")


@dataclass(frozen=True)
class Files:
    """A repository as it lies there. `languages` is given where somebody else counted them.

    `folder` is where the service lives in it, without a slash at the end; empty: all of it. What
    `IN_FOLDER` names is told of the folder, everything else of the repository.
    """

    sizes: Mapping[str, int]
    texts: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, int] | None = None
    is_complete: bool = True  # False: deeper folders exist (in `folder`) and are not listed
    folder: str = ""

    @property
    def prefix(self) -> str:
        return f"{self.folder}/" if self.folder else ""


@dataclass(frozen=True)
class Wanted:
    """Paths whose text is needed, and those left out for their size."""

    paths: tuple[str, ...]
    too_large: tuple[str, ...]


def folder_in(path: str) -> str:
    """The folder of a service as `Files` takes it, from however the catalogue writes it."""
    return posixpath.normpath(f"/{path}").strip("/")


def wanted(sizes: Mapping[str, int], *, is_alone: bool, folders: Collection[str] = ()) -> Wanted:
    """Which texts `read()` needs. `is_alone`: no API beside it knows licence and code owners;
    `folders`: where services live in the repository."""
    chosen = [
        path
        for path in sorted(sizes)
        if not path.endswith("/")
        and (_is_wanted(path) or any(_is_requirement(path, f"{folder}/") for folder in folders))
    ]
    if is_alone:
        for patterns, places in (
            (names.LICENSES, ("",)),
            (names.CODEOWNERS, names.COMMUNITY_FOLDERS),
        ):
            if found := names.first_in(sizes, patterns, places):
                chosen.append(found)
    too_large = [path for path in chosen if sizes[path] > LARGEST]
    small = [path for path in chosen if 0 < sizes[path] <= LARGEST][:MOST_TEXTS]
    tells = stack.told_by(sizes, folders)
    too_large += (path for path in tells if sizes[path] > LARGEST)
    readable = {path: sizes[path] for path in tells if sizes[path] <= LARGEST}
    small += stack.wanted(readable, folders=folders)
    return Wanted(tuple(dict.fromkeys(small)), tuple(dict.fromkeys(too_large)))


def _is_workflow_or_action(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if f"{folder}/" == _WORKFLOWS:
        return name.endswith((".yml", ".yaml"))
    return name in _ACTION_FILES and (not folder or path.startswith(".github/actions/"))


def _is_wanted(path: str) -> bool:
    if _is_workflow_or_action(path):
        return True
    if "/" not in path and names.match_name(path, names.READ_IN_ROOT):
        return True
    return names.match_path(path, names.REQUIREMENT_FILES) or names.match_name(
        path, names.COVERAGE_REPORTS
    )


def _is_requirement(path: str, prefix: str) -> bool:
    """Whether it is a requirement file of a service's folder, which locks where it has hashes."""
    inside = path.removeprefix(prefix)
    return path.startswith(prefix) and names.match_path(inside, names.REQUIREMENT_FILES)


def read(
    files: Files, *, at: datetime, link: Callable[[str], str] = lambda path: ""
) -> dict[str, Reading]:
    """The facts. `link` answers the address of a path, for the evidence."""
    reader = _Reader(files, at, link)
    reader.documents()
    reader.ci()
    reader.dependencies()
    reader.quality()
    reader.code()
    reader.stack()
    if files.folder and not any(path.startswith(files.prefix) for path in files.sizes):
        why = f"the repository has no folder {files.folder}"
        for name in IN_FOLDER:
            reader.unmeasured(name, why)
        gap = Unmeasured(error=why, measured_at=at)
        reader.found |= dict.fromkeys(stack.FACTS, gap)
    return reader.found


class _Reader:
    """Collects the facts, one subject a method."""

    def __init__(self, files: Files, at: datetime, link: Callable[[str], str]) -> None:
        self.files = files
        self.at = at
        self.link = link
        self.found: dict[str, Reading] = {}

    def put(self, name: str, value: FactValue, evidence: str = "", path: str = "") -> None:
        self.found[f"repo.{name}"] = Measured(
            value=value,
            measured_at=self.at,
            evidence=evidence or path,
            url=self.link(path) if path else "",
        )

    def unmeasured(self, name: str, why: str) -> None:
        self.found[f"repo.{name}"] = Unmeasured(error=why, measured_at=self.at)

    def put_path(self, name: str, path: str, missing: str) -> None:
        self.put(name, bool(path), "" if path else missing, path)

    def put_deep(self, name: str, path: str, missing: str) -> None:
        """Like `put_path`, for what may lie anywhere: not having seen it is no proof."""
        if path or self.files.is_complete:
            self.put_path(name, path, missing)
        else:
            self.unmeasured(name, f"{missing} in the upper folders; deeper ones are not listed")

    def put_told(self, name: str, path: str, missing: str, unread: str) -> None:
        """Like `put_path`, for what texts tell: an unread one may have told it."""
        if path or not unread:
            self.put_path(name, path, missing)
        else:
            self.unmeasured(name, f"{missing} found, and {unread} was not read")

    def first(
        self, patterns: tuple[str, ...], folders: tuple[str, ...] = ("",), *, inside: bool = False
    ) -> str:
        """The first path directly in one of the folders; `inside`: of the service's own folder."""
        if inside and self.files.folder:
            folders = tuple(f"{self.files.prefix}{folder}".lower() for folder in folders)
        return names.first_in(self.files.sizes, patterns, folders)

    def anywhere(self, patterns: tuple[str, ...], *, inside: bool = False) -> str:
        """The first fitting path, the least deep one first; `inside` as for `first`."""
        paths = self.inside() if inside else self.files.sizes
        fitting = [path for path in paths if names.match_name(path, patterns)]
        return min(fitting, key=lambda path: (path.count("/"), path), default="")

    def inside(self) -> list[str]:
        """The paths in the service's folder."""
        prefix = self.files.prefix
        return [path for path in self.files.sizes if path.startswith(prefix) and path != prefix]

    def text(self, path: str) -> str:
        return self.files.texts.get(path, "")

    def is_unread(self, path: str) -> bool:
        return self.files.sizes[path] > 0 and path not in self.files.texts

    # -- subjects -----------------------------------------------------------------------------

    def documents(self) -> None:
        folders = names.COMMUNITY_FOLDERS
        readme = self.first(names.READMES, folders, inside=True)
        self.put_path("has_readme", readme, "no README")
        self.put("readme_bytes", self.files.sizes.get(readme, 0), "", readme)
        license_file = self.first(names.LICENSES)
        self.put_path("has_license", license_file, "no licence file")
        if license_file and license_file in self.files.texts:
            self.put("license", licenses.spdx_id(self.text(license_file)), "", license_file)
        owners = self.first(names.CODEOWNERS, (".github/", "", "docs/"))
        self.put_path("has_codeowners", owners, "no CODEOWNERS file")
        if not owners:
            self.put("codeowners_errors", 0, "no CODEOWNERS file")
        elif owners in self.files.texts:
            problems = codeowners.errors(self.text(owners))
            self.put("codeowners_errors", len(problems), "; ".join(problems[:3]), owners)
        policy = self.first(names.SECURITY_POLICIES, folders)
        self.put_path("has_security_policy", policy, "no SECURITY.md")
        contributing = self.first(names.CONTRIBUTING, folders)
        self.put_path("has_contributing", contributing, "no CONTRIBUTING file")
        changes = self.first(names.CHANGELOGS, ("", "docs/"), inside=True)
        self.put_path("has_changelog", changes, "no change log")
        template = self.first(names.PULL_REQUEST_TEMPLATES, folders) or self.first(
            ("pull_request_template/",), folders
        )
        self.put_path("has_pull_request_template", template, "no pull request template")
        self.put_path("has_catalog_info", self.first(names.CATALOG_FILES), "no catalog-info.yaml")

    def ci(self) -> None:
        flows = [
            path
            for path in sorted(self.files.sizes)
            if path.startswith(_WORKFLOWS) and path.endswith((".yml", ".yaml"))
        ]
        listed = [path.removeprefix(_WORKFLOWS) for path in flows]
        other = next(
            (path for path in self.files.sizes if names.match_path(path, names.CI_FILES)), ""
        )
        self.put_path("has_ci", flows[0] if flows else other, "no workflow, no pipeline file")
        self.put("ci_workflows", listed[:MOST_NAMED], ", ".join(listed[:5]) or "none")
        self._actions(flows)

    def _actions(self, flows: list[str]) -> None:
        """What workflows and own actions use; one that was not read leaves all of it unknown."""
        total, unpinned = 0, set[str]()
        for path in self.files.sizes:
            if not _is_workflow_or_action(path):
                continue
            used = workflows.uses(self.text(path))
            if used is None or self.is_unread(path):
                why = "could not be read as YAML" if used is None else "was not read"
                for name in ("actions_total", "actions_unpinned", "unpinned_actions"):
                    self.unmeasured(name, f"{path} {why}")
                return
            total += len(used)
            unpinned |= {use.reference for use in used if not use.is_pinned}
        named = sorted(unpinned)
        noun = "workflow" if len(flows) == 1 else "workflows"
        self.put("actions_total", total, f"{len(flows)} {noun}")
        words = ", ".join(named[:3]) or f"all of {total} pinned"
        self.put("actions_unpinned", len(named), words)
        self.put("unpinned_actions", named[:MOST_NAMED], words)

    def dependencies(self) -> None:
        tool, path = next(
            (
                (tool, found)
                for tool, paths in names.DEPENDENCY_UPDATES.items()
                if (found := next((p for p in self.files.sizes if p.lower() in paths), ""))
            ),
            ("", ""),
        )
        if not tool and '"renovate"' in self.text("package.json"):
            tool, path = "renovate", "package.json"
        if not tool:
            tool, path = self._update_workflow()
        self.put_path("has_dependency_updates", path, "no Dependabot, Renovate or the like")
        self.put("dependency_update_tool", tool or "none", "", path)
        packages = sorted(self._deep(names.MANIFESTS))
        self.put("manifests", packages[:MOST_NAMED], ", ".join(packages[:3]) or "none found")
        locks = self._deep(names.LOCK_FILES) | {
            path
            for path, text in self.files.texts.items()
            if _is_requirement(path, self.files.prefix) and "--hash=sha256:" in text
        }
        locks = locks or self._locks_above()
        self.put("lock_files", sorted(locks)[:MOST_NAMED], ", ".join(sorted(locks)[:3]) or "none")
        dockerfile = self.anywhere(names.DOCKERFILES, inside=True)
        self.put_deep("has_dockerfile", dockerfile, "no Dockerfile")

    def _update_workflow(self) -> tuple[str, str]:
        for path, text in self.files.texts.items():
            if path.startswith(_WORKFLOWS) and "renovatebot/github-action" in text:
                return "renovate", path
        return "", ""

    def _deep(self, patterns: tuple[str, ...]) -> set[str]:
        return {
            path
            for path in self.inside()
            if not path.endswith("/") and names.match_name(path, patterns)
        }

    def _locks_above(self) -> set[str]:
        """Those of the nearest folder above the service's that has some: workspaces lock there."""
        above = self.files.folder
        while above:
            above = above.rpartition("/")[0]
            if found := self.first(names.LOCK_FILES, (f"{above}/".lower() if above else "",)):
                return {found}
        return set()

    def quality(self) -> None:
        tests = self.anywhere(names.TEST_FOLDERS, inside=True) or self.anywhere(
            names.TEST_NAMES, inside=True
        )
        self.put_deep("has_tests", tests, "no test files")
        hooks = self.first(names.PRE_COMMIT_FILES)
        self.put_path("has_pre_commit", hooks, "no pre-commit configuration")
        linter = self.anywhere(_without(names.LINTER_FILES, names.EDITORCONFIG))
        if not linter and self.anywhere(("*.csproj", "*.fsproj")):
            linter = self.first((names.EDITORCONFIG,))
        linter = linter or self._with_section(names.LINTER_SECTIONS)
        unread = next((p for p in self.files.sizes if _may_configure(p) and self.is_unread(p)), "")
        self.put_told("has_linter_config", linter, "no linter configuration", unread)
        types = (
            self.anywhere(names.TYPE_FILES)
            or self._with_section(names.TYPE_SECTIONS)
            or self.anywhere(names.TYPED_MANIFESTS)
        )
        self.put_told("has_type_checking", types, "no type checker, no typed language", unread)
        scan = next(
            (path for path in self.files.sizes if path.lower() in names.SECRET_SCAN_FILES), ""
        ) or self._speaking_of(names.SECRET_SCAN_WORDS)
        unread = next((p for p in self.files.sizes if _may_scan(p) and self.is_unread(p)), "")
        self.put_told("has_secret_scan", scan, "no secret scanner in hooks or workflows", unread)
        self._coverage()

    def _coverage(self) -> None:
        for path in sorted(self.files.texts):
            if not names.match_name(path, names.COVERAGE_REPORTS):
                continue
            percent = coverage.of_report(path, self.text(path))
            if percent is not None:
                self.put("coverage", percent, f"{percent:g} % of lines in {path}", path)
                return
        self.unmeasured("coverage", "no coverage is reported")

    def _with_section(self, sections: Mapping[str, tuple[str, ...]]) -> str:
        for path, text in self.files.texts.items():
            signs = sections.get(path.lower(), ())
            if signs and any(sign in text.lower() for sign in signs):
                return path
        return ""

    def _speaking_of(self, words: tuple[str, ...]) -> str:
        for path, text in self.files.texts.items():
            if _may_scan(path) and any(word in text.lower() for word in words):
                return path
        return ""

    def code(self) -> None:
        counted = self.files.languages
        if counted is None:
            counted = languages(self.files.sizes.items())
        ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        self.put("languages", {name: float(size) for name, size in ordered[:30]}, "bytes of files")
        if ordered:
            self.put("primary_language", ordered[0][0], "by size of files")
        else:
            self.unmeasured("primary_language", "no file in a programming language was found")

    def stack(self) -> None:
        files = self.files
        self.found |= stack.readings(
            files.sizes, files.texts, folder=files.folder, at=self.at, address=self.link("")
        )


def languages(sizes: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Bytes by language, by the extension of each file."""
    found: dict[str, int] = {}
    for path, size in sizes:
        name = path.rpartition("/")[2].lower()
        if name in {"dockerfile", "makefile"}:
            language = name.capitalize()
        else:
            language = names.LANGUAGES.get(name.rpartition(".")[2] if "." in name else "", "")
        if language and size:
            found[language] = found.get(language, 0) + size
    return found


def _may_configure(path: str) -> bool:
    """Whether the file's text may configure a linter or a type checker."""
    return path.lower() in names.LINTER_SECTIONS or path.lower() in names.TYPE_SECTIONS


def _may_scan(path: str) -> bool:
    """Whether the file's text may run a secret scanner."""
    return _is_workflow_or_action(path) or path in names.READ_HOOKS


def _without(patterns: tuple[str, ...], left_out: str) -> tuple[str, ...]:
    return tuple(pattern for pattern in patterns if pattern != left_out)
