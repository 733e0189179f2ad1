"""`make soak`: everything that needs time to go wrong, for about as many minutes as asked, on both databases.

    python -m tests.soak [--minutes 10] [--only kill search sockets markdown uploads use …] [--seed 1]

Prints figures as it goes and a line for each promise at the end; status 1 when one was broken. The seed is printed,
so that the same choices can be made again (the moments of a kill are never quite the same).
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable

from tests.bench.promise import Promise, load
from tests.soak import attack, changes, growth, hostile, kill, mails, matrix, revocations, sockets

Soak = Callable[[float, random.Random], list[Promise]]
KINDS = ("sqlite", "postgresql")


def _both(soak: Callable[[str, float, random.Random], list[Promise]]) -> Soak:
    """The same on each database, half the time each."""
    return lambda seconds, rng: [promise for kind in KINDS for promise in soak(kind, seconds / 2, rng)]


# Each with its share of the time.
SOAKS: dict[str, tuple[float, Soak]] = {
    "kill": (0.4, _both(kill.soak)),
    "search": (0.15, _both(changes.soak)),
    "sockets": (0.1, _both(sockets.soak)),
    "use": (0.2, _both(growth.soak)),
    "markdown": (0.05, hostile.markdown),
    "uploads": (0.1, hostile.uploads),
    "requests": (0.1, _both(attack.soak)),
    "mails": (0.1, _both(mails.soak)),
    "matrix": (0.1, matrix.soak),
    "revocations": (0.1, _both(revocations.soak)),
}


def main() -> int:
    """Run what was asked for and judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--only", nargs="+", choices=SOAKS, default=list(SOAKS))
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    # Others may be working on this machine.
    os.nice(5)
    rng = random.Random(options.seed)
    print(f"seed {options.seed}; {load()}", flush=True)
    whole = sum(SOAKS[name][0] for name in options.only)
    began = time.monotonic()
    promises: list[Promise] = []
    for name in options.only:
        share, soak = SOAKS[name]
        promises += soak(options.minutes * 60 * share / whole, random.Random(rng.random()))
    print(f"\n{(time.monotonic() - began) / 60:.1f} minutes; {load()}")
    print("\n".join(promise.line() for promise in promises))
    return int(not all(promise.kept for promise in promises))


if __name__ == "__main__":
    sys.exit(main())
