"""Ask the web server of this machine whether it lives; the container's health check.

    python -m portal.operations.alive

Imports nothing but the standard library: it runs every ten seconds.
"""

import os
import sys

from portal.operations.processes import answers

if __name__ == "__main__":
    sys.exit(0 if answers(int(os.environ.get("PORT") or "8000")) else 1)
