"""Signing in and out, sessions and their limits, and what a stranger can learn (nothing)."""

from __future__ import annotations

import html
import re
import threading
import time
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from cop.accounts import credentials, known_browser, service, sessions, sign_in, throttle
from cop.accounts.passwords import matches
from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database
from cop.kernel.errors import RateLimited
from cop.kernel.ids import token_hash
from cop.kernel.usage import Usage
from cop.web.addresses import line_of
from cop.web.typed_words import typed_words
from tests.build.community import PASSWORD, Community
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]


@pytest.fixture
def somebody(community: Community) -> str:
    community.person("Ann Other", email="ann@testshire.example")
    return "ann@testshire.example"


def test_signing_in_leads_back_to_where_the_person_was(visitor: Visitors, somebody: str) -> None:
    browser = visitor()
    page = browser.get("/no-such-page?x=1", status=404)
    assert 'value="/no-such-page?x=1"' in page.text
    answer = browser.post("/sign-in", email=somebody.upper(), password=PASSWORD, next="/no-such-page?x=1")
    assert answer.headers["Location"] == "/no-such-page?x=1"
    assert "Ann Other" in browser.get("/no-such-page", status=404).text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_signing_in_never_leads_to_another_site(visitor: Visitors, somebody: str, elsewhere: str) -> None:
    answer = visitor().post("/sign-in", email=somebody, password=PASSWORD, next=elsewhere)
    assert answer.headers["Location"] == "/"


def test_wrong_password_and_unknown_address_look_the_same(visitor: Visitors, somebody: str) -> None:
    def answer(email: str) -> str:
        page = visitor().post("/sign-in", status=422, email=email, password="not the password", next="/").text
        lines = [line for line in page.replace(email, "ADDRESS").splitlines() if "nonce" not in line]
        return "\n".join(line for line in lines if "csrf_token" not in line)

    assert answer(somebody) == answer("stranger@testshire.example")


def test_the_token_changes_at_sign_in_and_the_old_session_ends(
    visitor: Visitors, somebody: str, db: Database, community: Community
) -> None:
    browser = visitor()
    browser.post("/sign-in", email=somebody, password=PASSWORD, next="/")
    before = browser._client.get_cookie("cop_session", domain="localhost")
    browser.post("/sign-in", status=422, email=somebody, password=PASSWORD, next="/", csrf_token="old")
    browser.post("/sign-in", email=somebody, password=PASSWORD, next="/")
    after = browser._client.get_cookie("cop_session", domain="localhost")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    thief = visitor()
    thief._client.set_cookie("cop_session", before.value, domain="localhost")
    assert "Ann Other" not in thief.get("/sign-in").text


def test_sign_out_everywhere_ends_every_browser(visitor: Visitors, somebody: str) -> None:
    first, second = visitor(), visitor()
    for browser in (first, second):
        browser.post("/sign-in", email=somebody, password=PASSWORD, next="/")
        browser.get("/sign-in", status=303)
    first.post("/sign-in", status=422, csrf_token="old")
    first.post("/sign-out-everywhere")
    for browser in (first, second):
        browser.get("/sign-in", status=200)


def test_a_session_ends_when_idle_and_at_its_absolute_limit(db: Database, community: Community) -> None:
    _, hashed = community.session(community.person())

    def alive(idle: int) -> bool:
        with db.transaction(write=False) as tx:
            return sessions.load_actor(tx, hashed, idle=idle).signed_in

    assert alive(60)
    with shifted_for_tests_only(61):
        assert not alive(60)
        assert alive(3600)
    with shifted_for_tests_only(3601):
        assert not alive(100_000)


@pytest.mark.parametrize("wrong_by", [-86_400, 86_400])
def test_the_clock_of_the_machine_decides_nothing_about_a_session(
    db: Database, community: Community, monkeypatch: pytest.MonkeyPatch, wrong_by: int
) -> None:
    """The database may stand on another machine, and only its clock wrote when the session was used."""
    actor = community.person()
    _, hashed = community.session(actor)
    usage = Usage()
    monkeypatch.setattr(sessions, "usage", usage)

    def alive(idle: int) -> tuple[bool, bool]:
        with db.transaction(write=False) as tx:
            loaded = sessions.load_actor(tx, hashed, idle=idle)
            known = loaded.session_id or 1
            return loaded.signed_in, bool(sessions.living(tx, [known], idle=idle))

    with time_machine.travel(time.time() + wrong_by):
        assert alive(60) == (True, True)
        assert not usage._waiting
        with shifted_for_tests_only(61):
            assert alive(60) == (False, False)
            assert alive(3600) == (True, True)
            assert usage._waiting


