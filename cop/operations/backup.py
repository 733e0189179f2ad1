"""`cop backup`: everything a server is, in one file, taken while it runs.

Rows are read in one snapshot, so whatever was acknowledged before is there, and nothing by halves. Only then the files
are copied that those rows name: a file is kept before its row is written and only cleared away when no row names it, so
each is there. The archive is hashed while it is written and read once more before it gets its name.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from sqlalchemy import MetaData, text

from cop import __version__
from cop.files import queries as files
from cop.files.store import FileStore
from cop.kernel.access import SYSTEM
from cop.kernel.db import Base, Database, Tx
from cop.kernel.errors import NotFound
from cop.operations import archive
from cop.operations.archive import Head, RowDigest, Tally
from cop.operations.envelope import SealingWriter
from cop.operations.rows import AT_ONCE, Shape, in_order, line, shapes
from cop.settings import KNOWN, SECRET_NAMES

LEFT_OUT = frozenset({"login_session", "half_sign_in", "mail_token", "kept_text"})
"""Sessions, sign-ins that wait for their second step, and links of emails: one that was ended or used after the backup
must not come to life again with it. People sign in once more, and have a link sent anew. And what somebody typed whose
session had just ended: it is kept for an hour at most.
"""

NOTE = "last-backup.json"
"""In COP_VAR: when the last backup was made, for `cop doctor`."""


class WontOverwrite(Exception):
    """There is a file of that name already."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and read again: where, what it holds, and which files the store should have held."""

    path: Path
    size: int
    rows: int
    files: int
    content: str
    missing: tuple[str, ...]
    damaged: tuple[str, ...]


def backup(
    db: Database,
    store: FileStore,
    *,
    target: Path,
    secret: bytes | None = None,
    environ: Mapping[str, str] | None = None,
    metadata: MetaData = Base.metadata,
    tell: Callable[[str], object] = lambda words: None,
) -> Made:
    """Write a backup to `target`, which must not exist, encrypted when there is a secret.

    What is being written lies beside it with `.part` at its end, readable by its owner only. Raises `WontOverwrite`,
    and `OSError` when there is no room; nothing is left behind then.
    """
    if target.exists():
        raise WontOverwrite(f"{target} exists already, and a backup never writes over another one.")
    partial = target.with_name(target.name + ".part")
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb", buffering=1 << 20) as out:
            tally, missing, damaged = _write(out, db, store, metadata, secret, made_at, environ)
            out.flush()
            os.fsync(out.fileno())
        tell("Written. Reading it again ...")
        with partial.open("rb") as again:
            for _ in archive.read(again, secret):
                pass
        partial.rename(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync(target.parent)
    rows = sum(count for count, _ in tally.tables.values())
    return Made(
        target,
        target.stat().st_size,
        rows,
        tally.files,
        tally.content,
        tuple(missing),
        tuple(damaged),
    )


def note_made(var: Path, made: Made) -> None:
    """Write down in COP_VAR that a backup was made, for `cop doctor`."""
    told = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "path": str(made.path), "size": made.size}
    partial = var / (NOTE + ".part")
    partial.write_text(json.dumps(told))
    partial.rename(var / NOTE)


def _write(
    out: BinaryIO,
    db: Database,
    store: FileStore,
    metadata: MetaData,
    secret: bytes | None,
    made_at: str,
    environ: Mapping[str, str] | None,
) -> tuple[Tally, list[str], list[str]]:
    sealing = SealingWriter(out, secret) if secret else None
    sink: Any = sealing or out
    tally = Tally()
    told = settings_of(os.environ if environ is None else environ, sealed=secret is not None)
    with tarfile.open(fileobj=sink, mode="w|") as tar, tempfile.TemporaryFile() as names:
        with db.snapshot() as tx:
            revision = str(tx.rows(text("SELECT version_num FROM alembic_version")).scalar_one())
            tables = [shape for shape in shapes(metadata) if shape.name not in LEFT_OUT]
            database = "sqlite" if db.is_sqlite else "postgresql"
            head = Head(made_at, __version__, revision, database, tuple(tables), told, _sequences(db, tx))
            tally.parts[archive.HEAD] = archive.add_note(tar, archive.HEAD, head.as_json())
            for number, shape in enumerate(tables, start=1):
                _write_rows(tar, tx, number, shape, tally, database)
            for sha256 in files.every_hash(SYSTEM, tx=tx):
                names.write(sha256.encode() + b"\n")
        names.seek(0)
        missing, damaged = _write_files(tar, store, names, tally)
        manifest = tally.as_json(missing=missing, damaged=damaged)
        archive.add_note(tar, archive.MANIFEST, manifest)
    if sealing:
        sealing.finish()
    return tally, missing, damaged


def settings_of(environ: Mapping[str, str], *, sealed: bool) -> dict[str, str | None]:
    """The settings a server was given, by name; a secret one without its value, unless the backup is encrypted."""
    return {
        name: environ[name] if sealed or name not in SECRET_NAMES else None
        for name in KNOWN
        if environ.get(name)
    }


def _sequences(db: Database, tx: Tx) -> dict[str, int]:
    """How far PostgreSQL has counted: ids of rows that are gone must not be given again, old links name them."""
    if db.is_sqlite:
        return {}
    found = tx.rows(
        text("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()")
    )
    return {row.sequencename: row.last_value for row in found if row.last_value is not None}


def row_parts(tx: Tx, shape: Shape, *, dialect: str) -> Iterator[bytes]:
    """The rows of a table as lines, in parts of about `archive.PART` bytes."""
    part = bytearray()
    with tx.rows(in_order(shape, dialect=dialect)) as rows:
        for some in rows.partitions(AT_ONCE):
            for row in some:
                part += line(shape, row)
                if len(part) >= archive.PART:
                    yield bytes(part)
                    part.clear()
    if part:
        yield bytes(part)


def _write_rows(tar: tarfile.TarFile, tx: Tx, number: int, shape: Shape, tally: Tally, dialect: str) -> None:
    digest = RowDigest()
    for part, lines in enumerate(row_parts(tx, shape, dialect=dialect), start=1):
        digest.add(lines)
        name = archive.rows_part(number, shape.name, part)
        tally.parts[name] = archive.add_bytes(tar, name, gzip.compress(lines, 6, mtime=0))
    tally.tables[shape.name] = digest.result()


def _write_files(
    tar: tarfile.TarFile, store: FileStore, names: IO[bytes], tally: Tally
) -> tuple[list[str], list[str]]:
    missing: list[str] = []
    damaged: list[str] = []
    for each in names:
        sha256 = each.decode().strip()
        try:
            stream = store.open(sha256, even_held=True)
        except NotFound:
            missing.append(sha256)
            continue
        with stream:
            if not _is_whole(stream, sha256):
                damaged.append(sha256)
                continue
            info = tarfile.TarInfo(archive.file_name(sha256))
            info.size, info.mode = os.fstat(stream.fileno()).st_size, 0o600
            if store.is_held(sha256):
                info.pax_headers = {archive.HELD: "1"}
            tar.addfile(info, stream)
        tally.file(sha256, info.size)
    return missing, damaged


def _is_whole(stream: BinaryIO, sha256: str) -> bool:
    """Whether a file is what its name says; it is left at its start. What is not would spoil the whole archive."""
    hashed = archive.HashedReader(stream)
    while hashed.read(archive.PIECE):
        pass
    stream.seek(0, io.SEEK_SET)
    return bool(hashed.digest.hexdigest() == sha256)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
