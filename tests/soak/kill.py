"""Ten thousand replies while processes, and the PostgreSQL server itself, are killed at random moments."""

from __future__ import annotations

import random
import time
from collections import Counter

from tests.bench.promise import Promise
from tests.build.crowd import Crowd, check_posts, wait_until_drained
from tests.build.databases import PostgresqlMaker
from tests.soak.place import Place, place

WRITES = 10_000
VICTIMS = ("web", "worker", "both", "worker twice")


def soak(kind: str, seconds: float, rng: random.Random) -> list[Promise]:
    """Write until `WRITES` replies are acknowledged or the time is over; then count, drain and verify."""
    with place(kind) as here:
        here.processes.start_worker()
        here.processes.start_web()
        crowd = Crowd(here.processes, here.thread_id, here.tokens(), WRITES, outages=_can_crash(here))
        began = time.monotonic()
        crowd.start()
        try:
            kills = _kill_at_random(here, crowd, began + seconds, rng)
        finally:
            crowd.finish(at_once=True)
        took = time.monotonic() - began
        wrong = [*crowd.refused, *_judge(here, crowd)]
        print(
            f"kill -9, {kind}: {len(crowd.acknowledged):,} replies acknowledged in {took:.0f} s, "
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
        crowd.wait_for(len(crowd.acknowledged) + rng.randrange(1, 150))
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
        check_posts(here.db, here.thread_id, crowd.acknowledged)
        wait_until_drained(here.db, 120, heal=lambda: revive(here))
    except AssertionError as error:
        wrong.append(str(error))
    for command in ("search", "audit"):
        verdict = here.processes.run(command, "verify")
        if verdict.returncode:
            wrong.append(f"{command}: {verdict.stdout} {verdict.stderr}")
    return wrong
