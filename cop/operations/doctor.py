"""`cop doctor`: what is wrong with a server and how to mend it, in plain words.

Each check answers with findings and never changes anything. They ask what people would notice last: a worker that is
gone, files that are not there, a backup that nobody made.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from cop.files import queries as files
from cop.files.pending import DAY
from cop.files.scanner import ScannerDown
from cop.files.store import FileStore
from cop.kernel import audit, outbox
from cop.kernel.access import SYSTEM
from cop.kernel.clock import db_now
from cop.kernel.db import Database
from cop.kernel.events import DeliveryRow, EventRow
from cop.mail.transport import Refused, ServerDown, SmtpTransport, transport_of
from cop.migrate import newest
from cop.operations.backup import NOTE
from cop.search import consumer
from cop.search.queries import Finder
from cop.settings import Settings
from cop.worker import HEARTBEAT

Level = Literal["well", "look", "wrong"]
LATE = timedelta(minutes=5)
WORKER_SECONDS = 60
BACKUP_HOURS = 26
LEAST_FREE = 1_000_000_000
CLOCK_SECONDS = 5.0
UNCHAINED = 1_000
SHOWN = 5
AT_ONCE = 500
"""Files of which the database is asked in one statement."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor saw: `what` it is, and for what is not well how to `mend` it."""

    level: Level
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """A server, as the doctor is shown it. `thorough` reads every file's row and every document."""

    settings: Settings
    db: Database
    store: FileStore
    finder: Finder
    thorough: bool = True


Check = Callable[[Patient], Iterator[Finding]]


def examine(patient: Patient) -> Iterator[Finding]:
    """Make every check. Where the database does not answer, those that need it are left out."""
    found = list(database(patient))
    yield from found
    reachable = all(each.level != "wrong" for each in found)
    for check in WITHOUT_DATABASE:
        yield from check(patient)
    for check in WITH_DATABASE if reachable else ():
        yield from check(patient)


def database(patient: Patient) -> Iterator[Finding]:
    """Is it there, whole, and at the version of this program?"""
    try:
        with patient.db.transaction(write=False) as tx:
            version = tx.rows(text("SELECT version_num FROM alembic_version")).scalar()
            whole = tx.rows(text("PRAGMA quick_check(1)")).scalar() if patient.db.is_sqlite else "ok"
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        yield Finding(
            "wrong",
            f"The database does not answer or was never migrated: {reason}",
            "Check COP_DATABASE_URL and that the database runs; for a new one run: cop migrate",
        )
        return
    if version != newest():
        yield Finding("wrong", f"The database is at version {version}, not {newest()}.", "Run: cop migrate")
    elif whole != "ok":
        yield Finding(
            "wrong", f"The database file is damaged: {whole}", "Stop the server and restore the last backup."
        )
    else:
        yield Finding("well", f"The database answers and is at version {version}.")


def mail(patient: Patient) -> Iterator[Finding]:
    """Can mail leave?"""
    transport = transport_of(patient.settings)
    if transport is None:
        yield Finding(
            "wrong", "There is no way to send mail.", "Set COP_SMTP_URL and COP_MAIL_FROM; see: cop settings"
        )
    elif isinstance(transport, SmtpTransport):
        try:
            transport.reach()
        except (ServerDown, Refused, OSError) as error:
            yield Finding(
                "wrong",
                f"The mail server does not take us in: {error}",
                "Check COP_SMTP_URL: name, port, user, password. Mails wait and are sent once it answers.",
            )
        else:
            yield Finding("well", "The mail server answers.")
    else:
        yield Finding("well", "Mail stays in the demonstration's folder.")


def disk(patient: Patient) -> Iterator[Finding]:
    """Is there room for what comes?"""
    least = max(LEAST_FREE, 10 * patient.settings.max_upload)
    for place, name in ((patient.settings.var, "COP_VAR"), (Path(tempfile.gettempdir()), "temporary files")):
        free = shutil.disk_usage(place).free if place.exists() else 0
        if free < least:
            yield Finding(
                "wrong" if free < least // 10 else "look",
                f"Only {free / 1e6:,.0f} MB are free for {name} ({place}).",
                "Make room before it is full, never by deleting under files/. Reading goes on when it is full.",
            )
        else:
            yield Finding("well", f"{free / 1e9:,.1f} GB are free for {name}.")


