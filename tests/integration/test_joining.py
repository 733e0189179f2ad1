"""Joining: nobody learns whether an address is known, links work by a button, and a domain counts once it is proved."""

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

from cop.accounts import domains, joining, service
from cop.app import build_worker, create_app
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, Forbidden, Invalid
from cop.settings import Settings
from cop.worker import Worker
from tests.build.community import Community
from tests.build.mailbox import Mailbox, mailbox, plain
from tests.build.pages import Visitor
from tests.build.queries import statements

Visit = Callable[[], Visitor]
ASKED = {
    "email": "neil.new@testshire.gov.uk",
    "name": "Neil New",
    "organisation": "The council of Testshire",
    "function": "finance",
    "job": "Accountant",
}


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
def admin(community: Community) -> Actor:
    """The admin of the council."""
    return community.person("Olga Admin", roles=("organisation_admin",), email="olga@testshire.gov.uk")


def link(message: EmailMessage) -> str:
    """The path of the one link with a token in a message."""
    found = re.search(r"http://localhost(/(?:register|sign-in/link)/\S+)", plain(message))
    assert found is not None, plain(message)
    return found[1]


def ask(browser: Visitor, **changes: str) -> str:
    """Ask for an account."""
    browser.get("/register")
    return browser.post("/register", status=200, **{**ASKED, **changes}).text


def test_nobody_is_given_a_function_they_did_not_choose(visit: Visit, admin: Actor) -> None:
    browser = visit()
    chosen = re.findall(r'<option value="([^"]*)" selected', browser.get("/register").text)
    assert chosen in ([], [""]), "the first choice says no function"
    assert (
        "Choose the function you bring"
        in browser.post("/register", status=422, **{**ASKED, "function": ""}).text
    )


def signed_in(browser: Visitor) -> bool:
    """Whether the browser has a living session."""
    return "Your profile" in browser.get("/").text


def without_tokens(page: str) -> str:
    """A page without what differs each time it is drawn."""
    return re.sub(r'(nonce|value)="[^"]*"', "", page)


def test_an_address_at_a_known_domain_is_let_in_once_it_is_proved(
    db: Database, visit: Visit, worker: Worker, box: Mailbox, admin: Actor
) -> None:
    with db.transaction(write=True) as tx:
        domains.add(admin, tx=tx, organisation_id=admin.organisation_id or 0, domain="Testshire.gov.uk")
    browser = visit()
    assert "Look at your email" in ask(browser)
    worker.drain()
    path = link(box.received[0])
    # Programs that check emails follow links: looking changes nothing, however often.
    for _ in range(2):
        assert "Neil New" in visit().get(path).text
    assert not signed_in(browser)
    browser.get(path)
    assert "Your account is ready" in browser.follow(browser.post(path)).text
    assert signed_in(browser)
    profile = browser.get("/profile").text
    assert "The council of Testshire" in profile
    assert ">Set a password</a>" in profile
    assert "<h1>Set a password</h1>" in browser.get("/profile/password").text
    browser.get("/teams/new")
    visit().get(path, status=410)


@pytest.mark.parametrize("address", ["neil@sub.testshire.gov.uk", "neil@testshire.gov.uk.example.org"])
def test_a_domain_counts_letter_for_letter(
    db: Database, visit: Visit, worker: Worker, box: Mailbox, admin: Actor, address: str
) -> None:
    with db.transaction(write=True) as tx:
        domains.add(admin, tx=tx, organisation_id=admin.organisation_id or 0, domain="testshire.gov.uk")
    browser = visit()
    ask(browser, email=address)
    worker.drain()
    path = link(box.received[0])
    browser.get(path)
    assert "now decides" in browser.post(path, status=200).text
    assert not signed_in(browser)


def test_a_domain_of_another_organisation_opens_no_door(
    db: Database, visit: Visit, worker: Worker, box: Mailbox, community: Community
) -> None:
    supplier = community.person(kind="supplier", roles=("organisation_admin",), email="sal@testshire.gov.uk")
    with db.transaction(write=True) as tx:
        domains.add(supplier, tx=tx, organisation_id=supplier.organisation_id or 0, domain="testshire.gov.uk")
    community.organisation()
    browser = visit()
    ask(browser)
    worker.drain()
    path = link(box.received[0])
    browser.get(path)
    assert "now decides" in browser.post(path, status=200).text


