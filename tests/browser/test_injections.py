"""Texts that try to run a script, in every place that shows typed text, in a real browser under the strict policy.

Nothing may run, nothing may be blocked either (a policy report means that markup got through), no template expression
may be evaluated, and nothing typed may become an element with a handler.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page, expect

from cop.accounts.routes import SEARCH_MAX
from tests.browser.conftest import Site, serve_world
from tests.browser.hostile import BREAKERS, REASONS, SAMPLE, TEXTS, TITLES, Hostile, fill, joined
from tests.browser.person import Person
from tests.build.databases import SqliteMaker
from tests.data.script_injections import PLACEHOLDER_RESULT

pytestmark = pytest.mark.browser

# Ours have no handlers and no styles of their own, and scripts only from our address.
_LOOK = """(page) => {
  const found = [];
  if (window.__ran !== undefined) found.push("a script ran");
  for (const element of page.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "style" || name === "srcdoc"
          || name === "formaction"
            && !(element.name === "preview" && /^\\/[a-z0-9\\/?=]+#(preview|attach)$/.test(value))
            && !/^\\/(drafts\\/[a-z]+\\/[0-9]+|posts\\/[0-9]+\\/reactions\\/[a-z]+|sign-in\\/link)$/.test(value)
          || /^\\s*(javascript|vbscript|data):/i.test(value) && ["href", "src", "action", "data"].includes(name))
        found.push(`<${element.localName} ${name}="${value.slice(0, 80)}">`);
    }
  }
  const odd = "iframe, frame, frameset, object, embed, base, meta[http-equiv], applet, portal, math, link[rel=import], "
    + "script:not([src^='/static/']), svg:not(header svg, figure svg, [aria-hidden=true]), style, dialog, video, audio";
  for (const element of page.querySelectorAll(odd)) found.push(element.outerHTML.slice(0, 100));
  return found;
}"""
_INERT = f"() => ({_LOOK})(document)"

# Many pages without drawing them: fetched, parsed as a browser parses them, and looked at in the same way. Markup that
# could run has to become an element or an attribute first, which the parser shows without running it.
_READ = f"""async ([first, follow]) => {{
  const pages = [];
  for (let queue = [...first]; queue.length; ) {{
    const answer = await fetch(queue.shift());
    const html = await answer.text();
    const page = new DOMParser().parseFromString(html, "text/html");
    const next = follow && page.querySelector("a[rel=next]");
    if (next) queue.unshift(next.getAttribute("href"));
    pages.push({{
      path: answer.url, status: answer.status, found: ({_LOOK})(page), html,
      text: page.querySelector("main").textContent,
      values: [...page.querySelectorAll("main input, main textarea")].map((field) => field.value),
      links: [...page.querySelectorAll("article a")].map((link) => link.getAttribute("href")),
    }});
  }}
  return pages;
}}"""

_USE = """() => {
  for (const element of document.querySelectorAll("main *, header *")) {
    for (const kind of ["mouseover", "pointerenter", "focus", "toggle", "animationend", "error", "load"])
      element.dispatchEvent(new Event(kind, { bubbles: false }));
  }
}"""


@pytest.fixture(scope="module")
def hostile_site(
    sqlite_maker: SqliteMaker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, Hostile]]:
    """A server of its own, so that nobody else's lists are full of this."""
    serving = serve_world(sqlite_maker, tmp_path_factory.mktemp("hostile"))
    site = next(serving)
    yield site, fill(site)
    for _ in serving:
        pass


@pytest.fixture
def visit(
    hostile_site: tuple[Site, Hostile], browsers: Callable[..., Person]
) -> Callable[[str], tuple[Person, Hostile]]:
    """Opens a browser for somebody of that world."""
    site, made = hostile_site

    def open_for(name: str) -> tuple[Person, Hostile]:
        person = browsers(site.address)
        # Pictures of this site may be shown in posts, and those that the texts name do not exist.
        person.missing = "/files/"
        return (person if name == "anonymous" else person.carry(site.world.fresh_session(name))), made

    return open_for


Visit = Callable[[str], tuple[Person, Hostile]]


