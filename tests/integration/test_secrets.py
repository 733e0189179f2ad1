"""What is secret stays so: passwords, tokens of sessions, and whether an address is known, by timing as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import Parameters, PasswordHasher, Type, extract_parameters
from sqlalchemy import select, text

from cop.accounts import passwords, service, sessions
from cop.kernel.access import SYSTEM
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Base, Database
from cop.kernel.ids import token_hash
from cop.kernel.usage import usage
from cop.settings import Settings
from tests.build.community import PASSWORD, Community
from tests.build.pages import Visitor
from tests.build.queries import statements

Visitors = Callable[..., Visitor]

KNOWN = "ann@testshire.example"
SUSPENDED = "sam@testshire.example"
UNKNOWN = "nobody@testshire.example"
# docs/operating.md promises argon2id; STACK.md how hard it works.
PROMISED = Parameters(
    type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=19 * 1024, parallelism=1
)


class Spy:
    """A hasher that notes how hard each piece of work is, and does it."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self.work: list[tuple[str, Parameters, int]] = []

    def verify(self, hashed: str, password: str) -> bool:
        """Compare, and note the parameters that decide how long it takes."""
        self.work.append(("verify", extract_parameters(hashed), len(password)))
        return bool(self._hasher.verify(hashed, password))

    def hash(self, password: str) -> str:
        """Hash, and note with what."""
        hashed = self._hasher.hash(password)
        self.work.append(("hash", extract_parameters(hashed), len(password)))
        return hashed


@pytest.fixture
def people(db: Database, community: Community) -> None:
    """Somebody who can sign in, and somebody whose account was stopped; nobody else."""
    community.person("Ann Other", email=KNOWN)
    sam = community.person("Sam Stopped", email=SUSPENDED)
    with db.transaction(write=True) as tx:
        service.suspend(SYSTEM, tx=tx, person_id=sam.person_id or 0)


def _token(browser: Visitor) -> str:
    cookie = browser._client.get_cookie("cop_session", domain="localhost")
    assert cookie is not None
    return str(cookie.value)


@pytest.mark.usefixtures("people")
def test_whether_an_address_is_known_makes_no_work(
    visitor: Visitors, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hasher takes a hundred times as long as all the rest: whoever skips it tells a stranger who is here."""

    def work(email: str, password: str, status: int) -> tuple[list[tuple[str, Parameters, int]], int]:
        spy = Spy(PasswordHasher())
        monkeypatch.setattr(passwords, "_hasher", spy)
        browser = visitor()
        browser.get("/sign-in")
        with statements(db) as seen:
            browser.post("/sign-in", status=status, email=email, password=password, next="/")
        return spy.work, len(seen)

    wrong = "not the password"
    known = work(KNOWN, wrong, 422)
    assert known[0] == [("verify", PROMISED, len(wrong))]
    assert work(UNKNOWN, wrong, 422) == known
    assert work(SUSPENDED, wrong, 422) == known
    for email, status in ((KNOWN, 303), (UNKNOWN, 422), (SUSPENDED, 422)):
        assert work(email, PASSWORD, status)[0] == [("verify", PROMISED, len(PASSWORD))], email
    # What is cut from a password that nobody could have is cut for everybody.
    endless = [work(email, "x" * 60_000, 422) for email in (KNOWN, UNKNOWN, SUSPENDED)]
    assert endless[0] == endless[1] == endless[2]
    assert endless[0][0] == [("verify", PROMISED, passwords.MAX_LENGTH + 1)]


@pytest.mark.usefixtures("people")
def test_a_password_is_stored_as_argon2id_as_promised(visitor: Visitors, db: Database) -> None:
    browser, chosen = visitor(), "another long enough password"
    browser.post("/sign-in", email=KNOWN, password=PASSWORD, next="/")
    browser.post("/profile/password", current=PASSWORD, password=chosen)
    with db.transaction(write=False) as tx:
        stored = list(tx.session.scalars(text("SELECT hashed FROM person_password")))
    assert len(stored) == 2
    assert len(set(stored)) == 2, "a salt is shared"
    for hashed in stored:
        assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert extract_parameters(hashed) == PROMISED
    assert chosen not in _everything(db)


def _everything(db: Database) -> str:
    """Every value of every row of every table, as text."""
    with db.transaction(write=False) as tx:
        tables = [tx.session.execute(select(table)).all() for table in Base.metadata.sorted_tables]
    return repr([tuple(row) for rows in tables for row in rows])


@pytest.mark.usefixtures("people")
def test_the_token_of_a_session_is_stored_nowhere(visitor: Visitors, db: Database) -> None:
    browser = visitor()
    browser.post("/sign-in", email=KNOWN, password=PASSWORD, next="/")
    browser.post("/profile/interests", text="Shares")
    token = _token(browser)
    stored = _everything(db)
    assert token_hash(token) in stored, "not everything was looked at"
    assert token not in stored
    if db.is_sqlite:
        path = Path(db.url.removeprefix("sqlite:///"))
        # Its log as well, and what was deleted: whoever finds a copy of the disk is not signed in.
        kept = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
        assert token_hash(token).encode() in kept
        assert token.encode() not in kept


@pytest.mark.usefixtures("people")
def test_a_session_in_use_outlives_the_idle_limit_and_an_idle_one_ends(
    visitor: Visitors, db: Database, make_settings: Callable[[str], Settings]
) -> None:
    usage._waiting.clear()  # What other tests noted is about their databases.
    idle = make_settings(db.url).session_idle
    used, left = visitor(), visitor()
    for browser in (used, left):
        browser.post("/sign-in", email=KNOWN, password=PASSWORD, next="/")
    with shifted_for_tests_only(sessions.TOUCH_AFTER - 5):
        used.get("/profile")
        assert usage.flush(db) == 0, "a session is touched more than once a minute"
    for turn in range(1, 4):
        # Each time well within the limit since the last use, and the third time far beyond it since signing in.
        with shifted_for_tests_only(turn * idle * 0.8):
            used.get("/profile")
            assert usage.flush(db) == 1
    with shifted_for_tests_only(3 * idle * 0.8 + 1):
        left.get("/profile", status=404)
        used.get("/profile")
    with shifted_for_tests_only(3 * idle * 0.8 + idle + 1):
        used.get("/profile", status=404)
