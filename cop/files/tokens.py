"""A file that was taken in and belongs to nothing yet, named by a signed token in the page that asks for the rest.

A browser cannot be given a chosen file back, so nobody should have to choose one twice because something else in the
form was wrong. A token holds for its person only, and for less time than unclaimed files are kept
(`cop.files.pending.sweep`).
"""

from __future__ import annotations

from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from cop.files.intake import Received
from cop.files.kinds import Kind
from cop.files.pending import DAY
from cop.files.store import FileStore, Spooled

TOKEN_SECONDS = int(DAY * 0.8)


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="kept-upload")


def token_for(secret: str, person_id: int | None, received: Received) -> str:
    """The token of an upload for the person who sent it."""
    facts = [received.spooled.sha256, received.spooled.size, received.kind.value, received.filename]
    signed: str = _signer(secret).dumps([person_id, *facts])
    return signed


def named_by(secret: str, person_id: int | None, token: str) -> Received | None:
    """The upload that a token names; None where it is too old, was changed, or is another person's."""
    try:
        person, sha256, size, kind, filename = _signer(secret).loads(token, max_age=TOKEN_SECONDS)
        found = Received(Spooled(Path(sha256), sha256, size), Kind(kind), filename)
    except (BadData, ValueError, TypeError):
        return None
    return found if person == person_id else None


def claim(store: FileStore, received: Received) -> bool:
    """Keep a named upload for as long again; False if it is gone.

    Renewed with each page that names it, else a form that is corrected for a day is about to own a file that the sweep
    takes for abandoned.
    """
    return store.renew(received.spooled.sha256)
