"""What somebody with two accounts once found: each way in stays shut."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from cop.accounts import domains, joining, memberships, sessions
from cop.accounts import service as accounts
from cop.accounts.forms import is_address
from cop.app import build_worker
from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.db import Database
from cop.kernel.errors import Forbidden, Invalid
from cop.mail import links
from cop.mail import service as mail
from cop.settings import Settings
from cop.teams import guests, invitations, service
from cop.teams import queries as team_queries
from cop.teams.invitations import Wish
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.build.teams import Teams

Visitors = Callable[..., Visitor]
RUTH = "ruth@testshire.example"


def goes_to_a_supplier(db: Database, community: Community, who: Actor) -> None:
    """Somebody leaves their council and still acts for a supplier."""
    supplier = community.organisation("supplier")
    with db.transaction(write=True) as tx:
        memberships.give(SYSTEM, tx=tx, email=RUTH, organisation_id=supplier)
    with db.transaction(write=True) as tx:
        memberships.end(SYSTEM, tx=tx, person_id=who.person_id or 0, organisation_id=who.organisation_id or 0)


def test_who_acts_for_a_supplier_now_runs_no_team(
    visitor: Visitors, db: Database, community: Community, teams: Teams
) -> None:
    visitor()
    ruth, tom = community.person(email=RUTH), community.person()
    team = teams.team(ruth, members=[(tom, "facilitator", "legal")], access="private")
    goes_to_a_supplier(db, community, ruth)
    browser = visitor().sign_in_as(community, ruth)
    browser.get(f"/teams/{team}")
    for page in ("charter", "joining", "lead", "people/add"):
        browser.get(f"/teams/{team}/{page}", status=403)
    browser.post(f"/teams/{team}/joining/invite", status=403, email="x@testshire.example", function="hr")
    # Nobody else could lead it then: a facilitator may give the lead on.
    with db.transaction(write=False) as tx:
        places = {row.person.id: row.id for row in team_queries.members(SYSTEM, tx=tx, team_id=team)}
    desk = visitor().sign_in_as(community, tom)
    desk.post(f"/teams/{team}/people/{places[tom.person_id or 0]}", role="lead", function="legal", title="")


def test_who_acts_for_a_supplier_now_keeps_no_document_of_their_council(
    visitor: Visitors, db: Database, community: Community, library: Library
) -> None:
    visitor()
    ruth = community.person(email=RUTH)
    number = library.published(ruth, audience="network")
    draft = library.draft(ruth)
    goes_to_a_supplier(db, community, ruth)
    browser = visitor().sign_in_as(community, ruth)
    for path in (f"/library/{number}", f"/library/{number}/edit", f"/library/{draft}"):
        browser.get(path, status=404)
    browser.post(f"/library/{number}/withdraw", status=404, reason="Mine")


def test_a_supplier_learns_no_name_by_a_number(visitor: Visitors, community: Community, teams: Teams) -> None:
    visitor()
    lead, sal, hidden = (
        community.person(),
        community.person(kind="supplier"),
        community.person("Yusuf Canaryname"),
    )
    thread = teams.thread(lead, teams.team(lead, members=[(sal, "member", "supplier")]))
    browser = visitor().sign_in_as(community, sal)
    words = f"> @[q](person:{hidden.person_id})"
    for more in ({"preview": "1"}, {}):
        shown = browser.post(f"/threads/{thread}", status=422, body=words, key="k" * 20, **more)
        assert "Canaryname" not in shown.text
    browser.post(f"/threads/{thread}", body=words, key="k" * 20, left="q")
    assert "Canaryname" not in browser.get(f"/threads/{thread}").text
    assert "Canaryname" not in visitor().get(f"/threads/{thread}").text


def test_a_facilitator_takes_no_lead(db: Database, community: Community, teams: Teams) -> None:
    lead, tom, ann = community.person(), community.person(), community.person()
    team = teams.team(lead, members=[(tom, "facilitator", "legal"), (ann, "lead", "hr")])
    with db.transaction(write=False) as tx:
        places = {row.person.id: row.id for row in team_queries.members(SYSTEM, tx=tx, team_id=team)}

    def change(actor: Actor, whose: Actor, role: str) -> None:
        with db.transaction(write=True) as tx:
            service.change_member(
                actor,
                tx=tx,
                team_id=team,
                member_id=places[whose.person_id or 0],
                role=role,
                function="hr",
                title="",
            )

    for whose, role in ((tom, "lead"), (lead, "member"), (ann, "facilitator")):
        with pytest.raises(Forbidden, match="hand over"):
            change(tom, whose, role)
    with pytest.raises(Forbidden), db.transaction(write=True) as tx:
        service.remove_member(tom, tx=tx, team_id=team, member_id=places[lead.person_id or 0])
    change(lead, ann, "member")
    with db.transaction(write=True) as tx:
        accounts.suspend(SYSTEM, tx=tx, person_id=lead.person_id or 0)
    change(tom, tom, "lead")


def test_an_ended_invitation_is_no_window(
    visitor: Visitors, db: Database, community: Community, teams: Teams
) -> None:
    visitor()
    lead, grace = community.person(), community.person(kind="supplier", email=RUTH)
    team = teams.team(lead, access="private", name="Team Canaryname")
    with db.transaction(write=True) as tx:
        number = invitations.invite(lead, tx=tx, team_id=team, wish=Wish(RUTH, "guest", "hr"))
    browser = visitor().sign_in_as(community, grace)
    assert "Canaryname" in browser.get(f"/invitations/{number}").text
    with db.transaction(write=True) as tx:
        invitations.accept(grace, tx=tx, invitation_id=number)
        (guest,) = guests.own(grace, tx=tx, team_id=team)
    assert "Canaryname" in browser.get(f"/invitations/{number}").text
    with db.transaction(write=True) as tx:
        guests.end(lead, tx=tx, team_id=team, guest_id=guest.id)
    assert "Canaryname" not in browser.get(f"/invitations/{number}", status=410).text
    with db.transaction(write=True) as tx:
        again = invitations.invite(lead, tx=tx, team_id=team, wish=Wish(RUTH, "guest", "hr"))
        invitations.withdraw(lead, tx=tx, invitation_id=again)
    assert "Canaryname" not in browser.get(f"/invitations/{again}", status=410).text
    # A number that there never was says the same as a link that was used.
    stranger = visitor()
    pages = [stranger.get(f"/invitations/{each}/abc", status=410).text for each in (number, 99_999)]
    said = [re.findall(r'<p class="lead">[^<]+', page) for page in pages]
    assert said[0]
    assert said[0] == said[1]
    stranger.post("/invitations/99999/abc/decline", status=410)


def test_nobody_changes_a_request_that_was_proved(
    visitor: Visitors,
    db: Database,
    community: Community,
    make_settings: Callable[[str], Settings],
) -> None:
    visitor()
    admin = community.person(roles=("organisation_admin",))
    here, elsewhere = admin.organisation_id or 0, community.organisation("council", "Elsewhere")
    asked: dict[str, Any] = {"email": "lee@somewhere.example", "job": "Buyer", "function": "legal"}
    with db.transaction(write=True) as tx:
        joining.ask(ANONYMOUS, tx=tx, asked=joining.Asked(name="Lee", organisation_id=here, **asked))
        number = tx.session.execute(text("SELECT max(id) FROM registration")).scalar_one()
        mail_id = mail.queue(SYSTEM, tx=tx, purpose=joining.PROVE, subject_id=number)
        token = links.mint(tx, mail_id=mail_id, lives=timedelta(hours=1))
        joining.prove(ANONYMOUS, tx=tx, token=token)
        joining.ask(
            ANONYMOUS, tx=tx, asked=joining.Asked(name="Attacker", organisation_id=elsewhere, **asked)
        )
        (waits,) = joining.waiting(admin, tx=tx, organisation_id=here)
    assert waits.name == "Lee"
    build_worker(make_settings(db.url), db).drain()
    with db.transaction(write=True) as tx:
        assert joining.decide(admin, tx=tx, registration_id=number, approved=True).person_id


def test_an_admin_signs_nobody_out_who_acts_for_another_organisation(
    db: Database, community: Community
) -> None:
    ruth, vicky = (
        community.person(email=RUTH),
        community.person(organisation="Upper Elsewhere", roles=("organisation_admin",)),
    )
    _, hashed = community.session(ruth)
    with db.transaction(write=True) as tx:
        memberships.give(vicky, tx=tx, email=RUTH, organisation_id=vicky.organisation_id or 0)
        memberships.end(
            vicky, tx=tx, person_id=ruth.person_id or 0, organisation_id=vicky.organisation_id or 0
        )
        assert sessions.actor_of(tx, ruth.person_id or 0).organisation_id == ruth.organisation_id
        left = text("SELECT count(*) FROM login_session WHERE token_hash = :it")
        assert tx.session.execute(left, {"it": hashed}).scalar_one() == 1


def test_an_admin_enters_the_domain_of_their_own_address_alone(db: Database, community: Community) -> None:
    vicky = community.person(roles=("organisation_admin",), email="vicky@leeds.gov.uk")
    here = vicky.organisation_id or 0
    with pytest.raises(Invalid, match=r"leeds\.gov\.uk"), db.transaction(write=True) as tx:
        domains.add(vicky, tx=tx, organisation_id=here, domain="manchester.gov.uk")
    runs = community.person(kind="central", roles=("platform_admin",))
    with db.transaction(write=True) as tx:
        domains.add(vicky, tx=tx, organisation_id=here, domain="leeds.gov.uk")
        domains.add(runs, tx=tx, organisation_id=here, domain="manchester.gov.uk")


@pytest.mark.parametrize("address", ["bjørn@leeds.example", "x@ｌｅｅｄｓ.example", "x@bücher.example"])
def test_an_address_outside_ascii_is_refused(address: str) -> None:
    assert not is_address(address)
