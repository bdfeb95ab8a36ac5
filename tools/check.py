"""Every check that needs no running portal, in order; `make check`.

Each prints one line when it is fine and all it has to say when it is not. All of them run, so
that one look shows everything; known vulnerabilities come last.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

PYTHON = sys.executable
BIN = Path(PYTHON).parent

CHECKS: list[tuple[str, list[str]]] = [
    ("lint", [str(BIN / "ruff"), "check", "--quiet", "--output-format=concise"]),
    ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "--output-format=concise"]),
    ("types", [str(BIN / "mypy")]),
    ("imports", [str(BIN / "lint-imports")]),
    ("templates", [PYTHON, "manage.py", "lint_templates"]),
    ("migrations", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("secrets", [PYTHON, "-m", "tools.secret_scan"]),
    ("container", [str(BIN / "hadolint"), "Dockerfile"]),
    ("licences", [PYTHON, "-m", "tools.licences"]),
]
AUDIT = ("audit", [PYTHON, "-m", "tools.audit"])


def run(title: str, command: Sequence[str], *, fine: str = "ok") -> bool:
    """Run one check; answers whether it is fine. Another word than "ok" shows what it printed."""
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    word = "failed" if done.returncode else fine
    print(f"{title:<12}{word:<8}{time.monotonic() - started:5.1f} s", flush=True)
    output = (done.stdout + done.stderr).strip()
    if output and word != "ok":
        print("\n".join(f"    {line}" for line in output.splitlines()), flush=True)
    return done.returncode == 0


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="portal-check-") as data:
        os.environ.pop("DATABASE_URL", None)
        os.environ["PORTAL_DATA"] = data
        fine = [run(title, command) for title, command in CHECKS]
        fine.append(run(*AUDIT, fine="asked"))
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
