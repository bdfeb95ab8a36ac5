"""Which files of a repository mean what: names and patterns, by subject.

Paths are relative with forward slashes; a folder ends in a slash. Patterns are matched against
the lower-cased path (`match_path`) or its last part (`match_name`) as in `fnmatch`.
"""

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache

MANIFESTS = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements*.txt",
    "pipfile",
    "environment.yml",
    "package.json",
    "deno.json",
    "bower.json",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "build.sbt",
    "project.clj",
    "go.mod",
    "*.csproj",
    "*.fsproj",
    "*.vbproj",
    "packages.config",
    "gemfile",
    "*.gemspec",
    "composer.json",
    "cargo.toml",
    "mix.exs",
    "rebar.config",
    "pubspec.yaml",
    "package.swift",
    "podfile",
    "cmakelists.txt",
    "conanfile.txt",
    "conanfile.py",
    "vcpkg.json",
    "stack.yaml",
    "*.cabal",
    "project.toml",
)
LOCK_FILES = (
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "pipfile.lock",
    "conda-lock.yml",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
    "gradle.lockfile",
    "go.sum",
    "packages.lock.json",
    "paket.lock",
    "gemfile.lock",
    "composer.lock",
    "cargo.lock",
    "mix.lock",
    "rebar.lock",
    "pubspec.lock",
    "package.resolved",
    "podfile.lock",
    "conan.lock",
    "stack.yaml.lock",
    "cabal.project.freeze",
)
REQUIREMENT_FILES = ("requirements*.txt", "requirements/*.txt")  # with hashes, they lock
DOCKERFILES = ("dockerfile", "dockerfile.*", "*.dockerfile", "containerfile", "containerfile.*")

# Files that GitHub honours in the root, in .github/ and in docs/.
COMMUNITY_FOLDERS = ("", ".github/", "docs/")
READMES = ("readme", "readme.*")
LICENSES = ("license", "license.*", "licence", "licence.*", "copying", "copying.*", "unlicense")
CODEOWNERS = ("codeowners",)
SECURITY_POLICIES = ("security.md", "security.rst", "security.txt", "security.adoc")
CONTRIBUTING = ("contributing", "contributing.*")
CHANGELOGS = (
    "changelog",
    "changelog.*",
    "changes",
    "changes.*",
    "history.*",
    "releases.md",
    "news",
    "news.*",
    "release-notes.*",
)
PULL_REQUEST_TEMPLATES = ("pull_request_template.md", "pull_request_template.txt")
CATALOG_FILES = ("catalog-info.yaml", "catalog-info.yml")

CI_FILES = (
    ".gitlab-ci.yml",
    ".travis.yml",
    "appveyor.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "jenkinsfile",
    "cloudbuild.yaml",
    "buildspec.yml",
    ".drone.yml",
    ".woodpecker.yml",
    ".cirrus.yml",
    ".circleci/config.yml",
    ".buildkite/pipeline.yml",
    ".semaphore/semaphore.yml",
    ".tekton/",
    ".ci/run",
)
PRE_COMMIT_FILES = (
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    "lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yml",
    ".husky/",
    ".overcommit.yml",
    ".githooks/",
)
DEPENDENCY_UPDATES = {
    "dependabot": (".github/dependabot.yml", ".github/dependabot.yaml"),
    "renovate": (
        "renovate.json",
        "renovate.json5",
        ".renovaterc",
        ".renovaterc.json",
        ".renovaterc.json5",
        ".github/renovate.json",
        ".github/renovate.json5",
        ".gitlab/renovate.json",
        ".gitlab/renovate.json5",
    ),
    "pyup": (".pyup.yml",),
    "scala-steward": (".scala-steward.conf", ".github/.scala-steward.conf"),
    "updatecli": ("updatecli.d/", "updatecli/"),
}
SECRET_SCAN_FILES = (
    ".gitleaks.toml",
    "gitleaks.toml",
    ".gitleaksignore",
    ".secrets.baseline",
    ".gitguardian.yaml",
    ".gitguardian.yml",
    ".trufflehog.yml",
    ".ggshield.yaml",
    ".github/secret_scanning.yml",
)
SECRET_SCAN_WORDS = ("gitleaks", "trufflehog", "detect-secrets", "ggshield", "git-secrets")

