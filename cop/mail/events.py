"""What happens to mail."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.events import Event


@dataclass(frozen=True, slots=True)
class MailQueued(Event):
    """A mail has to be written and sent; `purpose` says by which writer."""

    mail_id: int
    purpose: str


@dataclass(frozen=True, slots=True)
class LinkUsed(Event):
    """Somebody used the one-time link of a mail: every copy of it is worth nothing from now on."""

    mail_id: int
    purpose: str
