"""Verbs about mail: have one written and sent."""

from __future__ import annotations

import secrets
from datetime import datetime

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.events import record
from cop.mail.events import MailQueued
from cop.mail.models import MailRow


def queue(actor: Actor, *, tx: Tx, purpose: str, subject_id: int, not_before: datetime | None = None) -> int:
    """Have a mail written and sent by the worker, not before a moment if one is given; return its id."""
    row = MailRow(
        # Hexadecimal, so that a file can be named by it; the host is added when it is sent.
        message_id=secrets.token_hex(16),
        purpose=purpose,
        subject_id=subject_id,
        queued_at=tx.now(),
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, MailQueued(row.id, purpose), not_before=not_before)
    return row.id
