"""What people hear of: everything, mentions or nothing, for a team's threads and for each thread by itself.

What somebody chose for a thread counts more than what they chose for its team. Who chose neither hears of mentions,
and of everything in threads they write in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, exists, insert, select

from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid
from cop.kernel.events import record
from cop.teams import queries as teams
from cop.threads import events, policy, queries
from cop.threads.limits import DEFAULT_LEVEL, LEVELS
from cop.threads.models import PostRow, TeamFollowRow, ThreadFollowRow


@dataclass(frozen=True, slots=True)
class Following:
    """What somebody hears of in a thread: chosen for it, chosen for the team, or neither (then None).

    `writes` is whether they wrote in the thread.
    """

    thread: str | None
    team: str | None
    writes: bool = False

    @property
    def level(self) -> str:
        """What counts."""
        return self.thread or self.without_choice

    @property
    def without_choice(self) -> str:
        """What would count if nothing were chosen for the thread."""
        if self.team is not None:
            return self.team
        return "everything" if self.writes else DEFAULT_LEVEL


def of_thread(actor: Actor, *, tx: Tx, thread_id: int, team_id: int) -> Following:
    """What the actor hears of in a thread they may read. One query."""
    person = actor.person_id
    row = tx.session.execute(
        select(
            select(ThreadFollowRow.level)
            .where(ThreadFollowRow.thread_id == thread_id, ThreadFollowRow.person_id == person)
            .scalar_subquery()
            .label("thread"),
            select(TeamFollowRow.level)
            .where(TeamFollowRow.team_id == team_id, TeamFollowRow.person_id == person)
            .scalar_subquery()
            .label("team"),
            exists()
            .where(PostRow.thread_id == thread_id, PostRow.author_id == person, PostRow.deleted_at.is_(None))
            .label("writes"),
        )
    ).one()
    return Following(row.thread, row.team, bool(row.writes))


def of_team(actor: Actor, *, tx: Tx, team_id: int) -> str:
    """What the actor hears of in a team's threads. One query."""
    chosen = tx.session.scalar(
        select(TeamFollowRow.level).where(
            TeamFollowRow.team_id == team_id, TeamFollowRow.person_id == actor.person_id
        )
    )
    return chosen or DEFAULT_LEVEL


@dataclass(frozen=True, slots=True)
class Chosen:
    """What everybody chose about one thread, and who writes in it."""

    thread: Mapping[int, str]
    team: Mapping[int, str]
    writers: frozenset[int]

    def level(self, person_id: int) -> str:
        """What somebody hears of in the thread."""
        return Following(
            self.thread.get(person_id), self.team.get(person_id), person_id in self.writers
        ).level

    def hearing(self) -> set[int]:
        """Who hears of everything in it."""
        known = {*self.thread, *self.team, *self.writers}
        return {person_id for person_id in known if self.level(person_id) == "everything"}


def chosen_for(tx: Tx, *, thread_id: int, team_id: int) -> Chosen:
    """What everybody chose about a thread, for the program that tells them. Three queries."""
    thread = tx.session.execute(
        select(ThreadFollowRow.person_id, ThreadFollowRow.level).where(ThreadFollowRow.thread_id == thread_id)
    )
    team = tx.session.execute(
        select(TeamFollowRow.person_id, TeamFollowRow.level).where(TeamFollowRow.team_id == team_id)
    )
    writers = tx.session.scalars(
        select(PostRow.author_id)
        .distinct()
        .where(PostRow.thread_id == thread_id, PostRow.deleted_at.is_(None))
    )
    return Chosen(
        {row.person_id: row.level for row in thread},
        {row.person_id: row.level for row in team},
        frozenset(writers),
    )


def thread_split(tx: Tx, *, thread_id: int, new_id: int, team_id: int, before: Chosen) -> None:
    """After a thread was split everybody hears of both what they heard of the whole: `before` is from before.

    Who wrote only in one of the two hears of the other as one who chose to.
    """
    writers = {each: chosen_for(tx, thread_id=each, team_id=team_id).writers for each in (thread_id, new_id)}
    rows = []
    for person_id in sorted({*before.thread, *before.writers}):
        level = before.level(person_id)
        if person_id in before.thread:
            rows.append({"person_id": person_id, "thread_id": new_id, "level": level})
            continue
        for each, who in writers.items():
            if Following(None, before.team.get(person_id), person_id in who).level != level:
                rows.append({"person_id": person_id, "thread_id": each, "level": level})
    if rows:
        tx.rows(insert(ThreadFollowRow), rows)


def mute_by_link(actor: Actor, tx: Tx, person_id: int, thread_id: int) -> None:
    """Hear of nothing in a thread any more, by the link of an email: whoever holds it may do this and nothing else."""
    _choose(actor, tx, person_id, thread_id, "nothing", by_link=True)


def follow_team(actor: Actor, *, tx: Tx, team_id: int, level: str) -> None:
    """Choose what one hears of in a team's threads; NotFound for a team one may not read."""
    teams.space(actor, tx=tx, team_id=team_id)
    require(policy.can_follow(actor))
    assert actor.person_id is not None
    _known(level)
    tx.session.merge(TeamFollowRow(person_id=actor.person_id, team_id=team_id, level=level))
    record(tx, actor, events.TeamFollowed(team_id, actor.person_id, level))


def follow_thread(actor: Actor, *, tx: Tx, thread_id: int, level: str | None) -> None:
    """Choose what one hears of in one thread; None is "as in the rest of the team"."""
    queries.thread(actor, tx=tx, thread_id=thread_id)
    require(policy.can_follow(actor))
    assert actor.person_id is not None
    _choose(actor, tx, actor.person_id, thread_id, level, by_link=False)


def _choose(
    actor: Actor, tx: Tx, person_id: int, thread_id: int, level: str | None, *, by_link: bool
) -> None:
    if level is None:
        tx.session.execute(
            delete(ThreadFollowRow).where(
                ThreadFollowRow.person_id == person_id, ThreadFollowRow.thread_id == thread_id
            )
        )
    else:
        _known(level)
        tx.session.merge(ThreadFollowRow(person_id=person_id, thread_id=thread_id, level=level))
    record(tx, actor, events.ThreadFollowed(thread_id, person_id, level, by_link))


def _known(level: str) -> None:
    if level not in LEVELS:
        raise Invalid("Choose what you want to hear of", "level")
