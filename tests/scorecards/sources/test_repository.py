"""What repository files say, by languages and tools."""

import time
from datetime import UTC, datetime

import pytest

from scorecards.sources import coverage, licenses, repository, stack, workflows
from scorecards.sources.base import Measured, Unmeasured
from scorecards.sources.repository_specs import FROM_FILES, specs

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PINNED = "actions/checkout@" + "8f4b7f84864484a7bf31766abe9204da3cbe65b3"


def read(files: dict[str, str], **options: object) -> dict[str, object]:
    """The facts of these files: the value, or "?" and why it is unmeasured."""
    sizes = {path: len(text.encode()) for path, text in files.items()}
    for path in list(sizes):
        parts = path.split("/")
        sizes |= {"/".join(parts[:n]) + "/": 0 for n in range(1, len(parts))}
    folders = [str(options["folder"])] if options.get("folder") else []
    wanted = repository.wanted(sizes, is_alone=True, folders=folders)
    texts = {path: files[path] for path in wanted.paths}
    found = repository.read(
        repository.Files(sizes=sizes, texts=texts, **options),  # type: ignore[arg-type]
        at=NOW,
    )
    return {
        name.removeprefix("repo."): (
            reading.value if isinstance(reading, Measured) else f"? {reading.error}"
        )
        for name, reading in found.items()
    }


def workflow(*uses: str) -> str:
    steps = "".join(f"      - uses: {use}\n" for use in uses)
    return f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n{steps}"


def test_empty_repository_has_nothing() -> None:
    facts = read({})

    truths = {name for name, value in facts.items() if value is True}
    assert truths == set()
    assert facts["readme_bytes"] == 0
    assert facts["coverage"] == "? no coverage is reported"
    assert facts["primary_language"].startswith("?")  # type: ignore[attr-defined]


def test_every_fact_has_a_specification() -> None:
    known = {spec.key for spec in specs()}

    found = read({"LICENSE": "x", "CODEOWNERS": "* @a"})
    assert {name if "." in name else f"repo.{name}" for name in found} <= known
    assert len(known) == len(list(specs()))
    assert {spec.type for spec in specs()} <= {
        "bool",
        "int",
        "float",
        "string",
        "list",
        "map",
        "timestamp",
    }


