"""Each kind of file by itself: what it asks for, and which versions it sets."""

import textwrap

import pytest

from scorecards.sources import stack


def told(path: str, text: str, **others: str) -> list[str]:
    """What a file tells, with the files beside it."""
    files = {path: textwrap.dedent(text)}
    files |= {name: textwrap.dedent(other) for name, other in others.items()}
    found = stack.read(files)
    assert found.notes == []
    return [one.written() for parts in found.components.values() for one in parts]


def beside(path: str, text: str, other: str, other_text: str) -> list[str]:
    return told(path, text, **{other: other_text})


PYPROJECT = """
    [project]
    dependencies = ["Django>=5.2,<5.3", "httpx[http2]==0.28.1", "a @ https://x/a.whl"]
    [project.optional-dependencies]
    dev = ["pytest~=8.0 ; python_version > '3.9'"]
    [dependency-groups]
    lint = ["ruff", {include-group = "x"}]
    [tool.poetry.dependencies]
    python = "^3.11"
    Flask_Login = "^0.6"
    [tool.poetry.group.x.dependencies]
    rich = {version = "13.1", optional = true}
    """


def test_pyproject_with_its_groups_and_poetry():
    assert told("pyproject.toml", PYPROJECT) == [
        "pypi/a",
        "pypi/django@<5.3,>=5.2",
        "pypi/flask-login@^0.6",
        "pypi/httpx@0.28.1",
        "pypi/pytest@~=8.0",
        "pypi/rich@13.1",
        "pypi/ruff",
    ]


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock"])
def test_python_lock_files_answer(name):
    lock = """
        [[package]]
        name = "django"
        version = "5.2.4"
        [[package]]
        name = "ruff"
        version = "0.12.1"
        [[package]]
        name = "sqlparse"
        version = "0.5.3"
        """
    found = beside("pyproject.toml", PYPROJECT, name, lock)

    assert {"pypi/django@5.2.4", "pypi/ruff@0.12.1"} <= set(found)
    assert not any("sqlparse" in one for one in found)


def test_uv_lock_alone_tells_what_is_direct():
    lock = """
        [[package]]
        name = "shop"
        version = "0.1"
        source = { editable = "." }
        dependencies = [{ name = "django" }]
        [package.dev-dependencies]
        dev = [{ name = "ruff" }]
        [[package]]
        name = "django"
        version = "5.2.4"
        [[package]]
        name = "ruff"
        version = "0.12.1"
        [[package]]
        name = "sqlparse"
        version = "0.5.3"
        """
    assert told("uv.lock", lock) == ["pypi/django@5.2.4", "pypi/ruff@0.12.1"]


def test_requirements_without_options_includes_and_addresses():
    text = """
        # a comment
        -r base.txt
        --no-binary :all:
        Django==5.2.4  # pinned
        uvicorn[standard]>=0.30
        ./local
        git+https://example.com/a.git
        requests
        """
    assert told("requirements.txt", text) == [
        "pypi/django@5.2.4",
        "pypi/requests",
        "pypi/uvicorn@>=0.30",
    ]


def test_requirements_with_hashes_lock_what_the_manifest_asks_for():
    lock = "django==5.2.4 \\\n    --hash=sha256:00\nsqlparse==0.5 \\\n    --hash=sha256:00\n"

    found = beside("pyproject.toml", PYPROJECT, "requirements/run.txt", lock)

    assert "pypi/django@5.2.4" in found
    assert "pypi/sqlparse@0.5" not in found
    assert told("requirements.txt", lock) == ["pypi/django@5.2.4", "pypi/sqlparse@0.5"]


def test_setup_py_is_read_and_never_run():
    text = """
        import os, setuptools
        REQUIRES = ["a>=1", "b"]
        os.abort()
        setuptools.setup(install_requires=REQUIRES, extras_require={"x": ["c==2"], "y": more()})
        """
    assert told("setup.py", text) == ["pypi/a@>=1", "pypi/b", "pypi/c@2"]


def test_setup_cfg_and_pipfile():
    cfg = """
        [options]
        install_requires =
            a>=1
            b
        [options.extras_require]
        x = c==2
        """
    pipfile = """
        [packages]
        flask = "*"
        django = {version = "~=5.0"}
        """
    lock = '{"default": {"flask": {"version": "==3.1.0"}}, "develop": {}}'

    assert told("setup.cfg", cfg) == ["pypi/a@>=1", "pypi/b", "pypi/c@2"]
    assert beside("Pipfile", pipfile, "Pipfile.lock", lock) == [
        "pypi/django@~=5.0",
        "pypi/flask@3.1.0",
    ]


