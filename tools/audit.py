"""Known vulnerabilities in the pinned dependencies, and honestly how many were looked up.

A finding fails. pip-audit calls a run clean even where the advisory service knew none of the
packages or was away, so what it skipped is counted here and said: "not checked: n of m". Beside
the real packages goes one old version that is known to be vulnerable: a service that finds
nothing in it (a mirror without advisories) has checked nothing. With `AUDIT_REQUIRED=1`
anything left unchecked fails too.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FILES = (Path("requirements/run.txt"), Path("requirements/dev.txt"))
CANARY = ("django", "2.0.0")  # CVE-2018-6188 and many more


@dataclass
class Outcome:
    """What an audit found: vulnerable packages with their advisories, and what was left out."""

    total: int
    checked: int = 0
    findings: list[str] = field(default_factory=list)
    reason: str = ""

    @property
    def unchecked(self) -> int:
        return self.total - self.checked

    def exit_code(self, *, required: bool) -> int:
        return 1 if self.findings or (required and self.unchecked) else 0

    def sentences(self) -> list[str]:
        lines = list(self.findings)
        if self.unchecked:
            because = f" ({self.reason})" if self.reason else ""
            lines.append(f"not checked: {self.unchecked} of {self.total} packages{because}")
        if self.checked:
            found = f"{len(self.findings)} known vulnerabilities"
            lines.append(f"checked: {self.checked} of {self.total} packages, {found}")
        return lines


def pins(files: Sequence[Path]) -> dict[str, str]:
    """Every pinned package with its version, without hashes and platforms."""
    found: dict[str, str] = {}
    for file in files:
        pattern = r"^([A-Za-z0-9._-]+)==([^\s;\\]+)"
        found |= dict(re.findall(pattern, file.read_text(), flags=re.MULTILINE))
    return found


def judge(packages: Mapping[str, str], answer: object, problem: str = "") -> Outcome:
    """What pip-audit's JSON says about `packages`; `answer` is None where it gave none."""
    outcome = Outcome(total=len(packages), reason=problem)
    if not isinstance(answer, dict):
        outcome.reason = problem or "the advisory service did not answer"
        return outcome
    canary_found = False
    for item in answer.get("dependencies", []):
        vulnerabilities = item.get("vulns")
        if vulnerabilities is None:
            outcome.reason = "the advisory service does not know them"
        elif (item["name"], item["version"]) == CANARY:
            canary_found = bool(vulnerabilities)
        else:
            outcome.checked += 1
            outcome.findings += [_finding(item, one) for one in vulnerabilities]
    if not canary_found and not outcome.findings and outcome.checked:
        outcome.checked = 0
        outcome.reason = "the service found nothing in a version known to be vulnerable"
    return outcome


def _finding(item: Mapping[str, str], vulnerability: Mapping[str, object]) -> str:
    fixed = vulnerability.get("fix_versions")
    until = f"fixed in {', '.join(fixed)}" if isinstance(fixed, list) and fixed else "not fixed yet"
    return f"{item['name']} {item['version']}: {vulnerability['id']}, {until}"


def ask(packages: Mapping[str, str]) -> tuple[object, str]:
    """pip-audit's answer and, where there is none, why."""
    program = str(Path(sys.executable).with_name("pip-audit"))
    options = ["--disable-pip", "--no-deps", "--format=json", "--progress-spinner=off"]
    with tempfile.TemporaryDirectory() as folder:
        answer: object = {"dependencies": []}
        # The canary goes in a file of its own: one file may not name a package twice.
        for name, content in (("real", packages), ("canary", dict([CANARY]))):
            file = Path(folder) / f"{name}.txt"
            file.write_text("".join(f"{one}=={pin}\n" for one, pin in content.items()))
            command = [program, *options, "--timeout=10", "--requirement", str(file)]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=300, check=False
                )
                answer["dependencies"] += json.loads(done.stdout)["dependencies"]  # type: ignore[index]
            except subprocess.TimeoutExpired:
                return None, "the advisory service did not answer in 300 s"
            except (json.JSONDecodeError, KeyError):
                lines = done.stderr.strip().splitlines()
                return None, lines[-1][:200] if lines else "pip-audit gave no answer"
    return answer, ""


def main() -> int:
    packages = pins(FILES)
    outcome = judge(packages, *ask(packages))
    for sentence in outcome.sentences():
        print(sentence)
    return outcome.exit_code(required=os.environ.get("AUDIT_REQUIRED") == "1")


if __name__ == "__main__":
    sys.exit(main())
