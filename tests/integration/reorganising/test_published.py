"""What a council published stays its own, and shows under what took its place."""

from __future__ import annotations

from collections.abc import Callable

from cop.accounts import lineage
from cop.accounts.one_person import Merged
from cop.kernel.access import ANONYMOUS, SYSTEM
from cop.kernel.db import Database
from cop.library import queries as library_queries
from cop.library import service as library_service
from cop.library import uniting
from cop.library.service import Details
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.reorganising import Cast, publisher, somebody

Visitors = Callable[..., Visitor]


def test_the_publisher_stays_whoever_owns_it_later(
    cast: Cast, db: Database, library: Library, community: Community
) -> None:
    assert publisher(db, cast.asset_id) == cast.ids["allerdale"]
    colleague = community.person("Bo Else", kind="council")
    team_id = library.team(cast.ann, colleague)
    of_team = library.published(cast.ann, team_id=team_id)
    assert publisher(db, of_team) == cast.ids["cumberland"]
    with db.transaction(write=True) as tx:
        row = library_queries.asset(cast.ann, tx=tx, asset_id=of_team)
        details = Details(
            title=row.title,
            summary=row.summary,
            kind=row.kind,
            category=row.category,
            audience=row.audience,
            regime=row.regime,
            owner_id=colleague.person_id,
            review_date=row.review_date,
        )
        library_service.change_details(
            cast.ann, tx=tx, asset_id=of_team, details=details, revision=row.revision
        )
    assert publisher(db, of_team) == cast.ids["cumberland"]


def test_a_draft_has_no_publisher_and_whoever_publishes_it_says_whose_it_is(
    cast: Cast, db: Database, library: Library, community: Community
) -> None:
    colleague = community.person("Bo Else", kind="consortium")
    team_id = library.team(cast.ann, colleague)
    asset_id = library.draft(colleague, team_id=team_id)
    assert publisher(db, asset_id) is None
    library.publish(cast.ann, asset_id)
    assert publisher(db, asset_id) == cast.ids["cumberland"], "its lead published it, not its owner"


def test_the_pages_of_a_document_say_who_published_it_and_what_that_is_part_of(
    cast: Cast, visitor: Visitors
) -> None:
    old, new = cast.ids["allerdale"], cast.ids["cumberland"]
    links = f'<a href="/organisations/{old}">Allerdale</a>, now part of <a href="/organisations/{new}">Cumberland</a>'
    for address in (f"/library/{cast.asset_id}", "/library"):
        assert links in visitor().get(address).text, address
    assert "Allerdale, “Gritting together”, version 1" in visitor().get(f"/library/{cast.asset_id}").text


def test_the_library_of_a_council_holds_what_became_part_of_it_and_not_the_other_way_round(
    cast: Cast, visitor: Visitors, library: Library
) -> None:
    library.published(cast.ann, title="Snow ploughs", kind="guide")
    page = visitor().get(f"/library?organisation={cast.ids['cumberland']}").text
    assert "Gritting together" in page
    assert "Snow ploughs" in page
    assert "2 documents" in page
    assert f'<input type="hidden" name="organisation" value="{cast.ids["cumberland"]}">' in page
    page = visitor().get(f"/library?organisation={cast.ids['allerdale']}").text
    assert "Gritting together" in page
    assert "Snow ploughs" not in page
    assert "1 document<" in page
    for other in ("westmorland", "somerset"):
        page = visitor().get(f"/library?organisation={cast.ids[other]}").text
        assert "Gritting together" not in page


def test_what_is_in_no_address_of_ours_filters_nothing(cast: Cast, visitor: Visitors) -> None:
    for typed in ("x", "0", "-1", "999999", "9" * 40, ""):
        assert "Gritting together" in visitor().get(f"/library?organisation={typed}").text


def test_the_filter_counts_what_this_reader_may_read(
    cast: Cast, visitor: Visitors, library: Library, community: Community
) -> None:
    library.published(cast.ann, title="Between councils", audience="network", kind="guide")
    address = f"/library?organisation={cast.ids['cumberland']}"
    assert "1 document<" in visitor().get(address).text
    page = visitor().sign_in_as(community, cast.ann).get(address).text
    assert "2 documents" in page
    assert "Between councils" in page


def test_a_line_goes_all_the_way_down_and_up(db: Database, ids: dict[str, int]) -> None:
    with db.transaction(write=False) as tx:
        line = [each.id for each in lineage.line_of(ANONYMOUS, tx=tx, organisation_id=ids["somerset"])]
        assert line[0] == ids["somerset"]
        assert {ids["taunton"], ids["somerset west"]} <= set(line)
        found = lineage.bodies(ANONYMOUS, tx=tx, organisation_ids=[ids["taunton"], ids["cumbria"], None])
        assert found[ids["taunton"]].words == "Taunton Deane, now part of Somerset", (
            "not of one that ended too"
        )
        assert found[ids["cumbria"]].now == "now part of Cumberland and Westmorland and Furness"
        words = lineage.search_words(ANONYMOUS, tx=tx, organisation_id=ids["taunton"])
    assert words == "Taunton Deane, Somerset, Somerset West and Taunton"


