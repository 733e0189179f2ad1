"""Reporting a post, and deciding about it: what moderators read, and the verbs. The rule itself is in `policy.py`.

A report is read by those who moderate and by whoever made it; never by the post's author, even where they run the team.
The platform's admin sees that there are reports of every team, and the texts only of teams they read like anybody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, insert, or_, select, true
from sqlalchemy.sql import ColumnElement

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import SYSTEM, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Invalid, NotFound
from cop.kernel.events import record
from cop.kernel.markup import excerpt
from cop.notifications import service as notices
from cop.teams import queries as teams
from cop.teams.policy import MANAGERS
from cop.threads import events, hidden, policy, queries, service, settling
from cop.threads.limits import REPORT_REASONS, REPORTS_OPEN_MAX
from cop.threads.models import PostRow, ThreadRow
from cop.threads.queries import Text
from cop.threads.report_models import PostDecisionRow, PostReportRow

SHOWN = 50
DONE_SHOWN = 20
CHANGED = "The post was changed while you were reading it. Read it again, then decide."


@dataclass(frozen=True, slots=True)
class Report:
    """Why somebody reported a post; `by` is None for whoever did not sign in."""

    id: int
    reason: str
    words: str
    by: PersonLine | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about a post: hide, keep, show or remove, and why."""

    kind: str
    reason: str
    by: PersonLine
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A post that waits for a decision. Not `readable`: the reader gets no word of it, nor of what reporters wrote."""

    post_id: int
    number: int
    thread_title: str
    team_id: int
    team_name: str
    author: PersonLine
    words: str
    readable: bool
    reports: Sequence[Report]


@dataclass(frozen=True, slots=True)
class Settled:
    """A post that was decided about."""

    post_id: int
    number: int
    thread_title: str
    team_name: str
    readable: bool
    decision: Decision


@dataclass(frozen=True, slots=True)
class Matter:
    """One post for whoever decides about it: its text, who waits for an answer, and what was decided before."""

    text: Text
    waiting: Sequence[Report]
    before: Sequence[Decision]
    quoted_by: int


@dataclass(frozen=True, slots=True)
class Own:
    """One's own report and what came of it; `decision` is None while it waits."""

    report: Report
    post_id: int
    thread_title: str
    decision: Decision | None


def report(actor: Actor, *, tx: Tx, post_id: int, reason: str, words: str) -> int:
    """Say that a post should not be there. Those who moderate it are told once, however many say so. Returns its id."""
    space, post = service.lock_post(actor, tx=tx, post_id=post_id)
    require(policy.can_report(actor, author_id=post.author_id))
    kept_from = hidden.of_post(actor, space.standing, post)
    if kept_from is not None:
        raise hidden.gone(kept_from)
    waiting = _open_reporters(tx, post_id)
    if actor.person_id is not None and actor.person_id in waiting:
        raise Conflict("You have reported this post already. You will be told what comes of it.")
    if len(waiting) >= REPORTS_OPEN_MAX:
        raise Conflict("Many people have reported this post already. The team’s facilitators know of it.")
    report_id: int = tx.session.execute(
        insert(PostReportRow)
        .values(
            post_id=post_id,
            reporter_id=actor.person_id,
            reason=reason,
            words=words,
            reported_at=tx.now(),
        )
        .returning(PostReportRow.id)
    ).scalar_one()
    record(tx, actor, events.PostReported(post_id, post.thread_id, space.team_id, report_id, reason))
    if not waiting:
        to = _moderators(tx, space.team_id, author_id=post.author_id)
        notices.tell(actor, tx=tx, kind=settling.REPORTED, subject_id=post_id, person_ids=to)
    return report_id


def _open_reporters(tx: Tx, post_id: int) -> list[int | None]:
    return list(
        tx.session.scalars(
            select(PostReportRow.reporter_id).where(
                PostReportRow.post_id == post_id, PostReportRow.decision_id.is_(None)
            )
        )
    )


def _moderators(tx: Tx, team_id: int, *, author_id: int) -> list[int]:
    """Who is told of a report: who runs the team, but not the author; if that is nobody the platform's admins."""
    people = teams.members(SYSTEM, tx=tx, team_id=team_id)
    found = [each.person.id for each in people if each.role in MANAGERS and each.person.id != author_id]
    return found or accounts.platform_admin_ids(SYSTEM, tx=tx)


