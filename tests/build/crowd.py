"""Writers over real HTTP that post replies whatever happens to the server, and know what was acknowledged."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

import requests
from sqlalchemy import func, select

from cop.kernel import outbox
from cop.kernel.db import Database
from cop.kernel.events import EventRow
from cop.threads.models import PostRow, ThreadRow
from tests.build.processes import Caller, NoToken, Processes

MOST_REFUSALS = 3
PATIENCE = 30.0
SHOWN = 3000


class Crowd:
    """One writer per session token, all in one thread.

    A reply whose answer was lost is sent again with the same key, as a browser's "try again" does: then it must stand
    there once all the same. A refusal is not expected at all; after a few of them everybody stops. Where the database
    is killed too (`outages`), an answer of 500 says "try again" and is taken at its word.
    """

    def __init__(
        self,
        processes: Processes,
        thread_id: int,
        tokens: Sequence[str],
        goal: int,
        *,
        outages: bool = False,
    ) -> None:
        self.acknowledged: list[str] = []
        self.refused: Counter[str] = Counter()
        self.sent_again = 0
        self._processes = processes
        self._path = f"/threads/{thread_id}"
        self._goal = goal
        self._outages = outages
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=(number, token)) for number, token in enumerate(tokens)
        ]

    @property
    def done(self) -> bool:
        """Whether enough was acknowledged, or everybody gave up."""
        return self._stop.is_set() or len(self.acknowledged) >= self._goal

    def _write(self, number: int, token: str) -> None:
        caller = Caller(self._processes.base, token)
        turn, first = 0, True
        while not self.done:
            body = f"writer{number}turn{turn}"
            try:
                answer = caller.post(self._path, body=body, key=f"key-of-{body}-0123456789")
                if self._outages and answer.status_code >= 500:
                    raise requests.ConnectionError(answer.reason)
            except (requests.RequestException, NoToken):
                caller.close()
                caller = Caller(self._processes.base, token)
                first = False
                time.sleep(0.05)
                continue
            self._note(body, answer, first)
            turn, first = turn + 1, True
        caller.close()

    def _note(self, body: str, answer: requests.Response, first: bool) -> None:
        with self._lock:
            self.sent_again += not first
            if answer.status_code == 303:
                self.acknowledged.append(body)
                return
            self.refused[f"{answer.status_code} {answer.text[:SHOWN]}"] += 1
            if self.refused.total() >= MOST_REFUSALS:
                self._stop.set()

    def start(self) -> None:
        """Begin to write."""
        for thread in self._threads:
            thread.start()

    def wait_for(self, count: int) -> None:
        """Wait until so many replies are acknowledged, or everybody gave up.

        Raises AssertionError when nothing at all is acknowledged for `PATIENCE` seconds.
        """
        seen, deadline = -1, 0.0
        while not self.done and len(self.acknowledged) < count:
            if len(self.acknowledged) != seen:
                seen, deadline = len(self.acknowledged), time.monotonic() + PATIENCE
            if time.monotonic() > deadline:
                self._stop.set()
                raise AssertionError(f"nothing is acknowledged any more: {self._processes.log()[-SHOWN:]}")
            time.sleep(0.01)

    def finish(self, *, at_once: bool = False) -> None:
        """Wait for the rest, and for everybody to leave; `at_once` they leave without it."""
        try:
            if not at_once:
                self.wait_for(self._goal)
        finally:
            self._stop.set()
            for thread in self._threads:
                if thread.ident is not None:
                    thread.join()


def check_posts(db: Database, thread_id: int, acknowledged: Sequence[str]) -> int:
    """Assert that nothing acknowledged is lost and nothing half-done; return how many posts stand there.

    The thread was opened with one post that nobody of the crowd wrote.
    """
    with db.transaction(write=False) as tx:
        rows = tx.session.execute(
            select(PostRow.source, PostRow.number, PostRow.seq)
            .where(PostRow.thread_id == thread_id)
            .order_by(PostRow.number)
        ).all()
        head = tx.session.execute(select(ThreadRow.seq).where(ThreadRow.id == thread_id)).scalar_one()
        recorded = tx.session.execute(
            select(func.count()).select_from(EventRow).where(EventRow.kind == "PostWritten")
        ).scalar_one()
        everywhere = tx.session.execute(select(func.count()).select_from(PostRow)).scalar_one()
    counted = Counter(row.source for row in rows)
    lost = [body for body in acknowledged if counted[body] != 1]
    assert not lost, f"acknowledged, but not there exactly once: {lost[:5]}"
    twice = [body for body, times in counted.items() if times > 1]
    assert not twice, f"written twice: {twice[:5]}"
    places = list(range(1, len(rows) + 1))
    assert [row.number for row in rows] == places, "the numbers have gaps"
    assert [row.seq for row in rows] == places, "a sequence number was given twice or lost"
    assert head == len(rows), "the thread's head is not its last change"
    assert recorded == everywhere, "a post without its event, or an event without its post"
    return len(rows)


def wait_until_drained(db: Database, seconds: float = 60.0, heal: Callable[[], None] | None = None) -> None:
    """Wait until the worker has done everything that is due; `heal()` runs at each look, to start what was killed."""
    deadline = time.monotonic() + seconds
    while any(due for due, _ in outbox.waiting(db).values()):
        assert time.monotonic() < deadline, f"the worker did not catch up: {outbox.waiting(db)}"
        if heal is not None:
            heal()
        time.sleep(0.1)
    parked = {name: count for name, (_, count) in outbox.waiting(db).items() if count}
    assert not parked, f"the worker gave up on {parked}"
