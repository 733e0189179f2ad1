"""Socket.IO on our own wires: where python-socketio and python-engineio are bent to the needs of the live edge.

All that depends on non-public parts of the two libraries stands in this file, and a contract test pins them. What
is different from stock: a connection costs one thread instead of four, every frame goes through one bounded outbox
(`wire`), a broadcast is encoded and framed once, what is not plain Socket.IO text ends the connection, and events
sent by clients are never mistaken for the connect and disconnect of the library's own making.
"""

from __future__ import annotations

import functools
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import engineio
import socketio
from engineio import packet as engine_packet
from engineio.socket import Socket
from socketio import packet as socket_packet

from cop.live import frames
from cop.live.config import LiveConfig
from cop.live.pulse import Pulse
from cop.live.wire import Bounds, Wire

log = logging.getLogger(__name__)

NAMESPACE = "/"
PING = frames.text_frame(str(engine_packet.PING).encode())
HELLO = str(socket_packet.CONNECT)
CLIENT_PACKETS = "".join(
    str(kind)
    for kind in (socket_packet.CONNECT, socket_packet.DISCONNECT, socket_packet.EVENT, socket_packet.ACK)
)
DISCONNECTED_HELLO_SECONDS = 2.0
Reply = Callable[[Mapping[str, Any]], None]
Dispatch = Callable[[str, object, list[Any], Reply], None]


class Fanout:
    """What the parts of the edge share: limits, the pulse, and counters for health checks."""

    def __init__(self, config: LiveConfig) -> None:
        self.config = config
        self.pulse = Pulse(self._tick)
        self.sockets: dict[str, Any] = {}
        self.leaving: Callable[[], bool] | None = None
        self._lock = threading.Lock()
        self._counts = {"queue_overflows": 0, "malformed": 0, "ping_timeouts": 0, "no_hello": 0}

    def count(self, what: str) -> None:
        """Add one to a counter."""
        with self._lock:
            self._counts[what] += 1

    def counters(self) -> dict[str, int]:
        """A copy of the counters, with the number of busy wires."""
        with self._lock:
            return {**self._counts, "busy": self.pulse.busy_count}

    def wire(self, sock: Any) -> Wire:
        """A wire over the web server's socket."""
        config = self.config
        return Wire(
            sock,
            Bounds(config.queue_frames, config.queue_bytes, config.drain_timeout, config.max_payload),
            busy=self.pulse.busy,
            overflowed=functools.partial(self.count, "queue_overflows"),
            farewell=event_frame("resync", {"reason": "too_slow"}),
        )

    def _tick(self, now: float) -> None:
        leaving = self.leaving is not None and self.leaving()
        for each in list(self.sockets.values()):
            if not isinstance(each, DirectSocket):
                continue
            if leaving:
                each.wire.end(frames.GOING_AWAY)
            else:
                each.beat(now)


