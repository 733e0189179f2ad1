"""Assets for tests: uploaded, read and published by the real services, without a child process."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from flask import Flask

from cop.files import intake
from cop.files import service as files
from cop.files.intake import Received
from cop.files.outcome import ExtractedText, HiddenContent
from cop.files.store import FileStore
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.library import queries, service
from cop.library.service import Details
from cop.teams import queries as team_queries
from cop.teams import service as teams
from cop.teams.service import Charter
from tests.data.sample_files import docx, paragraph

HIDDEN = HiddenContent(authors=("Jo Bloggs",), comments=2)


def _words(content: bytes) -> str:
    """What reading a plain text brings; nothing for other kinds, which only a child process reads."""
    return "" if b"\0" in content else content.decode("utf-8", "replace")


class Library:
    """Builds assets on `db`, with their files in the app's own store."""

    review_date = date(2027, 11, 30)

    def __init__(self, app: Flask, db: Database) -> None:
        self.db = db
        self.store: FileStore = app.extensions["cop"].parts[FileStore]

    def received(self, content: bytes = b"Words.", filename: str = "words.txt") -> Received:
        """An upload that is taken in."""
        return intake.receive(self.store, io.BytesIO(content), filename=filename, limit=10_000_000)

    def team(self, lead: Actor, *members: Actor, access_mode: str = "private", name: str = "Team") -> int:
        """A team with these people; returns its id."""
        with self.db.transaction(write=True) as tx:
            team_id = teams.start_team(
                lead,
                tx=tx,
                charter=Charter(
                    name=name, question="How?", start_date=date(2026, 11, 1), access_mode=access_mode
                ),
                function="procurement",
            )
            for member in members:
                assert member.person_id is not None
                teams.add_member(
                    lead,
                    tx=tx,
                    team_id=team_id,
                    person_id=member.person_id,
                    role="member",
                    function="finance",
                )
        return team_id

    def leave(self, actor: Actor, team_id: int) -> None:
        """Somebody leaves their team."""
        with self.db.transaction(write=True) as tx:
            member = next(
                item
                for item in team_queries.members(actor, tx=tx, team_id=team_id)
                if item.person.id == actor.person_id
            )
            teams.remove_member(actor, tx=tx, team_id=team_id, member_id=member.id)

    def draft(
        self,
        creator: Actor,
        *,
        team_id: int | None = None,
        content: bytes = b"Words.",
        filename: str = "words.txt",
        read: ExtractedText | None = None,
        unread: bool = False,
        **details: Any,
    ) -> int:
        """A draft that was read unless `unread`, and has all that publishing needs; returns its id."""
        received = self.received(content, filename)
        said: dict[str, Any] = {
            "title": "Outcomes specification",
            "summary": "Tested with three counties.",
            "kind": "specification",
            "category": "Social care",
            "audience": "public",
            "regime": "procurement_act_2023",
            "owner_id": creator.person_id,
            "review_date": self.review_date,
        } | details
        with self.db.transaction(write=True) as tx:
            asset_id = service.draft(
                creator, tx=tx, details=Details(**said), received=received, team_id=team_id, key=None
            )
        if not unread:
            self.read(asset_id, read or ExtractedText("searchable", text=_words(content)))
        return asset_id

    def file_id(self, asset_id: int) -> int:
        """The file that carries an asset."""
        with self.db.transaction(write=False) as tx:
            return queries.file_ids(SYSTEM, tx=tx, asset_ids=[asset_id])[asset_id]

    def read(self, asset_id: int, outcome: ExtractedText) -> None:
        """Store what reading the document brought, as the worker would."""
        with self.db.transaction(write=True) as tx:
            self.read_file(tx, queries.file_ids(SYSTEM, tx=tx, asset_ids=[asset_id])[asset_id], outcome)

    def read_file(self, tx: Tx, file_id: int, outcome: ExtractedText) -> None:
        """The same for one file."""
        files.store_text(SYSTEM, tx=tx, file_id=file_id, outcome=outcome)

    def publish(self, actor: Actor, asset_id: int, *, checked: bool = True) -> None:
        """Publish a draft."""
        with self.db.transaction(write=True) as tx:
            file_id = queries.file_ids(actor, tx=tx, asset_ids=[asset_id])[asset_id]
            service.publish(actor, tx=tx, asset_id=asset_id, file_id=file_id, checked=checked)

    def published(self, creator: Actor, **more: Any) -> int:
        """A published asset; returns its id."""
        asset_id = self.draft(creator, **more)
        self.publish(creator, asset_id)
        return asset_id

    def withdrawn(self, creator: Actor, **more: Any) -> int:
        """A withdrawn asset; returns its id."""
        asset_id = self.published(creator, **more)
        with self.db.transaction(write=True) as tx:
            service.withdraw(SYSTEM, tx=tx, asset_id=asset_id, reason="It was wrong.")
        return asset_id


TYPED: dict[str, str] = {
    "title": "Emergency placements: outcomes specification",
    "summary": "Tested with three counties.",
    "kind": "specification",
    "category": "Social care",
    "audience": "public",
    "regime": "procurement_act_2023",
    "licence": "OGL-UK-3.0",
    "review_date-day": "30",
    "review_date-month": "11",
    "review_date-year": "2027",
}


def a_file(name: str = "spec.docx", content: bytes | None = None) -> tuple[io.BytesIO, str]:
    """A document to be sent with a form."""
    return io.BytesIO(content if content is not None else docx(paragraph("Words inside"))), name


def fields_of(officer: Actor, **more: Any) -> dict[str, Any]:
    """What somebody types into the form that adds a document."""
    return {**TYPED, "owner": str(officer.person_id), "key": "a-key-of-the-form-01", **more}


def asset_of(db: Database, asset_id: int) -> queries.Asset:
    """An asset as it stands."""
    with db.transaction(write=False) as tx:
        return queries.asset(SYSTEM, tx=tx, asset_id=asset_id)


def number_in(response: Any) -> int:
    """The number at the end of where an answer leads."""
    return int(response.headers["Location"].rsplit("/", 1)[1])
