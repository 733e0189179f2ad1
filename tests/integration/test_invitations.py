"""Invitations, requests to join, and the lead: links by a button and once, the right account, never without a lead."""

from __future__ import annotations

import dataclasses
import html
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import pytest
from sqlalchemy import text

from cop.accounts import domains, joining
from cop.app import build_worker, create_app
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, DomainError, Forbidden, Gone, Invalid, NotFound
from cop.notifications import queries as notices
from cop.settings import Settings
from cop.teams import hand_over, invitations, queries, requests, service
from cop.teams.invitations import Wish
from cop.threads.wiring import register_things
from cop.worker import Worker
from tests.build.community import Community
from tests.build.joining import Inviting
from tests.build.mailbox import Mailbox, mailbox, plain
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.teams import Teams

Visit = Callable[[], Visitor]
INVITE = {"as_what": "member", "function": "legal", "note": "Come, canarynote."}


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server that is up."""
    with mailbox() as made:
        yield made


@pytest.fixture
def settings(db: Database, box: Mailbox, make_settings: Callable[[str], Settings]) -> Settings:
    """A server with that mail server."""
    return dataclasses.replace(make_settings(db.url), smtp_url=box.url, mail_from="cop@testshire.example")


@pytest.fixture
def worker(db: Database, settings: Settings) -> Worker:
    """The worker."""
    return build_worker(settings, db)


@pytest.fixture
def visit(db: Database, settings: Settings, worker: Worker) -> Visit:
    """Somebody's browser."""
    app = create_app(settings, db)
    return lambda: Visitor(app)


@pytest.fixture
def lead(community: Community) -> Actor:
    """Who leads the team."""
    return community.person("Given Lead", email="lead@testshire.example")


@pytest.fixture
def team(db: Database, lead: Actor) -> int:
    """A private team, so that what a letter says matters."""
    register_things()
    return Teams(db).team(lead, access="private", name="Team canaryname")


def link(message: EmailMessage) -> str:
    """The path of the invitation's link."""
    found = re.search(r"http://localhost(/invitations/\S+)", plain(message))
    assert found, plain(message)
    return found[1]


def invite(visit: Visit, community: Community, lead: Actor, team: int, email: str, **changes: str) -> None:
    """The lead invites on the page."""
    visit().sign_in_as(community, lead).post(
        f"/teams/{team}/joining/invite", **{**INVITE, "email": email, **changes}
    )


def people(db: Database, team: int) -> list[str]:
    """Who is on the team."""
    with db.transaction(write=False) as tx:
        return [row.person.name for row in queries.members(SYSTEM, tx=tx, team_id=team)]


def told(db: Database, actor: Actor) -> list[str]:
    """What somebody was told."""
    with db.transaction(write=False) as tx:
        return [each.what.title for each in notices.inbox(actor, tx=tx).rows]


def test_a_stranger_is_invited_makes_an_account_and_is_on_the_team(
    db: Database, visit: Visit, worker: Worker, community: Community, lead: Actor, team: int, box: Mailbox
) -> None:
    with db.transaction(write=True) as tx:
        domains.add(SYSTEM, tx=tx, organisation_id=lead.organisation_id or 0, domain="testshire.gov.uk")
    invite(visit, community, lead, team, "neil@testshire.gov.uk")
    worker.drain()
    (letter,) = box.received
    assert letter["Subject"] == "Given Lead invites you to a team"
    words = plain(letter)
    assert "Given Lead (The council of Testshire) invites you as a member to a team" in " ".join(
        words.split()
    )
    assert "canaryname" not in words + str(letter["Subject"])
    assert "canarynote" not in words
    stranger, path = visit(), link(letter)
    for _ in range(2):
        page = stranger.get(path).text
    assert "canaryname" in page
    assert "canarynote" in page
    form = html.unescape(stranger.get(f"{path}/account").text)
    assert 'value="The council of Testshire"' in form, "the domain says where"
    stranger.post(
        f"{path}/account", status=422, name="", organisation="The council of Testshire", function="legal"
    )
    answer = stranger.post(
        f"{path}/account", name="Neil New", organisation="The council of Testshire", function="legal"
    )
    assert "Welcome" in stranger.follow(answer).text
    assert people(db, team) == ["Given Lead", "Neil New"]
    stranger.get(f"/teams/{team}/people")
    assert told(db, lead) == ["Neil New accepted your invitation"]
    visit().get(path, status=410)


