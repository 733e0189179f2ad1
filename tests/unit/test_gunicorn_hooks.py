"""The web server gives up on connections in which nothing moves, and hands that limit to each one it accepts."""

from __future__ import annotations

import socket
import time

import pytest

from cop.gunicorn_hooks import bound_waiting
from cop.live.wire import Bounds, Wire


def pair(listener: socket.socket) -> tuple[socket.socket, socket.socket]:
    """A client's end and the accepted end."""
    client = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    accepted.setblocking(True)
    return client, accepted


def test_a_connection_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        bound_waiting(listener, 0.2)
        client, accepted = pair(listener)
        with client, accepted:
            client.sendall(b"GET / HTTP/1.1\r\n")
            assert accepted.recv(100) == b"GET / HTTP/1.1\r\n"
            began = time.monotonic()
            with pytest.raises(BlockingIOError):
                accepted.recv(100)
            assert time.monotonic() - began > 0.1


def test_a_reader_that_takes_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        bound_waiting(listener, 0.2)
        client, accepted = pair(listener)
        with client, accepted, pytest.raises(BlockingIOError):
            accepted.sendall(b"x" * 50_000_000)


def test_a_websocket_may_be_quiet() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        bound_waiting(listener, 0.2)
        client, accepted = pair(listener)
        with client, accepted:
            bounds = Bounds(frames=10, bytes=1000, drain=1.0, message=1000)
            Wire(accepted, bounds, busy=lambda wire: None, overflowed=lambda: None, farewell=b"")
            waiting = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16)
            assert waiting == bytes(16)
