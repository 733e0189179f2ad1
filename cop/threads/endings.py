"""Verbs about a thread as a whole: its outcome, its lock, and the summary pinned on top of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Forbidden, NotFound
from cop.kernel.events import record
from cop.teams.queries import Space
from cop.threads import drafts, events, policy, queries, service
from cop.threads.lifecycle import lifecycle
from cop.threads.models import ThreadRow, ThreadSummaryRow
from cop.threads.texts import Written

VERSIONS_MAX = 20


class SummaryConflict(Conflict):
    """Somebody else changed the summary since the page was opened."""


@dataclass(frozen=True, slots=True)
class SummaryVersion:
    """One text of a thread's summary, who wrote it and when; `html` is safe."""

    version: int
    author: PersonLine
    written_at: datetime
    source: str
    html: str


def conclude(actor: Actor, *, tx: Tx, thread_id: int, outcome: Written) -> None:
    """Say what came of a thread. Replies stay possible; that it is concluded is shown wherever it is listed."""
    row, space = _lock(actor, tx, thread_id)
    table = lifecycle(space.standing)
    require(table.find("conclude").policy(actor, row))
    if row.status == "concluded":
        raise Conflict("Somebody else has concluded this thread already. Go back to read what they wrote.")
    row.outcome, row.outcome_html = outcome.source, outcome.rendered.html
    row.concluded_at, row.concluded_by = tx.now(), actor.person_id
    tx.session.flush()
    table.apply(actor, tx=tx, entity=row, name="conclude")
    service.touch(actor, tx=tx, space=space, thread_id=thread_id)


def reopen(actor: Actor, *, tx: Tx, thread_id: int) -> None:
    """Take the question up again. The outcome stays readable until there is another one."""
    row, space = _lock(actor, tx, thread_id)
    lifecycle(space.standing).apply(actor, tx=tx, entity=row, name="reopen")
    service.touch(actor, tx=tx, space=space, thread_id=thread_id)


def lock(actor: Actor, *, tx: Tx, thread_id: int, reason: str) -> None:
    """Take no more posts, and say why. Everything stays readable."""
    row, space = _lock(actor, tx, thread_id)
    require(policy.can_lock(actor, space.standing))
    if row.locked_at is not None:
        raise Conflict("This thread is locked already.")
    row.locked_at, row.locked_by, row.lock_reason = tx.now(), actor.person_id, reason
    record(tx, actor, events.ThreadLocked(row.id, row.team_id))
    service.touch(actor, tx=tx, space=space, thread_id=thread_id)


def unlock(actor: Actor, *, tx: Tx, thread_id: int) -> None:
    """Take posts again."""
    row, space = _lock(actor, tx, thread_id)
    require(policy.can_lock(actor, space.standing))
    if row.locked_at is None:
        raise Conflict("This thread is not locked.")
    row.locked_at, row.locked_by, row.lock_reason = None, None, ""
    record(tx, actor, events.ThreadUnlocked(row.id, row.team_id))
    service.touch(actor, tx=tx, space=space, thread_id=thread_id)


def summarise(
    actor: Actor, *, tx: Tx, thread_id: int, body: Written, base_version: int, draft: str | None = None
) -> None:
    """Write a new version of the summary; `base_version` is the one the writer began from, 0 for the first."""
    row, space = _lock(actor, tx, thread_id)
    require(policy.can_write(actor, space.standing))
    if actor.person_id is None:
        raise Forbidden("A summary needs a person who writes it.")
    if row.summary_version != base_version:
        raise SummaryConflict("Somebody else changed the summary while you were writing.")
    drafts.done(
        tx,
        person_id=actor.person_id,
        kind="summary",
        subject_id=thread_id,
        revision=draft,
        body=body.source,
    )
    row.summary_version = base_version + 1
    _keep_version(tx, row, body, author_id=actor.person_id, at=tx.now())
    record(tx, actor, events.ThreadSummarised(row.id, row.team_id, row.summary_version))
    service.touch(actor, tx=tx, space=space, thread_id=thread_id)


def load_endings(
    actor: Actor,
    *,
    tx: Tx,
    thread_id: int,
    summaries: list[tuple[int, datetime, Written]],
    outcome: tuple[int, datetime, Written] | None,
) -> None:
    """Put summaries and an outcome in place with people and moments of their own; only the program itself may."""
    if not actor.is_system:
        raise Forbidden("Only the program itself can load how a thread ended.")
    row, _ = _lock(actor, tx, thread_id)
    for author_id, at, body in summaries:
        row.summary_version += 1
        _keep_version(tx, row, body, author_id=author_id, at=at)
        record(tx, actor, events.ThreadSummarised(row.id, row.team_id, row.summary_version))
    if outcome is not None:
        row.concluded_by, row.concluded_at = outcome[0], outcome[1]
        row.outcome, row.outcome_html = outcome[2].source, outcome[2].rendered.html
        row.status = "concluded"
        record(tx, actor, events.ThreadConcluded(row.id, row.team_id))
    tx.session.flush()


def summary_versions(actor: Actor, *, tx: Tx, thread_id: int) -> list[SummaryVersion]:
    """The versions of a thread's summary, the newest first; NotFound unless the actor may read the thread."""
    if not queries.may_read(actor, tx=tx, thread_id=thread_id):
        raise NotFound
    rows = tx.session.scalars(
        select(ThreadSummaryRow)
        .where(ThreadSummaryRow.thread_id == thread_id)
        .order_by(ThreadSummaryRow.version.desc())
        .limit(VERSIONS_MAX)
    ).all()
    lines = accounts.lines_by_id(actor, tx=tx, person_ids={row.author_id for row in rows})
    return [
        SummaryVersion(row.version, lines[row.author_id], row.written_at, row.source, row.html)
        for row in rows
    ]


def _keep_version(tx: Tx, row: ThreadRow, body: Written, *, author_id: int, at: datetime) -> None:
    tx.session.flush()
    tx.session.execute(
        insert(ThreadSummaryRow),
        {
            "thread_id": row.id,
            "version": row.summary_version,
            "source": body.source,
            "html": body.rendered.html,
            "renderer": body.rendered.version,
            "author_id": author_id,
            "written_at": at,
        },
    )


def _lock(actor: Actor, tx: Tx, thread_id: int) -> tuple[ThreadRow, Space]:
    space = service.lock_thread(actor, tx=tx, thread_id=thread_id)
    return tx.session.get_one(ThreadRow, thread_id, populate_existing=True), space
