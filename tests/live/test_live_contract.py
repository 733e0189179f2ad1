"""The non-public parts of other people's libraries that the direct path stands on. When this fails after an
update, read what changed, then mend `cop/live/engine.py`, or run with `fanout="stock"` until then."""

from __future__ import annotations

import inspect
from importlib.metadata import version

import engineio
import pytest
import socketio
from engineio.base_socket import BaseSocket
from engineio.socket import Socket
from socketio.base_manager import BaseManager
from socketio.base_server import BaseServer
from wsproto.connection import Connection

from cop.live.engine import DirectEngine, DirectSocket, Manager, Server


@pytest.mark.parametrize(
    ("package", "pinned"),
    [
        ("python-engineio", "4.15.1"),
        ("python-socketio", "5.18.1"),
        ("simple-websocket", "1.1.0"),
        ("wsproto", "1.3.2"),
        ("gunicorn", "27.0.0"),
    ],
)
def test_the_versions_are_those_the_direct_path_was_tested_with(package: str, pinned: str) -> None:
    assert version(package) == pinned


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (
            engineio.Server,
            "_handle_connect",
            ["self", "environ", "start_response", "transport", "jsonp_index"],
        ),
        (engineio.Server, "_trigger_event", ["self", "event", "args", "kwargs"]),
        (engineio.Server, "_bad_request", ["self", "message"]),
        (engineio.Server, "generate_id", ["self"]),
        (Socket, "close", ["self", "wait", "abort", "reason"]),
        (Socket, "receive", ["self", "pkt"]),
        (Socket, "send", ["self", "pkt"]),
        (Socket, "schedule_ping", ["self"]),
        (BaseSocket, "__init__", ["self", "server", "sid"]),
        (socketio.Server, "_engineio_server_class", ["self"]),
        (socketio.Server, "_handle_eio_message", ["self", "eio_sid", "data"]),
        (socketio.Server, "_handle_eio_disconnect", ["self", "eio_sid", "reason"]),
        (socketio.Server, "_handle_connect", ["self", "eio_sid", "namespace", "data"]),
        (socketio.Server, "_handle_disconnect", ["self", "eio_sid", "namespace", "reason"]),
        (socketio.Server, "_handle_event", ["self", "eio_sid", "namespace", "id", "data"]),
        (
            socketio.Server,
            "_handle_event_internal",
            ["self", "server", "sid", "eio_sid", "data", "namespace", "id"],
        ),
        (socketio.Server, "_send_packet", ["self", "eio_sid", "pkt"]),
        (socketio.Manager, "pre_connect", ["self", "eio_sid", "namespace"]),
        (socketio.Manager, "connect", ["self", "sid", "namespace"]),
        (socketio.Manager, "pre_disconnect", ["self", "sid", "namespace"]),
        (BaseManager, "basic_disconnect", ["self", "sid", "namespace", "kwargs"]),
        (BaseManager, "basic_enter_room", ["self", "sid", "namespace", "room", "eio_sid"]),
        (BaseManager, "basic_leave_room", ["self", "sid", "namespace", "room"]),
        (BaseManager, "get_participants", ["self", "namespace", "room"]),
        (BaseManager, "eio_sid_from_sid", ["self", "sid", "namespace"]),
        (BaseManager, "sid_from_eio_sid", ["self", "eio_sid", "namespace"]),
        (Connection, "__init__", ["self", "connection_type", "extensions", "trailing_data"]),
    ],
)
def test_what_is_overridden_or_called_has_its_known_shape(
    owner: type, name: str, parameters: list[str]
) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (DirectEngine, engineio.Server),
        (DirectSocket, Socket),
        (Manager, socketio.Manager),
        (Server, socketio.Server),
    ],
)
def test_every_private_override_overrides_something(ours: type, theirs: type) -> None:
    overrides = [name for name in vars(ours) if name.startswith("_") and not name.startswith("__")]
    own = {"_tick"}
    new = [name for name in overrides if not hasattr(theirs, name) and name not in own]
    assert new in ([], ["_opening"]), f"{new} no longer exist in {theirs}"


def test_an_event_from_a_client_goes_through_the_method_we_override() -> None:
    """If it did not, events would reach `trigger_event`, where a forged "disconnect" hides a socket from the hub."""
    assert "self._handle_event_internal(self, sid, eio_sid, data, namespace" in inspect.getsource(
        socketio.Server._handle_event
    )
    assert BaseServer.reserved_events == ["connect", "disconnect"]


def test_a_connection_made_by_the_engine_is_ours_alone_to_serve() -> None:
    source = inspect.getsource(engineio.Server.handle_request)
    assert "self._handle_connect(environ, start_response," in source
