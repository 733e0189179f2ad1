"""Review dates: who is reminded, once, what waits for them, and saying that a document is still right."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Date, bindparam, text

from cop.accounts import service as accounts
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, Forbidden
from cop.library import reminding, reviews
from cop.library.search import AssetSource
from cop.notifications import queries as notices
from cop.notifications.needs import NEEDS
from cop.web.dates import in_london
from tests.build.community import Community
from tests.build.library import Library, asset_of
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]
TODAY = in_london(utc_now())
NOTE = "The law changed in May; this was written for the new one."


def days(count: int) -> timedelta:
    return timedelta(days=count)


def parts(day: date) -> dict[str, str]:
    """A day as it is typed."""
    return {
        "review_date-day": str(day.day),
        "review_date-month": str(day.month),
        "review_date-year": str(day.year),
    }


def told(db: Database, actor: Actor) -> list[str]:
    """What somebody's inbox says of review dates."""
    with db.transaction(write=False) as tx:
        found = notices.inbox(actor, tx=tx).rows
    return [notice.what.title for notice in found if notice.kind == reviews.REVIEW]


def rows_of(db: Database) -> int:
    """How many such notices there are, whoever may read them."""
    with db.transaction(write=False) as tx:
        query = text("SELECT count(*) FROM notice WHERE kind = 'asset_review'")
        return int(tx.session.execute(query).scalar_one())


def waits(db: Database, actor: Actor) -> list[str]:
    """The reviews on somebody's home page, of which the header counts as many."""
    with db.transaction(write=False) as tx:
        found = NEEDS.of(actor, tx=tx, today=TODAY)
        assert notices.header_counts(actor, tx=tx, today=TODAY)[1] == len(found)
    return [need.title for need in found if need.href.endswith("/review")]


def move(db: Database, asset_id: int, day: date) -> None:
    """Another review date, as time would bring it near."""
    with db.transaction(write=True) as tx:
        for table, key in (("asset", "id"), ("asset_version", "asset_id")):
            tx.session.execute(
                text(f"UPDATE {table} SET review_date = :day WHERE {key} = :id").bindparams(
                    bindparam("day", type_=Date)
                ),
                {"day": day, "id": asset_id},
            )


def suspend(db: Database, actor: Actor) -> None:
    with db.transaction(write=True) as tx:
        accounts.suspend(SYSTEM, tx=tx, person_id=actor.person_id or 0)


def test_the_owner_is_told_once_before_and_once_after(
    visitor: Visitors, community: Community, library: Library, db: Database
) -> None:
    owner, other = community.person(), community.person()
    visitor()
    asset_id = library.published(owner, review_date=TODAY + days(31), title="Clauses")
    assert reminding.remind(db) == 0
    assert waits(db, owner) == []
    move(db, asset_id, TODAY + days(30))
    assert reminding.remind(db) == 1
    assert reminding.remind(db) == 0, "told twice"
    said = told(db, owner)
    assert len(said) == 1
    assert said[0].startswith("“Clauses” is due for review by ")
    assert waits(db, owner) == ["Review Clauses"]
    assert waits(db, other) == told(db, other) == []
    move(db, asset_id, TODAY)
    # Told for another date: the day itself is not past.
    reminding.remind(db)
    assert "is due for review" in told(db, owner)[0]
    move(db, asset_id, TODAY - days(1))
    assert reminding.remind(db) == 1
    assert reminding.remind(db) == 0
    assert told(db, owner) == ["“Clauses” is past its review date"]
    assert rows_of(db) == 1


def test_who_is_killed_between_telling_and_noting_tells_nobody_twice(
    community: Community, library: Library, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = community.person()
    library.published(owner, review_date=TODAY - days(3))
    real = reviews.notices.tell

    def killed(*args: object, **kwargs: object) -> None:
        real(*args, **kwargs)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reviews.notices, "tell", killed)
        with pytest.raises(KeyboardInterrupt):
            reminding.remind(db)
    assert rows_of(db) == 0
    assert reminding.remind(db) == 1
    assert reminding.remind(db) == 0
    assert rows_of(db) == 1


