"""Sockets that come and go, in every manner, while replies are written and sessions revoked."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import websocket
from websocket import WebSocket

from cop.accounts import sessions
from tests.bench.promise import Promise
from tests.build.processes import Caller
from tests.build.servers import descendants
from tests.soak.growth import Sample, look
from tests.soak.place import Place, place

# One join in so many seconds is all a person may do, so each round takes a few of many people.
PEOPLE = 80
ROUND = 12
ALLOWED_NEWS = 1.0
ALLOWED_REVOCATION = 2.0
ALLOWED_MORE = 10
PATIENCE = 10.0


class Reader:
    """A browser with a thread open: notes when news came, and when it was cut off."""

    def __init__(self, here: Place, token: str) -> None:
        self.news = 0.0
        self.cut = 0.0
        base = here.processes.base
        self.socket: WebSocket = websocket.create_connection(
            f"{base.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket",
            timeout=PATIENCE,
            cookie=f"cop_session={token}",
            origin=base,
        )
        self._expect("0")
        self.socket.send("40")
        self._expect("40{")
        self.socket.send(f'421["join",{{"topic":"thread:{here.thread_id}"}}]')
        self._expect('431[{"ok":true')
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _expect(self, start: str) -> None:
        while not (said := str(self.socket.recv())).startswith(start):
            assert said.startswith(("2", "42")), f"expected {start}, got {said[:200]}"

    def _listen(self) -> None:
        try:
            while said := str(self.socket.recv()):
                if said == "2":
                    self.socket.send("3")
                elif said.startswith('42["news"'):
                    self.news = time.monotonic()
        except (OSError, websocket.WebSocketException):
            pass
        self.cut = time.monotonic()

    def leave(self, how: str) -> None:
        """Leave politely, in the middle of a frame, or without a word."""
        try:
            if how == "politely":
                self.socket.send("41")
                self.socket.send_close()
            elif how == "in the middle":
                connection = self.socket.sock
                assert connection is not None
                connection.sendall(b"\x81\xfe\x04\x00abcd")
            self.socket.shutdown()  # type: ignore[no-untyped-call]
        except (OSError, AssertionError, websocket.WebSocketException):
            pass
        self._thread.join(PATIENCE)


@dataclass
class Churn:
    """Rounds of readers, and what was measured in seconds."""

    here: Place
    rng: random.Random
    news: list[float] = field(default_factory=list)
    cuts: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)

    def round(self, writer: Caller, number: int) -> None:
        """Readers come, hear of a reply, some lose their session, the rest leave."""
        here = self.here
        people = self.rng.sample(here.people[1:], ROUND * 3 // 2)
        readers = [Reader(here, here.community.session(person)[0]) for person in people[:ROUND]]
        began = time.monotonic()
        answer = writer.post(
            f"/threads/{here.thread_id}", body=f"Reply {number}", key=f"key-of-reply-{number:06}"
        )
        if answer.status_code != 303:
            self.wrong[f"a reply was answered {answer.status_code}"] += 1
        self._wait(readers, "news", began, self.news, "no news came")
        began = time.monotonic()
        with here.db.transaction(write=True) as tx:
            for person in people[:ROUND]:
                sessions.revoke(tx, person_id=person.person_id or 0)
        self._wait(readers, "cut", began, self.cuts, "a revoked session kept its socket")
        for reader in readers:
            reader.leave("politely")
        others = [Reader(here, here.community.session(person)[0]) for person in people[ROUND:]]
        for reader in others:
            reader.leave(self.rng.choice(("politely", "in the middle", "without a word")))

    def _wait(self, readers: list[Reader], what: str, began: float, into: list[float], failure: str) -> None:
        deadline = began + PATIENCE
        while not all(getattr(reader, what) for reader in readers) and time.monotonic() < deadline:
            time.sleep(0.005)
        for reader in readers:
            moment = getattr(reader, what)
            if moment:
                into.append(max(0.0, moment - began))
            else:
                self.wrong[failure] += 1


def soak(kind: str, seconds: float, rng: random.Random) -> list[Promise]:
    """Churn for so many seconds."""
    with place(kind, people=PEOPLE) as here:
        here.processes.start_web()
        assert here.processes.web is not None
        pid = next(iter(descendants(here.processes.web.pid)))
        writer = Caller(here.processes.base, here.community.session(here.people[0])[0])
        churn = Churn(here, rng)
        # Once before the first look: what is loaded or opened the first time is no leak.
        churn.round(writer, 0)
        before = _settled(pid)
        until, rounds = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            rounds += 1
            churn.round(writer, rounds)
        after = _settled(pid)
        writer.close()
    print(
        f"sockets, {kind}: {rounds * ROUND * 3 // 2:,} came and went; news in at most {max(churn.news):.2f} s, "
        f"revoked ones cut in at most {max(churn.cuts):.2f} s; memory {before.megabytes:.0f}, "
        f"{after.megabytes:.0f} MB; file descriptors {before.files}, {after.files}; "
        f"threads {before.threads}, {after.threads}; {dict(churn.wrong)}",
        flush=True,
    )
    return [
        Promise(f"{kind}: longest until news came", max(churn.news), ALLOWED_NEWS, "s"),
        Promise(f"{kind}: longest until a revoked socket was cut", max(churn.cuts), ALLOWED_REVOCATION, "s"),
        Promise(f"{kind}: things wrong with sockets", churn.wrong.total(), 0, "things"),
        Promise(f"{kind}: file descriptors left over", after.files - before.files, ALLOWED_MORE, "files"),
        Promise(f"{kind}: threads left over", after.threads - before.threads, ALLOWED_MORE, "threads"),
    ]


def _settled(pid: int) -> Sample:
    """Look once those that left are gone: a half-sent frame is noticed by its end, the rest by the next ping."""
    time.sleep(5)
    return look(pid, 0)
