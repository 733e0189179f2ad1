"""Putting the live edge in front of an application: gate, Socket.IO server, namespace and hub.

python-socketio is used directly. Flask-SocketIO would give every event a copy of the connect-time request and
session, which is what must not be trusted here: a socket's actor comes from the database, each time.
"""

from __future__ import annotations

from typing import Any

import socketio

from cop.live import publish
from cop.live.engine import Server
from cop.live.hub import Hub
from cop.live.namespace import Live, Root
from cop.live.strip import Gate, WsgiApp

__all__ = ["attach"]


def attach(pages: WsgiApp, hub: Hub, *parts: Live) -> Gate:
    """Return the WSGI application that serves `pages` and the sockets; use it as `app.wsgi_app`.

    Register topics on `hub.topics` before the first request. `parts` are the domains' own events. From here on
    `publish` in this process reaches this hub's sockets; no thread starts before the first socket.
    """
    root = Root(hub)
    for part in parts:
        root.include(part)
    server: Any = Server(hub.fanout, root.dispatch)
    server.register_namespace(root)
    hub.server = server
    hub.broadcaster = publish.Broadcaster(
        server, direct=hub.config.fanout == "direct", window=hub.config.coalesce
    )
    gate = Gate(socketio.WSGIApp(server, pages), pages, hub.config.max_sockets)
    hub.gate_counts = lambda: {"sockets": gate.taken, "refused_full": gate.refused}
    publish.attach_outlet(hub)
    return gate
