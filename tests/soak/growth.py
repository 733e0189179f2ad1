"""What grows while a server is used for a long time: memory, file descriptors and threads of both processes."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import requests

from tests.bench.promise import Promise
from tests.build.processes import Caller
from tests.build.servers import descendants
from tests.build.slow import resident_megabytes
from tests.soak.place import Place, place

CALLERS = 4
# What is remembered on purpose (drawn posts, opened index) has its own bounds and fills slowly at first.
ALLOWED_MEGABYTES_PER_THOUSAND = 5.0
ALLOWED_MORE = 8
SAMPLE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a process, and after how many requests it was taken.

    `files` leaves out one descriptor for each file of the index that is still there: how many segments an index has
    goes up and down with merging. One that is open twice, or was deleted, counts.
    """

    requests: int
    megabytes: float
    files: int
    threads: int


def look(pid: int, done: int) -> Sample:
    """Look at a process now."""
    folder = Path(f"/proc/{pid}")
    targets = [target for each in (folder / "fd").iterdir() if (target := _target(each))]
    segments = {target for target in targets if "/search/" in target and Path(target).exists()}
    return Sample(
        done,
        resident_megabytes(pid),
        len(targets) - len(segments),
        sum(1 for _ in (folder / "task").iterdir()),
    )


def _target(descriptor: Path) -> str:
    """What is open there; nothing when it was closed meanwhile."""
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


@dataclass
class Use:
    """Callers that read, write, search, fail and upload in turn."""

    here: Place
    until: float
    done: Counter[int] = field(default_factory=Counter)

    def run(self, token: str, number: int, rng: random.Random) -> None:
        """Use the server until the time is over."""
        caller = Caller(self.here.processes.base, token)
        turn = 0
        while time.monotonic() < self.until:
            turn += 1
            try:
                answer = self._once(caller, f"{number}-{turn}", rng)
            except requests.RequestException:
                self.done[0] += 1
                continue
            self.done[answer.status_code] += 1
        caller.close()

    def _once(self, caller: Caller, name: str, rng: random.Random) -> requests.Response:
        thread, team = f"/threads/{self.here.thread_id}", f"/teams/{self.here.team_id}"
        choice = rng.randrange(10)
        if choice == 0:
            return caller.post(thread, body=f"A reply called {name}.", key=f"key-0123456789-{name}")
        if choice == 1:
            return caller.post(thread, body="")
        if choice == 2:
            return caller.post(
                f"{team}/threads/new",
                title=f"Thread {name}",
                body="Its first post.",
                key=f"key-of-a-thread-{name}",
            )
        if choice == 3:
            return caller.get(f"/nothing-here-{name}")
        pages = (
            thread,
            team,
            f"{team}/threads",
            "/library",
            "/",
            "/teams",
            f"/search?q=reply+{name}",
            "/profile",
        )
        return caller.get(rng.choice(pages))


def _slope(samples: list[Sample]) -> float:
    """Megabytes for a thousand requests, between the middles of the second half's two halves."""
    half = samples[len(samples) // 2 :]
    early, late = half[: len(half) // 2], half[len(half) // 2 :]
    made = median(each.requests for each in late) - median(each.requests for each in early)
    grown = median(each.megabytes for each in late) - median(each.megabytes for each in early)
    return 1000 * grown / max(made, 1)


def soak(kind: str, seconds: float, rng: random.Random) -> list[Promise]:
    """Use a server for so long; then say what grew."""
    with place(kind, people=CALLERS) as here:
        here.processes.start_worker()
        here.processes.start_web()
        assert here.processes.web is not None
        assert here.processes.worker is not None
        pids = {"web": next(iter(descendants(here.processes.web.pid))), "worker": here.processes.worker.pid}
        use = Use(here, time.monotonic() + seconds)
        threads = [
            threading.Thread(target=use.run, args=(token, number, random.Random(rng.random())))
            for number, token in enumerate(here.tokens())
        ]
        for thread in threads:
            thread.start()
        seen: dict[str, list[Sample]] = {name: [] for name in pids}
        while any(thread.is_alive() for thread in threads):
            for name, pid in pids.items():
                seen[name].append(look(pid, use.done.total()))
            time.sleep(SAMPLE_SECONDS)
        found = _report(kind, use, seen)
        log = here.processes.log()
    faults = log.count("Traceback")
    if faults:
        print(log[:3000])
    failed = sum(count for status, count in use.done.items() if status >= 500 or status == 0)
    return [
        *found,
        Promise(f"{kind}: answers of 500 or none", failed, 0, "answers"),
        Promise(f"{kind}: tracebacks in the log", faults, 0, "times"),
    ]


def _report(kind: str, use: Use, seen: dict[str, list[Sample]]) -> list[Promise]:
    found = []
    print(f"use, {kind}: {use.done.total():,} requests, answers {dict(sorted(use.done.items()))}", flush=True)
    for name, samples in seen.items():
        first, middle, last = samples[0], samples[len(samples) // 2], samples[-1]
        slope = _slope(samples)
        print(
            f"    {name:6} memory {first.megabytes:.0f}, {middle.megabytes:.0f}, {last.megabytes:.0f} MB "
            f"(start, middle, end), {slope:+.2f} MB per 1,000 requests; file descriptors {first.files}, "
            f"{middle.files}, {last.files}; threads {first.threads}, {middle.threads}, {last.threads}",
            flush=True,
        )
        found += [
            Promise(
                f"{kind}: growth of {name}", slope, ALLOWED_MEGABYTES_PER_THOUSAND, "MB per 1,000 requests"
            ),
            Promise(
                f"{kind}: more file descriptors in {name}", last.files - middle.files, ALLOWED_MORE, "files"
            ),
            Promise(
                f"{kind}: more threads in {name}", last.threads - middle.threads, ALLOWED_MORE, "threads"
            ),
        ]
    return found
