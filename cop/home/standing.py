"""The pages every service owes its readers: accessibility, cookies, privacy, terms, contact.

What they say is what the program does. Whoever changes what is stored, for how long or who reads it changes them too;
names and times that are settings are read from the settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cop.accounts import known_browser
from cop.accounts.passwords import MIN_LENGTH
from cop.accounts.throttle import WINDOW
from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.settings import Settings
from cop.web.actor import cookie_name
from cop.web.area import Area
from cop.web.edge import edge
from cop.web.security import page_cookie_name
from cop.web.templating import page

area = Area("standing", __name__)

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie we set: its name in the browser, what for, and when it goes."""

    name: str
    purpose: str
    ends: str


def count(number: int, noun: str) -> str:
    """ "1 day", "14 days"."""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def cookies_set(settings: Settings) -> tuple[Cookie, ...]:
    """All cookies of this server; a test compares them with those that browsers are sent."""
    idle, longest = settings.session_idle // 3600, settings.session_absolute // 86400
    return (
        Cookie(
            cookie_name(settings),
            "Keeps you signed in. It holds a random number and nothing about you. It is set only when you sign in.",
            f"When you sign out, and after {count(longest, 'day')} in any case. It stops working after "
            f"{count(idle, 'hour')} without use.",
        ),
        Cookie(
            page_cookie_name(settings),
            "Proves that a form you send comes from a page of ours, and carries a short message such as “Your reply "
            "was posted” to the next page. It is set when a page has a form that changes something.",
            "When you close your browser.",
        ),
        Cookie(
            known_browser.cookie_name(settings),
            "Remembers that you signed in from this browser before, so that you can still sign in when somebody else "
            f"tries to guess your password. It names the last {known_browser.MOST_ACCOUNTS} accounts that signed in "
            "here, scrambled so that only we can recognise them. It is set only when you sign in, and signs nobody in.",
            f"{count(known_browser.LIFETIME // 86400, 'day')} after you last signed in. Signing out leaves it there.",
        ),
    )


@area.get("/accessibility", access=PUBLIC)
def accessibility(actor: Actor, tx: Tx) -> str:
    """The accessibility statement, after the model that GOV.UK publishes for public bodies."""
    return page("home/accessibility.html", contact=edge().settings.contact)


@area.get("/cookies", access=PUBLIC)
def cookies(actor: Actor, tx: Tx) -> str:
    """Which cookies there are."""
    return page("home/cookies.html", cookies=cookies_set(edge().settings))


@area.get("/privacy", access=PUBLIC)
def privacy(actor: Actor, tx: Tx) -> str:
    """What is stored about people, who can read it, and for how long."""
    return page(
        "home/privacy.html",
        contact=edge().settings.contact,
        session_ends=count(edge().settings.session_absolute // 86400, "day"),
        failures=count(WINDOW // MINUTE, "minute"),
    )


@area.get("/terms", access=PUBLIC)
def terms(actor: Actor, tx: Tx) -> str:
    """What people may do here and with what they find."""
    return page("home/terms.html", password_length=MIN_LENGTH)


@area.get("/contact", access=PUBLIC)
def contact(actor: Actor, tx: Tx) -> str:
    """Whom to ask about what."""
    return page("home/contact.html", contact=edge().settings.contact)
