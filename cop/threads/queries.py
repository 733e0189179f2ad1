"""Reads about threads and posts. Every public function takes the actor; the team's visibility stands in each WHERE.

Posts are read as columns, not as objects, a page of `PAGE_SIZE` by their numbers: the last page of two thousand
posts costs what the first one does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, literal, select, tuple_
from sqlalchemy.orm import aliased

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel import paging
from cop.kernel.access import Actor
from cop.kernel.clock import UtcDateTime
from cop.kernel.db import Tx
from cop.kernel.errors import Gone, NotFound
from cop.kernel.markup import excerpt
from cop.teams import queries as teams
from cop.teams.policy import Standing
from cop.teams.queries import Space, Team
from cop.teams.things import Named
from cop.threads import attachments, hidden, markers, policy, reactions
from cop.threads.attachments import Attachment
from cop.threads.hidden import Hidden
from cop.threads.limits import PAGE_SIZE, page_of
from cop.threads.markers import Moved, Origin
from cop.threads.models import DraftRow, PostRow, PostVersionRow, ThreadRow, ThreadSummaryRow
from cop.threads.reactions import Reaction

THREADS_SHOWN = 30
CHANGES_MAX = 60
VERSIONS_MAX = 20


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread in a list; `last_by` wrote the newest post. A reader of metadata alone gets no last post."""

    id: int
    title: str
    posts: int
    started_by: PersonLine
    created_at: datetime
    last_by: PersonLine
    last_at: datetime
    status: str
    locked: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class NewestThread:
    """A thread of one of several teams, with who wrote in it last and when."""

    id: int
    title: str
    team_id: int
    team_name: str
    posts: int
    last_by: PersonLine
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """Safe HTML, or plain words, that somebody put on a thread as a whole at some time."""

    words: str
    by: PersonLine
    at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """How a thread stands: its state, its outcome if there is or was one, why it is locked, and its summary."""

    status: str
    started_by: int
    outcome: Told | None
    lock: Told | None
    summary: Told | None
    summary_version: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody is writing and has not posted. `subject_id` is a thread, team or post, by `kind`."""

    id: int
    kind: str
    subject_id: int
    title: str
    body: str
    quote_id: int | None
    base_version: int | None
    revision: str
    saved_at: datetime

    @classmethod
    def of(cls, row: DraftRow) -> Draft:
        """The record of a row."""
        return cls(
            row.id,
            row.kind,
            row.subject_id,
            row.title,
            row.body,
            row.quote_id,
            row.base_version,
            row.revision,
            row.saved_at,
        )


@dataclass(frozen=True, slots=True)
class Thread:
    """The head of a thread. `posts` counts tombstones too, `places` markers as well, as their numbers do.

    `seq` is its newest change; `draft` is what the reader themselves is writing here.
    """

    id: int
    title: str
    created_at: datetime
    seq: int
    posts: int
    places: int
    people: int
    space: Space
    ending: Ending
    draft: Draft | None = None
    origin: Origin | None = None

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return page_of(max(self.places, 1))


@dataclass(frozen=True, slots=True)
class Quoted:
    """The post another one quotes, and its place in its thread. `hidden`: kept from this reader.

    `elsewhere`: the thread was split between the two.
    """

    id: int
    number: int
    author: PersonLine
    hidden: bool = False
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A post as pages show it; `html` is safe, and empty for a tombstone and for what is hidden from the reader.

    `moved`: it is the marker of one that stood here.
    """

    id: int
    thread_id: int
    number: int
    author: PersonLine
    html: str
    renderer: int
    version: int
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    deleted_by: int | None
    quoted: Quoted | None
    reactions: tuple[Reaction, ...] = ()
    hidden: Hidden | None = None
    files: tuple[Attachment, ...] = ()
    moved: Moved | None = None

    @property
    def element(self) -> str:
        """The id of its element: a marker has that of the post that stood here, so that old addresses find it."""
        return f"post-{self.moved.post_id if self.moved else self.id}"


