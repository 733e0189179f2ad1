"""What gunicorn calls in the web process; `cop serve` names this module as its configuration.

It also keeps gunicorn from reading a gunicorn.conf.py that happens to lie in the folder the server is started from.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

from cop.live.hub import Hub

STALLED_SECONDS = 60
"""Longer than a live socket is ever quiet (a ping every 25 seconds, an answer within 20)."""


def post_worker_init(worker: Any) -> None:
    """Prepare a web process that is about to serve: bounded waiting, and sockets that close when it leaves."""
    for listener in worker.sockets:
        bound_waiting(listener.sock, STALLED_SECONDS)
    # Live sockets never end by themselves, so they are closed as soon as this process is told to leave.
    hub: Hub = worker.wsgi.extensions["cop"].parts[Hub]
    hub.leave_when(lambda: not worker.alive)


def bound_waiting(listener: socket.socket, seconds: float) -> None:
    """Let connections accepted from now on give up after so many seconds in which not a byte moves.

    gunicorn's threads wait for a request without end: a phone that lost its network would hold one for ever, and 232
    connections that say nothing held up everybody (measured). The kernel hands these options down to accepted sockets;
    `cop.live.wire` lifts them for websockets, which are quiet by nature.
    """
    whole, rest = divmod(seconds, 1)
    limit = struct.pack("ll", int(whole), int(rest * 1_000_000))
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        listener.setsockopt(socket.SOL_SOCKET, option, limit)
