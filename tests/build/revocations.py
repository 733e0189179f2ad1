"""All ways of losing access, each against an open socket and a page: what is refused, and when the last frame came."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import websocket

from cop.accounts import service as accounts
from cop.accounts import sessions
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.teams import queries as team_queries
from cop.teams import service as teams
from tests.build.community import Community
from tests.build.processes import Caller, Processes
from tests.build.teams import Teams, charter

LIMIT = 2.0
"""Seconds after which no frame may come."""
WATCHED = 2.6
WRITES_EVERY = 0.4


class Listener:
    """A real socket with a thread open, which notes when it last heard anything but the end."""

    def __init__(self, base: str, token: str, thread_id: int) -> None:
        self.last = 0.0
        self.ended = False
        self._socket = websocket.create_connection(
            f"{base.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket",
            timeout=15,
            cookie=f"cop_session={token}",
            origin=base,
        )
        self._expect("0")
        self._socket.send("40")
        self._expect("40{")
        self._socket.send(f'421["join",{{"topic":"thread:{thread_id}"}}]')
        self._expect('431[{"ok":true')
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _expect(self, start: str) -> None:
        while not (said := str(self._socket.recv())).startswith(start):
            assert said.startswith(("2", "42")), f"expected {start}, got {said[:200]}"

    def _listen(self) -> None:
        try:
            while said := str(self._socket.recv()):
                if said == "2":
                    self._socket.send("3")
                elif said.startswith('42["control"'):
                    self.ended = True
                elif said.startswith("42"):
                    self.last = time.monotonic()
        except (OSError, websocket.WebSocketException):
            self.ended = True

    def close(self) -> None:
        """Hang up."""
        self._socket.shutdown()  # type: ignore[no-untyped-call]
        self._thread.join(15)


@dataclass(frozen=True, slots=True)
class Measured:
    """One trial: how access was lost, how long after it the last frame came, and what was wrong."""

    way: str
    seconds: float
    wrong: str = ""


class Revocations:
    """People who lose their access on a running server."""

    def __init__(self, db: Database, processes: Processes) -> None:
        self.db, self.processes = db, processes
        self.community, self.teams = Community(db), Teams(db)
        self.lead = self.community.person("Lena Lead")
        self.writer = Caller(processes.base, self.community.session(self.lead)[0])
        self.ways: dict[str, Callable[[Tx, Actor, int], None]] = {
            "signed out everywhere": self._sign_out,
            "suspended": self._suspend,
            "sessions revoked": self._revoke,
            "removed from the team": self._remove,
            "team made private": self._narrow,
        }

    def trial(self, way: str) -> Measured:
        """Somebody reads along, loses access in this way, and is watched."""
        reader, outside = self.community.person(), way == "team made private"
        team_id = self.teams.team(
            self.lead,
            access="network" if outside else "private",
            members=() if outside else [(reader, "member", "finance")],
        )
        thread_id = self.teams.thread(self.lead, team_id)
        token = self.community.session(reader)[0]
        page = Caller(self.processes.base, token)
        listener = Listener(self.processes.base, token, thread_id)
        try:
            return self._watch(way, listener, page, reader, team_id, thread_id)
        finally:
            listener.close()
            page.close()

    def _watch(
        self, way: str, listener: Listener, page: Caller, reader: Actor, team_id: int, thread_id: int
    ) -> Measured:
        address = f"/threads/{thread_id}"
        self._write(address)
        if page.get(address).status_code != 200 or not _soon(lambda: listener.last > 0):
            return Measured(way, 0.0, "could not read before")
        with self.db.transaction(write=True) as tx:
            self.ways[way](tx, reader, team_id)
        lost = time.monotonic()
        next_status = page.get(address).status_code
        while time.monotonic() < lost + WATCHED:
            self._write(address)
            time.sleep(WRITES_EVERY)
        seconds = max(0.0, listener.last - lost)
        if next_status != 404:
            return Measured(way, seconds, f"the next request was answered {next_status}")
        if not listener.ended:
            return Measured(way, seconds, "the socket was not told")
        return Measured(way, seconds, "" if seconds <= LIMIT else f"a frame {seconds:.1f} s later")

    def _write(self, address: str) -> None:
        answer = self.writer.post(address, body="News", key=f"key-{time.monotonic_ns():020}")
        assert answer.status_code == 303, answer.text[:300]

    def _sign_out(self, tx: Tx, reader: Actor, team_id: int) -> None:
        accounts.sign_out(reader, tx=tx, everywhere=True)

    def _suspend(self, tx: Tx, reader: Actor, team_id: int) -> None:
        accounts.suspend(SYSTEM, tx=tx, person_id=reader.person_id or 0)

    def _revoke(self, tx: Tx, reader: Actor, team_id: int) -> None:
        sessions.revoke(tx, person_id=reader.person_id or 0)

    def _remove(self, tx: Tx, reader: Actor, team_id: int) -> None:
        places = team_queries.members(SYSTEM, tx=tx, team_id=team_id)
        place = next(each.id for each in places if each.person.id == reader.person_id)
        teams.remove_member(self.lead, tx=tx, team_id=team_id, member_id=place)

    def _narrow(self, tx: Tx, reader: Actor, team_id: int) -> None:
        narrowed = charter("A team that closes its door", access_mode="private")
        teams.change_charter(self.lead, tx=tx, team_id=team_id, charter=narrowed, base_version=1)


def _soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 15
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def distribution(measured: list[Measured]) -> str:
    """For each way how often, and the last frame's seconds: half, nineteen in twenty, and the longest."""
    lines = []
    for way in sorted({each.way for each in measured}):
        times = sorted(each.seconds for each in measured if each.way == way)
        half, most = times[len(times) // 2], times[min(len(times) - 1, len(times) * 19 // 20)]
        lines.append(f"{way}: {len(times)} times, {half:.2f} s, {most:.2f} s, {times[-1]:.2f} s")
    return "\n".join(lines)