def _new_password(db: Database, person: Actor) -> None:
    assert person.person_id is not None
    with db.transaction(write=True) as tx:
        service.reset_password(SYSTEM, tx=tx, person_id=person.person_id, hashed="another hash")


def _suspension(db: Database, person: Actor) -> None:
    assert person.person_id is not None
    with db.transaction(write=True) as tx:
        service.suspend(SYSTEM, tx=tx, person_id=person.person_id)


@pytest.mark.parametrize("happens", [_new_password, _suspension])
def test_a_sign_in_that_waits_while_the_account_changes_gets_no_session(
    visitor: Visitors,
    db: Database,
    community: Community,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[Database, Actor], None],
) -> None:
    person = community.person("Ann Other", email="ann@testshire.example")

    def compared_just_before(hashed: str | None, password: str) -> bool:
        right = matches(hashed, password)
        happens(db, person)
        return right

    monkeypatch.setattr(sign_in, "matches", compared_just_before)
    browser = visitor()
    page = browser.post("/sign-in", status=422, email="ann@testshire.example", password=PASSWORD, next="/")
    assert "One of the two is not right" in page.text
    with db.transaction(write=True) as tx:
        service.reinstate(SYSTEM, tx=tx, person_id=person.person_id or 0)
    browser.get("/sign-in", status=200)


def test_a_new_password_ends_the_session_that_a_waiting_sign_in_is_just_starting(
    db: Database, community: Community
) -> None:
    person = community.person(email="ann@testshire.example")
    changed: list[None] = []

    def change() -> None:
        _new_password(db, person)
        changed.append(None)

    another = threading.Thread(target=change)
    with db.transaction(write=True) as tx:
        known = credentials.look_up(tx, email="ann@testshire.example")
        begun = credentials.start_session(tx, compared=known, lifetime=3600, replaces=ANONYMOUS)
        another.start()
        another.join(0.3)
        assert not changed
    another.join()
    assert begun is not None
    assert not begun.half
    with db.transaction(write=False) as tx:
        assert not sessions.load_actor(tx, token_hash(begun.token), idle=3600).signed_in


def test_too_many_failures_are_slowed_down_but_only_from_there(visitor: Visitors, somebody: str) -> None:
    browser = visitor()
    for _ in range(8):
        browser.post("/sign-in", status=422, email=somebody, password="wrong wrong wrong", next="/")
    browser.post("/sign-in", status=429, email=somebody, password=PASSWORD, next="/")
    visitor(address="192.0.2.7").post("/sign-in", email=somebody, password=PASSWORD, next="/")


def _guessed_from_everywhere(db: Database, email: str) -> None:
    for number in range(60):
        throttle.count_failure(db, email=email, address=f"203.0.113.{number}")


def test_strangers_who_guess_do_not_lock_the_owner_out_of_their_own_browser(
    visitor: Visitors, somebody: str, db: Database
) -> None:
    desk, new = visitor(address="192.0.2.7"), visitor(address="192.0.2.8")
    desk.post("/sign-in", email=somebody, password=PASSWORD, next="/")
    desk.post("/sign-out")
    _guessed_from_everywhere(db, somebody)
    new.post("/sign-in", status=429, email=somebody, password=PASSWORD, next="/")
    desk.post("/sign-in", email=somebody, password=PASSWORD, next="/")


