"""The driver of `make test`: its totals, its closing line, its exit code."""

from pathlib import Path

import pytest

from tests import suite
from tests.suite import Run, Totals, verdict


def report(folder: Path, **numbers: int) -> Path:
    values = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0} | numbers
    attributes = " ".join(f'{name}="{value}"' for name, value in values.items())
    path = folder / "report.xml"
    path.write_text(f"<testsuites><testsuite {attributes}/></testsuites>")
    return path


def test_totals_count_errors_as_failures(tmp_path: Path) -> None:
    read = Totals.read(report(tmp_path, tests=10, failures=1, errors=2, skipped=1))
    assert read == Totals(passed=6, failed=3, skipped=1)


def test_totals_of_a_run_that_wrote_no_report(tmp_path: Path) -> None:
    assert Totals.read(tmp_path / "missing.xml") == Totals()


@pytest.mark.parametrize(
    ("totals", "codes", "code", "says"),
    [
        (Totals(passed=12), {0}, 0, "12 passed, 0 failed"),
        (Totals(passed=12, failed=1), {0, 1}, 1, "12 passed, 1 failed"),
        (Totals(), {0}, 1, "no test ran"),
        (Totals(passed=12, skipped=1), {0}, 1, "1 tests were skipped"),
        (Totals(passed=12), {3}, 1, "pytest ended with [3]"),
    ],
)
def test_verdict(
    totals: Totals, codes: set[int], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdict(totals, codes) == code
    printed = capsys.readouterr().out.splitlines()
    assert any(says in line for line in printed)
    assert printed[-1] == f"{totals.passed} passed, {totals.failed} failed"


def test_a_selection_that_fits_one_database_only_is_fine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def go(run: Run, arguments: object, path: Path) -> int:
        if run.title == "PostgreSQL":
            return suite.NO_TESTS
        path.write_text('<testsuite tests="3" failures="0" errors="0" skipped="0"/>')
        return 0

    monkeypatch.setattr(Run, "go", go)
    monkeypatch.delenv("COVERAGE", raising=False)
    assert suite.run_all([Run("SQLite", ""), Run("PostgreSQL", "")], []) == 0
    assert capsys.readouterr().out.endswith("3 passed, 0 failed\n")


def test_every_test_belongs_to_a_run() -> None:
    """What one run leaves out, the other takes, unless it is marked for neither."""
    sqlite, postgres = suite._runs("postgresql://portal@127.0.0.1:1/postgres")
    assert sqlite.marks == "not postgres"
    assert "postgres" not in postgres.marks
    assert postgres.database_url == "postgresql://portal@127.0.0.1:1/portal"
