"""Say in one sentence why this Python can't make the virtual environment.

Runs on whatever `python3` is, so it is written for old ones too.
"""

import sys


def problem(version: "tuple[int, ...]", modules: "list[str]") -> str:
    """The sentence, or an empty string where all is well."""
    found = ".".join(str(part) for part in version[:3])
    if version[:2] < (3, 11):
        return (
            "The portal needs Python 3.11 or newer, and python3 is " + found + ". "
            "Name another one, as in: make run PYTHON=python3.12"
        )
    for module in modules:
        try:
            __import__(module)
        except ImportError:
            return (
                "Python " + found + " has no module " + module + ", which makes virtual "
                "environments. On Debian and Ubuntu: sudo apt-get install python3-venv"
            )
    return ""


if __name__ == "__main__":
    sys.exit(problem(sys.version_info[:3], ["venv", "ensurepip"]) or 0)
