"""Commands about accounts: a forgotten password is set by whoever runs the server."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

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

    def run(verb: str, **options: str) -> tuple[int, str]:
        named = [part for name, value in options.items() for part in (f"--{name}", value)]
        result = CliRunner(env=env).invoke(main, ["user", verb, *named])
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


@pytest.mark.parametrize(
    ("email", "password"), [("nobody@testshire.example", NEW), ("ann@testshire.example", "short")]
)
def test_what_cannot_be_set_is_said_in_a_sentence(
    command: Callable[..., tuple[int, str]], community: Community, email: str, password: str
) -> None:
    community.person(email="ann@testshire.example")
    status, said = command("new-password", email=email, password=password)
    assert status == 1
    assert said.startswith("Error: ")


@pytest.mark.parametrize("name", ["Newcastle", "Cumbria"])
def test_an_admin_of_a_name_that_could_mean_several_councils_is_asked_for_a_code(
    command: Callable[..., tuple[int, str]], name: str
) -> None:
    asked = {"email": "boss@testshire.example", "name": "Bo Boss", "password": NEW}
    status, said = command("create-admin", organisation=name, **asked)
    assert status == 1
    assert re.search(r"Enter E\d{8} for ", said)
    assert command("create-admin", organisation="A body of its own", **asked)[0] == 0