def inert(page: Page) -> None:
    """Nothing on the page ran, could run, or was evaluated; also after the events a pointer would cause."""
    page.evaluate(_USE)
    found = page.evaluate(_INERT)
    assert not found, f"{page.url}: {found}"
    assert PLACEHOLDER_RESULT not in page.content(), f"{page.url}: a template expression was evaluated"


def read(person: Person, paths: Sequence[str], *, follow: bool = False) -> list[dict[str, Any]]:
    """Fetch and parse each page, and where told to those that its link to the next one leads to; all are inert."""
    pages: list[dict[str, Any]] = person.page.evaluate(_READ, [list(paths), follow])
    for page in pages:
        assert page["status"] == 200, page["path"]
        assert not page["found"], f"{page['path']}: {page['found']}"
        assert PLACEHOLDER_RESULT not in page["html"], f"{page['path']}: an expression was evaluated"
    return pages


def flat(text: str) -> str:
    """The text as a page shows it: one blank for any run of them."""
    return " ".join(text.split())


def letters(text: str) -> str:
    """What can be seen of a text: a field of one line keeps neither line ends nor control characters."""
    return "".join(char for char in text if char.isprintable() and not char.isspace())


def shown(pages: Sequence[dict[str, Any]], texts: Sequence[str]) -> None:
    """Each text stands on its page, in words or in a field, to the last letter that can be seen."""
    missing = [
        (page["path"], text)
        for page, text in zip(pages, texts, strict=True)
        if letters(text) not in letters(" ".join([page["text"], *page["values"]]))
    ]
    assert not missing, missing[:3]


def walk(person: Person, paths: Sequence[str]) -> None:
    """Open each page and see that it is inert."""
    for path in paths:
        inert(person.go(path))


def pages_of(person: Person, path: str, more: str) -> Iterator[Page]:
    """A list and all pages that its link `more` leads to."""
    page = person.go(path)
    while True:
        yield page
        following = page.get_by_role("link", name=more, exact=True)
        if not following.count():
            return
        following.click()


def test_lists_show_every_text_as_it_was_typed(visit: Visit) -> None:
    person, made = visit("lead")
    for path, more, at_least in (
        ("/teams", "More teams", TEXTS),
        (f"/teams/{made.crowd}/threads", "Older threads", TEXTS),
        ("/library", "Older documents", BREAKERS[1:]),
        (f"/teams/{made.crowd}/library", "Older documents", TITLES),
    ):
        shown = ""
        for page in pages_of(person, path, more):
            inert(page)
            shown += page.get_by_role("main").text_content() or ""
        missing = [text for text in at_least if " ".join(text.split()) not in " ".join(shown.split())]
        assert not missing, f"{path} does not show {missing[:5]}"


def test_threads_with_every_text_as_post_author_and_organisation(visit: Visit) -> None:
    person, made = visit("lead")
    for page in pages_of(person, f"/threads/{made.long_thread}", "Later posts"):
        inert(page)
    # The browser asks before a quotation that is not sent yet is left; it is left on purpose here.
    person.answer_dialogs(lambda dialog: dialog.accept())
    first = person.go(f"/threads/{made.long_thread}").locator(".post").first
    for name in ("edited", "Edit", "Remove", "Quote"):
        first.get_by_role("link", name=name).first.click()
        person.page.wait_for_timeout(200)
        inert(person.page)
        person.go(f"/threads/{made.long_thread}")


def test_people_and_organisations(hostile_site: tuple[Site, Hostile], visit: Visit) -> None:
    person, made = visit("lead")
    crowd = f"/teams/{made.crowd}"
    walk(person, [crowd, f"{crowd}/people", f"{crowd}/charter", f"{crowd}/library", f"{crowd}/threads/new"])
    for text in SAMPLE[::4]:
        at = TEXTS.index(text)
        walk(person, [f"/people/{made.people[at]}", f"/organisations/{made.organisations[at]}"])
        walk(person, [f"/people?q={quote(text)}", f"/organisations?name={quote(text)}"])
    where = [TEXTS.index(text) for text in BREAKERS]
    shown(read(person, [f"/people/{made.people[at]}" for at in where]), BREAKERS)
    shown(read(person, [f"/organisations/{made.organisations[at]}" for at in where]), BREAKERS)
    asked = joined(SEARCH_MAX)
    shown(read(person, [f"/people?q={quote(text)}" for text in asked]), asked)
    shown(read(person, [f"/organisations?name={quote(text)}" for text in asked]), asked)
    walk(person, [f"/people/{hostile_site[0].world.actors['member'].person_id}"])
    member, _ = visit("member")
    walk(member, ["/profile", "/profile/interests", "/"])


