"""The worker's side: writes each mail that is due and hands it over.

A mail is marked as sent after it was handed over. Whoever is killed in between hands it over once more, with the
same Message-ID, by which programs that read mail know the two as one; never less than once, and at most once more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from cop.kernel.db import Database, Tx
from cop.kernel.events import subscribe
from cop.kernel.outbox import Consumer, Delivery, TryLater
from cop.mail import links, outgoing
from cop.mail.events import MailQueued
from cop.mail.letter import Letter, compose
from cop.mail.outgoing import Outgoing
from cop.mail.transport import Refused, ServerDown, Transport

CONSUMER = "mail"
LATER_SECONDS = 60

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer is given: the transaction, what the mail is about, the host, and a way to mint its link."""

    tx: Tx
    subject_id: int
    base: str
    now: datetime
    mint: Callable[[], str]

    def address(self, path: str) -> str:
        """A path as the complete address that a mail must carry."""
        return f"{self.base}{path}"


Writer = Callable[[Draft], Letter | None]
"""Writes a letter from what is true now, or None when there is nothing (any more) that the reader may be told."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """A kind of mail: who writes it, and for how long the link in it works.

    `settled(tx, subject_id)` is called in the transaction that marks a mail as sent or dropped: for what exists only
    to be told once.
    """

    name: str
    write: Writer
    link_lives: timedelta = timedelta(hours=1)
    settled: Callable[[Tx, int], None] | None = None


class Post:
    """All purposes, and the way out. The composition root makes one and lets the domains add to it."""

    def __init__(self, transport: Transport | None, *, base: str, host: str, sender: str, site: str) -> None:
        self._transport = transport
        self._base, self._host, self._sender, self._site = base, host, sender, site
        self._purposes: dict[str, Purpose] = {}

    def add(self, purpose: Purpose) -> None:
        """Add (or replace) a purpose."""
        self._purposes[purpose.name] = purpose

    def purposes(self) -> list[str]:
        """The names of all purposes, sorted."""
        return sorted(self._purposes)

    def subscribe(self) -> None:
        """From now on whatever is queued leaves a delivery; web processes, worker and commands all need it."""
        subscribe(MailQueued, CONSUMER)

    def consumer(self) -> Consumer:
        """What the worker has to drain: one mail at a time, so that a crash repeats one at most."""
        return Consumer(CONSUMER, self._handle, batch=1)

    def _handle(self, db: Database, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self.send(db, int(delivery.payload["mail_id"]))

    def send(self, db: Database, mail_id: int) -> None:
        """Write one mail and hand it over, unless that was done. TryLater when the mail server does not answer."""
        if self._transport is None:
            raise TryLater(LATER_SECONDS)
        with db.transaction(write=True) as tx:
            mail = outgoing.due(tx, mail_id=mail_id)
            if mail is None:
                return
            letter, now = self._write(tx, mail), tx.now()
            if letter is None:
                self._settle(tx, mail, outgoing.mark_dropped)
                return
        message = compose(
            letter,
            message_id=f"<{mail.message_id}@{self._host}>",
            sender=self._sender,
            site=self._site,
            at=now,
        )
        done = outgoing.mark_sent
        try:
            self._transport.send(message)
        except ServerDown as error:
            log.warning("the mail server does not answer (%s); mail waits", error)
            raise TryLater(LATER_SECONDS) from error
        except Refused as error:
            # Tried again it would be refused again. The number tells the operator what the address must not.
            log.warning("mail %d was refused by the mail server with %d", mail_id, error.code)
            done = outgoing.mark_dropped
        with db.transaction(write=True) as tx:
            self._settle(tx, mail, done)

    def _settle(self, tx: Tx, mail: Outgoing, mark: Callable[..., None]) -> None:
        mark(tx, mail_id=mail.id)
        settled = self._purposes[mail.purpose].settled
        if settled is not None:
            settled(tx, mail.subject_id)

    def _write(self, tx: Tx, mail: Outgoing) -> Letter | None:
        purpose = self._purposes[mail.purpose]
        mint = partial(links.mint, tx, mail_id=mail.id, lives=purpose.link_lives)
        return purpose.write(Draft(tx, mail.subject_id, self._base, tx.now(), mint))