def test_evidence_names_the_path_and_its_address() -> None:
    files = repository.Files(sizes={"docs/README.md": 9})

    found = repository.read(files, at=NOW, link=lambda path: f"https://x/{path}")

    readme = found["repo.has_readme"]
    assert isinstance(readme, Measured)
    assert (readme.evidence, readme.url) == ("docs/README.md", "https://x/docs/README.md")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"README.rst": "x"}, {"has_readme": True, "readme_bytes": 1}),
        ({"sub/deep/README.md": "x"}, {"has_readme": False}),
        ({".github/CODEOWNERS": "* @acme/web\n"}, {"has_codeowners": True, "codeowners_errors": 0}),
        ({"sub/CODEOWNERS": "* @a\n"}, {"has_codeowners": False}),
        ({"CODEOWNERS": "* web\n!x @a\n# c\n"}, {"codeowners_errors": 2}),
        ({"docs/SECURITY.md": "x"}, {"has_security_policy": True}),
        ({".github/PULL_REQUEST_TEMPLATE.md": "x"}, {"has_pull_request_template": True}),
        ({".github/PULL_REQUEST_TEMPLATE/a.md": "x"}, {"has_pull_request_template": True}),
        ({"CHANGES.rst": "x"}, {"has_changelog": True}),
        ({"catalog-info.yaml": "x"}, {"has_catalog_info": True}),
        ({".github/workflows/a.yml": workflow()}, {"has_ci": True, "ci_workflows": ["a.yml"]}),
        ({".github/workflows/README.md": "x"}, {"has_ci": False, "ci_workflows": []}),
        ({"Jenkinsfile": "x"}, {"has_ci": True, "ci_workflows": []}),
        ({".circleci/config.yml": "x"}, {"has_ci": True}),
        (
            {".github/dependabot.yaml": "x"},
            {"has_dependency_updates": True, "dependency_update_tool": "dependabot"},
        ),
        ({"renovate.json": "{}"}, {"dependency_update_tool": "renovate"}),
        ({"package.json": '{"renovate": {}}'}, {"dependency_update_tool": "renovate"}),
        (
            {".github/workflows/r.yml": workflow("renovatebot/github-action@v40")},
            {"dependency_update_tool": "renovate"},
        ),
        ({"README.md": "x"}, {"has_dependency_updates": False, "dependency_update_tool": "none"}),
        (
            {"pyproject.toml": "[tool.ruff]\n[tool.mypy]\n", "uv.lock": "x"},
            {"has_linter_config": True, "has_type_checking": True, "lock_files": ["uv.lock"]},
        ),
        (
            {"package.json": '{"devDependencies": {"eslint": "9"}}', "tsconfig.json": "{}"},
            {"has_linter_config": True, "has_type_checking": True},
        ),
        ({"package.json": "{}"}, {"has_linter_config": False, "has_type_checking": False}),
        (
            {"go.mod": "x", "go.sum": "x", "a_test.go": "x", ".golangci.yml": "x"},
            {
                "manifests": ["go.mod"],
                "lock_files": ["go.sum"],
                "has_tests": True,
                "has_type_checking": True,
                "has_linter_config": True,
            },
        ),
        (
            {"pom.xml": "<plugin>checkstyle</plugin>", "src/test/java/AppTest.java": "x"},
            {"has_linter_config": True, "has_tests": True, "has_type_checking": True},
        ),
        (
            {"Web/Web.csproj": "x", "Web/packages.lock.json": "x", ".editorconfig": "x"},
            {
                "manifests": ["Web/Web.csproj"],
                "lock_files": ["Web/packages.lock.json"],
                "has_linter_config": True,
            },
        ),
        ({".editorconfig": "x", "a.py": "x"}, {"has_linter_config": False}),
        ({"Cargo.toml": "[lints.rust]\n", "Cargo.lock": "x"}, {"has_linter_config": True}),
        (
            {"Gemfile": "x", "Gemfile.lock": "x", ".rubocop.yml": "x", "spec/a_spec.rb": "x"},
            {"has_linter_config": True, "has_tests": True, "manifests": ["Gemfile"]},
        ),
        (
            {"composer.json": "x", "composer.lock": "x", "phpstan.neon": "x"},
            {"has_type_checking": True, "lock_files": ["composer.lock"]},
        ),
        (
            {"requirements/run.txt": "a==1 --hash=sha256:ab", "requirements.txt": "a"},
            {"lock_files": ["requirements/run.txt"], "manifests": ["requirements.txt"]},
        ),
        ({"deploy/Dockerfile.web": "x"}, {"has_dockerfile": True}),
        ({".pre-commit-config.yaml": "- repo: gitleaks"}, {"has_secret_scan": True}),
        ({".husky/pre-commit": "x"}, {"has_pre_commit": True, "has_secret_scan": False}),
        (
            {".github/workflows/s.yml": workflow("trufflesecurity/trufflehog@v3")},
            {"has_secret_scan": True},
        ),
        (
            {"a.py": "xxxx", "b.ts": "xx", "c.json": "x" * 99, "Dockerfile": "x"},
            {
                "languages": {"Python": 4.0, "TypeScript": 2.0, "Dockerfile": 1.0},
                "primary_language": "Python",
            },
        ),
    ],
)
def test_files_say(files: dict[str, str], expected: dict[str, object]) -> None:
    facts = read(files)

    assert {name: facts[name] for name in expected} == expected


def test_unpinned_actions_are_counted_once_each() -> None:
    facts = read(
        {
            ".github/workflows/a.yml": workflow("actions/checkout@v4", PINNED, "./local"),
            ".github/workflows/b.yml": workflow("actions/checkout@v4", "docker://alpine:3"),
            ".github/actions/own/action.yml": "runs:\n  steps:\n    - uses: a/b@main\n",
        }
    )

    assert facts["actions_total"] == 5
    assert facts["actions_unpinned"] == 3
    assert facts["unpinned_actions"] == ["a/b@main", "actions/checkout@v4", "docker://alpine:3"]


