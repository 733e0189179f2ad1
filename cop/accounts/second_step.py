"""The second step of signing in: set up, proved, turned off. Nothing else reads the seeds and the recovery codes.

`key` is always the server's own secret, which together with a stored seed makes the secret of an app.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from cop.accounts import events, policy, powers, sessions, totp
from cop.accounts.models import PersonRow, RecoveryCodeRow, RoleRow, SessionRow, TotpRow
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Forbidden, Gone, Invalid, NotFound
from cop.kernel.events import record
from cop.kernel.ids import token_hash
from cop.mail import service as mail

SETTING_UP = timedelta(minutes=30)
"""How long what an app needs is shown, and waits for the first code."""
TURNED_OFF, RECOVERED = "second_step_off", "recovery_code_used"
"""Purposes of the mails that tell the owner of an account."""


@dataclass(frozen=True, slots=True)
class State:
    """How somebody signs in: with a second step since when, and how many recovery codes they have left."""

    since: datetime | None
    codes_left: int
    required: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What showed that somebody holds their app, or one of their recovery codes; `use` takes it, once."""

    step: int | None = None
    recovery_code_id: int | None = None


def state(actor: Actor, *, tx: Tx) -> State:
    """The actor's own second step."""
    return State(
        _since(tx, actor.person_id or 0),
        _left(tx, actor.person_id or 0),
        required_of(tx, actor.person_id or 0),
    )


def is_on(actor: Actor, *, tx: Tx, person_id: int) -> bool:
    """Whether somebody has one, for an admin."""
    require(policy.can_administer(actor))
    return in_use(tx, person_id)


def in_use(tx: Tx, person_id: int) -> bool:
    """Whether signing in as this person takes a code."""
    return _since(tx, person_id) is not None


def required_of(tx: Tx, person_id: int) -> bool:
    """Whether this person's powers wait until they have a second step."""
    admin = select(RoleRow.role).where(RoleRow.person_id == PersonRow.id, RoleRow.role.in_(powers.ROLES))
    holds = admin.exists() | powers.held_by(PersonRow.id)
    return (
        tx.session.execute(select(PersonRow.id).where(PersonRow.id == person_id, holds)).first() is not None
    )


def begin(actor: Actor, *, tx: Tx) -> None:
    """Make what a new app needs. It is asked for nothing before the first code was typed, in this session."""
    person_id = _own(actor)
    _drop(tx, person_id, in_use=False)
    tx.session.add(
        TotpRow(
            person_id=person_id,
            in_use=False,
            seed=totp.new_seed(),
            session_id=actor.session_id,
            made_at=tx.now(),
            last_step=0,
        )
    )
    record(tx, actor, events.SecondStepBegun(person_id))


def secret_to_scan(actor: Actor, *, tx: Tx, key: str) -> str | None:
    """The secret that is being set up in this session, to be shown; None when there is none (any more)."""
    row = _pending(actor, tx)
    return None if row is None else totp.secret_of(key, row.seed)


def confirm(actor: Actor, *, tx: Tx, key: str, code: str) -> list[str]:
    """Take a new app into use by its first code; return new recovery codes. Every other session of theirs ends."""
    row = _pending(actor, tx)
    if row is None:
        raise Gone("That took too long. Begin again on your profile.")
    step = totp.step_of(code, secret=totp.secret_of(key, row.seed), now=tx.now(), after=0)
    if step is None:
        raise Invalid("That is not the code. Wait for the next one, and type the six digits", "code")
    person_id = row.person_id
    _drop(tx, person_id, in_use=True)
    tx.session.execute(
        update(TotpRow)
        .where(TotpRow.person_id == person_id, TotpRow.in_use.is_(False))
        .values(in_use=True, session_id=None, last_step=step, made_at=tx.now())
    )
    tx.session.execute(update(SessionRow).where(SessionRow.id == actor.session_id).values(second_step=True))
    sessions.revoke(tx, person_id=person_id, keep=actor.session_id)
    record(tx, actor, events.SecondStepSetUp(person_id))
    return _make_codes(actor, tx, person_id)


def new_codes(actor: Actor, *, tx: Tx) -> list[str]:
    """New recovery codes instead of those from before."""
    person_id = _own(actor)
    if not in_use(tx, person_id):
        raise NotFound
    return _make_codes(actor, tx, person_id)


def turn_off(actor: Actor, *, tx: Tx) -> None:
    """Sign in without a code from now on."""
    person_id = _own(actor)
    if not in_use(tx, person_id):
        raise NotFound
    _forget(actor, tx, person_id)


