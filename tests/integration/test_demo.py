"""The demonstration: loaded through the services, once, on both databases; and walked through by everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from urllib.parse import quote_plus

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from cop.accounts import credentials, domains, sessions
from cop.accounts.passwords import DEMO_PASSWORD
from cop.accounts.sign_in import PublishedSignIns
from cop.app import create_app
from cop.demo import start
from cop.demo.content.records import Asset
from cop.demo.content.records import Community as Written
from cop.home.routes import DEMO_EXAMPLES
from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, Forbidden
from cop.kernel.events import DeliveryRow
from cop.settings import Settings
from tests.build.community import Community
from tests.build.crawler import walk
from tests.build.databases import Maker
from tests.build.pages import Visitor

# One for each column of PRODUCT.md's table that exists so far.
VISITORS = {
    "anonymous": None,
    "officer": "ben.achterberg@cotswold.example",
    "supplier": "sanjay.mehta@thistlecombe.example",
    "lead": "amira.khan@leeds.example",
    "member": "pauline.eccles@durham.example",
    "board": "grace.oyelaran@northnorthants.example",
    "librarian": "helen.fairweather@board-office.example",
    "admin": "eleanor.marsh@board-office.example",
    "community": "lorna.tibbs@ashmarket-carers.example",
}
PRIVATE = "agency-staff"
ON_PRIVATE_TEAM = {"member"}


@dataclass(frozen=True)
class Demo:
    """A loaded demonstration and what was written for it."""

    app: Flask
    db: Database
    settings: Settings
    written: Written

    def actor(self, email: str) -> Actor:
        with self.db.transaction(write=False) as tx:
            person_id = credentials.look_up(tx, email=email).person_id
            assert person_id is not None, email
            return sessions.actor_of(tx, person_id)

    def visitor(self, who: str) -> Visitor:
        email = VISITORS[who]
        browser = Visitor(self.app)
        return browser if email is None else browser.sign_in_as(Community(self.db), self.actor(email))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demonstration, loaded once for all tests that only read it."""
    maker: Maker = request.getfixturevalue(f"{request.param}_maker")
    url = maker.fresh()
    var = tmp_path_factory.mktemp("demo")
    settings = Settings.from_env({"COP_DEMO": "1", "COP_VAR": str(var), "COP_DATABASE_URL": url})
    db = Database.open(url)
    assert start.load_once(db, settings) is True
    app = create_app(replace(settings, rate_limit=100_000, public_url="http://localhost"), db)
    yield Demo(app, db, settings, start.community())
    db.dispose()
    maker.drop(url)


def counts(db: Database) -> dict[str, int]:
    """How many rows each table of people's work has."""
    tables = (
        "organisation",
        "person",
        "team",
        "team_member",
        "thread",
        "post",
        "asset",
        "stored_file",
        "event",
    )
    with db.transaction(write=False) as tx:
        return {
            name: tx.session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables
        }


def test_everything_written_is_there_and_loading_twice_is_once(demo: Demo) -> None:
    before = counts(demo.db)
    written = demo.written
    assert before["person"] == len(written.people)
    assert before["team"] == len(written.teams)
    assert before["team_member"] == sum(len(team.members) for team in written.teams)
    assert before["thread"] == len(written.threads)
    assert before["post"] == sum(len(thread.posts) for thread in written.threads)
    assert before["asset"] == len(written.assets)
    assert before["stored_file"] == sum(1 + len(asset.former) for asset in written.assets)
    others = sum(item.gss is None for item in written.organisations)
    assert before["organisation"] > 400 + others
    assert start.load_once(demo.db, demo.settings) is False
    assert counts(demo.db) == before


def test_nothing_waits_for_the_worker(demo: Demo) -> None:
    with demo.db.transaction(write=False) as tx:
        assert tx.session.scalar(select(func.count()).select_from(DeliveryRow)) == 0
        unread = tx.session.execute(text("SELECT count(*) FROM file_text WHERE status = 'pending'"))
        assert unread.scalar_one() == 0


