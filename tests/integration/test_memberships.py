"""For whom somebody acts: one organisation at a time, whatever happens in which order; what one sees follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cop.accounts import board, memberships, service, sessions
from cop.accounts import queries as accounts
from cop.accounts.register.reader import english_register
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.kernel.errors import DomainError, Forbidden, Invalid
from cop.live import publish
from tests.build.community import PASSWORD, Community, hashed_password
from tests.build.merging import now
from tests.build.pages import Visitor
from tests.build.stage import Recorder

Visitors = Callable[..., Visitor]
ANN = "ann@testshire.example"
KINDS = ("council", "consortium", "supplier", "community")


def give(db: Database, kind: str, community: Community, *, email: str = ANN) -> int:
    organisation_id = community.organisation(kind)
    with db.transaction(write=True) as tx:
        memberships.give(SYSTEM, tx=tx, email=email, organisation_id=organisation_id)
    return organisation_id


def switch(db: Database, who: Actor, organisation_id: int) -> None:
    with db.transaction(write=True) as tx:
        memberships.switch(who, tx=tx, organisation_id=organisation_id)


STEPS = st.lists(
    st.tuples(st.sampled_from(["give", "switch", "end", "reinstate"]), st.sampled_from(KINDS)), max_size=8
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(STEPS)
def test_nobody_ever_acts_for_two_or_for_one_that_ended(
    sqlite_db: Database, steps: list[tuple[str, str]]
) -> None:
    community = Community(sqlite_db)
    with sqlite_db.transaction(write=False) as tx:
        number = tx.session.execute(text("SELECT count(*) FROM person")).scalar_one()
        known = dict(tx.session.execute(text("SELECT kind, id FROM organisation")).all())
    community._organisations.update({str(kind): int(key) for kind, key in known.items()})
    email = f"p{number}@testshire.example"
    who = community.person(email=email)
    for step, kind in steps:
        body, person_id = community.organisation(kind), who.person_id or 0
        try:
            with sqlite_db.transaction(write=True) as tx:
                if step == "give":
                    memberships.give(SYSTEM, tx=tx, email=email, organisation_id=body)
                elif step == "switch":
                    memberships.switch(who, tx=tx, organisation_id=body)
                elif step == "end":
                    memberships.end(SYSTEM, tx=tx, person_id=person_id, organisation_id=body)
                else:
                    service.reinstate(SYSTEM, tx=tx, person_id=person_id)
        except DomainError:
            pass
        with sqlite_db.transaction(write=False) as tx:
            rows = tx.session.execute(
                text(
                    "SELECT person.organisation_id AS acts, suspended_at, membership.organisation_id, until "
                    "FROM person JOIN membership ON membership.person_id = person.id WHERE person.id = :id"
                ),
                {"id": person_id},
            ).all()
        current = [row.organisation_id for row in rows if row.until is None]
        assert len(current) == len(set(current))
        if rows[0].suspended_at is None:
            assert rows[0].acts in current
        else:
            assert not current or rows[0].acts in current


def test_one_switches_on_the_profile_and_what_one_sees_follows_at_once(
    db: Database, community: Community, visitor: Visitors
) -> None:
    ann = community.person("Ann Other", email=ANN, roles=("board",))
    supplier = give(db, "supplier", community)
    browser, elsewhere = visitor().sign_in_as(community, ann), visitor().sign_in_as(community, ann)
    browser.get("/people")
    assert "All your organisations" in browser.get("/profile").text
    browser.post("/profile/organisation", status=422)
    browser.post("/profile/organisation", status=422, organisation="999999")
    live = Recorder()
    publish.attach_outlet(live)
    try:
        browser.post("/profile/organisation", organisation=str(supplier))
    finally:
        publish.attach_outlet(None)
    assert f"recheck None {ann.person_id}" in live.sent
    assert "You act for The supplier of Testshire now" in browser.get("/profile").text
    for each in (browser, elsewhere):
        each.get("/people", status=404)
    # Whoever acts for a supplier acts for nothing else, whatever they were given as an officer.
    assert not now(db, ann).is_board
    browser.post("/profile/interests", text="Shares")
    with db.transaction(write=False) as tx:
        last = (
            tx.session.execute(
                text("SELECT organisation_id FROM event WHERE kind = 'InterestDeclared' ORDER BY id DESC")
            )
            .scalars()
            .first()
        )
    assert last == supplier, "the log says for whom one acted"
    switch(db, now(db, ann), ann.organisation_id or 0)
    assert now(db, ann).is_board
    elsewhere.get("/people")


def test_an_admin_of_one_organisation_is_none_of_the_other(
    db: Database, community: Community, visitor: Visitors
) -> None:
    admin = community.person("Olive Admin", email=ANN, roles=("organisation_admin",))
    other = give(db, "consortium", community)
    browser = visitor().sign_in_as(community, admin)
    browser.get(f"/organisations/{admin.organisation_id}/people")
    switch(db, admin, other)
    browser.get(f"/organisations/{other}/people", status=404)
    browser.get(f"/organisations/{admin.organisation_id}/people", status=404)


def test_ending_one_of_two_ends_the_sessions_and_ending_the_last_stops_the_account(
    db: Database, community: Community, visitor: Visitors
) -> None:
    ann = community.person("Ann Other", email=ANN, roles=("organisation_admin",))
    admin = community.person(roles=("organisation_admin",))
    other = give(db, "consortium", community)
    browser = visitor().sign_in_as(community, admin)
    hers = visitor().sign_in_as(community, ann)
    leave = f"/organisations/{ann.organisation_id}/people/{ann.person_id}/leave"
    browser.get(leave)
    browser.post(leave)
    hers.get("/profile", status=404)
    assert now(db, ann).organisation_id == other
    assert not now(db, ann).roles
    browser.get(leave, status=404)
    visitor().post("/sign-in", email=ANN, password=PASSWORD, next="/")
    with db.transaction(write=True) as tx:
        assert memberships.end(SYSTEM, tx=tx, person_id=ann.person_id or 0, organisation_id=other)
    visitor().post("/sign-in", status=422, email=ANN, password=PASSWORD, next="/")
    with db.transaction(write=True) as tx:
        service.reinstate(SYSTEM, tx=tx, person_id=ann.person_id or 0)
    assert now(db, ann).organisation_id == other
    with db.transaction(write=False) as tx:
        kinds = tx.session.scalars(
            text("SELECT payload FROM event WHERE kind = 'MembershipEnded' ORDER BY id")
        ).all()
    assert [
        f'"stopped":{"true" if last else "false"}' in kind for kind, last in zip(kinds, (0, 1), strict=True)
    ]


def test_an_admin_adds_somebody_who_has_an_account_and_only_them(
    db: Database, community: Community, visitor: Visitors
) -> None:
    admin = community.person(roles=("organisation_admin",))
    community.person("Carl Consortium", email="carl@testshire.example", kind="consortium")
    browser = visitor().sign_in_as(community, admin)
    page = f"/organisations/{admin.organisation_id}/people/add"
    browser.get(page)
    browser.post(page, status=422, email="nobody@testshire.example")
    browser.post(page, email="carl@testshire.example")
    browser.post(page, status=422, email="carl@testshire.example")
    assert "acts for The consortium of Testshire now" in browser.get(page.removesuffix("/add")).text
    supplier = community.organisation("supplier")
    with db.transaction(write=True) as tx, pytest.raises(Forbidden):
        memberships.give(admin, tx=tx, email=ANN, organisation_id=supplier)


def test_the_board_is_shown_with_its_history(db: Database, community: Community, visitor: Visitors) -> None:
    ann = community.person("Ann Other", email=ANN)
    admin = community.person(kind="central", roles=("platform_admin",))
    browser, stranger = visitor().sign_in_as(community, admin), visitor()
    assert "Nobody is on the board yet" in stranger.get("/board").text
    roles = f"/admin/people/{ann.person_id}/roles"
    browser.post(roles, roles=["board"])
    assert "since" in stranger.get("/board").text
    browser.post(roles, roles=["board", "librarian"])
    browser.post(roles, roles=["librarian"])
    shown = stranger.get("/board").text
    assert "Who was on it" in shown
    assert "Ann Other, The council of Testshire" in shown
    browser.post(roles, roles=["board"])
    with db.transaction(write=False) as tx:
        places = board.listed(SYSTEM, tx=tx)
    assert [each.until is None for each in places] == [True, False]
    supplier = community.person("Sue Supplier", kind="supplier")
    browser.post(f"/admin/people/{supplier.person_id}/roles", status=422, roles=["board"])


@pytest.fixture
def replaced(db: Database, community: Community) -> tuple[Actor, int, int]:
    """Somebody of Cumbria, which two councils replaced; their ids."""
    with db.transaction(write=True) as tx:
        service.load_register(SYSTEM, tx=tx, authorities=english_register().authorities)
        found = accounts.organisations_by_gss(SYSTEM, tx=tx, codes=["E10000006", "E06000063", "E06000064"])
        person_id = service.add_person(
            SYSTEM,
            tx=tx,
            email=ANN,
            name="Ann Other",
            organisation_id=found["E10000006"].id,
            function="legal",
            hashed=hashed_password(),
        )
        actor = sessions.actor_of(tx, person_id)
    return actor, found["E06000063"].id, found["E06000064"].id


def test_people_of_a_replaced_council_choose_where_they_work_now(
    replaced: tuple[Actor, int, int], db: Database, visitor: Visitors
) -> None:
    ann, cumberland, _ = replaced
    browser = visitor()
    answer = browser.post("/sign-in", email=ANN, password=PASSWORD, next="/teams")
    assert answer.headers["Location"] == "/profile/successor?next=%2Fteams"
    page = browser.follow(answer).text
    assert "Cumberland" in page
    assert "Westmorland and Furness" in page
    browser.post("/profile/successor", status=422)
    browser.post("/profile/successor", status=422, organisation=str(ann.organisation_id))
    answer = browser.post("/profile/successor", organisation=str(cumberland), next="/teams")
    assert answer.headers["Location"] == "/teams"
    browser.get("/profile/successor", status=404)
    assert now(db, ann).organisation_id == cumberland
    with db.transaction(write=False) as tx:
        present, past = memberships.own(now(db, ann), tx=tx)
    assert present.since == datetime(2023, 4, 1, tzinfo=UTC)
    assert past.organisation_id == ann.organisation_id
    assert past.until is not None
    assert visitor().post("/sign-in", email=ANN, password=PASSWORD, next="/").headers["Location"] == "/"
    with pytest.raises(Invalid):
        switch(db, now(db, ann), ann.organisation_id or 0)


def test_both_pages_say_what_became_of_it(replaced: tuple[Actor, int, int], visitor: Visitors) -> None:
    ann, cumberland, westmorland = replaced
    before = visitor().get(f"/organisations/{ann.organisation_id}").text
    assert f'href="/organisations/{cumberland}"' in before
    assert f'href="/organisations/{westmorland}"' in before
    for after in (cumberland, westmorland):
        page = visitor().get(f"/organisations/{after}").text
        assert "Formerly part of" in page
        assert f'href="/organisations/{ann.organisation_id}"' in page


def test_the_vesting_day_is_the_day_after_the_last() -> None:
    cumbria = next(each for each in english_register().authorities if each.gss_code == "E10000006")
    assert cumbria.end_date in (date(2023, 3, 31), date(2023, 4, 1))
