"""Cards of the pages that a post links to: each reader sees those of what they may see, as it is now."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.library import service as library_service
from cop.threads import endings, queries, reports
from cop.threads import service as threads
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.teams import Teams

Visit = Callable[..., Visitor]


def cards(page: str) -> list[tuple[str, str, str]]:
    """What each card on a page says: what it is, where it leads, and its title."""
    lists = re.findall(r'<ul class="linked".*?</ul>', page, re.DOTALL)
    return [
        (kind, href, title)
        for each in lists
        for kind, href, title in re.findall(
            r'quiet">(.*?)</span> <span class="alone"><a href="(.*?)">(.*?)</a>', each
        )
    ]


def post_ids(db: Database, thread_id: int) -> list[int]:
    """The posts of a thread, in order."""
    with db.transaction(write=False) as tx:
        thread = queries.thread(SYSTEM, tx=tx, thread_id=thread_id)
        return [post.id for post in queries.posts(SYSTEM, tx=tx, thread=thread, page=1)]


@pytest.fixture
def amira(community: Community) -> Actor:
    """Leads the teams."""
    return community.person("Amira Khan")


def test_a_post_shows_what_it_links_to(
    visitor: Visit, db: Database, community: Community, teams: Teams, library: Library, amira: Actor
) -> None:
    team_id = teams.team(amira, name="Placements & homes")
    asset_id = library.published(amira, title="Outcomes <b>specification</b>")
    other = teams.thread(amira, team_id, "First words of **all**", "More", title="What providers told us")
    post_id = post_ids(db, other)[0]
    here = teams.thread(
        amira,
        team_id,
        f"http://localhost/threads/{other} and [it](/library/{asset_id}), http://elsewhere.example/teams/{team_id}",
        f"/threads/{other}#post-{post_id} is no link, but http://localhost/threads/{other}#post-{post_id} is",
        f"[the team](/teams/{team_id}) [here](/threads/{{here}})",
    )
    page = visitor().get(f"/threads/{here}").text
    assert cards(page) == [
        ("Thread · Placements &amp; homes", f"/threads/{other}", "What providers told us"),
        (
            "Specification · Procurement Act 2023",
            f"/library/{asset_id}",
            "Outcomes &lt;b&gt;specification&lt;/b&gt;",
        ),
        ("Post", f"/posts/{post_id}", "Amira Khan, post 1 in “What providers told us”"),
        ("Team · Active", f"/teams/{team_id}", "Placements &amp; homes"),
    ]
    assert "2 posts" in page
    assert "First words of all" in page
    with db.transaction(write=True) as tx:
        endings.conclude(amira, tx=tx, thread_id=other, outcome=written("Settled"))
        library_service.withdraw(amira, tx=tx, asset_id=asset_id, reason="Wrong")
    kinds = [kind for kind, _, _ in cards(visitor().get(f"/threads/{here}").text)]
    assert kinds[:2] == [
        "Thread · Placements &amp; homes · Concluded",
        "Specification · Procurement Act 2023 · Withdrawn",
    ]


def test_no_card_says_what_its_reader_may_not_see(
    visitor: Visit, community: Community, teams: Teams, library: Library, amira: Actor
) -> None:
    open_team = teams.team(amira)
    private = teams.team(amira, access="private", name="Hush")
    secret = teams.thread(amira, private, "Words of the private team", title="A private title")
    draft = library.draft(amira, title="A draft's title")
    here = teams.thread(
        amira, open_team, f"[a](/threads/{secret}) [b](/library/{draft}) [c](/teams/{private})"
    )
    nothing = teams.thread(amira, open_team, "[a](/threads/98765) [b](/library/98765) [c](/teams/98765)")
    officer = community.person("Tom Doyle")
    for reader in (None, officer):
        browser = visitor() if reader is None else visitor().sign_in_as(community, reader)
        for thread_id in (here, nothing):
            assert cards(browser.get(f"/threads/{thread_id}").text) == []
    # The same posts, remembered for others, are another's to see.
    lead = visitor().sign_in_as(community, amira)
    assert len(cards(lead.get(f"/threads/{here}").text)) == 3
    assert cards(visitor().get(f"/threads/{here}").text) == []


def test_what_was_hidden_or_removed_has_no_card(
    visitor: Visit, db: Database, community: Community, teams: Teams, amira: Actor
) -> None:
    tom = community.person("Tom Doyle")
    team_id = teams.team(amira, members=[(tom, "member", "legal")])
    other = teams.thread(amira, team_id, "First", "Taken back")
    with db.transaction(write=True) as tx:
        rude = threads.reply(tom, tx=tx, thread_id=other, body=written("Rude words")).post_id
    taken = post_ids(db, other)[1]
    here = teams.thread(amira, team_id, f"[a](/posts/{rude}) [b](/posts/{taken})")
    assert len(cards(visitor().get(f"/threads/{here}").text)) == 2
    with db.transaction(write=True) as tx:
        threads.remove(amira, tx=tx, post_id=taken)
        reports.decide(amira, tx=tx, post_id=rude, kind="hide", reason="Rude", version=1)
    page = visitor().get(f"/threads/{here}").text
    assert cards(page) == []
    assert "Rude words" not in page


def test_however_many_links_there_are_the_queries_are_as_many(
    visitor: Visit, db: Database, teams: Teams, library: Library, amira: Actor
) -> None:
    team_id = teams.team(amira)
    others = [teams.thread(amira, team_id, f"Words {number}") for number in range(6)]
    assets = [library.published(amira) for _ in range(3)]
    links = [
        *(f"[t](/threads/{number})" for number in others),
        *(f"[a](/library/{number})" for number in assets),
    ]
    few = teams.thread(amira, team_id, f"{links[0]} {links[-1]}")
    many = teams.thread(
        amira, team_id, *(" ".join(links[at : at + 3]) for at in range(0, 9, 3)), " ".join(links)
    )
    reader = visitor()
    counts = []
    for thread_id in (few, many):
        reader.get(f"/threads/{thread_id}")
        with statements(db) as made:
            page = reader.get(f"/threads/{thread_id}").text
        counts.append(len(made))
    assert counts[0] == counts[1]
    # Three for each post at the most.
    assert len(cards(page)) == 12


def test_a_preview_shows_them_as_well(
    visitor: Visit, community: Community, teams: Teams, amira: Actor
) -> None:
    team_id = teams.team(amira)
    other = teams.thread(amira, team_id, "Words", title="What providers told us")
    browser = visitor().sign_in_as(community, amira)
    shown = browser.post(
        f"/teams/{team_id}/threads/new",
        status=200,
        title="A title",
        body=f"[it](/threads/{other})",
        preview="1",
    )
    assert [title for _, _, title in cards(shown.text)] == ["What providers told us"]