def test_times_are_those_of_the_story(demo: Demo) -> None:
    officer, lead = demo.visitor("officer"), demo.visitor("lead")
    assert "2 days past its end date" in officer.get("/teams").text
    assert "24 days left" in officer.get("/teams").text
    with demo.db.transaction(write=False) as tx:
        late = tx.session.execute(
            text(
                "SELECT count(*) FROM team_member JOIN person ON person.id = person_id "
                "WHERE person.created_at > team_member.joined_at"
            )
        ).scalar_one()
    assert late == 0, "nobody is on a team before they have an account"
    assert "today" not in unescape(lead.get("/profile").text)


def test_who_buys_has_a_known_domain(demo: Demo) -> None:
    """So that somebody with an address at a council of the demonstration gets in without waiting."""
    leeds = demo.actor("vicky.summers@leeds.example")
    with demo.db.transaction(write=False) as tx:
        found = domains.listed(leeds, tx=tx, organisation_id=leeds.organisation_id or 0)
    assert [item.domain for item in found] == ["leeds.example"]


def test_people_sign_in_with_the_password_that_is_printed(demo: Demo) -> None:
    people = demo.written.people
    table, lines = start.sign_in_table(people), start.sign_in_lines(people)
    assert DEMO_PASSWORD in table
    assert DEMO_PASSWORD in lines
    offered = [person for person in people if person.sign_in]
    assert len(offered) >= 8
    assert all(person.email in table and str(person.sign_in) in table for person in offered)
    browser = Visitor(demo.app)
    browser.post("/sign-in", email=offered[0].email, password=DEMO_PASSWORD, next="/")
    assert offered[0].name in browser.get("/").text


def found(browser: Visitor, phrase: str) -> str:
    """The page of results for a phrase."""
    return unescape(browser.get(f"/search?q={quote_plus(phrase)}").text)


def test_the_sign_in_page_says_who_one_can_be(demo: Demo) -> None:
    before = Visitor(demo.app).get("/sign-in").text
    assert "The command that started this server" in before
    assert DEMO_PASSWORD not in before
    start.show_sign_ins(demo.app)
    try:
        pages = [Visitor(demo.app).get("/sign-in").text]
        pages.append(Visitor(demo.app).post("/sign-in", status=422, email="", password="").text)
    finally:
        demo.app.extensions["cop"].parts.pop(PublishedSignIns)
    shown = [person for person in demo.written.people if person.key in start.SHOWN]
    assert len(shown) == 5
    for page in pages:
        assert page.count(DEMO_PASSWORD) == 1
        for person in shown:
            assert person.email in page.replace("<wbr>", "")
            assert (person.sign_in or "?") in unescape(page)


def test_nobody_is_named_who_is_not_there(make_settings: Callable[[str], Settings], db: Database) -> None:
    app = create_app(replace(make_settings("sqlite:///x.db"), demo=True), db)
    start.show_sign_ins(app)
    assert DEMO_PASSWORD not in Visitor(app).get("/sign-in").text


def test_another_server_says_nothing_of_published_passwords(demo: Demo) -> None:
    settings = replace(demo.settings, demo=False, public_url="http://localhost")
    app = create_app(settings, demo.db)
    plain = Visitor(app).get("/sign-in").text
    start.show_sign_ins(app)
    assert PublishedSignIns not in app.extensions["cop"].parts
    app.extensions["cop"].parts[PublishedSignIns] = PublishedSignIns([], DEMO_PASSWORD)
    for page in (plain, Visitor(app).get("/sign-in").text):
        assert "Demonstration" not in page
        assert DEMO_PASSWORD not in page


def test_a_stranger_finds_documents_by_phrases_inside_them(demo: Demo) -> None:
    stranger = demo.visitor("anonymous")
    public = [
        asset for asset in demo.written.assets if asset.audience == "public" and asset.state == "published"
    ]
    assert len(public) >= 12
    for asset in public:
        for phrase in asset.phrases:
            assert asset.title in found(stranger, f'"{phrase}"'), f"{asset.key}: {phrase}"
    for words, address in DEMO_EXAMPLES:
        assert "/library/" in stranger.get(address).text, words


