"""Every kind of page there is, looked at: axe, nothing cut off at 320 px, no target too small, no complaint."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PersonPage, Site
from tests.build.world import canary

pytestmark = pytest.mark.browser


def places(site: Site, mode: str) -> dict[str, int | str]:
    """Ids for the names in braces."""
    place, world = site.world.places[mode], site.world
    return {
        "team": place.team,
        "thread": place.thread,
        "post": place.posts["member"],
        "removed": place.posts["removed"],
        "place": place.members["guest"],
        "own": place.members["lead"],
        "draft_text": place.draft,
        "ended": place.ended,
        "moderated": place.moderated,
        "elsewhere": site.world.places["private"].team,
        "reported": place.posts["reported"],
        "hidden": place.posts["hidden"],
        "answered": place.reports["answered"],
        **place.work,
        **place.joining,
        "own_invitation": world.arrivals["own_invitation"],
        "invited": f"{world.arrivals['link_invitation']}/{world.arrivals['link_token']}",
        **place.assets,
        "only": place.assets["team"],
        "team_": place.team,
        "officer": world.actors["officer"].person_id or 0,
        "with_step": world.actors["librarian"].person_id or 0,
        "home": world.actors["officer"].organisation_id or 0,
        "prove": world.arrivals["prove_token"],
        "enter": world.arrivals["sign_in_token"],
        "tell": world.arrivals["tell_token"],
        "merge": world.arrivals["merge_token"],
        "merging": world.arrivals["merge"],
        "was_merged": world.arrivals["was_merged"],
        "colleague": world.actors["member"].person_id or 0,
        "parked": world.arrivals["parked"],
    }


PUBLIC = (
    "/", "/teams", "/library", "/library?kind=guide", "/search", f"/search?q={canary('openpublic', 'text')}",
    "/search?q=nothingwhatever", "/sign-in", "/organisations", "/organisations?name=Newcastle",
    "/organisations?name=Cumbria", "/organisations?name=nowhere", "/organisations/1", "/accessibility", "/cookies",
    "/library?organisation=1",
    "/privacy", "/terms", "/contact", "/style", "/teams/{t}", "/teams/{t}/people", "/teams/{t}/threads",
    "/teams/{t}/library", "/threads/{thread}", "/threads/{ended}",
    "/threads/{whole}", "/threads/{split}", "/threads/{moderated}", "/posts/{post}/report",
    "/threads/{ended}/summary/history", "/posts/{post}/history", "/library/{public}", "/library/{withdrawn}",
    "/teams/{t}/timeline", "/teams/{t}/items", "/teams/{t}/steps",
    "/library/{versioned}", "/library/{versioned}/versions", "/library/{versioned}/versions/2",
    "/library/{public}/tell", "/library/tell/{tell}",
    "/merge/{merge}", "/invitations/{invited}", "/invitations/{invited}/account",
    "/board", "/register", "/register/{prove}", "/sign-in/link", "/sign-in/link/{enter}",
)  # fmt: skip
OF_THE_LEAD = (
    "/", "/teams", "/teams/new", "/teams/{t}", "/teams/{t}/charter", "/teams/{t}/people", "/teams/{t}/people/add",
    "/teams/{t}/people/add?function=legal", "/teams/{t}/people/add?q=given", "/teams/{t}/people/add/{officer}",
    "/teams/{t}/people/{place}",
    "/teams/{t}/joining", "/teams/{t}/joining/invite", "/teams/{t}/joining/requests/{request}",
    "/teams/{t}/guests/{guest}/end", "/teams/{t}/lead",
    "/teams/{t}/timeline", "/teams/{t}/timeline/new", "/teams/{t}/timeline/{milestone}",
    "/teams/{t}/timeline/{milestone}/remove", "/teams/{t}/items", "/teams/{t}/items/new", "/teams/{t}/items/{item}",
    "/teams/{t}/items/{kept}", "/teams/{t}/items/{item}/hand-over", "/teams/{t}/decisions/new",
    "/teams/{t}/decisions/{decision}", "/teams/{t}/steps", "/teams/{t}/report", "/teams/{t}/stance",
    "/teams/{t}/people/{place}/remove", "/teams/{t}/steps/finish", "/teams/{t}/threads", "/teams/{t}/threads/new",
    "/teams/{t}/library", "/teams/{t}/library/new", "/threads/{thread}", "/threads/{thread}?quote={post}",
    "/teams/{t}/follow", "/threads/{thread}/follow",
    "/threads/{ended}", "/threads/{thread}/summary", "/threads/{ended}/summary", "/threads/{thread}/conclude",
    "/threads/{thread}/lock", "/threads/{moderated}", "/posts/{reported}/decide", "/posts/{hidden}/decide",
    "/teams/{t}/reports", "/threads/{thread}/move", "/threads/{thread}/split", "/threads/{thread}/split?go=1",
    "/threads/{thread}/split?posts=2&go=1", "/threads/{whole}/split", "/threads/{whole}",
    "/posts/{post}/remove", "/library", "/library/new", "/library/{draft}", "/library/{draft}/edit",
    "/library/{draft}/file", "/library/{public}", "/library/{public}/edit", "/library/{public}/withdraw", "/people",
    "/library/{public}/review", "/library/{due}", "/library/{due}/review",
    "/library/{public}/versions/new", "/library/{versioned}", "/library/{versioned}/versions/1",
    "/library/{versioned}/versions/new", "/library/{versioned}/versions/3", "/library/{versioned}/versions/3/edit",
    "/library/{versioned}/versions/3/file", "/library/{versioned}/versions/3/discard",
    "/library/{versioned}/versions/1/withdraw", "/library/{versioned}/compare?old=1&new=2",
    "/people?q=given", "/people/{officer}", "/profile", "/profile/edit", "/profile/interests", "/profile/password",
    "/profile/notifications", "/profile/calendar", "/inbox", "/profile/second-step", "/drafts",
)  # fmt: skip
# Who, of which team, what, and with which status.
OTHERS = (
    ("member", "private", "/drafts", 200),
    ("member", "private", "/drafts/{draft_text}", 200),
    ("member", "private", "/threads/{thread}", 200),
    ("member", "open", "/threads/{moderated}", 200),
    ("member", "private", "/reports/{answered}", 200),
    ("admin", "open", "/admin/reports", 200),
    ("lead", "open", "/threads/{thread}/move/{elsewhere}", 200),
    ("officer", "open", "/posts/{hidden}/history", 410),
    ("admin", "private", "/teams/{t}", 200),
    ("admin", "private", "/teams/{t}/threads", 200),
    ("admin", "private", "/library/{only}", 200),
    ("admin", "open", "/admin", 200),
    ("admin", "open", "/admin/deliveries", 200),
    ("admin", "open", "/admin/deliveries/{parked}/drop", 200),
    ("admin", "open", "/admin/people", 200),
    ("admin", "open", "/admin/people?state=waiting", 200),
    ("admin", "open", "/admin/organisations", 200),
    ("admin", "open", "/admin/organisations?q=nobody", 200),
    ("admin", "open", "/admin/organisations/new", 200),
    ("admin", "open", "/admin/people/{officer}/suspend", 200),
    ("admin", "open", "/admin/people/new", 200),
    ("admin", "open", "/people/{officer}", 200),
    ("admin", "open", "/admin/people/{officer}/merge?q=given", 200),
    ("admin", "open", "/admin/people/{officer}/merge/{colleague}", 200),
    ("admin", "open", "/admin/merges/{merging}", 200),
    ("admin", "open", "/admin/merges/{was_merged}", 200),
    ("admin", "open", "/inbox", 200),
    ("admin", "open", "/admin/people/{officer}/roles", 200),
    ("admin", "open", "/organisations/{home}/people", 200),
    ("admin", "open", "/organisations/{home}/people/{officer}/leave", 200),
    ("admin", "open", "/admin/people/{with_step}/second-step", 200),
    ("librarian", "open", "/profile/second-step", 200),
    ("librarian", "open", "/profile/second-step/codes", 200),
    ("librarian", "open", "/profile/second-step/off", 200),
    ("officer", "open", "/profile/second-step/app", 410),
    ("officer", "open", "/profile/organisation", 200),
    ("officer", "open", "/organisations/1", 200),
    ("officer", "open", "/organisations/1/teams", 200),
    ("admin", "open", "/organisations/{home}/people/add", 200),
    ("member", "private", "/lead-offers/{offer}", 200),
    ("officer", "open", "/invitations/{own_invitation}", 200),
    ("officer", "open", "/teams/{t}/ask", 200),
    ("board", "private", "/teams/{t}", 200),
    ("board", "open", "/teams/{t}/end-date", 200),
    ("officer", "open", "/threads/{thread}", 200),
    ("officer", "open", "/teams/{t}/threads/new", 403),
    ("officer", "private", "/threads/{thread}", 404),
    ("anonymous", "private", "/threads/{thread}", 404),
    ("officer", "open", "/posts/{removed}/history", 410),
    ("officer", "open", "/library/{withdrawn}/download/1", 410),
    ("guest", "private", "/", 200),
    ("supplier", "open", "/library", 200),
)


def addressed(site: Site, mode: str, path: str) -> str:
    """A path with its ids."""
    ids = places(site, mode)
    return path.format(t=ids["team_"], **{key: value for key, value in ids.items() if key != "team"})


@pytest.mark.parametrize("path", PUBLIC)
def test_what_everybody_sees(site: Site, person_page: PersonPage, path: str) -> None:
    person = person_page()
    person.go(addressed(site, "open", path))
    person.look()


@pytest.mark.parametrize("path", OF_THE_LEAD)
def test_what_a_lead_sees(site: Site, person_page: PersonPage, path: str) -> None:
    person = person_page("lead")
    person.go(addressed(site, "private", path))
    person.look()


@pytest.mark.parametrize(("who", "mode", "path", "status"), OTHERS)
def test_what_others_see(
    site: Site, person_page: PersonPage, who: str, mode: str, path: str, status: int
) -> None:
    person = person_page(who)
    with person.expecting(status):
        person.go(addressed(site, mode, path), status=status)
        person.look()


def test_a_look_notices_what_is_only_bad_practice(person_page: PersonPage) -> None:
    person = person_page()
    page = person.go("/cookies")
    page.evaluate("document.querySelector('main h2').outerHTML = '<h4>Two levels down</h4>'")
    with pytest.raises(AssertionError, match="heading-order"):
        person.look()
