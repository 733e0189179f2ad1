"""Configuration of the web server in tests: when it is told to stop, the sockets are closed first."""

from __future__ import annotations

from typing import Any

from tests.live import app


def post_worker_init(worker: Any) -> None:
    """Tell the hub when this worker wants to leave."""
    app.hubs[0].leave_when(lambda: not worker.alive)
