"""`make bench`: every bench in its short form, each figure beside what was promised.

    python -m tests.bench [--only pages writes …]

Within ten minutes once the large community and the search corpus are built, which the first run does (some minutes
more). Prints a line for each promise at the end, PASS or OVER with the ratio to its limit, and how busy the machine
was before and after each bench; status 1 when one is over. A figure from a busy machine says little.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

from tests.bench import (
    bench_extract,
    bench_live,
    bench_markup,
    bench_pages,
    bench_search,
    bench_thread,
    bench_writes,
)
from tests.bench.promise import Promise, load

Bench = Callable[[Sequence[str]], list[Promise]]

# Each with the arguments that make it short.
BENCHES: dict[str, tuple[Bench, Sequence[str]]] = {
    "markup": (bench_markup.promises, ()),
    "extract": (bench_extract.promises, ()),
    "writes": (bench_writes.promises, ()),
    "pages": (bench_pages.promises, ()),
    "thread": (bench_thread.promises, ()),
    "search": (bench_search.promises, ("--rounds", "1")),
    "live": (bench_live.promises, ("--sockets", "200", "--seconds", "5")),
}


def main() -> int:
    """Run what was asked for and judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=BENCHES, default=list(BENCHES))
    options = parser.parse_args()
    found: list[tuple[str, Promise]] = []
    for name in options.only:
        bench, arguments = BENCHES[name]
        began, before = time.monotonic(), load()
        print(f"== {name} ({before})", flush=True)
        promises = bench(arguments)
        busy = f"{before.split(' on ')[0]}, then {load()}"
        found += [(busy, promise) for promise in promises]
        print(f"== {name} took {time.monotonic() - began:.0f} s\n", flush=True)
    for busy, promise in found:
        print(f"{promise.line()}  ({busy})")
    over = sum(not promise.kept for _, promise in found)
    print(f"\n{len(found) - over} of {len(found)} promises kept.")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