@dataclass(frozen=True, slots=True)
class Text:
    """A post's own words for its author or for a quotation, with the version they are.

    `hidden`: it is, and this reader reads it all the same. `quotes_hidden`: what it quotes is kept from them.
    """

    post_id: int
    thread_id: int
    thread_title: str
    number: int
    author: PersonLine
    source: str
    html: str
    version: int
    space: Space
    hidden: Hidden | None = None
    quotes_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a post: its number, when it was written, the words, and the safe HTML they became."""

    version: int
    written_at: datetime
    source: str
    html: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Posts written, edited or removed since a sequence number; `head` is where the reader stands after them."""

    posts: Sequence[Post]
    head: int
    more: bool


def readable_ids(actor: Actor) -> Select[int]:
    """Ids of threads the actor may read; for other domains' predicates."""
    return select(ThreadRow.id).where(policy.visible_to(actor))


def named(actor: Actor, *, tx: Tx, thread_ids: Collection[int]) -> dict[int, Named]:
    """Threads as an invitation names them, among those the actor may read."""
    rows = tx.session.execute(
        select(ThreadRow.id, ThreadRow.team_id, ThreadRow.title).where(
            ThreadRow.id.in_(set(thread_ids)), policy.visible_to(actor)
        )
    )
    return {row.id: Named(row.team_id, row.title, f"/threads/{row.id}") for row in rows}


def count(actor: Actor, *, tx: Tx, team_id: int) -> int:
    """How many threads a team has that the actor may know of."""
    known = teams.card_ids(actor) if actor.is_platform_admin else teams.visible_ids(actor)
    return tx.session.execute(
        select(func.count())
        .select_from(ThreadRow)
        .where(ThreadRow.team_id == team_id, ThreadRow.team_id.in_(known))
    ).scalar_one()


def listing(
    actor: Actor, *, tx: Tx, team: Team, after: str | None = None, limit: int = THREADS_SHOWN
) -> paging.Page[ThreadLine]:
    """A team's threads, the one written in last first; two queries.

    The platform admin may list what they cannot read: titles, who started them, and dates (PRODUCT.md, "metadata").
    NotFound for anybody else who may not read the team.
    """
    if not team.can_read and not actor.is_platform_admin:
        raise NotFound
    last = aliased(PostRow)
    query: Select[*tuple[Any, ...]] = (
        select(
            ThreadRow.id,
            ThreadRow.title,
            ThreadRow.created_by,
            ThreadRow.created_at,
            (markers.places() - markers.count()).label("posts"),
            last.author_id,
            last.created_at.label("last_at"),
            ThreadRow.status,
            ThreadRow.locked_at,
            ThreadRow.outcome_html,
        )
        .join(last, and_(last.thread_id == ThreadRow.id, last.number == markers.last_number()))
        .where(ThreadRow.team_id == team.id)
        .order_by(last.created_at.desc(), ThreadRow.id.desc())
        .limit(limit + 1)
    )
    position = paging.decode(after, (str, int))
    if position is not None:
        moment = paging.moment(position[0])
        if moment is not None:
            query = query.where(
                tuple_(last.created_at, ThreadRow.id) < tuple_(literal(moment, UtcDateTime()), position[1])
            )
    rows = tx.session.execute(query).all()
    shown = rows[:limit]
    people = {row.created_by for row in shown} | {row.author_id for row in shown}
    lines = accounts.lines_by_id(actor, tx=tx, person_ids=people)
    found = [_as_line(row, lines, told=team.can_read) for row in shown]
    more = len(rows) > limit
    older = paging.encode((found[-1].last_at.isoformat(), found[-1].id)) if more else None
    return paging.Page(found, older)


def _as_line(row: Any, lines: Mapping[int, PersonLine], *, told: bool) -> ThreadLine:
    """A row of the list; who gets titles alone is not told what came of it."""
    return ThreadLine(
        row.id,
        row.title,
        row.posts,
        lines[row.created_by],
        row.created_at,
        lines[row.author_id],
        row.last_at,
        row.status,
        row.locked_at is not None,
        excerpt(row.outcome_html) if row.status == "concluded" and told else "",
    )


def thread(actor: Actor, *, tx: Tx, thread_id: int) -> Thread:
    """The head of a thread the actor may read; NotFound otherwise.

    Two queries, and one more for the names on its outcome, its lock and its summary where it has any of them.
    """
    row = tx.rows(_head(actor), {"thread_id": thread_id}).first()
    if row is None:
        raise NotFound
    return Thread(
        row.id,
        row.title,
        row.created_at,
        row.seq,
        (row.places or 0) - row.markers,
        row.places or 0,
        row.people,
        teams.space_around(actor, tx=tx, team_id=row.team_id, thing=policy.THING, thing_id=row.id),
        _ending(actor, tx, row),
        _draft(row) if actor.signed_in else None,
        Origin(row.split_from_id, row.origin_title) if row.split_from_id else None,
    )


