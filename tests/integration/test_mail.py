"""Mail: written once, sent at least once under one Message-ID, with links that work once, to a real mail server."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import text

from cop.app import create_app
from cop.kernel import outbox
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.kernel.errors import Gone
from cop.kernel.outbox import drain_once
from cop.mail import links, service
from cop.mail.letter import Letter, Line, Section
from cop.mail.post import Draft, Post, Purpose
from cop.mail.transport import FolderTransport, SmtpTransport, Transport
from cop.settings import Settings
from tests.build.mailbox import Mailbox, mailbox, plain
from tests.build.pages import Visitor

ADDRESS = "ann@testshire.example"


def write(draft: Draft) -> Letter | None:
    """A letter with a link; subject 404 has nothing to say."""
    if draft.subject_id == 404:
        return None
    return Letter(
        to=ADDRESS,
        subject="Sign in to\r\nBcc: everybody@example.org",
        paragraphs=["Hello Ann, <b>this</b> is about placements & prices."],
        button=("Sign in", draft.address(f"/link/{draft.mint()}")),
        sections=[Section("Today", [Line("Placements", draft.address("/threads/1"), "3 new posts")])],
        why="You asked for this.",
        unsubscribe=draft.address("/stop/1"),
    )


def post_to(transport: Transport | None) -> Post:
    """A way out with one purpose."""
    made = Post(
        transport,
        base="https://cop.example.org",
        host="cop.example.org",
        sender="CoP <cop@example.org>",
        site="CoP",
    )
    made.add(Purpose("try", write))
    made.subscribe()
    return made


@pytest.fixture(autouse=True)
def subscribed() -> None:
    """What is queued leaves a delivery, whichever test of the process is the first."""
    post_to(None)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server that is up."""
    with mailbox() as made:
        yield made


def queue(db: Database, subject_id: int = 1) -> int:
    """Have one sent."""
    with db.transaction(write=True) as tx:
        return service.queue(SYSTEM, tx=tx, purpose="try", subject_id=subject_id)


def drain(db: Database, post: Post) -> None:
    """Do what the worker does until nothing is due."""
    while drain_once(db, post.consumer()):
        pass


def token_in(message: EmailMessage) -> str:
    """The token of the link in a message."""
    return plain(message).split("/link/")[1].split()[0]


