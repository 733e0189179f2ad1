"""One websocket as bytes: a bounded outbox that never blocks its callers, and a reader with back-pressure.

Every byte to the client passes one lock, which guards the outbox and the socket together. A frame is written at
once when nothing waits, and otherwise queued behind what does; there is no moment between "nothing waits" and
"I write", so frames cannot overtake each other, and a partly written frame always stays at the head. The lock is
only ever held for non-blocking calls. What waits is written by the pulse thread when the socket drains.

The reader runs in the web server's own thread and takes no more bytes while an event is being handled, so a client
that floods us is slowed by TCP instead of filling our memory.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import LocalProtocolError

from cop.live import frames

RECEIVE_BYTES = 65536
SEND_BUFFER = 128 * 1024
"""The kernel's own buffer per socket, fixed: left to itself it grows to megabytes for a client that stalls."""
NEVER_BLOCK = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
MAX_FRAGMENTS = 1024
"""A message in more pieces than this is an attack: empty fragments cost us memory and the sender nothing."""


class State(Enum):
    """A wire is open, then drains what it may still say, then is cut."""

    OPEN = "open"
    DRAINING = "draining"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one wire: frames and bytes that may wait, seconds to drain, bytes of one message received."""

    frames: int
    bytes: int
    drain: float
    message: int


class Wire:
    """A websocket on a connected, blocking stream socket that stays the web server's to close.

    `busy(wire)` is called when something waits to be written; `overflowed()` when the bounds were exceeded.
    `farewell` is the frame an overflowing client is told before it is disconnected.
    """

    def __init__(
        self,
        sock: socket.socket,
        bounds: Bounds,
        *,
        busy: Callable[[Wire], None],
        overflowed: Callable[[], None],
        farewell: bytes,
    ) -> None:
        self._sock = sock
        self._bounds = bounds
        self._busy = busy
        self._overflowed = overflowed
        self._farewell = farewell
        self._lock = threading.Lock()
        self._waiting: deque[memoryview] = deque()
        self._waiting_bytes = 0
        self._head_started = False
        self._state = State.OPEN
        self._deadline = 0.0
        self._protocol = Connection(ConnectionType.SERVER)
        sock.settimeout(None)
        # A websocket may be quiet for long; the web server's own limit on waiting is for requests.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def is_open(self) -> bool:
        """Whether frames are still accepted and messages still handled."""
        return self._state is State.OPEN

    @property
    def waiting(self) -> tuple[int, int]:
        """Frames and bytes in the outbox."""
        return len(self._waiting), self._waiting_bytes

    def fileno(self) -> int:
        """The socket's descriptor; -1 once the web server closed it."""
        return self._sock.fileno()

    def offer(self, frame: bytes, *, droppable: bool = False) -> None:
        """Write `frame`, or queue it behind what waits. Never blocks and never raises; any thread may call it.

        When the outbox is full it is dropped: the client is told to resync and disconnected. A `droppable` frame
        is left out when anything waits.
        """
        overflow = False
        with self._lock:
            if self._state is not State.OPEN or (droppable and self._waiting):
                return
            if self._waiting:
                overflow = (
                    len(self._waiting) >= self._bounds.frames
                    or self._waiting_bytes + len(frame) > self._bounds.bytes
                )
                if not overflow:
                    self._append(frame)
                    return
                self._drain(self._farewell, frames.TRY_LATER)
            elif self._write_at_once(frame):
                return
        if overflow:
            self._overflowed()
        self._busy(self)

    def end(self, code: int, last: bytes = b"", *, drop: bool = False) -> None:
        """Accept nothing more, write what waits (or drop it), then `last` and a close frame, then hang up."""
        with self._lock:
            if self._state is not State.OPEN:
                return
            if drop:
                self._drain(last, code)
            else:
                if last:
                    self._append(last)
                self._append(frames.close_frame(code))
                self._leave()
            self._write_waiting()
        self._busy(self)

    def cut(self) -> None:
        """Hang up now. The reader wakes up and ends; the web server closes the socket."""
        with self._lock:
            self._cut()

    def flush(self) -> bool:
        """Write what the socket takes. True while the pulse must come back, for more bytes or for the deadline."""
        with self._lock:
            if self._state is State.CUT:
                return False
            self._write_waiting()
            if self._state is not State.DRAINING:
                return bool(self._waiting) and self.is_open
            if not self._waiting:
                # Everything was said. The client gets the time that is left to close its side, so that our last
                # frames are not lost to a reset.
                self._half_close()
            if time.monotonic() >= self._deadline:
                self._cut()
                return False
            return True

    def accept(self, answer: bytes) -> None:
        """Send the handshake's answer; blocks until the kernel took these few bytes."""
        self._sock.sendall(answer)

    def messages(self) -> Iterator[str]:
        """Yield whole text messages until the client leaves, misbehaves or is hung up on. Blocks in between."""
        parts: list[str] = []
        size = 0
        while self._receive():
            for event in self._protocol.events():
                if isinstance(event, TextMessage):
                    parts.append(event.data)
                    size += len(event.data)
                    if size > self._bounds.message or len(parts) > MAX_FRAGMENTS:
                        self.end(frames.TOO_BIG)
                        return
                    if event.message_finished:
                        yield "".join(parts)
                        parts, size = [], 0
                elif isinstance(event, Ping):
                    self.offer(self._protocol.send(event.response()))
                elif isinstance(event, BytesMessage):
                    self.end(frames.UNSUPPORTED)
                    return
                elif isinstance(event, CloseConnection):
                    self.end(frames.NORMAL)
                    return

    def _receive(self) -> bool:
        try:
            data = self._sock.recv(RECEIVE_BYTES)
            if data:
                self._protocol.receive_data(data)
        except (OSError, LocalProtocolError):
            return False
        return bool(data)

    # The methods below are called with the lock held.

    def _append(self, frame: bytes | memoryview) -> None:
        self._waiting.append(memoryview(frame))
        self._waiting_bytes += len(frame)

    def _write_at_once(self, frame: bytes) -> bool:
        """True when nothing is left to do for this frame; otherwise its unwritten tail waits."""
        try:
            written = self._sock.send(frame, NEVER_BLOCK)
        except BlockingIOError:
            written = 0
        except OSError:
            self._cut()
            return True
        if written == len(frame):
            return True
        self._head_started = written > 0
        self._append(memoryview(frame)[written:])
        return False

    def _write_waiting(self) -> None:
        while self._waiting:
            head = self._waiting[0]
            try:
                written = self._sock.send(head, NEVER_BLOCK)
            except BlockingIOError:
                return
            except OSError:
                self._cut()
                return
            self._waiting_bytes -= written
            if written < len(head):
                self._head_started = self._head_started or written > 0
                self._waiting[0] = head[written:]
            else:
                self._head_started = False
                self._waiting.popleft()

    def _drain(self, last: bytes, code: int) -> None:
        """Drop what waits, all but a frame that is half written: leaving that out would corrupt the stream."""
        kept = [self._waiting[0]] if self._head_started and self._waiting else []
        self._waiting.clear()
        self._waiting.extend(kept)
        self._waiting_bytes = sum(len(part) for part in kept)
        if last:
            self._append(last)
        self._append(frames.close_frame(code))
        self._leave()

    def _leave(self) -> None:
        self._state = State.DRAINING
        self._deadline = time.monotonic() + self._bounds.drain

    def _half_close(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._cut()

    def _cut(self) -> None:
        if self._state is State.CUT:
            return
        self._state = State.CUT
        self._waiting.clear()
        self._waiting_bytes = 0
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            # The client was faster; there is nothing left to hang up.
            return
