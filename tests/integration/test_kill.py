"""kill -9 in the middle of a thousand writes: nothing acknowledged is lost, nothing is half-done, the index catches up."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from cop.kernel import outbox
from cop.kernel.db import Database
from cop.kernel.events import EventRow
from cop.threads.models import PostRow, ThreadRow
from tests.build import teams
from tests.build.community import Community
from tests.build.processes import Caller, Processes

WRITES = 1000
WRITERS = 8
KILLS = 4


class Crowd:
    """Writers that post until enough is acknowledged, whatever happens to the server."""

    def __init__(self, processes: Processes, path: str, tokens: list[str]) -> None:
        self.processes = processes
        self.path = path
        self.acknowledged: list[str] = []
        self.refused: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._write, args=(number, token)) for number, token in enumerate(tokens)
        ]

    def _write(self, number: int, token: str) -> None:
        turn = 0
        caller = Caller(self.processes.base, token)
        while len(self.acknowledged) < WRITES:
            turn += 1
            body = f"writer{number}turn{turn}"
            try:
                answer = caller.post(self.path, body=body, key=f"key-of-{body}-0123456789")
            except requests.RequestException:
                caller.close()
                caller = Caller(self.processes.base, token)
                time.sleep(0.05)
                continue
            with self._lock:
                if answer.status_code == 303:
                    self.acknowledged.append(body)
                else:
                    self.refused[answer.status_code] += 1
        caller.close()

    def run_while_killing(self, rng: random.Random) -> None:
        """Start all writers; kill web process and worker at random moments; wait until enough is acknowledged."""
        for thread in self._threads:
            thread.start()
        for kill in range(KILLS):
            goal = WRITES * (kill + 1) // (KILLS + 1)
            while len(self.acknowledged) < goal:
                time.sleep(0.01)
            time.sleep(rng.random() * 0.2)
            self.processes.kill(self.processes.worker)
            self.processes.kill(self.processes.web)
            self.processes.start_worker()
            self.processes.start_web()
        for thread in self._threads:
            thread.join()


def test_kill_9_during_a_thousand_writes(db: Database, community: Community, tmp_path: Path) -> None:
    people = [community.person() for _ in range(WRITERS)]
    team_id = teams.team(db, people[0])
    thread_id = teams.thread(db, people[0], team_id)
    teams.add_members(db, people[0], team_id, people[1:])
    processes = Processes(tmp_path / "var", db.url)
    try:
        processes.start_worker()
        processes.start_web()
        tokens = [community.session(person)[0] for person in people]
        crowd = Crowd(processes, f"/threads/{thread_id}", tokens)
        crowd.run_while_killing(random.Random(20261123))
        assert not crowd.refused, f"{crowd.refused}: {processes.log()[-3000:]}"
        _check_database(db, thread_id, crowd.acknowledged)
        _wait_until_drained(db)
        verdict = processes.run("search", "verify")
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr
        audit = processes.run("audit", "verify")
        assert audit.returncode == 0, audit.stdout + audit.stderr
    finally:
        processes.stop()


def _check_database(db: Database, thread_id: int, acknowledged: list[str]) -> None:
    with db.transaction(write=False) as tx:
        bodies = list(tx.session.scalars(select(PostRow.source).where(PostRow.thread_id == thread_id)))
        numbers = list(tx.session.scalars(select(PostRow.number).order_by(PostRow.number)))
        recorded = tx.session.execute(
            select(func.count()).select_from(EventRow).where(EventRow.kind == "PostWritten")
        ).scalar_one()
        seq = tx.session.execute(select(ThreadRow.seq)).scalar_one()
    counted = Counter(bodies)
    lost = [body for body in acknowledged if counted[body] != 1]
    assert not lost, f"acknowledged, but not there exactly once: {lost[:5]}"
    assert max(counted.values()) == 1, "a post was written twice"
    assert numbers == list(range(1, len(bodies) + 1)), "numbers have gaps"
    assert recorded == len(bodies), "a post without its event, or the other way round"
    assert seq >= len(bodies)


def _wait_until_drained(db: Database) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not any(due for due, _ in outbox.waiting(db).values()):
            return
        time.sleep(0.1)
    pytest.fail(f"the worker did not catch up: {outbox.waiting(db)}")
