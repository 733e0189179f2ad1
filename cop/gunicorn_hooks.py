"""What gunicorn calls in the web process; `cop serve` names this module as its configuration.

It also keeps gunicorn from reading a gunicorn.conf.py that happens to lie in the folder the server is started from.
"""

from __future__ import annotations

from typing import Any

from cop.live.hub import Hub


def post_worker_init(worker: Any) -> None:
    """Close the live sockets as soon as this process is told to leave: they never end by themselves."""
    hub: Hub = worker.wsgi.extensions["cop"].parts[Hub]
    hub.leave_when(lambda: not worker.alive)
