"""The one file a backup is: a tar archive that streams, says what it holds, and proves that it is whole.

    backup.json                         format, program, revision, the tables and their columns, the settings
    tables/0007-post/000001.jsonl.gz    rows as JSON lines, tables that others refer to first
    files/ab/cd/<sha256>                each upload that a row names, once
    manifest.json                       SHA-256 of every part, rows of every table, and of the files together

Any tar and gunzip read it. With a key all of it lies in an envelope (`cop.operations.envelope`). Nothing in it depends
on the kind of database; `content` is the same for two backups that hold the same rows and files.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO

from cop.operations.envelope import KeyProblem, OpeningReader, is_sealed
from cop.operations.rows import Shape

FORMAT = "cop-backup-1"
HEAD = "backup.json"
MANIFEST = "manifest.json"
PART = 4 << 20
"""Bytes of rows in one part, before they are compressed; a single row may be longer."""
PIECE = 1 << 18
LONGEST_NOTE = 64 << 20


class Damaged(Exception):
    """This is no backup, or not a whole one; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup says of itself before anything else."""

    made_at: str
    program: str
    revision: str
    database: str
    shapes: tuple[Shape, ...]
    settings: dict[str, str | None]
    sequences: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """As it is written."""
        return {
            "format": FORMAT,
            "made_at": self.made_at,
            "program": self.program,
            "revision": self.revision,
            "database": self.database,
            "tables": [shape.as_json() for shape in self.shapes],
            "settings": self.settings,
            "sequences": self.sequences,
        }

    @classmethod
    def from_json(cls, told: Any) -> Head:
        """As it was read. Raises `Damaged`."""
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise Damaged("This is not a backup of CoP, or one in a format that this program does not know.")
        try:
            return cls(
                str(told["made_at"]),
                str(told["program"]),
                str(told["revision"]),
                str(told["database"]),
                tuple(Shape.from_json(each) for each in told["tables"]),
                dict(told["settings"]),
                {str(name): int(last) for name, last in told["sequences"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Damaged("The head of the backup cannot be read.") from error


@dataclass(slots=True)
class Tally:
    """What an archive holds, counted while it is written and again while it is read."""

    parts: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[Any]] = field(default_factory=dict)
    files: int = 0
    file_bytes: int = 0
    _hashes: Any = field(default_factory=hashlib.sha256)

    def file(self, sha256: str, size: int) -> None:
        """Count a file."""
        self.files += 1
        self.file_bytes += size
        self._hashes.update(sha256.encode() + b"\n")

    @property
    def content(self) -> str:
        """One digest over all rows and files: equal for two backups that hold the same."""
        told = json.dumps([sorted(self.tables.items()), self.files, self._hashes.hexdigest()])
        return hashlib.sha256(told.encode()).hexdigest()

    def as_json(self, *, missing: list[str], damaged: list[str]) -> dict[str, Any]:
        """The manifest."""
        return {
            "content": self.content,
            "parts": self.parts,
            "tables": self.tables,
            "files": {"count": self.files, "bytes": self.file_bytes, "sha256": self._hashes.hexdigest()},
            "missing": missing,
            "damaged": damaged,
        }


class RowDigest:
    """Rows of one table, counted and hashed as the lines they are, however they are cut into parts."""

    def __init__(self) -> None:
        self.rows = 0
        self._digest = hashlib.sha256()

    def add(self, lines: bytes) -> None:
        """Take whole lines."""
        self.rows += lines.count(b"\n")
        self._digest.update(lines)

    def result(self) -> list[Any]:
        """How many rows, and their hash."""
        return [self.rows, self._digest.hexdigest()]


class HashedReader:
    """A stream that hashes what is read from it."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """Read. Raises `Damaged` where an archive was cut off in the middle of a file."""
        try:
            data = self._source.read(size)
        except tarfile.ReadError as error:
            raise Damaged("The backup is damaged: it was cut off.") from error
        self.digest.update(data)
        return data


def add_note(tar: tarfile.TarFile, name: str, told: dict[str, Any]) -> str:
    """Add a JSON document; return its SHA-256."""
    return add_bytes(tar, name, json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")


def add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> str:
    """Add a member; return its SHA-256."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    tar.addfile(info, io.BytesIO(data))
    return hashlib.sha256(data).hexdigest()


def rows_part(number: int, name: str, part: int) -> str:
    """The name of a part of a table."""
    return f"tables/{number:04d}-{name}/{part:06d}.jsonl.gz"


