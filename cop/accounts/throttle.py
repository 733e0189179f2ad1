"""Failed sign-ins are counted, per account and per address, in transactions of their own.

A stranger's wrong guesses must not lock an officer out: the tight limit is on account and address together, the
wide ones only stop machines. Keys are hashed, so the table names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select

from cop.accounts.models import SignInFailureRow
from cop.kernel.db import Database
from cop.kernel.errors import RateLimited
from cop.kernel.ids import token_hash

WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Limit:
    key: str
    most: int


def _limits(email: str, address: str) -> tuple[_Limit, ...]:
    return (
        _Limit(token_hash(f"both\x00{email}\x00{address}"), 8),
        _Limit(token_hash(f"address\x00{address}"), 100),
        _Limit(token_hash(f"account\x00{email}"), 60),
    )


def check(db: Database, *, email: str, address: str) -> None:
    """Raise RateLimited when there were too many failures in the last quarter of an hour."""
    with db.transaction(write=False) as tx:
        since = tx.now() - WINDOW
        for limit in _limits(email, address):
            failures = tx.session.execute(
                select(func.count())
                .select_from(SignInFailureRow)
                .where(SignInFailureRow.key == limit.key, SignInFailureRow.at > since)
            ).scalar_one()
            if failures >= limit.most:
                raise RateLimited("Too many tries to sign in. Wait 15 minutes and try again.", 900)


def count_failure(db: Database, *, email: str, address: str) -> None:
    """Count one failure, whether or not the address is known."""
    with db.transaction(write=True) as tx:
        now = tx.now()
        tx.session.add_all(SignInFailureRow(key=limit.key, at=now) for limit in _limits(email, address))
        tx.session.execute(delete(SignInFailureRow).where(SignInFailureRow.at < now - WINDOW))


def forget(db: Database, *, email: str, address: str) -> None:
    """After a good sign-in: this person at this address starts from nought."""
    with db.transaction(write=True) as tx:
        key = _limits(email, address)[0].key
        tx.session.execute(delete(SignInFailureRow).where(SignInFailureRow.key == key))
