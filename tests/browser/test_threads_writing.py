"""Writing in a thread: where the focus goes, what is heard and quoted, and that no link takes what is typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.conftest import Site
from tests.browser.person import Person
from tests.build.teams import Teams

pytestmark = pytest.mark.browser

PersonPage = Callable[..., Person]

BOX = "textarea[name=body]"
LONG = "\n\n".join(
    f"Paragraph {number} of a long post that nobody wants to read twice." for number in range(30)
)
SELECT = """(words) => {
  const prose = [...document.querySelectorAll(".prose")].find((each) => each.textContent.includes(words));
  const text = [...prose.querySelectorAll("*")].flatMap((each) => [...each.childNodes])
    .find((node) => node.nodeType === 3 && node.data.includes(words));
  const from = text.data.indexOf(words);
  getSelection().setBaseAndExtent(text, from, text, from + words.length);
}"""


def a_thread(site: Site, *posts: str) -> str:
    """The address of a new thread of the lead's, in a team that the member is on too."""
    world = site.world
    return f"/threads/{Teams(site.db).thread(world.actors['lead'], world.places['private'].team, *posts)}"


def seen(page: Page, words: str) -> None:
    """The words are on the screen as it stands, not only on the page."""
    notice = page.locator(".notice")
    expect(notice).to_have_text(words)
    expect(notice).to_be_in_viewport()


@pytest.mark.parametrize("js", [True, False], ids=["with JavaScript", "without"])
def test_reply_leads_into_the_box_and_from_there_to_the_reply(
    site: Site, person_page: PersonPage, js: bool
) -> None:
    person = person_page("member", js=js, width=360)
    page = person.go(a_thread(site, LONG, LONG))
    page.get_by_role("link", name="Reply", exact=True).click()
    expect(page.locator(BOX)).to_be_focused()
    page.keyboard.type("Said **here**.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_be_focused()
    expect(page.get_by_role("heading", name="Preview: not posted yet")).to_be_in_viewport()
    person.look()
    page.get_by_role("button", name="Post reply").click()
    seen(page, "Your reply is posted.")
    expect(page.get_by_role("article").last).to_be_in_viewport()
    if js:
        expect(page.get_by_role("article").last).to_be_focused()
        expect(page.locator("#announce")).to_have_text("Your reply is posted.")
    person.look()
    page.reload()
    expect(page.locator(".notice")).to_have_count(0)


@pytest.mark.parametrize("js", [True, False], ids=["with JavaScript", "without"])
def test_what_is_somebody_elses_is_removed_out_of_a_thumbs_way(
    site: Site, person_page: PersonPage, js: bool
) -> None:
    address = a_thread(site, LONG, LONG, LONG)
    member = person_page("member")
    member.go(address).fill(BOX, "To be removed")
    member.page.get_by_role("button", name="Post reply").click()
    own = member.page.get_by_role("article").last
    expect(own.get_by_role("link", name="Remove")).to_be_visible()
    lead = person_page("lead", js=js, width=360)
    post = lead.go(address).get_by_role("article").last
    expect(post.get_by_role("link", name="Remove")).to_be_hidden()
    post.locator("details.more > summary").last.click()
    lead.look()
    post.get_by_role("link", name="Remove").click()
    lead.page.get_by_role("button", name="Remove the post").click()
    seen(lead.page, "The post is removed.")
    gone = lead.page.get_by_role("article", name="Post removed by the team’s lead or facilitator")
    expect(gone).to_be_in_viewport()
    if js:
        expect(lead.page.locator("#announce")).to_have_text("The post is removed.")
    lead.look()


def test_one_goes_from_post_to_post_by_headings(site: Site, person_page: PersonPage) -> None:
    page = person_page("member").go(a_thread(site, "# A heading of my own\n\nOne", "Two"))
    levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map((each) => each.tagName)")
    assert levels == ["H1", "H2", "H3", "H2", "H2"]
    expect(page.get_by_role("heading", level=2, name="Post 2, ")).to_have_count(1)


def test_what_is_selected_is_quoted(site: Site, person_page: PersonPage) -> None:
    page = person_page("member").go(
        a_thread(site, "First things first. The *middle* costs 5 * 3 pounds. Then more.", LONG)
    )
    first, second = page.get_by_role("article").nth(0), page.get_by_role("article").nth(1)
    page.evaluate(SELECT, " costs 5 * 3 pounds")
    first.get_by_role("link", name="Quote").click()
    expect(page.locator(BOX)).to_have_value(
        "> **Lead** wrote:\n>\n> costs 5 \\* 3 pounds\n\n".replace("Lead", by(page))
    )
    page.fill(BOX, "")
    # What is selected in one post is not what another one says.
    page.evaluate(SELECT, "First things")
    second.get_by_role("link", name="Quote").click()
    expect(page.locator(BOX)).to_have_value(f"> **{by(page)}** wrote:\n>\n" + quoted(LONG) + "\n")


def test_after_a_long_quotation_one_writes_at_its_end(site: Site, person_page: PersonPage) -> None:
    person = person_page("member", width=360)
    page = person.go(a_thread(site, LONG))
    page.get_by_role("link", name="Quote").click()
    area = page.locator(BOX)
    expect(area).to_be_focused()
    expect(area).to_be_in_viewport()
    at, end, hidden = area.evaluate(
        "(area) => [area.selectionStart, area.value.length, area.scrollHeight - area.scrollTop - area.clientHeight]"
    )
    assert at == end > 1_000
    assert hidden < 2
    person.look()


@pytest.mark.parametrize("unsent", ["typed", "previewed"])
def test_a_link_does_not_take_what_is_typed_without_a_word(
    site: Site, person_page: PersonPage, unsent: str
) -> None:
    person = person_page("member")
    asked = listen(person)
    page = person.go(a_thread(site, "One"))
    page.locator(BOX).press_sequentially("Half a sentence")
    if unsent == "previewed":
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("#preview")).to_be_focused()
        # A browser asks only on a page that somebody has used.
        page.locator(BOX).click()
    assert asked == []
    page.get_by_role("link", name="Teams", exact=True).click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.locator(BOX)).to_have_value("Half a sentence")
    page.get_by_role("button", name="Post reply").click()
    seen(page, "Your reply is posted.")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("typed", ["", "Taken back"])
def test_nothing_typed_nothing_asked(site: Site, person_page: PersonPage, typed: str) -> None:
    person = person_page("lead")
    asked = listen(person)
    page = person.go(a_thread(site, "One"))
    page.get_by_role("link", name="Edit").click()
    page.locator(BOX).press_sequentially(typed)
    for _ in typed:
        page.keyboard.press("Backspace")
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("article")).to_be_visible()
    assert asked == []


def listen(person: Person) -> list[str]:
    """The dialogs the browser opens from now on; they are answered with "stay"."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    person.answer_dialogs(stay)
    return asked


def by(page: Page) -> str:
    """The name over the first post."""
    return page.locator("article .meta b").first.inner_text()


def quoted(words: str) -> str:
    """The lines as a quotation."""
    return "".join(f"> {line}".rstrip() + "\n" for line in words.split("\n"))
