"""After two accounts became one: everything that was of either is of one person, and what one has once stays one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Column, text
from sqlalchemy.exc import IntegrityError

from cop.accounts import (
    half_way,
    one_person,
)
from cop.accounts.one_person import Merged
from cop.files.store import FileStore
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Base, Database, Tx
from cop.kernel.errors import Conflict
from cop.library import hearing
from cop.notifications import service as notices
from cop.notifications.queries import Preferences
from cop.teams import queries
from cop.teams import service as teams
from cop.threads import drafts, following, marks, unread
from cop.threads import service as threads
from cop.threads.texts import written
from tests.build import merging as build
from tests.build.community import Community
from tests.build.merging import complete, now
from tests.build.pages import Visitor
from tests.build.teams import Teams
from tests.build.world import World

Visitors = Callable[..., Visitor]


def teams_of(tx: Tx, who: Actor) -> list[tuple[int, str]]:
    rows = tx.session.execute(
        text(
            "SELECT team_id, role FROM team_member WHERE person_id = :id AND left_at IS NULL ORDER BY team_id"
        ),
        {"id": who.person_id},
    )
    return [(row.team_id, row.role) for row in rows]


def test_of_two_places_the_stronger_stays_and_both_are_on_the_record(
    db: Database, community: Community, admin: Actor, ann: Actor, old: Actor
) -> None:
    made = Teams(db)
    lead = community.person()
    both = made.team(lead, members=[(ann, "member", "legal"), (old, "facilitator", "finance")])
    theirs, led = made.team(lead, members=[(old, "member", "legal")]), made.team(old)
    build.merged(db, ann, old, by=admin)
    with db.transaction(write=False) as tx:
        assert teams_of(tx, ann) == sorted([(both, "facilitator"), (theirs, "member"), (led, "lead")])
        assert teams_of(tx, old) == []
        ended = tx.session.execute(
            text("SELECT role FROM team_member WHERE person_id = :id AND left_at IS NOT NULL"),
            {"id": ann.person_id},
        ).scalars()
        assert list(ended) == ["member"]
        assert len(queries.members(SYSTEM, tx=tx, team_id=both)) == 2


def test_who_acts_for_a_supplier_does_not_come_to_lead_a_team(
    db: Database, community: Community, admin: Actor, old: Actor
) -> None:
    seller = community.person("Sue Supplier", kind="supplier")
    Teams(db).team(old, name="Warm homes")
    merge_id = build.proved(db, seller, old, by=admin)
    with pytest.raises(Conflict, match="lead of Warm homes"):
        complete(db, admin, merge_id)
    assert now(db, old).signed_in


def test_posts_marks_and_drafts_are_one_persons(
    db: Database, community: Community, visitor: Visitors, admin: Actor, ann: Actor, old: Actor
) -> None:
    team_id = Teams(db).team(ann, members=[(old, "member", "legal")])
    with db.transaction(write=True) as tx:
        started = threads.start_thread(ann, tx=tx, team_id=team_id, title="Bins", body=written("One."))
    with db.transaction(write=True) as tx:
        threads.reply(old, tx=tx, thread_id=started.thread_id, body=written("Two."))
        for who in (ann, old):
            threads.react(who, tx=tx, post_id=started.post_id, kind="agree", on=True)
            typed = drafts.Typed(body=f"Half a thought of {who.name}")
            drafts.save(who, tx=tx, kind="reply", subject_id=started.thread_id, typed=typed)
    build.merged(db, ann, old, by=admin)
    her = now(db, ann)
    with db.transaction(write=False) as tx:
        (draft,) = drafts.listing(her, tx=tx)
        reactions = tx.session.scalar(text("SELECT count(*) FROM reaction"))
        authors = set(tx.session.scalars(text("SELECT author_id FROM post")))
        assert unread.in_team(her, tx=tx, team_id=team_id) == 0
    assert "Half a thought of Ann Other" in draft.draft.body
    assert "Half a thought of A. Other" in draft.draft.body
    assert reactions == 1
    assert authors == {ann.person_id}
    page = visitor().sign_in_as(community, her).get(f"/threads/{started.thread_id}").text
    assert ">A. Other" not in page


STAYS_WITH_THE_CLOSED = {
    # Whom a request to join was answered with: its links must not sign in another account.
    "registration.person_id",
    # Who got it.
    "digest.person_id",
    # What was merged.
    "account_merge.kept_id",
    "account_merge.closed_id",
    # What an admin did; nobody who is an admin of the platform acts on their own account.
    "account_merge.asked_by",
    "account_merge.settled_by",
}


def _names_people() -> list[Column[object]]:
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.target_fullname == "person.id" for key in column.foreign_keys)
    ]


def _hand_a_row_over(tx: Tx, column: Column[object], closed_id: int) -> bool:
    """Make some row name the account that will be closed, as if it had always been theirs."""
    table, own = column.table.name, [key.name for key in column.table.primary_key]
    where = " AND ".join(f"{name} = :{name}" for name in own)
    for row in tx.session.execute(text(f"SELECT {', '.join(own)} FROM {table}")).mappings().all():
        try:
            with tx.session.begin_nested():
                tx.session.execute(
                    text(f"UPDATE {table} SET {column.name} = :closed WHERE {where}").bindparams(
                        closed=closed_id, **row
                    )
                )
        except IntegrityError:
            continue
        return True
    return False


def _use_everything(world: World) -> None:
    """What the world leaves untouched: marks, what people follow and chose, half a sign-in, a step of a team."""
    member, place = world.actors["member"], world.places["open"]
    world.fresh_session("member")
    with world.db.transaction(write=True) as tx:
        threads.react(member, tx=tx, post_id=place.posts["lead"], kind="agree", on=True)
        following.follow_team(member, tx=tx, team_id=place.team, level="nothing")
        following.follow_thread(member, tx=tx, thread_id=place.thread, level="nothing")
        marks.mark_read(member, tx=tx, thread_id=place.thread)
        notices.choose(member, tx=tx, preferences=Preferences())
        hearing.follow(member, tx=tx, asset_id=place.assets["network"])
        half_way.begin(tx, person_id=member.person_id or 0, by_link=False)
        lead = world.actors["lead"]
        teams.take_step(lead, tx=tx, team_id=place.team, name="finish")


def test_what_there_is_once_for_each_person_stays_one(db: Database, tmp_path: Path, admin: Actor) -> None:
    world = World(db, FileStore(tmp_path / "files"))
    lead, member = world.actors["lead"], world.actors["member"]
    place = world.places["open"]
    _use_everything(world)
    with db.transaction(write=True) as tx:
        threads.react(lead, tx=tx, post_id=place.posts["lead"], kind="agree", on=True)
        following.follow_team(lead, tx=tx, team_id=place.team, level="everything")
        following.follow_thread(lead, tx=tx, thread_id=place.thread, level="everything")
        marks.mark_unread(lead, tx=tx, thread_id=place.thread, number=1)
        hearing.follow(lead, tx=tx, asset_id=place.assets["network"])
    build.merged(db, lead, member, by=admin)
    her = now(db, lead)
    with db.transaction(write=False) as tx:
        assert (
            following.of_thread(her, tx=tx, thread_id=place.thread, team_id=place.team).level == "everything"
        )
        assert following.of_team(her, tx=tx, team_id=place.team) == "everything"
        assert hearing.is_following(her, tx=tx, asset_id=place.assets["network"])
        assert unread.counts(her, tx=tx, thread_ids=[place.thread]) == {}
        assert teams_of(tx, lead) == [(world.places[mode].team, "lead") for mode in world.places]
        told = tx.session.execute(
            text("SELECT kind, subject_id FROM notice WHERE person_id = :id"), {"id": lead.person_id}
        ).all()
    assert len(told) == len(set(told)) > 0


def test_no_row_names_the_closed_account_any_more(
    app: Flask, db: Database, tmp_path: Path, community: Community
) -> None:
    world = World(db, FileStore(tmp_path / "files"))
    _use_everything(world)
    kept, closed = community.person("Ann Other"), community.person("A. Other", kind="consortium")
    untried = []
    with db.transaction(write=True) as tx:
        for column in _names_people():
            name = f"{column.table.name}.{column.name}"
            if name in STAYS_WITH_THE_CLOSED or name == "person.merged_into_id":
                continue
            if not _hand_a_row_over(tx, column, closed.person_id or 0):
                untried.append(name)
        # Whoever acts for the two is theirs still.
        tx.session.execute(text("DELETE FROM person_role WHERE person_id = :id"), {"id": closed.person_id})
    assert not untried, f"the world has no row for: {untried}"
    assert world.actors
    build.merged(db, now(db, kept), now(db, closed))
    with db.transaction(write=False) as tx:
        left = [
            name
            for column in _names_people()
            if (name := f"{column.table.name}.{column.name}") not in STAYS_WITH_THE_CLOSED
            and tx.session.scalar(
                text(f"SELECT count(*) FROM {column.table.name} WHERE {column.name} = :id"),
                {"id": closed.person_id},
            )
        ]
    assert not left, f"say in uniting.py of their domain what becomes of: {left}"


def test_a_domain_above_is_called_once_with_both_in_the_transaction(
    db: Database, admin: Actor, ann: Actor, old: Actor
) -> None:
    """What a ballot needs, so that one place of its electorate remains."""
    called: list[tuple[Merged, bool]] = []
    merge_id = build.proved(db, ann, old, by=admin)

    def carry(actor: Actor, tx: Tx, merged: Merged) -> None:
        called.append((merged, tx.write))
        state = tx.session.scalar(text("SELECT state FROM account_merge WHERE id = :id"), {"id": merge_id})
        assert state == "done"
        assert actor == admin
        if len(called) == 1:
            raise Conflict("Not while the ballot is being counted.")

    one_person.register("ballots", carry)
    try:
        with pytest.raises(Conflict):
            complete(db, admin, merge_id)
        assert now(db, old).signed_in, "when one domain cannot, nothing is merged"
        complete(db, admin, merge_id)
    finally:
        del one_person._carriers["ballots"]
    assert called[1:] == [(Merged(old.person_id or 0, ann.person_id or 0, "council"), True)]
