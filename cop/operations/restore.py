"""`cop restore`: an empty server becomes what a backup holds, on either kind of database.

The backup is read to its end before anything is touched. Rows come back in one transaction that is only committed
once every file lies in its place, so a restore that fails leaves an empty server. Foreign keys are checked at the end,
because rows of two tables may refer to each other. What stands there then is read back and held against the backup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from cop.files.store import FileStore
from cop.kernel.db import Database, Tx
from cop.kernel.errors import DomainError
from cop.migrate import current, migrate, newest, revisions
from cop.operations import archive
from cop.operations.archive import Damaged, FileRead, Head, RowDigest, RowsRead
from cop.operations.backup import LEFT_OUT, row_parts
from cop.operations.rows import AT_ONCE, Shape, as_table, values

REFERENCE = frozenset({"organisation", "organisation_successor", "event", "event_link", "delivery"})
"""What `cop migrate` itself fills: the register of councils. A database with nothing else is as good as empty."""


class WontRestore(Exception):
    """This backup cannot be restored here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a whole backup holds."""

    head: Head
    tables: dict[str, list[Any]]
    rows: int
    files: int


def look(path: Path, secret: bytes | None) -> Contents:
    """Read a backup to its end; raises `Damaged` or `KeyProblem` unless it is whole."""
    head: Head | None = None
    digests: dict[str, RowDigest] = {}
    files = 0
    with path.open("rb") as source:
        for step in archive.read(source, secret):
            if isinstance(step, Head):
                head, digests = step, {shape.name: RowDigest() for shape in step.shapes}
            elif isinstance(step, RowsRead):
                digests[step.shape.name].add(step.lines)
            else:
                files += 1
    if head is None:
        raise Damaged("The backup is empty.")
    tables = {name: digest.result() for name, digest in digests.items()}
    return Contents(head, tables, sum(rows for rows, _ in tables.values()), files)


def restore(
    url: str,
    store: FileStore,
    *,
    source: Path,
    secret: bytes | None = None,
    tell: Callable[[str], object] = lambda words: None,
) -> Contents:
    """Restore a backup into an empty database and the store, and bring it to this program's version.

    Raises `WontRestore`, `Damaged` or `KeyProblem`; the database then holds no rows. The search index is not part of
    it: rebuild it afterwards.
    """
    tell("Reading the backup to its end ...")
    found = look(source, secret)
    _refuse_other_program(found.head)
    _make_empty(url)
    tell("It is whole. Making the tables ...")
    migrate(url, found.head.revision)
    tell(f"Bringing back {found.rows} rows and {found.files} files ...")
    with closing(_Opened(url)) as opened:
        try:
            with opened.db.transaction(write=True) as tx:
                _load(tx, opened.db, store, source, secret, found.head)
        except (DBAPIError, DomainError) as error:
            raise WontRestore(
                f"The rows do not fit this database, which stays empty: {_in_short(error)}"
            ) from error
        tell("Reading back what stands there now ...")
        _compare(opened.db, found)
        _forget(opened.db, found.head)
    if found.head.revision != newest():
        tell(f"Bringing the database from version {found.head.revision} to {newest()} ...")
        migrate(url)
    return found


def _forget(db: Database, head: Head) -> None:
    """Backups of before hold what none holds now, such as links that were used since."""
    with db.transaction(write=True) as tx:
        for shape in head.shapes:
            if shape.name in LEFT_OUT:
                tx.rows(delete(as_table(shape)))


class _Opened:
    def __init__(self, url: str) -> None:
        self.db = Database.open(url)

    def close(self) -> None:
        self.db.dispose()


def _in_short(error: DBAPIError | DomainError) -> str:
    # A constraint that is broken when all is there has become a domain error (`Database.transaction`).
    if isinstance(error, DomainError | IntegrityError):
        return "some refer to rows that the backup does not hold."
    return str(error.orig).splitlines()[0]


def _refuse_other_program(head: Head) -> None:
    if head.revision not in revisions():
        raise WontRestore(
            f"This backup is of a newer program: its database is at version {head.revision}, and this program "
            f"knows none beyond {newest()}. Install CoP {head.program} or newer, and restore with that."
        )


def _make_empty(url: str) -> None:
    """Refuse a database that holds anything; one in which only `cop migrate` has been is taken back to nothing."""
    at = current(url)
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            tables = MetaData()
            tables.reflect(connection)
            if at is None and tables.tables:
                raise WontRestore(
                    "This database belongs to something else: it has tables, and none of CoP's. "
                    "Restore into a database that is empty."
                )
            for name, table in sorted(tables.tables.items()):
                if name in REFERENCE or name == "alembic_version":
                    continue
                if connection.execute(select(table).limit(1)).first() is not None:
                    raise WontRestore(
                        f"This server is not empty: its table {name!r} holds rows, and a restore never writes over "
                        "anything. Set COP_DATABASE_URL to an empty database or COP_VAR to an empty folder; or move "
                        "away what is there, once you are sure that nobody needs it."
                    )
    finally:
        engine.dispose()
    if at is not None:
        migrate(url, "base")


def _load(tx: Tx, db: Database, store: FileStore, source: Path, secret: bytes | None, head: Head) -> None:
    keys = _without_foreign_keys(tx, db)
    for shape in reversed(head.shapes):
        # A migration may have filled a table with what the backup holds as well.
        table = as_table(shape)
        if tx.rows(select(func.count()).select_from(table)).scalar_one():
            tx.rows(delete(table))
    with source.open("rb") as stream:
        for step in archive.read(stream, secret):
            if isinstance(step, RowsRead):
                _insert(tx, step)
            elif isinstance(step, FileRead):
                _keep(store, step)
    for statement in keys:
        tx.rows(text(statement))
    if not db.is_sqlite:
        _count_on(tx, head)


def _insert(tx: Tx, step: RowsRead) -> None:
    table = as_table(step.shape)
    try:
        rows: Iterable[dict[str, Any]] = values(step.shape, step.lines)
        rows = iter(rows)
        while some := list(islice(rows, AT_ONCE)):
            tx.rows(insert(table), some)
    except (ValueError, TypeError) as error:
        raise Damaged(f"Rows of {step.shape.name} cannot be read.") from error


def _keep(store: FileStore, step: FileRead) -> None:
    spooled = store.spool(step.stream, step.size)
    if spooled.sha256 != step.sha256:
        store.discard(spooled)
        raise Damaged(f"The file {step.sha256} is not what its name says.")
    store.keep(spooled, held=step.held)


def _without_foreign_keys(tx: Tx, db: Database) -> list[str]:
    """Put the checking of references off; return what brings it back at the end, in the same transaction."""
    if db.is_sqlite:
        tx.rows(text("PRAGMA defer_foreign_keys=ON"))
        return []
    found = tx.rows(
        text(
            "SELECT conrelid::regclass::text AS owner, quote_ident(conname) AS name, "
            "pg_get_constraintdef(oid) AS definition FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        )
    ).all()
    for row in found:
        tx.rows(text(f"ALTER TABLE {row.owner} DROP CONSTRAINT {row.name}"))
    return [f"ALTER TABLE {row.owner} ADD CONSTRAINT {row.name} {row.definition}" for row in found]


def _count_on(tx: Tx, head: Head) -> None:
    """Let PostgreSQL's own counters go on where the rows end, or where the old server's stood."""
    for shape in head.shapes:
        if shape.key != ("id",) or shape.columns["id"] != "integer":
            continue
        sequence = tx.rows(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": shape.name}).scalar()
        if sequence is None:
            continue
        highest = tx.rows(select(func.max(as_table(shape).c.id))).scalar() or 0
        stood = head.sequences.get(sequence.rpartition(".")[2].strip('"'), 0)
        if last := max(highest, stood):
            tx.rows(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


def _compare(db: Database, found: Contents) -> None:
    """Read everything back and hold it against the backup, row for row."""
    dialect = "sqlite" if db.is_sqlite else "postgresql"
    with db.snapshot() as tx:
        for shape in found.head.shapes:
            if _digest(tx, shape, dialect) != found.tables[shape.name]:
                raise Damaged(
                    f"What stands in {shape.name} now is not what the backup holds. Do not use this database; "
                    "tell whoever looks after the program."
                )


def _digest(tx: Tx, shape: Shape, dialect: str) -> list[Any]:
    digest = RowDigest()
    for lines in row_parts(tx, shape, dialect=dialect):
        digest.add(lines)
    return digest.result()
