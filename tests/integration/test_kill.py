"""kill -9 in the middle of a thousand writes: nothing acknowledged is lost or half-done, and the index catches up."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cop.app import open_finder
from cop.files.store import FileStore
from cop.kernel.db import Database
from tests.build.community import Community
from tests.build.crowd import KINDS, Crowd
from tests.build.processes import Processes
from tests.build.reckoning import check_documents, check_files, check_found, check_posts, wait_until_drained
from tests.build.teams import Teams

WRITES = 1000
WRITERS = 8


@pytest.fixture
def processes(db: Database, tmp_path: Path) -> Iterator[Processes]:
    """A web process and a worker on `db`."""
    made = Processes(tmp_path / "var", db.url)
    # What the test itself writes is to be found as well.
    open_finder(made.settings)
    try:
        made.start_worker()
        made.start_web()
        yield made
    finally:
        made.stop()


# Whoever is cut off in the middle of a request leaves a socket to the garbage collector, in the library that sent it.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_kill_9_during_a_thousand_writes(db: Database, community: Community, processes: Processes) -> None:
    lead, *others = [community.person() for _ in range(WRITERS)]
    teams = Teams(db)
    team_id = teams.team(lead, members=[(person, "member", "finance") for person in others])
    thread_id = teams.thread(lead, team_id)
    people = {community.session(person)[0]: person for person in (lead, *others)}
    crowd = Crowd(processes, team_id, thread_id, people, WRITES)
    crowd.start()
    try:
        _kill_while_they_write(processes, crowd, random.Random(20261123))
    finally:
        crowd.finish(at_once=crowd.done)
    assert not crowd.refused, crowd.refused
    assert crowd.sent_again, "no kill came while somebody waited for an answer, so nothing was tried"
    assert crowd.count >= WRITES
    assert check_posts(db, thread_id, crowd.replies) > len(crowd.replies)
    check_documents(db, crowd.uploads, crowd.published)
    check_files(db, FileStore(processes.settings.var / "files"))
    wait_until_drained(db)
    check_found(db, processes.base, crowd.uploads, crowd.published)
    for command in ("search", "audit"):
        verdict = processes.run(command, "verify")
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def _kill_while_they_write(processes: Processes, crowd: Crowd, rng: random.Random) -> None:
    """kill -9 web process and worker at random moments, shortly one after the other.

    Each time something of another kind is under way: uploads and publications are too few to be met by chance.
    """
    for number, kind in enumerate(KINDS, start=1):
        crowd.wait_for(WRITES * number // (len(KINDS) + 1))
        if not _freeze_during(processes, crowd, kind, rng):
            assert crowd.refused, f"no kill came while somebody waited for the answer to {kind}"
            return
        processes.kill(processes.worker)
        time.sleep(rng.choice((0, 0.1)))
        processes.kill(processes.web)
        processes.start_worker()
        processes.start_web()


def _freeze_during(processes: Processes, crowd: Crowd, kind: str, rng: random.Random) -> bool:
    """Freeze the web process at a random moment while it works on something of this kind; False if that never was."""
    while not crowd.done:
        if not (caught := crowd.waiting(kind)):
            time.sleep(0.001)
            continue
        time.sleep(rng.random() * 0.02)
        processes.freeze(processes.web)
        # An answer that left in time still arrives.
        time.sleep(0.05)
        if caught & crowd.waiting(kind):
            return True
        processes.thaw(processes.web)
    return False
