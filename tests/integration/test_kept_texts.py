"""Whoever has no password loses nothing either when their session ends while they type: it waits until they have
signed in by a link, in the browser that left it, for whoever has that address, once.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from cop.accounts import kept_texts
from cop.accounts.letters import SIGN_IN
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database
from cop.kernel.errors import RateLimited
from cop.mail import links
from cop.mail import service as mail
from tests.build.community import PASSWORD, Community
from tests.build.pages import Visitor

ANN, BOB = "ann@testshire.gov.uk", "bob@testshire.gov.uk"
TYPED = "Three\nlong <b>paragraphs</b>"
Visit = Callable[[], Visitor]
Link = Callable[[str], str]


@pytest.fixture
def people(community: Community) -> dict[str, Actor]:
    """Two people with accounts."""
    return {ANN: community.person("Ann Other", email=ANN), BOB: community.person("Bob Brown", email=BOB)}


@pytest.fixture
def visit(app: Flask, people: dict[str, Actor]) -> Visit:
    """Makes browsers."""
    return lambda: Visitor(app)


@pytest.fixture
def link(db: Database, people: dict[str, Actor]) -> Link:
    """Makes the path of a link that signs somebody in, as an email carries it."""

    def made(email: str) -> str:
        with db.transaction(write=True) as tx:
            subject = people[email].person_id or 0
            mail_id = mail.queue(SYSTEM, tx=tx, purpose=SIGN_IN, subject_id=subject)
            return f"/sign-in/link/{links.mint(tx, mail_id=mail_id, lives=timedelta(hours=1))}"

    return made


def carried_in(page: str) -> str:
    """What a form on the page carries along."""
    return html.unescape(re.findall(r'name="carried" value="([^"]*)"', page)[0])


@pytest.fixture
def asked(visit: Visit) -> Visitor:
    """A browser in which Ann sent a form without a session, and then asked for a link."""
    browser = visit()
    lost = browser.post("/profile/interests", status=404, text=TYPED).text
    assert 'formaction="/sign-in/link"' in lost
    carried = carried_in(lost)
    assert json.loads(carried) == [["text", TYPED]]
    wrong = browser.post("/sign-in/link", status=422, email="", next="/profile/interests", carried=carried)
    assert carried_in(wrong.text) == carried
    sent = browser.post("/sign-in/link", status=200, email=ANN, next="/profile/interests", carried=carried)
    assert "What you typed is kept" in sent.text
    return browser


def waiting(db: Database) -> int:
    """How many texts wait."""
    with db.transaction(write=False) as tx:
        return len(tx.session.execute(text("SELECT email FROM kept_text")).all())


def test_it_comes_back_once_and_can_be_sent(asked: Visitor, link: Link, db: Database) -> None:
    path = link(ANN)
    asked.get(path)
    page = asked.post(path, status=200).text
    assert "Send what you typed?" in page
    assert html.escape(TYPED) in page.replace("\r", "")
    assert 'action="/profile/interests"' in page
    assert waiting(db) == 0
    asked.post("/profile/interests", text=TYPED)
    assert "paragraphs" in asked.get("/profile").text
    again = link(ANN)
    asked.get(again)
    assert asked.post(again).headers["Location"] == "/"


def test_another_browser_gets_none_of_it_and_the_first_one_still_does(
    asked: Visitor, visit: Visit, link: Link, db: Database
) -> None:
    other, path = visit(), link(ANN)
    other.get(path)
    assert other.post(path).headers["Location"] == "/"
    assert waiting(db) == 1
    # She remembers her password after all.
    page = asked.post("/sign-in", status=200, email=ANN.upper(), password=PASSWORD, next="/").text
    assert "Send what you typed?" in page
    assert 'action="/profile/interests"' in page
    assert waiting(db) == 0


def test_nobody_else_gets_it_in_the_same_browser(asked: Visitor, link: Link, db: Database) -> None:
    path = link(BOB)
    asked.get(path)
    assert "paragraphs" not in asked.post(path).text
    assert waiting(db) == 1


def test_it_goes_when_the_link_has_ended(asked: Visitor, db: Database) -> None:
    with shifted_for_tests_only(3601):
        with db.transaction(write=True) as tx:
            assert kept_texts.some_ended(tx)
            kept_texts.forget_ended(tx)
        assert waiting(db) == 0
        assert asked.post("/sign-in", email=ANN, password=PASSWORD, next="/").headers["Location"] == "/"


def test_too_many_are_refused_in_words(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_texts, "MOST", 1)
    with db.transaction(write=True) as tx:
        kept_texts.keep(tx, email=ANN, text="[]")
        with pytest.raises(RateLimited, match="password"):
            kept_texts.keep(tx, email=ANN, text="[]")


def test_an_address_that_nobody_has_is_answered_the_same(visit: Visit, db: Database) -> None:
    pages = []
    for email in (ANN, "nobody@testshire.gov.uk"):
        browser = visit()
        browser.get("/sign-in/link")
        page = browser.post(
            "/sign-in/link", status=200, email=email, next="/", carried='[["text", "x"]]'
        ).text
        pages.append(re.sub(r'(nonce|value)="[^"]*"', "", page.replace(email, "…")))
    assert pages[0] == pages[1]
    assert waiting(db) == 2