def test_workflow_that_is_no_yaml_leaves_its_facts_unknown() -> None:
    facts = read(
        {".github/workflows/a.yml": "jobs: [", ".github/workflows/b.yml": workflow(PINNED)}
    )

    assert facts["actions_unpinned"] == "? .github/workflows/a.yml could not be read as YAML"
    assert facts["has_ci"] is True


@pytest.mark.parametrize(
    ("reference", "is_pinned"),
    [
        (PINNED, True),
        ("actions/checkout@v4", False),
        ("actions/checkout@8f4b7f8", False),
        ("owner/repo/.github/workflows/x.yml@" + "a" * 40, True),
        ("docker://alpine@sha256:" + "a" * 64, True),
        ("docker://alpine:3.20", False),
    ],
)
def test_pinned_is_a_commit_or_a_digest(reference: str, is_pinned: bool) -> None:
    assert workflows.Use(reference).is_pinned is is_pinned


def test_uses_are_found_in_jobs_and_steps_and_not_in_scripts() -> None:
    text = (
        "jobs:\n"
        "  call: {uses: acme/flows/.github/workflows/x.yml@v1}\n"
        "  test:\n"
        "    steps:\n"
        "      - {uses: 'a/b@v2'} # c\n"
        "      - run: |\n"
        "          uses: not/this@v1\n"
    )

    found = workflows.uses(text)

    assert found is not None
    assert [use.reference for use in found] == ["acme/flows/.github/workflows/x.yml@v1", "a/b@v2"]


@pytest.mark.parametrize(
    "text", ["", "just words", "- a\n- b\n", "jobs: 3\n", "jobs: {a: {steps: 1}}"]
)
def test_uses_of_an_odd_workflow_are_none(text: str) -> None:
    assert workflows.uses(text) == []


def test_uses_of_an_alias_bomb_are_unreadable() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]

    assert workflows.uses("\n".join(lines)) is None


def test_workflow_that_was_not_read_leaves_its_facts_unknown() -> None:
    huge = "#" * (repository.LARGEST + 1)

    facts = read({".github/workflows/huge.yml": huge, ".github/workflows/a.yml": workflow(PINNED)})

    assert facts["actions_unpinned"] == "? .github/workflows/huge.yml was not read"
    assert "huge.yml was not read" in str(facts["has_secret_scan"])
    assert facts["ci_workflows"] == ["a.yml", "huge.yml"]


def test_workflows_beyond_the_cap_leave_their_facts_unknown() -> None:
    files = {f".github/workflows/w{number:03}.yml": workflow(PINNED) for number in range(90)}

    assert str(read(files)["actions_unpinned"]).endswith("w080.yml was not read")


def test_shallow_listing_leaves_what_may_lie_deeper_unknown() -> None:
    facts = read({"README.md": "x"}, is_complete=False)

    assert facts["has_tests"].startswith("? no test files in the upper folders")  # type: ignore[attr-defined]
    assert facts["has_dockerfile"].startswith("? no Dockerfile")  # type: ignore[attr-defined]
    assert facts["has_ci"] is False


def test_wanted_leaves_large_files_out_and_names_them() -> None:
    sizes = {
        ".github/workflows/huge.yml": repository.LARGEST + 1,
        ".github/workflows/a.yml": 10,
        "data.csv": 10**9,
        "pyproject.toml": 20,
        "sub/pyproject.toml": 20,
        "uv.lock": repository.LARGEST + 1,
    }

    wanted = repository.wanted(sizes, is_alone=False)

    assert wanted.paths == (".github/workflows/a.yml", "pyproject.toml", "sub/pyproject.toml")
    assert wanted.too_large == (".github/workflows/huge.yml", "uv.lock")


