"""Twenty people lose their access in every way there is: the next request is refused, and no frame comes two seconds
later. `make soak` does it a thousand times (tests/soak/revocations.py).
"""

from __future__ import annotations

from pathlib import Path

from cop.kernel.db import Database
from tests.build.processes import Processes
from tests.build.revocations import Revocations, distribution

TRIALS = 4
"""Of each way."""


def test_whoever_lost_access_reads_nothing_more(sqlite_db: Database, tmp_path: Path) -> None:
    processes = Processes(tmp_path / "var", sqlite_db.url)
    try:
        processes.start_web()
        revocations = Revocations(sqlite_db, processes)
        measured = [revocations.trial(way) for way in revocations.ways for _ in range(TRIALS)]
        revocations.writer.close()
    finally:
        processes.stop()
    print(distribution(measured))
    assert not [each for each in measured if each.wrong]
