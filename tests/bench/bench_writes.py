"""Sixteen writers at once, on both databases: through the services in this process, and over HTTP to a real server.

    python -m tests.bench.bench_writes [--writers 16] [--replies 800] [--databases sqlite postgresql]

All write replies into one thread, which is the worst case: each waits for the one before it. Over HTTP the worker
indexes what they write meanwhile, and every reply comes as a browser sends it, with its CSRF token and its session;
the times are the server's own (`Server-Timing`). Two ways: all sixteen post at the same moment, twice a second; and
each posts again as soon as it was answered, where the times only say how many replies a second the machine makes.

What is promised is the write: from asking for the transaction, over the wait for whoever writes before, to its commit.
The whole request (signed cookie, form, Markdown, answer) is printed beside it. The promise is SQLite's; PostgreSQL is
measured to see the two side by side.
"""

from __future__ import annotations

import argparse
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from cop.app import open_finder
from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.threads import service
from cop.threads.texts import written
from tests.bench.promise import Promise, Spread, load
from tests.build.community import Community
from tests.build.databases import Maker, PostgresqlMaker, SqliteMaker
from tests.build.processes import Caller, Processes
from tests.build.teams import Teams

ALLOWED_MS = 60.0
BODY = "We agreed on **three lots**, see [the note](https://example.org/note). Who can ask the {} providers?"
TIMING = re.compile(rb"Server-Timing: app;dur=([\d.]+), cpu;dur=([\d.]+), write;dur=([\d.]+)")
WARM = 64
"""Replies that are not counted: the first ones make statements and open connections."""
PACE_SECONDS = 0.5


@dataclass
class Times:
    """Milliseconds of each write, of the request around it, and of processor; and what went wrong."""

    wrote: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def line(self, seconds: float) -> str:
        """The figures."""
        rate = len(self.wrote) / seconds
        busy = sum(self.worked) / max(len(self.worked), 1)
        whole = f"  whole request {Spread.of(self.took)}" if self.took else ""
        return (
            f"{Spread.of(self.wrote)}{whole}  processor {busy:.1f}  {rate:.0f} a second  "
            f"{len(self.wrong)} wrong  {load()}"
        )