PACKAGE = """{"dependencies": {"react": "^18.2.0", "old": "npm:preact@^10", "mine": "workspace:*",
    "git": "github:a/b"}, "devDependencies": {"@types/node": "^20"},
    "packageManager": "pnpm@9.1.0+sha512.00"}"""


def test_package_json_with_aliases_workspaces_and_addresses():
    assert told("package.json", PACKAGE) == [
        "npm/@types/node@^20",
        "npm/git",
        "npm/mine",
        "npm/pnpm@9.1.0",
        "npm/preact@^10",
        "npm/react@^18.2.0",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package-lock.json", '{"dependencies": {"react": {"version": "18.3.1"}}}'),
        ("package-lock.json", '{"packages": {"node_modules/react": {"version": "18.3.1"}}}'),
        ("yarn.lock", '# yarn lockfile v1\n\nreact@^18.0.0, react@^18.2.0:\n  version "18.3.1"\n'),
        (
            "yarn.lock",
            '__metadata:\n  version: 8\n\n"react@npm:^18.0.0, react@npm:^18.2.0":\n'
            "  version: 18.3.1\n",
        ),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      react:\n"
            "        specifier: ^18.2.0\n        version: 18.3.1(x@1)\npackages:\n  a: [\n",
        ),
        ("pnpm-lock.yaml", "dependencies:\n  react: 18.3.1_x@1\nspecifiers:\n  react: ^18.2.0\n"),
        (
            "bun.lock",
            '{"workspaces": {"": {"dependencies": {"react": "^18.2.0",},},}, // a comment\n'
            '"packages": {"react": ["react@18.3.1", "", {}, "sha"],}}',
        ),
    ],
)
def test_javascript_lock_files_answer(name, text):
    assert "npm/react@18.3.1" in beside("package.json", PACKAGE, name, text)
    assert told(name, text) == ["npm/react@18.3.1"]


def test_yarn_lock_with_two_versions_answers_by_range():
    lock = 'a@^1:\n  version "1.5.0"\n\na@^2:\n  version "2.5.0"\n'

    assert beside("package.json", '{"dependencies": {"a": "^1"}}', "yarn.lock", lock) == [
        "npm/a@1.5.0"
    ]


POM = """
    <project xmlns="http://maven.apache.org/POM/4.0.0">
      <parent><groupId>org.springframework.boot</groupId>
        <artifactId>spring-boot-starter-parent</artifactId><version>3.5.3</version></parent>
      <groupId>com.acme</groupId><version>1.0</version>
      <properties><kafka.version>4.0.0</kafka.version><k>${kafka.version}</k></properties>
      <dependencyManagement><dependencies><dependency><groupId>com.h2database</groupId>
        <artifactId>h2</artifactId><version>2.3.232</version></dependency></dependencies>
      </dependencyManagement>
      <dependencies>
        <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-clients</artifactId>
          <version>${k}</version></dependency>
        <dependency><groupId>com.h2database</groupId><artifactId>h2</artifactId></dependency>
        <dependency><groupId>${project.groupId}</groupId><artifactId>own</artifactId>
          <version>${unknown}</version></dependency>
      </dependencies>
      <build><plugins><plugin><artifactId>maven-compiler-plugin</artifactId></plugin></plugins>
      </build>
    </project>
    """


def test_pom_with_properties_and_managed_versions():
    assert told("pom.xml", POM.strip()) == [
        "maven/com.acme/own",
        "maven/com.h2database/h2@2.3.232",
        "maven/org.apache.kafka/kafka-clients@4.0.0",
        "maven/org.apache.maven.plugins/maven-compiler-plugin",
        "maven/org.springframework.boot/spring-boot-starter-parent@3.5.3",
    ]


def test_parent_pom_manages_versions_of_modules():
    module = """<project><dependencies><dependency><groupId>com.h2database</groupId>
        <artifactId>h2</artifactId></dependency></dependencies></project>"""

    found = beside("web/pom.xml", module, "pom.xml", POM.strip())

    assert "maven/com.h2database/h2@2.3.232" in found
    assert "maven/com.h2database/h2" not in found