def test_where_an_admin_decides_the_invitation_waits_for_them(
    db: Database, visit: Visit, worker: Worker, community: Community, lead: Actor, team: int, box: Mailbox
) -> None:
    admin = community.person("Given Admin", organisation="Elsewhere", roles=("organisation_admin",))
    invite(visit, community, lead, team, "sue@elsewhere.example")
    invite(visit, community, lead, team, "tim@elsewhere.example")
    worker.drain()
    for message, name in zip(list(box.received), ("Sue New", "Tim New"), strict=True):
        fields = {"name": name, "organisation": "Elsewhere", "function": "legal"}
        page = visit().post(f"{link(message)}/account", status=200, **fields).text
        assert "the invitation waits" in page.lower()
    assert people(db, team) == ["Given Lead"]
    with db.transaction(write=False) as tx:
        waiting = joining.waiting(admin, tx=tx, organisation_id=admin.organisation_id or 0)
    assert [each.name for each in waiting] == ["Sue New", "Tim New"]
    for each, approved in zip(waiting, (True, False), strict=True):
        with db.transaction(write=True) as tx:
            joining.decide(admin, tx=tx, registration_id=each.id, approved=approved)
    worker.drain()
    worker.drain()
    assert people(db, team) == ["Given Lead", "Sue New"]
    with db.transaction(write=False) as tx:
        assert invitations.of_team(lead, tx=tx, team_id=team) == []


def test_a_team_that_closed_does_not_keep_anybody_from_another(
    db: Database,
    visit: Visit,
    worker: Worker,
    community: Community,
    teams: Teams,
    lead: Actor,
    team: int,
    box: Mailbox,
) -> None:
    admin = community.person("Given Admin", organisation="Elsewhere", roles=("organisation_admin",))
    closed = teams.team(lead)
    for each in (closed, team):
        invite(visit, community, lead, each, "sue@elsewhere.example")
    worker.drain()
    for message in list(box.received):
        fields = {"name": "Sue New", "organisation": "Elsewhere", "function": "legal"}
        visit().post(f"{link(message)}/account", status=200, **fields)
    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE team SET status = 'closed' WHERE id = :id"), {"id": closed})
        waiting = joining.waiting(admin, tx=tx, organisation_id=admin.organisation_id or 0)
        joining.decide(admin, tx=tx, registration_id=waiting[0].id, approved=True)
    worker.drain()
    assert "Sue New" in people(db, team)
    assert "Sue New" not in people(db, closed)
    with db.transaction(write=False) as tx:
        assert tx.session.scalar(text("SELECT count(*) FROM delivery")) == 0


def test_an_account_with_the_address_joins_and_twice_pressed_is_once(
    db: Database, visit: Visit, worker: Worker, community: Community, lead: Actor, team: int, box: Mailbox
) -> None:
    ann = community.person("Ann Other", email="ann@testshire.example")
    invite(visit, community, lead, team, "Ann@Testshire.example")
    worker.drain()
    path = link(box.received[0])
    page = visit().get(path).text
    assert "There is an account with this address" in page
    assert f'href="/sign-in?next={path}"' in page
    browser = visit().sign_in_as(community, ann)
    page = browser.get(path).text
    assert "You are signed in as <b>Ann Other</b>" in page
    assert "This account will join" in page
    for _ in range(2):
        assert browser.post(f"{path}/accept").headers["Location"] == f"/teams/{team}"
    assert people(db, team).count("Ann Other") == 1
    browser.get(path, status=410)
    assert told(db, ann) == []


def test_from_the_inbox_it_needs_no_link(
    db: Database, visit: Visit, community: Community, lead: Actor, team: int
) -> None:
    ann = community.person("Ann Other", email="ann@testshire.example")
    invite(visit, community, lead, team, "ann@testshire.example")
    assert told(db, ann) == ["Given Lead invites you to the team “Team canaryname”"]
    browser = visit().sign_in_as(community, ann)
    path = re.search(r'href="(/invitations/\d+)"', browser.get("/inbox").text)
    assert path is not None
    visit().sign_in_as(community, community.person("Somebody Else")).get(path[1], status=404)
    browser.get(path[1])
    browser.post(f"{path[1]}/accept")
    assert "Ann Other" in people(db, team)


