"""The library's lists: pages without gaps, filters with counts, a fixed number of questions."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.library import service
from cop.library.service import Details
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.build.queries import statements

Visitors = Callable[..., Visitor]


def _many(library: Library, officer: Actor, count: int) -> None:
    received = library.received()
    kinds = ("specification", "lesson", "guide")
    with library.db.transaction(write=True) as tx:
        for number in range(count):
            published = tx.now() - timedelta(minutes=number // 3)
            details = Details(
                title=f"Asset number {number:03}",
                summary="A summary",
                kind=kinds[number % 3],
                category="Workforce" if number % 2 else "Social care",
                audience="public",
                regime="procurement_act_2023" if number % 5 else None,
                owner_id=officer.person_id,
            )
            history = service.History("published", published, published, officer.person_id)
            service.load_asset(
                SYSTEM, tx=tx, details=details, received=received, team_id=None, history=history
            )


def test_the_library_is_paged_without_gaps_and_filtered_with_counts(
    visitor: Visitors, officer: Actor, library: Library
) -> None:
    _many(library, officer, 50)
    stranger = visitor()
    seen: list[str] = []
    address: str | None = "/library"
    while address:
        page = stranger.get(address).text
        seen += re.findall(r"Asset number (\d+)", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = html.unescape(following[1]) if following else None
    assert sorted(seen) == [f"{number:03}" for number in range(50)]
    page = stranger.get("/library?kind=lesson&category=Workforce").text
    assert "9 documents" in page
    shown = re.findall(r'value="(\w+)"(?: checked)?> <span>[^<]+</span> <span class="count">(\d+)', page)
    assert ("lesson", "9") in shown
    assert ("specification", "8") in shown
    assert 'value="lesson" checked' in page
    assert "Nothing has all of these" in stranger.get("/library?kind=template").text


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=WyJ4IiwxXQ", "after=WyIyMDI2LTAxLTAxIiwxXQ", "kind=%7F", "kind=&regime=" + "x" * 500],
)
def test_addresses_nobody_made_show_a_page(query: str, visitor: Visitors) -> None:
    visitor().get(f"/library?{query}")


def test_lists_and_pages_ask_a_fixed_number_of_questions(
    visitor: Visitors, officer: Actor, library: Library, community: Community, db: Database
) -> None:
    stranger, signed_in = visitor(), visitor().sign_in_as(community, officer)
    team_id = library.team(officer, access_mode="open")
    paths = ("/library", f"/teams/{team_id}/library")

    def counts() -> list[int]:
        found = []
        for browser in (stranger, signed_in):
            for path in paths:
                with statements(db) as seen:
                    browser.get(path)
                found.append(len(seen))
        return found

    first = library.published(officer, team_id=team_id)
    library.draft(officer, team_id=team_id)
    before = counts()
    for _ in range(4):
        library.published(officer, team_id=team_id)
        library.draft(officer, team_id=team_id)
    _many(library, officer, 30)
    assert counts() == before
    assert before[0] <= 4
    with statements(db) as seen:
        stranger.get(f"/library/{first}")
    # One of them reads when it was reviewed.
    assert len(seen) <= 8


def test_an_empty_library_teaches(visitor: Visitors, browser: Visitor) -> None:
    assert "Nothing is published yet" in visitor().get("/library").text
    assert "Add the first document" in browser.get("/library").text
