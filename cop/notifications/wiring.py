"""Wires notifications into the house: pages, letters, what a web process notes, and the worker's daily round."""

from __future__ import annotations

from flask import Flask

from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.kernel.outbox import Consumer
from cop.mail.post import Post
from cop.notifications import arrivals, letters, routes, seen, service, uniting


def register_pages(app: Flask) -> None:
    """Add the pages to a web process."""
    app.register_blueprint(routes.area)
    seen.register()
    uniting.register()


def register_mail(post: Post, secret: str) -> None:
    """Add the letters to what can be sent, and the notices of what happens below."""
    letters.register(post, secret)
    arrivals.register()


def consumers() -> tuple[Consumer, ...]:
    """What the worker has to drain for notifications."""
    return (arrivals.consumer(),)


def send_digests(db: Database) -> None:
    """The worker's round: a digest for everybody whose hour has come. Asked by a reader first."""
    with db.transaction(write=False) as tx:
        due = service.due_digests(SYSTEM, tx=tx)
    for person_id in due:
        with db.transaction(write=True) as tx:
            service.make_digest(SYSTEM, tx=tx, person_id=person_id)
