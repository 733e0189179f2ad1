"""Failed sign-ins are counted, per account and per address, in transactions of their own.

A stranger's wrong guesses must not lock an officer out: the tight limit is on account and address together, the
wide ones only stop machines. Keys are hashed, so the table names nobody. Of an IPv6 address its line counts.

The wide limit on the account is kept twice. Wrong guesses from anywhere in the world fill the one, which applies to
browsers that never signed in to this account; one that did before has the other, so that its owner still gets in from
their own desk while somebody guesses (`known_browser`).

A try counts under the tight limit from before its password is checked, else thirty that are sent at once would all
find that nobody had failed yet. Under the wide ones it counts once it failed: behind one address a whole council may
sign in within a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select

from cop.accounts.models import SignInFailureRow
from cop.kernel.db import Database, Tx
from cop.kernel.errors import RateLimited
from cop.kernel.ids import token_hash
from cop.web.addresses import line_of

WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Most:
    """How many failures are too many: for one account from one line, from one line, for one account."""

    both: int
    line: int
    account: int


PASSWORDS = Most(8, 100, 60)
CODES = Most(6, 100, 20)
"""Six digits are soon guessed: three of a million are right at any moment."""
LINKS_TO_ONE, LINKS_FROM_ONE = 4, 40


@dataclass(frozen=True, slots=True)
class _Limit:
    key: str
    most: int


def _limits(email: str, address: str, *, known: bool, most: Most = PASSWORDS) -> tuple[_Limit, ...]:
    line = line_of(address)
    return (
        _Limit(token_hash(f"both\x00{email}\x00{line}"), most.both),
        _Limit(token_hash(f"address\x00{line}"), most.line),
        _Limit(token_hash(f"{'known' if known else 'account'}\x00{email}"), most.account),
    )


def begin(db: Database, *, email: str, address: str, known: bool = False, most: Most = PASSWORDS) -> None:
    """Count a try whose password is about to be checked; end it with `count_failure` or `forget`.

    `known` says that the browser signed in to this account before.
    Raises RateLimited, and counts nothing, when there were too many in the last quarter of an hour.
    """
    limits = _limits(email, address, known=known, most=most)
    with db.transaction(write=True) as tx:
        row = SignInFailureRow(key=limits[0].key, at=tx.now())
        tx.session.add(row)
        tx.session.flush()
        own = row.id
    with db.transaction(write=False) as tx:
        # Only tries that came before this one: of many sent at once the first go on and the others are refused.
        refused = any(_earlier(tx, limit, own) >= limit.most for limit in limits)
    if refused:
        with db.transaction(write=True) as tx:
            tx.session.execute(delete(SignInFailureRow).where(SignInFailureRow.id == own))
        raise RateLimited("Too many tries to sign in. Wait 15 minutes and try again.", 900)


def _earlier(tx: Tx, limit: _Limit, own: int) -> int:
    return tx.session.execute(
        select(func.count())
        .select_from(SignInFailureRow)
        .where(
            SignInFailureRow.key == limit.key,
            SignInFailureRow.at > tx.now() - WINDOW,
            SignInFailureRow.id < own,
        )
    ).scalar_one()


def count_failure(db: Database, *, email: str, address: str, known: bool = False) -> None:
    """Count a try that failed under the wide limits as well, whether or not the address is known."""
    with db.transaction(write=True) as tx:
        now = tx.now()
        wide = _limits(email, address, known=known)[1:]
        tx.session.add_all(SignInFailureRow(key=limit.key, at=now) for limit in wide)
        tx.session.execute(delete(SignInFailureRow).where(SignInFailureRow.at < now - WINDOW))


def forget(db: Database, *, email: str, address: str, known: bool = False) -> None:
    """After a good sign-in: this person at this address starts from nought."""
    with db.transaction(write=True) as tx:
        key = _limits(email, address, known=known)[0].key
        tx.session.execute(delete(SignInFailureRow).where(SignInFailureRow.key == key))


def count_link(db: Database, *, email: str, address: str) -> None:
    """Count that a link was asked for: few to one email address, whoever asks, and some from one line.

    Raises RateLimited. It is the same for known and unknown addresses.
    """
    limits = (
        _Limit(token_hash(f"link\x00{email}"), LINKS_TO_ONE),
        _Limit(token_hash(f"links\x00{line_of(address)}"), LINKS_FROM_ONE),
    )
    with db.transaction(write=True) as tx:
        now = tx.now()
        for limit in limits:
            counted = tx.session.execute(
                select(func.count())
                .select_from(SignInFailureRow)
                .where(SignInFailureRow.key == limit.key, SignInFailureRow.at > now - WINDOW)
            ).scalar_one()
            if counted >= limit.most:
                raise RateLimited("Too many emails were asked for. Wait 15 minutes and try again.", 900)
        tx.session.add_all(SignInFailureRow(key=limit.key, at=now) for limit in limits)
