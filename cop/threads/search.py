"""Posts as documents of search: found by their words, by those who may read their team."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, Select, String, cast, extract, literal, null, select

from cop.accounts import queries as accounts
from cop.files.events import FileTextExtracted
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Tx
from cop.kernel.events import Event
from cop.kernel.markup import excerpt, to_plain_text, without_quotations
from cop.search.document import THREAD, Document, Presented
from cop.teams import queries as teams
from cop.teams.events import TeamAccessChanged
from cop.threads import attachments, hidden, policy
from cop.threads.events import (
    PostEdited,
    PostFilesChanged,
    PostHidden,
    PostRemoved,
    PostRestored,
    PostWritten,
    ThreadMoved,
    ThreadSplit,
)
from cop.threads.models import PostRow, ThreadRow
from cop.web.dates import on_date

KIND = "post"
FACET = "discussion"
FILE_TEXT = 200_000
"""Characters of a file that can be found by: more than anybody attaches to a post on purpose."""
FILE_SHOWN = 20_000
"""Characters of a file from which passages are cut: twenty results stand on a page."""


def _words(row: Any) -> str:
    """A post's HTML for whoever finds it: without the quotation of a post that is hidden."""
    return without_quotations(row.html) if hidden.quotes_hidden(row) else str(row.html)


class PostSource:
    """Reads posts for the index and shows them among results."""

    @property
    def kind(self) -> str:
        """The name in every key."""
        return KIND

    @property
    def events(self) -> Sequence[type[Event]]:
        """What changes a document. Who joins or leaves a team changes the reader's terms, not the documents."""
        return (
            PostWritten,
            PostEdited,
            PostFilesChanged,
            PostRemoved,
            PostHidden,
            PostRestored,
            ThreadMoved,
            ThreadSplit,
            TeamAccessChanged,
            FileTextExtracted,
        )

    @property
    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """The words of the facet."""
        return {"kind": {FACET: "Discussion"}}

    def touched_by(self, tx: Tx, event_kind: str, payload: Mapping[str, Any]) -> Iterable[int]:
        """The post itself, and what quotes it; all posts of a team or thread whose readers or title changed."""
        if event_kind == TeamAccessChanged.__name__:
            return tx.session.scalars(
                select(PostRow.id)
                .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
                .where(ThreadRow.team_id == int(payload["team_id"]))
            ).all()
        if event_kind == FileTextExtracted.__name__:
            carrier = attachments.post_with(SYSTEM, tx=tx, file_id=int(payload["file_id"]))
            return [carrier.post_id] if carrier else []
        if event_kind in (ThreadMoved.__name__, ThreadSplit.__name__):
            moved = select(PostRow.id).where(PostRow.thread_id == int(payload["thread_id"]))
            return tx.session.scalars(moved).all()
        number = int(payload["post_id"])
        if event_kind not in (PostHidden.__name__, PostRestored.__name__):
            return [number]
        return [number, *tx.session.scalars(hidden.quoting(number))]

    def ids(self, tx: Tx, after: int, limit: int) -> Sequence[int]:
        """Posts that stand, in the order of their ids."""
        return tx.session.scalars(
            select(PostRow.id).where(PostRow.id > after, hidden.stands()).order_by(PostRow.id).limit(limit)
        ).all()

    def fetch(self, tx: Tx, document_id: int) -> Document | None:
        """A post under its thread's title; what is removed or hidden is no document."""
        row = tx.session.execute(
            hidden.with_quoted(
                select(
                    PostRow.html,
                    PostRow.created_at,
                    PostRow.thread_id,
                    ThreadRow.title,
                    ThreadRow.team_id,
                )
            )
            .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
            .where(PostRow.id == document_id, hidden.stands())
        ).first()
        if row is None:
            return None
        carried = attachments.words(SYSTEM, tx=tx, post_ids=[document_id], most=FILE_TEXT)
        return Document(
            kind=KIND,
            id=document_id,
            title=row.title,
            audience=teams.audience_of(SYSTEM, tx=tx, team_id=row.team_id).and_guests(
                policy.THING, row.thread_id
            ),
            date=row.created_at,
            body="\n".join(filter(None, (to_plain_text(_words(row)), carried.get(document_id, "")))),
        )

    def facts(self, actor: Actor) -> Select[Any]:
        """What the actor may see, with its facets."""
        query: Any = (
            select(
                PostRow.id.label("id"),
                literal(FACET, String()).label("kind"),
                null().label("category"),
                null().label("regime"),
                cast(extract("year", PostRow.created_at), Integer).label("year"),
                PostRow.thread_id.label(THREAD),
            )
            .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
            .where(hidden.stands(), policy.visible_to(actor))
        )
        found: Select[Any] = query
        return found

    def present(self, actor: Actor, *, tx: Tx, ids: Sequence[int]) -> Mapping[int, Presented]:
        """Posts as results: the thread's title, the team, who wrote it and when."""
        rows = tx.session.execute(
            hidden.with_quoted(
                select(
                    PostRow.id,
                    PostRow.html,
                    PostRow.author_id,
                    PostRow.created_at,
                    ThreadRow.title,
                    ThreadRow.team_id,
                )
            )
            .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
            .where(
                PostRow.id.in_(ids),
                hidden.stands(),
                policy.visible_to(actor),
            )
        ).all()
        names = teams.names(actor, tx=tx, team_ids={row.team_id for row in rows})
        authors = accounts.lines_by_id(actor, tx=tx, person_ids={row.author_id for row in rows})
        carried = attachments.words(actor, tx=tx, post_ids=[row.id for row in rows], most=FILE_SHOWN)
        today = utc_now()
        # Many posts have their thread's title: who wrote one and when is what tells it from the others.
        written = {row.id: f"{authors[row.author_id].name}, {on_date(row.created_at, today)}" for row in rows}
        return {
            row.id: Presented(
                title=row.title,
                url=f"/posts/{row.id}",
                summary=excerpt(_words(row)),
                text="\n".join(filter(None, (to_plain_text(_words(row)), carried.get(row.id, "")))),
                above=("Discussion", names[row.team_id]),
                below=(written[row.id], authors[row.author_id].organisation_name),
                beside=written[row.id],
            )
            for row in rows
        }
