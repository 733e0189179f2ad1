"""Verbs about being told: tell people of something, let them choose what they are sent, put a digest together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cop.kernel.access import SYSTEM, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.kernel.events import record
from cop.mail import service as mail
from cop.notifications import events, hours, policy, queries
from cop.notifications.kinds import KINDS
from cop.notifications.models import DEFAULT_DIGEST, DEFAULT_HOUR, DigestRow, NoticeRow, PreferenceRow
from cop.notifications.queries import Preferences

DIGEST, AT_ONCE = "digest", "notice"
"""Purposes of mail: the day's digest, and one notice by itself."""
BATCH = 100


def tell(
    actor: Actor, *, tx: Tx, kind: str, subject_id: int, person_ids: Iterable[int], again: bool = True
) -> None:
    """Tell people of something that the actor did, in the transaction that does it. Nobody is told of their own doing.

    Who was told before and has seen it is told anew, unless it is not `again`; who has not seen it is not told twice.
    """
    told = sorted({person_id for person_id in person_ids if person_id != actor.person_id})
    if not told:
        return
    now = tx.now()
    rows = [{"person_id": person_id, "kind": kind, "subject_id": subject_id, "at": now} for person_id in told]
    insert = sqlite.insert if tx.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    one = ["person_id", "kind", "subject_id"]
    anew = {"at": now, "seen_at": None, "digest_id": None}
    unseen = NoticeRow.seen_at.is_not(None)
    new = insert(NoticeRow)
    tx.session.execute(
        new.on_conflict_do_update(index_elements=one, set_=anew, where=unseen)
        if again
        else new.on_conflict_do_nothing(index_elements=one),
        rows,
    )
    known = KINDS.get(kind)
    if known is not None and known.at_once:
        _mail_at_once(actor, tx, kind, subject_id, told, now)


def _mail_at_once(
    actor: Actor, tx: Tx, kind: str, subject_id: int, told: Collection[int], now: datetime
) -> None:
    """Have an email sent to those who want one for such a notice, after their quiet hours."""
    rows = tx.session.execute(
        select(NoticeRow.id, PreferenceRow.quiet_from, PreferenceRow.quiet_to)
        .join(PreferenceRow, PreferenceRow.person_id == NoticeRow.person_id)
        .where(
            NoticeRow.kind == kind,
            NoticeRow.subject_id == subject_id,
            NoticeRow.person_id.in_(told),
            NoticeRow.at == now,
            PreferenceRow.at_once.is_(True),
        )
    ).all()
    for row in rows:
        moment = hours.after_quiet(now, quiet_from=row.quiet_from, quiet_to=row.quiet_to)
        mail.queue(actor, tx=tx, purpose=AT_ONCE, subject_id=row.id, not_before=moment)


def forget(actor: Actor, *, tx: Tx, kind: str, subject_ids: Collection[int]) -> None:
    """Take back what people were told about these: it is gone, and so is the news of it."""
    if subject_ids:
        tx.session.execute(
            delete(NoticeRow).where(NoticeRow.kind == kind, NoticeRow.subject_id.in_(set(subject_ids)))
        )


def forget_unseen(actor: Actor, *, tx: Tx, kind: str, subject_id: int, but_for: Collection[int] = ()) -> None:
    """Take back what people were told about this and have not seen yet, except for some of them."""
    tx.session.execute(
        delete(NoticeRow).where(
            NoticeRow.kind == kind,
            NoticeRow.subject_id == subject_id,
            NoticeRow.seen_at.is_(None),
            NoticeRow.person_id.not_in(set(but_for)),
        )
    )


def mark_all_seen(actor: Actor, *, tx: Tx) -> None:
    """Say that one has seen everything."""
    tx.session.execute(
        update(NoticeRow)
        .where(NoticeRow.person_id == actor.person_id, NoticeRow.seen_at.is_(None))
        .values(seen_at=tx.now())
    )


def choose(actor: Actor, *, tx: Tx, preferences: Preferences) -> None:
    """Choose what one is sent by email."""
    require(policy.can_choose(actor))
    assert actor.person_id is not None
    _set(actor, tx, actor.person_id, preferences, by_link=False)


def stop(actor: Actor, *, tx: Tx, person_id: int) -> None:
    """Stop every email but those somebody asks for. By the link of an email, so without signing in."""
    before = queries.preferences(SYSTEM, tx=tx, person_id=person_id)
    stopped = Preferences("never", before.digest_hour, False, before.quiet_from, before.quiet_to)
    _set(actor, tx, person_id, stopped, by_link=True)


def _set(actor: Actor, tx: Tx, person_id: int, chosen: Preferences, *, by_link: bool) -> None:
    row = PreferenceRow(
        person_id=person_id,
        digest=chosen.digest,
        digest_hour=chosen.digest_hour,
        at_once=chosen.at_once,
        quiet_from=chosen.quiet_from,
        quiet_to=chosen.quiet_to,
    )
    tx.session.merge(row)
    record(tx, actor, events.PreferencesChanged(person_id, by_link))


def due_digests(actor: Actor, *, tx: Tx, limit: int = BATCH) -> list[int]:
    """Whose digest is due now: there is news, it is their hour or later, and they had none today. Ids of people."""
    require(policy.can_send(actor))
    now = tx.now()
    here = hours.local(now)
    had_one = exists().where(DigestRow.person_id == NoticeRow.person_id, DigestRow.day == here.date())
    rows = tx.session.scalars(
        select(NoticeRow.person_id)
        .distinct()
        .outerjoin(PreferenceRow, PreferenceRow.person_id == NoticeRow.person_id)
        .where(
            NoticeRow.seen_at.is_(None),
            NoticeRow.digest_id.is_(None),
            func.coalesce(PreferenceRow.digest, DEFAULT_DIGEST).in_(hours.digests_of(now)),
            func.coalesce(PreferenceRow.digest_hour, DEFAULT_HOUR) <= here.hour,
            ~had_one,
        )
        .order_by(NoticeRow.person_id)
        .limit(limit)
    )
    return list(rows)


def make_digest(actor: Actor, *, tx: Tx, person_id: int) -> int | None:
    """Put what somebody has not seen into a digest and have it sent; None when they had one today already."""
    require(policy.can_send(actor))
    day = hours.local(tx.now()).date()
    had_one = select(DigestRow.id).where(DigestRow.person_id == person_id, DigestRow.day == day)
    if tx.session.execute(had_one).first() is not None:
        return None
    row = DigestRow(person_id=person_id, day=day, made_at=tx.now())
    tx.session.add(row)
    tx.session.flush()
    tx.session.execute(
        update(NoticeRow)
        .where(NoticeRow.person_id == person_id, NoticeRow.seen_at.is_(None), NoticeRow.digest_id.is_(None))
        .values(digest_id=row.id)
    )
    record(tx, actor, events.DigestMade(person_id, row.id))
    mail.queue(actor, tx=tx, purpose=DIGEST, subject_id=row.id)
    return row.id


def person_of_digest(actor: Actor, *, tx: Tx, digest_id: int) -> int:
    """Whose digest this is; NotFound for none."""
    person_id = tx.session.scalar(select(DigestRow.person_id).where(DigestRow.id == digest_id))
    if person_id is None:
        raise NotFound
    return person_id


def person_of_notice(actor: Actor, *, tx: Tx, notice_id: int) -> int:
    """Who was told; NotFound when it was taken back."""
    person_id = tx.session.scalar(select(NoticeRow.person_id).where(NoticeRow.id == notice_id))
    if person_id is None:
        raise NotFound
    return person_id
