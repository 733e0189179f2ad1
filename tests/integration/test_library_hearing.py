"""Being told of a document without an account: proved first, told once, deleted then; and nobody learns who asked."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from cop.app import open_post
from cop.kernel import outbox
from cop.kernel.access import Actor
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database
from cop.kernel.outbox import drain_once
from cop.library import hearing, letters, queries, service
from cop.mail.post import Post
from cop.notifications import queries as notices
from cop.settings import Settings
from tests.build.community import Community
from tests.build.library import Library
from tests.build.mailbox import Mailbox, mailbox, plain
from tests.build.pages import Visitor
from tests.integration.test_library_versions import begin, publish

Visit = Callable[..., Visitor]
ADDRESS = "reader@testshire.example"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


@pytest.fixture
def post(db: Database, box: Mailbox, make_settings: Callable[[str], Settings]) -> Post:
    return open_post(
        dataclasses.replace(make_settings(db.url), smtp_url=box.url, mail_from="cop@testshire.example")
    )


@pytest.fixture
def library(app: Flask, db: Database) -> Library:
    return Library(app, db)


@pytest.fixture
def owner(community: Community) -> Actor:
    return community.person("Amira Khan")


def drain(db: Database, post: Post) -> None:
    """What the worker does: who has to hear, and the mails."""
    for consumer in (letters.consumer(), post.consumer()):
        while drain_once(db, consumer):
            pass


def path_in(box: Mailbox, kind: str) -> str:
    found = re.search(rf"/library/{kind}/\S+", plain(box.received[-1]))
    assert found
    return found[0]


def left(db: Database) -> int:
    with db.transaction(write=False) as tx:
        return int(tx.session.scalar(text("SELECT count(*) FROM address_to_tell")) or 0)


def proved(db: Database, post: Post, box: Mailbox, reader: Visitor, asset_id: int) -> None:
    reader.post(f"/library/{asset_id}/tell", status=200, email=ADDRESS)
    drain(db, post)
    address = path_in(box, "tell")
    assert "Yes, tell me" in reader.get(address).text
    reader.post(address, status=200)
    reader.get(address, status=410)


def next_version(library: Library, owner: Actor, asset_id: int) -> None:
    publish(library, owner, asset_id, begin(library, owner, asset_id))


def test_an_address_is_proved_told_once_and_forgotten(
    db: Database, post: Post, box: Mailbox, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    reader = visitor()
    proved(db, post, box, reader, asset_id)
    assert len(box.received) == 1
    next_version(library, owner, asset_id)
    drain(db, post)
    drain(db, post)
    assert len(box.received) == 2
    message = box.received[-1]
    assert message["To"] == ADDRESS
    assert message["Subject"] == "A newer version: Outcomes specification, second edition"
    assert f"http://localhost/library/{asset_id}" in plain(message)
    assert "/library/untell/" in str(message["List-Unsubscribe"])
    assert left(db) == 0
    next_version(library, owner, asset_id)
    drain(db, post)
    assert len(box.received) == 2


def test_who_did_not_prove_it_is_told_nothing_and_forgotten_after_three_days(
    db: Database, post: Post, box: Mailbox, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    visitor().post(f"/library/{asset_id}/tell", status=200, email=ADDRESS)
    drain(db, post)
    next_version(library, owner, asset_id)
    drain(db, post)
    assert len(box.received) == 1
    letters.forget_unproved(db)
    assert left(db) == 1
    with shifted_for_tests_only(timedelta(days=3, hours=1).total_seconds()):
        letters.forget_unproved(db)
    assert left(db) == 0


def test_two_versions_before_the_mail_goes_out_are_one_mail_about_the_newest(
    db: Database, post: Post, box: Mailbox, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    proved(db, post, box, visitor(), asset_id)
    next_version(library, owner, asset_id)
    while drain_once(db, letters.consumer()):
        pass
    next_version(library, owner, asset_id)
    drain(db, post)
    assert len(box.received) == 2
    assert "Version 3" in plain(box.received[-1])


def test_a_worker_that_is_killed_tells_once_more_under_the_same_message_id_at_most(
    db: Database,
    post: Post,
    box: Mailbox,
    library: Library,
    owner: Actor,
    visitor: Visit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asset_id = library.published(owner)
    proved(db, post, box, visitor(), asset_id)
    next_version(library, owner, asset_id)

    def dies(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    # Between telling and forgetting the delivery, and between sending and marking the mail.
    with monkeypatch.context() as patch:
        patch.setattr("cop.kernel.outbox._done", dies)
        patch.setattr(hearing, "told", dies)
        patch.setattr("cop.mail.outgoing.mark_sent", dies)
        for consumer in (letters.consumer(), post.consumer()):
            try:
                while drain_once(db, consumer):
                    pass
            except KeyboardInterrupt:
                pass
    outbox.release_all_claims(db, [letters.consumer(), post.consumer()])
    drain(db, post)
    told = box.received[1:]
    assert 1 <= len(told) <= 2
    assert len({message["Message-ID"] for message in told}) == 1
    assert left(db) == 0


def test_nobody_is_told_of_what_is_no_longer_public(
    db: Database, post: Post, box: Mailbox, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    proved(db, post, box, visitor(), asset_id)
    with db.transaction(write=False) as tx:
        shown = queries.asset(owner, tx=tx, asset_id=asset_id)
    details = service.Details(
        title="Canary only for officers",
        summary=shown.summary,
        kind=shown.kind,
        category=shown.category,
        audience="network",
        regime=shown.regime,
        licence=shown.licence,
        owner_id=owner.person_id,
        review_date=shown.review_date,
    )
    with db.transaction(write=True) as tx:
        service.change_details(owner, tx=tx, asset_id=asset_id, details=details, revision=shown.revision)
    next_version(library, owner, asset_id)
    drain(db, post)
    assert len(box.received) == 1


def test_a_withdrawal_is_told_with_its_reason(
    db: Database, post: Post, box: Mailbox, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    proved(db, post, box, visitor(), asset_id)
    with db.transaction(write=True) as tx:
        service.withdraw(owner, tx=tx, asset_id=asset_id, reason="The law changed.")
    drain(db, post)
    assert box.received[-1]["Subject"] == "Withdrawn: Outcomes specification"
    assert "The law changed." in plain(box.received[-1])


def test_the_answer_is_the_same_for_who_is_on_the_list_and_who_is_not(
    db: Database, post: Post, box: Mailbox, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    reader = visitor()
    proved(db, post, box, reader, asset_id)
    known = reader.post(f"/library/{asset_id}/tell", status=200, email=ADDRESS).text
    other = reader.post(f"/library/{asset_id}/tell", status=200, email="nobody@testshire.example").text
    nonce = re.compile(r'nonce="[^"]+"')
    assert nonce.sub("", known).replace(ADDRESS, "") == nonce.sub("", other).replace(
        "nobody@testshire.example", ""
    )
    drain(db, post)
    assert "on the list" in plain(box.received[1])
    with db.transaction(write=True) as tx:
        tx.session.execute(text("DELETE FROM sign_in_failure"))
    for _ in range(4):
        reader.post(f"/library/{asset_id}/tell", status=200, email=ADDRESS)
    reader.post(f"/library/{asset_id}/tell", status=429, email=ADDRESS)
    reader.post(f"/library/{asset_id}/tell", status=422, email="not an address")


def test_an_address_is_taken_off_by_the_link_of_its_mail_and_by_no_other(
    db: Database, post: Post, box: Mailbox, library: Library, owner: Actor, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    reader = visitor()
    proved(db, post, box, reader, asset_id)
    reader.get("/library/untell/not-ours", status=404)
    address = path_in(box, "untell")
    assert "Delete my address" in reader.get(address).text
    assert left(db) == 1, "looking changes nothing"
    first = reader.post(address, status=200).text
    assert left(db) == 0
    # The next address gets the same number; the old link must not take it off, and says the same.
    reader.post(f"/library/{asset_id}/tell", status=200, email="other@testshire.example")
    again = reader.post(address, status=200).text
    nonce = re.compile(r'nonce="[^"]+"')
    assert nonce.sub("", again) == nonce.sub("", first)
    assert left(db) == 1


def test_who_follows_is_told_in_the_inbox_of_each_version(
    db: Database, post: Post, library: Library, owner: Actor, community: Community, visitor: Visit
) -> None:
    asset_id = library.published(owner)
    ann = community.person("Ann Other")
    browser = visitor().sign_in_as(community, ann)
    browser.post(f"/library/{asset_id}/follow")
    browser.post(f"/library/{asset_id}/follow")
    assert "Stop telling me" in browser.get(f"/library/{asset_id}").text

    def inbox() -> list[str]:
        with db.transaction(write=False) as tx:
            return [each.what.title for each in notices.inbox(ann, tx=tx).rows]

    next_version(library, owner, asset_id)
    assert begin(library, owner, asset_id) == 3
    drain(db, post)
    assert inbox() == ["Version 2 of “Outcomes specification, second edition” has replaced the one before"]
    browser.post(f"/library/{asset_id}/unfollow")
    with db.transaction(write=True) as tx:
        service.withdraw(owner, tx=tx, asset_id=asset_id, reason="Wrong.")
    drain(db, post)
    assert inbox() == ["“Outcomes specification, second edition” was withdrawn"]