def test_wanted_reads_licence_and_owners_only_where_no_api_knows_them() -> None:
    sizes = {"LICENSE": 10, "docs/CODEOWNERS": 10}

    assert repository.wanted(sizes, is_alone=False).paths == ()
    assert set(repository.wanted(sizes, is_alone=True).paths) == set(sizes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apache License\n Version 2.0, January 2004", "Apache-2.0"),
        (
            "Copyright (c) 2020 X\n\nPermission is hereby granted, free of charge, to any person "
            "obtaining a copy of this software",
            "MIT",
        ),
        (
            "Permission to use, copy, modify, and/or distribute this software for any purpose with "
            "or without fee",
            "ISC",
        ),
        ("Redistribution and use in source and binary forms, with or without", "BSD-2-Clause"),
        (
            "Redistribution and use in source and binary forms ... may be used to endorse or "
            "promote products",
            "BSD-3-Clause",
        ),
        ("GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007 ... Lesser", "GPL-3.0"),
        ("GNU GENERAL PUBLIC LICENSE\nVersion 2, June 1991", "GPL-2.0"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007", "LGPL-3.0"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1, February 1999", "LGPL-2.1"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007", "AGPL-3.0"),
        ("Mozilla Public License Version 2.0", "MPL-2.0"),
        ("This is free and unencumbered software released into the public domain.", "Unlicense"),
        ("SPDX-License-Identifier: EUPL-1.2\n", "EUPL-1.2"),
        ("All rights reserved. Ask before you copy.", "NOASSERTION"),
        ("", "NOASSERTION"),
    ],
)
def test_license_is_told_by_its_text(text: str, expected: str) -> None:
    assert licenses.spdx_id(text) == expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("coverage.xml", '<coverage version="7" line-rate="0.8512" branch-rate="0">', 85.12),
        (
            "target/site/jacoco/jacoco.xml",
            '<report><package><counter type="LINE" missed="9" covered="1"/></package>'
            '<counter type="BRANCH" missed="1" covered="1"/>'
            '<counter type="LINE" missed="20" covered="80"/></report>',
            80.0,
        ),
        (
            "clover.xml",
            '<coverage><project><metrics statements="50" coveredstatements="40"/>'
            '<file><metrics statements="5" coveredstatements="0"/></file></project></coverage>',
            80.0,
        ),
        ("lcov.info", "SF:a\nLF:10\nLH:9\nend_of_record\nSF:b\nLF:10\nLH:6\n", 75.0),
        ("coverage-summary.json", '{"total": {"lines": {"pct": 91.2}}}', 91.2),
        ("coverage-summary.json", '{"total": {"lines": {"pct": "Unknown"}}}', None),
        ("coverage-summary.json", "[", None),
        ("coverage-summary.json", '{"total": {"lines": {"pct": NaN}}}', None),
        ("coverage-summary.json", '{"total": {"lines": {"pct": 1e400}}}', None),
        ("coverage.xml", '<coverage line-rate="8.5E-1">', 85.0),
        ("coverage.xml", '<coverage line-rate="1.2.3">', None),
        ("coverage.xml", f'<counter type="LINE" covered="{"9" * 5000}" missed="1"/>', None),
        ("lcov.info", f"LF:{'9' * 5000}\nLH:1\n", None),
        ("coverage.xml", "<nothing/>", None),
        ("lcov.info", "", None),
        ("lcov.info", "LF:0\nLH:0", None),
    ],
)
def test_coverage_is_read_from_reports(path: str, text: str, expected: float | None) -> None:
    assert coverage.of_report(path, text) == expected


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("codecov/project", "78.65% (+0.10%) compared to abc1234", 78.65),
        ("codecov/project", "78.6% (target 80.0%)", 78.6),
        ("codecov/patch", "100% of diff hit", None),
        ("coverage/coveralls", "Coverage increased (+0.1%) to 78.6%", 78.6),
        ("coverage/coveralls", "Coverage remained the same at 78.6%", 78.6),
        ("SonarCloud Code Analysis", "81.5% Coverage on New Code", None),
        ("codecov/project", "No report found to compare against", None),
        ("ci/test", "100% of tests passed", None),
        ("codecov/project", "1000% wrong", None),
    ],
)
def test_coverage_is_read_from_statuses(name: str, words: str, expected: float | None) -> None:
    assert coverage.of_status(name, None, words) == expected


