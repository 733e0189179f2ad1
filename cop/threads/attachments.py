"""Files that posts carry: who may have one, what a page shows of it, and putting them in place.

A file is seen by whoever sees its post, by one rule (`_kept_from`), and is gone when its post is. The bytes lie in the
store of `cop.files`; pictures are shown once they were drawn anew there, all else is only ever sent as a download.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, delete, func, insert, select, update

from cop.files import queries as files
from cop.files import service as file_service
from cop.files.intake import Received
from cop.files.kinds import Kind
from cop.files.queries import DownloadInfo, ShownFile
from cop.files.wording import file_words
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, DomainError, Invalid, NotFound
from cop.teams import queries as teams
from cop.threads import hidden, policy
from cop.threads.limits import FILES_MAX
from cop.threads.models import PostFileRow, PostRow, ThreadRow

FIELD = "file"
TOO_MANY = f"A post has at most {FILES_MAX} files. Put the others into another post"
DESCRIBE = "Describe the image for people who cannot see it"
PREPARING = "This picture is still being prepared. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as its post shows it. `alt` is empty for what is no picture; `added_at` is None for what came with it."""

    post_id: int
    file: ShownFile
    alt: str
    added_at: datetime | None

    @property
    def href(self) -> str:
        """Where it is had."""
        return f"/posts/{self.post_id}/files/{self.file.file_id}"

    @property
    def words(self) -> str:
        """Kind and size."""
        return file_words(self.file.kind, self.file.size)


@dataclass(frozen=True, slots=True)
class New:
    """A file to put beside a post, and what it shows when it is a picture."""

    received: Received
    alt: str

    @property
    def kind(self) -> Kind:
        """What it is."""
        return self.received.kind


@dataclass(frozen=True, slots=True)
class Old:
    """A file that stays where it is, perhaps described anew."""

    file_id: int
    alt: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Carrier:
    """The post that carries a file."""

    post_id: int
    thread_id: int


Wanted = Sequence[New | Old]


def gathered() -> ColumnElement[str]:
    """A column of a query about posts: the ids of their files as "7,8"; None without any."""
    of_it: Select[Any] = (
        select(func.aggregate_strings(cast(PostFileRow.file_id, String), ","))
        .where(PostFileRow.post_id == PostRow.id)
        .correlate(PostRow)
    )
    column: ColumnElement[str] = of_it.scalar_subquery().label("files")
    return column


def of_posts(actor: Actor, *, tx: Tx, gathered: Collection[str | None]) -> dict[int, tuple[Attachment, ...]]:
    """The files of posts that the actor sees, from what `gathered` brought, by post; two queries if there are any."""
    ids = [int(number) for column in gathered if column for number in column.split(",")]
    if not ids:
        return {}
    rows = tx.rows(
        select(PostFileRow.file_id, PostFileRow.post_id, PostFileRow.alt, PostFileRow.added_at)
        .where(PostFileRow.file_id.in_(ids))
        .order_by(PostFileRow.place)
    ).all()
    shown = files.shown(actor, tx=tx, file_ids=[row.file_id for row in rows])
    found: dict[int, tuple[Attachment, ...]] = {}
    for row in rows:
        each = Attachment(row.post_id, shown[row.file_id], row.alt, row.added_at)
        found[row.post_id] = (*found.get(row.post_id, ()), each)
    return found


def of_post(actor: Actor, *, tx: Tx, post_id: int) -> tuple[Attachment, ...]:
    """The files of one post; none for who may not read it."""
    if _kept_from(actor, tx, post_id) is not None:
        return ()
    ids = tx.session.scalars(select(PostFileRow.file_id).where(PostFileRow.post_id == post_id)).all()
    return of_posts(actor, tx=tx, gathered=[",".join(map(str, ids))]).get(post_id, ())


def _kept_from(actor: Actor, tx: Tx, post_id: int) -> DomainError | None:
    """Why the actor may not have the files of a post, None when they may: the one rule, which is that of its words."""
    row = tx.session.execute(
        select(PostRow, ThreadRow.team_id)
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(PostRow.id == post_id, PostRow.deleted_at.is_(None), policy.visible_to(actor))
    ).first()
    if row is None:
        return NotFound()
    post: PostRow = row.PostRow
    if post.hidden_at is None:
        return None
    space = teams.space_around(actor, tx=tx, team_id=row.team_id, thing=policy.THING, thing_id=post.thread_id)
    is_hidden = hidden.of_post(actor, space.standing, post)
    return hidden.gone(is_hidden) if is_hidden and not is_hidden.readable else None


