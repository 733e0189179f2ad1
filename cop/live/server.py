"""Putting the live edge in front of an application: gate, Flask-SocketIO extension, namespace and hub.

Flask-SocketIO carries the server as the application's extension, but not its events: it would give every handler a
copy of the connect-time request and session, which is what must not be trusted here. Events go to our own guarded
namespace, and a socket's actor comes from the database, each time (ADR 0004).
"""

from __future__ import annotations

from typing import Any

import socketio
from flask import Flask
from flask_socketio import SocketIO

from cop.live import publish
from cop.live.engine import Server
from cop.live.hub import Hub
from cop.live.namespace import Live, Root
from cop.live.strip import Gate, WsgiApp

__all__ = ["LiveSocketIO", "attach", "install"]


class LiveSocketIO(SocketIO):  # type: ignore[misc]
    """The Flask extension around our server: `app.extensions["socketio"]`, as every Flask-SocketIO tool expects."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.async_mode = server.async_mode

    def init_app(self, app: Flask | None, **options: Any) -> None:
        """Register the extension. The server was made by us, with its limits; no option may change it here."""
        if options:
            raise TypeError("the live server's options are set in cop.live.config")
        if app is not None:
            app.extensions["socketio"] = self


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


def install(app: Flask, hub: Hub, *parts: Live) -> None:
    """Put the live edge in front of a Flask application and register it there as Flask-SocketIO's extension."""
    app.wsgi_app = attach(app.wsgi_app, hub, *parts)  # type: ignore[method-assign]
    LiveSocketIO(hub.server).init_app(app)
