"""Texts that try to run a script, in every place that shows typed text, in a real browser under the strict policy.

Nothing may run, nothing may be blocked either (a policy report means that markup got through), no template expression
may be evaluated, and nothing typed may become an element with a handler.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, serve_world
from tests.browser.hostile import BREAKERS, SAMPLE, TEXTS, Hostile, fill, joined
from tests.browser.person import Person
from tests.build.databases import SqliteMaker
from tests.data.script_injections import PLACEHOLDER_RESULT

pytestmark = pytest.mark.browser

# Ours have no handlers and no styles of their own, and scripts only from our address.
_INERT = """() => {
  const found = [];
  if (window.__ran !== undefined) found.push("a script ran");
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "style" || name === "srcdoc"
          || name === "formaction" && !(element.name === "preview" && /^\\/[a-z0-9\\/?=]+#preview$/.test(value))
          || /^\\s*(javascript|vbscript|data):/i.test(value) && ["href", "src", "action", "data"].includes(name))
        found.push(`<${element.localName} ${name}="${value.slice(0, 80)}">`);
    }
  }
  const odd = "iframe, frame, frameset, object, embed, base, meta[http-equiv], applet, portal, math, link[rel=import], "
    + "script:not([src^='/static/']), svg:not(header svg, figure svg, [aria-hidden=true]), style, dialog, video, audio";
  for (const element of document.querySelectorAll(odd)) found.push(element.outerHTML.slice(0, 100));
  return found;
}"""

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
    person, made = visit("officer")
    for path, more, at_least in (
        ("/teams", "More teams", TEXTS),
        (f"/teams/{made.crowd}/threads", "Older threads", TEXTS),
        ("/library", "Older documents", BREAKERS[1:]),
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
    samples = [TEXTS.index(text) for text in SAMPLE]
    walk(person, [f"/people/{made.people[at]}" for at in samples])
    walk(person, [f"/organisations/{made.organisations[at]}" for at in samples])
    walk(person, [f"/people?q={quote(text)}" for text in SAMPLE[::4]])
    walk(person, [f"/organisations?name={quote(text)}" for text in SAMPLE[::4]])
    walk(person, [f"/people/{hostile_site[0].world.actors['member'].person_id}"])
    member, _ = visit("member")
    walk(member, ["/profile", "/profile/interests", "/"])


def test_single_pages_of_teams_and_assets(visit: Visit) -> None:
    person, made = visit("lead")
    samples = [TEXTS.index(text) for text in SAMPLE]
    walk(person, [f"/teams/{made.teams[at]}" for at in samples])
    walk(person, [f"/library/{asset}" for asset in made.assets[::4]])
    walk(person, [f"/library/{asset}/edit" for asset in made.assets[1::16]])
    walk(person, [f"/library/{made.assets[1]}/withdraw", "/"])


def test_search_boxes_highlights_and_suggestions(visit: Visit) -> None:
    person, _ = visit("anonymous")
    deadline = time.monotonic() + 60
    while not person.go("/search?q=window").get_by_role("article").count():
        assert time.monotonic() < deadline, "the index never found the texts"
        person.page.wait_for_timeout(500)
    marked = 0
    for page in pages_of(person, "/search?q=window+ran", "More results"):
        inert(page)
        marked += page.locator("mark").count()
    assert marked > 100, "no highlights were looked at"
    walk(person, [f"/search?{urlencode({'q': text})}" for text in [*joined(280), *SAMPLE]])
    walk(
        person,
        [f"/search?{urlencode({'q': 'window', 'kind': text, 'sort': text})}" for text in SAMPLE[::3]],
    )
    walk(person, [f"/library?{urlencode({'kind': text, 'after': text})}" for text in SAMPLE[::3]])


def test_what_was_typed_comes_back_inert(visit: Visit) -> None:
    """Forms with mistakes, previews, quotations, messages, and typed text carried over a sign-in."""
    person, made = visit("lead")
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
