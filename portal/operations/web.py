"""How gunicorn serves the portal, embedded and in production.

    gunicorn --config python:portal.operations.web portal.wsgi

`PORTAL_BIND` (an address, by default loopback), `PORT`, `PORTAL_WEB_WORKERS` and
`PORTAL_WEB_THREADS` fit it to the machine; `GUNICORN_CMD_ARGS` overrides anything. Two processes
keep both of two cores busy; their threads wait for slow clients and the database. What they count
for `/metrics` they keep in files that each of them reads, so that all tell the same.
"""

import os

from portal.environment import read_environment
from portal.operations import metrics_folder

_env = read_environment()
bind = f"{_env.portal_bind}:{_env.port}"
workers = _env.portal_web_workers
threads = _env.portal_web_threads
worker_class = "gthread"
timeout = 60
graceful_timeout = 5
keepalive = 15
backlog = 512
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True  # nobody administers it while it runs
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 a heartbeat


def on_starting(server: object) -> None:
    """Before the first process is started: prometheus_client looks for the folder when imported."""
    metrics_folder.remove_stale()
    server.metrics_folder = folder = metrics_folder.take()  # type: ignore[attr-defined]
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder.path)


def on_exit(server: object) -> None:
    server.metrics_folder.remove()  # type: ignore[attr-defined]