def permissions(patient: Patient) -> Iterator[Finding]:
    """Can strangers on this machine read or change what people wrote?"""
    open_to_all = [
        path
        for path in (patient.settings.var, patient.settings.var / "cop.db", patient.settings.backup_key_file)
        if path is not None and path.exists() and path.stat().st_mode & 0o002
    ]
    readable = [
        path
        for path in (patient.settings.var / "cop.db", patient.settings.backup_key_file)
        if path is not None and path.exists() and path.stat().st_mode & 0o004 and _reachable(path)
    ]
    for path in open_to_all:
        yield Finding("wrong", f"Anybody on this machine can change {path}.", f"Run: chmod o-rwx {path}")
    for path in readable:
        if path not in open_to_all:
            yield Finding("look", f"Anybody on this machine can read {path}.", f"Run: chmod o-rwx {path}")
    try:
        with tempfile.TemporaryFile(dir=patient.settings.var):
            pass
    except OSError as error:
        yield Finding(
            "wrong",
            f"Nothing can be written under {patient.settings.var}: {error.strerror}",
            "Give the folder to the user that runs the server, or make room on its disk.",
        )
    else:
        if not open_to_all and not readable:
            yield Finding("well", "Only the server's own user can change its data.")


def _reachable(path: Path) -> bool:
    """Whether others may enter every folder on the way."""
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def worker(patient: Patient) -> Iterator[Finding]:
    """Does the worker live?"""
    beat = patient.settings.var / HEARTBEAT
    age = time.time() - beat.stat().st_mtime if beat.exists() else None
    if age is None or age > WORKER_SECONDS:
        since = "has never run here" if age is None else f"was last seen {timedelta(seconds=int(age))} ago"
        yield Finding(
            "wrong",
            f"The worker {since}: nothing is found, read or mailed.",
            "Start the server (cop serve), or the worker alone (cop worker), and read its log.",
        )
    else:
        yield Finding("well", "The worker lives.")


def backups(patient: Patient) -> Iterator[Finding]:
    """When was the last backup made?"""
    if patient.settings.demo:
        return
    try:
        told = json.loads((patient.settings.var / NOTE).read_text())
        age = datetime.now(UTC) - datetime.fromisoformat(told["at"])
    except (OSError, ValueError, KeyError, TypeError):
        yield Finding("wrong", "No backup was ever made here.", "Run each night: cop backup FOLDER")
        return
    hours = age.total_seconds() / 3600
    if hours > BACKUP_HOURS:
        yield Finding(
            "wrong", f"The last backup is {hours:,.0f} hours old.", "Run each night: cop backup FOLDER"
        )
    else:
        yield Finding("well", f"The last backup is {hours:,.0f} hours old: {told.get('path')}")
    if patient.settings.backup_key_file is None:
        yield Finding(
            "look",
            "Backups are not encrypted.",
            "Set COP_BACKUP_KEY_FILE, and keep the key elsewhere as well.",
        )


def scanner(patient: Patient) -> Iterator[Finding]:
    """Does the malware scanner answer, where there is one?"""
    if patient.store.scanner is None:
        if not patient.settings.demo:
            yield Finding(
                "look",
                "No malware scanner looks at uploads.",
                "Run clamd and set COP_CLAMD; see docs/operating.md",
            )
        return
    try:
        patient.store.scanner.ping()
    except ScannerDown as error:
        yield Finding(
            "wrong",
            f"The malware scanner at {patient.settings.clamd} does not answer: {error}",
            "Start clamd, or mend COP_CLAMD. Uploads are refused or held until it answers (COP_CLAMD_DOWN).",
        )
    else:
        yield Finding("well", "The malware scanner answers.")


