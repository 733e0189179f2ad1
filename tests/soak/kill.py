"""Ten thousand writes while processes, and the PostgreSQL server itself, are killed at random moments."""

from __future__ import annotations

import random
import time
from collections import Counter

from cop.files.store import FileStore
from tests.bench.promise import Promise
from tests.build.crowd import Crowd
from tests.build.databases import PostgresqlMaker
from tests.build.reckoning import check_documents, check_files, check_found, check_posts, wait_until_drained
from tests.soak.place import Place, place

WRITES = 10_000
VICTIMS = ("web", "worker", "both", "worker twice")


def soak(kind: str, seconds: float, rng: random.Random) -> list[Promise]:
    """Write until `WRITES` writes are acknowledged or the time is over; then count, drain and verify."""
    with place(kind) as here:
        here.processes.start_worker()
        here.processes.start_web()
        people = dict(zip(here.tokens(), here.people, strict=True))
        crowd = Crowd(here.processes, here.team_id, here.thread_id, people, WRITES, outages=_can_crash(here))
        began = time.monotonic()
        crowd.start()
        try:
            kills = _kill_at_random(here, crowd, began + seconds, rng)
        finally:
            crowd.finish(at_once=True)
        took = time.monotonic() - began
        wrong = [*crowd.refused, *_judge(here, crowd)]
        print(
            f"kill -9, {kind}: {len(crowd.replies):,} replies, {len(crowd.uploads):,} uploads and "
            f"{len(crowd.published):,} publications acknowledged in {took:.0f} s, "
            f"{crowd.sent_again} of them sent again; killed: {dict(kills)}",
            flush=True,
        )
        for each in wrong[:5]:
            print(f"    {each[:1000]}")
        return [Promise(f"{kind}: things wrong after {kills.total()} kills", len(wrong), 0, "things")]


def _kill_at_random(here: Place, crowd: Crowd, until: float, rng: random.Random) -> Counter[str]:
    processes, kills = here.processes, Counter[str]()
    victims = ["database", *VICTIMS] if _can_crash(here) else [*VICTIMS]
    rng.shuffle(victims)
    while time.monotonic() < until and not crowd.done:
        # Something must have been written since the last kill, else nothing is at stake.
        crowd.wait_for(crowd.count + rng.randrange(1, 150))
        time.sleep(rng.random() * 0.3)
        # In turn, so that a short run meets each of them.
        victim = victims[kills.total() % len(victims)]
        kills[victim] += 1
        if victim == "database":
            assert isinstance(here.maker, PostgresqlMaker)
            here.maker.crash()
        if victim in ("worker", "both", "worker twice"):
            processes.kill(processes.worker)
            processes.start_worker()
        if victim == "worker twice":
            time.sleep(rng.random() * 2)
            processes.kill(processes.worker)
            processes.start_worker()
        if victim in ("web", "both"):
            processes.kill(processes.web)
            processes.start_web()
        revive(here)
    return kills


def _can_crash(here: Place) -> bool:
    return isinstance(here.maker, PostgresqlMaker)


def revive(here: Place) -> None:
    """Start the worker if it ended by itself, as the supervisor would."""
    worker = here.processes.worker
    if worker is not None and worker.poll() is not None:
        here.processes.start_worker()


def _judge(here: Place, crowd: Crowd) -> list[str]:
    here.db.reads.dispose()
    here.db.writes.dispose()
    wrong = []
    try:
        check_posts(here.db, here.thread_id, crowd.replies)
        check_documents(here.db, crowd.uploads, crowd.published)
        check_files(here.db, FileStore(here.processes.settings.var / "files"))
        wait_until_drained(here.db, 120, heal=lambda: revive(here))
        check_found(here.db, here.processes.base, crowd.uploads, crowd.published)
    except AssertionError as error:
        wrong.append(str(error))
    for command in ("search", "audit"):
        verdict = here.processes.run(command, "verify")
        if verdict.returncode:
            wrong.append(f"{command}: {verdict.stdout} {verdict.stderr}")
    return wrong
