"""Versions of an asset: the published one stays while the next is drafted, and each keeps its address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import text, update

from cop.files.outcome import ExtractedText
from cop.kernel.access import Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from cop.library import history, queries, service, versions
from cop.library.lifecycle import LIFECYCLE, version_of
from cop.library.models import AssetVersionRow
from cop.library.versions import Said
from cop.library.vocabulary import VERSION_STATES
from cop.notifications.needs import NEEDS
from cop.notifications.queries import header_counts
from cop.web.dates import in_london
from tests.build.community import Community
from tests.build.library import HIDDEN, Library, a_file
from tests.build.pages import Visitor

Visit = Callable[..., Visitor]
TODAY = in_london(utc_now())
NOTE = "The safeguarding clause is new."


@pytest.fixture
def library(app: Flask, db: Database) -> Library:
    return Library(app, db)


@pytest.fixture
def owner(community: Community) -> Actor:
    return community.person("Amira Khan")


def said(**changes: object) -> Said:
    values: dict[str, object] = {
        "note": NOTE,
        "title": "Outcomes specification, second edition",
        "summary": "Tested with five counties.",
        "regime": "procurement_act_2023",
        "licence": "OGL-UK-3.0",
        "review_date": date(2028, 11, 30),
    }
    return Said(**{**values, **changes})  # type: ignore[arg-type]


def begin(library: Library, actor: Actor, asset_id: int, content: bytes = b"Other words.") -> int:
    received = library.received(content)
    with library.db.transaction(write=True) as tx:
        return versions.begin(actor, tx=tx, asset_id=asset_id, said=said(), received=received)


def read(library: Library, asset_id: int, number: int, words: str = "Other words.") -> int:
    """As the worker would; returns the id of the file."""
    with library.db.transaction(write=True) as tx:
        from_worker = ExtractedText("searchable", text=words)
        file_id = tx.session.scalar(
            text("SELECT file_id FROM asset_version WHERE asset_id = :a AND number = :n"),
            {"a": asset_id, "n": number},
        )
        library.read_file(tx, int(file_id or 0), from_worker)
        return int(file_id or 0)


def publish(library: Library, actor: Actor, asset_id: int, number: int) -> None:
    file_id = read(library, asset_id, number)
    with library.db.transaction(write=True) as tx:
        service.publish(actor, tx=tx, asset_id=asset_id, number=number, file_id=file_id, checked=True)


def downloaded(reader: Visitor, asset_id: int, number: int) -> bytes:
    with reader.get(f"/library/{asset_id}/download/{number}") as answer:
        return bytes(answer.get_data())


def test_the_published_version_stays_until_the_next_takes_its_place(
    db: Database, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    reader = visitor()
    assert begin(library, owner, asset_id) == 2
    page = reader.get(f"/library/{asset_id}").text
    assert "second edition" not in page
    reader.get(f"/library/{asset_id}/versions/2", status=404)
    reader.get(f"/library/{asset_id}/download/2", status=404)
    publish(library, owner, asset_id, 2)
    page = reader.get(f"/library/{asset_id}").text
    assert "second edition" in page
    assert NOTE in page
    former = reader.get(f"/library/{asset_id}/versions/1").text
    assert "There is a newer version" in former
    assert "Superseded" in former
    assert "second edition" not in former, "a former version keeps what it said of itself"
    assert downloaded(reader, asset_id, 1) == b"Words."
    assert downloaded(reader, asset_id, 2) == b"Other words."
    assert "This is the current version" in reader.get(f"/library/{asset_id}/versions/2").text


def test_what_changed_has_to_be_said(
    library: Library, owner: Actor, community: Community, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    browser = visitor().sign_in_as(community, owner)
    typed = {
        "title": "Edition",
        "summary": "Tested.",
        "regime": "procurement_act_2023",
        "licence": "OGL-UK-3.0",
        "review_date-day": "1",
        "review_date-month": "9",
        "review_date-year": "2028",
    }
    address = f"/library/{asset_id}/versions/new"
    page = browser.post(address, status=422, file=a_file(), note=" ", **typed).text
    assert "Enter what changed" in page
    assert "We have your document" in page
    answer = browser.post(address, file=a_file(), note=NOTE, **typed)
    assert answer.headers["Location"].endswith(f"/library/{asset_id}/versions/2")
    draft = browser.get(f"/library/{asset_id}/versions/2").text
    assert NOTE in draft
    assert f"/library/{asset_id}/versions/2/discard" in draft


def test_who_comes_second_is_told_and_loses_nothing(
    library: Library, owner: Actor, community: Community, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    librarian = community.person("Lena Librarian", roles=("librarian",))
    browser = visitor().sign_in_as(community, librarian)
    assert "Upload and continue" in browser.get(f"/library/{asset_id}/versions/new").text
    begin(library, owner, asset_id)
    page = browser.post(
        f"/library/{asset_id}/versions/new",
        status=422,
        file=a_file(),
        note="Mine says otherwise.",
        title="Mine",
        summary="Mine.",
        regime="",
        licence="",
    ).text
    assert "Amira Khan began it" in page
    assert "Mine says otherwise." in page
    assert "We have your document" in page


def test_two_who_change_one_draft_see_each_other(
    library: Library, owner: Actor, community: Community, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    begin(library, owner, asset_id)
    browser = visitor().sign_in_as(community, owner)
    address = f"/library/{asset_id}/versions/2/edit"
    form = {"title": "Mine", "summary": "Mine.", "note": "Mine.", "regime": "", "licence": ""}
    browser.post(address, revision="1", **{**form, "note": "Hers."})
    page = browser.post(address, status=422, revision="1", **form).text
    assert "What is saved now" in page
    assert "Hers." in page
    assert "Mine." in page
    browser.post(address, revision="2", **form)


def test_a_begun_version_waits_for_its_owner(
    db: Database, library: Library, owner: Actor, community: Community
) -> None:
    def waiting(actor: Actor) -> list[str]:
        with db.transaction(write=False) as tx:
            found = NEEDS.of(actor, tx=tx, today=TODAY)
            assert header_counts(actor, tx=tx, today=TODAY)[1] == len(found)
            return [need.href for need in found]

    asset_id = library.published(owner)
    colleague = community.person("Tom Doyle")
    assert waiting(owner) == []
    number = begin(library, owner, asset_id)
    assert waiting(owner) == [f"/library/{asset_id}/versions/{number}"]
    assert waiting(colleague) == []
    read(library, asset_id, number)
    publish(library, owner, asset_id, number)
    assert waiting(owner) == []


def test_a_draft_that_is_discarded_leaves_nothing(db: Database, library: Library, owner: Actor) -> None:
    asset_id = library.published(owner)
    begin(library, owner, asset_id)
    with db.transaction(write=True) as tx:
        versions.discard(owner, tx=tx, asset_id=asset_id, number=2)
    with db.transaction(write=False) as tx:
        assert [line.number for line in history.versions(owner, tx=tx, asset_id=asset_id)] == [1]
        assert tx.session.scalar(text("SELECT count(*) FROM stored_file")) == 1
    assert begin(library, owner, asset_id) == 2
    first = library.draft(owner)
    with db.transaction(write=True) as tx, pytest.raises(Conflict):
        versions.discard(owner, tx=tx, asset_id=first, number=1)


def test_a_former_version_can_be_withdrawn_alone_and_all_with_the_document(
    db: Database, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    for number in (2, 3):
        begin(library, owner, asset_id)
        publish(library, owner, asset_id, number)
    with db.transaction(write=True) as tx:
        versions.withdraw(owner, tx=tx, asset_id=asset_id, number=1, reason="It names a child.")
    reader = visitor()
    assert "It names a child." in reader.get(f"/library/{asset_id}/versions/1").text
    reader.get(f"/library/{asset_id}/download/1", status=410)
    downloaded(reader, asset_id, 2)
    with db.transaction(write=True) as tx, pytest.raises(Conflict):
        versions.withdraw(owner, tx=tx, asset_id=asset_id, number=3, reason="No.")
    with db.transaction(write=True) as tx:
        service.withdraw(owner, tx=tx, asset_id=asset_id, reason="The law changed.")
    for number in (1, 2, 3):
        assert "Do not use this any more" in reader.get(f"/library/{asset_id}/versions/{number}").text
        reader.get(f"/library/{asset_id}/download/{number}", status=410)
    assert "It names a child." in reader.get(f"/library/{asset_id}/versions/1").text
    with pytest.raises(Conflict):
        begin(library, owner, asset_id, b"Late words.")


def test_a_version_for_the_team_stays_the_team_s_when_the_document_is_shown_to_all(
    db: Database, library: Library, owner: Actor, visitor: Visit, community: Community
) -> None:
    team_id = library.team(owner)
    asset_id = library.published(owner, team_id=team_id, audience="team")
    begin(library, owner, asset_id)
    publish(library, owner, asset_id, 2)
    with db.transaction(write=False) as tx:
        shown = queries.asset(owner, tx=tx, asset_id=asset_id)
    details = service.Details(
        title=shown.title,
        summary=shown.summary,
        kind=shown.kind,
        category=shown.category,
        audience="public",
        regime=shown.regime,
        licence=shown.licence,
        owner_id=owner.person_id,
        review_date=shown.review_date,
    )
    with db.transaction(write=True) as tx:
        service.change_details(owner, tx=tx, asset_id=asset_id, details=details, revision=shown.revision)
    reader = visitor()
    downloaded(reader, asset_id, 2)
    reader.get(f"/library/{asset_id}/versions/1", status=404)
    reader.get(f"/library/{asset_id}/download/1", status=404)
    assert "Version 1" not in reader.get(f"/library/{asset_id}/versions").text
    downloaded(visitor().sign_in_as(community, owner), asset_id, 1)


def test_states_and_steps_and_roles(db: Database, library: Library, community: Community) -> None:
    """Every step from every state by everybody: done where the table says so, else refused and nothing moved."""
    lead, member = community.person(), community.person()
    stranger = community.person(kind="supplier")
    librarian = community.person(roles=("librarian",))
    team_id = library.team(lead, member)
    asset_id = library.published(lead, team_id=team_id)
    people = {"lead": lead, "member": member, "stranger": stranger, "librarian": librarian}
    manage = {"lead", "librarian"}
    for state, step, who in product(VERSION_STATES, LIFECYCLE.transitions, people):
        with db.transaction(write=True) as tx:
            tx.session.execute(
                update(AssetVersionRow).where(AssetVersionRow.asset_id == asset_id).values(status=state)
            )
        outcome = "done"
        try:
            with db.transaction(write=True) as tx:
                row = queries.load(people[who], tx=tx, asset_id=asset_id)
                version = version_of(tx, row, 1)
                assert version is not None
                LIFECYCLE.apply(people[who], tx=tx, entity=version, name=step.name)
        except DomainError as error:
            outcome = type(error).__name__
        expected = "Forbidden" if who not in manage else "done" if state in step.from_ else "Conflict"
        assert outcome == expected, (state, step.name, who)
        with db.transaction(write=False) as tx:
            now = tx.session.scalar(text("SELECT status FROM asset_version"))
        assert now == (step.to if outcome == "done" else state)


def test_a_next_version_passes_the_same_gate(db: Database, library: Library, owner: Actor) -> None:
    asset_id = library.published(owner)
    number = begin(library, owner, asset_id)
    with db.transaction(write=True) as tx:
        versions.change(
            owner, tx=tx, asset_id=asset_id, number=number, said=said(review_date=None), revision=1
        )
    with pytest.raises(Invalid, match="review date"):
        publish(library, owner, asset_id, number)
    with db.transaction(write=True) as tx:
        versions.change(owner, tx=tx, asset_id=asset_id, number=number, said=said(), revision=2)
    publish(library, owner, asset_id, number)
    with pytest.raises(Conflict):
        publish(library, owner, asset_id, number)


def test_what_hides_in_the_next_version_is_asked_for_again(
    db: Database, library: Library, owner: Actor
) -> None:
    asset_id = library.published(owner)
    begin(library, owner, asset_id)
    with db.transaction(write=True) as tx:
        file_id = queries.version(owner, tx=tx, asset_id=asset_id, number=2).file.file_id
        library.read_file(tx, file_id, ExtractedText("searchable", text="Words", hidden=HIDDEN))
    with db.transaction(write=True) as tx, pytest.raises(Invalid, match="hidden"):
        service.publish(owner, tx=tx, asset_id=asset_id, number=2, file_id=file_id, checked=False)
    with db.transaction(write=True) as tx:
        service.publish(owner, tx=tx, asset_id=asset_id, number=2, file_id=file_id, checked=True)


def test_who_may_not_change_it_may_not_begin_a_version(
    db: Database, library: Library, owner: Actor, community: Community
) -> None:
    asset_id = library.published(owner)
    for person, refusal in (
        (community.person(), Forbidden),
        (community.person(kind="supplier"), Forbidden),
    ):
        with pytest.raises(refusal):
            begin(library, person, asset_id)
    begin(library, owner, asset_id)
    somebody = community.person()
    with db.transaction(write=True) as tx, pytest.raises(NotFound):
        versions.discard(somebody, tx=tx, asset_id=asset_id, number=2)


def test_a_citation_names_the_version_and_its_lasting_address(
    library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    begin(library, owner, asset_id)
    publish(library, owner, asset_id, 2)
    page = visitor().get(f"/library/{asset_id}/versions/1").text
    assert "The council of Testshire, “Outcomes specification”, version 1" in page
    assert f"http://localhost/library/{asset_id}/versions/1" in page
