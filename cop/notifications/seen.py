"""Seeing a notice is a fact of use: a page notes it in memory, and a short write stores it seconds later."""

from __future__ import annotations

from collections.abc import Mapping

from cop.kernel.db import Tx
from cop.kernel.usage import Key, usage
from cop.notifications import bookkeeping

NOTICE, THING = "notice_seen", "notice_thing_seen"


def note_notice(notice_id: int) -> None:
    """One notice was shown."""
    usage.note(NOTICE, notice_id)


def note_thing(person_id: int | None, kind: str, subject_id: int) -> None:
    """Somebody opened the very thing they were, or may have been, told of."""
    if person_id is not None:
        usage.note(THING, person_id, kind, subject_id)


def register() -> None:
    """Say who writes the notes down; called once when a web process is put together."""
    usage.register(NOTICE, _notices)
    usage.register(THING, _things)


def _notices(tx: Tx, notes: Mapping[Key, int]) -> None:
    bookkeeping.mark_seen(tx, [key[0] for key in notes])


def _things(tx: Tx, notes: Mapping[Key, int]) -> None:
    for person_id, kind, subject_id in notes:
        bookkeeping.mark_thing_seen(tx, person_id=person_id, kind=kind, subject_id=subject_id)
