"""Threads and posts as things that a text points to."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from cop.accounts import queries as accounts
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.teams import queries as teams
from cop.threads import hidden, queries
from cop.threads.models import PostRow, ThreadRow
from cop.threads.references import REFERENCES, Provider, Reference


def register() -> None:
    """Let texts point to threads and posts; every process that draws or reads texts needs it."""
    REFERENCES.provide("thread", Provider("threads", _find_threads, _thread_titles))
    REFERENCES.provide("post", Provider("posts", lambda actor, tx, text, limit: [], _post_titles))


def _find_threads(actor: Actor, tx: Tx, text: str, limit: int) -> list[Reference]:
    words = [word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in text.split()[:6]]
    rows = tx.session.execute(
        select(ThreadRow.id, ThreadRow.title, ThreadRow.team_id)
        .where(
            ThreadRow.id.in_(queries.readable_ids(actor)),
            *(ThreadRow.title.ilike(f"%{word}%", escape="\\") for word in words),
        )
        .order_by(ThreadRow.id.desc())
        .limit(limit)
    ).all()
    names = teams.names(actor, tx=tx, team_ids={row.team_id for row in rows})
    return [Reference(row.id, row.title, _about(names.get(row.team_id))) for row in rows]


def _about(team: str | None) -> str:
    """A guest of one thread may not know of its team."""
    return f"Thread, {team}" if team else "Thread"


def _thread_titles(actor: Actor, tx: Tx, ids: Collection[int]) -> dict[int, str]:
    rows = tx.session.execute(
        select(ThreadRow.id, ThreadRow.title).where(
            ThreadRow.id.in_(ids), ThreadRow.id.in_(queries.readable_ids(actor))
        )
    )
    return {row.id: row.title for row in rows}


def _post_titles(actor: Actor, tx: Tx, ids: Collection[int]) -> dict[int, str]:
    rows = tx.session.execute(
        select(PostRow.id, PostRow.number, PostRow.author_id, ThreadRow.title)
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(
            PostRow.id.in_(ids),
            hidden.stands(),
            PostRow.thread_id.in_(queries.readable_ids(actor)),
        )
    ).all()
    lines = accounts.lines_by_id(actor, tx=tx, person_ids={row.author_id for row in rows})
    return {row.id: f"{lines[row.author_id].name}, post {row.number} in “{row.title}”" for row in rows}
