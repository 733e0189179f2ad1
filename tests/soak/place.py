"""Where a soak takes place: a fresh database of one kind, a server's two processes on it, people and a thread."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cop.app import open_finder
from cop.kernel.access import Actor
from cop.kernel.db import Database
from tests.build.community import Community
from tests.build.databases import Maker, PostgresqlMaker, SqliteMaker
from tests.build.processes import Processes
from tests.build.teams import Teams


@dataclass
class Place:
    """Everything a soak needs. The processes are not started."""

    maker: Maker
    db: Database
    processes: Processes
    community: Community
    people: list[Actor]
    team_id: int
    thread_id: int

    def tokens(self) -> list[str]:
        """A living session for each person."""
        return [self.community.session(person)[0] for person in self.people]


@contextmanager
def place(kind: str, *, people: int = 8) -> Iterator[Place]:
    """A place on `sqlite` or `postgresql`; everything in it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="cop-soak-") as folder:
        maker: Maker = SqliteMaker(Path(folder)) if kind == "sqlite" else PostgresqlMaker()
        url = maker.fresh()
        db = Database.open(url)
        processes = Processes(Path(folder) / "var", url, COP_LOG_LEVEL="warning")
        try:
            # What this process writes itself is to be found as well.
            open_finder(processes.settings)
            community, teams = Community(db), Teams(db)
            lead, *others = [community.person() for _ in range(people)]
            team_id = teams.team(lead, members=[(person, "member", "finance") for person in others])
            thread_id = teams.thread(lead, team_id)
            yield Place(maker, db, processes, community, [lead, *others], team_id, thread_id)
        finally:
            processes.stop()
            db.dispose()
            maker.close()
