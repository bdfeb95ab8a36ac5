"""How gunicorn serves the portal, embedded and in production.

    gunicorn --config python:portal.operations.web portal.wsgi

The application is loaded once and shared by the workers, which costs about a third of the memory
that loading it in each would. `PORTAL_WEB_WORKERS` and `PORTAL_WEB_THREADS` size it for larger
machines; `GUNICORN_CMD_ARGS` overrides anything.
"""

import gc
import os
from typing import Any

bind = f"{os.environ.get('PORTAL_BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("PORTAL_WEB_WORKERS", "2"))
threads = int(os.environ.get("PORTAL_WEB_THREADS", "4"))
worker_class = "gthread"
preload_app = True
timeout = 60
graceful_timeout = 5
keepalive = 15
backlog = 512
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 only a heartbeat


def pre_fork(server: Any, worker: Any) -> None:
    """Keep the loaded code out of the workers' garbage collections, so that its pages stay
    shared."""
    gc.collect()
    gc.freeze()