def file_name(sha256: str) -> str:
    """The name of a file."""
    return f"files/{sha256[:2]}/{sha256[2:4]}/{sha256}"


@dataclass(frozen=True, slots=True)
class RowsRead:
    """Some rows of a table, as lines."""

    shape: Shape
    lines: bytes


HELD = "COP.held"
"""A header of files that came in while the malware scanner was down: they are opened for nobody until it has looked."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file on its way; it must be read before the next step is asked for. `held`: the scanner has not seen it yet."""

    sha256: str
    size: int
    stream: IO[bytes]
    held: bool = False


Step = Head | RowsRead | FileRead


def read(source: BinaryIO, secret: bytes | None) -> Iterator[Step]:
    """Walk through an archive: its head, rows, files; and at the end hold everything against the manifest.

    Raises `Damaged` for whatever is not as it was written, `KeyProblem` about the key. Only whoever walks to the end
    knows that it is whole.
    """
    try:
        if is_sealed(source):
            if secret is None:
                raise KeyProblem("This backup is encrypted. Say with --key-file where its key is.")
            opened: Any = io.BufferedReader(OpeningReader(source, secret), PIECE)
        else:
            opened = source
        with tarfile.open(fileobj=opened, mode="r|") as tar:
            yield from _walk(tar)
        while opened.read(PIECE):
            pass
    except (tarfile.TarError, EOFError, gzip.BadGzipFile) as error:
        raise Damaged("The file is not a whole backup of CoP.") from error


def _walk(tar: tarfile.TarFile) -> Iterator[Step]:
    tally, digests = Tally(), dict[str, RowDigest]()
    head: Head | None = None
    for member in tar:
        stream = tar.extractfile(member) if member.isreg() else None
        if stream is None:
            raise Damaged(f"{member.name!r} does not belong into a backup.")
        if head is None:
            if member.name != HEAD:
                raise Damaged("This is not a backup of CoP.")
            told, tally.parts[HEAD] = _note(stream, member)
            head = Head.from_json(told)
            digests = {shape.name: RowDigest() for shape in head.shapes}
            yield head
        elif member.name.startswith("tables/"):
            yield _rows(head, member, stream, tally, digests)
        elif member.name.startswith("files/"):
            yield from _file(member, stream, tally)
        elif member.name == MANIFEST:
            tally.tables = {name: digest.result() for name, digest in digests.items()}
            _compare(_note(stream, member)[0], tally)
            return
        else:
            raise Damaged(f"{member.name!r} does not belong into a backup.")
    raise Damaged("The backup ends before its manifest: it was cut off.")


def _note(stream: IO[bytes], member: tarfile.TarInfo) -> tuple[Any, str]:
    if member.size > LONGEST_NOTE:
        raise Damaged(f"{member.name} is larger than it can be.")
    data = stream.read()
    try:
        return json.loads(data), hashlib.sha256(data).hexdigest()
    except ValueError as error:
        raise Damaged(f"{member.name} cannot be read.") from error


def _rows(
    head: Head, member: tarfile.TarInfo, stream: IO[bytes], tally: Tally, digests: dict[str, RowDigest]
) -> RowsRead:
    name = member.name.split("/")[1].partition("-")[2]
    shape = next((each for each in head.shapes if each.name == name), None)
    if shape is None:
        raise Damaged(f"{member.name!r} are rows of no table that the head names.")
    data = stream.read()
    tally.parts[member.name] = hashlib.sha256(data).hexdigest()
    try:
        lines = gzip.decompress(data)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise Damaged(f"{member.name} cannot be unpacked.") from error
    digests[name].add(lines)
    return RowsRead(shape, lines)


def _file(member: tarfile.TarInfo, stream: IO[bytes], tally: Tally) -> Iterator[FileRead]:
    hashed = HashedReader(stream)
    sha256 = Path(member.name).name
    held = HELD in member.pax_headers
    yield FileRead(sha256, member.size, hashed, held)  # type: ignore[arg-type]  # it only reads
    while hashed.read(PIECE):
        pass
    if member.name != file_name(sha256) or hashed.digest.hexdigest() != sha256:
        raise Damaged(f"The file {sha256} is not what its name says.")
    tally.file(sha256, member.size)


def _compare(manifest: Any, tally: Tally) -> None:
    expected = tally.as_json(missing=[], damaged=[])
    for what in ("parts", "tables", "files", "content"):
        if not isinstance(manifest, dict) or manifest.get(what) != expected[what]:
            raise Damaged(f"The backup is damaged: its {what} are not those that were written.")
