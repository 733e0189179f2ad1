"""What came of a thread as a document of search: its outcome and its summary, under the thread's title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, Select, String, and_, cast, extract, func, literal, null, or_, select

from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Tx
from cop.kernel.events import Event
from cop.kernel.markup import excerpt, to_plain_text
from cop.search.document import Document, Presented
from cop.teams import queries as teams
from cop.teams.events import TeamAccessChanged
from cop.threads import policy
from cop.threads.events import ThreadConcluded, ThreadMoved, ThreadReopened, ThreadSummarised
from cop.threads.models import ThreadRow, ThreadSummaryRow
from cop.threads.search import FACET

KIND = "ending"
_HAS_ONE = or_(ThreadRow.status == "concluded", ThreadRow.summary_version > 0)
_NEWEST = and_(
    ThreadSummaryRow.thread_id == ThreadRow.id, ThreadSummaryRow.version == ThreadRow.summary_version
)


class EndingSource:
    """Reads outcomes and summaries for the index and shows them among results."""

    @property
    def kind(self) -> str:
        """The name in every key."""
        return KIND

    @property
    def events(self) -> Sequence[type[Event]]:
        """What changes a document."""
        return (ThreadConcluded, ThreadReopened, ThreadSummarised, ThreadMoved, TeamAccessChanged)

    @property
    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """None of its own: it is a discussion, as posts are."""
        return {}

    def touched_by(self, tx: Tx, event_kind: str, payload: Mapping[str, Any]) -> Iterable[int]:
        """The thread itself; all threads of a team whose circle of readers changed."""
        if event_kind == TeamAccessChanged.__name__:
            return tx.session.scalars(
                select(ThreadRow.id).where(ThreadRow.team_id == int(payload["team_id"]))
            ).all()
        return [int(payload["thread_id"])]

    def ids(self, tx: Tx, after: int, limit: int) -> Sequence[int]:
        """Threads with an outcome or a summary, in the order of their ids."""
        return tx.session.scalars(
            select(ThreadRow.id).where(ThreadRow.id > after, _HAS_ONE).order_by(ThreadRow.id).limit(limit)
        ).all()

    def fetch(self, tx: Tx, document_id: int) -> Document | None:
        """Both texts under the thread's title."""
        row = tx.session.execute(
            select(ThreadRow, ThreadSummaryRow)
            .outerjoin(ThreadSummaryRow, _NEWEST)
            .where(ThreadRow.id == document_id, _HAS_ONE)
        ).first()
        if row is None:
            return None
        thread: ThreadRow = row.ThreadRow
        return Document(
            kind=KIND,
            id=document_id,
            title=thread.title,
            audience=teams.audience_of(SYSTEM, tx=tx, team_id=thread.team_id).and_guests(
                policy.THING, thread.id
            ),
            date=_date(thread, row.ThreadSummaryRow),
            body=_words(thread, row.ThreadSummaryRow),
        )

    def facts(self, actor: Actor) -> Select[Any]:
        """What the actor may see, with its facets."""
        moment = func.coalesce(ThreadRow.concluded_at, ThreadRow.created_at)
        query: Any = select(
            ThreadRow.id.label("id"),
            literal(FACET, String()).label("kind"),
            null().label("category"),
            null().label("regime"),
            cast(extract("year", moment), Integer).label("year"),
        ).where(_HAS_ONE, policy.visible_to(actor))
        found: Select[Any] = query
        return found

    def present(self, actor: Actor, *, tx: Tx, ids: Sequence[int]) -> Mapping[int, Presented]:
        """As results: the thread's title, its team, and whether it is concluded."""
        rows = tx.session.execute(
            select(ThreadRow, ThreadSummaryRow)
            .outerjoin(ThreadSummaryRow, _NEWEST)
            .where(ThreadRow.id.in_(ids), _HAS_ONE, policy.visible_to(actor))
        ).all()
        names = teams.names(actor, tx=tx, team_ids={row.ThreadRow.team_id for row in rows})
        found = {}
        for thread, summary in rows:
            concluded = thread.status == "concluded"
            html = thread.outcome_html if concluded else summary.html
            found[thread.id] = Presented(
                title=thread.title,
                url=f"/threads/{thread.id}",
                summary=excerpt(html),
                text=_words(thread, summary),
                above=(
                    "Outcome of a discussion" if concluded else "Summary of a discussion",
                    names[thread.team_id],
                ),
                beside="outcome" if concluded else "summary",
            )
        return found


def _words(thread: ThreadRow, summary: ThreadSummaryRow | None) -> str:
    parts = [thread.outcome_html if thread.status == "concluded" else "", summary.html if summary else ""]
    return "\n".join(to_plain_text(part) for part in parts if part)


def _date(thread: ThreadRow, summary: ThreadSummaryRow | None) -> Any:
    if thread.status == "concluded" and thread.concluded_at is not None:
        return thread.concluded_at
    return summary.written_at if summary else thread.created_at
