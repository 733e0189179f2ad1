"""Asking a malware scanner about an upload before anybody sees it: clamd, over its INSTREAM command.

The file is streamed to the daemon in pieces, each behind its length, and an empty piece at the end; the answer is one
line. What the daemon does not answer in time counts as "down", which is not the same as "clean".
"""

from __future__ import annotations

import re
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Literal
from urllib.parse import urlsplit

PIECE = 1 << 16
LONGEST_ANSWER = 4096
WhenDown = Literal["refuse", "wait"]


class ScannerDown(Exception):
    """The scanner did not answer, not in time, or not in words it should use."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner said: the name of what it found, or that the file is larger than it looks at; else clean."""

    found: str | None = None
    too_large: bool = False

    @property
    def clean(self) -> bool:
        """Nothing was found in a file that was looked at whole."""
        return self.found is None and not self.too_large


@dataclass(frozen=True, slots=True)
class Scanner:
    """A clamd at `unix:///path` or `tcp://host:port`; `seconds` bound the whole conversation about one file."""

    address: str
    seconds: float = 60.0
    when_down: WhenDown = "refuse"

    def ping(self) -> None:
        """Ask whether it is there. Raises `ScannerDown`."""
        if self._talk(b"zPING\0", None) != "PONG":
            raise ScannerDown("it answered something else than PONG")

    def scan(self, stream: BinaryIO) -> Verdict:
        """Let it look at a file from where the stream stands to its end. Raises `ScannerDown`."""
        answer = self._talk(b"zINSTREAM\0", stream)
        if answer == "stream: OK":
            return Verdict()
        if found := re.fullmatch(r"stream: (.+) FOUND", answer):
            return Verdict(found=found[1])
        if "size limit exceeded" in answer:
            return Verdict(too_large=True)
        raise ScannerDown(f"it answered {answer[:80]!r}")

    def _talk(self, command: bytes, stream: BinaryIO | None) -> str:
        end = time.monotonic() + self.seconds
        try:
            with self._connect() as connection:
                connection.sendall(command)
                if stream is not None:
                    # It hangs up on a file that is too large for it, and has said so.
                    with suppress(BrokenPipeError, ConnectionResetError):
                        self._send(connection, stream, end)
                return self._answer(connection, end)
        except TimeoutError as error:
            raise ScannerDown(f"it did not answer within {self.seconds:g} seconds") from error
        except OSError as error:
            raise ScannerDown(error.strerror or str(error)) from error

    def _connect(self) -> socket.socket:
        parts = urlsplit(self.address)
        if parts.scheme == "unix":
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(self.seconds)
            try:
                connection.connect(parts.path)
            except OSError:
                connection.close()
                raise
            return connection
        return socket.create_connection((parts.hostname, parts.port or 3310), timeout=self.seconds)

    def _send(self, connection: socket.socket, stream: BinaryIO, end: float) -> None:
        while piece := stream.read(PIECE):
            connection.settimeout(_left(end))
            connection.sendall(struct.pack("!I", len(piece)) + piece)
        connection.sendall(struct.pack("!I", 0))

    def _answer(self, connection: socket.socket, end: float) -> str:
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            connection.settimeout(_left(end))
            part = connection.recv(LONGEST_ANSWER)
            if not part:
                break
            answer += part
        if not answer:
            raise ScannerDown("it hung up without an answer")
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
