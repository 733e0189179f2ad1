"""The one rule about hidden posts: nobody reads them but their author and who moderates (`policy.reads_hidden`).

Whatever shows posts to everybody (search, news, mentions, quotations) takes only posts that `stand`. Whatever shows one
post asks `Hidden.readable` and gets its words from `words`, which gives none to others. What another post quotes of a
hidden one is hidden with it; the quoting author's own words stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from cop.kernel.access import Actor
from cop.kernel.errors import Gone
from cop.kernel.markup import without_quotations, without_quoted_lines
from cop.teams.policy import Standing
from cop.threads import policy
from cop.threads.models import PostRow

QUOTATION_HIDDEN = "A quotation stood here. The post that it quotes is hidden."
BY = {"team": "the team’s facilitators", "platform": "the platform’s administrators"}


@dataclass(frozen=True, slots=True)
class Hidden:
    """That a post is hidden: since when, by whom, why, and whether this reader reads it all the same."""

    at: datetime
    by: str
    reason: str
    readable: bool


def stands() -> ColumnElement[bool]:
    """SQL: a post that is there for whoever reads its thread, neither removed nor hidden."""
    return and_(PostRow.deleted_at.is_(None), PostRow.hidden_at.is_(None))


def of_post(actor: Actor, team: Standing, post: Any) -> Hidden | None:
    """How a post (a row with its author and the columns `hidden_…`) is hidden from this reader; None if it stands."""
    if post.hidden_at is None:
        return None
    readable = policy.reads_hidden(actor, team, author_id=post.author_id)
    return Hidden(post.hidden_at, BY[post.hidden_as], post.hidden_reason, readable)


def gone(hidden: Hidden) -> Gone:
    """What is said to whoever asks for the text of a hidden post and may not read it."""
    return Gone(f"This post was hidden by {hidden.by}: {hidden.reason}")


def words(html: str, hidden: Hidden | None) -> str:
    """The HTML of a post for one reader; nothing of what they may not read."""
    return html if hidden is None or hidden.readable else ""


# A quotation takes along what the quoted post itself quotes, and no more (`kernel.markup.quote`): two steps are all.
QUOTED, DEEPER = aliased(PostRow, name="quoted"), aliased(PostRow, name="deeper")
_QUOTED_COLUMNS = (
    QUOTED.author_id.label("quoted_author_id"),
    QUOTED.number.label("quoted_number"),
    QUOTED.thread_id.label("quoted_thread_id"),
    QUOTED.hidden_at.is_not(None).label("quoted_is_hidden"),
    DEEPER.author_id.label("deeper_author_id"),
    DEEPER.hidden_at.is_not(None).label("deeper_is_hidden"),
)


def with_quoted(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """A query about posts, with the columns about what they quote that `hides_quotation` asks for."""
    return (
        query.add_columns(*_QUOTED_COLUMNS)
        .outerjoin(QUOTED, QUOTED.id == PostRow.quote_id)
        .outerjoin(DEEPER, DEEPER.id == QUOTED.quote_id)
    )


def hides_quotation(actor: Actor, team: Standing, row: Any) -> bool:
    """Whether what a post (a row of `with_quoted`) quotes is to be kept from the reader."""
    steps = ((row.quoted_is_hidden, row.quoted_author_id), (row.deeper_is_hidden, row.deeper_author_id))
    return any(
        is_hidden and not policy.reads_hidden(actor, team, author_id=author_id)
        for is_hidden, author_id in steps
    )


def quotes_hidden(row: Any) -> bool:
    """Whether a post (a row of `with_quoted`) quotes one that is hidden from anybody."""
    return bool(row.quoted_is_hidden or row.deeper_is_hidden)


def quoting(post_id: int) -> Select[int]:
    """Ids of posts that carry words of this one as a quotation."""
    return select(PostRow.id).where(
        or_(
            PostRow.quote_id == post_id,
            PostRow.quote_id.in_(select(QUOTED.id).where(QUOTED.quote_id == post_id)),
        )
    )


def html_without_quotations(html: str) -> str:
    """A post's HTML with a sentence instead of what it quotes."""
    return without_quotations(html, f"<p><i>{QUOTATION_HIDDEN}</i></p>")


def source_without_quotations(source: str) -> str:
    """A post's Markdown with a sentence instead of what it quotes."""
    return without_quoted_lines(source, QUOTATION_HIDDEN)