def test_a_link_that_was_passed_on_opens_nothing_before_the_lead_agrees(
    db: Database, visit: Visit, worker: Worker, community: Community, lead: Actor, team: int, box: Mailbox
) -> None:
    bob = community.person("Bob Smith", kind="supplier", email="bob@rival.example")
    invite(visit, community, lead, team, "ann@elsewhere.example")
    worker.drain()
    path = link(box.received[0])
    browser = visit().sign_in_as(community, bob)
    page = html.unescape(browser.get(path).text)
    assert "Another account than the one invited" in page
    assert "You are signed in as <b>Bob Smith</b>" in page
    for _ in range(2):
        assert "The team’s lead now confirms" in browser.post(f"{path}/accept", status=200).text
    assert people(db, team) == ["Given Lead"]
    browser.get(f"/teams/{team}", status=404)
    assert told(db, lead) == [
        "Bob Smith used the invitation sent to ann@elsewhere.example: is that who you meant?"
    ]
    visit().get(path, status=410)
    desk = visit().sign_in_as(community, lead)
    assert "Bob Smith" in desk.get(f"/teams/{team}/joining").text
    number = path.split("/")[2]
    desk.post(f"/teams/{team}/joining/invitations/{number}/refuse")
    assert told(db, bob) == ["The team’s lead did not let you in with the invitation you used"]
    desk.post(f"/teams/{team}/joining/invitations/{number}/admit", status=409)
    assert people(db, team) == ["Given Lead"]


def test_withdrawn_expired_and_sent_again(
    db: Database, visit: Visit, worker: Worker, community: Community, lead: Actor, team: int, box: Mailbox
) -> None:
    invite(visit, community, lead, team, "ann@elsewhere.example")
    worker.drain()
    first, desk = link(box.received[0]), visit().sign_in_as(community, lead)
    act = f"/teams/{team}/joining/invitations/{first.split('/')[2]}"
    desk.post(f"/teams/{team}/joining/invite", status=409, **INVITE, email="ann@elsewhere.example")
    desk.post(f"{act}/again")
    worker.drain()
    second = link(box.received[1])
    visit().get(first, status=410)
    visit().get(second)
    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE team_invitation SET expires_at = invited_at"))
    visit().get(second, status=410)
    assert "over since" in desk.get(f"/teams/{team}/joining").text
    desk.post(f"/teams/{team}/joining/invite", **INVITE, email="ann@elsewhere.example")
    worker.drain()
    third = link(box.received[2])
    desk.post(f"/teams/{team}/joining/invitations/{third.split('/')[2]}/withdraw")
    visit().get(third, status=410)
    visit().post(f"{third}/decline", status=410)
    for _ in range(2):
        desk.post(f"{act}/again", status=409)


def test_somebody_without_an_account_can_say_no(
    db: Database, visit: Visit, worker: Worker, community: Community, lead: Actor, team: int, box: Mailbox
) -> None:
    invite(visit, community, lead, team, "ann@elsewhere.example")
    worker.drain()
    path = link(box.received[0])
    assert "You have declined" in visit().post(f"{path}/decline", status=200).text
    assert told(db, lead) == ["ann@elsewhere.example declined your invitation"]
    visit().get(path, status=410)


def test_of_two_who_use_a_link_at_once_one_has_it(
    db: Database, community: Community, lead: Actor, team: int
) -> None:
    inviting = Inviting(db, lead)
    number = inviting.invite(team, Wish("ann@elsewhere.example", "member", "legal"))
    token = inviting.token(number)
    rivals = [community.person(f"Rival Number{each}") for each in range(4)]

    def use(actor: Actor) -> str:
        try:
            with db.transaction(write=True) as tx:
                invitations.accept_by_link(actor, tx=tx, invitation_id=number, token=token)
        except (Gone, Conflict):
            return "gone"
        return "has it"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, rivals)) == ["gone", "gone", "gone", "has it"]


def test_a_link_of_another_invitation_is_worth_nothing(
    db: Database, community: Community, lead: Actor, team: int
) -> None:
    inviting, ann = Inviting(db, lead), community.person(email="ann@testshire.example")
    mine = inviting.invite(team, Wish("ann@testshire.example", "guest", "legal"))
    theirs = inviting.invite(team, Wish("bob@testshire.example", "member", "legal"))
    token = inviting.token(mine)
    with pytest.raises(Gone), db.transaction(write=True) as tx:
        invitations.accept_by_link(ann, tx=tx, invitation_id=theirs, token=token)


def test_whoever_runs_no_team_invites_nobody_and_not_to_anothers_thread(
    db: Database, community: Community, lead: Actor, team: int
) -> None:
    elsewhere, teams = community.person("Lead Elsewhere"), Teams(db)
    theirs = teams.thread(elsewhere, teams.team(elsewhere), "Words")
    wish = Wish("ann@elsewhere.example", "guest", "legal", thing="thread", thing_id=theirs)
    for actor, wanted in ((elsewhere, dataclasses.replace(wish, thing=None)), (lead, wish)):
        with pytest.raises(DomainError), db.transaction(write=True) as tx:
            invitations.invite(actor, tx=tx, team_id=team, wish=wanted)


