"""Commands about accounts: a forgotten password is set by whoever runs the server."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from cop.accounts.passwords import DEMO_PASSWORD
from cop.cli import main
from cop.kernel.db import Database
from tests.build.community import PASSWORD, Community
from tests.build.pages import Visitor
from tests.conftest import SECRET

NEW = "another three words"


@pytest.fixture
def command(db: Database, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run a command of `cop user` on the test's database."""
    env = {
        "COP_VAR": str(tmp_path / "var"),
        "COP_DATABASE_URL": db.url,
        "COP_SECRET": SECRET,
        "COP_PUBLIC_URL": "http://localhost",
    }

    def run(verb: str, typed: str | None = None, **options: str) -> tuple[int, str]:
        named = [part for name, value in options.items() for part in (f"--{name}", value)]
        result = CliRunner(env=env).invoke(main, ["user", verb, *named], input=typed)
        return result.exit_code, result.output

    return run


def test_a_forgotten_password_is_set_and_every_session_ends(
    command: Callable[..., tuple[int, str]], community: Community, visitor: Callable[..., Visitor]
) -> None:
    ann = community.person(email="ann@testshire.example")
    browser = visitor().sign_in_as(community, ann)
    browser.get("/profile")
    assert command("new-password", email="ann@testshire.example", password=NEW)[0] == 0
    browser.get("/profile", status=404)
    visitor().post("/sign-in", status=422, email="ann@testshire.example", password=PASSWORD, next="/")
    visitor().post("/sign-in", email="ann@testshire.example", password=NEW, next="/")


def test_a_password_for_nobody_is_refused_in_a_sentence(command: Callable[..., tuple[int, str]]) -> None:
    status, said = command("new-password", email="nobody@testshire.example", password=NEW)
    assert status == 1
    assert said == "Error: Nobody who can sign in has this email address.\n"


TOO_PLAIN = {
    "short": "Use a password of at least 10 characters.",
    "p" * 201: "Use a password of at most 200 characters.",
    "aaaaaaaaaaaa": "That password is too easy to guess.",
    DEMO_PASSWORD: "That password is too easy to guess.",
}


@pytest.mark.parametrize("verb", ["new-password", "create-admin"])
def test_a_password_that_is_too_plain_is_asked_for_again_at_once(
    command: Callable[..., tuple[int, str]],
    community: Community,
    visitor: Callable[..., Visitor],
    verb: str,
) -> None:
    if verb == "new-password":
        community.person(email="ann@testshire.example")
    asked = {"name": "Ann Able", "organisation": "A body"} if verb == "create-admin" else {}
    typed = "\n".join([*TOO_PLAIN, NEW, NEW, ""])
    status, said = command(verb, typed=typed, email="ann@testshire.example", **asked)
    assert status == 0, said
    for why in TOO_PLAIN.values():
        assert f"Error: {why}" in said
    assert said.count("Error: ") == len(TOO_PLAIN)
    assert said.count("Repeat for confirmation") == 1, "only a password that will do is typed twice"
    visitor().post("/sign-in", email="ann@testshire.example", password=NEW, next="/")


@pytest.mark.parametrize("password", TOO_PLAIN)
def test_a_password_that_is_too_plain_is_refused_where_nobody_can_be_asked(
    command: Callable[..., tuple[int, str]], community: Community, password: str
) -> None:
    community.person(email="ann@testshire.example")
    status, said = command("new-password", email="ann@testshire.example", password=password)
    assert status == 2
    assert f"Error: Invalid value for '--password': {TOO_PLAIN[password]}" in said


@pytest.mark.parametrize("name", ["Newcastle", "Cumbria"])
def test_an_admin_of_a_name_that_could_mean_several_councils_is_asked_for_a_code(
    command: Callable[..., tuple[int, str]], name: str
) -> None:
    asked = {"email": "boss@testshire.example", "name": "Bo Boss", "password": NEW}
    status, said = command("create-admin", organisation=name, **asked)
    assert status == 1
    assert re.search(r"Enter E\d{8} for ", said)
    assert command("create-admin", organisation="A body of its own", **asked)[0] == 0