class Poster:
    """A browser's connection that posts replies: raw bytes, so that measuring takes nothing from the server."""

    def __init__(self, processes: Processes, token: str, path: str) -> None:
        caller = Caller(processes.base, token)
        self._csrf = caller.csrf_token()
        self._cookie = caller.cookies()
        caller.close()
        self._path = path
        self._host = f"127.0.0.1:{processes.port}"
        self._socket = socket.create_connection(("127.0.0.1", processes.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, key: str, times: Times) -> None:
        """Post one reply and note what the server says about it."""
        body = urlencode({"csrf_token": self._csrf, "key": key, "body": BODY.format(key)}).encode()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {self._host}\r\nCookie: {self._cookie}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        answer = self._read()
        timing = TIMING.search(answer)
        if not answer.startswith(b"HTTP/1.1 303") or timing is None:
            times.wrong.append(answer[:400].decode(errors="replace"))
            return
        times.took.append(float(timing[1]))
        times.worked.append(float(timing[2]))
        times.wrote.append(float(timing[3]))

    def _read(self) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, rest = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        missing = int(length[1]) - len(rest) if length else 0
        while missing > 0:
            missing -= len(self._more())
        return head

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server hung up")
        return data

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _all_at_once(bodies: Sequence[Callable[[], None]]) -> float:
    """Run each in a thread of its own; returns the seconds until the last has ended."""
    threads = [threading.Thread(target=body) for body in bodies]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def services(db: Database, people: Sequence[Actor], thread_id: int, replies: int) -> tuple[Times, float]:
    """Replies through the services: the unit of work with its wait for the lock, the text rendered before it."""
    times = Times()

    def write(actor: Actor) -> None:
        for turn in range(replies // len(people)):
            body = written(BODY.format(turn))
            began, worked = time.perf_counter(), time.thread_time()
            try:
                with db.transaction(write=True) as tx:
                    service.reply(actor, tx=tx, thread_id=thread_id, body=body)
            except Exception as error:
                times.wrong.append(repr(error))
                continue
            times.wrote.append((time.perf_counter() - began) * 1000)
            times.worked.append((time.thread_time() - worked) * 1000)

    return times, _all_at_once([lambda actor=actor: write(actor) for actor in people])  # type: ignore[misc]


def over_http(posters: Sequence[Poster], replies: int, *, name: str, pace: float) -> tuple[Times, float]:
    """Replies over HTTP. With a pace all post at the same moments, else each as soon as it was answered."""
    times = Times()
    began = time.monotonic() + 0.5

    def write(number: int, poster: Poster) -> None:
        for turn in range(replies // len(posters)):
            if pace:
                time.sleep(max(0.0, began + turn * pace - time.monotonic()))
            poster.post(f"{name}-writer-{number:02}-turn-{turn:05}", times)

    bodies = [
        lambda number=number, poster=poster: write(number, poster) for number, poster in enumerate(posters)
    ]
    return times, _all_at_once(bodies)


def _judge(kind: str, how: str, times: Times, seconds: float) -> list[Promise]:
    print(f"{kind:10} {how:38} {times.line(seconds)}", flush=True)
    for wrong in times.wrong[:3]:
        print(f"    {wrong}")
    found = [Promise(f"{kind}: {how}, writes that failed", len(times.wrong), 0, "writes")]
    if kind == "sqlite":
        found.append(Promise(f"{kind}: {how}, p99 of a write", Spread.of(times.wrote).p99, ALLOWED_MS))
    return found


def run(kind: str, *, writers: int, replies: int) -> list[Promise]:
    """Measure on one kind of database."""
    found: list[Promise] = []
    with tempfile.TemporaryDirectory() as folder:
        maker: Maker = SqliteMaker(Path(folder)) if kind == "sqlite" else PostgresqlMaker()
        url = maker.fresh()
        db = Database.open(url)
        processes = Processes(Path(folder) / "var", url, app="tests.bench.timed_app:app")
        open_finder(processes.settings)
        try:
            people, thread_id = _people(db, writers)
            services(db, people, thread_id, WARM)
            found += _judge(kind, "through the services", *services(db, people, thread_id, replies))
            processes.start_worker()
            processes.start_web()
            community = Community(db)
            path = f"/threads/{thread_id}"
            posters = [Poster(processes, community.session(person)[0], path) for person in people]
            over_http(posters, WARM, name="warm", pace=0.0)
            paced = over_http(posters, writers * 40, name="paced", pace=PACE_SECONDS)
            found += _judge(kind, f"{writers} at the same moment, over HTTP", *paced)
            times, seconds = over_http(posters, replies, name="saturated", pace=0.0)
            found += _judge(kind, f"{writers} without a pause, over HTTP", times, seconds)[:1]
            for poster in posters:
                poster.close()
            locked = processes.log().count("database is locked")
            found.append(Promise(f'{kind}: "database is locked" in the log', locked, 0, "times"))
        finally:
            processes.stop()
            db.dispose()
            maker.close()
    return found


def _people(db: Database, writers: int) -> tuple[list[Actor], int]:
    community, teams = Community(db), Teams(db)
    people = [community.person() for _ in range(writers)]
    team_id = teams.team(people[0], members=[(person, "member", "finance") for person in people[1:]])
    return people, teams.thread(people[0], team_id)


def promises(arguments: Sequence[str] = ()) -> list[Promise]:
    """Measure on the databases asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--replies", type=int, default=800)
    parser.add_argument(
        "--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"]
    )
    options = parser.parse_args(arguments)
    return [
        promise
        for kind in options.databases
        for promise in run(kind, writers=options.writers, replies=options.replies)
    ]


if __name__ == "__main__":
    measured = promises(sys.argv[1:])
    print("\n".join(promise.line() for promise in measured))
    sys.exit(not all(promise.kept for promise in measured))
