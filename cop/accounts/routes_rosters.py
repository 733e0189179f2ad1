"""The platform admin's lists of all people and all organisations: searched, filtered by state, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from cop.accounts import rosters
from cop.accounts.organisations import KIND_WORDS, TEXT_MAX
from cop.kernel.access import PLATFORM_ADMIN, Actor
from cop.kernel.db import Tx
from cop.web.area import Area
from cop.web.templating import page

area = Area("accounts_rosters", __name__, url_prefix="/admin")

ROLE_WORDS = {
    "platform_admin": "platform admin",
    "board": "board",
    "librarian": "librarian",
    "organisation_admin": "admin of an organisation",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: words, a state, and where the page begins."""

    here: str
    text: str
    state: str
    after: str | None

    def address(self, **changed: str | None) -> str:
        """The address of the same question with something else in it."""
        parts = {"q": self.text, "state": self.state} | changed
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{self.here}?{query}" if query else self.here


def _asked(here: str, states: Mapping[str, str]) -> Asked:
    text = " ".join((request.args.get("q") or "").replace("\x00", "").split())[:TEXT_MAX]
    state = request.args.get("state") or ""
    return Asked(here, text, state if state in states else "", request.args.get("after"))


@area.get("/people", access=PLATFORM_ADMIN)
def people(actor: Actor, tx: Tx) -> str:
    """Everybody with an account, and who waits for one."""
    asked = _asked("/admin/people", rosters.PEOPLE_STATES)
    found = rosters.people(actor, tx=tx, text=asked.text, state=asked.state, after=asked.after)
    return page(
        "accounts/admin_people.html",
        asked=asked,
        found=found,
        states=rosters.PEOPLE_STATES,
        role_words=ROLE_WORDS,
    )


@area.get("/organisations", access=PLATFORM_ADMIN)
def organisations(actor: Actor, tx: Tx) -> str:
    """Every organisation there is, with its numbers of people."""
    asked = _asked("/admin/organisations", rosters.BODY_STATES)
    found = rosters.organisations(actor, tx=tx, text=asked.text, state=asked.state, after=asked.after)
    return page(
        "accounts/admin_organisations.html",
        asked=asked,
        found=found,
        states=rosters.BODY_STATES,
        kind_words=KIND_WORDS,
    )