def test_the_desk_asks_the_same_number_of_queries_however_many_there_are(
    db: Database, visit: Visit, community: Community, lead: Actor, team: int
) -> None:
    inviting, desk = Inviting(db, lead), visit().sign_in_as(community, lead)
    thread = Teams(db).thread(lead, team, "Words")

    def add(many: int, start: int) -> None:
        for number in range(start, start + many):
            wish = Wish(f"p{number}@elsewhere.example", "guest", "legal", thing="thread", thing_id=thread)
            inviting.invite(team, wish)
            guest = community.person(email=f"g{number}@elsewhere.example")
            inviting.guest(guest, f"g{number}@elsewhere.example", team, thread)

    counts = []
    for start, many in ((0, 1), (1, 6)):
        add(many, start)
        with statements(db) as asked:
            desk.get(f"/teams/{team}/joining")
        counts.append(len(asked))
    assert counts[0] == counts[1]


# Asking to join.


def test_asking_is_answered_with_a_role_or_with_a_word(
    db: Database, visit: Visit, community: Community, lead: Actor
) -> None:
    team = Teams(db).team(lead, name="Open Team")
    ann, bob = community.person("Ann Other"), community.person("Bob Smith", kind="supplier")
    desk = visit().sign_in_as(community, lead)
    for actor in (ann, bob):
        browser = visit().sign_in_as(community, actor)
        assert f'href="/teams/{team}/ask"' in browser.get(f"/teams/{team}").text
        browser.get(f"/teams/{team}/ask")
        browser.post(f"/teams/{team}/ask", note="I know the numbers.")
        browser.post(f"/teams/{team}/ask", status=409, note="Again.")
        assert "Take it back" in browser.get(f"/teams/{team}/ask").text
    assert len(told(db, lead)) == 2
    paths = re.findall(
        rf'href="(/teams/{team}/joining/requests/\d+)"', desk.get(f"/teams/{team}/joining").text
    )
    assert "I know the numbers." in desk.get(paths[0]).text
    desk.post(f"{paths[1]}/accept", status=422, role="lead", function="legal")
    desk.post(f"{paths[0]}/accept", role="facilitator", function="finance")
    desk.post(f"{paths[0]}/accept", status=409, role="facilitator", function="finance")
    desk.post(f"{paths[1]}/decline", answer="We have our suppliers.")
    assert people(db, team) == ["Given Lead", "Ann Other"]
    assert told(db, ann) == ["You are on the team"]
    assert told(db, bob) == ["Your request to join was declined: We have our suppliers."]
    assert told(db, lead) == []
    visit().sign_in_as(community, ann).get(f"/teams/{team}/ask", status=403)


def test_a_request_that_was_taken_back_asks_nobody(
    db: Database, visit: Visit, community: Community, lead: Actor
) -> None:
    team, ann = Teams(db).team(lead), community.person("Ann Other")
    browser = visit().sign_in_as(community, ann)
    browser.post(f"/teams/{team}/ask", note="")
    browser.post(f"/teams/{team}/ask/withdraw")
    assert told(db, lead) == []
    browser.post(f"/teams/{team}/ask/withdraw", status=404)
    browser.post(f"/teams/{team}/ask", note="")
    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE team SET status = 'closed'"))
    browser.get(f"/teams/{team}/ask", status=403)


def test_what_was_answered_is_told_only_while_the_card_is_seen(
    db: Database, community: Community, lead: Actor
) -> None:
    team, ann = Teams(db).team(lead, name="Team canaryname"), community.person("Ann Other", kind="supplier")
    with db.transaction(write=True) as tx:
        number = requests.ask(ann, tx=tx, team_id=team, note="")
    with db.transaction(write=True) as tx:
        requests.decline(lead, tx=tx, request_id=number, answer="No.")
    assert told(db, ann) == ["Your request to join was declined: No."]
    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE team SET access_mode = 'private'"))
    assert told(db, ann) == []


# Handing over the lead.


def roles(db: Database, team: int) -> dict[str, str]:
    """Who has which role."""
    with db.transaction(write=False) as tx:
        return {row.person.name: row.role for row in queries.members(SYSTEM, tx=tx, team_id=team)}


def place_of(db: Database, team: int, actor: Actor) -> int:
    """Somebody's place on the team."""
    with db.transaction(write=False) as tx:
        rows = queries.members(SYSTEM, tx=tx, team_id=team)
        return next(row.id for row in rows if row.person.id == actor.person_id)


