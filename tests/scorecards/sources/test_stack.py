"""What a repository is built with: which files are chosen, and what they tell together."""

from datetime import UTC, datetime

import pytest

from scorecards.sources import stack
from scorecards.sources.base import Measured
from scorecards.sources.stack_files import KINDS, kind_of

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PACKAGE_JSON = '{"dependencies": {"react": "^18.0.0", "lodash": "4"}}'
PACKAGE_LOCK = """{"lockfileVersion": 3, "packages": {
    "": {"dependencies": {"react": "^18.0.0"}},
    "node_modules/react": {"version": "18.2.0"},
    "node_modules/lodash": {"version": "4.17.21"},
    "node_modules/lodash/node_modules/react": {"version": "1.0.0"},
    "node_modules/deep": {"version": "9.9.9"}}}"""


def packages(files: dict[str, str], folder: str = "") -> list[str]:
    found = stack.read(files, folder).components.get("packages", [])
    return [component.written() for component in found]


def facts(files: dict[str, str], **options: str) -> dict[str, Measured]:
    sizes = {path: len(text) for path, text in files.items()}
    texts = {path: text for path, text in files.items() if text != "?"}
    found = stack.readings(sizes, texts, at=NOW, **options)
    return {name: reading for name, reading in found.items() if isinstance(reading, Measured)}


def test_manifest_asks_and_lock_file_answers():
    files = {"package.json": PACKAGE_JSON, "package-lock.json": PACKAGE_LOCK}

    assert packages(files) == ["npm/lodash@4.17.21", "npm/react@18.2.0"]


def test_range_stays_where_no_lock_file_tells():
    assert packages({"package.json": PACKAGE_JSON}) == ["npm/lodash@4", "npm/react@^18.0.0"]


def test_lock_file_alone_counts_with_what_is_direct():
    assert packages({"package-lock.json": PACKAGE_LOCK}) == ["npm/react@18.2.0"]


def test_lock_file_above_answers_for_a_workspace():
    files = {"apps/web/package.json": PACKAGE_JSON, "package-lock.json": PACKAGE_LOCK}

    assert packages(files) == ["npm/lodash@4.17.21", "npm/react@18.2.0"]


def test_lock_file_beside_goes_before_one_above():
    near = PACKAGE_LOCK.replace("18.2.0", "18.3.1")
    files = {
        "web/package.json": PACKAGE_JSON,
        "web/package-lock.json": near,
        "package-lock.json": PACKAGE_LOCK,
    }

    assert "npm/react@18.3.1" in packages(files)


def test_service_in_a_folder_has_only_what_lies_there():
    files = {
        "package.json": '{"dependencies": {"turbo": "2"}}',
        "package-lock.json": PACKAGE_LOCK,
        "examples/web/package.json": PACKAGE_JSON,
        "examples/api/package.json": '{"dependencies": {"express": "4"}}',
    }

    assert packages(files, "examples/web") == ["npm/lodash@4.17.21", "npm/react@18.2.0"]
    assert packages(files) == ["npm/turbo@2"]


def test_the_same_in_two_files_is_told_once_and_versions_win():
    files = {
        "a/package.json": '{"dependencies": {"react": "*", "vue": "3"}}',
        "b/package.json": '{"dependencies": {"react": "18", "vue": "3"}}',
    }

    assert packages(files) == ["npm/vue@3", "npm/react@18"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.patterns[0])
@pytest.mark.parametrize(
    "text", ["", "{", "[[", "<a", "\x00", "]" * 50, "[" * 5_000, '{"a":' * 3_000, "- " * 3_000]
)
def test_malformed_file_is_a_note_at_most(kind, text):
    path = kind.patterns[0].replace("*/", "").replace("*", "x")

    found = stack.read({path: text})

    assert found.components == {} or all(found.components.values())
    assert len(found.notes) <= 1


@pytest.mark.parametrize(
    "text",
    [
        '{"dependencies": [], "packages": 3, "devDependencies": {"a": null}}',
        '{"packages": {"node_modules/a": 3}, "dependencies": {"a": []}}',
        "dependencies: 3\nservices: [1]\nkind: [x]\napiVersion: 1\nimages: {a: b}\n",
        '[project]\ndependencies = "a"\n[tool]\npoetry = 3\n[workspace]\ndependencies = 1\n',
        "<project><dependencies><dependency/></dependencies><parent/></project>",
    ],
)
def test_file_of_another_shape_is_survived_by_every_reader(text):
    for kind in KINDS:
        path = kind.patterns[0].replace("*/", "").replace("*", "x")
        assert len(stack.read({path: text}).notes) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "a" * 60_000,
        "\n" * 60_000,
        " " * 60_000,
        "/*" * 30_000,
        '"\\' * 30_000,
        'provider "a" {\n' * 4_000,
        "required_providers {" * 3_000,
        "implementation ( (" * 3_000,
        "a.a." * 15_000,
        "--a" * 20_000,
        "${a" * 20_000,
        "gem " * 15_000,
        "1" * 60_000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_no_text_keeps_a_reader_busy(text):
    started = datetime.now(UTC)
    for kind in KINDS:
        path = kind.patterns[0].replace("*/", "").replace("*", "x")
        stack.read({path: text})

    assert (datetime.now(UTC) - started).total_seconds() < 8


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/a/package.json",
        "tests/fixtures/package.json",
        "docs/requirements.txt",
        ".github/scripts/requirements.txt",
        "a/b/c/d/package.json",
        "chart/templates/deployment.yaml",
        "notes.txt",
        "package.json/",
    ],
)
def test_what_is_not_the_services_is_passed_over(path):
    assert kind_of(path) is None