def reset(actor: Actor, *, tx: Tx, person_id: int) -> None:
    """Turn it off for somebody who lost both phone and codes. Their sessions end, and they are told by email."""
    require(policy.can_administer(actor))
    if not in_use(tx, person_id):
        raise NotFound
    if person_id == actor.person_id:
        raise Forbidden("Turn your own second step off on your profile.")
    _forget(actor, tx, person_id)
    sessions.revoke(tx, person_id=person_id)


def prove(tx: Tx, *, person_id: int, key: str, code: str, recovery: str) -> Proof | None:
    """What a typed code or recovery code proves; nothing is used up yet. None when it is wrong or was used."""
    if plain := totp.plain(recovery):
        known = tx.session.scalar(
            select(RecoveryCodeRow.id).where(
                RecoveryCodeRow.code_hash == _code_hash(person_id, plain), RecoveryCodeRow.used_at.is_(None)
            )
        )
        return None if known is None else Proof(recovery_code_id=known)
    row = tx.session.get(TotpRow, (person_id, True))
    if row is None:
        return None
    step = totp.step_of(code, secret=totp.secret_of(key, row.seed), now=tx.now(), after=row.last_step)
    return None if step is None else Proof(step=step)


def use(tx: Tx, *, person_id: int, proof: Proof) -> bool:
    """Use a proof up. Of two that come with the same code at the same moment one gets False."""
    if proof.step is not None:
        query = (
            update(TotpRow)
            .where(TotpRow.person_id == person_id, TotpRow.in_use, TotpRow.last_step < proof.step)
            .values(last_step=proof.step)
            .returning(TotpRow.person_id)
        )
        return tx.session.execute(query).first() is not None
    used = tx.session.execute(
        update(RecoveryCodeRow)
        .where(
            RecoveryCodeRow.id == proof.recovery_code_id,
            RecoveryCodeRow.person_id == person_id,
            RecoveryCodeRow.used_at.is_(None),
        )
        .values(used_at=tx.now())
        .returning(RecoveryCodeRow.id)
    ).first()
    if used is None:
        return False
    by = sessions.actor_of(tx, person_id)
    record(tx, by, events.RecoveryCodeUsed(person_id, _left(tx, person_id)))
    mail.queue(by, tx=tx, purpose=RECOVERED, subject_id=person_id)
    return True


def codes_left(tx: Tx, person_id: int) -> int:
    """How many recovery codes somebody has left."""
    return _left(tx, person_id)


def _own(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotFound
    return actor.person_id


def _since(tx: Tx, person_id: int) -> datetime | None:
    return tx.session.scalar(select(TotpRow.made_at).where(TotpRow.person_id == person_id, TotpRow.in_use))


def _left(tx: Tx, person_id: int) -> int:
    return tx.session.execute(
        select(func.count())
        .select_from(RecoveryCodeRow)
        .where(RecoveryCodeRow.person_id == person_id, RecoveryCodeRow.used_at.is_(None))
    ).scalar_one()


def _pending(actor: Actor, tx: Tx) -> TotpRow | None:
    return tx.session.scalars(
        select(TotpRow).where(
            TotpRow.person_id == actor.person_id,
            TotpRow.in_use.is_(False),
            TotpRow.session_id == actor.session_id,
            TotpRow.made_at > tx.now() - SETTING_UP,
        )
    ).first()


def _drop(tx: Tx, person_id: int, *, in_use: bool) -> None:
    tx.session.execute(delete(TotpRow).where(TotpRow.person_id == person_id, TotpRow.in_use.is_(in_use)))


def _forget(actor: Actor, tx: Tx, person_id: int) -> None:
    tx.session.execute(delete(TotpRow).where(TotpRow.person_id == person_id))
    tx.session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.person_id == person_id))
    tx.session.execute(update(SessionRow).where(SessionRow.person_id == person_id).values(second_step=False))
    record(tx, actor, events.SecondStepTurnedOff(person_id))
    mail.queue(actor, tx=tx, purpose=TURNED_OFF, subject_id=person_id)


def _make_codes(actor: Actor, tx: Tx, person_id: int) -> list[str]:
    tx.session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.person_id == person_id))
    made = totp.new_recovery_codes()
    tx.session.add_all(
        RecoveryCodeRow(person_id=person_id, code_hash=_code_hash(person_id, totp.plain(code)))
        for code in made
    )
    record(tx, actor, events.RecoveryCodesMade(person_id))
    return made


def _code_hash(person_id: int, plain: str) -> str:
    return token_hash(f"recovery\x00{person_id}\x00{plain}")
