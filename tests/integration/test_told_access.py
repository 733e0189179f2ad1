"""Nobody is told of what they may not see, whatever changes between writing, telling, showing and sending."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from cop.accounts import sessions
from cop.app import open_finder, open_post
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.kernel.ids import new_token
from cop.kernel.outbox import drain_once
from cop.mail.post import Post
from cop.notifications import queries as inboxes
from cop.notifications import service as notices
from cop.settings import Settings
from cop.teams import queries as team_queries
from cop.teams import service as team_service
from cop.threads import addressing, notifications, service
from cop.threads.addressing import Where
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.teams import Teams

CHANGES = st.lists(
    st.sampled_from(
        ("leave", "join", "suspend", "reinstate", "private", "open", "network", "remove", "tell", "digest")
    ),
    min_size=1,
    max_size=8,
)


class Told:
    """A post of an open team that mentions somebody, and what may happen to them and to it afterwards."""

    def __init__(self, db: Database, kind: str) -> None:
        self.db, self.unique = db, new_token().lower()
        people, builder = Community(db), Teams(db)
        self.lead = people.person(organisation=f"c{self.unique}", email=f"{self.unique}l@x.example")
        self.reader = people.person(kind=kind, organisation=self.unique, email=f"{self.unique}r@x.example")
        self.team_id = builder.team(self.lead, members=[(self.reader, "member", "legal")], access="open")
        self.thread_id = builder.thread(self.lead, self.team_id)
        self.stands = True
        body = written(f"@[{self.reader.name}](person:{self.person_id})")
        with db.transaction(write=True) as tx:
            self.post_id = service.reply(self.lead, tx=tx, thread_id=self.thread_id, body=body).post_id

    @property
    def person_id(self) -> int:
        """Who is mentioned."""
        return self.reader.person_id or 0

    def change(self, what: str) -> None:
        """One thing happens."""
        if what == "tell":
            self.drain()
            return
        with self.db.transaction(write=True) as tx:
            run = tx.session.connection().exec_driver_sql
            if what in ("leave", "join"):
                self._move(tx, what)
            elif what in ("suspend", "reinstate"):
                at = "CURRENT_TIMESTAMP" if what == "suspend" else "NULL"
                run(f"UPDATE person SET suspended_at = {at} WHERE id = {self.person_id}")
            elif what in ("private", "open", "network"):
                run(f"UPDATE team SET access_mode = '{what}' WHERE id = {self.team_id}")
            elif what == "digest":
                notices.make_digest(SYSTEM, tx=tx, person_id=self.person_id)
            elif what == "remove" and self.stands:
                service.remove(self.lead, tx=tx, post_id=self.post_id)
                self.stands = False

    def _move(self, tx: Tx, what: str) -> None:
        members = team_queries.members(SYSTEM, tx=tx, team_id=self.team_id)
        place = next((each.id for each in members if each.person.id == self.person_id), None)
        if what == "leave" and place is not None:
            team_service.remove_member(self.lead, tx=tx, team_id=self.team_id, member_id=place)
        elif what == "join" and place is None:
            team_service.add_member(
                SYSTEM, tx=tx, team_id=self.team_id, person_id=self.person_id, role="member", function="legal"
            )

    def drain(self, post: Post | None = None) -> None:
        """What the worker does."""
        while drain_once(self.db, notifications.consumer()):
            pass
        while post is not None and drain_once(self.db, post.consumer()):
            pass

    def may_read(self) -> bool:
        """Whether they could open the post now."""
        with self.db.transaction(write=False) as tx:
            where = Where(self.team_id, self.thread_id)
            return self.stands and addressing.reads(tx, person_id=self.person_id, where=where)

    def shown(self) -> set[int]:
        """Posts by whose mention their inbox speaks of them."""
        with self.db.transaction(write=False) as tx:
            now: Actor = sessions.actor_of(tx, self.person_id)
            return {each.subject_id for each in inboxes.inbox(now, tx=tx).rows if each.kind == "mention"}


@settings(max_examples=25)
@given(before=CHANGES, between=CHANGES, kind=st.sampled_from(["council", "supplier"]))
def test_nobody_is_told_of_what_they_may_not_see(
    sqlite_db: Database,
    make_settings: Callable[[str], Settings],
    before: list[str],
    between: list[str],
    kind: str,
) -> None:
    made = dataclasses.replace(make_settings(sqlite_db.url), demo=True)
    open_finder(made)
    sender, told = open_post(made), Told(sqlite_db, kind)
    for what in (*before, "tell", *between):
        told.change(what)
    may = told.may_read()
    assert told.shown() <= ({told.post_id} if may else set())
    folder = made.var / "mail"
    before_sending = set(folder.glob("*.eml"))
    told.drain(sender)
    told.change("digest")
    told.drain(sender)
    sent = [path.read_text() for path in set(folder.glob("*.eml")) - before_sending]
    mine = "".join(mail for mail in sent if told.unique in mail).replace("=\n", "")
    assert may or f"/posts/{told.post_id}" not in mine


def test_who_may_read_it_still_is_told(sqlite_db: Database, make_settings: Callable[[str], Settings]) -> None:
    """Else the law above could hold because nobody is told anything."""
    made = dataclasses.replace(make_settings(sqlite_db.url), demo=True)
    open_finder(made)
    sender, told = open_post(made), Told(sqlite_db, "council")
    for what in ("private", "tell", "leave", "network"):
        told.change(what)
    assert told.shown() == {told.post_id}
    told.change("digest")
    told.drain(sender)
    assert any(f"/posts/{told.post_id}" in path.read_text() for path in (made.var / "mail").glob("*.eml"))
