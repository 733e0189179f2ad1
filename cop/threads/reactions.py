"""Reactions to posts: four things one often wants to say without a post of one's own. One of each a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, cast, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ColumnElement

from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Forbidden
from cop.kernel.events import record
from cop.threads import events, policy
from cop.threads.limits import REACTIONS
from cop.threads.models import PostRow, ReactionRow

NAMED = 5
"""People named with a reaction; the others are counted."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """One kind of reaction to a post: who gave it, the first first, and whether the reader is among them."""

    kind: str
    count: int
    names: tuple[str, ...]
    mine: bool

    @property
    def label(self) -> str:
        """What it says: "Agree"."""
        return REACTIONS[self.kind]

    @property
    def who(self) -> str:
        """ "3 people: Ann, Bob and you"."""
        people = "1 person" if self.count == 1 else f"{self.count} people"
        left = self.count - len(self.names)
        names = [*self.names, "1 other" if left == 1 else f"{left} others"] if left else list(self.names)
        listed = names[0] if len(names) == 1 else " and ".join((", ".join(names[:-1]), names[-1]))
        return f"{people}: {listed}"


def gathered() -> ColumnElement[str]:
    """A column of a query about posts: their reactions as "id:kind:person,…"; None without any."""
    each = cast(ReactionRow.id, String) + ":" + ReactionRow.kind + ":" + cast(ReactionRow.person_id, String)
    of_it: Select[Any] = (
        select(func.aggregate_strings(each, ",")).where(ReactionRow.post_id == PostRow.id).correlate(PostRow)
    )
    column: ColumnElement[str] = of_it.scalar_subquery().label("reactions")
    return column


def parsed(column: str | None) -> list[tuple[str, int]]:
    """Kinds and people of what `gathered` brought, the oldest first."""
    if not column:
        return []
    parts = (part.split(":") for part in column.split(","))
    given = sorted((int(number), kind, int(person)) for number, kind, person in parts)
    return [(kind, person) for _, kind, person in given]


def told(actor: Actor, given: list[tuple[str, int]], lines: Mapping[int, PersonLine]) -> tuple[Reaction, ...]:
    """Reactions as one reader hears of them: their own name is "you", and comes last."""
    found = []
    for kind in REACTIONS:
        people = [person for each, person in given if each == kind]
        if not people:
            continue
        mine = actor.person_id in people
        others = [lines[person].name for person in people if person != actor.person_id]
        names = [*others[: NAMED - 1 if mine else NAMED], *(["you"] if mine else [])]
        found.append(Reaction(kind, len(people), tuple(names), mine))
    return tuple(found)


def react(actor: Actor, *, tx: Tx, place: Any, post: PostRow, kind: str, on: bool) -> bool:
    """Give or take back one reaction to a locked post; False when it was so already.

    `service.react` is the verb: it locks the post and tells who is reading.
    """
    require(policy.can_write(actor, place.space.standing))
    if actor.person_id is None:
        raise Forbidden("A reaction needs a person.")
    if on:
        made = sqlite.insert if tx.session.get_bind().dialect.name == "sqlite" else postgresql.insert
        statement: Any = (
            made(ReactionRow)
            .values(post_id=post.id, person_id=actor.person_id, kind=kind, at=tx.now())
            .on_conflict_do_nothing(index_elements=["post_id", "person_id", "kind"])
            .returning(ReactionRow.id)
        )
    else:
        statement = (
            delete(ReactionRow)
            .where(
                ReactionRow.post_id == post.id,
                ReactionRow.person_id == actor.person_id,
                ReactionRow.kind == kind,
            )
            .returning(ReactionRow.id)
        )
    if tx.rows(statement).first() is None:
        return False
    event = events.ReactionGiven if on else events.ReactionTakenBack
    record(tx, actor, event(post.id, place.thread_id, place.space.team_id, kind))
    return True