def test_single_pages_of_teams_and_assets(visit: Visit) -> None:
    person, made = visit("lead")
    walk(person, [f"/teams/{made.teams[TEXTS.index(text)]}" for text in SAMPLE[::4]])
    walk(person, [f"/library/{asset}" for asset in made.assets[::16]])
    walk(person, [f"/library/{made.titled[1]}/edit", f"/library/{made.titled[1]}/withdraw", "/"])
    walk(person, [f"/library/{made.withdrawn[0]}", f"/library/{made.drafts[0]}"])
    shown(read(person, [f"/teams/{made.teams[TEXTS.index(text)]}" for text in BREAKERS]), BREAKERS)
    for page in ("", "/edit", "/withdraw"):
        shown(read(person, [f"/library/{asset}{page}" for asset in made.titled]), TITLES)
    shown(read(person, [f"/library/{asset}" for asset in made.withdrawn]), REASONS)
    hidden = read(person, [f"/library/{asset}" for asset in made.drafts])
    told = flat(" ".join(page["text"] for page in hidden))
    assert not [text for text in TEXTS if flat(text) not in told], "what hides in a document is not shown"


def test_what_an_admin_sees_and_types(visit: Visit) -> None:
    person, made = visit("admin")
    walk(person, ["/admin", f"/library/{made.titled[0]}", f"/admin/people/{made.people[0]}/suspend"])
    known = read(person, [f"/library/{asset}" for asset in made.titled])
    shown(known, TITLES)
    # Their owners are the first people, each named after a text.
    shown(known, TEXTS[: len(TITLES)])
    shown(read(person, [f"/admin/people/{one}/suspend" for one in made.people]), TEXTS)
    forms = {
        "/admin/people/new": ("Add this person", ("Full name", "Email address", "Organisation", "Job title")),
        "/admin/organisations/new": ("Add this organisation", ("Name",)),
    }
    for path, (button, labels) in forms.items():
        for chunk in joined(3_900):
            page = person.go(path)
            for label in labels:
                page.get_by_label(label, exact=True).fill(chunk)
            with person.expecting(422):
                page.get_by_role("button", name=button).click()
                expect(page).to_have_title(re.compile("^Error: "))
            inert(page)
            for label in labels:
                assert letters(page.get_by_label(label, exact=True).input_value()) == letters(chunk), label
    for number, text in enumerate(SAMPLE[::4]):
        page = person.go("/admin/organisations/new")
        page.get_by_label("Name", exact=True).fill(text)
        page.get_by_label("Supplier").check()
        page.get_by_role("button", name="Add this organisation").click()
        expect(page.locator(".flash p")).to_contain_text(flat(text))
        inert(page)
        page = person.go("/admin/people/new")
        typed = {"Full name": text, "Job title": text, "Email address": f"new{number}@testshire.example"}
        for label, value in {**typed, "Organisation": "The supplier of Testshire"}.items():
            page.get_by_label(label, exact=True).fill(value)
        page.get_by_label("Function they bring").select_option("finance")
        page.get_by_role("button", name="Add this person").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{flat(text)} has been added")
        inert(page)


def test_search_boxes_highlights_and_suggestions(visit: Visit) -> None:
    person, made = visit("anonymous")
    assert len(made.posts) == 2 * len(TEXTS)
    # One thread has a post with each text, and each text has a thread of its own: of a thread one row is shown among
    # the others, and all its posts in a search of that thread.
    missing = {f"/posts/{post}" for post in made.posts}
    person.go("/search")
    deadline = time.monotonic() + 150
    # While the worker still writes the index, and where a busy machine stops the engine early, pages leave results out.
    while missing:
        assert time.monotonic() < deadline, f"{len(missing)} posts were never looked at"
        asked = ["/search?q=window", f"/search?q=window&thread={made.long_thread}"]
        pages = read(person, asked, follow=True)
        missing -= {link for page in pages for link in page["links"]}
        person.page.wait_for_timeout(500)
    page = person.go("/search?q=window")
    inert(page)
    expect(page.locator("mark").first).to_be_visible()
    page.get_by_role("link", name="Next page", exact=True).click()
    expect(page.get_by_text("Results 21 to")).to_be_visible()
    inert(page)
    walk(person, [f"/search?{urlencode({'q': text})}" for text in SAMPLE[::4]])
    asked = joined(280)
    shown(read(person, [f"/search?{urlencode({'q': text})}" for text in asked]), asked)
    odd = [{"q": "window", "kind": text, "sort": text} for text in joined(280)]
    read(person, [f"/search?{urlencode(query)}" for query in odd])
    odd_filter = urlencode({"kind": SAMPLE[0], "after": SAMPLE[0]})
    walk(person, [f"/search?{urlencode(odd[0])}", f"/library?{odd_filter}"])
    read(person, [f"/library?{urlencode({'kind': text, 'after': text})}" for text in BREAKERS])