@pytest.mark.parametrize("approved", [True, False])
def test_who_waits_is_let_in_or_not_by_the_admin_and_told(
    visit: Visit, worker: Worker, box: Mailbox, community: Community, admin: Actor, approved: bool
) -> None:
    browser = visit()
    ask(browser)
    worker.drain()
    path = link(box.received.pop())
    browser.get(path)
    browser.post(path, status=200)
    worker.drain()
    desk = visit().sign_in_as(community, admin)
    assert "Somebody waits to be let in at The council of Testshire" in desk.get("/inbox").text
    place = f"/organisations/{admin.organisation_id}/people"
    page = desk.get(place).text
    assert "neil.new@testshire.gov.uk" in page
    verb = "approve" if approved else "refuse"
    act = re.search(rf'action="({place}/waiting/\d+/{verb})"', page)
    assert act is not None
    desk.post(act[1])
    desk.post(act[1], status=409)
    worker.drain()
    (message,) = box.received
    assert message["To"] == "neil.new@testshire.gov.uk"
    assert "Somebody waits" not in desk.get("/inbox").text
    if approved:
        browser.get(link(message))
        browser.post(link(message))
        assert signed_in(browser)
    else:
        assert "did not agree" in " ".join(plain(message).split())


def test_only_the_own_admin_and_the_platforms_see_who_waits(
    visit: Visit, community: Community, admin: Actor
) -> None:
    place = f"/organisations/{admin.organisation_id}/people"
    others = (
        community.person(),
        community.person(kind="consortium", roles=("organisation_admin",)),
        community.person(roles=("board", "librarian")),
    )
    for other in others:
        browser = visit().sign_in_as(community, other)
        browser.get(place, status=404)
        browser.get("/profile")
        browser.post(f"{place}/domains", status=404, domain="testshire.gov.uk")
    visit().get(place, status=404)
    boss = community.person(kind="central", roles=("platform_admin",))
    assert "Olga Admin" in visit().sign_in_as(community, boss).get(place).text


def test_answer_and_work_are_the_same_for_a_known_address_and_only_its_owner_is_told(
    db: Database, visit: Visit, worker: Worker, box: Mailbox, community: Community
) -> None:
    community.person("Ann Other", email="ann@testshire.gov.uk")
    gone = community.person("Gone Away", email="gone@testshire.gov.uk")
    with db.transaction(write=True) as tx:
        service.suspend(SYSTEM, tx=tx, person_id=gone.person_id or 0)
    browser, pages, work = visit(), [], []
    ask(browser, email="first@testshire.gov.uk")
    for email in ("ann@testshire.gov.uk", "bob@testshire.gov.uk", "gone@testshire.gov.uk"):
        with statements(db) as sent:
            pages.append(without_tokens(ask(browser, email=email).replace(email, "…")))
        work.append(sent)
    assert pages[0] == pages[1] == pages[2]
    assert work[0] == work[1] == work[2]
    worker.drain()
    letters = {each["To"]: each for each in box.received}
    for known in ("ann@testshire.gov.uk", "gone@testshire.gov.uk"):
        assert letters[known]["Subject"] == "You have an account already"
        assert "http://localhost/sign-in/link\n" in plain(letters[known]).replace("\r", "")
        assert "Neil New" not in plain(letters[known]), "a stranger typed that name"
    assert letters["bob@testshire.gov.uk"]["Subject"] == "Confirm your email address"


def test_an_account_that_came_meanwhile_is_not_made_twice(
    db: Database, visit: Visit, worker: Worker, box: Mailbox, community: Community, admin: Actor
) -> None:
    with db.transaction(write=True) as tx:
        domains.add(admin, tx=tx, organisation_id=admin.organisation_id or 0, domain="testshire.gov.uk")
    browser = visit()
    ask(browser)
    worker.drain()
    community.person("Added By Hand", email=ASKED["email"])
    browser.get(link(box.received[-1]))
    browser.post(link(box.received[-1]), status=409)
    assert not signed_in(browser)


