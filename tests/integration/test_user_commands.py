"""Commands about accounts: a forgotten password is set by whoever runs the server."""

from __future__ import annotations

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
    """Run `cop user new-password` on the test's database."""
    env = {
        "COP_VAR": str(tmp_path / "var"),
        "COP_DATABASE_URL": db.url,
        "COP_SECRET": SECRET,
        "COP_PUBLIC_URL": "http://localhost",
    }

    def run(email: str, password: str) -> tuple[int, str]:
        arguments = ["user", "new-password", "--email", email, "--password", password]
        result = CliRunner(env=env).invoke(main, arguments)
        return result.exit_code, result.output

    return run


def test_a_forgotten_password_is_set_and_every_session_ends(
    command: Callable[..., tuple[int, str]], community: Community, visitor: Callable[..., Visitor]
) -> None:
    ann = community.person(email="ann@testshire.example")
    browser = visitor().sign_in_as(community, ann)
    browser.get("/profile")
    assert command("ann@testshire.example", NEW)[0] == 0
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
    status, said = command(email, password)
    assert status == 1
    assert said.startswith("Error: ")
