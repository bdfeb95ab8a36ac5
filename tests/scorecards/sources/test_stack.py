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
