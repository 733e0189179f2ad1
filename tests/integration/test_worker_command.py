"""`cop worker`, run on its own beside several web processes."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from click.testing import CliRunner

from cop import cli
from tests.build.databases import SqliteMaker


def test_the_worker_logs_at_the_level_of_the_settings(
    sqlite_maker: SqliteMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    level = root.level
    # As a process finds it: where somebody else has set up logging, as pytest has, that stays.
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(cli, "run_until_signalled", lambda worker: 0)
    env = {"COP_DEMO": "1", "COP_VAR": str(tmp_path), "COP_LOG_LEVEL": "error"}
    try:
        done = CliRunner().invoke(cli.main, ["worker"], env={**env, "COP_DATABASE_URL": sqlite_maker.fresh()})
        assert (done.exit_code, root.level) == (0, logging.ERROR), (done.output, done.exception)
    finally:
        root.setLevel(level)
