"""Drafts: what somebody is writing in a thread, kept on the server while they type, and theirs alone.

The same draft may be open in two windows or on two devices. Each save names the revision it began from; when another
one was saved meanwhile nothing is overwritten, and both texts are shown. A revision is a random token, so that a draft
that was posted and begun again is never taken for the one before it. Saving writes no event (docs/ARCHITECTURE.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from cop.kernel.access import Actor, Verdict, require
from cop.kernel.db import Tx
from cop.kernel.errors import Forbidden, Invalid, NotFound
from cop.kernel.ids import new_token
from cop.teams import queries as teams
from cop.threads import policy, queries
from cop.threads.limits import DRAFT_BODY_MAX, DRAFTS_MAX
from cop.threads.models import DraftRow, PostRow, ThreadRow
from cop.threads.queries import Draft


@dataclass(frozen=True, slots=True)
class Typed:
    """What a page sends to be kept. `base` is the revision it began from, `key` its form's: what was posted is done."""

    title: str = ""
    body: str = ""
    quote_id: int | None = None
    base_version: int | None = None
    base: str = ""
    key: str | None = None

    @property
    def empty(self) -> bool:
        """Nothing that anybody could miss."""
        return not self.title.strip() and not self.body.strip()


@dataclass(frozen=True, slots=True)
class Kept:
    """It is saved. `revision` is empty when there was nothing to keep."""

    revision: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Another window saved first: nothing was changed, and `other` is what it saved."""

    other: Draft


@dataclass(frozen=True, slots=True)
class Posted:
    """This very text was posted already: there is nothing to keep."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The draft was posted or deleted in another window. What was typed here since is kept nowhere yet."""


@dataclass(frozen=True, slots=True)
class Line:
    """A draft in its writer's list. `where` and `href` are None when they may not read the place any more."""

    draft: Draft
    where: str | None
    href: str | None


def save(actor: Actor, *, tx: Tx, kind: str, subject_id: int, typed: Typed) -> Kept | Clash | Posted | Ended:
    """Keep what was typed, unless another window was quicker. Raises NotFound or Forbidden where one may not write."""
    person_id = _person(actor)
    require(_may_write(actor, tx, kind, subject_id))
    if len(typed.body) > DRAFT_BODY_MAX:
        raise Invalid("This is too long to be kept. Cut it in two.", "body")
    if typed.key is not None and _was_posted(tx, person_id, typed.key):
        return Posted()
    row = tx.session.scalar(_of(person_id, kind, subject_id).with_for_update())
    if row is None:
        return _begin(actor, tx, person_id, kind, subject_id, typed)
    if _same(row, typed):
        return Kept(row.revision)
    if row.revision != typed.base:
        return Clash(Draft.of(row))
    if typed.empty:
        tx.session.execute(delete(DraftRow).where(DraftRow.id == row.id))
        return Kept("")
    revision = new_token()
    changed = tx.session.execute(
        update(DraftRow)
        .where(DraftRow.id == row.id, DraftRow.revision == typed.base)
        .values(**_values(typed), revision=revision, saved_at=tx.now())
        .returning(DraftRow.id)
        .execution_options(synchronize_session=False)
    ).first()
    assert changed is not None, "the row is locked"
    return Kept(revision)


def _begin(
    actor: Actor, tx: Tx, person_id: int, kind: str, subject_id: int, typed: Typed
) -> Kept | Clash | Ended:
    if typed.base:
        return Ended()
    if typed.empty:
        return Kept("")
    held = tx.session.execute(
        select(func.count()).select_from(DraftRow).where(DraftRow.person_id == person_id)
    ).scalar_one()
    if held >= DRAFTS_MAX:
        raise Invalid(f"You have {DRAFTS_MAX} drafts. Delete some before you begin another one.", "body")
    revision = new_token()
    values = {"person_id": person_id, "kind": kind, "subject_id": subject_id, **_values(typed)}
    try:
        with tx.session.begin_nested():
            tx.session.execute(insert(DraftRow), values | {"revision": revision, "saved_at": tx.now()})
    except IntegrityError:
        # Two windows began at the same moment, and the other one was quicker.
        row = tx.session.scalar(_of(person_id, kind, subject_id))
        if row is None:
            raise
        return Kept(row.revision) if _same(row, typed) else Clash(Draft.of(row))
    return Kept(revision)


def _values(typed: Typed) -> dict[str, Any]:
    return {
        "title": typed.title,
        "body": typed.body,
        "quote_id": typed.quote_id,
        "base_version": typed.base_version,
    }


def _same(row: DraftRow, typed: Typed) -> bool:
    return row.title == typed.title and row.body == typed.body


def _was_posted(tx: Tx, person_id: int, key: str) -> bool:
    found = select(PostRow.id).where(PostRow.author_id == person_id, PostRow.key == key)
    return tx.session.scalar(found) is not None


def _of(person_id: int, kind: str, subject_id: int) -> Any:
    return select(DraftRow).where(
        DraftRow.person_id == person_id, DraftRow.kind == kind, DraftRow.subject_id == subject_id
    )


