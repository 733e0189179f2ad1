"""Clients that are slow on purpose: an upload in pieces, a download read byte by byte, headers that never end."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

BOUNDARY = b"a-boundary-of-the-tests-0123456789"
PIECE = 1 << 18
TRICKLE = 1 << 14
TRICKLE_SECONDS = 0.05


def resident_megabytes(pid: int) -> float:
    """How much memory a process has in use."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


class Upload:
    """A multipart POST over a raw socket, sent as fast or as slowly as the test wants."""

    def __init__(
        self,
        port: int,
        path: str,
        cookies: str,
        fields: Mapping[str, str],
        content: bytes,
        *,
        declared: int | None = None,
    ) -> None:
        parts = [
            b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
            % (BOUNDARY, name.encode(), value.encode())
            for name, value in fields.items()
        ]
        parts.append(
            b'--%s\r\nContent-Disposition: form-data; name="file"; filename="large.pdf"\r\n'
            b"Content-Type: application/pdf\r\n\r\n%s\r\n--%s--\r\n" % (BOUNDARY, content, BOUNDARY)
        )
        self.body = b"".join(parts)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.sent = 0
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookies}\r\nConnection: close\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY.decode()}\r\n"
            f"Content-Length: {declared or len(self.body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode())

    @property
    def in_progress(self) -> bool:
        """Whether part of the body has still to be sent."""
        return self.sent < len(self.body)

    def send(self, until: int) -> None:
        """Send at full speed until so many bytes of the body are sent."""
        while self.sent < min(until, len(self.body)):
            piece = self.body[self.sent : min(self.sent + PIECE, until)]
            self._socket.sendall(piece)
            self.sent += len(piece)

    def trickle(self, stop: threading.Event) -> None:
        """Go on sending a little at a time until told to stop."""
        while not stop.wait(TRICKLE_SECONDS):
            self.send(self.sent + TRICKLE)

    def finish(self) -> bytes:
        """Send the rest and return the whole answer."""
        self.send(len(self.body))
        return self.answer()

    def answer(self) -> bytes:
        """What the server says, to the end of the connection."""
        said = b""
        while data := self._socket.recv(65536):
            said += data
        return said

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class Dawdlers:
    """Clients that take a second for a byte: some read a large download, some send the head of a request."""

    def __init__(self, port: int, download: str, cookies: str, *, readers: int, senders: int) -> None:
        self._stop = threading.Event()
        self.readers = [self._connect(port) for _ in range(readers)]
        self.senders = [self._connect(port) for _ in range(senders)]
        head = f"GET {download} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookies}\r\n\r\n"
        for client in self.readers:
            client.sendall(head.encode())
            assert client.recv(12) == b"HTTP/1.1 200"
        self._thread = threading.Thread(target=self._dawdle)
        self._thread.start()

    @staticmethod
    def _connect(port: int) -> socket.socket:
        client = socket.socket()
        # A small window, so that the server cannot hand the download over to the network and be rid of it.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(("127.0.0.1", port))
        return client

    def _dawdle(self) -> None:
        head = b"GET / HTTP/1.1\r\nX-Slow: " + b"z" * 1000
        turn = 0
        while not self._stop.wait(1.0 if turn else 0.0):
            for client in self.readers:
                client.recv(1)
            for client in self.senders:
                client.sendall(head[turn : turn + 1])
            turn += 1

    def still_there(self) -> int:
        """How many of them the server has not hung up on."""
        found = 0
        for client in (*self.readers, *self.senders):
            client.setblocking(False)
            try:
                found += client.recv(1, socket.MSG_PEEK) != b""
            except BlockingIOError:
                found += 1
            client.settimeout(20)
        return found

    def leave(self) -> None:
        """Hang up."""
        self._stop.set()
        self._thread.join()
        for client in (*self.readers, *self.senders):
            client.close()
