"""Numbers and moments no row can have, typed into addresses and hidden fields: never a fault of the program."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest

from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.kernel.paging import Position, encode
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.teams import Teams

Visit = Callable[..., Visitor]

HUGE = 2**62
NOON = "2026-11-02T12:00:00+00:00"
POSITIONS: tuple[tuple[str, Position], ...] = (
    ("/teams", (0, "2026-01-01", HUGE)),
    ("/teams", (HUGE, "2026-01-01", 1)),
    ("/teams", (0, "0001-01-01", 1)),
    ("/library", (NOON, HUGE)),
    ("/library", ("0001-01-01T00:00:00+14:00", 1)),
    ("/library", ("9999-12-31T23:00:00-14:00", 1)),
    ("/library", ("2026-11-02T12:00:00", 1)),
    ("/teams/{team}/library", ("0001-01-01T00:00:00+14:00", 1)),
    ("/teams/{team}/threads", (NOON, HUGE)),
    ("/teams/{team}/threads", ("0001-01-01T00:00:00+14:00", 1)),
    ("/search?q=care", ("asset", HUGE, 1, 1)),
)


@pytest.fixture
def officer(community: Community) -> Actor:
    """Somebody who leads a team."""
    return community.person("Amira Khan")


def test_no_row_has_so_large_an_id(visitor: Visit, community: Community, officer: Actor) -> None:
    browser = visitor().sign_in_as(community, officer)
    for number in (2**31, 2**63, 10**30):
        for kind in ("people", "organisations", "teams", "threads", "posts", "library"):
            browser.get(f"/{kind}/{number}", status=404)


def test_a_page_after_nowhere_is_a_page(
    db: Database, visitor: Visit, community: Community, officer: Actor
) -> None:
    team = Teams(db).team(officer)
    browser = visitor().sign_in_as(community, officer)
    for address, position in POSITIONS:
        joint = "&" if "?" in address else "?"
        browser.get(f"{address.format(team=team)}{joint}after={quote(encode(position))}")


@pytest.mark.parametrize("version", ["²", "٣", "-1", "1e3", "9" * 9, "9" * 40, ""])
def test_a_version_of_a_charter_that_never_was(
    db: Database, visitor: Visit, community: Community, officer: Actor, version: str
) -> None:
    team = Teams(db).team(officer)
    browser = visitor().sign_in_as(community, officer)
    browser.get(f"/teams/{team}/charter")
    typed = {"name": "N", "question": "How might we?", "access_mode": "open"}
    begins = {"start_date-day": "2", "start_date-month": "11", "start_date-year": "2026"}
    browser.post(f"/teams/{team}/charter", status=409, base_version=version, **typed, **begins)
