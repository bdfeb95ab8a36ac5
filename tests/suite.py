"""The whole test suite on both databases: `python -m tests.suite [pytest's own arguments]`.

Starts a PostgreSQL of its own, runs pytest once on SQLite (with the servers and the browser)
and once on PostgreSQL, and ends with one line of totals. Fails where a test failed, where one
was skipped, and where none ran. With `COVERAGE=1` it measures how much of the code the tests
reach, writes `coverage.xml` and fails below the share named in pyproject.toml.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests import servers

NO_TESTS = 5  # pytest's exit code where nothing was selected
WORKERS = "2"


@dataclass(frozen=True)
class Totals:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )

    @classmethod
    def read(cls, report: Path) -> "Totals":
        """The totals of a JUnit report; errors in fixtures count as failures."""
        totals = cls()
        if not report.exists():
            return totals
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            numbers = {
                name: int(suite.get(name, "0"))
                for name in ("tests", "failures", "errors", "skipped")
            }
            failed = numbers["failures"] + numbers["errors"]
            skipped = numbers["skipped"]
            totals += cls(numbers["tests"] - failed - skipped, failed, skipped)
        return totals


@dataclass(frozen=True)
class Run:
    """One run of pytest: the database, and the tests that belong on it."""

    title: str
    marks: str
    database_url: str = ""

    def go(self, arguments: Sequence[str], report: Path) -> int:
        print(f"\n== {self.title}", flush=True)
        python = [sys.executable]
        if os.environ.get("COVERAGE"):
            python += ["-m", "coverage", "run", "-p"]
        command = [
            *(*python, "-m", "pytest", "-q", "-m", self.marks, "-n", WORKERS),
            *("--dist", "worksteal", f"--junitxml={report}", *arguments),
        ]
        environment = os.environ | {"TEST_DATABASE_URL": self.database_url}
        return subprocess.run(command, env=environment, check=False).returncode


def run_all(runs: Sequence[Run], arguments: Sequence[str]) -> int:
    """Run pytest for each database, print the totals, answer the exit code."""
    totals, codes, started = Totals(), set(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-tests-reports-") as folder:
        for number, run in enumerate(runs):
            report = Path(folder) / f"{number}.xml"
            codes.add(run.go(arguments, report))
            totals += Totals.read(report)
    if os.environ.get("COVERAGE"):
        codes.add(_report_coverage())
    print(f"\nin {time.monotonic() - started:.0f} s on {' and '.join(run.title for run in runs)}")
    return verdict(totals, codes - {NO_TESTS})


def verdict(totals: Totals, codes: set[int]) -> int:
    """Print the closing line and answer the exit code of the suite."""
    problems = []
    if totals.passed + totals.failed == 0:
        problems.append("no test ran")
    if totals.skipped:
        problems.append(f"{totals.skipped} tests were skipped, which this suite never does")
    if codes - {0} and not totals.failed:
        problems.append(f"pytest ended with {sorted(codes - {0})}")
    for problem in problems:
        print(problem)
    print(f"{totals.passed} passed, {totals.failed} failed")
    return 1 if totals.failed or problems else 0


def _report_coverage() -> int:
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "combine", "-q"], check=False)
    subprocess.run([*coverage, "xml", "-q"], check=False)
    return subprocess.run([*coverage, "report", "--skip-covered"], check=False).returncode


def main(arguments: Sequence[str]) -> int:
    try:
        postgres = servers.start_postgres()
    except servers.MissingProgram as missing:
        if not os.environ.get("TEST_POSTGRES_URL"):
            print(missing, file=sys.stderr)
            return 1
        return run_all(_runs(os.environ["TEST_POSTGRES_URL"]), arguments)
    try:
        return run_all(_runs(postgres.url), arguments)
    finally:
        postgres.stop()


def _runs(postgres_url: str) -> list[Run]:
    """`postgres_url` names a database to connect to; the tests make their own beside it."""
    url = postgres_url.rsplit("/", 1)[0] + "/portal"
    return [
        Run("SQLite", "not postgres"),
        Run("PostgreSQL", "not sqlite and not browser and not server", url),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