LINTER_FILES = (
    ".ruff.toml",
    "ruff.toml",
    ".flake8",
    ".pylintrc",
    "pylintrc",
    ".eslintrc",
    ".eslintrc.*",
    "eslint.config.*",
    "biome.json",
    "biome.jsonc",
    ".oxlintrc.json",
    "tslint.json",
    ".jshintrc",
    ".stylelintrc*",
    ".golangci.yml",
    ".golangci.yaml",
    ".golangci.toml",
    "clippy.toml",
    ".clippy.toml",
    ".rubocop.yml",
    ".standard.yml",
    "phpcs.xml",
    "phpcs.xml.dist",
    ".phpcs.xml",
    ".php-cs-fixer.php",
    ".php-cs-fixer.dist.php",
    "pint.json",
    "checkstyle.xml",
    "pmd.xml",
    "detekt.yml",
    ".editorconfig",
    ".clang-tidy",
    ".swiftlint.yml",
    ".credo.exs",
    ".scalafmt.conf",
    ".scalafix.conf",
    "analysis_options.yaml",
    ".hadolint.yaml",
    ".shellcheckrc",
    "stylecop.json",
    "sonar-project.properties",
    "super-linter.env",
    ".mega-linter.yml",
)
# .editorconfig alone lints nothing, except where .NET analyzers read their rules from it.
EDITORCONFIG = ".editorconfig"
LINTER_SECTIONS = {
    "pyproject.toml": ("[tool.ruff", "[tool.flake8", "[tool.pylint"),
    "setup.cfg": ("[flake8]", "[pylint", "[pycodestyle]"),
    "tox.ini": ("[flake8]", "[pycodestyle]", "[pylint"),
    "package.json": ('"eslintconfig"', '"eslint"', '"standard"', '"xo"', '"@biomejs/biome"'),
    "cargo.toml": ("[lints", "[workspace.lints"),
    "build.gradle": ("checkstyle", "spotless", "pmd", "detekt", "ktlint", "errorprone"),
    "build.gradle.kts": ("checkstyle", "spotless", "pmd", "detekt", "ktlint", "errorprone"),
    "pom.xml": ("checkstyle", "spotless", "pmd", "spotbugs", "errorprone"),
}
TYPE_FILES = (
    "mypy.ini",
    ".mypy.ini",
    "pyrightconfig.json",
    "pyrefly.toml",
    "ty.toml",
    ".pyre_configuration",
    "tsconfig.json",
    "tsconfig.*.json",
    ".flowconfig",
    "phpstan.neon",
    "phpstan.neon.dist",
    "phpstan.dist.neon",
    "psalm.xml",
    "psalm.xml.dist",
    "sorbet/",
    "steepfile",
)
TYPE_SECTIONS = {
    "pyproject.toml": (
        "[tool.mypy",
        "[tool.pyright",
        "[tool.pyrefly",
        "[tool.ty",
        "[tool.basedpyright",
    ),
    "setup.cfg": ("[mypy",),
    "tox.ini": ("[mypy",),
}
# Languages whose compiler checks types: their manifest is enough.
TYPED_MANIFESTS = (
    "go.mod",
    "cargo.toml",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "build.sbt",
    "*.csproj",
    "*.fsproj",
    "*.vbproj",
    "package.swift",
    "pubspec.yaml",
    "*.cabal",
    "stack.yaml",
)

