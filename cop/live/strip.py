"""The gate in front of the live edge, as WSGI middleware.

It takes away `Sec-WebSocket-Extensions`, so that no library underneath can agree to permessage-deflate (a frame
of 58 kB was inflated to 60 MB before any size was checked), refuses what is not a websocket handshake, and refuses
a socket when all places are taken: a socket holds a thread, and pages must keep theirs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]

LIVE_PATH = "/socket.io/"
RETRY_AFTER_SECONDS = 30


class Gate:
    """`live` gets websocket handshakes under /socket.io/, `pages` everything else; at most `places` at once."""

    def __init__(self, live: WsgiApp, pages: WsgiApp, places: int) -> None:
        self._live = live
        self._pages = pages
        self._places = places
        self._lock = threading.Lock()
        self._taken = 0
        self._refused = 0

    @property
    def taken(self) -> int:
        """Sockets open now."""
        return self._taken

    @property
    def refused(self) -> int:
        """Sockets refused because all places were taken, since the start."""
        return self._refused

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Serve one request; a websocket's call lasts as long as the websocket."""
        if not environ.get("PATH_INFO", "").startswith(LIVE_PATH):
            return self._pages(environ, start_response)
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        if not is_handshake(environ):
            return _refuse(start_response, "400 Bad Request", "This address only answers websockets.\n")
        with self._lock:
            free = self._taken < self._places
            if free:
                self._taken += 1
            else:
                self._refused += 1
        if not free:
            return _refuse(start_response, "503 Service Unavailable", "All live connections are in use.\n")
        try:
            # The body is built inside the call, so the place is held until the socket has closed.
            return list(self._live(environ, start_response))
        finally:
            with self._lock:
                self._taken -= 1


def is_handshake(environ: Environ) -> bool:
    """Whether this is a websocket handshake for a new Engine.IO connection (not polling, not an upgrade of it)."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    connection = [part.strip() for part in environ.get("HTTP_CONNECTION", "").lower().split(",")]
    return (
        environ.get("REQUEST_METHOD") == "GET"
        and environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        and "upgrade" in connection
        and query.get("transport") == ["websocket"]
        and "sid" not in query
    )


def _refuse(start_response: Any, status: str, text: str) -> Iterable[bytes]:
    body = text.encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    if status.startswith("503"):
        headers.append(("Retry-After", str(RETRY_AFTER_SECONDS)))
    start_response(status, headers)
    return [body]
