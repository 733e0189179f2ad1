"""Drafts kept on the server: what is typed is never overwritten, never shown to anybody else, and gone once posted."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.kernel.errors import Forbidden, NotFound
from cop.kernel.ids import new_token
from cop.threads import drafts, service
from cop.threads.drafts import Clash, Ended, Kept, Posted, Typed
from cop.threads.limits import DRAFT_BODY_MAX
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.teams import Teams

Visit = Callable[..., Visitor]
KEY = "a-key-of-a-form-01234567"


@pytest.fixture
def lead(community: Community) -> Actor:
    """A council officer who leads a team."""
    return community.person("Nadia Rahman", function="commissioning")


def save(db: Database, actor: Actor, thread_id: int, **typed: object) -> Kept | Clash | Posted | Ended:
    """Keep a reply."""
    with db.transaction(write=True) as tx:
        return drafts.save(actor, tx=tx, kind="reply", subject_id=thread_id, typed=Typed(**typed))  # type: ignore[arg-type]


def stored(db: Database, actor: Actor, thread_id: int) -> str | None:
    """The text of the draft in a thread."""
    with db.transaction(write=False) as tx:
        found = drafts.find(actor, tx=tx, kind="reply", subject_id=thread_id)
        return found.body if found else None


def events(db: Database) -> int:
    """How many there are."""
    with db.transaction(write=False) as tx:
        return int(tx.session.execute(text("SELECT count(*) FROM event")).scalar_one())


def test_a_draft_is_saved_over_only_by_who_knows_it(db: Database, teams: Teams, lead: Actor) -> None:
    thread = teams.thread(lead, teams.team(lead))
    before = events(db)
    first = save(db, lead, thread, body="One")
    assert isinstance(first, Kept)
    second = save(db, lead, thread, body="One and two", base=first.revision)
    assert isinstance(second, Kept)
    assert second.revision != first.revision
    clash = save(db, lead, thread, body="Another text", base=first.revision)
    assert isinstance(clash, Clash)
    assert clash.other.body == "One and two"
    assert isinstance(save(db, lead, thread, body="Begun anew"), Clash)
    assert stored(db, lead, thread) == "One and two"
    # The same text is no conflict, wherever it was typed.
    assert save(db, lead, thread, body="One and two", base="unknown") == second
    assert events(db) == before, "saving a draft writes no event"
    assert isinstance(save(db, lead, thread, body=" ", base=second.revision), Kept)
    assert stored(db, lead, thread) is None
    assert isinstance(save(db, lead, thread, body="Late", base=second.revision), Ended)
    assert stored(db, lead, thread) is None


def test_posting_ends_the_draft_and_nothing_brings_it_back(db: Database, teams: Teams, lead: Actor) -> None:
    thread = teams.thread(lead, teams.team(lead))
    kept = save(db, lead, thread, body="Said", key=KEY)
    assert isinstance(kept, Kept)
    with db.transaction(write=True) as tx:
        service.reply(lead, tx=tx, thread_id=thread, body=written("Said well"), key=KEY, draft=kept.revision)
    assert stored(db, lead, thread) is None
    # What was on its way when the form was sent arrives too late.
    assert isinstance(save(db, lead, thread, body="Said w", base=kept.revision, key=KEY), Posted)
    assert isinstance(save(db, lead, thread, body="Said w", key=KEY), Posted)
    assert stored(db, lead, thread) is None


def test_what_another_window_wrote_meanwhile_stays_when_this_one_posts(
    db: Database, teams: Teams, lead: Actor
) -> None:
    thread = teams.thread(lead, teams.team(lead))
    mine = save(db, lead, thread, body="Mine")
    assert isinstance(mine, Kept)
    save(db, lead, thread, body="Mine, and more elsewhere", base=mine.revision)
    with db.transaction(write=True) as tx:
        service.reply(lead, tx=tx, thread_id=thread, body=written("Mine"), key=KEY, draft=mine.revision)
    assert stored(db, lead, thread) == "Mine, and more elsewhere"


def test_two_windows_that_begin_at_once_keep_one_and_are_shown_both(
    db: Database, teams: Teams, lead: Actor
) -> None:
    thread = teams.thread(lead, teams.team(lead))
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda words: save(db, lead, thread, body=words), ("One", "Two")))
    assert {type(answer) for answer in answers} == {Kept, Clash}
    clash = next(answer for answer in answers if isinstance(answer, Clash))
    assert clash.other.body == stored(db, lead, thread)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["type", "type", "save", "save", "post", "clear"]),
        st.text("abc ", min_size=1, max_size=4),
    ),
    max_size=25,
)


@settings(max_examples=40)
@given(steps=STEPS)
def test_no_text_is_lost_however_windows_take_turns(
    sqlite_db: Database, steps: list[tuple[int, str, str]]
) -> None:
    """Whatever was saved and not knowingly replaced, posted or deleted can still be read in the end."""
    community, teams = Community(sqlite_db), Teams(sqlite_db)
    lead = community.person(email=f"{new_token()[:20].lower()}@testshire.example")
    thread = teams.thread(lead, teams.team(lead))
    box, base = [""] * 3, [""] * 3
    shown: list[set[str]] = [set(), set(), set()]
    for window, act, words in steps:
        before = stored(sqlite_db, lead, thread)
        if act == "type":
            box[window] += words
        elif act == "clear":
            box[window] = ""
        elif act == "save":
            answer = save(sqlite_db, lead, thread, body=box[window], base=base[window])
            if isinstance(answer, Kept):
                if before is not None and before != box[window]:
                    assert before in shown[window], f"{before!r} was overwritten by who had not seen it"
                base[window] = answer.revision
                shown[window].add(box[window])
            elif isinstance(answer, Clash):
                assert answer.other.body == before == stored(sqlite_db, lead, thread)
                # The page shows it; whoever goes on from there knows it.
                shown[window].add(answer.other.body)
                base[window] = answer.other.revision
            else:
                base[window] = ""
        elif act == "post" and box[window].strip():
            with sqlite_db.transaction(write=True) as tx:
                service.reply(lead, tx=tx, thread_id=thread, body=written(box[window]), draft=base[window])
            if before is not None and stored(sqlite_db, lead, thread) is None:
                assert before in shown[window] or before == box[window]
            box[window], base[window] = "", ""


def test_a_draft_is_its_writers_alone(
    db: Database, visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    tom = community.person("Tom Doyle")
    team = teams.team(lead, access="private", members=[(tom, "facilitator", "finance")])
    thread = teams.thread(lead, team, title="A secret title")
    save(db, tom, thread, body="A canary word")
    with db.transaction(write=False) as tx:
        number = drafts.listing(tom, tx=tx)[0].draft.id
        assert drafts.listing(lead, tx=tx) == []
        with pytest.raises(NotFound):
            drafts.one(lead, tx=tx, draft_id=number)
    leads = visitor().sign_in_as(community, lead)
    leads.get(f"/drafts/{number}", status=404)
    leads.post(f"/drafts/{number}/delete", status=404)
    assert "canary" not in leads.get(f"/threads/{thread}").text
    # Whoever is taken off the team keeps their own words, and learns nothing more of the place.
    leads.post(f"/teams/{team}/people/2/remove")
    toms = visitor().sign_in_as(community, tom)
    for page in ("/drafts", f"/drafts/{number}"):
        shown = toms.get(page).text
        assert "A canary word" in shown
        assert "A secret title" not in shown
        assert f"/threads/{thread}" not in shown
    toms.post(f"/drafts/reply/{thread}", status=404, body="More", draft="")
    toms.post(f"/drafts/{number}/delete")
    assert "No drafts" in toms.get("/drafts").text


def test_who_may_not_write_keeps_no_draft(
    db: Database, teams: Teams, lead: Actor, community: Community
) -> None:
    thread = teams.thread(lead, teams.team(lead))
    with pytest.raises(Forbidden):
        save(db, community.person(), thread, body="Words")


def test_without_javascript_a_button_saves_and_the_page_brings_it_back(
    visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    team = teams.team(lead)
    thread = teams.thread(lead, team, "First")
    browser = visitor().sign_in_as(community, lead)
    sent = browser.post(f"/drafts/reply/{thread}", body="Half a\n\nreply", quote="1", draft="", writer="")
    shown = browser.follow(sent).text
    assert "Your draft is saved" in shown
    assert "Half a\n\nreply" in shown
    assert "Draft saved today" in shown
    assert 'name="quote" type="hidden" value="1"' in shown
    # A quotation comes below what is typed already.
    quoted = browser.get(f"/threads/{thread}?quote=1").text
    assert quoted.index("Half a\n\nreply") < quoted.index("wrote:\n&gt;")
    sent = browser.post(f"/drafts/thread/{team}", title="A title", body="Half a thread", draft="")
    shown = browser.follow(sent).text
    assert 'value="A title"' in shown
    assert "Half a thread" in shown
    browser.post("/drafts/edit/1", body="First, better", base_version="1", draft="")
    shown = browser.get("/posts/1/edit").text
    assert "First, better" in shown
    assert "This is your draft" in shown
    listed = browser.get("/drafts").text
    for words in ("Your reply in", "A new thread for", "Your changes to a post in"):
        assert words in listed
    revision = re.search(r'name="draft"[^>]*value="([^"]+)"', shown)
    assert revision
    browser.post("/posts/1/edit", body="First, best", base_version="1", draft=revision[1])
    assert "Your changes to a post" not in browser.get("/drafts").text


def test_without_javascript_both_texts_are_shown(
    visitor: Visit, community: Community, teams: Teams, lead: Actor, db: Database
) -> None:
    thread = teams.thread(lead, teams.team(lead))
    browser = visitor().sign_in_as(community, lead)
    address = f"/drafts/reply/{thread}"
    browser.post(address, body="From the other device", draft="")
    shown = browser.post(address, status=409, body="From here", draft="").text
    assert "From the other device" in shown
    assert "From here" in shown
    revision = re.search(r'name="draft"[^>]*value="([^"]+)"', shown)
    assert revision
    browser.post(address, body="From here\nFrom the other device", draft=revision[1])
    assert stored(db, lead, thread) == "From here\nFrom the other device"
    # A draft that went meanwhile, and a text that is too long, are shown as well.
    gone = browser.post(address, status=409, body="Late words", draft="no-such-revision" * 2).text
    assert "From the other device" in gone
    with db.transaction(write=True) as tx:
        drafts.remove(lead, tx=tx, draft_id=drafts.listing(lead, tx=tx)[0].draft.id)
    gone = browser.post(address, status=409, body="Late words", draft=revision[1]).text
    assert "posted or deleted in another window" in gone
    assert "Late words" in gone
    long = browser.post(address, status=422, body="a" * (DRAFT_BODY_MAX + 1), draft="").text
    assert "at most 60,000" in long
    assert "a" * 500 in long


def test_a_script_is_answered_with_facts_and_a_stranger_with_nothing(
    visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    thread = teams.thread(lead, teams.team(lead))
    address, facts = f"/drafts/reply/{thread}", {"Accept": "application/json"}
    browser = visitor().sign_in_as(community, lead)
    kept = browser.post(address, status=200, headers=facts, body="One", draft="").json
    assert kept
    clash = browser.post(address, status=409, headers=facts, body="Two", draft="").json
    assert clash
    assert (clash["why"], clash["body"], clash["draft"]) == ("changed", "One", kept["draft"])
    browser.post(address, body="One", draft=kept["draft"], headers=facts, status=200)
    # Somebody else signed in in another tab of the same browser: nothing of the page's goes into their drafts.
    browser.post(address, status=409, headers=facts, body="One more", draft="", writer="999")
    visitor().post(address, status=404, body="One", draft="")


def test_saving_has_limits_of_its_own(
    visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    thread = teams.thread(lead, teams.team(lead))
    browser = visitor().sign_in_as(community, lead)
    facts = {"Accept": "application/json"}
    answers = []
    for _ in range(63):
        answers.append(
            browser._client.post(
                f"/drafts/reply/{thread}", data={"csrf_token": "x"}, headers=facts, **browser._options
            ).status_code
        )
    assert answers[0] == 422
    assert answers[-1] == 429
    # What is done on purpose is not held up by it.
    browser.post(f"/threads/{thread}", body="Posted all the same")
