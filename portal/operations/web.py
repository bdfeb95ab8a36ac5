"""How gunicorn serves the portal, embedded and in production.

    gunicorn --config python:portal.operations.web portal.wsgi

`PORTAL_BIND` (an address, by default loopback), `PORT`, `PORTAL_WEB_WORKERS` and
`PORTAL_WEB_THREADS` fit it to the machine; `GUNICORN_CMD_ARGS` overrides anything. Two processes
keep both of two cores busy; their threads wait for slow clients and the database.
"""

import os

bind = f"{os.environ.get('PORTAL_BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("PORTAL_WEB_WORKERS", "2"))
threads = int(os.environ.get("PORTAL_WEB_THREADS", "4"))
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
