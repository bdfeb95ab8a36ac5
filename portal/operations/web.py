"""How gunicorn serves the portal, embedded and in production.

    gunicorn --config python:portal.operations.web portal.wsgi

The application is loaded once and shared by the workers, which costs about a third of the memory
that loading it in each would. `PORTAL_WEB_WORKERS` and `PORTAL_WEB_THREADS` size it for larger
machines; `GUNICORN_CMD_ARGS` overrides anything.
"""

import gc
import os
import shutil
from typing import Any

from portal.environment import Environment, read_environment


def _shared_metrics(env: Environment) -> str:
    """An empty folder in which the workers add up what they count, for `/metrics`.

    Must be named in the environment before the application is loaded.
    """
    folder = env.portal_data / f"metrics-{env.port}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return str(folder)


_env = read_environment()
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _shared_metrics(_env)

bind = f"{_env.portal_bind}:{_env.port}"
workers = _env.portal_web_workers
threads = _env.portal_web_threads
worker_class = "gthread"
preload_app = True
timeout = 60
graceful_timeout = 5
keepalive = 15
backlog = 512
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True  # nobody administers it while it runs
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 only a heartbeat


def child_exit(server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone; what it counted stays."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 after the setting

    mark_process_dead(worker.pid)


def pre_fork(server: Any, worker: Any) -> None:
    """Keep the loaded code out of the workers' garbage collections, so that its pages stay
    shared."""
    gc.collect()
    gc.freeze()
