"""A second step from setting it up to turning it off: by keyboard alone and with JavaScript off."""

from __future__ import annotations

import time

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PersonPage, Site
from tests.browser.hands import Keys
from tests.browser.person import Person
from tests.build.community import PASSWORD

pytestmark = pytest.mark.browser

EMAIL = "tess.second@testshire.example"
HERE = "/profile/second-step"
STEP = 30


def begin(person: Person, hands: Keys) -> None:
    """Sign in with the password, as far as that goes."""
    person.go("/sign-in")
    hands.type("Email address", EMAIL)
    hands.type("Password", PASSWORD)
    hands.press("Sign in")
    person.page.wait_for_url(lambda url: not url.endswith("/sign-in"))


def sign_out(person: Person, hands: Keys) -> None:
    """Leave by the profile."""
    person.go("/profile")
    hands.press("Sign out")
    expect(person.page.get_by_text("You have signed out.")).to_be_visible()


def enter_code(person: Person, hands: Keys, code: str, *, works: bool = True) -> None:
    """Type the code of the app on the page that asks for one."""
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Enter your code")
    hands.type("Code from your app", code)
    _answered(person, hands, works=works)


def enter_recovery(person: Person, hands: Keys, code: str, *, works: bool = True) -> None:
    """Open what is for those without their phone, and type one of the codes."""
    field = person.page.get_by_label("Recovery code", exact=True)
    if not field.is_visible():
        hands.reach(person.page.locator("summary", has_text="I do not have my phone"))
        person.page.keyboard.press("Enter")
    hands.type(field, code)
    _answered(person, hands, works=works)


def _answered(person: Person, hands: Keys, *, works: bool) -> None:
    with person.expecting(422):
        hands.press("Sign in")
        if works:
            expect(person.page.get_by_role("link", name="Tess Second")).to_be_visible()
        else:
            expect(person.page.get_by_role("alert")).to_be_visible()
            person.look()


def set_up(person: Person, hands: Keys) -> tuple[pyotp.TOTP, str, list[str]]:
    """From the profile to the codes to keep: the app, the code it showed, and the recovery codes."""
    person.go("/profile")
    hands.follow("Set up a second step")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Set up a second step")
    person.look()
    hands.type("Your password", PASSWORD)
    hands.press("Set up an app")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Set up your app")
    person.look()
    app = pyotp.TOTP(person.page.locator("main code").inner_text().replace(" ", ""))
    code = app.now()
    hands.type("Code that your app shows now", code)
    hands.press("Finish")
    expect(person.page.get_by_text("Your second step is set up.")).to_be_visible()
    person.look()
    return app, code, kept(person, hands)


def kept(person: Person, hands: Keys) -> list[str]:
    """The ten codes on the page, which is left."""
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Keep your recovery codes")
    codes = person.page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    hands.follow("I have kept them")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Your profile")
    return codes


def test_a_second_step_with_its_recovery(site: Site, person_page: PersonPage) -> None:
    site.world.community.person("Tess Second", email=EMAIL)
    person = person_page(js=False)
    hands = Keys(person.page)
    begin(person, hands)
    app, used, codes = set_up(person, hands)

    sign_out(person, hands)
    begin(person, hands)
    enter_code(person, hands, used, works=False)
    # The app's next code counts already: phones and servers are never quite at one.
    enter_code(person, hands, app.at(time.time() + STEP))

    sign_out(person, hands)
    begin(person, hands)
    enter_recovery(person, hands, codes[0])
    sign_out(person, hands)
    begin(person, hands)
    enter_recovery(person, hands, codes[0], works=False)
    enter_recovery(person, hands, codes[1])

    person.go(HERE)
    expect(person.page.get_by_text("8 recovery codes")).to_be_visible()
    hands.follow("Make new recovery codes")
    hands.type("Your password", PASSWORD)
    hands.press("Make new codes")
    new = kept(person, hands)
    assert not set(new) & set(codes)
    sign_out(person, hands)
    begin(person, hands)
    enter_recovery(person, hands, codes[2], works=False)
    enter_recovery(person, hands, new[0])

    person.go(HERE)
    hands.follow("Turn your second step off")
    hands.type("Your password", PASSWORD)
    hands.press("Turn it off")
    expect(person.page.get_by_text("Your second step is turned off.")).to_be_visible()
    sign_out(person, hands)
    begin(person, hands)
    expect(person.page.get_by_role("link", name="Tess Second")).to_be_visible()