TEST_FOLDERS = ("test/", "tests/", "spec/", "specs/", "__tests__/", "e2e/", "cypress/")
TEST_NAMES = (
    "test_*.py",
    "*_test.py",
    "conftest.py",
    "*_test.go",
    "*.test.*",
    "*.spec.*",
    "*test.java",
    "*tests.java",
    "*test.kt",
    "*test.cs",
    "*tests.cs",
    "*_spec.rb",
    "*_test.rb",
    "*test.php",
    "*_test.exs",
    "*_test.dart",
)

COVERAGE_REPORTS = (
    "coverage.xml",
    "cobertura.xml",
    "*cobertura*.xml",
    "clover.xml",
    "jacoco.xml",
    "jacocotestreport.xml",
    "lcov.info",
    "coverage.lcov",
    "coverage-summary.json",
)

# Files in the root whose text decides something; workflows and actions come on top.
READ_HOOKS = (".pre-commit-config.yaml", ".pre-commit-config.yml", "lefthook.yml")
READ_IN_ROOT = (*LINTER_SECTIONS, *READ_HOOKS)

IGNORED_FOLDERS = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        "bower_components",
        "vendor",
        "third_party",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        "__pycache__",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".gradle",
        ".terraform",
        ".next",
        ".cache",
    }
)
"""Folders that hold other people's code or none: a checkout is not walked into them."""

LANGUAGES = {
    "py": "Python",
    "pyi": "Python",
    "ipynb": "Jupyter Notebook",
    "js": "JavaScript",
    "mjs": "JavaScript",
    "cjs": "JavaScript",
    "jsx": "JavaScript",
    "ts": "TypeScript",
    "mts": "TypeScript",
    "cts": "TypeScript",
    "tsx": "TypeScript",
    "vue": "Vue",
    "svelte": "Svelte",
    "java": "Java",
    "kt": "Kotlin",
    "kts": "Kotlin",
    "scala": "Scala",
    "groovy": "Groovy",
    "gradle": "Gradle",
    "clj": "Clojure",
    "go": "Go",
    "rs": "Rust",
    "c": "C",
    "h": "C",
    "cc": "C++",
    "cpp": "C++",
    "cxx": "C++",
    "hpp": "C++",
    "hh": "C++",
    "cs": "C#",
    "fs": "F#",
    "vb": "Visual Basic .NET",
    "rb": "Ruby",
    "php": "PHP",
    "swift": "Swift",
    "m": "Objective-C",
    "dart": "Dart",
    "ex": "Elixir",
    "exs": "Elixir",
    "erl": "Erlang",
    "hs": "Haskell",
    "ml": "OCaml",
    "lua": "Lua",
    "pl": "Perl",
    "pm": "Perl",
    "r": "R",
    "jl": "Julia",
    "sh": "Shell",
    "bash": "Shell",
    "ps1": "PowerShell",
    "tf": "HCL",
    "hcl": "HCL",
    "html": "HTML",
    "css": "CSS",
    "scss": "SCSS",
    "less": "Less",
    "zig": "Zig",
    "nix": "Nix",
    "sol": "Solidity",
    "proto": "Protocol Buffer",
}
"""Programming and markup languages by extension, under GitHub's names. Data does not count."""


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in patterns))


def match_name(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether the last part of the path fits; a folder's last part keeps its slash."""
    head = path.rstrip("/").rpartition("/")[0]
    return _compiled(patterns).match(path[len(head) :].lstrip("/").lower()) is not None


def match_path(path: str, patterns: tuple[str, ...]) -> bool:
    return _compiled(patterns).match(path.lower()) is not None


def first_in(
    paths: Iterable[str], patterns: tuple[str, ...], folders: tuple[str, ...] = ("",)
) -> str:
    """The first path that lies directly in one of the folders and fits; earlier folders win."""
    found: dict[str, str] = {}
    for path in paths:
        folder = path.rstrip("/").rpartition("/")[0]
        folder = f"{folder}/".lower() if folder else ""
        if folder in folders and match_name(path, patterns):
            found.setdefault(folder, path)
    return next((found[folder] for folder in folders if folder in found), "")