def decide(actor: Actor, *, tx: Tx, post_id: int, kind: str, reason: str, version: int) -> None:
    """Hide a post, keep it as it is, or show it again, with a reason. `version` is the text that was read.

    The post's author hears of being hidden and shown, everybody who reported it of either answer.
    """
    _hold(tx, post_id)
    space, post = service.lock_post(actor, tx=tx, post_id=post_id)
    require(policy.can_decide(actor, space.standing, author_id=post.author_id))
    if kind not in ("hide", "keep", "show"):
        raise Invalid("Choose what to do with the post.")
    if (kind == "show") == (post.hidden_at is None):
        raise Conflict("Somebody else has decided about this post meanwhile. Go back to see how it stands.")
    if kind == "keep" and not settling.has_open(tx, post_id=post_id):
        raise Conflict("Somebody else has decided about this post meanwhile. Go back to see how it stands.")
    if version != post.version:
        raise Invalid(CHANGED)
    settling.settle(actor, tx=tx, post_id=post_id, kind=kind, reason=reason)
    if kind == "keep":
        record(tx, actor, events.PostKept(post_id, post.thread_id, space.team_id))
        return
    hides = kind == "hide"
    post.hidden_at = tx.now() if hides else None
    post.hidden_as = ("team" if space.standing.manages else "platform") if hides else None
    post.hidden_reason = reason if hides else ""
    # Posts that quote it are drawn anew as well: their quotation comes and goes with it.
    quoting = select(PostRow).where(PostRow.id.in_(hidden.quoting(post_id)))
    for each in [post, *tx.session.scalars(quoting)]:
        each.seq = service.touch(actor, tx=tx, space=space, thread_id=each.thread_id)
    told, event = (settling.HIDDEN, events.PostHidden) if hides else (settling.RESTORED, events.PostRestored)
    settling.tell_author(actor, tx=tx, post=post, kind=told)
    record(tx, actor, event(post_id, post.thread_id, space.team_id))


def _hold(tx: Tx, post_id: int) -> None:
    """Hold all threads with posts that quote this one, which a split has spread; in order, as everybody does."""
    around = select(PostRow.thread_id).where(
        or_(PostRow.id == post_id, PostRow.id.in_(hidden.quoting(post_id)))
    )
    tx.rows(select(ThreadRow.id).where(ThreadRow.id.in_(around)).order_by(ThreadRow.id).with_for_update())


def moderated(actor: Actor) -> ColumnElement[bool]:
    """SQL, beside a post and its thread: those the actor may be asked to decide about, were it only by their title."""
    mine = PostRow.author_id != (actor.person_id or 0)
    if actor.is_platform_admin:
        return mine
    return mine & ThreadRow.team_id.in_(teams.managed_ids(actor))


def _open() -> ColumnElement[bool]:
    return exists().where(PostReportRow.post_id == PostRow.id, PostReportRow.decision_id.is_(None))


def waiting_posts(actor: Actor, *, ids: Collection[int] | None = None) -> Select[*tuple[Any, ...]]:
    """Posts that wait for the actor's decision and that they can read: id and title of the thread, the oldest first."""
    query: Select[*tuple[Any, ...]] = (
        select(PostRow.id, ThreadRow.title, ThreadRow.team_id)
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(moderated(actor), policy.visible_to(actor), PostRow.deleted_at.is_(None), _open())
        .order_by(PostRow.id)
    )
    return query if ids is None else query.where(PostRow.id.in_(set(ids)))


def _matters(actor: Actor, *columns: Any) -> Select[Any]:
    return (
        select(
            PostRow.id,
            PostRow.number,
            PostRow.html,
            PostRow.author_id,
            ThreadRow.title,
            ThreadRow.team_id,
            policy.visible_to(actor).label("readable"),
            *columns,
        )
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(moderated(actor))
    )


def cases(actor: Actor, *, tx: Tx, team_id: int | None = None) -> list[Case]:
    """Posts that wait for a decision, of one team or all that the actor moderates, the oldest first; four queries."""
    query = _matters(actor).where(PostRow.deleted_at.is_(None), _open())
    if team_id is not None:
        query = query.where(ThreadRow.team_id == team_id)
    first = select(func.min(PostReportRow.id)).where(
        PostReportRow.post_id == PostRow.id, PostReportRow.decision_id.is_(None)
    )
    rows = tx.session.execute(query.order_by(first.scalar_subquery()).limit(SHOWN)).all()
    names = teams.names(actor, tx=tx, team_ids={row.team_id for row in rows})
    found = _waiting(tx, [row.id for row in rows])
    lines = _lines(actor, tx, {row.author_id for row in rows}, found)
    return [
        Case(
            row.id,
            row.number,
            row.title,
            row.team_id,
            names.get(row.team_id, ""),
            lines[row.author_id],
            excerpt(row.html) if row.readable else "",
            bool(row.readable),
            [_as_report(each, lines, told=bool(row.readable)) for each in found[row.id]],
        )
        for row in rows
    ]


def settled(actor: Actor, *, tx: Tx, team_id: int | None = None) -> list[Settled]:
    """What was decided lately about posts that the actor moderates, the newest first; three queries."""
    query = (
        _matters(actor, PostDecisionRow)
        .join(PostDecisionRow, PostDecisionRow.post_id == PostRow.id)
        .where(ThreadRow.team_id == team_id if team_id is not None else true())
        .order_by(PostDecisionRow.id.desc())
        .limit(DONE_SHOWN)
    )
    rows = tx.session.execute(query).all()
    names = teams.names(actor, tx=tx, team_ids={row.team_id for row in rows})
    lines = accounts.lines_by_id(actor, tx=tx, person_ids={row.PostDecisionRow.decided_by for row in rows})
    return [
        Settled(
            row.id,
            row.number,
            row.title,
            names.get(row.team_id, ""),
            bool(row.readable),
            _as_decision(row.PostDecisionRow, lines, told=bool(row.readable)),
        )
        for row in rows
    ]