class DirectSocket(Socket):  # type: ignore[misc]
    """An Engine.IO connection that writes to its wire and reads in the web server's thread."""

    def __init__(self, server: Any, sid: str, wire: Wire, fanout: Fanout) -> None:
        super().__init__(server, sid)
        self.wire = wire
        self.connected = self.upgraded = True
        self.closing: bool = False
        self._fanout = fanout
        self._closing_lock = threading.Lock()
        self._heard = time.monotonic()
        self._pinged: float | None = None
        self._hello_by: float | None = self._heard + fanout.config.hello_timeout

    def greeted(self) -> None:
        """The client is admitted to the namespace, so it may stay."""
        self._hello_by = None

    def dismissed(self) -> None:
        """The client left the namespace or was refused; the connection has no further use."""
        self._hello_by = time.monotonic() + DISCONNECTED_HELLO_SECONDS

    def beat(self, now: float) -> None:
        """Ping when it is time, and end a connection that does not answer or never said hello."""
        config = self._fanout.config
        if self._hello_by is not None and now > self._hello_by:
            self._fanout.count("no_hello")
            self.wire.end(frames.POLICY)
        elif self._pinged is not None:
            if now - self._pinged > config.ping_timeout:
                self._fanout.count("ping_timeouts")
                self.wire.cut()
        elif now - self._heard >= config.ping_interval:
            self._pinged = now
            self.wire.offer(PING)

    def serve(self) -> None:
        """Handle messages until the client leaves. Nothing is handled once we have begun to hang up."""
        for text in self.wire.messages():
            if not self.wire.is_open:
                continue
            try:
                packet = engine_packet.Packet(encoded_packet=text)
            except (ValueError, RecursionError, TypeError):
                self.malformed()
                continue
            self.receive(packet)

    def hang_up(self, event: str, data: Mapping[str, Any]) -> None:
        """Drop what waits, say one last thing and disconnect: nothing else reaches the client."""
        self.wire.end(frames.POLICY, event_frame(event, data), drop=True)

    def malformed(self) -> None:
        """End a connection that does not speak the protocol."""
        self._fanout.count("malformed")
        self.wire.end(frames.POLICY)

    def receive(self, pkt: Any) -> None:
        """Handle one Engine.IO packet."""
        if pkt.packet_type == engine_packet.MESSAGE:
            self.server._trigger_event("message", self.sid, pkt.data, run_async=False)
        elif pkt.packet_type == engine_packet.PONG:
            self._heard, self._pinged = time.monotonic(), None
        elif pkt.packet_type == engine_packet.CLOSE:
            self.close(wait=False, abort=True, reason=self.server.reason.CLIENT_DISCONNECT)
        else:
            self.malformed()

    def send(self, pkt: Any) -> None:
        """Hand one packet to the wire; never blocks."""
        encoded = pkt.encode()
        if isinstance(encoded, str):
            self.wire.offer(frames.text_frame(encoded.encode()))
        else:
            raise TypeError("the live edge sends text only")

    def schedule_ping(self) -> None:
        """Nothing: the pulse pings."""

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Tell the namespace once that the client is gone, then hang up after what waits was written."""
        with self._closing_lock:
            if self.closing:
                return
            self.closing = True
        self.server._trigger_event(
            "disconnect", self.sid, reason or self.server.reason.SERVER_DISCONNECT, run_async=False
        )
        self.closed = True
        self.wire.end(frames.NORMAL)


class DirectEngine(engineio.Server):  # type: ignore[misc]
    """An Engine.IO server that takes the websocket straight from gunicorn (or Werkzeug, in tests)."""

    def __init__(self, *, fanout: Fanout, **options: Any) -> None:
        super().__init__(**options)
        self._fanout = fanout
        self.sockets: dict[str, Any] = fanout.sockets

    def _handle_connect(
        self, environ: dict[str, Any], start_response: Any, transport: str, jsonp_index: int | None = None
    ) -> Any:
        sock = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
        answer = frames.handshake_answer(environ)
        if transport != "websocket" or answer is None or sock is None:
            return self._bad_request("This address only answers websockets.")
        if isinstance(sock, ssl.SSLSocket):
            # Non-blocking writes need a plain socket: TLS ends at the proxy (docs/operating.md).
            log.error("live connections need TLS to end at a proxy in front of this server")
            return self._bad_request("Live updates are not available here.")
        self._fanout.pulse.start()
        wire = self._fanout.wire(sock)
        sid = self.generate_id()
        each = DirectSocket(self, sid, wire, self._fanout)
        self.sockets[sid] = each
        try:
            wire.accept(answer)
            each.send(engine_packet.Packet(engine_packet.OPEN, self._opening(sid)))
            self._trigger_event("connect", sid, environ, run_async=False)
            each.serve()
        except OSError:
            log.debug("a live connection was lost while it opened")
        finally:
            each.close(wait=False, abort=True, reason=self.reason.TRANSPORT_CLOSE)
            wire.cut()
            self.sockets.pop(sid, None)
        # What python-engineio raises, too, so that the web server hangs up without writing a response.
        if "gunicorn.socket" in environ:
            raise StopIteration
        raise ConnectionError

    def _opening(self, sid: str) -> dict[str, Any]:
        return {
            "sid": sid,
            "upgrades": [],
            "pingTimeout": int(self._fanout.config.ping_timeout * 1000),
            "pingInterval": int(self._fanout.config.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }


class Manager(socketio.Manager):  # type: ignore[misc]
    """Who is in which room. The library's own has races when the last one leaves while the first one comes;
    here every change is under a lock, and a broadcast is framed once."""

    def __init__(self, fanout: Fanout) -> None:
        super().__init__()
        self._fanout = fanout
        self._lock = threading.RLock()

    def pre_connect(self, eio_sid: str, namespace: str) -> Any:
        """Register a client that is not admitted yet."""
        with self._lock:
            return super().pre_connect(eio_sid, namespace)

    def connect(self, sid: str, namespace: str) -> Any:
        """Register a client as admitted."""
        with self._lock:
            return super().connect(sid, namespace)

    def pre_disconnect(self, sid: str, namespace: str) -> Any:
        """Mark a client as leaving."""
        with self._lock:
            return super().pre_disconnect(sid, namespace)

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        """Forget a client and its rooms."""
        with self._lock:
            super().basic_disconnect(sid, namespace, **kwargs)

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        """Put a client into a room."""
        with self._lock:
            super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Take a client out of a room."""
        with self._lock:
            super().basic_leave_room(sid, namespace, room)

    def get_participants(self, namespace: str, room: str | None) -> Iterable[tuple[str, str]]:
        """The clients in a room as (Socket.IO id, Engine.IO id), as of now."""
        with self._lock:
            return list(super().get_participants(namespace, room))

    def broadcast(self, event: str, data: Mapping[str, Any], room: str, *, droppable: bool = False) -> None:
        """Send one event to a room or, named by its id, to one client: the frame is built once and offered to
        each wire, which writes it or queues it and never blocks."""
        frame = event_frame(event, data)
        sockets = self._fanout.sockets
        for _, eio_sid in self.get_participants(NAMESPACE, room):
            each = sockets.get(eio_sid)
            if each is not None:
                each.wire.offer(frame, droppable=droppable)

    def shed(self, room: str) -> None:
        """The stock path's only bound: a client with too long a queue is closed instead of told to resync."""
        for _, eio_sid in self.get_participants(NAMESPACE, room):
            each = self.server.eio.sockets.get(eio_sid)
            if each is not None and not each.closed and each.queue.qsize() > self._fanout.config.queue_frames:
                self._fanout.count("queue_overflows")
                each.close(wait=False, abort=True)