def test_nobody_is_told_of_drafts_or_of_what_was_withdrawn(
    community: Community, library: Library, db: Database
) -> None:
    owner = community.person()
    library.draft(owner, review_date=TODAY - days(3))
    library.withdrawn(owner, review_date=TODAY - days(3))
    assert reminding.remind(db) == 0
    assert [title for title in waits(db, owner) if title.startswith("Review")] == []


def test_reviewed_and_still_right(
    visitor: Visitors, community: Community, library: Library, db: Database
) -> None:
    owner, reader = community.person("Tom Doyle"), community.person()
    asset_id = library.published(owner, review_date=TODAY - days(3), title="Clauses")
    reminding.remind(db)
    browser = visitor().sign_in_as(community, owner)
    home = browser.get("/").text
    assert f'href="/library/{asset_id}/review"' in home
    page = browser.get(f"/library/{asset_id}").text
    assert "nobody has said since that it is still right" in page
    assert "past its review date" in page
    form = browser.get(f"/library/{asset_id}/review").text
    assert "It was due to be reviewed by" in form
    until = TODAY + days(700)
    typed = {"version": "1", "note": NOTE, **parts(until)}
    assert browser.post(f"/library/{asset_id}/review", **typed).headers["Location"] == f"/library/{asset_id}"
    page = visitor().sign_in_as(community, reader).get(f"/library/{asset_id}").text
    assert "nobody has said" not in page
    flat = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert f"Reviewed on {TODAY.day} " in flat
    assert f"by Tom Doyle: still right. {NOTE}" in flat
    assert NOTE in visitor().get(f"/library/{asset_id}/versions").text
    asset = asset_of(db, asset_id)
    assert asset.review_date == until
    assert told(db, owner) == waits(db, owner) == []
    with db.transaction(write=False) as tx:
        payload = tx.session.execute(
            text("SELECT payload FROM event WHERE kind = 'AssetReviewed'")
        ).scalar_one()
    assert NOTE not in str(payload)
    # In time, all begins again with the new date.
    move(db, asset_id, TODAY - days(1))
    assert reminding.remind(db) == 1


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (TODAY, "must be in the future"),
        (TODAY + days(4 * 365), "or earlier"),
        (None, "Enter the next review date"),
    ],
)
def test_a_wrong_date_is_said_beside_it_and_nothing_typed_is_lost(
    visitor: Visitors, community: Community, library: Library, day: date | None, says: str
) -> None:
    owner = community.person()
    asset_id = library.published(owner)
    browser = visitor().sign_in_as(community, owner)
    typed = {"version": "1", "note": NOTE, **(parts(day) if day else {})}
    page = browser.post(f"/library/{asset_id}/review", status=422, **typed).text
    assert says in page
    assert NOTE in page
    assert 'href="#review_date-day"' in page
    browser.post(
        f"/library/{asset_id}/review", status=422, version="1", note="x" * 501, **parts(TODAY + days(9))
    )


def test_three_years_from_the_last_of_february() -> None:
    assert reviews.latest_allowed(date(2028, 2, 29)) == date(2031, 2, 28)
    assert reviews.latest_allowed(date(2026, 12, 31)) == date(2029, 12, 31)


def test_only_who_manages_it_reviews_it_and_only_what_is_out(
    visitor: Visitors, community: Community, library: Library, db: Database
) -> None:
    owner, other = community.person(), community.person()
    asset_id, draft = library.published(owner), library.draft(owner)
    until = TODAY + days(300)

    def by(actor: Actor, number: int, version: int = 1) -> None:
        with db.transaction(write=True) as tx:
            reviews.review(actor, tx=tx, asset_id=number, version=version, until=until, note="")

    with pytest.raises(Forbidden):
        by(other, asset_id)
    with pytest.raises(Conflict, match="Only a published document"):
        by(owner, draft)
    with pytest.raises(Conflict, match="newer version"):
        by(owner, asset_id, version=2)
    page = (
        visitor()
        .sign_in_as(community, owner)
        .post(f"/library/{asset_id}/review", status=422, version="7", note=NOTE, **parts(until))
    )
    assert "newer version" in page.text
    assert NOTE in page.text


