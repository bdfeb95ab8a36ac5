"""Pin the dependencies of pyproject.toml, with hashes and for every platform.

`requirements/run.txt` is what the portal runs on; `requirements/dev.txt` holds the same
versions and what tests and checks need. Neither names a registry: pip asks the one it is set
up for. Arguments go to uv, as in `make lock ARGS="--upgrade-package django"`.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

UV = str(Path(sys.executable).with_name("uv"))
OPTIONS = [
    *("pip", "compile", "pyproject.toml", "--universal", "--generate-hashes", "--quiet"),
    *("--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links"),
]
_ADDRESS = re.compile(r"\w+://|^\s*--(?:extra-)?index-url|^\s*--find-links", re.MULTILINE)


def addresses(text: str) -> list[str]:
    """Whatever in a requirement file names a place to fetch from."""
    return _ADDRESS.findall(text)


def pin(target: Path, extra: Sequence[str], arguments: Sequence[str]) -> None:
    environment = os.environ | {"UV_CUSTOM_COMPILE_COMMAND": "make lock"}
    command = [UV, *OPTIONS, *extra, *arguments, "--output-file", str(target)]
    subprocess.run(command, env=environment, check=True)
    found = addresses(target.read_text())
    if found:
        raise SystemExit(f"{target} names a place to fetch from: {found[0]}")


def main(arguments: Sequence[str]) -> int:
    run, dev = Path("requirements/run.txt"), Path("requirements/dev.txt")
    pin(run, [], arguments)
    pin(dev, ["--extra", "dev", "--constraint", str(run)], arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
