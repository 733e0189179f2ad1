"""Reads about what people are told. Everybody reads their own and nothing of anybody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, select

from cop.kernel import paging
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.notifications.kinds import KINDS, Described
from cop.notifications.models import (
    DEFAULT_DIGEST,
    DEFAULT_HOUR,
    QUIET_FROM,
    QUIET_TO,
    NoticeRow,
    PreferenceRow,
)
from cop.notifications.needs import NEEDS, bound

COUNTED = 99
"""Beyond so many the header says "99+" instead of counting on."""
_SHAPE = (str, int)


@dataclass(frozen=True, slots=True)
class Notice:
    """A line of the inbox."""

    id: int
    kind: str
    subject_id: int
    at: datetime
    is_new: bool
    what: Described


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of the inbox. `unseen` are all new ones of it, those about what the reader may no longer see as well."""

    rows: Sequence[Notice]
    unseen: Sequence[int]
    older: str | None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody wants to be sent by email; without a row the defaults."""

    digest: str = DEFAULT_DIGEST
    digest_hour: int = DEFAULT_HOUR
    at_once: bool = False
    quiet_from: int = QUIET_FROM
    quiet_to: int = QUIET_TO


_ROWS = select(NoticeRow.id, NoticeRow.kind, NoticeRow.subject_id, NoticeRow.at, NoticeRow.seen_at)
# Asked on every page of everybody who is signed in, so it is made once and stops counting early.
_NEW = select(func.count()).select_from(
    select(NoticeRow.id)
    .where(NoticeRow.person_id == bindparam("person_id"), NoticeRow.seen_at.is_(None))
    .limit(COUNTED + 1)
    .subquery()
)


def new_count(actor: Actor, *, tx: Tx) -> int:
    """How many notices the actor has not seen, up to `COUNTED` + 1. One query."""
    if actor.person_id is None:
        return 0
    return int(tx.rows(_NEW, {"person_id": actor.person_id}).scalar_one())


def header_counts(actor: Actor, *, tx: Tx, today: date) -> tuple[int, int]:
    """What the header counts: notices not seen (up to `COUNTED` + 1), and things that need the actor. One query."""
    if actor.person_id is None:
        return 0, 0
    row = tx.rows(_header(actor, NEEDS.names()), bound(actor, today)).one()
    return int(row.news), int(row.needs)


@lru_cache(maxsize=256)
def _header(actor: Actor, sources: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """The statement of one actor; making it costs more than running it."""
    needs: ColumnElement[int] = sum(NEEDS.counts(actor), literal(0))
    return select(_NEW.scalar_subquery().label("news"), needs.label("needs"))


def inbox(actor: Actor, *, tx: Tx, after: str | None = None, limit: int = paging.PAGE_SIZE) -> Inbox:
    """The actor's notices, newest first, without those about what they may no longer see.

    A page may so be shorter than `limit`. One query, and those of each kind on it.
    """
    query = (
        _ROWS.where(NoticeRow.person_id == actor.person_id)
        .order_by(NoticeRow.at.desc(), NoticeRow.id.desc())
        .limit(limit + 1)
    )
    position = paging.decode(after, _SHAPE)
    if position is not None:
        moment = paging.moment(position[0])
        if moment is not None:
            query = query.where(
                (NoticeRow.at < moment) | ((NoticeRow.at == moment) & (NoticeRow.id < position[1]))
            )
    rows = tx.rows(query).all()
    older = paging.encode((rows[limit - 1].at.isoformat(), rows[limit - 1].id)) if len(rows) > limit else None
    shown = rows[:limit]
    unseen = [row.id for row in shown if row.seen_at is None]
    return Inbox(_described(actor, tx, shown), unseen, older)


def of_digest(actor: Actor, *, tx: Tx, digest_id: int, limit: int = 100) -> list[Notice]:
    """What a digest of the actor's has to tell: what they have not seen meanwhile, and may see still."""
    query = _ROWS.where(
        NoticeRow.person_id == actor.person_id,
        NoticeRow.digest_id == digest_id,
        NoticeRow.seen_at.is_(None),
    )
    return _described(actor, tx, tx.rows(query.order_by(NoticeRow.at, NoticeRow.id).limit(limit)).all())


def one(actor: Actor, *, tx: Tx, notice_id: int) -> Notice | None:
    """One unseen notice of the actor's, if there is still something to tell."""
    query = _ROWS.where(
        NoticeRow.id == notice_id, NoticeRow.person_id == actor.person_id, NoticeRow.seen_at.is_(None)
    )
    found = _described(actor, tx, tx.rows(query).all())
    return found[0] if found else None


def _described(actor: Actor, tx: Tx, rows: Sequence[Any]) -> list[Notice]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        wanted[row.kind].add(row.subject_id)
    words = {
        name: kind.describe(actor, tx, ids)
        for name, ids in sorted(wanted.items())
        if (kind := KINDS.get(name)) is not None
    }
    return [
        Notice(row.id, row.kind, row.subject_id, row.at, row.seen_at is None, words[row.kind][row.subject_id])
        for row in rows
        if row.subject_id in words.get(row.kind, {})
    ]


def preferences(actor: Actor, *, tx: Tx, person_id: int) -> Preferences:
    """What somebody wants to be sent; for themselves, and for the program that sends it."""
    row = tx.session.get(PreferenceRow, person_id)
    if row is None or not (actor.is_system or actor.person_id == person_id):
        return Preferences()
    return Preferences(row.digest, row.digest_hour, row.at_once, row.quiet_from, row.quiet_to)
