"""A backup that only its key opens: AES-256-GCM over chunks whose order and end are part of what is authenticated.

The construction is the one known as STREAM: each chunk has a nonce made of a random prefix, its number and whether it
is the last one. A chunk that was changed, moved, left out or cut off at the end does not open. The key file may hold
any long secret; the key itself is made from it with scrypt and a salt of this backup's own, so no two backups share
a key, and a nonce never serves twice.

    header   "COP-SEALED-BACKUP-1\\n", 16 bytes salt, 7 bytes prefix; authenticated with each chunk
    chunks   1 MiB of content each (the last one less), and 16 bytes of tag behind it
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"COP-SEALED-BACKUP-1\n"
SALT = 16
PREFIX = 7
CHUNK = 1 << 20
TAG = 16
SHORTEST_KEY = 24
"""Characters: less could be guessed from a stolen backup."""


class KeyProblem(Exception):
    """There is no key, or it does not open this backup; the message says what to do."""


def read_key(path: Path) -> bytes:
    """The secret in a key file, without the line break at its end. Raises `KeyProblem` for one that is too short."""
    secret = path.read_bytes().strip()
    if len(secret) < SHORTEST_KEY:
        raise KeyProblem(
            f"The key in {path} is shorter than {SHORTEST_KEY} characters. Make one with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return secret


def is_sealed(source: BinaryIO) -> bool:
    """Whether a backup is encrypted; the source is left at its start."""
    found = source.read(len(MAGIC)) == MAGIC
    source.seek(0)
    return found


def _cipher(secret: bytes, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << 15, r=8, p=1).derive(secret))


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes((last,))


class SealingWriter(io.RawIOBase):
    """Encrypts what is written to it into `target`; `close` writes the last chunk and leaves the target open."""

    def __init__(self, target: BinaryIO, secret: bytes) -> None:
        self._target = target
        salt, self._prefix = os.urandom(SALT), os.urandom(PREFIX)
        self._header = MAGIC + salt + self._prefix
        self._cipher = _cipher(secret, salt)
        self._held = bytearray()
        self._number = 0
        target.write(self._header)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Take content; whole chunks go out once it is clear that they are not the last."""
        self._held += data
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]
        return len(data)

    def finish(self) -> None:
        """Write the last chunk. Without it the backup does not open to its end, as it should be after a failure."""
        self._seal(bytes(self._held), last=True)
        self._held.clear()

    def _seal(self, content: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._target.write(self._cipher.encrypt(nonce, content, self._header))
        self._number += 1


class OpeningReader(io.RawIOBase):
    """Decrypts `source`, which must be at its start. Raises `KeyProblem` where a chunk does not open."""

    def __init__(self, source: BinaryIO, secret: bytes) -> None:
        self._source = source
        self._header = source.read(len(MAGIC) + SALT + PREFIX)
        if len(self._header) != len(MAGIC) + SALT + PREFIX or not self._header.startswith(MAGIC):
            raise KeyProblem("This is not an encrypted backup.")
        salt = self._header[len(MAGIC) : len(MAGIC) + SALT]
        self._prefix = self._header[-PREFIX:]
        self._cipher = _cipher(secret, salt)
        self._held = b""
        self._number = 0
        self._ended = False
        self._next = source.read(CHUNK + TAG)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override]
        """Fill a buffer with content; 0 at the end."""
        while not self._held and not self._ended:
            self._open()
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size

    def _open(self) -> None:
        sealed, self._next = self._next, self._source.read(CHUNK + TAG)
        last = not self._next
        nonce = _nonce(self._prefix, self._number, last=last)
        try:
            self._held = self._cipher.decrypt(nonce, sealed, self._header)
        except InvalidTag:
            raise KeyProblem(
                "The key does not open this backup."
                if self._number == 0
                else "The backup is damaged: it was changed or cut off after it was made."
            ) from None
        self._number += 1
        self._ended = last
