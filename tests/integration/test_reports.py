"""Reporting posts and hiding them: who decides, who is told, and that nobody else finds a word of what is hidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text

from cop.app import build_worker
from cop.kernel.access import ANONYMOUS, Actor
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from cop.kernel.markup import quote
from cop.notifications import queries as notices
from cop.settings import Settings
from cop.threads import queries, reports, service
from cop.threads.limits import REPORTS_OPEN_MAX
from cop.threads.routes_reports import OFTEN
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.teams import Teams

pytestmark = pytest.mark.usefixtures("app")
Visit = Callable[..., Visitor]
SECRET = "xylophonic"
BETWEEN = "\n-- next --\n"
WHY = "It names a child"


@pytest.fixture
def lead(community: Community) -> Actor:
    """Leads the team."""
    return community.person("Rita Osei")


@pytest.fixture
def author(community: Community) -> Actor:
    """Wrote what is reported."""
    return community.person("Ann Lee")


@pytest.fixture
def other(community: Community) -> Actor:
    """Is on the team as well."""
    return community.person("Bob Ray")


@pytest.fixture
def thread(db: Database, teams: Teams, lead: Actor, author: Actor, other: Actor) -> int:
    """Two posts of the author's; the second is what it is about."""
    team = teams.team(lead, members=[(author, "member", "finance"), (other, "member", "legal")])
    return teams.thread(author, team, "Where it began", f"She said {SECRET} there")


def worked(db: Database, make_settings: Callable[[str], Settings]) -> None:
    """What waits for the worker is done."""
    build_worker(make_settings(db.url), db).drain()


def post_of(db: Database, thread_id: int, number: int = 2) -> int:
    with db.transaction(write=False) as tx:
        query = text("SELECT id FROM post WHERE thread_id = :thread AND number = :number")
        found: int = tx.session.execute(query, {"thread": thread_id, "number": number}).scalar_one()
        return found


def report(db: Database, actor: Actor, post_id: int, reason: str = "personal", words: str = "") -> int:
    with db.transaction(write=True) as tx:
        return reports.report(actor, tx=tx, post_id=post_id, reason=reason, words=words)


def decide(
    db: Database, actor: Actor, post_id: int, kind: str = "hide", reason: str = WHY, version: int = 1
) -> None:
    with db.transaction(write=True) as tx:
        reports.decide(actor, tx=tx, post_id=post_id, kind=kind, reason=reason, version=version)


def told(db: Database, actor: Actor) -> list[str]:
    """The titles in somebody's inbox."""
    with db.transaction(write=False) as tx:
        return [notice.what.title for notice in notices.inbox(actor, tx=tx).rows]


def events(db: Database, *kinds: str) -> list[tuple[str, int | None]]:
    """Events of these kinds with who did it, the first first."""
    with db.transaction(write=False) as tx:
        rows = tx.session.execute(text("SELECT kind, person_id FROM event ORDER BY id")).all()
    return [(row.kind, row.person_id) for row in rows if row.kind in kinds]


def test_a_stranger_reports_and_nothing_of_them_is_kept(visitor: Visit, db: Database, thread: int) -> None:
    browser, post_id = visitor(), post_of(db, thread)
    assert f"/posts/{post_id}/report" in browser.get(f"/threads/{thread}").text
    browser.get(f"/posts/{post_id}/report")
    again = browser.post(f"/posts/{post_id}/report", status=422, words="She is my neighbour").text
    assert "Choose what is wrong with it" in again
    assert "She is my neighbour" in again
    again = browser.post(f"/posts/{post_id}/report", status=422, reason="other").text
    assert "Say what is wrong with it" in again
    answer = browser.post(f"/posts/{post_id}/report", reason="personal", words="She is my neighbour")
    assert "Thank you" in browser.follow(answer).text
    with db.transaction(write=False) as tx:
        row = tx.session.execute(text("SELECT * FROM post_report")).mappings().one()
    assert row["reporter_id"] is None
    assert row["words"] == "She is my neighbour"
    assert "127.0.0.1" not in str(dict(row))
    assert events(db, "PostReported") == [("PostReported", None)]


def test_a_machine_cannot_report_without_end(visitor: Visit, db: Database, thread: int) -> None:
    browser, post_id = visitor(), post_of(db, thread)
    for _ in range(int(OFTEN.burst)):
        browser.post(f"/posts/{post_id}/report", status=422)
    assert "Wait a minute" in browser.post(f"/posts/{post_id}/report", status=429, reason="spam").text


