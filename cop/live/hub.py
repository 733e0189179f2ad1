"""The hub: who is connected, what they listen to, and the sweeper that takes away what they may no longer have.

Nothing here decides who may do what: it asks the database, through functions the composition root hands in, so a
page and a socket follow one rule.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.buckets import Buckets
from cop.kernel.db import Database, Tx
from cop.kernel.errors import DomainError, NotFound
from cop.live import publish
from cop.live.config import LiveConfig
from cop.live.engine import NAMESPACE, Fanout
from cop.live.topics import Topics

log = logging.getLogger(__name__)

CHECKS_PER_SWEEP = 200
"""Memberships asked again in one sweep and one read transaction: a few milliseconds each, so it stays short."""

Membership = tuple[str, str]
"""A connection's id and the name of a topic it listens to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the live edge needs from the domains above it.

    `token_hash(environ)` reads the session cookie of a handshake and returns the hash of its token, or None.
    `load_actor(tx, token_hash)` builds the actor of a living session, and ANONYMOUS for any other hash.
    `live_sessions(tx, ids)` returns those of the session ids that are still alive.
    `access_stamp(tx)`, when given, returns a number that changes whenever somebody's access may have shrunk, also
    by another process; the hub then asks again for every membership.
    """

    database: Database
    token_hash: Callable[[Mapping[str, Any]], str | None]
    load_actor: Callable[[Tx, str], Actor]
    live_sessions: Callable[[Tx, Collection[int]], set[int]]
    access_stamp: Callable[[Tx], int] | None = None


@dataclass(slots=True)
class Connection:
    """One admitted client. `topics` maps each topic it listens to onto when that was last checked (monotonic)."""

    sid: str
    token_hash: str | None
    person_id: int | None
    session_id: int | None
    topics: dict[str, float] = field(default_factory=dict)


class Hub:
    """The registry of connections, and what `publish` and the namespace talk to."""

    def __init__(self, doors: Doors, config: LiveConfig) -> None:
        self.doors = doors
        self.config = config
        self.topics = Topics()
        self.buckets = Buckets()
        self.fanout = Fanout(config)
        self.broadcaster: publish.Broadcaster | None = None
        self.server: Any = None
        self.gate_counts: Callable[[], dict[str, int]] = dict
        self._lock = threading.RLock()
        self._connections: dict[str, Connection] = {}
        self._due: set[Membership] = set()
        self._failed: set[Membership] = set()
        self._heads: dict[str, tuple[float, int]] = {}
        self._stamp: int | None = None
        self._wake = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    # Connections

    def admit(self, connection: Connection) -> str:
        """Register a client; returns a reason to refuse it, or "" when it is in."""
        with self._lock:
            if connection.person_id is None:
                mine = sum(1 for each in self._connections.values() if each.person_id is None)
                limit = self.config.anonymous_places
            else:
                mine = sum(1 for each in self._connections.values() if each.person_id == connection.person_id)
                limit = self.config.max_per_person
            if mine >= limit:
                return "full"
            self._connections[connection.sid] = connection
            self._start()
        return ""

    def forget(self, sid: str) -> None:
        """Drop a client that is gone."""
        with self._lock:
            self._connections.pop(sid, None)

    def find(self, sid: str) -> Connection | None:
        """The connection with this id, if it is still admitted."""
        return self._connections.get(sid)

    def actor(self, tx: Tx, connection: Connection) -> Actor | None:
        """Who this connection acts for now; None when the session it came with has ended or changed hands."""
        if connection.token_hash is None:
            return ANONYMOUS
        actor = self.doors.load_actor(tx, connection.token_hash)
        same = actor.person_id == connection.person_id and actor.session_id == connection.session_id
        return actor if same else None

    def reserve(self, connection: Connection, topic: str) -> bool:
        """Note that a client is about to join, before anything is asked, so that a recheck sees it as well.

        False when it listens to too many topics already.
        """
        with self._lock:
            if topic not in connection.topics and len(connection.topics) >= self.config.topics_per_socket:
                return False
            connection.topics.setdefault(topic, 0.0)
            return True

    def enter(self, connection: Connection, topic: str) -> None:
        """Let a client listen, unless it was disconnected or the topic taken from it since `reserve`."""
        with self._lock:
            if connection.sid not in self._connections or topic not in connection.topics:
                raise NotFound
            connection.topics[topic] = time.monotonic()
            self.server.manager.basic_enter_room(connection.sid, NAMESPACE, topic)

    def leave(self, connection: Connection, topic: str) -> None:
        """Stop listening."""
        with self._lock:
            connection.topics.pop(topic, None)
            self.server.manager.basic_leave_room(connection.sid, NAMESPACE, topic)

    def note_head(self, topic: str, head: int) -> None:
        """Remember the newest sequence number announced, so that the beacon only speaks when it is ahead."""
        with self._lock:
            self._heads[topic] = (time.monotonic(), max(head, self._heads.get(topic, (0.0, 0))[1]))

    # What `publish` calls

    def news(self, topic: str, payload: Mapping[str, publish.Fact]) -> None:
        """Queue news of a topic for its listeners."""
        if self.broadcaster is None or not self._connections:
            return
        seq = payload.get("seq")
        if isinstance(seq, int) and topic in self._heads:
            self.note_head(topic, seq)
        self.broadcaster.news(topic, payload)

    def ephemeral(self, topic: str, payload: Mapping[str, publish.Fact]) -> None:
        """Send presence; dropped for whoever is busy."""
        if self.broadcaster is not None and self._connections:
            self.broadcaster.send("presence", {**payload, "topic": topic}, topic, droppable=True)

    def revoke(self, *, person_id: int | None = None, session_ids: Collection[int] = frozenset()) -> None:
        """Disconnect a person, or single sessions, now."""
        with self._lock:
            gone = [
                each
                for each in self._connections.values()
                if (person_id is not None and each.person_id == person_id) or each.session_id in session_ids
            ]
        for each in gone:
            self.dismiss(each)

    def recheck(self, *, topic: str | None = None, person_id: int | None = None) -> None:
        """Ask again, at once, who may listen to `topic`, or what `person_id` may listen to, or everything."""
        with self._lock:
            self._due.update(
                (each.sid, name)
                for each in self._connections.values()
                for name in each.topics
                if topic in (None, name) and person_id in (None, each.person_id)
            )
        self._wake.set()

    def dismiss(self, connection: Connection) -> None:
        """Tell a client that its session is over and hang up. Nothing else reaches it from here on."""
        self.forget(connection.sid)
        eio_sid = self.server.manager.eio_sid_from_sid(connection.sid, NAMESPACE)
        each = self.fanout.sockets.get(eio_sid)
        if self.broadcaster is None or each is None:
            return
        if self.config.fanout == "direct":
            each.hang_up("control", {"kind": "revoked"})
        else:
            self.broadcaster.send("control", {"kind": "revoked"}, connection.sid)
            self.server.eio.disconnect(eio_sid)

    # The sweeper

    def health(self) -> dict[str, int]:
        """Counters for /healthz."""
        with self._lock:
            connections = list(self._connections.values())
        return {
            "connections": len(connections),
            "anonymous": sum(1 for each in connections if each.person_id is None),
            "memberships": sum(len(each.topics) for each in connections),
            **self.gate_counts(),
            **self.fanout.counters(),
        }

    def leave_when(self, leaving: Callable[[], bool]) -> None:
        """Close every socket, politely, once `leaving()` is true; it is asked every second.

        Give it the web server's own wish to stop, else a restart waits for sockets that never end by themselves.
        """
        self.fanout.leaving = leaving

    def stop(self) -> None:
        """End the background threads; for tests and orderly exits."""
        self._stopped = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        if self.broadcaster is not None:
            self.broadcaster.stop()
        self.fanout.pulse.stop()

    def _start(self) -> None:
        if self._thread is None:
            if self.broadcaster is not None:
                self.broadcaster.start()
            self._thread = threading.Thread(target=self._run, name="live-sweep", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.wait(self.config.sweep)
            self._wake.clear()
            if not self._connections or self._stopped:
                continue
            try:
                self.sweep()
            except Exception:
                log.exception("the live sweeper could not ask the database; it tries again")

    def sweep(self) -> None:
        """One round: end dead sessions, re-check memberships that are due, announce heads that moved.

        Each has a transaction of its own, and the sessions come first: a question that cannot be answered keeps
        nobody connected whose session is over.
        """
        with self.doors.database.transaction(write=False) as tx:
            dead = self._dead(tx)
        for connection in dead:
            self.dismiss(connection)
        self._watch_stamp()
        self._ask_again()
        with self.doors.database.transaction(write=False) as tx:
            heads = self._moved_heads(tx)
        for topic, head in heads:
            if self.broadcaster is not None:
                self.broadcaster.send("head", {"topic": topic, "seq": head}, topic)

    def _dead(self, tx: Tx) -> list[Connection]:
        with self._lock:
            signed_in = [each for each in self._connections.values() if each.session_id is not None]
        if not signed_in:
            return []
        alive = self.doors.live_sessions(tx, {each.session_id for each in signed_in if each.session_id})
        return [each for each in signed_in if each.session_id not in alive]

    def _watch_stamp(self) -> None:
        """Make every membership due when the stamp moved, and when it is seen for the first time."""
        if self.doors.access_stamp is None:
            return
        with self.doors.database.transaction(write=False) as tx:
            stamp = self.doors.access_stamp(tx)
        if stamp != self._stamp:
            self.recheck()
        # Only now: what was made due stays due until it is answered.
        self._stamp = stamp

    def _ask_again(self) -> None:
        """Ask about the memberships that are due, and take away those that are no longer allowed."""
        asked, now_due = self._take_due()
        answers: dict[Membership, bool] = {}
        try:
            if now_due:
                with self.doors.database.transaction(write=False) as tx:
                    self._answer(tx, now_due, answers)
        finally:
            # Also when a question failed: what was answered before it holds, and what was not is asked again.
            self._settle(asked, now_due, answers)
        if self._due:
            self._wake.set()

    def _answer(
        self, tx: Tx, now_due: Iterable[tuple[Connection, str]], answers: dict[Membership, bool]
    ) -> None:
        """Fill `answers`. The topics of one session are asked once each, however many of its sockets listen."""
        known: dict[tuple[int | None, str], bool] = {}
        actors: dict[str, Actor | None] = {}
        for connection, topic in now_due:
            if connection.sid not in actors:
                actors[connection.sid] = self.actor(tx, connection)
            actor = actors[connection.sid]
            key = (connection.session_id, topic)
            if key not in known:
                known[key] = actor is not None and self.topics.may_join(actor, tx, topic)
            answers[connection.sid, topic] = known[key]

    def _take_due(self) -> tuple[set[Membership], list[tuple[Connection, str]]]:
        """What was asked for, and the memberships to ask about now, never too many.

        Those asked for come first, then those not checked for long. Those whose question failed come last, so that
        one that always fails keeps no other waiting.
        """
        now = time.monotonic()
        with self._lock:
            asked, self._due = self._due, set()
            wanted = asked | self._failed
            waiting = sorted(
                ((sid, topic) in self._failed, (sid, topic) not in asked, checked, sid, topic)
                for sid, each in self._connections.items()
                for topic, checked in each.topics.items()
                if (sid, topic) in wanted or now - checked > self.config.recheck
            )
            taken = [(self._connections[sid], topic) for *_, sid, topic in waiting[:CHECKS_PER_SWEEP]]
        return asked, taken

    def _settle(
        self,
        asked: set[Membership],
        now_due: Iterable[tuple[Connection, str]],
        answers: Mapping[Membership, bool],
    ) -> None:
        """Put back what was asked for and not answered, note the question that failed, carry out the refusals."""
        now = time.monotonic()
        with self._lock:
            there = {(sid, topic) for sid, each in self._connections.items() for topic in each.topics}
            self._due |= (asked - answers.keys()) & there
            unanswered = [(each.sid, topic) for each, topic in now_due if (each.sid, topic) not in answers]
            self._failed = ((self._failed - answers.keys()) | set(unanswered[:1])) & there
            for sid, topic in answers.keys() & there:
                self._connections[sid].topics[topic] = now
        for connection, topic in now_due:
            if answers.get((connection.sid, topic), True):
                continue
            self.leave(connection, topic)
            if self.broadcaster is not None:
                self.broadcaster.send("control", {"kind": "left", "topic": topic}, connection.sid)

    def _moved_heads(self, tx: Tx) -> list[tuple[str, int]]:
        """Topics whose head is ahead of what was announced: written by another process, or lost in a crash."""
        now = time.monotonic()
        with self._lock:
            joined = {name for each in self._connections.values() for name in each.topics}
            self._heads = {name: head for name, head in self._heads.items() if name in joined}
            due = [name for name, (asked, _) in self._heads.items() if now - asked > self.config.beacon]
        moved = []
        for name in due:
            try:
                head = self.topics.head(SYSTEM, tx, name)
            except DomainError:
                continue
            with self._lock:
                known = self._heads.get(name)
                if known is not None and head > known[1]:
                    moved.append((name, head))
            self.note_head(name, head)
        return moved