def done(tx: Tx, *, person_id: int, kind: str, subject_id: int, revision: str | None, body: str) -> None:
    """The draft was posted. One that another window has changed since stays: its words were not posted."""
    tx.rows(
        delete(DraftRow).where(
            DraftRow.person_id == person_id,
            DraftRow.kind == kind,
            DraftRow.subject_id == subject_id,
            (DraftRow.revision == (revision or "")) | (DraftRow.body == body),
        )
    )


def find(actor: Actor, *, tx: Tx, kind: str, subject_id: int) -> Draft | None:
    """The actor's own draft in one place, if there is one."""
    row = tx.session.scalar(_of(_person(actor), kind, subject_id))
    return Draft.of(row) if row is not None else None


def remove(actor: Actor, *, tx: Tx, draft_id: int) -> None:
    """Delete one's own draft for good; NotFound for anybody else's."""
    gone = tx.session.scalars(
        delete(DraftRow)
        .where(DraftRow.id == draft_id, DraftRow.person_id == _person(actor))
        .returning(DraftRow.id)
    ).all()
    if not gone:
        raise NotFound


def listing(actor: Actor, *, tx: Tx) -> list[Line]:
    """The actor's drafts, the newest first; four queries at most."""
    rows = tx.session.scalars(
        select(DraftRow)
        .where(DraftRow.person_id == _person(actor))
        .order_by(DraftRow.saved_at.desc(), DraftRow.id.desc())
    ).all()
    return _lines(actor, tx, [Draft.of(row) for row in rows])


def one(actor: Actor, *, tx: Tx, draft_id: int) -> Line:
    """One of the actor's own drafts; NotFound for anybody else's."""
    row = tx.session.scalar(
        select(DraftRow).where(DraftRow.id == draft_id, DraftRow.person_id == _person(actor))
    )
    if row is None:
        raise NotFound
    return _lines(actor, tx, [Draft.of(row)])[0]


def _lines(actor: Actor, tx: Tx, drafts: Sequence[Draft]) -> list[Line]:
    """What a place is called is said only to those who may still read it."""

    def subjects(*kinds: str) -> set[int]:
        return {draft.subject_id for draft in drafts if draft.kind in kinds}

    threads = _thread_titles(actor, tx, subjects("reply", "summary"))
    posts = _post_titles(actor, tx, subjects("edit"))
    spaces = teams.readable_names(actor, tx=tx, team_ids=subjects("thread"))
    names = {"reply": threads, "summary": threads, "edit": posts, "thread": spaces}
    return [_line(draft, names[draft.kind].get(draft.subject_id)) for draft in drafts]


def _line(draft: Draft, name: str | None) -> Line:
    if name is None:
        return Line(draft, None, None)
    words, href = _WORDS[draft.kind]
    return Line(draft, words.format(name), href.format(draft.subject_id))


_WORDS = {
    "reply": ("Your reply in “{}”", "/threads/{}#reply"),
    "edit": ("Your changes to a post in “{}”", "/posts/{}/edit"),
    "thread": ("A new thread for {}", "/teams/{}/threads/new"),
    "summary": ("Your summary of “{}”", "/threads/{}/summary"),
}


def _thread_titles(actor: Actor, tx: Tx, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = tx.session.execute(
        select(ThreadRow.id, ThreadRow.title).where(
            ThreadRow.id.in_(ids), ThreadRow.id.in_(queries.readable_ids(actor))
        )
    )
    return {row.id: row.title for row in rows}


def _post_titles(actor: Actor, tx: Tx, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = tx.session.execute(
        select(PostRow.id, ThreadRow.title)
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(
            PostRow.id.in_(ids),
            PostRow.deleted_at.is_(None),
            PostRow.thread_id.in_(queries.readable_ids(actor)),
        )
    )
    return {row.id: row.title for row in rows}


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise Forbidden("A draft needs a person who writes it.")
    return actor.person_id


def _may_write(actor: Actor, tx: Tx, kind: str, subject_id: int) -> Verdict:
    return _RULES[kind](actor, tx, subject_id)


def _may_reply(actor: Actor, tx: Tx, thread_id: int) -> Verdict:
    space, locked = queries.space_of(actor, tx=tx, thread_id=thread_id)
    return policy.can_reply(actor, space.standing, locked=locked)


def _may_summarise(actor: Actor, tx: Tx, thread_id: int) -> Verdict:
    return policy.can_write(actor, queries.space_of(actor, tx=tx, thread_id=thread_id)[0].standing)


def _may_start(actor: Actor, tx: Tx, team_id: int) -> Verdict:
    return policy.can_write(actor, teams.space(actor, tx=tx, team_id=team_id).standing)


def _may_edit(actor: Actor, tx: Tx, post_id: int) -> Verdict:
    text = queries.text(actor, tx=tx, post_id=post_id)
    return policy.can_edit(actor, text.space.standing, author_id=text.author.id)


_RULES: dict[str, Callable[[Actor, Tx, int], Verdict]] = {
    "reply": _may_reply,
    "thread": _may_start,
    "edit": _may_edit,
    "summary": _may_summarise,
}
