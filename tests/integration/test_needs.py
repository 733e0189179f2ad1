"""What needs somebody: by due date across teams, the same number in the header, and one statement for all of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from cop.accounts import joining
from cop.accounts import queries as accounts
from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.clock import shifted_for_tests_only, utc_now
from cop.kernel.db import Database
from cop.mail import links
from cop.mail import service as mail
from cop.notifications import queries
from cop.notifications import service as seen_all
from cop.notifications.needs import NEEDS
from cop.teams import closing, hand_over, invitations, open_items, requests, timeline
from cop.teams.invitations import Wish
from cop.teams.report_words import QUESTION
from cop.web.dates import in_london
from tests.build.community import Community
from tests.build.joining import Inviting
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.teams import Teams

Visit = Callable[..., Visitor]
TODAY = in_london(utc_now())


def days(count: int) -> timedelta:
    return timedelta(days=count)


def needs(db: Database, actor: Actor) -> list[str]:
    """What needs somebody, which the header counts alike."""
    with db.transaction(write=False) as tx:
        found = NEEDS.of(actor, tx=tx, today=TODAY)
        counted = queries.header_counts(actor, tx=tx, today=TODAY)[1]
    assert counted == len(found), found
    return [need.title for need in found]


def item(db: Database, team_id: int, title: str, *, owner: Actor | None, due: int | None = None) -> int:
    with db.transaction(write=True) as tx:
        return open_items.load(
            SYSTEM,
            tx=tx,
            team_id=team_id,
            title=title,
            owner_id=owner.person_id if owner else None,
            due=None if due is None else TODAY + days(due),
        )


def milestone(db: Database, lead: Actor, team_id: int, title: str, due: int) -> int:
    with db.transaction(write=True) as tx:
        return timeline.add_milestone(lead, tx=tx, team_id=team_id, title=title, due=TODAY + days(due))


def test_what_needs_somebody_comes_by_due_date_across_their_teams(
    visitor: Visit, db: Database, community: Community, teams: Teams
) -> None:
    lead, tom = community.person("Amira Khan"), community.person("Tom Doyle")
    one = teams.team(lead, members=[(tom, "member", "legal")], end_date=TODAY - days(3), name="Late team")
    two = teams.team(tom, access="private", members=[(lead, "facilitator", "legal")])
    item(db, one, "In five days", owner=lead, due=5)
    item(db, two, "No day", owner=lead)
    item(db, two, "Yesterday", owner=lead, due=-1)
    item(db, one, "Not yours", owner=tom, due=0)
    item(db, one, "Nobody has it", owner=None, due=1)
    item(db, two, "Not of a team you lead", owner=None, due=1)
    soon = milestone(db, lead, one, "Next week", 7)
    milestone(db, lead, one, "Next year", 300)
    milestone(db, tom, two, "Not led by you", 2)
    late = "Close Late team, or ask the board to move its end date"
    assert needs(db, lead) == [late, "Yesterday", "Nobody has it", "In five days", "Next week", "No day"]
    assert needs(db, tom) == ["Not yours", "Not of a team you lead", "Not led by you"]
    assert needs(db, community.person()) == []
    browser = visitor().sign_in_as(community, lead)
    page = browser.get("/").text
    titles = re.findall(r'<h2 id="span-\d">([^<]+)</h2>', page)
    assert titles == ["Late", "Within a week", "Later", "No date"]
    assert 'What needs me <b class="n">6</b>' in page
    assert 'What needs me <b class="n">6</b>' in browser.get("/library").text
    with db.transaction(write=True) as tx:
        timeline.reach_milestone(lead, tx=tx, team_id=one, milestone_id=soon)
    assert "Next week" not in needs(db, lead)


def test_who_waits_to_be_let_in_needs_the_admin_of_that_organisation(
    visitor: Visit, db: Database, community: Community
) -> None:
    visitor()
    admin = community.person(roles=("organisation_admin",))
    elsewhere = community.person(organisation="Elsewhere", roles=("organisation_admin",))
    runs = community.person(kind="central", roles=("platform_admin",))
    for name in ("ann", "bob"):
        with db.transaction(write=True) as tx:
            asked = joining.Asked(
                f"{name}@testshire.example", "Given New", "Buyer", "legal", admin.organisation_id or 0
            )
            joining.ask(ANONYMOUS, tx=tx, asked=asked)
            number = tx.session.execute(text("SELECT max(id) FROM registration")).scalar_one()
            mail_id = mail.queue(SYSTEM, tx=tx, purpose=joining.PROVE, subject_id=number)
            token = links.mint(tx, mail_id=mail_id, lives=timedelta(hours=1))
        with db.transaction(write=True) as tx:
            joining.prove(ANONYMOUS, tx=tx, token=token)
    says = f"2 people wait to be let in at {admin.organisation_name}"
    assert needs(db, admin) == [says]
    assert needs(db, runs) == [says]
    assert needs(db, elsewhere) == []
    assert needs(db, community.person()) == []


def test_what_joining_asks_of_people(
    visitor: Visit, db: Database, community: Community, teams: Teams
) -> None:
    visitor()
    lead, tom = community.person(), community.person("Tom Doyle", email="tom@testshire.example")
    asker, other = community.person(), community.person(email="other@testshire.example")
    number = teams.team(lead, members=[(tom, "member", "legal")], name="The team")
    inviting = Inviting(db, lead)
    invited = inviting.invite(number, Wish("other@testshire.example", "member", "hr"))
    inviting.use(inviting.invite(number, Wish("third@testshire.example", "member", "hr")), asker)
    with db.transaction(write=True) as tx:
        request = requests.ask(asker, tx=tx, team_id=number, note="")
        place = tx.session.execute(
            text("SELECT id FROM team_member WHERE person_id = :id"), {"id": tom.person_id}
        ).scalar_one()
        hand_over.offer(lead, tx=tx, team_id=number, member_id=place)
        offer = tx.session.execute(text("SELECT max(id) FROM team_lead_offer")).scalar_one()
        asker_line = accounts.lines_by_id(lead, tx=tx, person_ids=[asker.person_id or 0])[
            asker.person_id or 0
        ]
    waits = "Somebody you invited to The team uses another address"
    asks = f"{asker_line.name}, {asker_line.organisation_name}, asks to join The team"
    assert needs(db, lead) == [waits, asks], "the longest waiting first"
    assert needs(db, tom) == ["You are offered the lead of The team"]
    assert needs(db, other) == ["You are invited to The team"]
    assert needs(db, asker) == []
    assert needs(db, replace(lead, held_back=True)) == [], "whose powers are held back is asked to use none"
    for actor, path in (
        (lead, f"/teams/{number}/joining/requests/{request}"),
        (tom, f"/lead-offers/{offer}"),
        (other, f"/invitations/{invited}"),
    ):
        browser = visitor().sign_in_as(community, actor)
        assert f'href="{path}"' in browser.get("/").text
        browser.get(path)
    with shifted_for_tests_only(90 * 24 * 3600):
        assert needs(db, other) == []
    with db.transaction(write=True) as tx:
        requests.decline(lead, tx=tx, request_id=request, answer="Full")
        hand_over.turn_down(tom, tx=tx, offer_id=offer)
        invitations.withdraw(lead, tx=tx, invitation_id=invited)
    assert needs(db, lead) == [waits]
    assert needs(db, tom) == needs(db, other) == []


def test_what_needs_somebody_stays_first_in_the_inbox_until_it_is_done(
    visitor: Visit, db: Database, community: Community, teams: Teams
) -> None:
    lead, asker = community.person(), community.person("Tom Doyle", email="tom@testshire.example")
    number = teams.team(lead, name="The team")
    guest = visitor().sign_in_as(community, asker)
    assert "Ask to join" in guest.get(f"/teams/{number}").text
    with db.transaction(write=True) as tx:
        request = requests.ask(asker, tx=tx, team_id=number, note="")
    page = guest.get(f"/teams/{number}").text
    assert "You asked to join today." in page
    assert "Ask to join" not in page
    browser = visitor().sign_in_as(community, lead)
    assert "Since today. You decide who comes in" in browser.get("/").text
    for _ in range(3):
        with db.transaction(write=True) as tx:
            seen_all.mark_all_seen(lead, tx=tx)
        page = browser.get("/inbox").text
        assert page.index(">Needs you<") < page.index("Tom Doyle, ")
        assert ">Today<" not in page
    with db.transaction(write=True) as tx:
        requests.decline(lead, tx=tx, request_id=request, answer="Full")
    assert "Needs you" not in browser.get("/inbox").text
    found = browser.get(f"/teams/{number}/people/add?q=zzz").text
    assert f'href="/teams/{number}/joining/invite"' in found


def test_a_finishing_team_needs_its_report_from_whoever_leads_it(
    db: Database, community: Community, teams: Teams
) -> None:
    lead, tom = community.person(), community.person("Tom Doyle")
    number = teams.team(lead, members=[(tom, "member", "legal")], status="finishing", name="The team")
    says = "Write the closing report of The team"
    assert needs(db, lead) == [says]
    assert needs(db, tom) == []
    for version, (words, found) in enumerate(((f"{QUESTION} why?", [says]), ("We halved it.", []))):
        report = closing.typed(words)
        with db.transaction(write=True) as tx:
            closing.save_report(lead, tx=tx, team_id=number, report=report, base_version=version)
        assert needs(db, lead) == found


def test_the_header_asks_once_whatever_there_is(
    visitor: Visit, db: Database, community: Community, teams: Teams
) -> None:
    lead = community.person()
    browser = visitor().sign_in_as(community, lead)

    def asked(path: str) -> int:
        with statements(db) as seen:
            browser.get(path)
        return len(seen)

    first = teams.team(lead)
    item(db, first, "First", owner=lead)
    milestone(db, lead, first, "First", 1)
    before = {
        path: asked(path) for path in ("/", "/cookies", f"/teams/{first}/items", f"/teams/{first}/timeline")
    }
    for number in range(5):
        item(db, first, f"More {number}", owner=lead, due=number)
        milestone(db, lead, first, f"More {number}", number)
    assert {path: asked(path) for path in before} == before
    # Whose session it is, and all numbers of the header.
    assert before["/cookies"] == 2
