"""How far the people of the demonstration have read, and what they want to hear of: so that something is new for them.

Everybody has read what was written until a few days ago, and what they answered. Leads follow everything, and one of
them not one thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from cop.accounts import sessions
from cop.demo.content.records import Community, Thread
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.threads import following, marks

UNREAD = timedelta(days=5)
"""What was written later is new to those who have not answered it."""


def people_have_read(
    tx: Tx,
    community: Community,
    *,
    people: Mapping[str, int],
    teams: Mapping[str, int],
    threads: Mapping[str, int],
) -> None:
    """Set every member's place in every thread of their teams, and what leads hear of."""
    quiet = False
    for team in community.teams:
        own = [thread for thread in community.threads if thread.team == team.key]
        for member in team.members:
            actor = sessions.actor_of(tx, people[member.person])
            for thread in own:
                _read(actor, tx, threads[thread.key], thread, member.person)
            if member.role == "lead":
                following.follow_team(actor, tx=tx, team_id=teams[team.key], level="everything")
                if own and not quiet:
                    following.follow_thread(actor, tx=tx, thread_id=threads[own[-1].key], level="mentions")
                    quiet = True


def _read(actor: Actor, tx: Tx, thread_id: int, thread: Thread, person: str) -> None:
    """They have read what stands before the posts of the last few days, and all that they answered."""
    recent = tx.now() - UNREAD
    read = max(
        sum(post.when <= recent for post in thread.posts),
        max((at for at, post in enumerate(thread.posts, 1) if post.author == person), default=0),
    )
    if read < len(thread.posts):
        marks.mark_unread(actor, tx=tx, thread_id=thread_id, number=read + 1)
    else:
        marks.mark_read(actor, tx=tx, thread_id=thread_id)
