"""A hundred thousand generated requests over all routes, half of them on each database. It takes the time it takes."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from tests.bench.promise import Promise
from tests.build.databases import Maker, PostgresqlMaker, SqliteMaker
from tests.build.stage import Stage
from tests.integration.hostile_run import ALLOWED_SECONDS, attack
from tests.integration.test_canaries import READERS

REQUESTS = 50_000


def soak(kind: str, seconds: float, rng: random.Random) -> list[Promise]:
    """Send them all, whatever the time; the seed that is printed makes the same again."""
    seed = rng.randrange(10**6)
    with tempfile.TemporaryDirectory(prefix="cop-soak-") as folder:
        maker: Maker = SqliteMaker(Path(folder)) if kind == "sqlite" else PostgresqlMaker()
        stage = Stage(maker.fresh(), Path(folder))
        stage.readers = READERS
        try:
            outcome = attack(stage, seed, range(REQUESTS))
        finally:
            stage.close()
            maker.close()
    print(f"requests, {kind}, seed {seed}: {outcome.line()}", flush=True)
    for each in outcome.wrong[:20]:
        print(f"    {each[:1000]}")
    return [
        Promise(f"{kind}: slowest hostile request", outcome.slowest, ALLOWED_SECONDS, "s"),
        Promise(f"{kind}: hostile requests that went wrong", len(outcome.wrong), 0, "requests"),
    ]
