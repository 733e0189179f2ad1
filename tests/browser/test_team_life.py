"""A lead takes a team from forming to closed: by keyboard alone and with JavaScript off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from cop.kernel.access import SYSTEM
from cop.kernel.clock import utc_now
from cop.teams import service as teams
from tests.browser.conftest import PersonPage, Site
from tests.browser.hands import Keys
from tests.browser.person import Person

pytestmark = pytest.mark.browser

PEOPLE = (
    ("facilitator", "facilitator", "finance"),
    ("member", "member", "legal"),
    ("officer", "member", "it"),
)


def day(hands: Keys, field: str, ahead: int) -> None:
    """Type a day so many days from now into a date's three boxes."""
    moment = utc_now() + timedelta(days=ahead)
    for part in ("day", "month", "year"):
        hands.type(hands.page.locator(f"#{field}-{part}"), str(getattr(moment, part)))


def start(lead: Person, hands: Keys) -> str:
    """Start a team; returns its address."""
    lead.go("/teams")
    hands.follow("Start a team")
    hands.type("Name of the team", "Winter gritting")
    hands.type("Question", "How might we buy salt before everybody else does?")
    hands.type("Ambition", "20% off the price of a tonne")
    day(hands, "ambition_by", 60)
    day(hands, "end_date", 30)
    hands.press("Start the team")
    expect(lead.page.get_by_role("heading", level=1)).to_have_text("Winter gritting")
    return lead.page.url.removeprefix(lead.address)


def work(lead: Person, hands: Keys, team: str) -> None:
    """A milestone, something to do, a decision."""
    page = lead.page
    lead.go(f"{team}/timeline")
    hands.follow(page.get_by_role("link", name="Add a milestone").first)
    hands.type("Milestone", "Five depots have said what they need")
    day(hands, "due", 5)
    hands.press("Add the milestone")
    expect(page.get_by_text("The milestone is on the timeline.")).to_be_visible()
    hands.press(page.get_by_role("button", name="Mark as reached"))
    expect(page.get_by_text("The milestone is marked as reached.")).to_be_visible()
    lead.look()
    lead.go(f"{team}/items")
    hands.follow(page.get_by_role("link", name="Add something to do").first)
    hands.type("What has to be done", "Ask the mine for a price in July")
    hands.press("Add it to the list")
    expect(page.get_by_text("It is on the list.")).to_be_visible()
    hands.follow("Record a decision")
    hands.type("What was decided", "We order in July and store it.")
    hands.press("Record the decision")
    expect(page.get_by_text("The decision is recorded.")).to_be_visible()
    lead.look()


def close(lead: Person, hands: Keys, team: str) -> None:
    """Hand over what is open, write the report, close."""
    page = lead.page
    lead.go(f"{team}/steps")
    expect(page.get_by_text("There is 1 now.")).to_be_visible()
    hands.follow("Go to the list")
    hands.follow(page.get_by_role("link", name="Hand over Ask the mine"))
    hands.type("Who takes it", "Maria Lopez, the consortium")
    hands.press("Hand it over")
    expect(page.get_by_text("The item is handed over.")).to_be_visible()
    lead.go(f"{team}/steps")
    lead.look()
    hands.follow(page.get_by_role("link", name="Write the report").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Closing report")
    draft = page.get_by_role("textbox", name="Closing report").input_value()
    assert "Five depots have said what they need" in draft
    assert "We order in July and store it." in draft
    assert "Maria Lopez, the consortium" in draft
    hands.type("Closing report", "# What came of it\n\nSalt cost 22% less.\n")
    hands.press("Save the report")
    expect(page.get_by_text("The closing report is saved.")).to_be_visible()
    hands.follow("Close the team")
    expect(page.get_by_role("heading", level=1)).to_have_text("Close the team")
    lead.look()
    hands.press("Close the team")


def test_a_lead_takes_a_team_from_forming_to_closed(site: Site, person_page: PersonPage) -> None:
    lead = person_page("lead", js=False)
    hands = Keys(lead.page)
    team = start(lead, hands)
    number = int(team.rsplit("/", 1)[1])
    expect(lead.page.get_by_text("Before the work can start")).to_be_visible()
    with site.db.transaction(write=True) as tx:
        for who, role, function in PEOPLE:
            person_id = site.world.actors[who].person_id or 0
            teams.add_member(SYSTEM, tx=tx, team_id=number, person_id=person_id, role=role, function=function)
    lead.go(team)
    hands.follow("Start the work")
    expect(lead.page.get_by_role("heading", level=1)).to_have_text("Start the work")
    lead.look()
    hands.press("Start the work")
    expect(lead.page.get_by_text("The team is at work.")).to_be_visible()
    work(lead, hands, team)
    lead.go(f"{team}/steps")
    hands.follow("Start finishing")
    hands.press("Start finishing")
    expect(lead.page.get_by_text("The team is finishing.")).to_be_visible()
    close(lead, hands, team)
    page = lead.page
    expect(page.get_by_text("This team is closed. Everything it wrote can be read")).to_be_visible()
    for words in ("Salt cost 22% less.", "We order in July and store it.", "To Maria Lopez, the consortium"):
        expect(page.get_by_text(words).first).to_be_visible()
    lead.look()
    stranger = person_page(js=False)
    stranger.go(team)
    expect(stranger.page.get_by_text("Salt cost 22% less.")).to_be_visible()
    for path in ("/items/new", "/timeline/new", "/report", "/charter"):
        with lead.expecting(403):
            lead.go(f"{team}{path}", status=403)
