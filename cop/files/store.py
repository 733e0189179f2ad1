"""Where uploads lie: under a root folder, named by the SHA-256 of their content, read-only, never executed.

`spool` writes a stream to a temporary file in the same file system; `keep` moves it to its place in one atomic
rename. A crash leaves a whole file or a stale temporary one, which `sweep` removes; never half a file under a
hash. `Store` is the seam behind which object storage can come later.

Several threads and two processes use one folder. Whatever looks at a kept file and then acts on what it saw does both
under one lock, or a file could be cleared out just after somebody was told that it is there. Walks over the folder
take no lock: what is gone by the time they come to it is gone.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from cop.files.checks import FIELD, too_large
from cop.files.scanner import Scanner, ScannerDown
from cop.kernel.errors import Conflict, Invalid, NotFound

log = logging.getLogger(__name__)

CHUNK = 1 << 18
READ_ONLY = 0o440
FOLDER = 0o750
HASH_LENGTH = 64
LOCK = "lock"
"""Name of the file, beside the folders, that is locked for a moment while kept files change."""
_HEX = frozenset("0123456789abcdef")

INFECTED = (
    "This file holds something that can harm computers, so it was not taken in. Scan your own computer."
)
TOO_LARGE_TO_CHECK = "This file is larger than we can check for viruses. Split it, or make it smaller."
UNCHECKED = "We cannot check files for viruses just now. Try again in a few minutes: what you typed is kept."
BEING_CHECKED = "This file is still being checked for viruses. Try again in a few minutes."


class Readable(Protocol):
    """What an upload is read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Spooled:
    """An upload that is safely on disk but not yet kept: where, its SHA-256 in hex, its size in bytes."""

    path: Path
    sha256: str
    size: int