_OF_DRAFT = [
    column.label(f"draft_{column.key}") for column in (getattr(DraftRow, each.name) for each in fields(Draft))
]


@lru_cache(maxsize=teams.STATEMENTS_KEPT)
def _head(actor: Actor) -> Select[*tuple[Any, ...]]:
    """A thread with its counts, its summary and, for whoever may have one, the draft of their reply."""
    people = select(func.count(PostRow.author_id.distinct())).where(
        PostRow.thread_id == ThreadRow.id, PostRow.moved_id.is_(None)
    )
    found: Select[*tuple[Any, ...]] = (
        select(
            *ThreadRow.__table__.columns,
            ThreadSummaryRow.html.label("summary_html"),
            ThreadSummaryRow.author_id.label("summarised_by"),
            ThreadSummaryRow.written_at.label("summarised_at"),
            markers.places().label("places"),
            markers.count().label("markers"),
            markers.origin_title(actor).label("origin_title"),
            people.correlate(ThreadRow).scalar_subquery().label("people"),
        )
        .outerjoin(
            ThreadSummaryRow,
            and_(
                ThreadSummaryRow.thread_id == ThreadRow.id,
                ThreadSummaryRow.version == ThreadRow.summary_version,
            ),
        )
        .where(ThreadRow.id == bindparam("thread_id"), policy.visible_to(actor))
    )
    if not actor.signed_in:
        return found
    reply = and_(
        DraftRow.person_id == actor.person_id,
        DraftRow.kind == "reply",
        DraftRow.subject_id == ThreadRow.id,
    )
    return found.add_columns(*_OF_DRAFT).outerjoin(DraftRow, reply)


def _draft(row: Any) -> Draft | None:
    if row.draft_id is None:
        return None
    return Draft(*(getattr(row, column.name) for column in _OF_DRAFT))


def _ending(actor: Actor, tx: Tx, row: Any) -> Ending:
    told = {
        "outcome": (row.outcome_html, row.concluded_by, row.concluded_at),
        "lock": (row.lock_reason, row.locked_by, row.locked_at),
        "summary": (row.summary_html or "", row.summarised_by, row.summarised_at),
    }
    people = {by for _, by, _ in told.values() if by is not None}
    lines = accounts.lines_by_id(actor, tx=tx, person_ids=people) if people else {}
    found = {
        name: Told(words, lines[by], at) if by is not None and at is not None else None
        for name, (words, by, at) in told.items()
    }
    return Ending(
        row.status,
        row.created_by,
        found["outcome"],
        found["lock"],
        found["summary"],
        row.summary_version,
    )


def space_of(actor: Actor, *, tx: Tx, thread_id: int) -> tuple[Space, bool]:
    """The team around a thread with the actor's standing, and whether it is locked; NotFound for no reader."""
    row = tx.session.execute(
        select(ThreadRow.team_id, ThreadRow.locked_at).where(
            ThreadRow.id == thread_id, policy.visible_to(actor)
        )
    ).first()
    if row is None:
        raise NotFound
    around = teams.space_around(actor, tx=tx, team_id=row.team_id, thing=policy.THING, thing_id=thread_id)
    return around, row.locked_at is not None


def head_seq(actor: Actor, *, tx: Tx, thread_id: int) -> int:
    """The newest change of a thread the actor may read; 0 for any other. For the live edge's beacon."""
    found = tx.session.scalar(
        select(ThreadRow.seq).where(ThreadRow.id == thread_id, policy.visible_to(actor))
    )
    return found or 0


def may_read(actor: Actor, *, tx: Tx, thread_id: int) -> bool:
    """Whether the actor may read this thread."""
    return tx.session.scalar(readable_ids(actor).where(ThreadRow.id == thread_id)) is not None


