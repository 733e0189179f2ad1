"""A page of 50 posts for a stranger: how many a second one core draws, with remembered fragments and without.

    python -m tests.bench.bench_thread [--seconds 5] [--folder DIR] [--database sqlite|postgresql]

Whole requests through the application, plain and compressed, in one thread. Requests a second are counted by processor
time, because other programs on the machine take wall time away, and by wall time beside it. The naive figure draws
each post anew, as if nothing were remembered (`cop.threads.fragments`). Then a real server is asked for the pages of
the large community, and the memory of its web process is looked at.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests
from flask import Flask
from werkzeug.test import Client

from cop.demo.large import Size
from cop.threads import fragments
from cop.threads.limits import PAGE_SIZE
from tests.bench.bench_pages import community, kept_folder, paths
from tests.bench.promise import Promise, load
from tests.build.processes import Processes

WANTED = 400.0
RSS_MB = 200.0
ADDRESS = "/threads/1?page=5"
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second: by processor time, and by the clock on the wall."""

    processor: float
    wall: float

    def __str__(self) -> str:
        return f"{self.processor:6.0f} a second of processor time, {self.wall:6.0f} of wall time"


def rate(app: Flask, seconds: float, *, gzip: bool) -> Rate:
    """The best of some rounds: what disturbs a round makes it slower, and nothing makes it faster."""
    client = Client(app)
    headers = {"Accept-Encoding": "gzip"} if gzip else {}

    def ask() -> None:
        answer = client.get(ADDRESS, base_url="http://localhost", headers=headers)
        assert answer.status_code == 200
        answer.get_data()

    ask()
    found: list[Rate] = []
    for _ in range(ROUNDS):
        count, began, worked = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds / ROUNDS:
            ask()
            count += 1
        found.append(Rate(count / (time.process_time() - worked), count / (time.perf_counter() - began)))
    return Rate(max(each.processor for each in found), max(each.wall for each in found))


class Forgetful(fragments.Fragments):
    """A memory that remembers nothing: the naive page."""

    def get(self, key: tuple[object, ...]) -> str | None:
        """Nothing."""
        return None


def web_memory(folder: Path) -> float:
    """Megabytes of the web process after every page of `bench_pages` was asked for ten times by a real client."""
    processes = Processes(folder, f"sqlite:///{folder / 'cop.db'}")
    try:
        processes.start_web()
        assert processes.web is not None
        with requests.Session() as client:
            for _ in range(10):
                for addresses in paths().values():
                    for address in addresses[:20]:
                        client.get(processes.base + address, timeout=60)
        found = [
            psutil.Process(processes.web.pid),
            *psutil.Process(processes.web.pid).children(recursive=True),
        ]
        return max(each.memory_info().rss for each in found) / 1e6
    finally:
        processes.stop()


def promises(arguments: Sequence[str] = ()) -> list[Promise]:
    """Measure, print each figure, and return what was promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--assets", type=int, default=Size().assets)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args(arguments)
    folder = options.folder or kept_folder(options.assets)
    print(f"A page of {PAGE_SIZE} posts, signed out, {options.database} ({load()})")
    with community(options.database, folder, options.assets) as (app, _):
        parts = app.extensions["cop"].parts
        fast, packed = (rate(app, options.seconds, gzip=gzip) for gzip in (False, True))
        parts[fragments.Fragments] = Forgetful()
        naive = rate(app, options.seconds, gzip=False)
    print(
        f"  remembered fragments  {fast}\n  the same, compressed  {packed}\n  naive                 {naive}"
    )
    found = [
        # Told as a limit that must not be passed, so as milliseconds of a request.
        Promise(
            f"thread page of {PAGE_SIZE} posts, signed out: {fast.processor:.0f} a second on one core "
            f"(naive {naive.processor:.0f}), processor time",
            1000 / fast.processor,
            1000 / WANTED,
        )
    ]
    if options.database == "sqlite":
        found.append(Promise("memory of the web process", web_memory(folder), RSS_MB, "MB"))
    print(f"  ({load()})")
    return found


if __name__ == "__main__":
    measured = promises(sys.argv[1:])
    print("\n".join(promise.line() for promise in measured))
    sys.exit(not all(promise.kept for promise in measured))
