"""The audit: findings fail, and what was not looked up is never called clean."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import audit

PACKAGES = {"django": "5.2.0", "celery": "5.5.0", "redis": "5.0"}
CANARY = {"name": "django", "version": "2.0.0", "vulns": [{"id": "CVE-1", "fix_versions": []}]}


def clean(name: str) -> dict[str, Any]:
    return {"name": name, "version": PACKAGES[name], "vulns": []}


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": "Dependency not found and could not be audited"}


def judged(*items: dict[str, Any]) -> audit.Outcome:
    return audit.judge(PACKAGES, {"dependencies": [*items, CANARY]})


def test_all_looked_up_and_nothing_found() -> None:
    outcome = judged(*map(clean, PACKAGES))
    assert outcome.sentences() == ["checked: 3 of 3 packages, 0 known vulnerabilities"]
    assert outcome.exit_code(required=True) == 0


def test_finding_fails_and_says_where_it_is_fixed() -> None:
    found = clean("celery") | {"vulns": [{"id": "CVE-2", "fix_versions": ["5.5.1"]}]}
    outcome = judged(clean("django"), found, clean("redis"))
    assert outcome.sentences()[0] == "celery 5.5.0: CVE-2, fixed in 5.5.1"
    assert outcome.exit_code(required=False) == 1


def test_finding_without_a_fix() -> None:
    found = clean("celery") | {"vulns": [{"id": "CVE-2", "fix_versions": []}]}
    assert judged(found).findings == ["celery 5.5.0: CVE-2, not fixed yet"]


def test_skipped_packages_are_counted_and_fail_only_where_the_audit_is_required() -> None:
    outcome = judged(clean("django"), skipped("celery"), skipped("redis"))
    assert outcome.sentences() == [
        "not checked: 2 of 3 packages (the advisory service does not know them)",
        "checked: 1 of 3 packages, 0 known vulnerabilities",
    ]
    assert outcome.exit_code(required=False) == 0
    assert outcome.exit_code(required=True) == 1


def test_packages_missing_from_the_answer_count_as_not_checked() -> None:
    assert judged(clean("django")).unchecked == 2


def test_service_that_finds_nothing_in_a_vulnerable_version_has_checked_nothing() -> None:
    blind = CANARY | {"vulns": []}
    outcome = audit.judge(PACKAGES, {"dependencies": [*map(clean, PACKAGES), blind]})
    assert outcome.sentences() == [
        "not checked: 3 of 3 packages "
        "(the service found nothing in a version known to be vulnerable)"
    ]
    assert outcome.exit_code(required=True) == 1


@pytest.mark.parametrize("answer", [None, [], "no"])
def test_no_answer_checks_nothing(answer: object) -> None:
    outcome = audit.judge(PACKAGES, answer, "connection refused")
    assert outcome.sentences() == ["not checked: 3 of 3 packages (connection refused)"]
    assert "clean" not in str(outcome.sentences())


def test_pins_are_read_without_hashes_and_platforms(tmp_path: Path) -> None:
    file = tmp_path / "run.txt"
    file.write_text(
        "# made by make lock\n"
        "django==5.2.1 \\\n    --hash=sha256:aa\n    # via -r x==1\n"
        "async-timeout==5.0.1 ; python_full_version < '3.11.3' \\\n    --hash=sha256:bb\n"
    )
    assert audit.pins([file]) == {"django": "5.2.1", "async-timeout": "5.0.1"}


def test_ask_reports_the_last_line_of_a_service_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "Traceback\nServiceError: timed out\n")

    monkeypatch.setattr(audit.subprocess, "run", away)
    assert audit.ask(PACKAGES) == (None, "ServiceError: timed out")


def test_ask_sends_the_canary_apart_from_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        asked.append(Path(command[-1]).read_text())
        return subprocess.CompletedProcess(command, 0, json.dumps({"dependencies": []}), "")

    monkeypatch.setattr(audit.subprocess, "run", answer)
    audit.ask({"django": "5.2.0"})
    assert asked == ["django==5.2.0\n", "django==2.0.0\n"]