def _posts() -> Select[*tuple[Any, ...]]:
    columns = select(
        PostRow.id,
        PostRow.number,
        PostRow.author_id,
        PostRow.html,
        PostRow.renderer,
        PostRow.version,
        PostRow.seq,
        PostRow.created_at,
        PostRow.edited_at,
        PostRow.deleted_at,
        PostRow.deleted_by,
        PostRow.hidden_at,
        PostRow.hidden_as,
        PostRow.hidden_reason,
        PostRow.quote_id,
        PostRow.thread_id,
        PostRow.moved_id,
        reactions.gathered(),
        attachments.gathered(),
    )
    return hidden.with_quoted(columns)


@cache
def _page() -> Select[*tuple[Any, ...]]:
    return (
        _posts()
        .where(
            PostRow.thread_id == bindparam("thread_id"),
            PostRow.number.between(bindparam("first"), bindparam("last")),
        )
        .order_by(PostRow.number)
    )


def _as_posts(actor: Actor, tx: Tx, team: Standing, rows: Sequence[Any]) -> list[Post]:
    people = {row.author_id for row in rows} | {row.quoted_author_id for row in rows if row.quote_id}
    given = {row.id: reactions.parsed(row.reactions) for row in rows}
    people.update(person for each in given.values() for _, person in each)
    lines = accounts.lines_by_id(actor, tx=tx, person_ids=people)
    titles = markers.titles(actor, tx=tx, post_ids=[row.moved_id for row in rows if row.moved_id])
    found = [_as_post(actor, team, row, lines, given[row.id], titles) for row in rows]
    shown = {post.id for post in found if post.hidden is None or post.hidden.readable}
    files = attachments.of_posts(actor, tx=tx, gathered=[row.files for row in rows if row.id in shown])
    return [replace(post, files=files[post.id]) if post.id in files else post for post in found]


def _as_post(
    actor: Actor,
    team: Standing,
    row: Any,
    lines: Mapping[int, PersonLine],
    given: list[tuple[str, int]],
    titles: Mapping[int, str],
) -> Post:
    # Nearly every post stands, and a page asks for fifty.
    kept_from = hidden.of_post(actor, team, row) if row.hidden_at is not None else None
    quoted, html = None, row.html if kept_from is None else hidden.words(row.html, kept_from)
    if row.quote_id:
        silent = hidden.hides_quotation(actor, team, row)
        elsewhere = row.quoted_thread_id != row.thread_id
        quoted = Quoted(row.quote_id, row.quoted_number, lines[row.quoted_author_id], silent, elsewhere)
        html = hidden.html_without_quotations(html) if silent else html
    return Post(
        id=row.id,
        thread_id=row.thread_id,
        number=row.number,
        author=lines[row.author_id],
        html=html,
        renderer=row.renderer,
        version=row.version,
        created_at=row.created_at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        deleted_by=row.deleted_by,
        quoted=quoted,
        reactions=reactions.told(actor, given, lines) if given and kept_from is None else (),
        hidden=kept_from,
        # Whoever splits a thread is the author of the markers.
        moved=Moved(row.moved_id, lines[row.author_id], titles.get(row.moved_id)) if row.moved_id else None,
    )


def posts(actor: Actor, *, tx: Tx, thread: Thread, page: int) -> list[Post]:
    """One page of a thread that `thread` gave to the same actor, oldest first; two queries at any depth."""
    first = (page - 1) * PAGE_SIZE + 1
    rows = tx.rows(_page(), {"thread_id": thread.id, "first": first, "last": first + PAGE_SIZE - 1}).all()
    return _as_posts(actor, tx, thread.space.standing, rows)


def changes(actor: Actor, *, tx: Tx, thread: Thread, since: int) -> Changes:
    """What happened in a thread after a sequence number, in the order of the posts' places; two queries.

    More than `CHANGES_MAX` changes are cut off there, and `head` says where to go on.
    """
    rows = tx.session.execute(
        _posts()
        .where(PostRow.thread_id == thread.id, PostRow.seq > since)
        .order_by(PostRow.seq)
        .limit(CHANGES_MAX + 1)
    ).all()
    shown = rows[:CHANGES_MAX]
    head = shown[-1].seq if len(rows) > CHANGES_MAX else max(thread.seq, since)
    ordered = sorted(shown, key=lambda row: row.number)
    return Changes(_as_posts(actor, tx, thread.space.standing, ordered), head, len(rows) > CHANGES_MAX)


