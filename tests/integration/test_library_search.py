"""What search may know of assets: the source's answers, and a phrase inside a document found on the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from cop.app import build_worker
from cop.kernel.access import ANONYMOUS, Actor
from cop.kernel.db import Database
from cop.library import service
from cop.library.search import AssetSource
from cop.library.service import Details
from cop.search.document import MOST_TEXT
from cop.search.highlights import explain
from cop.search.queries import Finder, Wanted
from cop.search.query import parse
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.data.sample_files import docx, paragraph

Visitors = Callable[..., Visitor]
SOURCE = AssetSource()


@pytest.fixture
def library(app: Flask, db: Database) -> Library:
    return Library(app, db)


@pytest.fixture
def officer(community: Community) -> Actor:
    return community.person()


@pytest.mark.parametrize(("role", "kind"), [("board", "council"), ("librarian", "community")])
def test_whoever_may_read_network_documents_finds_them(
    db: Database, app: Flask, library: Library, officer: Actor, community: Community, role: str, kind: str
) -> None:
    """Their role lets them read, and the board is appointed from officers; a supplier neither reads nor finds."""
    library.published(officer, audience="network", title="Zebrafinch framework")
    edge = app.extensions["cop"]
    build_worker(edge.settings, db).drain()
    finder = edge.parts[Finder]
    wanted = Wanted("zebrafinch")
    with db.transaction(write=False) as tx:
        reader = community.person(kind=kind, roles=(role,))
        assert finder.find(reader, tx=tx, wanted=wanted).total == 1
        assert finder.find(community.person(kind="supplier"), tx=tx, wanted=wanted).total == 0


def test_only_published_assets_are_documents_and_their_audience_is_theirs(
    library: Library, officer: Actor, db: Database
) -> None:
    team_id = library.team(officer)
    library.draft(officer)
    library.withdrawn(officer)
    public = library.published(officer, content=b"inside")
    network = library.published(officer, audience="network", team_id=team_id)
    own_network = library.published(officer, audience="network")
    team = library.published(officer, audience="team", team_id=team_id)
    with db.transaction(write=False) as tx:
        ids = SOURCE.ids(tx, 0, 100)
        assert list(ids) == [public, network, own_network, team]
        assert list(SOURCE.ids(tx, public, 2)) == [network, own_network]
        found = {asset_id: SOURCE.fetch(tx, asset_id) for asset_id in range(1, 10)}
    terms = {asset_id: set(document.audience.terms) for asset_id, document in found.items() if document}
    assert terms == {
        public: {"public"},
        network: {"network", f"team:{team_id}"},
        own_network: {"network"},
        team: {f"team:{team_id}"},
    }
    document = found[public]
    assert document is not None
    assert document.body == "inside"
    assert document.summary == "Tested with three counties."


def test_facts_and_rows_are_only_of_what_the_reader_may_see(
    library: Library, officer: Actor, community: Community, db: Database
) -> None:
    team_id = library.team(officer)
    mine = {
        audience: library.published(officer, audience=audience, team_id=team_id)
        for audience in ("public", "network", "team")
    }
    hidden = library.draft(officer, team_id=team_id)
    seen = {
        ANONYMOUS: {mine["public"]},
        community.person(kind="supplier"): {mine["public"]},
        community.person(): {mine["public"], mine["network"]},
        officer: set(mine.values()),
    }
    for actor, expected in seen.items():
        with db.transaction(write=False) as tx:
            facts = tx.session.execute(SOURCE.facts(actor)).all()
            rows = SOURCE.present(actor, tx=tx, ids=[*mine.values(), hidden])
        assert {fact.id for fact in facts} == expected
        assert set(rows) == expected
        assert all(isinstance(fact.year, int) and fact.year >= 2026 for fact in facts)
    with db.transaction(write=False) as tx:
        row = SOURCE.present(ANONYMOUS, tx=tx, ids=[mine["public"]])[mine["public"]]
    assert row.above == ("Specification",)
    assert row.below[0].startswith("TXT, 6\N{NO-BREAK SPACE}bytes")
    assert row.url == f"/library/{mine['public']}"


def test_a_row_loads_no_more_text_than_a_passage_is_looked_for_in(
    library: Library, officer: Actor, db: Database
) -> None:
    whole = "é" * (MOST_TEXT - 1) + "yz"
    asset_id = library.published(officer, content=whole.encode())
    with db.transaction(write=False) as tx:
        row = SOURCE.present(ANONYMOUS, tx=tx, ids=[asset_id])[asset_id]
        document = SOURCE.fetch(tx, asset_id)
    assert row.text == whole[:MOST_TEXT]
    assert document is not None
    assert document.body == whole


def test_every_change_that_matters_touches_the_asset(library: Library, officer: Actor, db: Database) -> None:
    asset_id = library.draft(officer)
    file_id = library.file_id(asset_id)
    with db.transaction(write=False) as tx:
        assert list(SOURCE.touched_by(tx, "FileTextExtracted", {"file_id": file_id})) == [asset_id]
        assert list(SOURCE.touched_by(tx, "AssetPublished", {"asset_id": asset_id})) == [asset_id]


def test_a_phrase_from_inside_is_found_until_it_is_withdrawn(
    app: Flask, db: Database, officer: Actor, library: Library, visitor: Visitors, community: Community
) -> None:
    worker = build_worker(app.extensions["cop"].settings, db)
    content = docx(paragraph("the quarrelsome heron lease"))
    asset_id = library.draft(officer, content=content, filename="a.docx", unread=True)
    network = library.draft(
        officer, content=b"the quarrelsome heron purchase", audience="network", unread=True
    )
    worker.drain()
    stranger, reader = visitor(), visitor().sign_in_as(community, community.person())
    assert "Outcomes" not in stranger.get("/search?q=quarrelsome").text
    for each in (asset_id, network):
        library.publish(officer, each)
    worker.drain()
    page = stranger.get('/search?q="quarrelsome+heron"').text
    assert f'href="/library/{asset_id}"' in page
    assert f'href="/library/{network}"' not in page
    assert f'href="/library/{network}"' in reader.get('/search?q="quarrelsome+heron"').text
    _widen(library, officer, network)
    worker.drain()
    assert f'href="/library/{network}"' in stranger.get("/search?q=quarrelsome").text
    with db.transaction(write=True) as tx:
        service.withdraw(officer, tx=tx, asset_id=asset_id, reason="Wrong.")
    worker.drain()
    assert f'href="/library/{asset_id}"' not in stranger.get("/search?q=quarrelsome").text


def _widen(library: Library, officer: Actor, asset_id: int) -> None:
    details = Details(
        title="Outcomes specification",
        summary="Wider.",
        kind="specification",
        category="Social care",
        audience="public",
        regime="procurement_act_2023",
        owner_id=officer.person_id,
        review_date=library.review_date,
    )
    with library.db.transaction(write=True) as tx:
        service.change_details(officer, tx=tx, asset_id=asset_id, details=details, revision=1)


MARKDOWN = """# Question bank

