"""Telling sockets that there is news: the only place in the program that sends to them.

A broadcast is a hint and the database the truth, so nothing here is retried and nothing here raises because a client
is slow or gone. What travels are ids and sequence numbers, never words: a reader fetches what they may see over HTTP.

In a process without sockets (the worker, a command) nothing is attached and every function here does nothing; the
beacon of the web process notices within seconds what such a process wrote.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

from cop.kernel.db import Tx

log = logging.getLogger(__name__)

Fact = int | bool | str | None
MAX_FACT = 64
"""Characters of a fact that is text: a kind or a state. Whatever people wrote is longer sooner or later."""


class Outlet(Protocol):
    """What an attached live edge offers; the hub is one."""

    def news(self, topic: str, payload: Mapping[str, Fact]) -> None:
        """Queue news of a topic."""

    def ephemeral(self, topic: str, payload: Mapping[str, Fact]) -> None:
        """Send what is worth nothing a second later."""

    def revoke(self, *, person_id: int | None, session_ids: frozenset[int]) -> None:
        """Disconnect these sessions."""

    def recheck(self, *, topic: str | None, person_id: int | None) -> None:
        """Ask again who may listen."""


class _Attached:
    """The process's live edge, or none. State, because a service has no other way to reach it after a commit."""

    def __init__(self) -> None:
        self.outlet: Outlet | None = None


_attached = _Attached()


def attach_outlet(outlet: Outlet | None) -> None:
    """Make `outlet` the one this process publishes to; None detaches. Called by `server.attach` only."""
    _attached.outlet = outlet


def publish(tx: Tx, topic: str, payload: Mapping[str, Fact]) -> None:
    """After this transaction's commit, send `payload` to everyone listening to `topic` (such as "thread:7").

    Call it from a service inside its write transaction. Payloads hold ids and facts; with "seq" the newest wins
    when several are sent within 50 ms. Raises TypeError at once for anything else: that is a programming error.
    """
    facts = _checked(payload)
    tx.after_commit(lambda: _to_outlet(lambda outlet: outlet.news(topic, facts)))


def publish_ephemeral_unsafe(topic: str, payload: Mapping[str, Fact]) -> None:
    """Send presence or typing now: outside any transaction, never repeated, dropped when anything is in the way."""
    facts = _checked(payload)
    _to_outlet(lambda outlet: outlet.ephemeral(topic, facts))


def revoke(tx: Tx, *, person_id: int | None = None, session_ids: frozenset[int] = frozenset()) -> None:
    """After the commit, disconnect a person's open sockets, or those of single sessions.

    Other processes' sockets follow when their sweeper sees that the sessions are dead (within a second).
    """
    tx.after_commit(
        lambda: _to_outlet(lambda outlet: outlet.revoke(person_id=person_id, session_ids=session_ids))
    )


def recheck(tx: Tx, *, topic: str | None = None, person_id: int | None = None) -> None:
    """After the commit, ask again who may listen: to one topic, or one person to all of theirs, or everyone.

    Call it wherever access shrinks: somebody leaves a team, a team becomes private, a thread moves.
    """
    tx.after_commit(lambda: _to_outlet(lambda outlet: outlet.recheck(topic=topic, person_id=person_id)))


def _to_outlet(act: Any) -> None:
    outlet = _attached.outlet
    if outlet is None:
        return
    try:
        act(outlet)
    except Exception:
        log.exception("news could not be handed to the live edge; clients will see the gap and fetch")


def _checked(payload: Mapping[str, Fact]) -> dict[str, Fact]:
    for name, value in payload.items():
        if not isinstance(value, int | bool | str | None) or (
            isinstance(value, str) and len(value) > MAX_FACT
        ):
            raise TypeError(f"{name!r} must be an id or a fact: words never travel in a broadcast")
    return dict(payload)


class Broadcaster:
    """Sends, in a thread of its own, and at most one item of news per topic and kind in each window.

    The first news of a quiet topic goes at once; what follows within the window waits for its end and is merged,
    so a busy thread costs 20 broadcasts a second at most, however much is written to it.
    """

    def __init__(self, server: Any, *, direct: bool, window: float) -> None:
        self._server = server
        self._direct = direct
        self._window = window
        self._changed = threading.Condition()
        self._pending: dict[tuple[str, Fact], dict[str, Fact]] = {}
        self._not_before: dict[tuple[str, Fact], float] = {}
        self._thread: threading.Thread | None = None
        self._stopped = False

    def start(self) -> None:
        """Start the thread unless it runs."""
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live-publish", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def news(self, topic: str, payload: Mapping[str, Fact]) -> None:
        """Queue news of a topic; costs the caller nothing."""
        key = (topic, payload.get("kind"))
        with self._changed:
            waiting = self._pending.get(key)
            if waiting is None or _is_newer(payload, waiting):
                self._pending[key] = {**payload, "topic": topic}
            if waiting is None:
                self._changed.notify()

    def send(self, event: str, payload: Mapping[str, Any], room: str, *, droppable: bool = False) -> None:
        """Send now, to a topic or to one client by its id. Never blocks on a client and never raises.

        What is `droppable` skips clients for whom something waits already.
        """
        try:
            if self._direct:
                self._server.manager.broadcast(event, payload, room, droppable=droppable)
            else:
                self._server.manager.shed(room)
                self._server.emit(event, payload, to=room)
        except Exception:
            log.exception("a broadcast failed; clients will see the gap and fetch")

    def _run(self) -> None:
        while True:
            with self._changed:
                due, pause = self._due()
                if not due and not self._stopped:
                    self._changed.wait(pause)
                    due, _ = self._due()
                for key, _ in due:
                    del self._pending[key]
                if self._stopped:
                    return
            for (topic, _), payload in due:
                self.send("news", payload, topic)

    def _due(self) -> tuple[list[tuple[tuple[str, Fact], dict[str, Fact]]], float | None]:
        """What may be sent now, and the seconds until the rest may (None: until there is something)."""
        now = time.monotonic()
        due = [item for item in self._pending.items() if self._not_before.get(item[0], 0.0) <= now]
        if due:
            self._not_before = {key: when for key, when in self._not_before.items() if when > now}
            self._not_before.update({key: now + self._window for key, _ in due})
        later = [self._not_before[key] - now for key in self._pending if key in self._not_before]
        return due, min(later, default=None)


def _is_newer(payload: Mapping[str, Fact], waiting: Mapping[str, Fact]) -> bool:
    mine, theirs = payload.get("seq"), waiting.get("seq")
    if isinstance(mine, int) and isinstance(theirs, int):
        return mine >= theirs
    return True