def test_xml_that_declares_entities_is_refused():
    text = '<!DOCTYPE a [<!ENTITY b "c">]><project>&b;</project>'

    assert stack.read({"pom.xml": text}).notes == [
        "pom.xml declares a document type, which is not read"
    ]


def test_gradle_in_both_languages():
    groovy = """
        plugins { id 'java'; id 'org.springframework.boot' version '3.5.3' }
        def kafkaVersion = '4.0.0'
        dependencies {
          implementation "org.apache.kafka:kafka-clients:${kafkaVersion}"
          testImplementation group: 'junit', name: 'junit', version: '4.13.2'
          implementation platform('com.acme:bom:1.0')
          // implementation 'com.acme:gone:1.0'
          implementation project(':core')
        }
        """
    kotlin = """
        plugins { kotlin("jvm") version "2.2.0" }
        dependencies { implementation("io.ktor:ktor-server-core:3.2.0") }
        """
    assert told("build.gradle", groovy) == [
        "maven/com.acme/bom@1.0",
        "maven/junit/junit@4.13.2",
        "maven/org.apache.kafka/kafka-clients@4.0.0",
        "maven/org.springframework.boot/org.springframework.boot.gradle.plugin@3.5.3",
    ]
    assert told("build.gradle.kts", kotlin) == [
        "maven/io.ktor/ktor-server-core@3.2.0",
        "maven/org.jetbrains.kotlin/kotlin-jvm@2.2.0",
    ]


def test_version_catalog():
    text = """
        [versions]
        ktor = "3.2.0"
        rich = { strictly = "[1,2)", prefer = "1.5" }
        [libraries]
        core = { module = "io.ktor:ktor-server-core", version.ref = "ktor" }
        other = { group = "com.acme", name = "a", version = "1.0" }
        short = "com.acme:b:2.0"
        ranged = { module = "com.acme:c", version.ref = "rich" }
        [plugins]
        boot = { id = "org.springframework.boot", version = "3.5.3" }
        """
    assert told("gradle/libs.versions.toml", text) == [
        "maven/com.acme/a@1.0",
        "maven/com.acme/b@2.0",
        "maven/com.acme/c@[1,2)",
        "maven/io.ktor/ktor-server-core@3.2.0",
        "maven/org.springframework.boot/org.springframework.boot.gradle.plugin@3.5.3",
    ]


def test_go_mod_without_what_is_indirect():
    text = """
        module example.com/shop
        go 1.24.2
        require github.com/a/b v1.2.3
        require (
            github.com/jackc/pgx/v5 v5.7.5
            golang.org/x/net v0.41.0 // indirect
            github.com/c/d v2.0.0+incompatible // why
        )
        replace github.com/a/b => ../b
        exclude (
            github.com/x/y v1.0.0
        )
        """
    assert told("go.mod", text) == [
        "golang/github.com/a/b@v1.2.3",
        "golang/github.com/c/d@v2.0.0+incompatible",
        "golang/github.com/jackc/pgx/v5@v5.7.5",
        "golang/stdlib@1.24.2",
    ]


def test_dotnet_project_with_central_versions():
    project = """<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup>
        <TargetFramework>net8.0</TargetFramework></PropertyGroup><ItemGroup>
        <PackageReference Include="Npgsql" /><PackageReference Include="Own" Version="[1.2.3]" />
        </ItemGroup></Project>"""
    central = """<Project><PropertyGroup><V>9.0.3</V></PropertyGroup><ItemGroup>
        <PackageVersion Include="Npgsql" Version="$(V)" /></ItemGroup></Project>"""

    found = beside("src/Shop.csproj", project, "Directory.Packages.props", central)

    assert found == [
        "nuget/Microsoft.NET.Sdk.Web",
        "nuget/Microsoft.NETCore.App@8.0",
        "nuget/Npgsql@9.0.3",
        "nuget/Own@1.2.3",
    ]


