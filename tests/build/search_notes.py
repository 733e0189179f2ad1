"""A little domain for tests of search: notes with a status, an audience and facets, in a table of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    delete,
    insert,
    or_,
    select,
    update,
)

from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.kernel.events import Event, record
from cop.search.document import Audience, Document, Presented, Registry, team_term
from cop.search.models import SearchTallyRow

NOTES = Table(
    "search_test_note",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("title", Text),
    Column("summary", Text),
    Column("body", Text),
    Column("audience", String),
    Column("kind", String),
    Column("category", String),
    Column("regime", String),
    Column("year", Integer),
)
TEAM = 7


@dataclass(frozen=True, slots=True)
class NoteChanged(Event):
    """A note was written, changed or removed."""

    note_id: int


@dataclass(frozen=True, slots=True)
class NoteElsewhere(Event):
    """Something no source of search listens to, with other facts."""

    other_id: int


class NoteSource:
    """Notes as documents. `calls` counts what the page asks for."""

    kind = "note"
    events: Sequence[type[Event]] = (NoteChanged,)
    labels: Mapping[str, Mapping[str, str]] = {
        "kind": {"lesson": "Lesson"},
        "regime": {"pa2023": "Procurement Act 2023"},
    }

    def touched_by(self, tx: Tx, event_kind: str, payload: Mapping[str, Any]) -> Iterable[int]:
        return [payload["note_id"]]

    def ids(self, tx: Tx, after: int, limit: int) -> Sequence[int]:
        return tx.session.scalars(
            select(NOTES.c.id).where(NOTES.c.id > after).order_by(NOTES.c.id).limit(limit)
        ).all()

    def fetch(self, tx: Tx, document_id: int) -> Document | None:
        row = tx.session.execute(select(NOTES).where(NOTES.c.id == document_id)).first()
        if row is None:
            return None
        date = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=row.id)
        return Document(
            "note", row.id, row.title, Audience(frozenset({row.audience})), date, row.summary, row.body
        )

    def facts(self, actor: Actor) -> Select[Any]:
        columns = NOTES.c
        return select(columns.id, columns.kind, columns.category, columns.regime, columns.year).where(
            _may(actor)
        )

    def present(self, actor: Actor, *, tx: Tx, ids: Sequence[int]) -> Mapping[int, Presented]:
        rows = tx.session.execute(select(NOTES).where(NOTES.c.id.in_(ids), _may(actor)))
        return {
            row.id: Presented(row.title, f"/notes/{row.id}", row.summary, row.body, ("Note",), ("DOCX",))
            for row in rows
        }


def _may(actor: Actor) -> Any:
    terms = ["public", *(["network"] if actor.is_officer else []), *_teams_of(actor)]
    return or_(*(NOTES.c.audience == term for term in terms))


def _teams_of(actor: Actor) -> list[str]:
    return [team_term(TEAM)] if "Member" in actor.name else []


def registry() -> Registry:
    """Notes, and the rule that people called Member are of team 7."""
    made = Registry()
    made.add(NoteSource())
    made.add_audience(lambda actor, tx: _teams_of(actor))
    return made


class Notes:
    """Writes notes and says so by events."""

    def __init__(self, db: Database) -> None:
        self.db = db
        NOTES.create(db.writes)
        SearchTallyRow.metadata.tables[SearchTallyRow.__tablename__].create(db.writes, checkfirst=True)

    def write(self, number: int, title: str, body: str = "", **other: Any) -> None:
        """Write a note, replacing the one with this number."""
        row = {
            "id": number, "title": title, "summary": "", "body": body, "audience": "public", "kind": "lesson",
            "category": None, "regime": None, "year": 2026, **other,
        }  # fmt: skip
        with self.db.transaction(write=True) as tx:
            tx.session.execute(delete(NOTES).where(NOTES.c.id == number))
            tx.session.execute(insert(NOTES), row)
            record(tx, SYSTEM, NoteChanged(number))

    def hide(self, number: int, audience: str = "nobody") -> None:
        """Change who may see a note without telling search: the index lags behind."""
        with self.db.transaction(write=True) as tx:
            tx.session.execute(update(NOTES).where(NOTES.c.id == number).values(audience=audience))

    def remove(self, number: int) -> None:
        """Remove a note."""
        with self.db.transaction(write=True) as tx:
            tx.session.execute(delete(NOTES).where(NOTES.c.id == number))
            record(tx, SYSTEM, NoteChanged(number))
