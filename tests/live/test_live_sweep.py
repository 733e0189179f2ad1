"""The sweeper when a question cannot be answered: nobody keeps what they lost because something else went wrong."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from cop.kernel.access import Actor
from cop.kernel.db import Database, Tx
from cop.live import hub as hub_module
from cop.live.config import LiveConfig
from cop.live.hub import Connection, Doors, Hub
from cop.live.topics import Topic

SESSIONS = 4


class Still(Hub):
    """A hub whose sweeps are made by hand."""

    def _start(self) -> None:
        pass


class World:
    """What the hub asks: which sessions live, what the stamp is, who may listen to what; each can fail."""

    def __init__(self, database: Database) -> None:
        self.alive = set(range(1, SESSIONS + 1))
        self.stamp = 1
        self.allowed = True
        self.broken: set[int] = set()
        self.asked: list[tuple[int | None, int]] = []
        doors = Doors(
            database=database,
            token_hash=lambda environ: None,
            load_actor=lambda tx, hashed: Actor(person_id=int(hashed), session_id=int(hashed)),
            live_sessions=lambda tx, ids: self.alive & set(ids),
            access_stamp=self._stamp,
        )
        self.hub = Still(doors, LiveConfig(origins=("https://a",), recheck=3600))
        self.hub.topics.register(Topic("thread", may_join=self._may_join, head=lambda *_: 0))
        manager = SimpleNamespace(
            basic_enter_room=lambda *_: None,
            basic_leave_room=lambda *_: None,
            eio_sid_from_sid=lambda sid, _: sid,
        )
        self.hub.server = SimpleNamespace(manager=manager)
        self.connections = []
        for number in range(1, SESSIONS + 1):
            connection = Connection(f"s{number}", str(number), number, number)
            assert not self.hub.admit(connection)
            assert self.hub.reserve(connection, f"thread:{number}")
            self.hub.enter(connection, f"thread:{number}")
            self.connections.append(connection)
        self.hub.sweep()
        self.asked.clear()

    def _stamp(self, tx: Tx) -> int:
        return self.stamp

    def _may_join(self, actor: Actor, tx: Tx, thread_id: int) -> bool:
        self.asked.append((actor.person_id, thread_id))
        if thread_id in self.broken:
            raise RuntimeError("the database did not answer")
        return self.allowed

    @property
    def listening(self) -> set[int]:
        """The connections, by number, that still listen to their topic."""
        return {number for number, each in enumerate(self.connections, 1) if each.topics}


@pytest.fixture
def world(sqlite_db: Database) -> World:
    """Four people who listen to a thread each, after a first sweep."""
    return World(sqlite_db)


def test_a_change_of_access_is_not_lost_when_a_question_fails(world: World) -> None:
    world.stamp, world.allowed, world.broken = 2, False, {1}
    with pytest.raises(RuntimeError):
        world.hub.sweep()
    with pytest.raises(RuntimeError):
        world.hub.sweep()
    assert world.listening == {1}
    world.broken = set()
    world.hub.sweep()
    assert world.listening == set()


def test_what_was_answered_before_the_failure_holds(world: World) -> None:
    world.stamp, world.allowed, world.broken = 2, False, {3}
    with pytest.raises(RuntimeError):
        world.hub.sweep()
    assert world.listening == {3, 4}


def test_a_question_that_always_fails_keeps_no_other_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CHECKS_PER_SWEEP", 2)
    world.allowed, world.broken = False, {1, 2}
    world.hub.recheck()
    for _ in range(4):
        with suppress(RuntimeError):
            world.hub.sweep()
    assert world.listening == {1, 2}


def test_a_session_that_ended_is_cut_off_whatever_else_fails(world: World) -> None:
    world.alive -= {4}
    world.broken = {1, 2, 3, 4}
    world.hub.recheck()
    with pytest.raises(RuntimeError):
        world.hub.sweep()
    assert world.hub.find("s4") is None


def test_a_recheck_asked_for_while_the_answer_is_on_its_way_is_asked_again(world: World) -> None:
    def answer(actor: Actor, tx: Tx, thread_id: int) -> bool:
        world.hub.recheck(topic="thread:1")
        return True

    world.hub.topics._kinds["thread"] = Topic("thread", may_join=answer, head=lambda *_: 0)
    world.hub.recheck(topic="thread:1")
    world.hub.sweep()
    assert ("s1", "thread:1") in world.hub._due


def test_each_membership_is_asked_once_for_one_change(world: World) -> None:
    world.stamp = 2
    for _ in range(3):
        world.hub.sweep()
    assert len(world.asked) == SESSIONS


def test_nobody_waits_for_those_who_hung_up(world: World) -> None:
    world.broken = {1}
    world.hub.recheck()
    with pytest.raises(RuntimeError):
        world.hub.sweep()
    world.hub.forget("s1")
    world.hub.sweep()
    state: Any = world.hub
    assert not state._due
    assert not state._failed