def test_dotnet_lock_old_config_and_old_frameworks():
    project = """<Project><PropertyGroup><TargetFrameworks>net48;netstandard2.0;net9.0-windows
        </TargetFrameworks></PropertyGroup><ItemGroup>
        <PackageReference Include="A"><Version>1.*</Version></PackageReference></ItemGroup>
        </Project>"""
    lock = """{"version": 1, "dependencies": {"net9.0": {
        "A": {"type": "Direct", "resolved": "1.4.0"},
        "B": {"type": "Transitive", "resolved": "2.0.0"}}}}"""
    config = '<packages><package id="jQuery" version="3.4.1" /></packages>'

    assert beside("a.fsproj", project, "packages.lock.json", lock) == [
        "nuget/A@1.4.0",
        "nuget/Microsoft.NETCore.App@9.0",
        "nuget/Microsoft.NETFramework@4.8",
    ]
    assert told("packages.lock.json", lock) == ["nuget/A@1.4.0"]
    assert told("packages.config", config) == ["nuget/jQuery@3.4.1"]


def test_gemfile_and_its_lock():
    gemfile = """
        source "https://gems.example.com"
        gem "rails", "~> 7.1", ">= 7.1.2"
        gem 'pg'
        group :test do
          gem("rspec", require: false)
        end
        """
    lock = """
        GEM
          remote: https://gems.example.com
          specs:
            pg (1.5.9)
            rails (7.1.5)
              rack (>= 2)
            rack (3.1.0)

        DEPENDENCIES
          pg
          rails (~> 7.1)

        BUNDLED WITH
           2.5.0
        """
    assert beside("Gemfile", gemfile, "Gemfile.lock", lock) == [
        "gem/pg@1.5.9",
        "gem/rails@7.1.5",
        "gem/rspec",
    ]
    assert told("Gemfile.lock", lock) == ["gem/pg@1.5.9", "gem/rails@7.1.5"]


def test_composer_and_its_lock():
    manifest = """{"require": {"php": ">=8.2", "ext-json": "*", "Symfony/Console": "^7.0"},
        "require-dev": {"phpunit/phpunit": "^11"}}"""
    lock = '{"packages": [{"name": "symfony/console", "version": "v7.3.1"}], "packages-dev": []}'

    assert beside("composer.json", manifest, "composer.lock", lock) == [
        "composer/php@>=8.2",
        "composer/phpunit/phpunit@^11",
        "composer/symfony/console@7.3.1",
    ]


def test_cargo_and_its_lock():
    manifest = """
        [workspace.dependencies]
        serde = "1"
        [dependencies]
        serde = { workspace = true }
        tokio = { version = "1.0", features = ["full"] }
        own = { path = "../own" }
        renamed = { package = "real", version = "2" }
        [target.'cfg(unix)'.dependencies]
        nix = "0.30"
        """
    lock = """
        [[package]]
        name = "shop"
        version = "0.1.0"
        dependencies = ["serde", "tokio 1.46.0"]
        [[package]]
        name = "serde"
        version = "1.0.219"
        source = "registry+x"
        [[package]]
        name = "tokio"
        version = "1.46.0"
        source = "registry+x"
        [[package]]
        name = "tokio"
        version = "1.47.0"
        source = "registry+x"
        [[package]]
        name = "bytes"
        version = "1.10.0"
        source = "registry+x"
        """
    assert beside("Cargo.toml", manifest, "Cargo.lock", lock) == [
        "cargo/nix@0.30",
        "cargo/real@2",
        "cargo/serde@1.0.219",
        "cargo/tokio@1.46.0",
    ]
    assert told("Cargo.lock", lock) == ["cargo/serde@1.0.219", "cargo/tokio@1.46.0"]


def test_dockerfile_with_arguments_stages_and_platforms():
    text = """
        ARG NODE=22
        ARG BASE=registry.acme.dev:5000/base/node:${NODE}
        FROM --platform=$BUILDPLATFORM node:${NODE}-alpine AS build
        RUN echo
        FROM build AS test
        FROM ${BASE}
        FROM ${UNKNOWN}
        FROM docker.io/library/nginx:1.29@sha256:abc
        FROM \\
            alpine
        FROM scratch
        COPY --from=build /a /b
        COPY --chown=1:1 --from=ghcr.io/astral-sh/uv:0.7 /uv /uv
        COPY --from=0 /a /b
        """
    assert told("Dockerfile", text) == [
        "alpine",
        "ghcr.io/astral-sh/uv:0.7",
        "nginx:1.29@sha256:abc",
        "node:22-alpine",
        "registry.acme.dev:5000/base/node:22",
    ]