def test_a_mail_arrives_as_text_and_as_html(db: Database, box: Mailbox) -> None:
    post = post_to(SmtpTransport(box.url))
    queue(db)
    drain(db, post)
    drain(db, post)
    (message,) = box.received
    assert message["To"] == ADDRESS
    assert message["From"] == "CoP <cop@example.org>"
    assert message["Subject"] == "Sign in to Bcc: everybody@example.org"
    assert message["Bcc"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<https://cop.example.org/stop/1>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(message["Message-ID"]).endswith("@cop.example.org>")
    words = plain(message)
    for said in ("<b>this</b> is about placements & prices", "3 new posts", "You asked for this."):
        assert said in words
    assert "https://cop.example.org/threads/1" in words
    rich = message.get_body(("html",))
    assert rich is not None
    assert "&lt;b&gt;this&lt;/b&gt;" in rich.get_content()


def test_a_crash_between_sending_and_marking_repeats_the_mail_under_its_message_id(
    db: Database, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = post_to(SmtpTransport(box.url))
    mail_id = queue(db)

    def dies(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cop.mail.outgoing.mark_sent", dies)
        with pytest.raises(KeyboardInterrupt):
            drain(db, post)
    outbox.release_all_claims(db, [post.consumer()])
    drain(db, post)
    first, second = box.received
    assert first["Message-ID"] == second["Message-ID"]
    assert token_in(first) != token_in(second)
    # Both copies work, until either is used.
    for copy in box.received:
        with db.transaction(write=False) as tx:
            assert links.find(tx, token=token_in(copy), purpose="try").mail_id == mail_id
    with db.transaction(write=True) as tx:
        links.use(SYSTEM, tx=tx, token=token_in(second), purpose="try")
    for copy in box.received:
        with db.transaction(write=False) as tx, pytest.raises(Gone):
            links.find(tx, token=token_in(copy), purpose="try")


def test_only_hashes_of_links_are_stored(db: Database, box: Mailbox) -> None:
    queue(db)
    drain(db, post_to(SmtpTransport(box.url)))
    with db.transaction(write=False) as tx:
        stored = str(tx.session.execute(text("SELECT * FROM mail_token")).all())
        kept = str(tx.session.execute(text("SELECT * FROM mail")).all())
    assert token_in(box.received[0]) not in stored + kept
    assert ADDRESS not in stored + kept


def test_a_link_is_used_once_by_whoever_is_first(db: Database, box: Mailbox) -> None:
    queue(db)
    drain(db, post_to(SmtpTransport(box.url)))
    token, outcomes = token_in(box.received[0]), []

    def use() -> None:
        try:
            with db.transaction(write=True) as tx:
                links.use(SYSTEM, tx=tx, token=token, purpose="try")
            outcomes.append("used")
        except Gone:
            outcomes.append("gone")

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["gone"] * 7 + ["used"]


def test_a_link_of_another_purpose_or_past_its_end_leads_nowhere(db: Database, box: Mailbox) -> None:
    queue(db)
    drain(db, post_to(SmtpTransport(box.url)))
    token = token_in(box.received[0])
    with db.transaction(write=False) as tx, pytest.raises(Gone):
        links.find(tx, token=token, purpose="other")
    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE mail_token SET ends_at = '2020-01-01 00:00:00'"))
    with db.transaction(write=True) as tx, pytest.raises(Gone):
        links.use(SYSTEM, tx=tx, token=token, purpose="try")
    with db.transaction(write=False) as tx:
        assert links.some_ended(tx)
    with db.transaction(write=True) as tx:
        links.forget_ended(tx)
        assert not links.some_ended(tx)


def test_nothing_is_sent_when_there_is_nothing_to_say_any_more(db: Database, box: Mailbox) -> None:
    post = post_to(SmtpTransport(box.url))
    queue(db, 404)
    queue(db, 2)
    with db.transaction(write=True) as tx:
        links.withdraw(tx, purpose="try", subject_id=2)
    drain(db, post)
    assert box.received == []
    assert outbox.waiting(db) == {}


def test_mail_waits_uncounted_while_the_server_is_down_and_is_dropped_where_it_is_refused(
    db: Database, box: Mailbox
) -> None:
    post = post_to(SmtpTransport(box.url))
    box.answer = "451 not now"
    queue(db)
    for _ in range(outbox.MAX_ATTEMPTS + 1):
        drain(db, post)
        with db.transaction(write=True) as tx:
            tx.session.execute(text("UPDATE delivery SET not_before = '2020-01-01 00:00:00'"))
    box.stop()
    drain(db, post)
    box.start()
    assert outbox.waiting(db) == {"mail": (1, 0)}
    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE delivery SET not_before = '2020-01-01 00:00:00'"))
    box.answer = "550 nobody here"
    drain(db, post)
    box.answer = None
    drain(db, post)
    assert box.received == []
    assert outbox.waiting(db) == {}


def test_a_folder_holds_each_mail_once(db: Database, tmp_path: Path) -> None:
    folder = FolderTransport(tmp_path / "mail")
    post = post_to(folder)
    mail_id = queue(db)
    queue(db)
    drain(db, post)
    with db.transaction(write=True) as tx:
        tx.session.execute(text(f"UPDATE mail SET sent_at = NULL WHERE id = {mail_id}"))
    post.send(db, mail_id)
    assert len(folder.names()) == 2
    assert len(list((tmp_path / "mail").iterdir())) == 2


def test_the_demonstration_shows_what_it_sent_and_no_other_server_does(
    tmp_path: Path, sqlite_db: Database, make_settings: Callable[[str], Settings]
) -> None:
    settings = dataclasses.replace(make_settings(sqlite_db.url), demo=True)
    browser = Visitor(create_app(settings, sqlite_db))
    assert "Nothing has been sent yet" in browser.get("/demo/mail").text
    folder = FolderTransport(settings.var / "mail")
    queue(sqlite_db)
    drain(sqlite_db, post_to(folder))
    (name,) = folder.names()
    assert f"/demo/mail/{name}" in browser.get("/demo/mail").text
    shown = browser.get(f"/demo/mail/{name}").text
    assert "&lt;b&gt;this&lt;/b&gt;" in shown
    assert 'href="https://cop.example.org/threads/1"' in shown
    browser.get("/demo/mail/20260101-000000-0123456789abcdef.eml", status=404)
    browser.get("/demo/mail/..%2Fdemo-secret", status=404)
    elsewhere = Visitor(create_app(dataclasses.replace(settings, demo=False), sqlite_db))
    elsewhere.get("/demo/mail", status=404)
    elsewhere.get(f"/demo/mail/{name}", status=404)