def test_an_organisations_page_shows_its_own_and_each_that_became_part_of_it(
    cast: Cast, visitor: Visitors, library: Library
) -> None:
    library.published(cast.ann, title="Snow ploughs")
    new, old = cast.ids["cumberland"], cast.ids["allerdale"]
    page = visitor().get(f"/organisations/{new}").text
    own, _, former = page.partition("Formerly part of <a")
    assert "Snow ploughs" in own
    assert "Snow ploughs" not in former
    assert "Gritting together" in former
    assert f'href="/organisations/{old}">Allerdale' in former
    page = visitor().get(f"/organisations/{old}").text
    assert "Gritting together" in page
    assert "Snow ploughs" not in page
    assert f'href="/organisations/{new}">Cumberland' in page
    assert f'href="/library?organisation={old}"' in page


def test_the_page_shows_nobody_what_they_may_not_read(
    cast: Cast, visitor: Visitors, library: Library, community: Community
) -> None:
    team_id = library.team(cast.ann)
    library.published(cast.ann, title="Between councils", audience="network")
    library.published(cast.ann, title="Ours alone", audience="team", team_id=team_id)
    library.draft(cast.ann, title="Not yet")
    library.withdrawn(cast.ann, title="Not any more")
    address = f"/organisations/{cast.ids['cumberland']}"

    def shown(browser: Visitor) -> set[str]:
        page = browser.get(address).text
        titles = ("Between councils", "Ours alone", "Not yet", "Not any more", "Gritting together")
        return {title for title in titles if title in page}

    assert shown(visitor()) == {"Gritting together"}
    assert shown(visitor().sign_in_as(community, community.person(kind="supplier"))) == {"Gritting together"}
    officer = visitor().sign_in_as(community, community.person())
    assert shown(officer) == {"Gritting together", "Between councils"}
    ann = visitor().sign_in_as(community, cast.ann)
    assert shown(ann) == {"Gritting together", "Between councils", "Ours alone"}


def test_the_list_of_a_supplier_is_for_who_may_look_people_up(
    cast: Cast, visitor: Visitors, library: Library, community: Community
) -> None:
    """The document says who published it, as it says who owns it; there is no list to gather them by."""
    sue = community.person("Sue Supplier", kind="supplier", organisation="One Woman Ltd")
    team_id = library.team(cast.ann, sue, access_mode="open")
    asset_id = library.published(sue, team_id=team_id, title="Made by a supplier")
    of = sue.organisation_id
    assert "One Woman Ltd" in visitor().get(f"/library/{asset_id}").text
    for browser in (visitor(), visitor().sign_in_as(community, community.person(kind="community"))):
        assert "Made by a supplier" not in browser.get(f"/organisations/{of}").text
        assert "Gritting together" in browser.get(f"/library?organisation={of}").text, "no filter"
    for reader in (sue, cast.ann):
        browser = visitor().sign_in_as(community, reader)
        assert "Made by a supplier" in browser.get(f"/organisations/{of}").text
        assert "Gritting together" not in browser.get(f"/library?organisation={of}").text


def test_a_page_takes_as_many_questions_for_nine_as_for_one(
    cast: Cast, visitor: Visitors, library: Library, db: Database
) -> None:
    address = f"/organisations/{cast.ids['cumberland']}"

    def count() -> int:
        with statements(db) as seen:
            visitor().get(address)
        return len(seen)

    before = count()
    with db.transaction(write=True) as tx:
        others = [somebody(tx, name, cast.ids[name.lower()]) for name in ("Cumbria",)]
    for someone in (*others, cast.ann):
        for number in range(8):
            library.published(someone, title=f"Paper {number}")
    assert count() == before
    page = visitor().get(address).text
    assert "All 8 documents of Cumbria in the library" in page
    assert page.count("Paper ") == 10, "five of each"


def test_what_belongs_to_two_accounts_that_become_one_keeps_its_publisher(
    cast: Cast, db: Database, community: Community, library: Library
) -> None:
    other = community.person("Ann Twin")
    asset_id = library.published(other)
    before = publisher(db, asset_id)
    merged = Merged(kept_id=cast.ann.person_id or 0, closed_id=other.person_id or 0, kept_kind="council")
    with db.transaction(write=True) as tx:
        uniting.carry_over(SYSTEM, tx, merged)
        asset = library_queries.asset(SYSTEM, tx=tx, asset_id=asset_id)
    assert asset.owner is not None
    assert asset.owner.id == cast.ann.person_id
    assert publisher(db, asset_id) == before