def test_there_is_an_end_of_reports_of_one_post(db: Database, thread: int) -> None:
    post_id = post_of(db, thread)
    for _ in range(REPORTS_OPEN_MAX):
        report(db, ANONYMOUS, post_id)
    with pytest.raises(Conflict, match="already"):
        report(db, ANONYMOUS, post_id)


def test_moderators_are_told_once_for_each_post_and_authors_not_at_all(
    db: Database, thread: int, lead: Actor, author: Actor, other: Actor
) -> None:
    post_id = post_of(db, thread)
    report(db, other, post_id)
    assert len(told(db, lead)) == 1
    assert not told(db, author)
    assert not told(db, other)
    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE notice SET seen_at = at"))
    report(db, ANONYMOUS, post_id)
    with db.transaction(write=False) as tx:
        assert not notices.inbox(lead, tx=tx).unseen, "told of the same post anew"
        assert notices.header_counts(lead, tx=tx, today=tx.now().date())[1] == 1
    with pytest.raises(Conflict, match="already"):
        report(db, other, post_id)
    decide(db, lead, post_id, "keep", "It is her own name")
    assert not told(db, lead), "it still asks for what is decided"


def test_the_reporter_hears_of_either_answer(
    db: Database, visitor: Visit, community: Community, thread: int, lead: Actor, other: Actor
) -> None:
    post_id = post_of(db, thread)
    kept = report(db, other, post_id)
    decide(db, lead, post_id, "keep", "It is her own name")
    assert told(db, other) == ["The post you reported stays as it is: It is her own name"]
    page = visitor().sign_in_as(community, other).get(f"/reports/{kept}").text
    assert "The post stays as it is" in page
    assert "It is her own name" in page
    visitor().sign_in_as(community, lead).get(f"/reports/{kept}", status=404)
    second = report(db, other, post_id)
    decide(db, lead, post_id)
    assert f"The post you reported is hidden: {WHY}" in told(db, other)
    with db.transaction(write=False) as tx:
        assert reports.own(other, tx=tx, report_id=second).decision is not None


def test_a_removed_post_answers_who_reported_it(
    db: Database, thread: int, lead: Actor, author: Actor, other: Actor
) -> None:
    post_id = post_of(db, thread)
    report(db, other, post_id)
    with db.transaction(write=True) as tx:
        service.remove(author, tx=tx, post_id=post_id)
    assert told(db, other) == ["The post you reported was removed"]
    assert not told(db, lead)
    with pytest.raises(Gone):
        report(db, ANONYMOUS, post_id)


def test_the_author_is_told_of_being_hidden_and_shown(
    db: Database, thread: int, lead: Actor, author: Actor
) -> None:
    post_id = post_of(db, thread)
    decide(db, lead, post_id)
    assert told(db, author) == [f"Your post in “What providers told us” is hidden: {WHY}"]
    decide(db, lead, post_id, "show", "It was her stage name")
    assert told(db, author) == ["Your post in “What providers told us” is there for everybody again"]
    found = events(db, "PostHidden", "PostRestored")
    assert found == [("PostHidden", lead.person_id), ("PostRestored", lead.person_id)]


def test_who_decides(
    db: Database, community: Community, teams: Teams, thread: int, lead: Actor, author: Actor, other: Actor
) -> None:
    post_id = post_of(db, thread)
    for nobody in (author, other, ANONYMOUS):
        with pytest.raises(Forbidden):
            decide(db, nobody, post_id)
    with pytest.raises(Forbidden, match="second step"):
        decide(db, replace(lead, held_back=True), post_id)
    admin = community.person("Ada Min", kind="central", roles=("platform_admin",))
    decide(db, admin, post_id)
    decide(db, lead, post_id, "show", "The admin was wrong")
    private = teams.thread(author, teams.team(lead, access="private", members=[(author, "member", "hr")]))
    with pytest.raises(NotFound):
        decide(db, admin, post_of(db, private, 1))


def test_nobody_decides_about_themselves(
    db: Database, community: Community, teams: Teams, lead: Actor, other: Actor
) -> None:
    admin = community.person("Ada Min", kind="central", roles=("platform_admin",))
    team = teams.team(lead, members=[(other, "member", "legal")])
    thread_id = teams.thread(lead, team, "My own words")
    post_id = post_of(db, thread_id, 1)
    report(db, other, post_id)
    assert not told(db, lead)
    assert len(told(db, admin)) == 1, "nobody else runs this team"
    with pytest.raises(Forbidden, match="somebody else"):
        decide(db, lead, post_id)
    with db.transaction(write=False) as tx:
        assert not reports.cases(lead, tx=tx, team_id=team)
        assert len(reports.cases(admin, tx=tx, team_id=team)) == 1
    with pytest.raises(Forbidden):
        report(db, lead, post_id)


