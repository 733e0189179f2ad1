"""Two accounts of one person become one: only when both addresses were proved, and then everything is of one person."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cop.accounts import (
    answering,
    joining,
    kept_texts,
    memberships,
    merging,
    service,
)
from cop.accounts import queries as accounts
from cop.accounts.letters import SIGN_IN
from cop.accounts.merging import PROVE_CLOSED, PROVE_KEPT
from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database, Tx
from cop.kernel.errors import Conflict, DomainError, Forbidden, Gone, Invalid, NotFound
from cop.teams import invitations
from cop.teams.invitations import Wish
from tests.build import merging as build
from tests.build.community import PASSWORD, Community
from tests.build.merging import complete, now
from tests.build.pages import Visitor
from tests.build.teams import Teams

Visitors = Callable[..., Visitor]


# Who may.


def test_nobody_but_a_platform_admin_asks_or_completes(
    db: Database, community: Community, admin: Actor, ann: Actor, old: Actor
) -> None:
    others = [ann, old, community.person(roles=("organisation_admin",)), community.person(roles=("board",))]
    for other in [ANONYMOUS, *others]:
        with pytest.raises(Forbidden):
            build.ask(db, ann, old, by=other)
    merge_id = build.proved(db, ann, old, by=admin)
    for other in [ANONYMOUS, *others]:
        with db.transaction(write=True) as tx:
            for act in (
                lambda: merging.complete(other, tx=tx, merge_id=merge_id, reason="Mine"),  # noqa: B023
                lambda: merging.call_off(other, tx=tx, merge_id=merge_id),  # noqa: B023
                lambda: merging.account(other, tx=tx, person_id=old.person_id or 0),  # noqa: B023
                lambda: merging.merge(other, tx=tx, merge_id=merge_id),  # noqa: B023
            ):
                with pytest.raises(Forbidden):
                    act()
    assert now(db, old).signed_in


def test_nobody_merges_their_own_account(
    db: Database, community: Community, admin: Actor, ann: Actor
) -> None:
    for kept, closed in ((admin, ann), (ann, admin)):
        with pytest.raises(Forbidden):
            build.ask(db, kept, closed, by=admin)
    other = community.person(kind="central", roles=("platform_admin",))
    merge_id = build.proved(db, admin, ann, by=other)
    with pytest.raises(Forbidden):
        complete(db, admin, merge_id)
    complete(db, other, merge_id)
    assert now(db, admin).is_platform_admin


def test_only_when_both_addresses_were_proved(db: Database, admin: Actor, ann: Actor, old: Actor) -> None:
    merge_id = build.ask(db, ann, old, by=admin)
    for purpose in (PROVE_KEPT, PROVE_CLOSED):
        with pytest.raises(Invalid, match="both addresses"):
            complete(db, admin, merge_id)
        link = build.token(db, merge_id, purpose)
        with db.transaction(write=True) as tx:
            merging.prove(ANONYMOUS, tx=tx, token=link)
        with db.transaction(write=True) as tx, pytest.raises(Gone):
            merging.prove(ANONYMOUS, tx=tx, token=link)
    complete(db, admin, merge_id)
    assert not now(db, old).signed_in
    with pytest.raises(Conflict):
        complete(db, admin, merge_id)


def test_the_database_says_so_too(db: Database, ann: Actor, old: Actor) -> None:
    merge_id = build.ask(db, ann, old)
    done = text("UPDATE account_merge SET state = 'done', reason = 'x' WHERE id = :id")
    with pytest.raises(IntegrityError), db.transaction(write=True) as tx:
        tx.session.execute(done, {"id": merge_id})


def test_a_link_proves_one_address_of_one_pair(
    db: Database, community: Community, admin: Actor, ann: Actor, old: Actor
) -> None:
    third, fourth = community.person(), community.person()
    first, second = build.ask(db, ann, old, by=admin), build.ask(db, third, fourth, by=admin)
    link = build.token(db, first, PROVE_KEPT)
    with db.transaction(write=True) as tx:
        merging.prove(ANONYMOUS, tx=tx, token=link)
    with db.transaction(write=False) as tx:
        found = [merging.merge(admin, tx=tx, merge_id=number) for number in (first, second)]
    assert [(each.kept_proved_at is None, each.closed_proved_at is None) for each in found] == [
        (False, True),
        (True, True),
    ]
    signs_in = build.token(db, first, SIGN_IN)
    with db.transaction(write=True) as tx, pytest.raises(Gone):
        merging.prove(ANONYMOUS, tx=tx, token=signs_in)


def test_who_says_no_ends_it_for_both(db: Database, admin: Actor, ann: Actor, old: Actor) -> None:
    merge_id = build.ask(db, ann, old, by=admin)
    yes, no = build.token(db, merge_id, PROVE_KEPT), build.token(db, merge_id, PROVE_CLOSED)
    with db.transaction(write=True) as tx:
        merging.prove(ANONYMOUS, tx=tx, token=yes)
        merging.refuse(ANONYMOUS, tx=tx, token=no)
    with pytest.raises(Conflict):
        complete(db, admin, merge_id)
    again = build.ask(db, ann, old, by=admin)
    with pytest.raises(Conflict, match="about to be merged"):
        build.ask(db, old, ann, by=admin)
    late = build.token(db, again, PROVE_KEPT)
    with db.transaction(write=True) as tx:
        merging.call_off(admin, tx=tx, merge_id=again)
    with db.transaction(write=True) as tx, pytest.raises(Gone):
        merging.prove(ANONYMOUS, tx=tx, token=late)


def test_an_old_answer_and_a_stopped_account_count_for_nothing(
    db: Database, admin: Actor, ann: Actor, old: Actor
) -> None:
    merge_id = build.proved(db, ann, old, by=admin)
    with shifted_for_tests_only(31 * 86400), pytest.raises(Conflict, match="too long ago"):
        complete(db, admin, merge_id)
    with db.transaction(write=True) as tx:
        service.suspend(admin, tx=tx, person_id=old.person_id or 0)
    with pytest.raises(Conflict, match="stopped"):
        complete(db, admin, merge_id)


# Signing in afterwards.


def test_both_are_signed_out_and_the_old_address_leads_to_the_account_that_stays(
    db: Database, community: Community, visitor: Visitors, admin: Actor, ann: Actor, old: Actor
) -> None:
    first, second = visitor().sign_in_as(community, ann), visitor().sign_in_as(community, old)
    build.merged(db, ann, old, by=admin)
    for browser in (first, second):
        browser.get("/profile", status=404)
    for email in ("old@elsewhere.example", "ann@testshire.example"):
        browser = visitor()
        browser.post("/sign-in", email=email, password=PASSWORD, next="/")
        assert "ann@testshire.example" in browser.get("/profile").text
        visitor().post("/sign-in/link", status=200, email=email)
    with db.transaction(write=True) as tx:
        service.change_password(ann, tx=tx, hashed="no password at all")
    visitor().post("/sign-in", status=422, email="old@elsewhere.example", password=PASSWORD, next="/")
    with db.transaction(write=False) as tx:
        asked = tx.session.scalars(
            text("SELECT payload FROM event WHERE kind = 'SignInLinkAsked' ORDER BY id")
        ).all()
        left = [
            tx.session.scalar(
                text(f"SELECT count(*) FROM {table} WHERE person_id = :id"), {"id": old.person_id}
            )
            for table in ("login_session", "person_password", "person_totp", "person_recovery_code")
        ]
    assert asked == [f'{{"person_id":{ann.person_id}}}'] * 2, "the letter goes to the account that stays"
    assert left == [0, 0, 0, 0]


def test_what_was_typed_waits_for_them_by_the_old_address_too(
    db: Database, admin: Actor, ann: Actor, old: Actor
) -> None:
    build.merged(db, ann, old, by=admin)
    with db.transaction(write=True) as tx:
        left = kept_texts.keep(tx, email="old@elsewhere.example", text="Half a thought")
        assert kept_texts.take(tx, token=left, email="somebody@else.example") == ""
        assert kept_texts.take(tx, token=left, email="ann@testshire.example") == "Half a thought"


def test_no_second_account_is_made_with_the_old_address(
    db: Database, community: Community, admin: Actor, ann: Actor, old: Actor
) -> None:
    build.merged(db, ann, old, by=admin)
    organisation_id = ann.organisation_id or 0
    with db.transaction(write=False) as tx:
        assert joining.has_account(SYSTEM, tx=tx, email="old@elsewhere.example")
        assert accounts.person_id_by_email(SYSTEM, tx=tx, email="Old@elsewhere.example") == ann.person_id
    asked = joining.Asked("old@elsewhere.example", "A. Other", "", "legal", organisation_id)
    with db.transaction(write=True) as tx, pytest.raises(Conflict):
        joining.ask_proved(SYSTEM, tx=tx, asked=asked)
    with pytest.raises(DomainError), db.transaction(write=True) as tx:
        service.add_person(
            SYSTEM,
            tx=tx,
            email="old@elsewhere.example",
            name="A. Other",
            organisation_id=organisation_id,
            function="legal",
        )
    with db.transaction(write=True) as tx, pytest.raises(NotFound):
        service.reinstate(admin, tx=tx, person_id=old.person_id or 0)


def test_an_invitation_to_the_old_address_is_theirs(
    db: Database, community: Community, admin: Actor, ann: Actor, old: Actor
) -> None:
    lead = community.person()
    team_id = Teams(db).team(lead, access="private")
    wish = Wish("old@elsewhere.example", "member", "legal", "Come.")
    with db.transaction(write=True) as tx:
        before = invitations.invite(lead, tx=tx, team_id=team_id, wish=wish)
    build.merged(db, ann, old, by=admin)
    with db.transaction(write=True) as tx:
        invitations.accept(now(db, ann), tx=tx, invitation_id=before)
        assert teams_of(tx, ann) == [(team_id, "member")]


def teams_of(tx: Tx, who: Actor) -> list[tuple[int, str]]:
    rows = tx.session.execute(
        text(
            "SELECT team_id, role FROM team_member WHERE person_id = :id AND left_at IS NULL ORDER BY team_id"
        ),
        {"id": who.person_id},
    )
    return [(row.team_id, row.role) for row in rows]


def test_merged_twice_it_is_still_one_step_to_the_person(
    db: Database, community: Community, admin: Actor, ann: Actor, old: Actor, visitor: Visitors
) -> None:
    third = community.person("Third Other", email="third@testshire.example")
    build.merged(db, ann, old, by=admin)
    build.merged(db, third, ann, by=admin)
    with db.transaction(write=False) as tx:
        found = answering.addresses_of(SYSTEM, tx=tx, person_id=third.person_id)
        for email in found:
            assert accounts.person_id_by_email(SYSTEM, tx=tx, email=email) == third.person_id
        assert answering.addresses_of(SYSTEM, tx=tx, person_id=ann.person_id) == set()
        assert answering.addresses_of(old, tx=tx, person_id=third.person_id) == set()
    assert len(found) == 3
    browser = visitor().sign_in_as(community, community.person())
    for who in (ann, old):
        answer = browser.get(f"/people/{who.person_id}", status=303)
        assert answer.headers["Location"] == f"/people/{third.person_id}"
    assert "A. Other" not in browser.get("/people?q=other").text


# For whom they act, and what they may.


def test_two_organisations_are_united_with_their_dates_and_chosen_at_the_next_sign_in(
    db: Database, community: Community, visitor: Visitors, admin: Actor, ann: Actor
) -> None:
    old = community.person("A. Other", email="old@elsewhere.example", kind="supplier")
    build.merged(db, ann, old, by=admin)
    with db.transaction(write=False) as tx:
        held = memberships.own(now(db, ann), tx=tx)
    assert {each.kind for each in held} == {"council", "supplier"}
    assert [each.acted_for for each in held if each.kind == "council"] == [True]
    browser = visitor()
    answer = browser.post("/sign-in", email="ann@testshire.example", password=PASSWORD, next="/teams")
    assert answer.headers["Location"] == "/profile/organisation?next=%2Fteams"
    page = browser.follow(answer).text
    assert "Two accounts of yours are one now" in page
    browser.post("/profile/organisation", status=422)
    answer = browser.post("/profile/organisation", organisation=str(ann.organisation_id), next="/teams")
    assert answer.headers["Location"] == "/teams"
    again = visitor().post("/sign-in", email="ann@testshire.example", password=PASSWORD, next="/")
    assert again.headers["Location"] == "/"
    browser.post("/profile/organisation", status=422, organisation=str(ann.organisation_id))


def test_the_same_organisation_is_not_asked_for_and_both_times_stay(
    db: Database, community: Community, visitor: Visitors, admin: Actor, ann: Actor
) -> None:
    with shifted_for_tests_only(3 * 86400):
        twin = community.person("A. Other")
        build.merged(db, twin, ann, by=admin)
        with db.transaction(write=False) as tx:
            present, past = memberships.own(now(db, twin), tx=tx)
        assert present.since < past.since, "the one that began first goes on"
        assert past.until is not None


def test_standings_of_the_closed_account_end_and_are_not_handed_on(
    db: Database, community: Community, visitor: Visitors, admin: Actor, ann: Actor
) -> None:
    old = community.person("B. Member", roles=("board", "librarian", "organisation_admin"))
    build.merged(db, ann, old, by=admin)
    assert not now(db, ann).roles
    page = visitor().get("/board").text
    assert "Who was on it" in page
    assert "Ann Other" in page


# The pages.


def test_an_admin_merges_by_the_pages(
    db: Database, community: Community, visitor: Visitors, admin: Actor, ann: Actor, old: Actor
) -> None:
    Teams(db).team(old, name="Warm homes", access="private")
    browser = visitor().sign_in_as(community, admin)
    find = f"/admin/people/{ann.person_id}/merge"
    assert find in browser.get(f"/people/{ann.person_id}").text
    browser.get(find)
    assert "No other account was found" in browser.get(f"{find}?q=nobody").text
    pair = f"{find}/{old.person_id}"
    for words in ("old@elsewhere.example", "A. Other"):
        assert pair in browser.get(f"{find}?q={words}").text
    page = browser.get(pair).text
    for words in ("old@elsewhere.example", "Lead of Warm homes", "The consortium of Testshire"):
        assert words in page
    browser.post(pair, status=422)
    browser.post(pair, status=422, kept="999999")
    answer = browser.post(pair, kept=str(ann.person_id))
    one = answer.headers["Location"]
    merge_id = int(one.rpartition("/")[2])
    assert "waits for the addresses" in browser.get("/admin").text
    assert "Not yet" in browser.get(one).text
    assert "about to be merged already" in browser.get(pair).text
    assert "about to be merged already" in browser.get(find).text
    browser.post(one, status=422, reason="The same person")
    stranger = visitor()
    for purpose, shown, hidden in (
        (PROVE_KEPT, "o…@elsewhere.example", "old@elsewhere.example"),
        (PROVE_CLOSED, "a…@testshire.example", "ann@testshire.example"),
    ):
        link = f"/merge/{build.token(db, merge_id, purpose)}"
        for _ in range(2):
            question = stranger.get(link).text
            assert shown in question
            assert hidden not in question
        stranger.post(link, status=200)
        stranger.get(link, status=410)
    browser.post(one, status=422, reason="")
    browser.post(one, reason="They moved to us in May.")
    done = browser.get(one).text
    assert "They moved to us in May." in done
    assert re.search(r"Lead of Warm homes", done)
    with db.transaction(write=False) as tx:
        payload = tx.session.scalar(text("SELECT payload FROM event WHERE kind = 'PersonMerged'"))
    assert payload == f'{{"closed_id":{old.person_id},"kept_id":{ann.person_id},"merge_id":{merge_id}}}'
    browser.get(f"/admin/people/{old.person_id}/merge", status=404)
