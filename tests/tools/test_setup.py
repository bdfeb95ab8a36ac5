"""What `make` says on a machine it can't set up, and what `make lock` writes."""

import subprocess
import sys
from pathlib import Path

import pytest

from portal.environment import BASE_DIR
from tools import check, lock
from tools.check_python import problem


def test_old_python_is_refused_in_one_sentence() -> None:
    said = problem((3, 9, 18), ["venv"])
    assert said.startswith("The portal needs Python 3.11 or newer, and python3 is 3.9.18.")


def test_python_without_venv_names_the_package() -> None:
    said = problem((3, 12, 1), ["venv", "no_such_module"])
    assert "no module no_such_module" in said
    assert "python3-venv" in said


def test_good_python_has_no_problem() -> None:
    assert problem(sys.version_info[:3], ["venv", "ensurepip"]) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("--index-url " + "https://packages.example/simple\n", 1),
        ("--find-links /wheels\n", 1),
        ("demo @ git+" + "https://example.com/demo\n", 1),
        ("demo==1.0 \\\n    --hash=sha256:aa\n    # via django\n", 0),
    ],
)
def test_places_to_fetch_from_are_found(text: str, found: int) -> None:
    assert (len(lock.addresses(text)) > 0) == (found > 0)


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_requirement_files_name_no_place_and_pin_everything(name: str) -> None:
    text = (BASE_DIR / "requirements" / name).read_text()
    assert lock.addresses(text) == []
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(pins) > 40
    assert all("==" in line and line.endswith("\\") for line in pins)
    assert text.count("--hash=sha256:") >= len(pins)


def test_both_requirement_files_agree() -> None:
    def pins(name: str) -> dict[str, str]:
        lines = (BASE_DIR / "requirements" / name).read_text().splitlines()
        named = (line.split(" ")[0].split("==") for line in lines if "==" in line[:60])
        return {package: version for package, version in named if not package.startswith("#")}

    run, dev = pins("run.txt"), pins("dev.txt")
    assert {package: dev.get(package) for package in run} == run


def test_fewer_than_ninety_packages_run() -> None:
    text = (BASE_DIR / "requirements" / "run.txt").read_text()
    assert len([line for line in text.splitlines() if "==" in line and line[0] != " "]) < 90


def test_check_prints_what_a_failing_check_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert not check.run("tried", [sys.executable, "-c", "print('why'); raise SystemExit(1)"])
    printed = capsys.readouterr().out
    assert "tried       failed" in printed
    assert "    why" in printed


def test_check_is_quiet_when_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.run("tried", [sys.executable, "-c", "print('chatter')"])
    assert "chatter" not in capsys.readouterr().out


def test_audit_is_the_last_check_and_shown_always(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.AUDIT not in check.CHECKS
    check.run("audit", [sys.executable, "-c", "print('not checked: 1 of 2')"], fine="asked")
    assert "not checked: 1 of 2" in capsys.readouterr().out


def test_secret_scan_finds_a_key(tmp_path: Path) -> None:
    leak = tmp_path / "settings.py"
    leak.write_text("AWS_KEY = 'AKIA" + "IOSFODNN7EXAMPLE'\n")
    scan = Path(sys.executable).with_name("detect-secrets-hook")
    done = subprocess.run([scan, leak], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "AWS Access Key" in done.stdout
