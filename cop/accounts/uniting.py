"""What accounts itself carries over when two accounts become one, and what ends with the one that is closed.

Its secrets, sessions and standings end; its memberships, its time on the board and its interests stay on the record of
the person, with their dates.
"""

from __future__ import annotations

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import aliased

from cop.accounts import sessions
from cop.accounts.models import (
    BoardPlaceRow,
    InterestRow,
    MembershipRow,
    PasswordRow,
    PersonRow,
    RecoveryCodeRow,
    RegistrationRow,
    TotpRow,
)
from cop.kernel.db import Tx


def end_sign_ins(tx: Tx, *, closed: PersonRow, kept: PersonRow) -> None:
    """Both are signed out at once; password and second step of the closed account are forgotten."""
    for row in (closed, kept):
        sessions.revoke(tx, person_id=row.id)
    for secret in (PasswordRow, TotpRow, RecoveryCodeRow):
        tx.session.execute(delete(secret).where(secret.person_id == closed.id))


def unite(tx: Tx, *, closed: PersonRow, kept: PersonRow) -> None:
    """Memberships, board, interests and decisions about who joins become those of the one that is kept.

    Whom a request to join was answered with (`registration.person_id`) stays: its links sign nobody in any more.
    """
    _memberships(tx, closed, kept)
    for column in (BoardPlaceRow.person_id, InterestRow.person_id, RegistrationRow.decided_by):
        tx.session.execute(update(column.class_).where(column == closed.id).values({column.key: kept.id}))
    declared = [at for at in (kept.interests_declared_at, closed.interests_declared_at) if at is not None]
    kept.interests_declared_at = max(declared, default=None)
    # One step and no more: whoever was merged into the closed account before lives on in the kept one now.
    tx.session.execute(
        update(PersonRow).where(PersonRow.merged_into_id == closed.id).values(merged_into_id=kept.id)
    )


def _memberships(tx: Tx, closed: PersonRow, kept: PersonRow) -> None:
    """Where both could act for an organisation, the later of the two times ends; both stay on the record."""
    mine, theirs = aliased(MembershipRow), aliased(MembershipRow)
    pairs = tx.session.execute(
        select(mine, theirs)
        .join(theirs, and_(theirs.organisation_id == mine.organisation_id, theirs.until.is_(None)))
        .where(mine.person_id == kept.id, mine.until.is_(None), theirs.person_id == closed.id)
    ).all()
    for own, other in pairs:
        later = other if own.since <= other.since else own
        later.until = max(tx.now(), later.since)
    tx.session.flush()
    tx.session.execute(
        update(MembershipRow).where(MembershipRow.person_id == closed.id).values(person_id=kept.id)
    )
    tx.session.flush()
    current = tx.session.scalars(
        select(MembershipRow.organisation_id).where(
            MembershipRow.person_id == kept.id, MembershipRow.until.is_(None)
        )
    ).all()
    kept.chooses_organisation = len(current) > 1