def matter(actor: Actor, *, tx: Tx, post_id: int) -> Matter:
    """A post to decide about; NotFound for no reader, Forbidden for who may not decide, Gone once it is removed."""
    row = tx.session.execute(
        select(PostRow.author_id, PostRow.thread_id).where(
            PostRow.id == post_id, PostRow.thread_id.in_(queries.readable_ids(actor))
        )
    ).first()
    if row is None:
        raise NotFound
    space, _ = queries.space_of(actor, tx=tx, thread_id=row.thread_id)
    require(policy.can_decide(actor, space.standing, author_id=row.author_id))
    text = queries.text(actor, tx=tx, post_id=post_id)
    waiting = _waiting(tx, [post_id])
    before = tx.session.scalars(
        select(PostDecisionRow).where(PostDecisionRow.post_id == post_id).order_by(PostDecisionRow.id.desc())
    ).all()
    lines = _lines(actor, tx, {each.decided_by for each in before}, waiting)
    quoted_by = tx.session.execute(
        select(func.count()).select_from(hidden.quoting(post_id).subquery())
    ).scalar_one()
    return Matter(
        text,
        [_as_report(each, lines, told=True) for each in waiting[post_id]],
        [_as_decision(each, lines, told=True) for each in before],
        quoted_by,
    )


def own(actor: Actor, *, tx: Tx, report_id: int) -> Own:
    """One's own report; NotFound for anybody else's, and for a post one may no longer read."""
    found = list(own_reports(actor, tx=tx, ids=[report_id]).values())
    if not found:
        raise NotFound
    return found[0]


def own_reports(actor: Actor, *, tx: Tx, ids: Collection[int]) -> dict[int, Own]:
    """Those of these reports that the actor made, about posts in threads they may read; two queries."""
    rows = tx.session.execute(
        select(PostReportRow, PostDecisionRow, ThreadRow.title)
        .join(PostRow, PostRow.id == PostReportRow.post_id)
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .outerjoin(PostDecisionRow, PostDecisionRow.id == PostReportRow.decision_id)
        .where(
            PostReportRow.id.in_(set(ids)),
            PostReportRow.reporter_id == actor.person_id,
            policy.visible_to(actor),
        )
    ).all()
    decided = {row.PostDecisionRow.decided_by for row in rows if row.PostDecisionRow is not None}
    lines = accounts.lines_by_id(actor, tx=tx, person_ids={actor.person_id or 0, *decided})
    return {
        row.PostReportRow.id: Own(
            _as_report(row.PostReportRow, lines, told=True),
            row.PostReportRow.post_id,
            row.title,
            _as_decision(row.PostDecisionRow, lines, told=True) if row.PostDecisionRow else None,
        )
        for row in rows
    }


def of_author(actor: Actor, *, tx: Tx, post_ids: Collection[int]) -> dict[int, tuple[str, str | None]]:
    """The actor's own posts among these that they may read: the thread's title, and why it is hidden if it is."""
    rows = tx.session.execute(
        select(PostRow.id, ThreadRow.title, PostRow.hidden_at, PostRow.hidden_reason)
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(
            PostRow.id.in_(set(post_ids)),
            PostRow.author_id == actor.person_id,
            PostRow.deleted_at.is_(None),
            policy.visible_to(actor),
        )
    )
    return {row.id: (row.title, row.hidden_reason if row.hidden_at else None) for row in rows}


def _waiting(tx: Tx, post_ids: Sequence[int]) -> Mapping[int, list[PostReportRow]]:
    """The open reports of these posts, which the caller may read."""
    rows = tx.session.scalars(
        select(PostReportRow)
        .where(PostReportRow.post_id.in_(post_ids), PostReportRow.decision_id.is_(None))
        .order_by(PostReportRow.id)
    )
    found: dict[int, list[PostReportRow]] = defaultdict(list)
    for row in rows:
        found[row.post_id].append(row)
    return found


def _lines(
    actor: Actor, tx: Tx, people: set[int], reports: Mapping[int, list[PostReportRow]]
) -> dict[int, PersonLine]:
    reporters = {each.reporter_id for of_post in reports.values() for each in of_post if each.reporter_id}
    return accounts.lines_by_id(actor, tx=tx, person_ids=people | reporters)


def _as_report(row: PostReportRow, lines: Mapping[int, PersonLine], *, told: bool) -> Report:
    by = lines[row.reporter_id] if row.reporter_id is not None else None
    return Report(row.id, REPORT_REASONS[row.reason], row.words if told else "", by, row.reported_at)


def _as_decision(row: PostDecisionRow, lines: Mapping[int, PersonLine], *, told: bool) -> Decision:
    return Decision(row.kind, row.reason if told else "", lines[row.decided_by], row.decided_at)
