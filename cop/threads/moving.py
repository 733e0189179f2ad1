"""Moving a whole thread to another team: who may, who reads it afterwards, and the verb.

People wrote for those who could read it then, so a thread only goes to a team that no more people read, and out of a
private team only where everybody who wrote in it is on the other team as well (ADR 21). Addresses stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select, union, update

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import OFFICER_KINDS, Actor, Verdict, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict
from cop.kernel.events import record
from cop.live import publish
from cop.live.topics import topic_name
from cop.teams import guests
from cop.teams import queries as teams
from cop.teams.queries import Space
from cop.threads import events, policy, queries, service
from cop.threads.models import PostRow, ThreadRow, ThreadSummaryRow
from cop.threads.queries import Thread

ALREADY = "This thread is in that team already. Go back to it."


@dataclass(frozen=True, slots=True)
class Target:
    """A team that the actor runs, and whether the thread may go there."""

    space: Space
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Plan:
    """What moving a thread changes: `guests` come along, `shut_out` wrote in it and will not be able to read it."""

    thread: Thread
    target: Space
    guests: Sequence[PersonLine]
    shut_out: Sequence[PersonLine]


def targets(actor: Actor, *, tx: Tx, thread_id: int) -> tuple[Thread, list[Target]]:
    """A thread of a team that the actor runs, and the other teams they run; NotFound and Forbidden as for any act."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    require(policy.can_lock(actor, thread.space.standing))
    wrote = _writers(tx, thread_id)
    found = [each for each in teams.managed(actor, tx=tx) if each.team_id != thread.space.team_id]
    return thread, [Target(each, _may(actor, tx, thread.space, each, wrote)) for each in found]


def plan(actor: Actor, *, tx: Tx, thread_id: int, team_id: int) -> Plan:
    """What moving the thread there would change; Forbidden with the reason where it may not go."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    require(policy.can_lock(actor, thread.space.standing))
    target = teams.space(actor, tx=tx, team_id=team_id)
    if team_id == thread.space.team_id:
        raise Conflict(ALREADY)
    wrote = _writers(tx, thread_id)
    require(_may(actor, tx, thread.space, target, wrote))
    own = guests.of_only(actor, tx=tx, team_id=thread.space.team_id, thing=policy.THING, thing_id=thread_id)
    lines = accounts.lines_by_id(actor, tx=tx, person_ids=wrote | own)
    reading = own | teams.reader_people(actor, tx=tx, team_id=team_id)
    shut_out = [
        line
        for number, line in lines.items()
        if number in wrote and number not in reading and not _reads(line, target.access_mode)
    ]
    return Plan(thread, target, _by_name(lines[number] for number in own), _by_name(shut_out))


def _reads(line: PersonLine, access_mode: str) -> bool:
    """Whether somebody reads a team of this access mode without being on it."""
    officer = line.organisation_kind in OFFICER_KINDS
    return access_mode == "open" or (access_mode == "network" and officer)


def _by_name(lines: Iterable[PersonLine]) -> list[PersonLine]:
    return sorted(lines, key=lambda line: (line.name.casefold(), line.id))


def _writers(tx: Tx, thread_id: int) -> set[int]:
    """Whose words stand in a thread: of posts that were not removed, hidden ones too, and of its summaries."""
    posts = select(PostRow.author_id).where(PostRow.thread_id == thread_id, PostRow.deleted_at.is_(None))
    summaries = select(ThreadSummaryRow.author_id).where(ThreadSummaryRow.thread_id == thread_id)
    return set(tx.session.scalars(union(posts, summaries)))


def _may(actor: Actor, tx: Tx, source: Space, target: Space, wrote: set[int]) -> Verdict:
    outside = 0
    if source.access_mode == "private":
        on_it = {each.person.id for each in teams.members(actor, tx=tx, team_id=target.team_id)}
        outside = len(wrote - on_it)
    return policy.can_move(actor, source.standing, target.standing, outside=outside)


def move(actor: Actor, *, tx: Tx, thread_id: int, team_id: int) -> None:
    """Move a thread. Its guests, drafts, marks and follows stay with it, and live readers are asked anew."""
    # Both teams' rows before the thread's, the lower number first: two who move threads across wait for each other.
    source_id = queries.space_of(actor, tx=tx, thread_id=thread_id)[0].team_id
    for number in sorted({source_id, team_id}):
        teams.lock(actor, tx=tx, team_id=number)
    source = service.lock_thread(actor, tx=tx, thread_id=thread_id)
    require(policy.can_lock(actor, source.standing))
    target = teams.space(actor, tx=tx, team_id=team_id)
    if source.team_id == team_id:
        raise Conflict(ALREADY)
    require(_may(actor, tx, source, target, _writers(tx, thread_id)))
    tx.session.execute(update(ThreadRow).where(ThreadRow.id == thread_id).values(team_id=team_id))
    guests.thing_moved(actor, tx=tx, thing=policy.THING, thing_id=thread_id, team_id=team_id)
    record(tx, actor, events.ThreadMoved(thread_id, source.team_id, team_id))
    service.touch(actor, tx=tx, space=target, thread_id=thread_id)
    publish.recheck(tx, topic=topic_name(service.TOPIC, thread_id))