@pytest.mark.parametrize(
    "text", ["<coverage ", "<metrics ", '<counter type="LINE" ', ' type="LINE"']
)
def test_coverage_report_of_unclosed_tags_is_read_once_over(text: str) -> None:
    started = time.process_time()
    assert coverage.of_report("coverage.xml", "<counter" + text * (1_000_000 // len(text))) is None
    assert time.process_time() - started < 2


def test_coverage_report_of_a_checkout_is_a_fact() -> None:
    assert read({"coverage.xml": '<coverage line-rate="0.9">'})["coverage"] == 90.0


def test_names_of_facts_from_files_are_complete() -> None:
    facts = read({"LICENSE": "x", "CODEOWNERS": "* @a"})

    of_git = {"default_branch", "last_commit_at", "last_release_at", "latest_release"}
    assert set(FROM_FILES) == set(facts) - set(stack.FACTS) | of_git


def test_unmeasured_facts_carry_the_moment() -> None:
    found = repository.read(repository.Files(sizes={}), at=NOW)

    assert found["repo.coverage"] == Unmeasured(error="no coverage is reported", measured_at=NOW)


MONO = {
    "README.md": "# All\n",
    "CHANGELOG.md": "",
    "LICENSE": "MIT License",
    "package-lock.json": "{}",
    "tests/test_all.py": "",
    ".github/workflows/ci.yml": workflow("actions/checkout@v4"),
    "ruff.toml": "",
    "services/Cart/docs/readme.md": "# The cart\n",
    "services/Cart/package.json": "{}",
    "services/Cart/Dockerfile": "FROM scratch",
    "services/Cart/deep/er/still/test_it.py": "",
    "services/pay/go.mod": "",
    "services/pay/requirements-dev.txt": "a==1 --hash=sha256:0",
    "services/payroll/README.md": "# Another\n",
}


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (
            "services/Cart",
            {
                "has_readme": True,
                "readme_bytes": 11,
                "has_changelog": False,
                "manifests": ["services/Cart/package.json"],
                "lock_files": ["package-lock.json"],
                "has_dockerfile": True,
                "has_tests": True,
            },
        ),
        (
            "services/pay",
            {
                "has_readme": False,
                "readme_bytes": 0,
                "manifests": ["services/pay/go.mod", "services/pay/requirements-dev.txt"],
                "lock_files": ["services/pay/requirements-dev.txt"],
                "has_dockerfile": False,
                "has_tests": False,
            },
        ),
        ("", {"readme_bytes": 6, "has_changelog": True, "has_tests": True}),
    ],
)
def test_service_in_a_folder_is_told_of_its_folder(
    folder: str, expected: dict[str, object]
) -> None:
    facts = read(MONO, folder=folder)
    assert {name: facts[name] for name in expected} == expected


def test_only_some_facts_are_told_of_a_folder() -> None:
    whole, part = read(MONO), read(MONO, folder="services/pay")
    assert {name for name in whole if whole[name] != part[name]} == set(repository.IN_FOLDER)


def test_folder_that_is_not_there_leaves_its_facts_unknown() -> None:
    facts = read(MONO, folder="services/gone")
    for name in repository.IN_FOLDER:
        assert facts[name] == "? the repository has no folder services/gone"
    assert facts["has_license"] is True


@pytest.mark.parametrize(
    ("path", "folder"),
    [("", ""), (".", ""), ("/a//b/", "a/b"), ("a/../b", "b"), ("../../etc", "etc")],
)
def test_folder_is_taken_from_however_it_is_written(path: str, folder: str) -> None:
    assert repository.folder_in(path) == folder
