"""What somebody had typed when their session ended, while they wait for a link that signs them in.

A password is typed on the page that carries the text (`cop.web.carried`); a link comes by email and opens another page,
perhaps another browser. So the text waits here, and is given back once, to the browser that left it, when whoever has
that email address signs in there.
"""

from __future__ import annotations

from sqlalchemy import delete, func, or_, select

from cop.accounts.answering import former_addresses
from cop.accounts.letters import SHORT
from cop.accounts.models import KeptTextRow
from cop.kernel.clock import db_now
from cop.kernel.db import Tx
from cop.kernel.errors import RateLimited
from cop.kernel.ids import new_token, token_hash

MOST = 2_000
"""Texts that wait at once: at most 800 MB, should somebody fill all of them. Usually there are none."""


def keep(tx: Tx, *, email: str, text: str) -> str:
    """Keep what `carried.pack` made until a link would have ended; return the token that gives it back.

    RateLimited when too many wait already: to lose it without a word would be worse than to wait.
    """
    if (tx.session.scalar(select(func.count()).select_from(KeptTextRow)) or 0) >= MOST:
        raise RateLimited("Too many people are signing in by email. Sign in by password, or wait.", 600)
    token = new_token()
    tx.session.add(
        KeptTextRow(token_hash=token_hash(token), email=email.lower(), text=text, ends_at=tx.now() + SHORT)
    )
    tx.session.flush()
    return token


def take(tx: Tx, *, token: str, email: str) -> str:
    """The text, which is kept no longer; empty for anybody but whoever left it, and once it has ended."""
    if not token:
        return ""
    found = tx.session.execute(
        delete(KeptTextRow)
        .where(
            KeptTextRow.token_hash == token_hash(token),
            # Who asked by the address of an account that was merged gets the link at the other one.
            or_(KeptTextRow.email == email.lower(), KeptTextRow.email.in_(former_addresses(email.lower()))),
            KeptTextRow.ends_at > db_now(),
        )
        .returning(KeptTextRow.text)
    ).scalar_one_or_none()
    return found or ""


def some_ended(tx: Tx) -> bool:
    """Whether there is anything to forget."""
    ended = select(KeptTextRow.token_hash).where(KeptTextRow.ends_at < db_now()).limit(1)
    return tx.session.execute(ended).first() is not None


def forget_ended(tx: Tx) -> None:
    """Housekeeping: texts that nobody came for."""
    tx.session.execute(delete(KeptTextRow).where(KeptTextRow.ends_at < db_now()))