class Store(Protocol):
    """Somewhere to keep files by the hash of their content."""

    def spool(self, stream: Readable, limit: int) -> Spooled:
        """Write the stream down; raise `Invalid` when it is longer than `limit` bytes."""
        ...

    def keep(self, spooled: Spooled, *, held: bool = False) -> None:
        """Make a spooled file permanent; keeping the same content twice stores it once."""
        ...

    def discard(self, spooled: Spooled) -> None:
        """Throw a spooled file away; no error if it is gone already."""
        ...

    def screen(self, spooled: Spooled) -> bool:
        """Let the malware scanner look at a spooled file, where there is one.

        Raises `Invalid` for what must not come in; True for what is to be held until the scanner answers again.
        """
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Open a kept file for reading from its start; it has a file descriptor. Raises `NotFound`, and `Conflict`
        for one that is held."""
        ...


class FileStore:
    """A `Store` in a folder: `incoming/` for what is being written, `ab/cd/<sha256>` for what is kept."""

    def __init__(self, root: Path, scanner: Scanner | None = None) -> None:
        self._root = root
        self.scanner = scanner
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True, mode=FOLDER)
        self._lock = root / LOCK

    def spool(self, stream: Readable, limit: int) -> Spooled:
        """Write the stream to a temporary file, in chunks, synced to disk.

        Raises `Invalid` as soon as more than `limit` bytes came; nothing is left behind then.
        """
        handle, name = tempfile.mkstemp(prefix="upload-", dir=self._incoming)
        path = Path(name)
        digest = hashlib.sha256()
        size = 0
        try:
            with os.fdopen(handle, "wb") as target:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise Invalid(too_large(limit), FIELD)
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Spooled(path, digest.hexdigest(), size)

    def screen(self, spooled: Spooled) -> bool:
        """Let the malware scanner look at a spooled file; True when it is to be held until the scanner answers."""
        if self.scanner is None:
            return False
        try:
            with spooled.path.open("rb") as stream:
                verdict = self.scanner.scan(stream)
        except ScannerDown as error:
            log.error("the malware scanner does not answer: %s", error)
            if self.scanner.when_down == "wait":
                return True
            raise Invalid(UNCHECKED, FIELD) from error
        if verdict.clean:
            return False
        log.warning("an upload was refused: %s", verdict.found or "too large for the malware scanner")
        raise Invalid(INFECTED if verdict.found else TOO_LARGE_TO_CHECK, FIELD)

    def keep(self, spooled: Spooled, *, held: bool = False) -> None:
        """Move a spooled file to its place. The same content again only renews the time it was last kept.

        One that is `held` is opened for nobody until it is released; content that is there already is not held anew.
        """
        place = self._place(spooled.sha256)
        with self._locked():
            known = place.exists() and place.stat().st_size == spooled.size
            if known:
                os.utime(place)
            else:
                place.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER)
                if held:
                    _mark(place).touch(mode=READ_ONLY)
                spooled.path.chmod(READ_ONLY)
                spooled.path.replace(place)
        if known:
            self.discard(spooled)
            return
        # A rename survives a power cut only when the folders that name it are on disk as well.
        for folder in (place.parent, place.parent.parent, self._root, self._incoming):
            _sync_folder(folder)

    def discard(self, spooled: Spooled) -> None:
        """Throw a spooled file away; no error if it was kept or is gone already."""
        spooled.path.unlink(missing_ok=True)

    def open(self, sha256: str, *, even_held: bool = False) -> BinaryIO:
        """Open a kept file for reading; `NotFound` if there is none of that hash, `Conflict` if it is held."""
        if not even_held and self.is_held(sha256):
            raise Conflict(BEING_CHECKED)
        try:
            return self._place(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound("The file is not in the store.") from None

    def is_held(self, sha256: str) -> bool:
        """Whether a file waits for the malware scanner."""
        return _mark(self._place(sha256)).exists()

    def release(self, sha256: str) -> None:
        """Let a held file be opened: the scanner found nothing in it."""
        _mark(self._place(sha256)).unlink(missing_ok=True)

    def exists(self, sha256: str) -> bool:
        """True if a file of that hash is kept."""
        return self._place(sha256).is_file()

    def renew(self, sha256: str) -> bool:
        """Renew the time a kept file was last kept, since somebody is about to own it; False if there is none."""
        with self._locked():
            try:
                os.utime(self._place(sha256))
            except FileNotFoundError:
                return False
        return True

    def remove(self, sha256: str) -> None:
        """Delete a kept file for good; no error if it is gone. Only `remove_stale` should have a reason to."""
        place = self._place(sha256)
        place.unlink(missing_ok=True)
        _mark(place).unlink(missing_ok=True)

    def remove_stale(self, sha256: str, older_than: float) -> bool:
        """Delete a kept file unless it was kept or renewed within `older_than` seconds; return True if it was deleted.

        Asked at the last moment: the same content may come in again while the database is asked who owns it.
        """
        place = self._place(sha256)
        with self._locked():
            if not _older(place, time.time() - older_than):
                return False
            self.remove(sha256)
        return True

    def kept(self, older_than: float) -> Iterator[str]:
        """Yield the hashes of files last kept more than `older_than` seconds ago."""
        before = time.time() - older_than
        for place in self._root.glob("??/??/*"):
            if len(place.name) == HASH_LENGTH and _older(place, before):
                yield place.name

    def sweep(self, older_than: float) -> int:
        """Remove temporary files left by crashes more than `older_than` seconds ago; return how many."""
        before = time.time() - older_than
        stale = [path for path in self._incoming.iterdir() if _older(path, before)]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Opened anew each time: a lock belongs to the open file, so threads of one process exclude each other as well.
        with self._lock.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _place(self, sha256: str) -> Path:
        # The hash comes from the database or from `spool`; a name that is no hash must never reach a path.
        if len(sha256) != HASH_LENGTH or not _HEX.issuperset(sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return self._root / sha256[:2] / sha256[2:4] / sha256


def _mark(place: Path) -> Path:
    """The empty file beside a kept one that says that it is held."""
    return place.with_name(place.name + ".held")


def _older(path: Path, moment: float) -> bool:
    """Whether a file was last changed before that moment; False for one that another thread took away meanwhile."""
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
