"""A thousand people lose their access, half of them on each database: refused at once, and the last frame in time."""

from __future__ import annotations

import random

from tests.bench.promise import Promise
from tests.build.revocations import LIMIT, Revocations, distribution
from tests.soak.place import place

TRIALS = 500


def soak(kind: str, seconds: float, rng: random.Random) -> list[Promise]:
    """Do it so often, whatever the time."""
    with place(kind, people=1) as here:
        here.processes.start_web()
        revocations = Revocations(here.db, here.processes)
        ways = list(revocations.ways)
        measured = [revocations.trial(rng.choice(ways)) for _ in range(TRIALS)]
        revocations.writer.close()
    wrong = [each for each in measured if each.wrong]
    print(
        f"revocations, {kind}, half, most and longest until the last frame:\n{distribution(measured)}",
        flush=True,
    )
    for each in wrong[:10]:
        print(f"    {each}")
    return [
        Promise(f"{kind}: longest until the last frame", max(each.seconds for each in measured), LIMIT, "s"),
        Promise(f"{kind}: things wrong after losing access", len(wrong), 0, "things"),
    ]