def test_compose_manifests_and_values():
    compose = """
        services:
          db: {image: "postgres:${PG:-16}"}
          web: {build: ., image: own/web}
          odd: {image: "${UNSET:?must be set}"}
        """
    manifest = """
        apiVersion: apps/v1
        kind: Deployment
        spec: {template: {spec: {initContainers: [{image: busybox}], containers: [{image: a/b:1}]}}}
        ---
        just: {image: text}
        """
    kustomization = """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        images: [{name: a/b, newName: c/d, newTag: "2"}]
        """
    values = """
        image: {registry: quay.io, repository: keycloak/keycloak, tag: 26.2}
        metrics: {image: "prom/x:1"}
        """
    assert told("compose.yaml", compose) == ["postgres:16"]
    assert told("k8s/web.yaml", manifest) == ["a/b:1", "busybox"]
    assert told("k8s/kustomization.yaml", kustomization) == ["c/d:2"]
    assert told("chart/values.yaml", values) == ["prom/x:1", "quay.io/keycloak/keycloak:26.2"]


def test_terraform_with_its_lock():
    text = """
        terraform {
          required_version = ">= 1.9"
          required_providers {
            aws = { source = "hashicorp/aws", version = "~> 5.0" } # comment }
            helm = "~> 2.0"
            dd = {
              source = "DataDog/datadog"
            }
          }
        }
        resource "x" "y" { version = "9" }
        """
    lock = """
        provider "registry.terraform.io/hashicorp/aws" {
          version     = "5.100.0"
          constraints = "~> 5.0"
        }
        """
    assert beside("versions.tf", text, ".terraform.lock.hcl", lock) == [
        "datadog/datadog",
        "hashicorp/aws@5.100.0",
        "hashicorp/helm@~> 2.0",
        "terraform@>= 1.9",
    ]


def test_chart_with_its_dependencies():
    text = """
        apiVersion: v2
        name: shop
        version: 1.2.0
        dependencies:
          - {name: redis, version: "^20", repository: "https://charts.example.com"}
        """
    lock = "dependencies:\n  - {name: redis, version: 20.1.0}\n"

    assert beside("Chart.yaml", text, "Chart.lock", lock) == ["redis@20.1.0", "shop@1.2.0"]


def test_bills_of_materials_count_by_their_scope():
    pom = """
        <project><dependencyManagement><dependencies>
          <dependency><groupId>org.springframework.boot</groupId>
            <artifactId>spring-boot-dependencies</artifactId><version>3.5.3</version>
            <type>pom</type><scope>import</scope></dependency>
          <dependency><groupId>a</groupId><artifactId>bombay</artifactId><version>1</version>
          </dependency>
        </dependencies></dependencyManagement></project>
        """
    assert told("pom.xml", pom) == ["maven/org.springframework.boot/spring-boot-dependencies@3.5.3"]


def test_go_modules_are_what_they_are_replaced_by():
    go_mod = """
        module example.org/a
        require (
            example.org/old v1.0.0
            example.org/pinned v1.0.0
            example.org/local v1.0.0
        )
        replace example.org/old => example.org/fork v1.5.0
        replace (
            example.org/pinned v1.0.0 => example.org/pinned v1.0.3
            example.org/local => ../local
        )
        """
    assert told("go.mod", go_mod) == [
        "golang/example.org/fork@v1.5.0",
        "golang/example.org/local@v1.0.0",
        "golang/example.org/pinned@v1.0.3",
    ]


def test_images_lose_only_what_a_build_alone_knows():
    dockerfile = """
        ARG NODE_VERSION
        ARG REGISTRY
        FROM node:${NODE_VERSION} AS build
        FROM ${REGISTRY}/team/python:3.13
        FROM $REGISTRY/alpine:3.$MINOR
        FROM ${BASE_IMAGE}
        RUN --mount=type=bind,from=redis:8,target=/r --mount=from=build,target=/b true
        """
    assert told("Dockerfile", dockerfile) == ["alpine", "node", "redis:8", "team/python:3.13"]


def test_compose_files_may_leave_a_tag_to_the_environment():
    compose = """
        services:
          a: {image: "${REGISTRY:?missing}/postgres:${TAG:?missing}"}
        """
    assert told("compose.yaml", compose) == ["postgres"]