def test_a_member_is_asked_and_a_facilitator_leads_at_once(
    db: Database, visit: Visit, community: Community, lead: Actor
) -> None:
    ann, fay = community.person("Ann Other"), community.person("Fay Smith")
    team = Teams(db).team(lead, members=[(ann, "member", "legal"), (fay, "facilitator", "finance")])
    boss, browser = visit().sign_in_as(community, lead), visit().sign_in_as(community, ann)
    boss.get(f"/teams/{team}/lead")
    boss.post(f"/teams/{team}/lead", status=422, member="")
    boss.post(f"/teams/{team}/lead", member=str(place_of(db, team, ann)))
    assert roles(db, team)["Given Lead"] == "lead", "kept until it is taken"
    path = re.search(r'href="(/lead-offers/\d+)"', browser.get("/inbox").text)
    assert path is not None
    browser.get(path[1])
    boss.get(path[1], status=404)
    browser.post(f"{path[1]}/take")
    browser.post(f"{path[1]}/take", status=409)
    assert roles(db, team) == {"Given Lead": "member", "Ann Other": "lead", "Fay Smith": "facilitator"}
    assert told(db, lead) == ["Ann Other leads the team now"]
    browser.post(f"/teams/{team}/lead", member=str(place_of(db, team, fay)))
    assert roles(db, team) == {"Given Lead": "member", "Ann Other": "facilitator", "Fay Smith": "lead"}
    assert told(db, fay)[0].startswith("You lead the team")


def test_an_offer_that_does_not_stand_any_more_changes_nothing(
    db: Database, community: Community, lead: Actor
) -> None:
    ann, bob = community.person("Ann Other"), community.person("Bob Smith", kind="supplier")
    team = Teams(db).team(lead, members=[(ann, "member", "legal"), (bob, "member", "supplier")])
    with pytest.raises(Invalid, match="cannot lead"), db.transaction(write=True) as tx:
        hand_over.offer(lead, tx=tx, team_id=team, member_id=place_of(db, team, bob))
    with pytest.raises(Forbidden), db.transaction(write=True) as tx:
        hand_over.offer(ann, tx=tx, team_id=team, member_id=place_of(db, team, ann))
    with db.transaction(write=True) as tx:
        hand_over.offer(lead, tx=tx, team_id=team, member_id=place_of(db, team, ann))
        offer = hand_over.own_open(lead, tx=tx, team_id=team)
    assert offer is not None
    with db.transaction(write=True) as tx:
        service.remove_member(lead, tx=tx, team_id=team, member_id=place_of(db, team, ann))
    with pytest.raises(Gone), db.transaction(write=True) as tx:
        hand_over.take(ann, tx=tx, offer_id=offer.id)
    assert roles(db, team)["Given Lead"] == "lead"
    assert told(db, ann) == []


def test_two_offers_taken_at_once_leave_one_lead(db: Database, community: Community, lead: Actor) -> None:
    second = community.person("Second Lead")
    ann = community.person("Ann Other")
    team = Teams(db).team(lead, members=[(second, "lead", "finance"), (ann, "member", "legal")])
    offers = []
    for giver in (lead, second):
        with db.transaction(write=True) as tx:
            hand_over.offer(giver, tx=tx, team_id=team, member_id=place_of(db, team, ann))
            offer = hand_over.own_open(giver, tx=tx, team_id=team)
            assert offer is not None
            offers.append(offer.id)

    def take(number: int) -> str:
        try:
            with db.transaction(write=True) as tx:
                hand_over.take(ann, tx=tx, offer_id=number)
        except DomainError:
            return "refused"
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, offers)) == ["refused", "taken"]
    assert sorted(roles(db, team).values()) == ["lead", "lead", "member"]


def test_a_request_taken_back_too_late_undoes_no_acceptance(
    db: Database, community: Community, lead: Actor
) -> None:
    team, ann = Teams(db).team(lead), community.person("Ann Other")
    with db.transaction(write=True) as tx:
        number = requests.ask(ann, tx=tx, team_id=team, note="")

    def take_back() -> None:
        with db.transaction(write=True) as tx:
            requests.take_back(ann, tx=tx, team_id=team)

    with ThreadPoolExecutor(1) as pool:
        with db.transaction(write=True) as tx:
            requests.accept(lead, tx=tx, request_id=number, role="member", function="legal")
            late = pool.submit(take_back)
            time.sleep(0.5)
        with pytest.raises((Conflict, NotFound)):
            late.result(30)
    with db.transaction(write=False) as tx:
        assert tx.session.scalars(text("SELECT state FROM team_request")).all() == ["accepted"]