def test_what_was_decided_meanwhile_is_not_decided_again(
    db: Database, thread: int, lead: Actor, author: Actor
) -> None:
    post_id = post_of(db, thread)
    with pytest.raises(Conflict):
        decide(db, lead, post_id, "keep")
    with pytest.raises(Conflict):
        decide(db, lead, post_id, "show")
    with pytest.raises(Invalid):
        decide(db, lead, post_id, "burn")
    with db.transaction(write=True) as tx:
        service.edit(author, tx=tx, post_id=post_id, body=written("She said it kindly"), base_version=1)
    with pytest.raises(Invalid, match="was changed"):
        decide(db, lead, post_id)
    decide(db, lead, post_id, version=2)
    with pytest.raises(Conflict):
        decide(db, lead, post_id, version=2)


def test_what_was_typed_stays_when_the_post_was_changed(
    db: Database, visitor: Visit, community: Community, thread: int, lead: Actor, author: Actor
) -> None:
    post_id = post_of(db, thread)
    browser = visitor().sign_in_as(community, lead)
    browser.get(f"/posts/{post_id}/decide")
    with db.transaction(write=True) as tx:
        service.edit(author, tx=tx, post_id=post_id, body=written("She said it kindly"), base_version=1)
    sent = {"decision": "hide", "reason": WHY, "version": "1"}
    shown = browser.post(f"/posts/{post_id}/decide", status=422, **sent).text
    assert "was changed while you were reading" in shown
    assert WHY in shown
    assert "kindly" in shown
    browser.post(f"/posts/{post_id}/decide", **{**sent, "version": "2"})


def everywhere(browser: Visitor, thread: int, post_id: int, quoting: Sequence[int]) -> str:
    """All that somebody is shown of a thread and its posts, whatever the status."""
    paths = [
        f"/threads/{thread}",
        f"/threads/{thread}?quote={post_id}",
        *(f"/threads/{thread}?quote={number}" for number in quoting),
        f"/threads/{thread}/posts?since=0",
        *(f"/posts/{post_id}/{part}" for part in ("history", "history?plain=1", "quote", "edit", "remove")),
        *(
            f"/posts/{number}/{part}"
            for number in quoting
            for part in ("history", "history?plain=1", "quote", "edit", "report")
        ),
        f"/search?q={SECRET}",
        "/inbox",
        "/drafts",
        "/",
    ]
    found = []
    for path in paths:
        with browser.fetch(path) as response:
            # Where it echoes what was searched for.
            found.append(f"{path}: {response.get_data(as_text=True)}".replace(f'value="{SECRET}"', ""))
    return (
        BETWEEN.join(found)
        .replace(f"q={SECRET}", "")
        .replace(f"“{SECRET}”", "")
        .replace(f" for {SECRET}", "")
    )


def test_a_hidden_post_is_found_by_nobody_but_its_author_and_those_who_decide(
    db: Database,
    app: Flask,
    make_settings: Callable[[str], Settings],
    visitor: Visit,
    community: Community,
    thread: int,
    lead: Actor,
    author: Actor,
    other: Actor,
) -> None:
    post_id = post_of(db, thread)
    body = f"> She said {SECRET} there\ntogether\n\nThat is not so."
    with db.transaction(write=True) as tx:
        first = service.reply(other, tx=tx, thread_id=thread, body=written(body), quote_id=post_id).post_id
        service.edit(other, tx=tx, post_id=first, body=written(f"{body} Really."), base_version=1)
        again = written(f"{quote(body, 'Bob Ray')}I agree.")
        assert SECRET in again.source, "a quotation takes along what is quoted in it"
        second = service.reply(lead, tx=tx, thread_id=thread, body=again, quote_id=first).post_id
        quoting = (first, second)
    worked(db, make_settings)
    people = {
        "stranger": visitor(),
        **{
            actor.name: visitor().sign_in_as(community, actor)
            for actor in (lead, author, other, community.person("Olu Far"))
        },
    }
    for name, browser in people.items():
        assert SECRET in everywhere(browser, thread, post_id, quoting), f"{name} never saw it"
    decide(db, lead, post_id)
    unseen = ("stranger", "Bob Ray", "Olu Far")
    for drained in (False, True):
        if drained:
            worked(db, make_settings)
        for name, browser in people.items():
            shown = everywhere(browser, thread, post_id, quoting)
            where = [
                (part[:20], part[max(part.find(SECRET) - 80, 0) :][:160])
                for part in shown.split(BETWEEN)
                if SECRET in part
            ]
            assert bool(where) is (name not in unseen), f"{name}, drained {drained}: {where}"
            assert WHY in shown
            assert "That is not so" in shown
    with db.transaction(write=False) as tx:
        place = queries.thread(other, tx=tx, thread_id=thread)
        posts = queries.posts(other, tx=tx, thread=place, page=1)
    assert [post.number for post in posts] == [1, 2, 3, 4], "it keeps its place"
    decide(db, lead, post_id, "show", "It was meant well")
    worked(db, make_settings)
    for name, browser in people.items():
        assert SECRET in everywhere(browser, thread, post_id, quoting), f"{name} does not see it again"


