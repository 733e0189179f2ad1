"""A large upload in progress and forty clients that dawdle: nobody else's reply waits for them, on either database."""

from __future__ import annotations

import fcntl
import hashlib
import math
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from cop.kernel.access import Actor
from cop.kernel.db import Database
from tests.build.community import Community
from tests.build.processes import Caller, Processes
from tests.build.servers import descendants, until
from tests.build.slow import Dawdlers, Upload, resident_megabytes
from tests.build.teams import Teams
from tests.data.sample_files import pdf_objects, pdf_of, stream

MEGABYTE = 1 << 20
SIZE = 100 * MEGABYTE
REPLIES = 25
# While others are slow a reply may take so many times what it took before they came, and some seconds in any case: the
# machine may do other things. A wait for a slow client lasts as long as the client likes, and would show.
TIMES, LEAST = 3, 3.0
GROWTH_MEGABYTES = 40
IDLE = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"


@dataclass
class Site:
    """A server, somebody who uploads and somebody else who writes replies meanwhile."""

    processes: Processes
    db: Database
    uploader: Actor
    upload_session: str
    writer: Caller
    thread_path: str
    turn: int = 0

    def patience(self) -> float:
        """How many seconds a reply may take beside slow clients, from what it takes now without any."""
        return max(LEAST, TIMES * self.replies())

    def replies(self, count: int = REPLIES) -> float:
        """Post so many replies one after another; returns the seconds that 95 in a hundred needed at most."""
        took = []
        for _ in range(count):
            self.turn += 1
            began = time.monotonic()
            answer = self.writer.post(
                self.thread_path, body=f"reply {self.turn}", key=f"key-0123456789-{self.turn:06}"
            )
            took.append(time.monotonic() - began)
            assert answer.status_code == 303, answer.text[:2000]
        return sorted(took)[math.ceil(0.95 * count) - 1]

    def upload(self, content: bytes, *, declared: int | None = None) -> Upload:
        """Begin to upload a document as a browser would; `declared` is a length to claim for all of it."""
        caller = Caller(self.processes.base, self.upload_session)
        fields = {
            "csrf_token": caller.csrf_token(),
            "key": "an-upload-of-the-tests",
            "title": "A large document",
            "summary": "All of a hundred megabytes.",
            "kind": "guide",
            "category": "Social care",
            "audience": "public",
            "regime": "",
            "licence": "",
            "owner": str(self.uploader.person_id),
        }
        cookies = caller.cookies()
        caller.close()
        return Upload(self.processes.port, "/library/new", cookies, fields, content, declared=declared)

    def web_megabytes(self) -> float:
        """Memory of gunicorn's worker."""
        assert self.processes.web is not None
        return sum(resident_megabytes(pid) for pid in descendants(self.processes.web.pid))

    def no_transaction_is_open(self) -> bool:
        """Nobody holds a transaction, or on SQLite the writers' lock; only facts of use do, for a moment."""
        if not self.db.is_sqlite:
            with self.db.transaction(write=False) as tx:
                return not tx.session.scalars(text(IDLE)).all()
        path = Path(self.db.url.removeprefix("sqlite:///"))
        with path.with_name(path.name + ".writer").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True


@pytest.fixture
def site(db: Database, community: Community, tmp_path: Path) -> Iterator[Site]:
    """The site, with no worker: nothing but the web process is looked at."""
    uploader, writer = community.person(), community.person()
    teams = Teams(db)
    thread_id = teams.thread(writer, teams.team(writer))
    processes = Processes(tmp_path / "var", db.url)
    try:
        processes.start_web()
        caller = Caller(processes.base, community.session(writer)[0])
        token = community.session(uploader)[0]
        made = Site(processes, db, uploader, token, caller, f"/threads/{thread_id}")
        made.replies(3)
        yield made
        caller.close()
    finally:
        processes.stop()


@contextmanager
def trickling(upload: Upload) -> Iterator[None]:
    """Send it a little at a time while the block runs."""
    stop = threading.Event()
    thread = threading.Thread(target=upload.trickle, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def large_pdf() -> bytes:
    """A whole PDF of `SIZE` bytes and a little more, most of it noise, in which every byte and line end occurs."""
    noise = hashlib.shake_256(b"noise").digest(MEGABYTE) * (SIZE // MEGABYTE)
    return pdf_of([*pdf_objects("Terms of reference"), stream(noise)])


def test_a_large_upload_in_progress_delays_no_reply_and_is_kept_whole(site: Site) -> None:
    patience = site.patience()
    before = site.web_megabytes()
    upload = site.upload(large_pdf())
    upload.send(SIZE * 6 // 10)
    with trickling(upload):
        took = site.replies()
        assert upload.in_progress
        until(site.no_transaction_is_open, 1.0, "every transaction to end")
    assert took < patience
    assert site.web_megabytes() - before < GROWTH_MEGABYTES, "the upload is held in memory"

    said: list[bytes] = []
    rest = threading.Thread(target=lambda: said.append(upload.finish()))
    rest.start()
    while rest.is_alive():
        took = site.replies(1)
        assert took < patience
    upload.close()
    place = re.search(rb"\r\nLocation: (\S+)", said[0])
    assert place is not None, said[0][:3000]
    assert site.web_megabytes() - before < GROWTH_MEGABYTES

    caller = Caller(site.processes.base, site.upload_session)
    kept = caller.get(f"{place[1].decode()}/download/1")
    caller.close()
    assert hashlib.sha256(kept.content).hexdigest() == upload.sha256


def test_clients_that_take_a_second_for_a_byte_delay_no_reply(site: Site) -> None:
    patience = site.patience()
    upload = site.upload(large_pdf())
    place = re.search(rb"\r\nLocation: (\S+)", upload.finish())
    assert place is not None
    upload.close()
    caller = Caller(site.processes.base, site.upload_session)
    dawdlers = Dawdlers(
        site.processes.port, f"{place[1].decode()}/download/1", caller.cookies(), readers=20, senders=20
    )
    caller.close()
    try:
        time.sleep(1.5)
        took = site.replies()
        until(site.no_transaction_is_open, 1.0, "every transaction to end")
        assert dawdlers.still_there() == 40, "the server hung up, so nothing was shown"
    finally:
        dawdlers.leave()
    assert took < patience


def test_a_body_over_the_limit_is_refused_before_it_is_read(site: Site) -> None:
    patience = site.patience()
    most = 2 * site.processes.settings.max_upload + MEGABYTE
    upload = site.upload(b"%PDF-1.7" + bytes(2 * MEGABYTE), declared=2 * most)
    # The server may have answered and hung up before it has all that is sent.
    with suppress(BrokenPipeError, ConnectionResetError):
        upload.send(MEGABYTE)
    answer = upload.answer()
    upload.close()
    assert answer.startswith(b"HTTP/1.1 413"), answer[:500]
    assert b"That is too large to send." in answer
    assert upload.in_progress
    assert site.replies(3) < patience
