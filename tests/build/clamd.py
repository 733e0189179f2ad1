"""A small server that speaks clamd's protocol: PING and INSTREAM, on TCP or a socket in the file system."""

from __future__ import annotations

import socket
import struct
import threading
import time
from pathlib import Path

SIGNATURE = b"THIS-IS-WHAT-THE-TESTS-CALL-MALWARE"


class Clamd:
    """Names `SIGNATURE` wherever it stands. `delay` seconds pass before each answer; `limit` bytes are looked at."""

    def __init__(self, place: Path | None = None, *, limit: int = 1_000_000) -> None:
        self._listener = socket.socket(socket.AF_UNIX if place else socket.AF_INET)
        self._listener.bind(str(place) if place else ("127.0.0.1", 0))
        self._listener.listen()
        self.address = f"unix://{place}" if place else f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self.limit = limit
        self.delay = 0.0
        self.nonsense = False
        self.scanned: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End; from now on connections are refused."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self._answer(connection)
                except OSError:
                    continue

    def _answer(self, connection: socket.socket) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += connection.recv(1)
        if command == b"zPING\0":
            answer = b"PONG\0"
        else:
            assert command == b"zINSTREAM\0", command
            answer = self._instream(connection)
        time.sleep(self.delay)
        connection.sendall(b"what?\0" if self.nonsense else answer)

    def _instream(self, connection: socket.socket) -> bytes:
        content = b""
        while True:
            (size,) = struct.unpack("!I", self._exactly(connection, 4))
            if not size:
                break
            content += self._exactly(connection, size)
            if len(content) > self.limit:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.scanned.append(content)
        return b"stream: Tests.Signature-1 FOUND\0" if SIGNATURE in content else b"stream: OK\0"

    def _exactly(self, connection: socket.socket, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = connection.recv(size - len(data))
            if not part:
                raise ConnectionResetError
            data += part
        return data