1. \\*What\\* would you *never* bid for?
- **Price** and `margin`
> A quotation about snake_case_names

| Lot | Price |
| --- | ----: |
| A   | 12    |
"""


def test_passages_hold_no_marks_of_markdown(library: Library, officer: Actor, db: Database) -> None:
    asset_id = library.published(
        officer, content=MARKDOWN.encode(), filename="questions.md", title="Question bank"
    )
    with db.transaction(write=False) as tx:
        text = SOURCE.present(officer, tx=tx, ids=[asset_id])[asset_id].text
    # The title stands above the passage already.
    assert "Question bank" not in text
    assert " ".join(text.split()) == (
        "*What* would you never bid for? Price and margin A quotation about snake_case_names Lot Price A 12"
    )


def test_what_only_the_title_has_shows_the_summary(library: Library, officer: Actor, db: Database) -> None:
    asset_id = library.published(
        officer,
        content=b"Question bank\nOf another thing.",
        title="Question bank",
        summary="Written by hand.",
    )
    with db.transaction(write=False) as tx:
        presented = SOURCE.present(officer, tx=tx, ids=[asset_id])[asset_id]
    explained = explain(presented, parse("question bank"))
    assert explained.where == ("title",)
    assert explained.passage.segments == (("Written by hand.", False),)


def test_a_table_is_introduced_by_its_summary(library: Library, officer: Actor, db: Database) -> None:
    asset_id = library.published(
        officer, content=b"home,price\nElm,4120\n", filename="prices.csv", summary="Prices of homes."
    )
    with db.transaction(write=False) as tx:
        presented = SOURCE.present(officer, tx=tx, ids=[asset_id])[asset_id]
    explained = explain(presented, parse("elm"))
    assert explained.passage.segments == (("Prices of homes.", False),)
    assert explained.rows is not None
    assert ("Elm", True) in explained.rows.segments