def test_who_changes_the_details_meanwhile_does_not_put_the_date_back(
    community: Community, library: Library, db: Database
) -> None:
    owner = community.person()
    asset_id = library.published(owner)
    before = asset_of(db, asset_id).revision
    with db.transaction(write=True) as tx:
        reviews.review(owner, tx=tx, asset_id=asset_id, version=1, until=TODAY + days(300), note="")
    assert asset_of(db, asset_id).revision == before + 1


def test_once_the_owner_left_the_admin_of_their_organisation_is_asked(
    visitor: Visitors, community: Community, library: Library, db: Database
) -> None:
    owner, admin = community.person(), community.person(roles=("organisation_admin",))
    elsewhere = community.person(organisation="Elsewhere", roles=("organisation_admin",))
    asset_id = library.published(owner, review_date=TODAY - days(3), title="Clauses")
    browser = visitor().sign_in_as(community, admin)
    browser.get(f"/library/{asset_id}/review", status=403)
    assert waits(db, admin) == []
    suspend(db, owner)
    reminding.remind(db)
    assert told(db, admin) == ["“Clauses” is past its review date"]
    assert waits(db, admin) == ["Review Clauses"]
    assert told(db, elsewhere) == waits(db, elsewhere) == []
    browser.post(f"/library/{asset_id}/review", version="1", note="", **parts(TODAY + days(90)))
    assert waits(db, admin) == []
    # They can find it another owner as well, of their own organisation.
    assert "Change the details" in browser.get(f"/library/{asset_id}/edit").text
    visitor().sign_in_as(community, elsewhere).get(f"/library/{asset_id}/review", status=403)


def test_once_the_owner_left_the_team_its_lead_is_asked(
    visitor: Visitors, community: Community, library: Library, db: Database
) -> None:
    lead, owner, admin = (
        community.person(),
        community.person(),
        community.person(roles=("organisation_admin",)),
    )
    librarian = community.person(roles=("librarian",))
    team_id = library.team(lead, owner)
    visitor()
    library.published(owner, team_id=team_id, review_date=TODAY - days(3), title="Clauses", audience="team")
    library.published(owner, team_id=team_id, review_date=TODAY - days(2), title="Guide", audience="public")
    assert waits(db, lead) == []
    assert waits(db, owner) == ["Review Clauses", "Review Guide"]
    library.leave(owner, team_id)
    assert waits(db, owner) == []
    reminding.remind(db)
    assert sorted(told(db, lead)) == ["“Clauses” is past its review date", "“Guide” is past its review date"]
    assert waits(db, lead) == ["Review Clauses", "Review Guide"]
    assert told(db, owner) == told(db, admin) == waits(db, admin) == []
    assert waits(db, librarian) == ["Review Guide"]
    assert told(db, librarian) == ["“Guide” is past its review date"]


def test_lists_and_results_say_so(
    visitor: Visitors, community: Community, library: Library, db: Database
) -> None:
    owner = community.person()
    late = library.published(owner, review_date=TODAY - days(3), title="Clauses")
    fresh = library.published(owner, title="Guide")
    page = visitor().get("/library").text
    assert page.count("Past its review date, ") == 1
    assert visitor().get("/").text.count("Past its review date, ") == 1
    with db.transaction(write=False) as tx:
        shown = AssetSource().present(owner, tx=tx, ids=[late, fresh])
    assert shown[late].below[-1].startswith("Past its review date, ")
    assert not shown[fresh].below[-1].startswith("Past")