def download(actor: Actor, *, tx: Tx, post_id: int, file_id: int) -> tuple[DownloadInfo, bool]:
    """A file of a post the actor reads, and whether it may be shown on a page; NotFound otherwise.

    Gone where the post is hidden from them. Conflict for a picture that was not drawn anew yet: what a camera wrote
    into it is sent to nobody.
    """
    why = _kept_from(actor, tx, post_id)
    if why is not None:
        raise why
    mine = select(PostFileRow.file_id).where(PostFileRow.file_id == file_id, PostFileRow.post_id == post_id)
    if tx.session.scalar(mine) is None:
        raise NotFound
    state = files.shown(actor, tx=tx, file_ids=[file_id])[file_id]
    if state.state == "refused":
        raise NotFound(state.reason)
    if state.state == "preparing":
        raise Conflict(PREPARING)
    return files.download_info(actor, tx=tx, file_id=file_id), state.kind.is_picture


def put(actor: Actor, *, tx: Tx, post_id: int, wanted: Wanted, late: bool = False) -> bool:
    """Give a post these files and no others; True if that changed anything. For the verbs of `service`.

    `late` says that the post was there before. Raises Invalid for too many, and for a picture without its words.
    """
    if len(wanted) > FILES_MAX:
        raise Invalid(TOO_MANY, FIELD)
    if any(each.kind.is_picture and not each.alt for each in wanted):
        raise Invalid(DESCRIBE, FIELD)
    has = (
        {
            row.file_id: row
            for row in tx.rows(
                select(PostFileRow.file_id, PostFileRow.alt, PostFileRow.place).where(
                    PostFileRow.post_id == post_id
                )
            )
        }
        if late
        else {}
    )
    keeps = [each for each in wanted if isinstance(each, Old) and each.file_id in has]
    changed = _let_go(actor, tx, set(has) - {each.file_id for each in keeps})
    for place, each in enumerate(wanted):
        if isinstance(each, New):
            received = each.received
            file_id = file_service.add_file(
                actor, tx=tx, spooled=received.spooled, kind=received.kind, filename=received.filename
            )
            row = {"file_id": file_id, "post_id": post_id, "place": place, "alt": each.alt}
            tx.session.execute(insert(PostFileRow), {**row, "added_at": tx.now() if late else None})
            changed = True
        elif each.file_id in has and (has[each.file_id].alt, has[each.file_id].place) != (each.alt, place):
            mine = PostFileRow.file_id == each.file_id
            tx.session.execute(update(PostFileRow).where(mine).values(alt=each.alt, place=place))
            changed = True
    return changed


def remove(actor: Actor, *, tx: Tx, post_id: int) -> None:
    """Take all files from a post that is removed; they are gone at once, their bytes within a day."""
    ids = tx.session.scalars(select(PostFileRow.file_id).where(PostFileRow.post_id == post_id)).all()
    _let_go(actor, tx, set(ids))


def _let_go(actor: Actor, tx: Tx, file_ids: set[int]) -> bool:
    if file_ids:
        tx.session.execute(delete(PostFileRow).where(PostFileRow.file_id.in_(file_ids)))
    for file_id in sorted(file_ids):
        file_service.remove_file(actor, tx=tx, file_id=file_id)
    return bool(file_ids)


def post_with(actor: Actor, *, tx: Tx, file_id: int) -> Carrier | None:
    """The post that carries a file, for those who have to say that it was read."""
    row = tx.rows(
        select(PostRow.id, PostRow.thread_id)
        .join(PostFileRow, PostFileRow.post_id == PostRow.id)
        .where(PostFileRow.file_id == file_id)
    ).first()
    return Carrier(row.id, row.thread_id) if row else None


def words(actor: Actor, *, tx: Tx, post_ids: Collection[int], most: int) -> dict[int, str]:
    """What the files of posts say, by post: names, descriptions of pictures, up to `most` characters of each text."""
    rows = tx.rows(
        select(PostFileRow.file_id, PostFileRow.post_id, PostFileRow.alt)
        .where(PostFileRow.post_id.in_(post_ids))
        .order_by(PostFileRow.place)
    ).all()
    if not rows:
        return {}
    ids = [row.file_id for row in rows]
    names = files.download_infos(actor, tx=tx, file_ids=ids)
    texts = files.searchable_texts(actor, tx=tx, file_ids=ids, most=most)
    found: dict[int, str] = {}
    for row in rows:
        parts = (found.get(row.post_id, ""), names[row.file_id].filename, row.alt, texts.get(row.file_id, ""))
        found[row.post_id] = "\n".join(filter(None, parts))
    return found
