"""What the library's pages say and in which order: a draft, a withdrawn document, errors and filters."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest

from cop.files.outcome import ExtractedText
from cop.kernel.access import Actor
from tests.build.community import Community
from tests.build.library import HIDDEN, Library
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]


def test_a_draft_shows_what_hides_then_what_is_missing_then_the_facts(
    browser: Visitor, officer: Actor, library: Library
) -> None:
    hidden = ExtractedText("searchable", text="x", hidden=HIDDEN)
    asset_id = library.draft(officer, read=hidden)
    page = browser.get(f"/library/{asset_id}").text
    places = [page.index(words) for words in ("Hidden in this document", "Before you publish", "SHA-256")]
    assert places == sorted(places)
    assert re.search(r"<details[^>]*>(?:(?!</details>).)*SHA-256", page, re.S)
    assert "without signing in. Suppliers and the press too." in page
    assert "Publish for anyone to download</button>" in page
    assert 'href="#checked">Hidden content checked</a>' in page


@pytest.mark.parametrize(
    ("audience", "label"), [("network", "Publish to officers"), ("team", "Publish to the team")]
)
def test_the_button_says_for_whom_it_publishes(
    audience: str, label: str, browser: Visitor, officer: Actor, library: Library
) -> None:
    team_id = library.team(officer)
    asset_id = library.draft(officer, team_id=team_id, audience=audience)
    assert f"{label}</button>" in browser.get(f"/library/{asset_id}").text


def test_what_is_to_do_leads_to_its_field(
    browser: Visitor, visitor: Visitors, community: Community, officer: Actor, library: Library
) -> None:
    member = community.person()
    team_id = library.team(officer, member)
    asset_id = library.draft(
        officer, team_id=team_id, licence=None, owner_id=None, regime=None, review_date=None
    )
    page = browser.get(f"/library/{asset_id}").text
    targets = re.findall(rf'<a href="/library/{asset_id}/edit#([^"]+)">(?!Change|Add)', page)
    assert targets == ["licence", "owner", "regime", "review_date-day"]
    edit = browser.get(f"/library/{asset_id}/edit").text
    assert all(f'id="{target}"' in edit for target in [*targets, "audience"])
    # Who may not change it is not sent to a page that refuses them.
    assert "/edit#" not in visitor().sign_in_as(community, member).get(f"/library/{asset_id}").text


def test_an_open_draft_can_ask_whether_its_document_was_read(
    browser: Visitor, visitor: Visitors, community: Community, officer: Actor, library: Library
) -> None:
    asset_id = library.draft(officer, unread=True)
    page = browser.get(f"/library/{asset_id}").text
    assert "We are reading it." in page
    assert "To do" not in page
    assert f'<a href="/library/{asset_id}">Look again</a>' in page
    assert browser.get(f"/library/{asset_id}/reading", status=204).text == ""
    visitor().sign_in_as(community, community.person()).get(f"/library/{asset_id}/reading", status=404)
    library.read(asset_id, ExtractedText("searchable", text="x", hidden=HIDDEN))
    fragment = browser.get(f"/library/{asset_id}/reading").text
    assert "<html" not in fragment
    assert "Hidden in this document" in fragment
    assert "Publish for anyone to download</button>" in fragment
    library.publish(officer, asset_id)
    browser.get(f"/library/{asset_id}/reading", status=404)


def test_the_page_of_what_was_withdrawn_does_not_contradict_itself(
    browser: Visitor, visitor: Visitors, officer: Actor, library: Library
) -> None:
    asset_id = library.withdrawn(officer)
    stranger, manager = (who.get(f"/library/{asset_id}").text for who in (visitor(), browser))
    assert "Nobody can download it any more." in stranger
    assert "Nobody can download it any more, except those who manage it." in manager
    for page in (stranger, manager):
        assert "It was wrong." in page
        for words in ("Who can read it", "Anyone can", "What you may do", "Review by", "review by"):
            assert words not in page
    # A note on a number is a line of its own, so that "0" is not read into it.
    assert re.search(r"0<br><span[^>]*>Shown to those who manage it", manager)


def test_errors_stand_in_the_order_of_the_page_and_without_full_stops(
    browser: Visitor, officer: Actor
) -> None:
    typed = {
        "regime": "",
        "licence": "OGL-UK-3.0",
        "audience": "public",
        "review_date-day": "30",
        "review_date-year": "2027",
    }
    wrong = {
        "title": "",
        "summary": "",
        "kind": "",
        "category": "",
        "owner": "999999",
        "review_date-month": "13",
    }
    page = browser.post("/library/new", status=422, **typed | wrong).text
    summary = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', page[page.index("There is a problem") :])[:6]
    places = [page.index(f'id="{target}"') for target, _ in summary]
    assert len(places) == 6
    assert places == sorted(places)
    assert not [words for _, words in summary if words.endswith(".")]
    # What only the service can know is a sentence with a full stop, and stands beside its field without one.
    right = {
        "title": "T",
        "summary": "S",
        "kind": "guide",
        "category": "Workforce",
        "review_date-month": "11",
    }
    file = (io.BytesIO(b"Words."), "words.txt")
    page = browser.post("/library/new", status=422, file=file, **typed | right | {"owner": "999999"}).text
    assert page.count("Choose an owner from the list") == 2
    assert "Choose an owner from the list." not in page


def test_a_filter_that_cannot_narrow_is_left_out(visitor: Visitors, officer: Actor, library: Library) -> None:
    library.published(officer)
    page = visitor().get("/library").text
    assert "Outcomes specification" in page
    assert 'type="checkbox"' not in page
    library.published(officer, kind="lesson", content=b"Other words.")
    page = visitor().get("/library").text
    assert re.findall(r'type="checkbox" name="(\w+)"', page) == ["kind", "kind"]
    assert '>1<span class="govuk-visually-hidden"> result</span>' in page
    page = visitor().get("/library?category=Social+care").text
    assert re.findall(r'type="checkbox" name="(\w+)"', page) == ["kind", "kind", "category"]