def place_of(actor: Actor, *, tx: Tx, post_id: int) -> tuple[int, int]:
    """The thread and the page of a post the actor may read: what its permalink leads to."""
    row = tx.rows(_place(actor), {"post_id": post_id}).first()
    if row is None:
        raise NotFound
    return row.thread_id, page_of(row.number)


@lru_cache(maxsize=teams.STATEMENTS_KEPT)
def _place(actor: Actor) -> Select[*tuple[Any, ...]]:
    return select(PostRow.thread_id, PostRow.number).where(
        PostRow.id == bindparam("post_id"), PostRow.thread_id.in_(readable_ids(actor))
    )


def text(actor: Actor, *, tx: Tx, post_id: int) -> Text:
    """The words of a post as they were typed; NotFound for no reader, Gone for a tombstone.

    Gone also when it is hidden from the reader. What it quotes of a hidden post is left out.
    """
    row = tx.session.execute(
        hidden.with_quoted(select(PostRow, ThreadRow.title, ThreadRow.team_id))
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(PostRow.id == post_id, policy.visible_to(actor))
    ).first()
    if row is None:
        raise NotFound
    post: PostRow = row.PostRow
    if post.deleted_at is not None:
        raise Gone("This post was removed, and its earlier versions with it.")
    space = teams.space_around(actor, tx=tx, team_id=row.team_id, thing=policy.THING, thing_id=post.thread_id)
    kept_from = hidden.of_post(actor, space.standing, post)
    if kept_from is not None and not kept_from.readable:
        raise hidden.gone(kept_from)
    author = accounts.lines_by_id(actor, tx=tx, person_ids=[post.author_id])[post.author_id]
    silent = hidden.hides_quotation(actor, space.standing, row)
    return Text(
        post.id,
        post.thread_id,
        row.title,
        post.number,
        author,
        hidden.source_without_quotations(post.source) if silent else post.source,
        hidden.html_without_quotations(post.html) if silent else post.html,
        post.version,
        space,
        kept_from,
        silent,
    )


def versions(actor: Actor, *, tx: Tx, text: Text) -> list[Version]:
    """All texts of a post that `text` gave to the same actor, the newest first, at most `VERSIONS_MAX`."""
    now = tx.session.execute(
        select(PostRow.edited_at, PostRow.created_at).where(PostRow.id == text.post_id)
    ).one()
    rows = tx.session.execute(
        select(PostVersionRow.version, PostVersionRow.written_at, PostVersionRow.source, PostVersionRow.html)
        .where(PostVersionRow.post_id == text.post_id)
        .order_by(PostVersionRow.version.desc())
        .limit(VERSIONS_MAX - 1)
    )
    newest = Version(text.version, now.edited_at or now.created_at, text.source, text.html)
    return [newest, *(_as_version(row, text) for row in rows)]


def _as_version(row: Any, text: Text) -> Version:
    if not text.quotes_hidden:
        return Version(row.version, row.written_at, row.source, row.html)
    return Version(
        row.version,
        row.written_at,
        hidden.source_without_quotations(row.source),
        hidden.html_without_quotations(row.html),
    )


def newest(actor: Actor, *, tx: Tx, team_ids: Select[int], limit: int) -> list[NewestThread]:
    """The threads of these teams that were written in last, as far as the actor may read them; three queries."""
    last = aliased(PostRow)
    rows = tx.session.execute(
        select(
            ThreadRow.id,
            ThreadRow.title,
            ThreadRow.team_id,
            (markers.places() - markers.count()).label("posts"),
            last.author_id,
            last.created_at.label("last_at"),
        )
        .join(last, and_(last.thread_id == ThreadRow.id, last.number == markers.last_number()))
        .where(ThreadRow.team_id.in_(team_ids), policy.visible_to(actor))
        .order_by(last.created_at.desc(), ThreadRow.id.desc())
        .limit(limit)
    ).all()
    names = teams.names(actor, tx=tx, team_ids={row.team_id for row in rows})
    lines = accounts.lines_by_id(actor, tx=tx, person_ids={row.author_id for row in rows})
    return [
        NewestThread(
            row.id, row.title, row.team_id, names[row.team_id], row.posts, lines[row.author_id], row.last_at
        )
        for row in rows
    ]
