"""Cards of private things for every kind of reader: each is told what they could open, and nothing of what they could
not; to them a link to it is the same as one to what never was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from cop.app import build_worker
from cop.threads import service
from cop.threads.texts import written
from tests.build.stage import Stage
from tests.build.world import MODES, canary
from tests.integration.matrix_table import ORDER
from tests.integration.test_canaries import CARD, EVERYBODY, NOBODY, OFFICERS, ON_TEAM, SPACE


@dataclass(frozen=True)
class Linked:
    """An address, the word that stands on its card, and who gets that card."""

    address: str
    word: str
    readers: frozenset[str]


def linked(stage: Stage) -> list[Linked]:
    """Things of every team, in every state."""
    found = []
    for mode in MODES:
        place = stage.world.places[mode]
        versioned = place.assets["versioned"]
        found += [
            Linked(f"/teams/{place.team}", canary(mode, "name"), CARD[mode]),
            Linked(f"/teams/{place.team}?x=1", canary(mode, "question"), CARD[mode]),
            Linked(f"/threads/{place.thread}", canary(mode, "title"), SPACE[mode]),
            Linked(f"/posts/{place.posts['lead']}", canary(mode, "reply"), SPACE[mode]),
            Linked(
                f"/threads/{place.thread}#post-{place.posts['member']}", canary(mode, "post"), SPACE[mode]
            ),
            Linked(f"/posts/{place.posts['removed']}", canary(mode, "removed"), NOBODY),
            Linked(f"/library/{place.assets['public']}", canary(mode + "public", "asset"), EVERYBODY),
            Linked(
                f"/library/{place.assets['network']}", canary(mode + "network", "summary"), OFFICERS | ON_TEAM
            ),
            Linked(f"/library/{place.assets['team']}", canary(mode + "team", "asset"), ON_TEAM),
            Linked(f"/library/{place.assets['draft']}", canary(mode + "draft", "summary"), ON_TEAM),
            # Whichever version is meant, the card is the document's.
            Linked(f"/library/{versioned}/versions/1", canary(mode + "second", "asset"), EVERYBODY),
            Linked(f"/library/{versioned}/versions/3", canary(mode + "second", "summary"), EVERYBODY),
        ]
        # A hidden post has no card for anybody, those who still read it included; who quotes it has one without it.
        found += [
            Linked(f"/posts/{place.posts['hidden']}", canary(mode, "hidden", "now"), NOBODY),
            Linked(f"/posts/{place.posts['quoting']}", ">They are not.<", SPACE[mode]),
        ]
    return found


@pytest.fixture(scope="module")
def thread_id(stage: Stage) -> int:
    """A thread that everybody reads, with a post for each of them; every bare address stands in it, too."""
    lead, things = stage.world.actors["lead"], linked(stage)
    team_id = stage.world.places["open"].team
    with stage.db.transaction(write=True) as tx:
        started = service.start_thread(
            lead, tx=tx, team_id=team_id, title="Links", body=written("See below.")
        )
        for each in things:
            body = written(f"[this]({each.address}), http://localhost{each.address}")
            service.reply(lead, tx=tx, thread_id=started.thread_id, body=body)
    return started.thread_id


@pytest.mark.parametrize("turn", ["first", "from memory"])
@pytest.mark.parametrize("name", ORDER)
def test_each_reader_gets_the_cards_of_what_they_may_open(
    stage: Stage, thread_id: int, name: str, turn: str
) -> None:
    things = linked(stage)
    assert len(things) < 50, "they stand on one page"
    for address in (f"/threads/{thread_id}", f"/threads/{thread_id}/posts?since=0"):
        page = stage.visitor(name).get(address, check=address.endswith(str(thread_id))).text
        posts = page.split("<article ")[2:]
        wrong = [
            (each.address, each.word)
            for each, post in zip(things, posts, strict=True)
            if (each.word in post) != (name in each.readers) or ("linked" in post) != (name in each.readers)
        ]
        assert not wrong
        assert not stage.leaked(name, page)


@pytest.mark.parametrize("name", ["anonymous", "supplier", "resident", "officer", "admin", "lead"])
def test_what_is_hidden_from_a_reader_looks_like_what_never_was(
    stage: Stage, thread_id: int, name: str
) -> None:
    private = {each.address for each in linked(stage) if name not in each.readers}
    assert private
    page = stage.visitor(name).get(f"/threads/{thread_id}").text
    for address in private:
        whole = re.escape(address)
        found = re.search(
            rf'<div class="prose"><p>(<a href="{whole}" [^>]*>this</a>, <a href="http://localhost{whole}"'
            rf" [^>]*>http://localhost{whole}</a>)</p></div>\s*<footer>",
            page,
        )
        assert found, address
        invented = re.sub(r"\d+", "987654", address)
        shown = found[1].replace(address, invented)
        plain = written(f"[this]({invented}), http://localhost{invented}").rendered.html
        assert plain == f"<p>{shown}</p>"


def test_search_knows_nothing_of_cards(stage: Stage, thread_id: int) -> None:
    build_worker(stage.settings, stage.db).drain()
    with stage.db.transaction(write=False) as tx:
        rows = tx.session.connection().exec_driver_sql(
            f"SELECT id, html FROM post WHERE thread_id = {thread_id}"
        )
        posts = {f"/posts/{row.id}": row.html for row in rows}
    browser = stage.visitor("member")
    for each in linked(stage):
        if each.word.startswith("canary"):
            found = browser.get(f"/search?q={each.word}").text
            assert not [address for address in posts if f'"{address}"' in found]
    assert [address for address in posts if f'"{address}"' in browser.get("/search?q=below").text], "it looks"
    assert not [html for html in posts.values() if "canary" in html]