def test_a_known_browser_may_not_guess_more_than_any_other(
    visitor: Visitors, somebody: str, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = visitor()
    desk.post("/sign-in", email=somebody, password=PASSWORD, next="/")
    desk.post("/sign-out")
    monkeypatch.setattr(sign_in, "matches", lambda hashed, password: False)
    for _ in range(8):
        desk.post("/sign-in", status=422, email=somebody, password="wrong wrong wrong", next="/")
    desk.post("/sign-in", status=429, email=somebody, password=PASSWORD, next="/")
    for number in range(60):
        throttle.count_failure(db, email=somebody, address=f"203.0.113.{number}", known=True)
    with pytest.raises(RateLimited):
        throttle.begin(db, email=somebody, address="192.0.2.9", known=True)


@pytest.mark.parametrize("what", ["of another account", "made up"])
def test_only_a_browser_that_signed_in_to_this_account_is_known_to_it(
    visitor: Visitors, somebody: str, community: Community, db: Database, what: str
) -> None:
    community.person(email="bob@testshire.example")
    browser = visitor(address="192.0.2.7")
    if what == "of another account":
        browser.post("/sign-in", email="bob@testshire.example", password=PASSWORD, next="/")
        browser.post("/sign-out")
    else:
        browser._client.set_cookie("cop_known", "WyJhIl0.aSZ_8A.x", domain="localhost")
    _guessed_from_everywhere(db, somebody)
    browser.post("/sign-in", status=429, email=somebody, password=PASSWORD, next="/")


def test_a_shared_desk_is_known_to_those_who_signed_in_there(
    app: Flask, visitor: Visitors, community: Community
) -> None:
    browser = visitor()
    addresses = [f"p{number}@testshire.example" for number in range(5)]
    for address in addresses:
        community.person(email=address)
        browser.post("/sign-in", email=address, password=PASSWORD, next="/")
        browser.post("/sign-out")
    cookie = browser._client.get_cookie("cop_known", domain="localhost")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    with app.test_request_context(headers={"Cookie": f"cop_known={cookie.value}"}):
        assert [known_browser.knows(address) for address in addresses] == [False, True, True, True, True]


def test_a_line_counts_once_however_many_addresses_it_has(db: Database) -> None:
    for number in range(8):
        throttle.begin(db, email="ann@testshire.example", address=f"2001:db8:1:2::{number + 1:x}")
    with pytest.raises(RateLimited):
        throttle.begin(db, email="ann@testshire.example", address="2001:db8:1:2:ffff::1")
    throttle.begin(db, email="ann@testshire.example", address="2001:db8:1:3::1")


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nowhere", "nowhere"),
        (None, ""),
    ],
)
def test_lines(address: str | None, line: str) -> None:
    assert line_of(address) == line


def test_tries_whose_passwords_are_still_being_checked_count(
    visitor: Visitors, somebody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[int] = []
    checked: list[str] = []

    def try_once() -> None:
        browser = visitor()
        page = browser.get("/sign-in")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token is not None
        fields = {"email": somebody, "password": "wrong wrong wrong", "csrf_token": token[1]}
        answers.append(browser._client.post("/sign-in", data=fields, base_url="http://localhost").status_code)

    def and_one_more_meanwhile(hashed: str | None, password: str) -> bool:
        checked.append(password)
        if len(checked) < 12:
            another = threading.Thread(target=try_once)
            another.start()
            another.join()
        return False

    monkeypatch.setattr(sign_in, "matches", and_one_more_meanwhile)
    try_once()
    assert answers == [429] + [422] * 8
    assert len(checked) == 8


def test_a_form_that_was_open_too_long_keeps_what_was_typed(visitor: Visitors, somebody: str) -> None:
    page = visitor().post(
        "/sign-in", status=422, csrf_token="old", email=somebody, password=PASSWORD, next="/"
    )
    assert somebody in page.text
    assert "open for too long" in page.text


def test_a_post_with_an_ended_session_offers_what_was_typed_after_signing_in(
    visitor: Visitors, somebody: str
) -> None:
    browser = visitor()
    typed = {"body": "Three\nlong <b>paragraphs</b>", "title": "My title", "draft": "7", "left": "2"}
    lost = browser.post("/sign-out", status=404, **typed)
    assert "<h1>Sign in to send what you typed</h1>" in lost.text
    assert "Page not found" not in lost.text
    assert "paragraphs" in lost.text
    found = re.search(r'name="carried" value="([^"]*)"', lost.text)
    assert found is not None
    carried = found[1]
    page = browser.post(
        "/sign-in",
        status=200,
        email=somebody,
        password=PASSWORD,
        next="/sign-out",
        carried=html.unescape(carried),
    )
    assert 'action="/sign-out"' in page.text
    assert "Three\nlong &lt;b&gt;paragraphs&lt;/b&gt;" in page.text
    assert 'href="/sign-in"' not in page.text, "they are signed in by now"
    assert 'name="draft" value="7"' in page.text
    assert ">Draft<" not in page.text
    assert ">Left<" not in page.text


def test_what_was_typed_is_shown_in_the_words_of_its_form(app: Flask) -> None:
    fields = [
        *(
            ("key", "k" * 20),
            ("draft", "3"),
            ("name", "Amira"),
            ("left", "1"),
            ("body", "Words"),
            ("empty", " "),
        ),
        ("next", "/"),
    ]
    with app.test_request_context("/"):
        assert typed_words("/threads/1", fields) == [("Your reply", "Words")]
        assert typed_words("/teams/1/timeline/new", [("title", "Tested"), ("due-day", "3")]) == [
            ("Milestone", "Tested"),
            ("Date: day", "3"),
        ]
        assert typed_words("/register", [("function", "hr")]) == [("Function you bring", "HR")]
        assert typed_words("/nothing", fields) == [("Name", "Amira"), ("Body", "Words")]
