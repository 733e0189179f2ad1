"""What gunicorn calls in the web process; `cop serve` names this module as its configuration.

It also keeps gunicorn from reading a gunicorn.conf.py that happens to lie in the folder the server is started from.
"""

from __future__ import annotations

import gc
import logging
import os
import socket
import struct
from typing import Any

from gunicorn.glogging import Logger

from cop.kernel import logs
from cop.kernel.usage import UsageThread
from cop.live.hub import Hub
from cop.web.edge import Edge

NEW_OBJECTS = 20_000
"""How many more objects there are before the youngest are looked through: a page makes some thousands."""
STALLED_SECONDS = 60
"""Longer than a live socket is ever quiet (a ping every 25 seconds, an answer within 20)."""


CALLER = 3
"""Frames from the standard library's logger to whoever wrote the line: gunicorn's method, ours, and that one."""


class OurLogger(Logger):  # type: ignore[misc]
    """gunicorn's lines among ours, in the same form: its own would carry addresses and whoever sent them."""

    def setup(self, cfg: Any) -> None:
        """Hand everything to the root's handler. The settings were checked by `cop serve`."""
        super().setup(cfg)
        for each in (self.error_log, self.access_log):
            each.handlers.clear()
            each.propagate = True
        self.access_log.setLevel(logging.CRITICAL)
        logs.install(
            level=cfg.loglevel,
            form=os.environ.get("COP_LOG_FORMAT") or "text",
            quoting=os.environ.get("COP_DEMO") == "1" or cfg.loglevel == "debug",
        )

    # Who speaks is not the method of the logger that is called, but its caller: the log tells them apart.
    def critical(self, msg: Any, *args: Any, **more: Any) -> None:
        """As its parent, in the name of the caller."""
        super().critical(msg, *args, **more, stacklevel=CALLER)

    def error(self, msg: Any, *args: Any, **more: Any) -> None:
        """As its parent, in the name of the caller."""
        super().error(msg, *args, **more, stacklevel=CALLER)

    def warning(self, msg: Any, *args: Any, **more: Any) -> None:
        """As its parent, in the name of the caller."""
        super().warning(msg, *args, **more, stacklevel=CALLER)

    def info(self, msg: Any, *args: Any, **more: Any) -> None:
        """As its parent, in the name of the caller."""
        super().info(msg, *args, **more, stacklevel=CALLER)

    def exception(self, msg: Any, *args: Any, **more: Any) -> None:
        """As its parent, in the name of the caller."""
        super().exception(msg, *args, **more, stacklevel=CALLER)


logger_class = OurLogger


def post_worker_init(worker: Any) -> None:
    """Prepare a web process that is about to serve: bounded waiting, few pauses, sockets that close when it leaves."""
    _collect_less()
    for listener in worker.sockets:
        bound_waiting(listener.sock, STALLED_SECONDS)
    # Live sockets never end by themselves, so they are closed as soon as this process is told to leave.
    hub: Hub = worker.wsgi.extensions["cop"].parts[Hub]
    hub.leave_when(lambda: not worker.alive)


def worker_exit(server: Any, worker: Any) -> None:
    """The web process leaves in an orderly way: the facts of use that still wait are written, the database is closed.

    The last who closes an SQLite database empties its log, so that nothing but the file is left to be copied.
    """
    served = getattr(worker, "wsgi", None)
    if served is None:
        return
    edge: Edge = served.extensions["cop"]
    edge.parts[UsageThread].stop()
    edge.db.dispose()


def _collect_less() -> None:
    """Keep the garbage collector from walking over the whole program again and again while everybody waits.

    What has been loaded stays anyway. A full collection over it held every thread for 50 ms and more (measured: the
    slowest hundredth of 16 replies at once took 82 to 107 ms with it, 68 without).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)


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
