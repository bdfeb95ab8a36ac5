"""Components of a service, and the matching table they are held against."""

import time

import pytest

from radar.components import Component, components_of, known_facts, split
from radar.matching import MOST_EVIDENCE, Sign, Table


def package(ecosystem: str, name: str, version: str = "") -> Component:
    return Component("package", ecosystem, name, version)


def used(signs: list[Sign], *components: Component) -> set[int]:
    return set(Table(signs).matches(components))


def test_facts_become_components_with_the_files_they_come_from():
    values = {
        "repo.languages": {"Go": 950.0, "Shell": 10.0},
        "repo.ci_workflows": ["ci.yml"],
        "stack.packages": ["npm/@angular/core@^17.0.0", "npm/react", "golang/example.com/a@v1"],
        "stack.images": ["postgres:16@sha256:00", "registry.acme.dev:5000/tools/lint"],
        "stack.terraform_providers": ["hashicorp/aws@~> 5.0"],
        "stack.helm_charts": ["redis@20.1.0"],
        "stack.files": {
            "k8s/db.yaml": 1.0,
            "Dockerfile": 1.0,
            "package.json": 2.0,
            "src/go.mod": 1.0,
            "infra/versions.tf": 1.0,
            "chart/Chart.yaml": 1.0,
        },
    }

    found = components_of(values, ["payments"])

    told = [(c.kind, c.ecosystem, c.name, c.version, c.where) for c in found]
    assert told == [
        ("language", "", "Go", "", ""),
        ("package", "githubactions", "ci.yml", "", ".github/workflows/ci.yml"),
        ("package", "npm", "@angular/core", "^17.0.0", "package.json"),
        ("package", "npm", "react", "", "package.json"),
        ("package", "golang", "example.com/a", "v1", "src/go.mod"),
        ("image", "", "postgres", "16", "Dockerfile"),
        ("image", "", "registry.acme.dev:5000/tools/lint", "", "k8s/db.yaml"),
        ("package", "kubernetes", "manifest", "", "k8s/db.yaml"),
        ("terraform", "", "hashicorp/aws", "~> 5.0", "infra/versions.tf"),
        ("helm", "", "redis", "20.1.0", "chart/Chart.yaml"),
        ("tag", "", "payments", "", ""),
    ]


def test_nothing_known_is_only_tags():
    assert components_of({}, []) == []
    assert known_facts({}) == {"service.tags"}


@pytest.mark.parametrize(
    ("kind", "text", "parts"),
    [
        ("package", "npm/@a/b", ("npm", "@a/b", "")),
        ("package", "npm/@a/b@1", ("npm", "@a/b", "1")),
        ("package", "maven/org.a/b@[1,2)", ("maven", "org.a/b", "[1,2)")),
        ("image", "localhost:5000/a", ("", "localhost:5000/a", "")),
        ("image", "a/b:1.2@sha256:ff", ("", "a/b", "1.2")),
        ("terraform", "hashicorp/aws", ("", "hashicorp/aws", "")),
    ],
)
def test_entries_of_facts_are_read_as_they_are_written(kind, text, parts):
    assert split(kind, text) == parts


def test_name_ecosystem_and_kind_must_fit():
    signs = [Sign(1, "package", "npm", "react")]

    assert used(signs, package("npm", "react", "18.0.0")) == {1}
    assert used(signs, package("npm", "react-dom")) == set()
    assert used(signs, package("pypi", "react")) == set()
    assert used(signs, Component("image", "", "react")) == set()


def test_sign_without_ecosystem_takes_all_of_them():
    signs = [Sign(1, "package", "", "redis")]

    assert used(signs, package("pypi", "redis")) == {1}
    assert used(signs, package("npm", "redis")) == {1}


def test_globs_and_spellings():
    signs = [
        Sign(1, "package", "npm", "@angular/*"),
        Sign(2, "package", "pypi", "Flask_SQLAlchemy"),
        Sign(3, "package", "maven", "org.springframework.boot:spring-boot*"),
        Sign(4, "package", "nuget", "Npgsql*"),
        Sign(5, "language", "", "c#"),
    ]
    components = [
        package("npm", "@angular/core"),
        package("pypi", "flask-sqlalchemy"),
        package("maven", "org.springframework.boot/spring-boot-starter"),
        package("nuget", "npgsql.entityframeworkcore"),
        Component("language", "", "C#"),
    ]

    assert used(signs, *components) == {1, 2, 3, 4, 5}


def test_version_that_is_unknown_fits_only_signs_without_one():
    signs = [Sign(1, "package", "npm", "react"), Sign(2, "package", "npm", "react", ">=18")]

    assert used(signs, package("npm", "react")) == {1}
    assert used(signs, package("npm", "react", "^18.2.0")) == {1, 2}
    assert used(signs, package("npm", "react", "17.0.2")) == {1}


def test_image_is_known_by_its_last_part_in_any_registry():
    signs = [Sign(1, "image", "", "postgres", "<14"), Sign(2, "image", "", "bitnami/redis")]

    assert used(signs, Component("image", "", "registry.acme.dev/mirror/postgres", "13")) == {1}
    assert used(signs, Component("image", "", "postgres", "16")) == set()
    assert used(signs, Component("image", "", "acme/redis")) == set()


def test_evidence_is_limited_and_has_nothing_twice():
    signs = [Sign(1, "package", "npm", "@a/*"), Sign(1, "package", "npm", "@a/b0")]
    many = [package("npm", f"@a/b{number}") for number in range(30)]

    shown = Table(signs).matches(many)[1]

    assert len(shown) == MOST_EVIDENCE
    assert len(set(shown)) == len(shown)


def test_20_000_services_are_matched_within_seconds():
    signs = [Sign(n, "package", "npm", f"name-{n}", ">=2" if n % 2 else "") for n in range(450)]
    signs += [Sign(n, "package", "npm", f"@scope-{n}/*") for n in range(50)]
    table = Table(signs)
    stacks = [
        [
            package("npm", f"name-{(n * 7 + k * 13) % 3000}", f"{k % 5}.1.{n % 9}")
            for k in range(150)
        ]
        for n in range(40)
    ]

    started = time.perf_counter()
    for _ in range(25):  # 1,000 services
        for stack in stacks:
            table.matches(stack)
    assert time.perf_counter() - started < 1.5