def deliveries(patient: Patient) -> Iterator[Finding]:
    """Does what has to be done get done?"""
    waiting = outbox.waiting(patient.db)
    parked = {name: count for name, (_, count) in waiting.items() if count}
    if parked:
        told = ", ".join(f"{count} for {name}" for name, count in sorted(parked.items()))
        yield Finding(
            "wrong",
            f"The worker gave up on deliveries: {told}.",
            "cop outbox says why. Mend the cause, then: cop outbox retry",
        )
    with patient.db.transaction(write=False) as tx:
        late = tx.rows(
            select(func.count())
            .select_from(DeliveryRow)
            .where(DeliveryRow.parked.is_(False), DeliveryRow.not_before < tx.now() - LATE)
        ).scalar_one()
    if late:
        yield Finding(
            "wrong",
            f"{late} deliveries are late by more than {LATE.seconds // 60} minutes.",
            "The worker does not run, or its log says what holds it up.",
        )
    elif not parked:
        yield Finding(
            "well", f"{sum(due for due, _ in waiting.values())} deliveries wait, none is late or given up."
        )


def chain(patient: Patient) -> Iterator[Finding]:
    """Is the event log whole?"""
    with patient.db.transaction(write=False) as tx:
        found = audit.verify(tx)
    if found.broken_at is not None:
        yield Finding(
            "wrong",
            f"The event log's chain breaks at event {found.broken_at}.",
            "Somebody changed the database by hand, or it was damaged. Keep it as it is and compare it with a backup.",
        )
    elif found.unchained > UNCHAINED:
        yield Finding(
            "look", f"{found.unchained} events wait to be chained.", "The worker does that: does it run?"
        )
    else:
        yield Finding("well", f"{found.checked} events are chained, {found.unchained} wait to be.")


def clock(patient: Patient) -> Iterator[Finding]:
    """Do the clocks agree, and does time go forward?"""
    with patient.db.transaction(write=False) as tx:
        there = tx.rows(select(db_now())).scalar_one()
        newest_event = tx.rows(select(EventRow.at).order_by(EventRow.id.desc()).limit(1)).scalar()
    off = abs((datetime.now(UTC) - there).total_seconds())
    if off > CLOCK_SECONDS:
        yield Finding(
            "wrong",
            f"This machine's clock and the database's differ by {off:.0f} seconds.",
            "Let both machines take their time from the network (NTP).",
        )
    elif newest_event is not None and newest_event > there + timedelta(seconds=CLOCK_SECONDS):
        yield Finding(
            "wrong",
            f"The newest event is of {newest_event:%d %B %Y %H:%M} UTC, which is in the future.",
            "The clock was set back. Let the machine take its time from the network (NTP).",
        )
    else:
        yield Finding("well", "The clocks agree.")


def stored(patient: Patient) -> Iterator[Finding]:
    """Is each file there that a row names, and does each file belong to a row?"""
    if not patient.thorough:
        return
    missing: list[str] = []
    count = 0
    with patient.db.snapshot() as tx:
        for sha256 in files.every_hash(SYSTEM, tx=tx):
            count += 1
            if not patient.store.exists(sha256):
                missing.append(sha256)
    if missing:
        yield Finding(
            "wrong",
            f"{len(missing)} of {count} files are missing: {', '.join(missing[:SHOWN])}",
            "Copy them from files/ of an older backup (cop restore into an empty server, then copy its files/).",
        )
    else:
        yield Finding("well", f"All {count} files are there.")
    extra = 0
    kept = iter(patient.store.kept(3 * DAY))
    while some := list(islice(kept, AT_ONCE)):
        # In short transactions: a long one keeps the log of the writers from being emptied.
        with patient.db.transaction(write=False) as tx:
            extra += len(some) - len(files.known_hashes(SYSTEM, tx=tx, hashes=some))
    if extra:
        yield Finding(
            "look", f"{extra} files belong to nobody.", "The worker clears them away each hour: does it run?"
        )


def index(patient: Patient) -> Iterator[Finding]:
    """Does the search index say what the database says?"""
    if not patient.thorough:
        return
    difference = consumer.verify(patient.db, backend=patient.finder.backend, registry=patient.finder.registry)
    lag = len(difference.missing) + len(difference.outdated) + len(difference.left_over)
    if lag:
        yield Finding(
            "look",
            f"The search index is behind by {lag} of {difference.checked} documents.",
            "Wait until nothing waits for the worker; if it still differs, run: cop search rebuild",
        )
    else:
        yield Finding("well", f"The search index agrees on {difference.checked} documents.")


WITHOUT_DATABASE: tuple[Check, ...] = (mail, scanner, disk, permissions, worker, backups)
WITH_DATABASE: tuple[Check, ...] = (deliveries, chain, clock, stored, index)