def test_what_was_typed_comes_back_inert(visit: Visit) -> None:
    """Forms with mistakes, previews, quotations, messages, and typed text carried over a sign-in."""
    person, made = visit("lead")
    person.answer_dialogs(lambda dialog: dialog.accept())
    for chunk in joined(3_900):
        page = person.go("/teams/new")
        for label in ("Question", "Ambition", "How it is measured", "What the team works on"):
            page.get_by_label(label, exact=True).fill(chunk)
        with person.expecting(422):
            page.get_by_role("button", name="Start the team").click()
            expect(page).to_have_title("Error: Start a team – CoP")
        inert(page)
        page = person.go(f"/threads/{made.long_thread}")
        page.get_by_role("textbox", name="Your reply").fill(chunk.replace(" <", "\n\n<"))
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("#preview")).to_be_visible()
        inert(page)
    for at in range(1, len(BREAKERS)):
        text = BREAKERS[at]
        added = made.people[TEXTS.index(text)]
        page = person.page
        token = person.hidden_token()
        answer = page.request.post(
            f"/teams/{made.teams[1]}/people/add/{added}",
            form={"csrf_token": token, "role": "member", "function": "legal", "title": text},
            max_redirects=0,
        )
        assert answer.status == 303, answer.text()[:300]
    page = person.go(f"/teams/{made.teams[1]}/people")
    expect(page.locator(".flash p")).not_to_have_count(0)
    inert(page)


def test_typed_text_carried_over_a_sign_in_is_inert(hostile_site: tuple[Site, Hostile], visit: Visit) -> None:
    site, made = hostile_site
    person, _ = visit("lead")
    page = person.go(f"/threads/{made.long_thread}")
    page.get_by_role("textbox", name="Your reply").fill("\n\n".join(TEXTS))
    with person.expecting(404):
        site.end_sessions("lead")
        page.get_by_role("button", name="Post reply").click()
        expect(page.get_by_label("Email address")).to_be_visible()
        inert(page)
    person.sign_in("canaryleadmail@testshire.example", "correct horse battery staple")
    expect(page.get_by_role("button", name="Send it now")).to_be_visible()
    inert(page)


def test_the_test_notices_what_gets_through(visit: Visit) -> None:
    person, _ = visit("anonymous")
    page = person.go("/teams")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x onerror=window.__ran=1>')"
    )
    page.wait_for_timeout(300)
    with pytest.raises(AssertionError, match="onerror"):
        inert(page)
    assert any("Security Policy" in problem for problem in person.problems), person.problems
    person.problems.clear()


def test_reading_many_pages_notices_what_gets_through(visit: Visit) -> None:
    person, _ = visit("anonymous")
    person.go("/teams")
    body = "<main><h1>Teams</h1><p title=x onmouseover=alert(1)>Words</p></main>"
    person.page.route("**/teams?broken", lambda route: route.fulfill(body=body, content_type="text/html"))
    with pytest.raises(AssertionError, match="onmouseover"):
        read(person, ["/teams?broken"])
    person.page.wait_for_timeout(300)
    # A page that is only parsed is under our policy as well, which reports what it would not have run.
    assert any("Security Policy" in problem for problem in person.problems), person.problems
    person.problems.clear()
    with pytest.raises(AssertionError, match="Nobody wrote this"):
        shown(read(person, ["/teams"]), ["Nobody wrote this"])