def test_what_was_hidden_stays_hidden_in_quotations_when_it_is_removed(
    db: Database, visitor: Visit, thread: int, lead: Actor, other: Actor
) -> None:
    post_id = post_of(db, thread)
    body = written(f"> She said {SECRET} there\n\nThat is not so.")
    with db.transaction(write=True) as tx:
        service.reply(other, tx=tx, thread_id=thread, body=body, quote_id=post_id)
    decide(db, lead, post_id)
    with db.transaction(write=True) as tx:
        service.remove(lead, tx=tx, post_id=post_id)
    shown = visitor().get(f"/threads/{thread}").text
    assert SECRET not in shown
    assert "That is not so" in shown


def test_what_was_hidden_stays_hidden_when_the_post_that_handed_it_on_is_removed(
    db: Database, visitor: Visit, thread: int, lead: Actor, author: Actor, other: Actor
) -> None:
    first = post_of(db, thread)
    with db.transaction(write=True) as tx:
        body = written(f"> She said {SECRET} there\n\nThat is not so.")
        middle = service.reply(other, tx=tx, thread_id=thread, body=body, quote_id=first).post_id
        body = written(f"> > She said {SECRET} there\n>\n> That is not so.\n\nBut it is.")
        service.reply(author, tx=tx, thread_id=thread, body=body, quote_id=middle)
    decide(db, lead, first)
    assert SECRET not in visitor().get(f"/threads/{thread}").text
    with db.transaction(write=True) as tx:
        service.remove(other, tx=tx, post_id=middle)
    shown = visitor().get(f"/threads/{thread}").text
    assert SECRET not in shown
    assert "But it is" in shown


def test_nobody_reacts_to_or_quotes_what_is_hidden(
    db: Database, thread: int, lead: Actor, author: Actor
) -> None:
    post_id = post_of(db, thread)
    decide(db, lead, post_id)
    for actor in (lead, author):
        with pytest.raises(Gone), db.transaction(write=True) as tx:
            service.react(actor, tx=tx, post_id=post_id, kind="agree", on=True)
    with db.transaction(write=True) as tx:
        posted = service.reply(author, tx=tx, thread_id=thread, body=written("As I said"), quote_id=post_id)
        found = tx.session.execute(
            text("SELECT quote_id FROM post WHERE id = :id"), {"id": posted.post_id}
        ).scalar_one()
    assert found is None


def test_the_admin_is_told_of_a_private_post_without_a_word_of_it(
    db: Database, visitor: Visit, community: Community, teams: Teams, lead: Actor, author: Actor, other: Actor
) -> None:
    admin = community.person("Ada Min", kind="central", roles=("platform_admin",))
    members = [(author, "member", "finance"), (other, "member", "legal")]
    thread_id = teams.thread(author, teams.team(lead, access="private", members=members), f"All {SECRET}")
    report(db, other, post_of(db, thread_id, 1), "other", f"It says {SECRET}")
    browser = visitor().sign_in_as(community, admin)
    shown = browser.get("/admin/reports").text
    assert "Bob Ray" in shown
    assert "Something else" in shown
    assert "What providers told us" in shown
    assert SECRET not in shown
    assert f"/posts/{post_of(db, thread_id, 1)}/decide" not in shown


def test_queues_take_the_same_number_of_statements_however_long_they_are(
    db: Database, visitor: Visit, community: Community, teams: Teams, lead: Actor, author: Actor, other: Actor
) -> None:
    team = teams.team(lead, members=[(author, "member", "finance"), (other, "member", "legal")])
    thread_id = teams.thread(author, team, *(f"Post {number}" for number in range(1, 8)))
    browser = visitor().sign_in_as(community, lead)
    counts = []
    for numbers in ((1,), (2, 3, 4, 5, 6)):
        for number in numbers:
            report(db, other, post_of(db, thread_id, number))
        for path in (f"/teams/{team}/reports", "/"):
            browser.get(path)
            with statements(db) as made:
                browser.get(path)
            counts.append(len(made))
    assert counts[:2] == counts[2:]
