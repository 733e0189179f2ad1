"""The second step of signing in: set up, asked for, recovered, required, and never a way around it."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable
from dataclasses import replace

import pyotp
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from cop.accounts import half_way, second_step, service, sessions, totp
from cop.accounts.letters import SIGN_IN
from cop.app import build_worker, create_app
from cop.cli import main
from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database
from cop.kernel.ids import token_hash
from cop.mail import links
from cop.mail import service as mail
from cop.settings import Settings
from tests.build.community import PASSWORD, Community
from tests.build.pages import Visitor
from tests.conftest import SECRET

Visitors = Callable[..., Visitor]
ANN = "ann@testshire.example"
MINUTE = 60


class Phone:
    """An authenticator app with one account in it."""

    def __init__(self, db: Database, secret: str) -> None:
        self._db, self._maker = db, pyotp.TOTP(secret)

    def code(self, steps: int = 0) -> str:
        with self._db.transaction(write=False) as tx:
            return str(self._maker.at(tx.now(), counter_offset=steps))


def set_up(browser: Visitor, db: Database) -> tuple[Phone, list[str]]:
    """Set a second step up in this browser; the phone, and the recovery codes."""
    browser.post("/profile/second-step", current=PASSWORD)
    page = browser.get("/profile/second-step/app").text
    found = re.search(r'Key: <code class="break">([A-Z2-7 ]+)</code>', page)
    assert found is not None
    phone = Phone(db, found[1].replace(" ", ""))
    shown = browser.post("/profile/second-step/app", status=200, code=phone.code()).text
    return phone, re.findall(r"<li><code>([0-9A-Z-]{19})</code></li>", shown)


@pytest.fixture
def ann(community: Community) -> Actor:
    return community.person("Ann Other", email=ANN)


@pytest.fixture
def phone_and_codes(
    ann: Actor, visitor: Visitors, community: Community, db: Database
) -> tuple[Phone, list[str]]:
    return set_up(visitor().sign_in_as(community, ann), db)


def first_step(browser: Visitor, **more: str) -> None:
    answer = browser.post("/sign-in", email=ANN, password=PASSWORD, next="/profile", **more)
    assert answer.headers["Location"] == "/sign-in/code?next=%2Fprofile"
    browser.follow(answer)


def test_signing_in_takes_two_pages_and_the_first_opens_nothing(
    phone_and_codes: tuple[Phone, list[str]], visitor: Visitors
) -> None:
    phone, codes = phone_and_codes
    assert len(codes) == totp.RECOVERY_CODES
    browser = visitor()
    first_step(browser)
    assert browser._client.get_cookie("cop_session", domain="localhost") is None
    browser.get("/profile", status=404)
    page = browser.get("/sign-in/code").text
    assert 'autocomplete="one-time-code"' in page
    wrong = browser.post("/sign-in/code", status=422, code="000000", next="/profile").text
    assert "Each code works once" in wrong
    with shifted_for_tests_only(MINUTE):
        answer = browser.post("/sign-in/code", code=phone.code(), next="/profile")
        assert answer.headers["Location"] == "/profile"
        browser.get("/profile")


def test_a_code_never_works_twice_and_the_one_that_set_it_up_is_used(
    phone_and_codes: tuple[Phone, list[str]], visitor: Visitors
) -> None:
    phone, _ = phone_and_codes
    browser = visitor()
    first_step(browser)
    browser.post("/sign-in/code", status=422, code=phone.code())
    with shifted_for_tests_only(MINUTE):
        code = phone.code()
        browser.post("/sign-in/code", code=code)
        other = visitor(address="192.0.2.9")
        first_step(other)
        other.post("/sign-in/code", status=422, code=code)


def test_of_two_that_bring_the_same_code_at_once_one_is_let_in(
    phone_and_codes: tuple[Phone, list[str]], ann: Actor, db: Database
) -> None:
    phone, codes = phone_and_codes
    person_id = ann.person_id or 0
    with shifted_for_tests_only(MINUTE):
        for typed in ({"code": phone.code(), "recovery": ""}, {"code": "", "recovery": codes[0].lower()}):
            with db.transaction(write=True) as tx:
                halves = [half_way.begin(tx, person_id=person_id, by_link=False) for _ in range(2)]
            with db.transaction(write=False) as tx:
                proofs = [second_step.prove(tx, person_id=person_id, key=SECRET, **typed) for _ in halves]
            got: list[str | None] = []

            def finish(half: str, proof: second_step.Proof | None) -> None:
                assert proof is not None
                with db.transaction(write=True) as tx:
                    got.append(  # noqa: B023 - each round joins its threads
                        half_way.finish(tx, token=half, proof=proof, lifetime=60, replaces=ANONYMOUS)
                    )

            threads = [
                threading.Thread(target=finish, args=pair) for pair in zip(halves, proofs, strict=True)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sum(token is not None for token in got) == 1


def test_a_recovery_code_works_once_its_owner_is_told_and_new_ones_void_the_old(
    phone_and_codes: tuple[Phone, list[str]],
    visitor: Visitors,
    db: Database,
    make_settings: Callable[[str], Settings],
) -> None:
    _, codes = phone_and_codes
    browser = visitor()
    first_step(browser)
    browser.post("/sign-in/code", status=422, recovery="0000-0000-0000-0000")
    browser.post("/sign-in/code", recovery=f" {codes[3].lower().replace('-', ' ')} ", next="/profile")
    assert "have 9 left" in browser.get("/profile").text
    again = visitor(address="192.0.2.9")
    first_step(again)
    again.post("/sign-in/code", status=422, recovery=codes[3])
    browser.post("/profile/second-step/codes", status=422, current="wrong wrong wrong")
    browser.post("/profile/second-step/codes", status=200, current=PASSWORD)
    again.post("/sign-in/code", status=422, recovery=codes[4])
    subjects = _letters(db, make_settings(db.url))
    assert "recovery_code_used" in subjects


def _letters(db: Database, settings: Settings) -> list[str]:
    """Purposes of the mails that were queued; each is written, to see that it can be."""
    with db.transaction(write=False) as tx:
        return list(tx.session.scalars(text("SELECT purpose FROM mail ORDER BY id")))


def test_a_link_out_of_an_email_needs_the_code_as_well(
    phone_and_codes: tuple[Phone, list[str]], ann: Actor, visitor: Visitors, db: Database
) -> None:
    phone, _ = phone_and_codes
    with db.transaction(write=True) as tx:
        mail_id = mail.queue(SYSTEM, tx=tx, purpose=SIGN_IN, subject_id=ann.person_id or 0)
        token = links.mint(tx, mail_id=mail_id, lives=totp_hour())
    browser = visitor()
    browser.get(f"/sign-in/link/{token}")
    answer = browser.post(f"/sign-in/link/{token}")
    assert answer.headers["Location"] == "/sign-in/code"
    browser.get("/profile", status=404)
    browser.follow(answer)
    with shifted_for_tests_only(MINUTE):
        browser.post("/sign-in/code", code=phone.code())
        # Who came by a link and a code has shown who they are: no password is asked for.
        assert "Your password" not in browser.get("/profile/second-step").text
        browser.post("/profile/second-step/off")
    visitor().post("/sign-in", email=ANN, password=PASSWORD, next="/")


def totp_hour() -> second_step.timedelta:
    return second_step.timedelta(hours=1)


def test_what_was_typed_survives_the_second_step_too_and_its_end(
    phone_and_codes: tuple[Phone, list[str]], visitor: Visitors
) -> None:
    phone, _ = phone_and_codes
    browser = visitor()
    lost = browser.post("/profile/interests", status=404, text="Three\nlong <b>paragraphs</b>")

    def carried(page: str) -> str:
        found = re.search(r'name="carried" value="([^"]*)"', page)
        assert found is not None
        return html.unescape(found[1])

    fields = {"next": "/profile/interests", "carried": carried(lost.text)}
    page = browser.post("/sign-in", status=200, email=ANN, password=PASSWORD, **fields)
    assert "What you typed is kept" in page.text
    fields["carried"] = carried(page.text)
    page = browser.post("/sign-in/code", status=422, code="000000", **fields)
    page = browser.post("/sign-in/code", status=422, csrf_token="old", code=phone.code(), **fields)
    fields["carried"] = carried(page.text)
    with shifted_for_tests_only(11 * MINUTE):
        page = browser.post("/sign-in/code", status=422, code=phone.code(), **fields)
        assert "That took too long" in page.text
        fields["carried"] = carried(page.text)
        page = browser.post("/sign-in", status=200, email=ANN, password=PASSWORD, **fields)
        fields["carried"] = carried(page.text)
        page = browser.post("/sign-in/code", status=200, code=phone.code(), **fields)
    assert 'action="/profile/interests"' in page.text
    assert "Three\nlong &lt;b&gt;paragraphs&lt;/b&gt;" in page.text


@pytest.mark.parametrize("what", ["password", "suspension", "reset", "everywhere"])
def test_a_half_done_sign_in_ends_with_everything_else(
    phone_and_codes: tuple[Phone, list[str]], ann: Actor, visitor: Visitors, db: Database, what: str
) -> None:
    phone, _ = phone_and_codes
    browser, person_id = visitor(), ann.person_id or 0
    first_step(browser)
    with db.transaction(write=True) as tx:
        if what == "password":
            service.reset_password(SYSTEM, tx=tx, person_id=person_id, hashed="another")
        elif what == "suspension":
            service.suspend(SYSTEM, tx=tx, person_id=person_id)
        elif what == "reset":
            second_step.reset(SYSTEM, tx=tx, person_id=person_id)
        else:
            service.sign_out(ann, tx=tx, everywhere=True)
    with shifted_for_tests_only(MINUTE):
        page = browser.post("/sign-in/code", status=422, code=phone.code())
    assert "begin again" in page.text


def test_codes_cannot_be_guessed(phone_and_codes: tuple[Phone, list[str]], visitor: Visitors) -> None:
    phone, _ = phone_and_codes
    browser = visitor()
    first_step(browser)
    for number in range(6):
        browser.post("/sign-in/code", status=422, code=f"00000{number}")
    with shifted_for_tests_only(MINUTE):
        browser.post("/sign-in/code", status=429, code=phone.code())
        # Beginning again starts no new count, and neither does a recovery code.
        first_step(browser)
        browser.post("/sign-in/code", status=429, recovery="0000-0000-0000-0000")
        elsewhere = visitor(address="192.0.2.7")
        first_step(elsewhere)
        elsewhere.post("/sign-in/code", code=phone.code())


def test_guesses_from_everywhere_are_counted_together(
    phone_and_codes: tuple[Phone, list[str]], visitor: Visitors
) -> None:
    for number in range(20):
        browser = visitor(address=f"203.0.113.{number}")
        first_step(browser)
        browser.post("/sign-in/code", status=422, code="000000")
    browser = visitor(address="203.0.113.200")
    first_step(browser)
    browser.post("/sign-in/code", status=429, code="000000")


def test_setting_up_needs_the_password_and_only_this_session_sees_the_key(
    ann: Actor, visitor: Visitors, community: Community, db: Database
) -> None:
    mine, other = visitor().sign_in_as(community, ann), visitor().sign_in_as(community, ann)
    mine.post("/profile/second-step", status=422)
    mine.post("/profile/second-step", status=422, current="wrong wrong wrong")
    mine.get("/profile/second-step/app", status=410)
    mine.post("/profile/second-step", current=PASSWORD)
    mine.get("/profile/second-step/app")
    other.get("/profile/second-step/app", status=410)
    mine.post("/profile/second-step/app", status=422, code="123456")
    with shifted_for_tests_only(31 * MINUTE):
        mine.get("/profile/second-step/app", status=410)
    # Nothing is asked of somebody who gave up half-way.
    visitor().post("/sign-in", email=ANN, password=PASSWORD, next="/")
    phone, _ = set_up(mine, db)
    mine.get("/profile/second-step/app", status=410)
    other.get("/profile", status=404)
    # A new phone: the one in use works until the new one has shown a code.
    mine.post("/profile/second-step", current=PASSWORD)
    with shifted_for_tests_only(MINUTE):
        browser = visitor()
        first_step(browser)
        browser.post("/sign-in/code", code=phone.code())


def test_somebody_without_a_password_must_have_come_by_a_link_just_now(
    ann: Actor, visitor: Visitors, community: Community, db: Database
) -> None:
    with db.transaction(write=True) as tx:
        tx.session.execute(text("DELETE FROM person_password"))
    browser = visitor().sign_in_as(community, ann)
    assert "show that you read your emails" in browser.get("/profile/second-step").text
    browser.post("/profile/second-step", status=403)
    with db.transaction(write=True) as tx:
        token = sessions.create(tx, person_id=ann.person_id or 0, lifetime=9999, by_link=True)
    browser._client.set_cookie("cop_session", token, domain="localhost")
    browser.post("/profile/second-step")
    with shifted_for_tests_only(61 * MINUTE):
        browser.post("/profile/second-step", status=403)


def _acts(db: Database, token: str, *, hold_back: bool = True) -> Actor:
    with db.transaction(write=False) as tx:
        return sessions.load_actor(tx, token_hash(token), idle=9999, hold_back=hold_back)


@pytest.mark.parametrize("role", ["platform_admin", "organisation_admin"])
def test_an_admin_without_it_is_sent_to_set_it_up_and_can_do_nothing_as_one(
    visitor: Visitors, community: Community, db: Database, role: str
) -> None:
    kind = "central" if role == "platform_admin" else "council"
    adam = community.person("Adam Admin", email="adam@testshire.example", kind=kind, roles=(role,))
    page = "/admin" if role == "platform_admin" else f"/organisations/{adam.organisation_id}/people"
    browser = visitor()
    answer = browser.post("/sign-in", email="adam@testshire.example", password=PASSWORD, next="/teams")
    assert answer.headers["Location"] == "/profile/second-step?next=%2Fteams"
    shown = browser.follow(answer).text
    assert "You need one." in shown
    assert 'href="/teams">Not now' in shown
    missing = browser.get(page, status=404).text
    assert "waits until you" in missing
    set_up(browser, db)
    browser.get(page)
    assert "waits until you" not in browser.get("/profile").text
    browser.post("/profile/second-step/off", current=PASSWORD)
    browser.get(page, status=404)


def test_who_leads_a_team_is_a_member_until_they_have_it(
    visitor: Visitors, community: Community, db: Database
) -> None:
    lead = community.person("Lena Lead", email="lena@testshire.example")
    browser = visitor().sign_in_as(community, lead)
    team = (
        browser.post(
            "/teams/new",
            name="T",
            question="How?",
            access_mode="open",
            function="legal",
            title="",
            **{"start_date-day": "1", "start_date-month": "9", "start_date-year": "2026"},
        )
        .headers["Location"]
        .partition("?")[0]
    )
    browser.get(f"{team}/charter")
    weak = visitor()
    answer = weak.post("/sign-in", email="lena@testshire.example", password=PASSWORD, next="/")
    assert answer.headers["Location"] == "/profile/second-step"
    weak.follow(answer)
    refused = weak.get(f"{team}/charter", status=403).text
    assert "Set up a second step" in refused
    weak.get(f"{team}/threads/new")
    set_up(weak, db)
    weak.get(f"{team}/charter")


def test_in_the_demonstration_it_is_offered_and_not_required(
    db: Database, community: Community, make_settings: Callable[[str], Settings]
) -> None:
    community.person("Adam Admin", email="adam@testshire.example", kind="central", roles=("platform_admin",))
    browser = Visitor(create_app(replace(make_settings(db.url), demo=True), db))
    answer = browser.post("/sign-in", email="adam@testshire.example", password=PASSWORD, next="/admin")
    assert answer.headers["Location"] == "/admin"
    browser.get("/admin")
    assert "offered to everybody and required of nobody" in browser.get("/profile/second-step").text
    assert "offered, not required" in browser.get("/profile").text


def test_an_admin_helps_who_lost_everything_and_it_is_recorded_and_told(
    phone_and_codes: tuple[Phone, list[str]],
    ann: Actor,
    visitor: Visitors,
    community: Community,
    db: Database,
    make_settings: Callable[[str], Settings],
) -> None:
    admin = community.person(kind="central", roles=("platform_admin",))
    hers = visitor().sign_in_as(community, ann)
    browser = visitor().sign_in_as(community, admin)
    assert "They lost phone and codes" in browser.get(f"/people/{ann.person_id}").text
    browser.get(f"/admin/people/{ann.person_id}/second-step")
    browser.post(f"/admin/people/{ann.person_id}/second-step")
    hers.get("/profile", status=404)
    visitor().post("/sign-in", email=ANN, password=PASSWORD, next="/")
    with db.transaction(write=False) as tx:
        by = tx.session.execute(
            text("SELECT person_id FROM event WHERE kind = 'SecondStepTurnedOff'")
        ).scalar_one()
    assert by == admin.person_id
    assert "second_step_off" in _letters(db, make_settings(db.url))
    browser.get(f"/admin/people/{ann.person_id}/second-step", status=404)


def test_both_letters_can_be_written(
    phone_and_codes: tuple[Phone, list[str]],
    ann: Actor,
    db: Database,
    make_settings: Callable[[str], Settings],
) -> None:
    settings = replace(make_settings(db.url), demo=True)
    worker = build_worker(settings, db)
    with db.transaction(write=True) as tx:
        for purpose in (second_step.TURNED_OFF, second_step.RECOVERED):
            mail.queue(SYSTEM, tx=tx, purpose=purpose, subject_id=ann.person_id or 0)
    worker.drain()
    sent = "\n".join(path.read_text() for path in (settings.var / "mail").iterdir())
    assert "Subject: Signing in takes no code any more" in sent
    assert "Subject: A recovery code was used" in sent


def test_the_operator_turns_it_off_from_the_command_line(
    phone_and_codes: tuple[Phone, list[str]], visitor: Visitors, db: Database, app: Flask
) -> None:
    settings: Settings = app.extensions["cop"].settings
    env = {
        "COP_VAR": str(settings.var),
        "COP_DATABASE_URL": db.url,
        "COP_SECRET": SECRET,
        "COP_PUBLIC_URL": "http://localhost",
    }
    runner = CliRunner(env=env)
    assert runner.invoke(main, ["user", "second-step-off", "--email", ANN]).exit_code == 0
    visitor().post("/sign-in", email=ANN, password=PASSWORD, next="/")
    assert runner.invoke(main, ["user", "second-step-off", "--email", ANN]).exit_code == 1