def test_manifests_go_before_lock_files_and_few_bytes_before_many():
    sizes = {f"p{n:02}/package.json": 1_000 for n in range(30)}
    sizes |= {"yarn.lock": 500 * 1024, "Dockerfile": 100, "p01/yarn.lock": 300 * 1024}

    chosen = stack.wanted(sizes)

    assert "yarn.lock" not in chosen
    assert {"Dockerfile", "p01/yarn.lock", "p29/package.json"} <= set(chosen)
    assert sum(sizes[path] for path in chosen) <= stack.MOST_BYTES


def test_no_more_files_are_read_than_a_repository_may_have():
    sizes = {f"p{number:03}/go.mod": 10 for number in range(300)}

    assert len(stack.wanted(sizes)) == stack.MOST_FILES
    parts = [f"p{number:03}" for number in range(280, 300)]
    chosen = stack.wanted(sizes, folders=parts)
    assert {f"{part}/go.mod" for part in parts} <= set(chosen)


def test_what_was_not_read_is_named():
    found = facts({"package.json": PACKAGE_JSON, "yarn.lock": "?", "go.mod": "no module"})

    evidence = found["stack.packages"].evidence
    assert evidence == "package.json; not read: yarn.lock; go.mod names no module"


def test_facts_of_all_kinds():
    found = facts(
        {
            "go.mod": "module a\nrequire example.com/b v1.2.3\n",
            "Dockerfile": "FROM postgres:16@sha256:ab AS x\nFROM scratch\n",
            "main.tf": 'terraform {\n required_providers {\n aws = { version = "~> 5.0" }\n }\n}\n',
            "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        },
        address="https://x/blob/HEAD/",
    )

    values = {name.removeprefix("stack."): reading.value for name, reading in found.items()}
    assert values == {
        "packages": ["golang/example.com/b@v1.2.3"],
        "images": ["postgres:16@sha256:ab"],
        "terraform_providers": ["hashicorp/aws@~> 5.0"],
        "helm_charts": ["shop@1.0.0"],
        "files": {"Chart.yaml": 1, "Dockerfile": 1, "go.mod": 1, "main.tf": 1},
    }
    assert found["stack.files"].url == "https://x/blob/HEAD/"


def test_empty_repository_has_empty_lists():
    found = facts({})

    assert found["stack.packages"].value == []
    assert found["stack.packages"].evidence == "none found"


def test_manifest_that_asks_for_nothing_leaves_the_lock_file_its_say():
    files = {
        "pyproject.toml": "[tool.ruff]\nline-length = 100\n",
        "requirements.txt": "django==5.2.4 \\\n    --hash=sha256:aa\n",
    }

    assert packages(files) == ["pypi/django@5.2.4"]


def test_compiled_requirements_answer_for_what_they_were_compiled_from():
    compiled = "# This file is autogenerated by pip-compile\ndjango==5.2.4\nasgiref==3.9.1\n"

    assert packages({"requirements.in": "django\n", "requirements.txt": compiled}) == [
        "pypi/django@5.2.4"
    ]


def test_constraints_pin_and_ask_for_nothing():
    files = {
        "dev-requirements.txt": "-c requirements/constraints.txt\ncelery[redis]>=5\n",
        "requirements/constraints.txt": "celery==5.5.3\nboto3==1.39.0\nkombu<6\n",
    }

    assert packages(files) == ["pypi/celery@5.5.3"]


def test_workspaces_get_what_they_ask_for_each():
    files = {
        "package.json": '{"dependencies": {"react": "^18.0.0"}}',
        "old/package.json": '{"dependencies": {"react": "^17.0.0", "vue": "^3.0.0"}}',
        "package-lock.json": """{"packages": {
            "": {"dependencies": {"react": "^18.0.0"}},
            "old": {"dependencies": {"react": "^17.0.0", "vue": "^3.0.0"}},
            "node_modules/old": {"resolved": "old", "link": true},
            "node_modules/vue": {"version": "3.5.1"},
            "node_modules/react": {"version": "18.2.0"},
            "old/node_modules/react": {"version": "17.0.2"}}}""",
    }

    assert packages(files, "old") == ["npm/react@17.0.2", "npm/vue@3.5.1"]
    assert "npm/react@18.2.0" in packages(files)


PNPM_WORKSPACE = """
catalog:
  react: ^18.2.0
catalogs:
  old:
    react: ^17.0.2
"""


@pytest.mark.parametrize(
    ("catalog", "version"),
    [("catalog:", "^18.2.0"), ("catalog:default", "^18.2.0"), ("catalog:old", "^17.0.2")],
)
def test_catalogues_of_pnpm_say_versions(catalog, version):
    manifest = f'{{"dependencies": {{"react": "{catalog}"}}}}'
    files = {"apps/a/package.json": manifest, "pnpm-workspace.yaml": PNPM_WORKSPACE}

    assert packages(files, "apps/a") == [f"npm/react@{version}"]


def test_catalogues_of_bun_say_versions():
    files = {
        "package.json": '{"workspaces": {"packages": ["a"], "catalog": {"react": "^19.0.0"}}}',
        "a/package.json": '{"dependencies": {"react": "catalog:"}}',
    }

    assert packages(files) == ["npm/react@^19.0.0"]


def test_lock_file_of_pnpm_knows_what_each_catalogue_got():
    lock = """
importers:
  apps/a:
    dependencies:
      react: {specifier: 'catalog:', version: 18.3.1}
  apps/b:
    dependencies:
      react: {specifier: 'catalog:old', version: 17.0.2}
"""
    files = {
        "apps/b/package.json": '{"dependencies": {"react": "catalog:old"}}',
        "pnpm-workspace.yaml": PNPM_WORKSPACE,
        "pnpm-lock.yaml": lock,
    }

    assert packages(files, "apps/b") == ["npm/react@17.0.2"]


CATALOG = """
[versions]
boot = "3.5.3"
[libraries]
spring-web = { module = "org.springframework.boot:spring-boot-starter-web", version.ref = "boot" }
kafka_clients = "org.apache.kafka:kafka-clients:4.0.0"
unused = "a.b:unused:1.0"
[plugins]
kotlin-jvm = { id = "org.jetbrains.kotlin.jvm", version = "2.2.0" }
[bundles]
messaging = ["kafka_clients"]
"""


def test_service_in_a_folder_gets_what_it_takes_out_of_gradles_catalogue():
    build = """
        plugins { alias(libs.plugins.kotlin.jvm) }
        dependencies {
            implementation(libs.spring.web)
            implementation(libs.bundles.messaging)
            implementation("io.micrometer:micrometer-core")
            compileOnly(libs.versions.boot.get())
        }
    """
    files = {
        "gradle/libs.versions.toml": CATALOG,
        "services/a/build.gradle.kts": build,
        "services/a/gradle.lockfile": "# made\nio.micrometer:micrometer-core:1.15.1=a\nempty=\n",
    }

    assert packages(files, "services/a") == [
        "maven/io.micrometer/micrometer-core@1.15.1",
        "maven/org.apache.kafka/kafka-clients@4.0.0",
        "maven/org.jetbrains.kotlin.jvm/org.jetbrains.kotlin.jvm.gradle.plugin@2.2.0",
        "maven/org.springframework.boot/spring-boot-starter-web@3.5.3",
    ]


def test_module_of_maven_gets_its_parents_properties():
    parent = """<project><artifactId>parent</artifactId><groupId>acme</groupId>
        <properties><guava.version>33.4.8</guava.version></properties></project>"""
    module = """<project><dependencies><dependency><groupId>com.google.guava</groupId>
        <artifactId>guava</artifactId><version>${guava.version}</version></dependency>
        </dependencies></project>"""

    assert packages({"pom.xml": parent, "web/pom.xml": module}, "web") == [
        "maven/com.google.guava/guava@33.4.8"
    ]


def test_names_of_dotnet_are_alike_in_any_case():
    files = {
        "Directory.Packages.props": '<Project><ItemGroup><PackageVersion Include="Serilog" '
        'Version="4.3.0" /></ItemGroup></Project>',
        "App.csproj": '<Project><ItemGroup><PackageReference Include="serilog" /></ItemGroup>'
        "</Project>",
    }

    assert packages(files) == ["nuget/serilog@4.3.0"]


def test_lines_may_end_as_on_windows():
    lock = "GEM\n  specs:\n    rails (8.0.2)\n    rake (13.3.0)\n\nDEPENDENCIES\n  rails\n\nX\n"

    assert packages({"Gemfile.lock": lock.replace("\n", "\r\n")}) == ["gem/rails@8.0.2"]


def test_what_is_too_much_is_said():
    many = "\n".join(f"package-{number}==1" for number in range(stack.MOST_COMPONENTS + 7))

    told = facts({"requirements.txt": many})["stack.packages"]

    assert len(told.value) == stack.MOST_COMPONENTS
    assert "7 of 1007 packages are left out" in told.evidence


def test_problems_beyond_the_first_are_counted():
    broken = {f"{folder}/package.json": "{" for folder in "abcde"}

    assert "and 2 more problems" in facts(broken)["stack.packages"].evidence
