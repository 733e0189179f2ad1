"""Commands say in a sentence what this machine refused; none of them shows a traceback for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cop.cli import main
from cop.kernel.db import Database
from cop.migrate import newest


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Run a command with these settings in the demonstration."""

    def invoke(*arguments: str, **settings: str) -> Result:
        env = {"COP_DEMO": "1", "COP_VAR": str(tmp_path / "var"), **settings}
        return CliRunner(env=env).invoke(main, list(arguments))

    return invoke


def _sentence(result: Result) -> str:
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.output.startswith("Error: "), result.output
    return result.output


def test_a_place_that_cannot_be_written(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = _sentence(run("migrate", COP_VAR=str(tmp_path / "file" / "var")))
    assert "Not a directory" in said
    assert str(tmp_path / "file") in said


def test_a_database_that_does_not_answer(run: Callable[..., Result]) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    assert "The database cannot be used" in _sentence(run("migrate", COP_DATABASE_URL=nowhere))
    assert "The database cannot be used" in _sentence(run("outbox", COP_DATABASE_URL=nowhere))


def test_a_revision_there_is_not(run: Callable[..., Result]) -> None:
    said = _sentence(run("migrate", "--to", "nonsense"))
    assert "nonsense" in said
    assert "one of base, 0001" in said
    assert newest() in said


def test_a_list_is_a_list_and_nothing_else(run: Callable[..., Result], sqlite_db: Database) -> None:
    listed = run("routes", "--access", COP_DATABASE_URL=sqlite_db.url)
    assert listed.exit_code == 0
    assert all(line.split()[0] in ("GET", "POST") for line in listed.output.splitlines())
