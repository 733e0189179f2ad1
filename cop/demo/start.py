"""What `cop demo` does: load the community once, have it read and indexed, and say who can sign in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from flask import Flask
from sqlalchemy import Integer, column, select, table

from cop.accounts.credentials import has_published_passwords
from cop.accounts.passwords import DEMO_PASSWORD
from cop.accounts.sign_in import Published, PublishedSignIns
from cop.app import build_worker, open_finder
from cop.demo.content.reader import read_community
from cop.demo.content.records import Community, Person
from cop.demo.large import Size, build_large, email, named_people
from cop.demo.load import load_community
from cop.files.store import FileStore
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, Forbidden
from cop.search import consumer
from cop.settings import Settings
from cop.web.edge import Edge

SHOWN = frozenset({"amira-khan", "sanjay-mehta", "helen-fairweather", "eleanor-marsh", "ben-achterberg"})
"""Keys of the people on the sign-in page: one for each way of seeing the house."""

LARGE = "large-world"
"""In COP_VAR: says that a large world was made, and of how many people."""

_person = table("person", column("id", Integer))


def load_once(db: Database, settings: Settings) -> bool:
    """Load the community into an empty database and do all that waits for the worker; False if it is there already.

    Raises Forbidden outside the demonstration, Conflict when the database holds other people.
    """
    if not settings.demo:
        raise Forbidden("The demonstration has well-known passwords. Set COP_DEMO=1 to load it.")
    if has_published_passwords(db):
        return False
    if _has_people(db):
        raise Conflict(
            "This database holds people already, so the demonstration is not added to them. "
            "Set COP_VAR to an empty folder, or COP_DATABASE_URL to an empty database."
        )
    # First the worker: making it subscribes what waits for the events that loading records.
    worker = build_worker(settings, db)
    load_community(db, FileStore(settings.var / "files"), community())
    worker.drain()
    return True


def load_large(db: Database, settings: Settings, size: Size) -> int:
    """Fill an empty database with a large made-up world and write its search index; return how many documents it has.

    Raises Forbidden outside the demonstration, Conflict when the database holds people.
    """
    if not settings.demo:
        raise Forbidden("The demonstration has well-known passwords. Set COP_DEMO=1 to load it.")
    if _has_people(db):
        raise Conflict(
            "This database holds people already, so no large world is added to them. "
            "Set COP_VAR to an empty folder, or COP_DATABASE_URL to an empty database, and run: cop migrate"
        )
    build_large(db, size=size, now=datetime.now(UTC), store=FileStore(settings.var / "files"))
    (settings.var / LARGE).write_text(str(size.people))
    finder = open_finder(settings)
    return consumer.rebuild(db, backend=finder.backend, registry=finder.registry)


def large_sign_ins(people: int) -> list[Published]:
    """Who one can be in a large world of so many people."""
    who = {"lead": "a team's lead", "officer": "an officer on no team", "supplier": "a supplier"}
    who |= {"board": "the board", "admin": "the platform admin"}
    numbers = named_people(people)
    return [Published(f"Person {numbers[key]}", email(numbers[key]), words) for key, words in who.items()]


def community() -> Community:
    """The community as it reads today."""
    return read_community(datetime.now(UTC).date())


def _has_people(db: Database) -> bool:
    with db.transaction(write=False) as tx:
        return tx.session.execute(select(_person.c.id).limit(1)).first() is not None


def show_sign_ins(app: Flask) -> None:
    """Let the sign-in page of the demonstration say who one can be; of any other server it says nothing."""
    edge = cast(Edge, app.extensions["cop"])
    if edge.settings.demo and (edge.settings.var / LARGE).exists():
        count = int((edge.settings.var / LARGE).read_text() or 0)
        edge.parts[PublishedSignIns] = PublishedSignIns(large_sign_ins(count), DEMO_PASSWORD)
    elif edge.settings.demo:
        edge.parts[PublishedSignIns] = PublishedSignIns(
            [
                Published(person.name, person.email, person.sign_in)
                for person in community().people
                if person.key in SHOWN and person.sign_in
            ],
            DEMO_PASSWORD,
        )


def sign_in_table(people: Sequence[Person]) -> str:
    """Who can sign in and why one would, as lines for a terminal, with the one password below."""
    shown = [(person.name, person.email, person.sign_in) for person in people if person.sign_in]
    wide = [max(len(row[at]) for row in shown) for at in (0, 1)]
    lines = [f"  {name:{wide[0]}}  {email:{wide[1]}}  {who}" for name, email, who in shown]
    return "\n".join([*lines, "", f"The password of all of them is  {DEMO_PASSWORD}"])


def sign_in_lines(people: Sequence[Person], most: int = 3) -> str:
    """The same in short: the first few addresses and the password."""
    some = [person.email for person in people if person.sign_in][:most]
    return f"Sign in as {', '.join(some)} … with the password {DEMO_PASSWORD}"