def test_asking_while_an_admin_decides_undoes_nothing(
    db: Database, worker: Worker, community: Community, admin: Actor
) -> None:
    asked = joining.Asked("neil@elsewhere.example", "Neil New", "Buyer", "legal", admin.organisation_id or 0)

    def invited() -> None:
        with db.transaction(write=True) as tx:
            joining.ask_proved(SYSTEM, tx=tx, asked=asked)

    invited()
    with ThreadPoolExecutor(1) as pool:
        with db.transaction(write=True) as tx:
            waits = joining.waiting(admin, tx=tx, organisation_id=admin.organisation_id or 0)
            joining.decide(admin, tx=tx, registration_id=waits[0].id, approved=True)
            second = pool.submit(invited)
            time.sleep(0.5)
        with pytest.raises(Conflict, match="There is an account"):
            second.result(30)
    with db.transaction(write=False) as tx:
        assert tx.session.scalars(text("SELECT state FROM registration")).all() == ["approved"]


def test_a_link_signs_in_once_and_leads_on(
    visit: Visit, worker: Worker, box: Mailbox, community: Community
) -> None:
    community.person("Ann Other", email="ann@testshire.gov.uk")
    browser, pages = visit(), []
    for email in ("nobody@testshire.gov.uk", "ann@testshire.gov.uk"):
        browser.get("/sign-in/link?next=/library")
        page = browser.post("/sign-in/link", status=200, email=email, next="/library").text
        pages.append(without_tokens(page.replace(email, "…")))
    assert pages[0] == pages[1]
    worker.drain()
    (message,) = box.received
    path = link(message)
    assert "Sign in as Ann Other" in browser.get(path).text
    assert browser.post(path).headers["Location"] == "/library"
    assert signed_in(browser)
    visit().get(path, status=410)


def test_who_came_by_a_link_sets_a_password_without_the_old_one(
    visit: Visit, worker: Worker, box: Mailbox, community: Community
) -> None:
    community.person("Ann Other", email="ann@testshire.gov.uk")
    browser = visit()
    browser.get("/sign-in/link")
    browser.post("/sign-in/link", status=200, email="ann@testshire.gov.uk", next="/")
    worker.drain()
    browser.get(link(box.received[0]))
    browser.post(link(box.received[0]))
    assert "<h1>Change your password</h1>" in browser.get("/profile/password").text
    assert "Present password" not in browser.get("/profile/password").text
    browser.post("/profile/password", password="correct horse battery")
    assert signed_in(browser)
    elsewhere = visit()
    elsewhere.get("/sign-in")
    elsewhere.post("/sign-in", email="ann@testshire.gov.uk", password="correct horse battery", next="/")
    assert "Present password" in elsewhere.get("/profile/password").text
    elsewhere.post("/profile/password", status=422, current="", password="another long password")
    with shifted_for_tests_only(3601):
        assert "Present password" in browser.get("/profile/password").text
        browser.post("/profile/password", status=422, password="another long password")


def test_a_link_ends_after_an_hour_and_with_the_account(
    db: Database, visit: Visit, worker: Worker, box: Mailbox, community: Community
) -> None:
    community.person("Ann Other", email="ann@testshire.gov.uk")
    for _ in range(2):
        browser = visit()
        browser.get("/sign-in/link")
        browser.post("/sign-in/link", status=200, email="ann@testshire.gov.uk", next="/")
    worker.drain()
    first, second = map(link, box.received)
    with shifted_for_tests_only(3601):
        visit().get(first, status=410)
    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE person SET suspended_at = CURRENT_TIMESTAMP"))
    visit().get(second, status=410)


def test_few_links_go_to_one_address(visit: Visit, community: Community) -> None:
    community.person("Ann Other", email="ann@testshire.gov.uk")
    for email in ("ann@testshire.gov.uk", "nobody@testshire.gov.uk"):
        browser = visit()
        browser.get("/sign-in/link")
        for _ in range(4):
            browser.post("/sign-in/link", status=200, email=email, next="/")
        browser.post("/sign-in/link", status=429, email=email, next="/")


