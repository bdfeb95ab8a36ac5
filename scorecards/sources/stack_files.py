"""Which files tell what a repository is built with, what reads each, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass

from scorecards.sources import (
    stack_dotnet,
    stack_images,
    stack_infrastructure,
    stack_javascript,
    stack_jvm,
    stack_others,
    stack_python,
)
from scorecards.sources.manifests import DOCKERFILES, IGNORED_FOLDERS, match_name, match_path
from scorecards.sources.stack_base import Contents

PACKAGES, IMAGES = "packages", "images"
PROVIDERS, CHARTS = "terraform_providers", "helm_charts"

# What lies below these is no part of the service that the repository builds.
NOT_THE_SERVICE = IGNORED_FOLDERS | {
    *("test", "tests", "__tests__", "spec", "specs", "e2e", "testdata", "fixtures"),
    *("example", "examples", "sample", "samples", "demo", "demos", "benchmark", "benchmarks"),
    *("benches", "fuzz"),
    *("doc", "docs", "documentation", "template", "templates"),
}

DEEPEST = 3  # folders above a file
TERRAFORM_FILES = (
    *("*versions.tf", "version.tf", "*providers.tf", "provider.tf", "terraform.tf", "main.tf"),
    *("requirements.tf", "backend.tf", "config.tf", "versions.tofu", "main.tofu"),
)
_KUBERNETES_FOLDERS = (
    "k8s",
    "kubernetes",
    "manifests",
    "deploy",
    "deployment",
    "kustomize",
)
KUBERNETES_FILES = tuple(
    f"{above}{folder}/*.{ending}"
    for above in ("", "*/")
    for folder in _KUBERNETES_FOLDERS
    for ending in ("yaml", "yml")
)


@dataclass(frozen=True)
class Kind:
    """A kind of file. `patterns` are matched against the lower-cased name, or, where they hold a
    slash, against the path. `ecosystem` is the type of package URLs. Of what is more than can be
    read, a lower `rank` is read first."""

    patterns: tuple[str, ...]
    subject: str
    ecosystem: str
    read: Callable[[str], Contents]
    is_lock: bool = False
    rank: int = 1

    def fits(self, path: str) -> bool:
        match = match_path if "/" in self.patterns[0] else match_name
        return match(path, self.patterns)


def _packages(
    ecosystem: str, read: Callable[[str], Contents], *patterns: str, is_lock: bool = False
) -> Kind:
    return Kind(patterns, PACKAGES, ecosystem, read, is_lock, rank=4 if is_lock else 1)


KINDS = (
    _packages("pypi", stack_python.pyproject, "pyproject.toml"),
    _packages(
        "pypi", stack_python.constraints, "constraints*.txt", "*-constraints.txt", is_lock=True
    ),
    _packages(
        "pypi",
        stack_python.requirements,
        *("requirements*.txt", "requirements*.in", "*[-_]requirements.txt", "*[-_]requirements.in"),
    ),
    _packages(
        "pypi",
        stack_python.requirements,
        *("requirements/*.txt", "requirements/*.in"),
        *("*/requirements/*.txt", "*/requirements/*.in"),
    ),
    _packages("pypi", stack_python.setup_cfg, "setup.cfg"),
    _packages("pypi", stack_python.setup_py, "setup.py"),
    _packages("pypi", stack_python.pipfile, "pipfile"),
    _packages("pypi", stack_python.pipfile_lock, "pipfile.lock", is_lock=True),
    _packages("pypi", stack_python.toml_lock, "uv.lock", "poetry.lock", "pdm.lock", is_lock=True),
    _packages("npm", stack_javascript.package_json, "package.json"),
    _packages(
        "npm",
        stack_javascript.package_lock,
        "package-lock.json",
        "npm-shrinkwrap.json",
        is_lock=True,
    ),
    _packages("npm", stack_javascript.yarn_lock, "yarn.lock", is_lock=True),
    _packages("npm", stack_javascript.pnpm_lock, "pnpm-lock.yaml", is_lock=True),
    _packages("npm", stack_javascript.bun_lock, "bun.lock", is_lock=True),
    _packages("npm", stack_javascript.pnpm_workspace, "pnpm-workspace.yaml"),
    _packages("maven", stack_jvm.pom, "pom.xml"),
    _packages("maven", stack_jvm.gradle, "build.gradle", "build.gradle.kts"),
    _packages("maven", stack_jvm.version_catalog, "libs.versions.toml"),
    _packages("maven", stack_jvm.gradle_lock, "gradle.lockfile", is_lock=True),
    _packages("golang", stack_others.go_mod, "go.mod"),
    _packages("nuget", stack_dotnet.project, "*.csproj", "*.fsproj", "*.vbproj"),
    _packages("nuget", stack_dotnet.project, "directory.build.props"),
    _packages("nuget", stack_dotnet.central_versions, "directory.packages.props"),
    _packages("nuget", stack_dotnet.packages_config, "packages.config"),
    _packages("nuget", stack_dotnet.packages_lock, "packages.lock.json", is_lock=True),
    _packages("gem", stack_others.gemfile, "gemfile"),
    _packages("gem", stack_others.gemfile_lock, "gemfile.lock", is_lock=True),
    _packages("composer", stack_others.composer_json, "composer.json"),
    _packages("composer", stack_others.composer_lock, "composer.lock", is_lock=True),
    _packages("cargo", stack_others.cargo_toml, "cargo.toml"),
    _packages("cargo", stack_others.cargo_lock, "cargo.lock", is_lock=True),
    Kind(DOCKERFILES, IMAGES, "docker", stack_images.dockerfile),
    Kind(
        ("compose*.yml", "compose*.yaml", "docker-compose*.yml", "docker-compose*.yaml"),
        IMAGES,
        "docker",
        stack_images.compose,
        rank=2,
    ),
    Kind(("chart.yaml", "requirements.yaml"), CHARTS, "helm", stack_infrastructure.chart, rank=2),
    Kind(
        ("chart.lock", "requirements.lock"),
        CHARTS,
        "helm",
        stack_infrastructure.chart_lock,
        is_lock=True,
        rank=2,
    ),
    Kind(TERRAFORM_FILES, PROVIDERS, "terraform", stack_infrastructure.terraform, rank=2),
    Kind(
        (".terraform.lock.hcl",),
        PROVIDERS,
        "terraform",
        stack_infrastructure.terraform_lock,
        is_lock=True,
        rank=2,
    ),
    Kind(("values.yaml", "values.yml"), IMAGES, "docker", stack_images.helm_values, rank=3),
    Kind(KUBERNETES_FILES, IMAGES, "docker", stack_images.manifests, rank=3),
)
_NAMES = tuple(p for kind in KINDS for p in kind.patterns if "/" not in p)
_PATHS = tuple(p for kind in KINDS for p in kind.patterns if "/" in p)


def kind_of(path: str) -> Kind | None:
    """What a file is to this reading; None for most, and for what lies too deep or elsewhere."""
    *folders, name = path.lower().split("/")
    if len(folders) > DEEPEST or not name or NOT_THE_SERVICE.intersection(folders):
        return None
    if any(folder.startswith(".") for folder in folders):
        return None  # what tools and editors keep
    if not match_name(path, _NAMES) and not match_path(path, _PATHS):
        return None
    return kind_by_name(path)


def kind_by_name(path: str) -> Kind | None:
    """The kind of a file, wherever it lies."""
    return next((kind for kind in KINDS if kind.fits(path)), None)


def is_kubernetes(path: str) -> bool:
    """Whether a file is a Kubernetes manifest by where it lies, as far as it told anything."""
    return match_path(path, KUBERNETES_FILES)