class Server(socketio.Server):  # type: ignore[misc]
    """The Socket.IO server. `dispatch(sid, event, arguments, reply)` answers whatever a client sends."""

    def __init__(self, fanout: Fanout, dispatch: Dispatch) -> None:
        self._fanout = fanout
        self._dispatch = dispatch
        self._met: set[str] = set()
        config = fanout.config
        super().__init__(
            client_manager=Manager(fanout),
            async_mode="threading",
            async_handlers=False,
            transports=["websocket"],
            allow_upgrades=False,
            cors_allowed_origins=list(config.origins),
            max_http_buffer_size=config.max_payload,
            ping_interval=config.ping_interval,
            ping_timeout=config.ping_timeout,
            monitor_clients=config.fanout == "stock",
            http_compression=False,
            logger=logging.getLogger("cop.live.socketio"),
            engineio_logger=logging.getLogger("cop.live.engineio"),
        )
        if config.fanout == "stock":
            stock = self.eio._async["websocket"]
            limited = functools.partial(stock, max_message_size=config.max_payload)
            self.eio._async = {**self.eio._async, "websocket": limited}
            fanout.sockets = self.eio.sockets

    def _engineio_server_class(self) -> Any:
        if self._fanout.config.fanout == "stock":
            return engineio.Server
        return functools.partial(DirectEngine, fanout=self._fanout)

    def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        """Handle one message. Binary packets are refused: their attachments have no bound. A second CONNECT is
        refused, too: it would ask the database again for nothing."""
        each = self._fanout.sockets.get(eio_sid)
        kind = data[:1] if isinstance(data, str) else ""
        try:
            if not kind or kind not in CLIENT_PACKETS or (kind == HELLO and eio_sid in self._met):
                raise ValueError("not a packet a client may send")
            if kind == HELLO:
                self._met.add(eio_sid)
            super()._handle_eio_message(eio_sid, data)
        except Exception:
            # Handlers never raise (`namespace` turns their errors into nacks), so what is caught here is a client
            # that does not speak Socket.IO, and it is not worth a traceback for each of its messages.
            log.debug("a live connection sent what is not Socket.IO", exc_info=True)
            if isinstance(each, DirectSocket):
                each.malformed()
            elif each is not None:
                self._fanout.count("malformed")
                each.close(wait=False, abort=True)

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        super()._handle_eio_disconnect(eio_sid, reason)
        self._met.discard(eio_sid)

    def _handle_connect(self, eio_sid: str, namespace: str, data: Any) -> None:
        super()._handle_connect(eio_sid, namespace, data)
        each = self._fanout.sockets.get(eio_sid)
        if isinstance(each, DirectSocket):
            admitted = self.manager.sid_from_eio_sid(eio_sid, NAMESPACE) is not None
            each.greeted() if admitted else each.dismissed()

    def _handle_disconnect(self, eio_sid: str, namespace: str, reason: str | None = None) -> None:
        super()._handle_disconnect(eio_sid, namespace, reason)
        each = self._fanout.sockets.get(eio_sid)
        if isinstance(each, DirectSocket):
            each.dismissed()

    def _handle_event(self, eio_sid: str, namespace: str, id: int | None, data: Any) -> None:
        if not isinstance(data, list) or not data:
            raise ValueError("an event is a list that begins with its name")
        super()._handle_event(eio_sid, namespace, id, data)

    def _handle_event_internal(
        self, server: Any, sid: str, eio_sid: str, data: list[Any], namespace: str, id: int | None
    ) -> None:
        def reply(answer: Mapping[str, Any]) -> None:
            if id is not None:
                packet = self.packet_class(socket_packet.ACK, namespace=namespace, id=id, data=[answer])
            elif answer["ok"]:
                return
            else:
                # The client asked for no acknowledgement; a refusal still reaches it, as an event.
                packet = self.packet_class(socket_packet.EVENT, namespace=namespace, data=["nack", answer])
            self._send_packet(eio_sid, packet)

        self._dispatch(sid, data[0], data[1:], reply)


def event_frame(event: str, data: Mapping[str, Any]) -> bytes:
    """An event as the bytes that travel: Socket.IO packet in an Engine.IO message in a websocket frame."""
    encoded = socket_packet.Packet(socket_packet.EVENT, namespace=NAMESPACE, data=[event, data]).encode()
    return frames.text_frame(str(engine_packet.MESSAGE).encode() + encoded.encode())
