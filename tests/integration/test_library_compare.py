"""What changed between two versions: made by the worker, kept as numbers, shown to who may read both."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from cop.files.outcome import ExtractedText
from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.kernel.outbox import drain_once
from cop.library import comparing, queries, service, versions
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.integration.test_library_versions import begin, read

Visit = Callable[..., Visitor]
OLD = b"The provider keeps a readiness charge for the first 72 hours and then a fixed price after that."
NEW = OLD.replace(b"72", b"48")


@pytest.fixture
def library(app: Flask, db: Database) -> Library:
    return Library(app, db)


@pytest.fixture
def owner(community: Community) -> Actor:
    return community.person("Amira Khan")


def drain(db: Database) -> None:
    while drain_once(db, comparing.consumer()):
        pass


def put(library: Library, owner: Actor, asset_id: int, words: bytes) -> int:
    number = begin(library, owner, asset_id, words)
    file_id = read(library, asset_id, number, words.decode())
    with library.db.transaction(write=True) as tx:
        service.publish(owner, tx=tx, asset_id=asset_id, number=number, file_id=file_id, checked=True)
    return number


def test_any_two_versions_are_compared_by_the_worker_and_shown(
    db: Database, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner, content=OLD)
    put(library, owner, asset_id, NEW)
    put(library, owner, asset_id, NEW + b" It ends at midnight.")
    reader = visitor()
    assert "We are comparing them" in reader.get(f"/library/{asset_id}/compare?old=1&new=2").text
    drain(db)
    page = reader.get(f"/library/{asset_id}/compare?old=1&new=2").text
    assert '<del><span class="govuk-visually-hidden">[gone: </span>72 ' in page
    assert '<ins><span class="govuk-visually-hidden">[new: </span>48 ' in page
    assert "1 place differs" in page
    assert "It ends at midnight" not in page
    assert "It ends at midnight" in reader.get(f"/library/{asset_id}/compare").text
    both = reader.get(f"/library/{asset_id}/compare?old=3&new=1").text
    assert "From version 1 to version 3" in both
    assert "2 places differ" in both
    reader.get(f"/library/{asset_id}/compare?old=1&new=9", status=404)


def test_a_draft_is_compared_for_those_who_may_read_it_alone(
    db: Database, library: Library, owner: Actor, community: Community, visitor: Visit
) -> None:
    asset_id = library.published(owner, content=OLD)
    number = begin(library, owner, asset_id, NEW)
    read(library, asset_id, number, "Canary of the draft.")
    drain(db)
    visitor().get(f"/library/{asset_id}/compare", status=404)
    visitor().get(f"/library/{asset_id}/compare?old=1&new=2", status=404)
    assert (
        "Canary of the draft"
        in visitor().sign_in_as(community, owner).get(f"/library/{asset_id}/compare").text
    )
    with db.transaction(write=True) as tx:
        versions.discard(owner, tx=tx, asset_id=asset_id, number=2)
    with db.transaction(write=False) as tx:
        assert tx.session.scalar(text("SELECT count(*) FROM asset_comparison")) == 0


def test_no_word_of_a_document_is_kept_twice(db: Database, library: Library, owner: Actor) -> None:
    asset_id = library.published(owner, content=OLD)
    put(library, owner, asset_id, NEW)
    drain(db)
    drain(db)
    with db.transaction(write=False) as tx:
        (row,) = tx.session.execute(text("SELECT * FROM asset_comparison")).all()
    assert "readiness" not in str(row)


def test_what_has_no_words_is_not_compared_and_the_page_says_why(
    db: Database, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner, content=OLD)
    number = begin(library, owner, asset_id, NEW)
    with db.transaction(write=True) as tx:
        file_id = queries.version(owner, tx=tx, asset_id=asset_id, number=number).file.file_id
        library.read_file(tx, file_id, ExtractedText("not_searchable", reason="This PDF is a scan."))
    with db.transaction(write=True) as tx:
        service.publish(owner, tx=tx, asset_id=asset_id, number=number, file_id=file_id, checked=True)
    drain(db)
    page = visitor().get(f"/library/{asset_id}/compare").text
    assert "These two cannot be compared" in page
    assert "This PDF is a scan." in page


def test_what_was_withdrawn_is_not_shown_by_comparing(
    db: Database, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner, content=OLD)
    put(library, owner, asset_id, NEW)
    drain(db)
    with db.transaction(write=True) as tx:
        versions.withdraw(owner, tx=tx, asset_id=asset_id, number=1, reason="It names a child.")
    page = visitor().get(f"/library/{asset_id}/compare").text
    assert "72" not in page
    assert "was withdrawn" in page


def test_many_changes_have_pages_and_a_new_chapter_is_not_copied_whole(
    db: Database, library: Library, owner: Actor, visitor: Visit
) -> None:
    words = [f"word{number}" for number in range(3_000)]
    asset_id = library.published(owner, content=" ".join(words).encode())
    for place in range(10, 3_000, 30):
        words[place] = f"other{place}"
    put(library, owner, asset_id, " ".join([*words, *(f"chapter{n}" for n in range(2_000))]).encode())
    drain(db)
    reader = visitor()
    page = reader.get(f"/library/{asset_id}/compare").text
    assert "other10 " in page
    assert "other2980" not in page
    assert "Next changes" in page
    last = reader.get(f"/library/{asset_id}/compare?old=1&new=2&from=81").text
    assert "other2980" in last
    assert "words more" in last
    reader.get(f"/library/{asset_id}/compare?old=1&new=2&from=99999")
