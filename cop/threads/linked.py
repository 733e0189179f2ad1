"""How threads, posts and teams look beside a link to them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from cop.accounts import queries as accounts
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.markup import excerpt, without_quotations
from cop.teams import briefs
from cop.teams import queries as teams
from cop.teams.wording import STATE_WORDS
from cop.threads import hidden, queries
from cop.threads.cards import ABOUT_MAX, CARDS, Card
from cop.threads.models import PostRow, ThreadRow


def register() -> None:
    """Let posts show these; every process that draws posts needs it."""
    CARDS.provide("threads", _threads)
    CARDS.provide("posts", _posts)
    CARDS.provide("teams", _teams)


def _threads(actor: Actor, tx: Tx, ids: Collection[int]) -> dict[int, Card]:
    count = (
        select(func.count())
        .where(PostRow.thread_id == ThreadRow.id, hidden.stands())
        .correlate(ThreadRow)
        .scalar_subquery()
    )
    rows = tx.session.execute(
        select(
            ThreadRow.id, ThreadRow.title, ThreadRow.team_id, ThreadRow.status, count.label("posts")
        ).where(ThreadRow.id.in_(ids), ThreadRow.id.in_(queries.readable_ids(actor)))
    ).all()
    # A guest of one thread may not know of its team.
    names = teams.names(actor, tx=tx, team_ids={row.team_id for row in rows})
    return {
        row.id: Card(
            " · ".join(filter(None, ("Thread", names.get(row.team_id)))),
            row.title,
            f"/threads/{row.id}",
            "1 post" if row.posts == 1 else f"{row.posts:,} posts",
            "Concluded" if row.status == "concluded" else "",
        )
        for row in rows
    }


def _posts(actor: Actor, tx: Tx, ids: Collection[int]) -> dict[int, Card]:
    rows = tx.session.execute(
        select(PostRow.id, PostRow.number, PostRow.author_id, PostRow.html, ThreadRow.title)
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(
            PostRow.id.in_(ids),
            hidden.stands(),
            PostRow.thread_id.in_(queries.readable_ids(actor)),
        )
    ).all()
    lines = accounts.lines_by_id(actor, tx=tx, person_ids={row.author_id for row in rows})
    return {
        row.id: Card(
            "Post",
            f"{lines[row.author_id].name}, post {row.number} in “{row.title}”",
            f"/posts/{row.id}",
            excerpt(without_quotations(row.html), ABOUT_MAX),
        )
        for row in rows
    }


def _teams(actor: Actor, tx: Tx, ids: Collection[int]) -> dict[int, Card]:
    return {
        number: Card("Team", brief.name, f"/teams/{number}", brief.question, STATE_WORDS[brief.status])
        for number, brief in briefs.briefs(actor, tx=tx, team_ids=ids).items()
    }