def test_asking_again_makes_the_first_link_worthless(
    visit: Visit, worker: Worker, box: Mailbox, admin: Actor
) -> None:
    browser = visit()
    for name in ("Neil Joke", "Neil New"):
        ask(browser, name=name)
        worker.drain()
    first, second = map(link, box.received)
    visit().get(first, status=410)
    assert "Neil New" in visit().get(second).text


@pytest.mark.parametrize(
    "typed", ["", "gmail.com", "gov.uk", "not a domain", "-a.gov.uk", "a..gov.uk", "x" * 200 + ".uk", "uk"]
)
def test_a_domain_that_proves_nothing_is_refused(
    visit: Visit, community: Community, admin: Actor, typed: str
) -> None:
    desk = visit().sign_in_as(community, admin)
    place = f"/organisations/{admin.organisation_id}/people"
    desk.get(place)
    assert typed in html.unescape(desk.post(f"{place}/domains", status=422, domain=typed).text)


def test_a_domain_belongs_to_one_organisation_and_can_be_taken_away(
    db: Database, visit: Visit, community: Community, admin: Actor
) -> None:
    desk = visit().sign_in_as(community, admin)
    place = f"/organisations/{admin.organisation_id}/people"
    desk.get(place)
    desk.post(f"{place}/domains", domain="ann@testshire.gov.uk")
    other = community.person(kind="consortium", roles=("organisation_admin",), email="oz@testshire.gov.uk")
    with pytest.raises(Invalid, match="one"), db.transaction(write=True) as tx:
        domains.add(other, tx=tx, organisation_id=other.organisation_id or 0, domain="testshire.gov.uk")
    act = re.search(rf'action="({place}/domains/\d+/remove)"', desk.get(place).text)
    assert act is not None
    desk.post(act[1])
    assert "Remove testshire.gov.uk" not in desk.get(place).text


def test_a_leavers_access_ends_at_once_and_only_of_the_own_organisation(
    visit: Visit, community: Community, admin: Actor
) -> None:
    ann = community.person("Ann Other")
    desk, browser = visit().sign_in_as(community, admin), visit().sign_in_as(community, ann)
    place = f"/organisations/{admin.organisation_id}/people"
    browser.get("/profile")
    desk.get(f"{place}/{ann.person_id}/leave")
    desk.post(f"{place}/{ann.person_id}/leave")
    browser.get("/profile", status=404)
    assert "access ended" in desk.get(place).text
    stranger = community.person(kind="consortium")
    desk.post(f"{place}/{stranger.person_id}/leave", status=404)
    boss = community.person(roles=("platform_admin",))
    desk.post(f"{place}/{boss.person_id}/leave", status=403)
    desk.post(f"{place}/{admin.person_id}/leave", status=403)


def test_standings_are_given_and_taken_by_the_platform_admin(
    db: Database, visit: Visit, community: Community
) -> None:
    boss = community.person(kind="central", roles=("platform_admin",))
    ann, supplier = community.person("Ann Other"), community.person(kind="supplier")
    desk = visit().sign_in_as(community, boss)
    where = f"/admin/people/{ann.person_id}/roles"
    desk.get(where)
    desk.post(where, roles=["board", "organisation_admin"])
    assert "Member of the board" in desk.get(f"/people/{ann.person_id}").text
    assert re.search(r'value="board"[^>]*checked', desk.get(where).text)
    desk.post(where, roles=["organisation_admin"])
    assert "Member of the board" not in desk.get(f"/people/{ann.person_id}").text
    desk.post(f"/admin/people/{supplier.person_id}/roles", status=422, roles=["board"])
    desk.post(f"/admin/people/{boss.person_id}/roles", status=422, roles=[])
    desk.post(where, status=422, roles=["king"])
    with pytest.raises(Forbidden), db.transaction(write=True) as tx:
        service.set_roles(ann, tx=tx, person_id=ann.person_id or 0, roles=["platform_admin"])
    with db.transaction(write=False) as tx:
        kinds = tx.session.scalars(text("SELECT kind FROM event WHERE kind LIKE 'Role%' ORDER BY id")).all()
    assert kinds[-3:] == ["RoleGiven", "RoleGiven", "RoleTaken"]