def test_documents_come_down_as_they_went_up(demo: Demo) -> None:
    seen = walk(demo.visitor("anonymous"), "/library")
    assert seen.wrong == []
    sizes = sorted(size for path, size in seen.files.items() if "/download/" in path)
    public = [
        asset for asset in demo.written.assets if asset.audience == "public" and asset.state == "published"
    ]
    written = [version.path for asset in public for version in asset.versions]
    assert sizes == sorted(path.stat().st_size for path in written)


def secret_words(written: Written) -> list[str]:
    """Sentences that only the private team may read, and the last ones of what it wrote."""
    bodies = [
        post.edits[-1].body if post.edits else post.body
        for thread in written.threads
        if thread.team == PRIVATE
        for post in thread.posts
        if post.deleted is None
    ]
    return [max(body.replace("\n", ". ").split(". "), key=len).strip("*_>- .")[:60] for body in bodies]


def team_only(written: Written) -> list[Asset]:
    """Documents for one team, and drafts: nobody outside the team may see them."""
    return [asset for asset in written.assets if asset.audience == "team" or asset.state == "draft"]


@pytest.mark.parametrize("who", VISITORS)
def test_every_link_leads_somewhere_and_nobody_sees_too_much(demo: Demo, who: str) -> None:
    if who not in ("anonymous", "member") and not demo.db.is_sqlite:
        pytest.skip("which links there are does not depend on the database; two visitors are enough")
    seen = walk(demo.visitor(who))
    assert seen.wrong == []
    assert len(seen.pages) > 20
    secrets = secret_words(demo.written)
    assert len(secrets) > 10
    shown = [words for words in secrets if seen.showing(words)]
    if who in ON_PRIVATE_TEAM:
        assert len(shown) > len(secrets) / 2, "the canaries are real: the team itself reads them"
    else:
        assert shown == []


@pytest.mark.parametrize("who", VISITORS)
def test_search_finds_nothing_that_the_reader_may_not_read(demo: Demo, who: str) -> None:
    browser = demo.visitor(who)
    titles = {thread.title for thread in demo.written.threads if thread.team == PRIVATE}
    hits = [
        words
        for words in secret_words(demo.written)
        if any(title in found(browser, words) for title in titles)
    ]
    assert bool(hits) == (who in ON_PRIVATE_TEAM)
    own = {"lead": "childrens-placements", "supplier": "childrens-placements", "member": PRIVATE}
    for asset in team_only(demo.written):
        mine = own.get(who) == asset.team or VISITORS[who] in {
            person.email for person in demo.written.people if person.key == asset.owner
        }
        if not mine:
            assert asset.title not in found(browser, asset.title.split(":")[0]), asset.key


def test_it_is_only_loaded_as_a_demonstration(
    sqlite_db: Database, make_settings: Callable[[str], Settings]
) -> None:
    settings = make_settings(sqlite_db.url)
    with pytest.raises(Forbidden, match="COP_DEMO=1"):
        start.load_once(sqlite_db, settings)
    assert counts(sqlite_db)["person"] == 0


def test_it_is_not_mixed_with_real_people(
    sqlite_db: Database, make_settings: Callable[[str], Settings]
) -> None:
    Community(sqlite_db).person()
    with pytest.raises(Conflict, match="holds people already"):
        start.load_once(sqlite_db, replace(make_settings(sqlite_db.url), demo=True))
    assert counts(sqlite_db)["team"] == 0


def test_a_failure_on_the_way_leaves_nothing_behind(
    sqlite_db: Database, make_settings: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(make_settings(sqlite_db.url), demo=True)
    written = start.community()
    broken = replace(written, assets=(*written.assets, replace(written.assets[0], owner="nobody")))
    monkeypatch.setattr(start, "community", lambda: broken)
    with pytest.raises(KeyError, match="nobody"):
        start.load_once(sqlite_db, settings)
    assert set(counts(sqlite_db).values()) == {0}
