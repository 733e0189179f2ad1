"""One journey, by keyboard, with JavaScript and without: a stranger registers, is let in by the organisation's admin,
is invited to a team, finds what is unread, is mentioned, gets the digest, and stops it.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from cop.accounts import queries as accounts
from cop.kernel.access import SYSTEM
from tests.browser.conftest import PersonPage, Site
from tests.browser.hands import Keys
from tests.browser.person import Person
from tests.browser.test_told import mail_to, say
from tests.build.world import canary

pytestmark = pytest.mark.browser


def link_in(mail: str, path: str) -> str:
    """The path of the one link in a mail that begins like this."""
    found = re.search(rf"https?://[^/\s]+({path}\S*)", mail)
    assert found, mail
    return found[1]


def heading(person: Person, words: str) -> None:
    """The page has come."""
    expect(person.page.get_by_role("heading", level=1)).to_have_text(words)


def register(site: Site, stranger: Person, name: str, email: str) -> None:
    """From the page for signing in to a proved address."""
    hands = Keys(stranger.page)
    stranger.go("/sign-in")
    hands.follow(stranger.page.get_by_role("main").locator("a[href='/register']").first)
    heading(stranger, "Create an account")
    hands.type("Work email address", email)
    hands.type("Full name", name)
    hands.type("Organisation you work for", "The council of Testshire")
    hands.choose("Function you bring", "Legal")
    hands.press("Send me the link")
    heading(stranger, "Look at your email")
    mail, _ = mail_to(site, email, "Confirm")
    stranger.go(link_in(mail, "/register/"))
    hands.press("Yes, this is me")
    heading(stranger, "Your address is confirmed")
    stranger.look()


def approve(site: Site, admin: Person, name: str) -> None:
    """The organisation's admin lets them in, and nobody of another council could."""
    council = site.world.actors["organisation_admin"].organisation_id
    admin.go("/inbox")
    hands = Keys(admin.page)
    admin.go(f"/organisations/{council}/people")
    hands.press(f"Let {name} in")
    expect(admin.page.get_by_text(f"{name} has an account now")).to_be_visible()


def enter(site: Site, person: Person, name: str, email: str) -> None:
    """By the link of the mail that says the account is ready."""
    mail, _ = mail_to(site, email, "is ready")
    person.go(link_in(mail, "/sign-in/link/"))
    heading(person, f"Sign in as {name}")
    Keys(person.page).press("Sign in")
    expect(person.page.get_by_role("link", name=name)).to_be_visible()


def choose_digest(person: Person, how_often: str) -> None:
    """Choose how often; from midnight on, so that the hour has come already."""
    person.go("/profile/notifications")
    hands = Keys(person.page)
    hands.pick(how_often)
    hands.choose("Digest not before", "12am")
    hands.press("Save")
    expect(person.page.get_by_role("status").first).to_be_visible()


def invite(lead: Person, team: int, email: str) -> None:
    """The lead invites them as a member."""
    lead.go(f"/teams/{team}/joining/invite")
    hands = Keys(lead.page)
    hands.type("Email address", email)
    hands.choose("Function the team wants from them", "Legal")
    hands.press("Send the invitation")
    heading(lead, "Invitations and requests")


@pytest.mark.parametrize("js", [True, False], ids=["with JavaScript", "without"])
def test_from_the_street_into_a_team_and_out_of_its_emails(
    site: Site, person_page: PersonPage, js: bool
) -> None:
    name, email = (
        ("Ari Keys", "ari.keys@elsewhere.example") if js else ("Ari Plain", "ari.plain@elsewhere.example")
    )
    place = site.world.places["private"]
    person, admin, lead = (
        person_page(js=js),
        person_page("organisation_admin", js=js),
        person_page("lead", js=js),
    )
    hands = Keys(person.page)
    register(site, person, name, email)
    approve(site, admin, name)
    enter(site, person, name, email)
    # There is one digest a day: it must not go out before there is what this looks for.
    choose_digest(person, "Never")

    invite(lead, place.team, email)
    mail, _ = mail_to(site, email, "invit")
    assert canary("private", "name") not in mail, "a private team is not named in an email"
    person.go(link_in(mail, "/invitations/"))
    heading(person, "You are invited")
    hands.press(f"Accept as {name}")
    expect(person.page.get_by_role("heading", level=1)).to_contain_text(canary("private", "name"))

    thread = site.new_thread("lead", "private", f"For {name}", "First")
    say(site, "member", thread, "Second")
    person.go(f"/teams/{place.team}/threads")
    line = person.page.locator("li", has=person.page.get_by_role("link", name=f"For {name}"))
    expect(line.get_by_text("2 new")).to_be_visible()
    hands.follow(f"For {name}")
    expect(person.page.locator("#new")).to_contain_text("2 new since")
    person.go("/inbox")
    if person.page.get_by_role("button", name="Mark everything as seen").count():
        hands.press("Mark everything as seen")
        expect(person.page.get_by_role("button", name="Mark everything as seen")).to_have_count(0)
    choose_digest(person, "Every day")

    with site.db.transaction(write=False) as tx:
        number = accounts.person_id_by_email(SYSTEM, tx=tx, email=email)
    post = say(site, "lead", thread, f"@[{name}](person:{number}), you decide")
    mail, stop = mail_to(site, email, "Somebody mentioned you")
    assert "you decide" not in mail
    person.go(link_in(mail, "/posts/"))
    expect(person.page.locator(f"#post-{post}")).to_contain_text(f"@{name}, you decide")
    person.go(stop)
    hands.press("Stop these emails")
    heading(person, "You will get no more of these emails")
    person.look()
    person.go("/profile/notifications")
    expect(person.page.get_by_role("radio", name="Never")).to_be_checked()
